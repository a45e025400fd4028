import t from 'tap'
import { embeddedDocuments } from '../../../src/documents/clinical/embedded-documents.js'
import { fhirHtml } from '../../../src/documents/clinical/fhir.js'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { dangers, PDF, PNG, text, wordsOf } from './samples.js'

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const page = (value: unknown) => fhirHtml(json(value), text).html.toString()
const words = (value: unknown) => wordsOf(page(value))
const bundle = (...resources: readonly object[]) => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: resources.map((resource) => ({ resource })),
})
const div = (inside: string) => ({ status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${inside}</div>` })

const patient = {
  resourceType: 'Patient',
  id: 'p1',
  name: [{ use: 'official', family: 'Sample', given: ['Maria', 'B.'] }],
  gender: 'female',
  birthDate: '1945-03',
  identifier: [
    { type: { coding: [{ code: 'MR' }] }, value: 'MRN-55' },
    { type: { coding: [{ code: 'SS' }] }, value: '111-00-2330' },
  ],
}
const potassium = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: { text: 'Potassium' },
  effectiveDateTime: '2015-03-04',
  valueQuantity: { value: 6.1, unit: 'mmol/L' },
  interpretation: [{ coding: [{ code: 'HH' }] }],
  referenceRange: [{ low: { value: 3.5, unit: 'mmol/L' }, high: { value: 5.1, unit: 'mmol/L' } }],
}

t.test('a bundle is sorted into what a patient looks for', async (t) => {
  const html = page(
    bundle(
      { resourceType: 'Claim', status: 'active', created: '2015', total: { value: 12.5, currency: 'USD' } },
      { resourceType: 'Immunization', status: 'not-done', vaccineCode: { text: 'Influenza' }, occurrenceDateTime: '2015-10' },
      potassium,
      {
        resourceType: 'AllergyIntolerance',
        code: { text: 'Penicillin' },
        criticality: 'high',
        verificationStatus: { coding: [{ code: 'refuted' }] },
      },
      {
        resourceType: 'MedicationRequest',
        status: 'stopped',
        medicationReference: { reference: '#m' },
        contained: [{ resourceType: 'Medication', id: 'm', code: { text: 'Aspirin' } }],
        dosageInstruction: [{ text: 'one a day' }],
      },
      {
        resourceType: 'Condition',
        code: { coding: [{ display: 'Asthma' }] },
        onsetDateTime: '2001',
        clinicalStatus: { coding: [{ code: 'active' }] },
      },
      patient,
    ),
  )
  const headings = [...html.matchAll(/<h2 id="s\d+">([^<]*)</g)].map(([, heading]) => heading)
  t.strictSame(headings, ['Health problems', 'Medicines', 'Allergies', 'Results and measurements', 'Vaccines', 'Costs and insurance'])
  const said = wordsOf(html)
  for (const fact of [
    'Patient Maria B. Sample',
    'Born March 1945',
    'Sex Female',
    'Patient number MRN-55',
    'Asthma 2001 Active',
    'Aspirin one a day Stopped',
    'Penicillin High risk Ruled out',
  ])
    t.match(said, fact)
  t.match(said, 'Potassium March 4, 2015 6.1 mmol/L Very high (critical) 3.5 mmol/L to 5.1 mmol/L Final')
  t.match(said, 'Influenza October 2015 Not done')
  t.notMatch(html, '111-00-2330')
})

t.test('what turns a meaning round is said', async (t) => {
  t.match(
    words({ resourceType: 'MedicationRequest', doNotPerform: true, medicationCodeableConcept: { text: 'Aspirin' } }),
    'Did not take place, or must not be done',
  )
  t.match(words({ resourceType: 'Immunization', notGiven: true, status: 'completed', vaccineCode: { text: 'MMR' } }), 'Did not take place')
  t.match(words({ resourceType: 'MedicationStatement', taken: 'n', medicationCodeableConcept: { text: 'Aspirin' } }), 'Did not take place')
  t.match(words({ ...potassium, status: 'entered-in-error' }), 'Entered by mistake')
  t.match(words({ ...potassium, modifierExtension: [{ url: 'x' }] }), 'may change what this means')
  t.match(words({ ...potassium, valueQuantity: { value: 5, comparator: '<', unit: 'mg' } }), '< 5 mg')
  t.match(words({ ...potassium, valueQuantity: undefined, dataAbsentReason: { text: 'Sample was lost' } }), 'Sample was lost')
})

t.test('values of every type', async (t) => {
  const of = (value: object) => words({ resourceType: 'Observation', code: { text: 'T' }, ...value })
  t.match(of({ valueBoolean: false }), 'T no')
  t.match(of({ valueString: 'as usual' }), 'as usual')
  t.match(of({ valueInteger: 0 }), 'T 0')
  t.match(of({ valueCodeableConcept: { coding: [{ display: 'Never smoked' }] } }), 'Never smoked')
  t.match(of({ valueRange: { low: { value: 1 }, high: { value: 2, unit: 'mg' } } }), '1 to 2 mg')
  t.match(of({ valueRatio: { numerator: { value: 1 }, denominator: { value: 128 } } }), '1 / 128')
  t.match(of({ valuePeriod: { start: '2015', end: '2016' } }), '2015 to 2016')
  t.match(of({ valueDateTime: '2015-03' }), 'March 2015')
  t.match(of({ valueSampledData: { data: '1 2' } }), 'A recorded curve')
  t.match(of({ valueQuantity: { value: 91.457900153909, unit: 'cm' } }), '91.4579 cm')
  t.match(
    of({
      component: [
        { code: { text: 'Systolic' }, valueQuantity: { value: 120, code: 'mm[Hg]' } },
        { code: { text: 'Diastolic' }, valueQuantity: { value: 80, code: 'mm[Hg]' } },
      ],
    }),
    'Systolic: 120 mmHg Diastolic: 80 mmHg',
  )
})

t.test('references are followed to names, and round in circles nowhere', async (t) => {
  const said = words(
    bundle(
      { resourceType: 'Practitioner', id: 'd1', name: [{ text: 'Dr. Ada Example' }] },
      { resourceType: 'PractitionerRole', id: 'r1', practitioner: { reference: 'Practitioner/d1' } },
      { resourceType: 'PractitionerRole', id: 'r2', practitioner: { reference: 'PractitionerRole/r2' } },
      {
        ...potassium,
        performer: [
          { reference: 'https://ehr.example/PractitionerRole/r1/_history/2' },
          { reference: 'PractitionerRole/r2' },
          { reference: '#none' },
          { display: 'Shown name' },
        ],
      },
      { resourceType: 'DiagnosticReport', code: { text: 'Panel' }, result: [{ reference: 'Observation/o1' }] },
    ),
  )
  t.match(said, 'Dr. Ada Example, Shown name')
  t.match(said, 'Panel Potassium: 6.1 mmol/L')
})

t.test('a document keeps its order and its own words', async (t) => {
  const document = {
    resourceType: 'Bundle',
    type: 'document',
    entry: [
      {
        fullUrl: 'urn:uuid:c',
        resource: {
          resourceType: 'Composition',
          title: 'Summary of Maria',
          date: '2015-03-04',
          confidentiality: 'R',
          author: [{ display: 'Dr. Ada Example' }],
          section: [
            {
              title: 'Told',
              text: div('<p>In <b>words</b></p><table><tr><td>x</td></tr></table>'),
              entry: [{ reference: 'urn:uuid:told' }],
            },
            { title: 'Coded', entry: [{ reference: 'urn:uuid:coded' }] },
            { title: 'Nothing', emptyReason: { text: 'nothing known' } },
            { title: 'Outer', section: [{ title: 'Inner', text: div('deep') }] },
          ],
        },
      },
      { fullUrl: 'urn:uuid:told', resource: { resourceType: 'Condition', code: { text: 'SaidInWords' } } },
      { fullUrl: 'urn:uuid:coded', resource: { resourceType: 'Condition', code: { text: 'SaidInCodes' } } },
      { fullUrl: 'urn:uuid:left', resource: { resourceType: 'Condition', code: { text: 'LeftOver' } } },
    ],
  }
  const html = page(document)
  t.match(html, '<h1>Summary of Maria</h1>')
  t.match(html, '<p>In <strong>words</strong></p>')
  t.match(html, /Told.*SaidInCodes.*Nothing.*<h3[^>]*>Inner<\/h3>.*LeftOver/s)
  t.notMatch(html, 'SaidInWords', 'its narrative says it')
  t.match(wordsOf(html), 'marked this document as restricted')
  t.match(wordsOf(html), 'Reason given: nothing known')
})

t.test('narratives are made safe', async (t) => {
  const html = page({
    resourceType: 'Basic',
    text: div(
      '<script>alert(1)</script><p onclick="x()" style="position:fixed">a</p><img src="https://evil.example/x.png"/><a href="javascript:x()">b</a><iframe src="x"/>',
    ),
  })
  t.strictSame(dangers(html), [])
  t.notMatch(html, 'evil.example')
  t.match(html, '<p>a</p>')
  t.match(page({ resourceType: 'Basic', text: { div: '<div>not&nbsp;XML <b>kept<br></div>' } }), 'not XML kept')
  t.match(page({ resourceType: 'Basic', text: div(`<img alt="me" src="data:image/png;base64,${PNG.toString('base64')}"/>`) }), 'alt="me"')
  const hostile = page(
    bundle(
      { ...patient, name: [{ text: '<img src=x onerror=alert(1)>' }] },
      { resourceType: 'Condition', code: { text: '"><script>alert(1)</script>' } },
    ),
  )
  t.strictSame(dangers(hostile), [])
})

t.test('documents inside are taken out, texts and pictures shown, addresses only named', async (t) => {
  const attachment = (contentType: string, bytes: Buffer, title?: string) => ({ contentType, title, data: bytes.toString('base64') })
  const input = bundle(
    {
      resourceType: 'DocumentReference',
      status: 'current',
      type: { text: 'Letter' },
      content: [{ attachment: attachment('application/pdf', PDF, 'Letter of March') }],
    },
    {
      resourceType: 'DiagnosticReport',
      code: { text: 'X-ray' },
      presentedForm: [attachment('image/png', PNG), attachment('text/plain', Buffer.from('All is well'))],
    },
    {
      resourceType: 'DocumentReference',
      type: { text: 'Elsewhere' },
      content: [{ attachment: { contentType: 'application/pdf', url: 'https://ehr.example/1' } }],
    },
    { resourceType: 'Binary', contentType: 'application/pdf', data: PDF.toString('base64') },
    {
      resourceType: 'DocumentReference',
      type: { text: 'Broken' },
      content: [{ attachment: { contentType: 'application/pdf', data: '***' } }],
    },
  )
  const { html, embedded } = fhirHtml(json(input), text)
  t.strictSame(
    embedded.map(({ name, mediaType }) => [name, mediaType]),
    [
      ['Letter of March', 'application/pdf'],
      ['Binary', 'application/pdf'],
    ],
  )
  t.ok(embedded.every(({ bytes }) => bytes.equals(PDF)))
  t.match(html.toString(), 'src="data:image/png;base64,')
  const said = wordsOf(html)
  t.match(said, 'All is well')
  t.match(said, 'The sender keeps it at: https://ehr.example/1')
  t.match(said, 'could not be read')
  t.strictSame(await embeddedDocuments(json(input), 'application/fhir+json'), embedded)
})

t.test('XML and one resource a line are the same to a reader', async (t) => {
  const xml = `<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><resource><Patient><name><family value="Sample"/><given value="Maria"/><given value="B."/></name></Patient></resource></entry>
    <entry><resource><Observation><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">n</div></text><status value="final"/><code><text value="Potassium"/></code><valueQuantity><value value="6.10"/><unit value="mmol/L"/></valueQuantity></Observation></resource></entry></Bundle>`
  const said = wordsOf(fhirHtml(Buffer.from(xml), text).html)
  t.match(said, 'Patient Maria B. Sample')
  t.match(said, 'Potassium 6.10 mmol/L Final')
  const lines = Buffer.from(`${JSON.stringify(patient)}\n\n${JSON.stringify(potassium)}\n`)
  t.match(wordsOf(fhirHtml(lines, text).html), /Maria B. Sample.*Potassium/)
  t.match(wordsOf(fhirHtml(Buffer.from(`\ufeff${JSON.stringify(patient)}`), text).html), 'Maria')
})

t.test('rows past the limit are counted, never silently left out', async (t) => {
  const many = Array.from({ length: 1003 }, (_one, at) => ({
    ...potassium,
    code: { text: `T${at}` },
    effectiveDateTime: `20${String(10 + (at % 90)).padStart(2, '0')}`,
  }))
  const said = words(bundle(...many))
  t.match(said, '3 more entries are in the original file.')
  t.equal((page(bundle(...many)).match(/<tr /g) ?? []).length, 1001)
})

t.test('what is no FHIR is refused, whatever else it is', async (t) => {
  for (const wrong of [
    '',
    '{',
    '[]',
    'null',
    '"Bundle"',
    '{"resourceType":"bundle"}',
    '{"resourceType":{}}',
    '<html/>',
    '<!DOCTYPE a><Patient/>',
    '{"resourceType":"Patient"}\n{',
  ]) {
    t.throws(() => fhirHtml(Buffer.from(wrong), text), new NotConvertibleError('damaged'), wrong)
  }
  t.match(words({ resourceType: 'Bundle', type: 'searchset', total: 0 }), 'The sender wrote nothing here.')
})

t.test('everything of the wrong type or shape is survived', async (t) => {
  const odd = [null, 1, 'x', true, [], {}, [[]], [null], { coding: 'x' }, { coding: [null] }]
  const keys = [
    'name',
    'code',
    'text',
    'value',
    'valueQuantity',
    'status',
    'category',
    'section',
    'contained',
    'performer',
    'content',
    'telecom',
    'component',
    'identifier',
    'reaction',
  ]
  for (const type of [
    'Patient',
    'Observation',
    'Condition',
    'MedicationRequest',
    'Composition',
    'Encounter',
    'DocumentReference',
    'constructor',
    'ToString',
  ]) {
    for (const value of odd) {
      const resource = { resourceType: type, ...Object.fromEntries(keys.map((key) => [key, value])) }
      try {
        t.strictSame(dangers(page(bundle(resource))), [])
      } catch (error) {
        t.ok(error instanceof NotConvertibleError, `${type} ${JSON.stringify(value)}`)
      }
    }
  }
  t.match(words({ resourceType: 'Bundle', entry: [null, 1, { resource: null }, { resource: patient }] }), 'Maria')
})

t.test('depth ends nothing but itself', async (t) => {
  const deep = (inside: string, before: string, after: string, times: number) => `${before.repeat(times)}${inside}${after.repeat(times)}`
  for (const text_ of [
    `{"resourceType":"Observation","code":${deep('1', '{"concept":', '}', 50_000)}}`,
    `{"resourceType":"Observation","code":${deep('1', '[', ']', 50_000)}}`,
    `{"resourceType":"Composition","section":${deep('[]', '[{"title":"x","section":', '}]', 20_000)}}`,
    `{"resourceType":"Bundle","entry":[{"resource":${deep('{}', '{"resourceType":"Bundle","entry":[{"resource":', '}]}', 10_000)}}]}`,
  ]) {
    try {
      t.match(fhirHtml(Buffer.from(text_), text).html.toString(), '<h1>')
    } catch (error) {
      t.ok(error instanceof NotConvertibleError, String(error))
    }
  }
})
