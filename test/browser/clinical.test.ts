// Pages of structured records in a browser, on a phone and on a desk: accessible, no wider than the screen, and nothing is asked of anybody.

import type { Page } from 'playwright-core'
import t from 'tap'
import { ccrHtml } from '../../src/documents/clinical/ccr.js'
import { cdaHtml } from '../../src/documents/clinical/cda.js'
import { fhirHtml } from '../../src/documents/clinical/fhir.js'
import { hl7v2Html } from '../../src/documents/clinical/hl7v2.js'
import { cda, PDF, PNG, section, text } from '../documents/clinical/samples.js'
import { axeFindings, launch, overflow, picture, WIDTHS } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

const LONG = 'x'.repeat(400)
const wide = (cells: number) => {
  const row = (cell: string) =>
    `<tr>${Array.from({ length: cells }, (_one, at) => `<${cell}>${at === 1 ? LONG : `Cell ${at}`}</${cell}>`).join('')}</tr>`
  return `<table><thead>${row('th').replace(LONG, 'Long')}</thead><tbody>${row('td')}</tbody></table>`
}
const media = (type: string, bytes: Buffer) =>
  `<entry><observationMedia ID="${type}"><value mediaType="x/${type}" representation="B64">${bytes.toString('base64')}</value></observationMedia></entry>`

const record = cda(
  section(
    'Allergies',
    '<text><table><thead><tr><th>Substance</th><th>Reaction</th><th/></tr></thead><tbody><tr><td>Penicillin</td><td><list><item>Hives</item></list></td><td/></tr></tbody></table></text>',
  ) +
    [2, 3, 7, 14].map((cells) => section(`Table of ${cells}`, `<text>${wide(cells)}</text>`)).join('') +
    section(
      'Merged',
      `<text><table><caption>Vitals</caption><thead><tr><th rowspan="2">A</th><th colspan="3">B</th></tr><tr><th>C</th><th>D</th><th>E</th></tr></thead><tbody><tr><th>1</th><td colspan="2">${LONG}</td><td>3</td></tr></tbody></table></text>`,
    ) +
    section(
      'Hostile',
      `<text><img src="https://evil.example/a.png" onerror="fetch('https://evil.example/b')"/><linkHtml href="https://clinic.example/">out</linkHtml><script>fetch('https://evil.example/c')</script><content style="background:url(https://evil.example/d)">a ${LONG}</content></text>`,
    ) +
    section('Pictures', `<text><renderMultiMedia referencedObject="png"/></text>${media('png', PNG)}${media('pdf', PDF)}`) +
    section(
      'Coded',
      '<entry><observation negationInd="true"><code displayName="Assertion"/><value xsi:type="CD" displayName="Drug allergy"/></observation></entry>',
    ),
)

const observation = (name: string) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: name },
  effectiveDateTime: '2015-03-04T10:00:00Z',
  valueQuantity: { value: 6.1, unit: 'mmol/L' },
  interpretation: [{ coding: [{ code: 'H' }] }],
  referenceRange: [{ text: '3.5 to 5.1' }],
  note: [{ text: LONG }],
})
const bundle = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [
    { resourceType: 'Patient', name: [{ text: 'Maria Sample' }], birthDate: '1945-03-01' },
    observation('Potassium'),
    { resourceType: 'Condition', code: { text: 'Asthma' } },
    {
      resourceType: 'CarePlan',
      title: 'Plan',
      text: { div: '<div xmlns="http://www.w3.org/1999/xhtml"><h1>Head</h1><p>words</p><ul><li>x</li></ul></div>' },
    },
    { resourceType: 'DocumentReference', content: [{ attachment: { contentType: 'application/pdf', data: PDF.toString('base64') } }] },
  ].map((resource) => ({ resource })),
}

const hl7 = [
  'MSH|^~\\&|LAB|Sample Clinic|||20150304140500||ORU^R01|1|P|2.5.1',
  'PID|1||MRN-55||Sample^Maria||19450301|F',
  'OBR|1|||1^Panel||||20150303',
  `OBX|1|NM|2^Potassium||6.1|mmol/L|3.5-5.1|H|||F|||20150303|||7^Example^Ada`,
  `OBX|2|TX|3^Report||${LONG}`,
  'OBX|3|TX|3^Report||second line',
  `OBX|4|ED|4^Scan||^application^pdf^Base64^${PDF.toString('base64')}`,
  `ZZZ|${LONG}`,
].join('\r')

const ccr = `<ContinuityOfCareRecord><Body><Problems><Problem><Description><Text>${LONG}</Text></Description><Status><Text>Active</Text></Status><DateTime><ExactDateTime>2015</ExactDateTime></DateTime></Problem></Problems></Body></ContinuityOfCareRecord>`

const pages = {
  'C-CDA': cdaHtml(record, text).html,
  FHIR: fhirHtml(Buffer.from(JSON.stringify(bundle)), text).html,
  'HL7 v2': hl7v2Html(Buffer.from(hl7), text).html,
  CCR: ccrHtml(Buffer.from(ccr), text).html,
}

for (const width of WIDTHS) {
  t.test(`records at ${width} px`, async (t) => {
    const page = await (await browser.newContext({ viewport: { width, height: 844 } })).newPage()
    for (const [name, html] of Object.entries(pages)) {
      const asked = await open(page, html)
      await picture(page, `record ${name}`, width)
      t.equal(await overflow(page), 0, `${name}: no horizontal scroll`)
      t.strictSame(await axeFindings(page), [], `${name}: accessible`)
      t.strictSame(asked, [], `${name}: no request`)
    }
    await page.context().close()
  })
}

t.test('on a phone each cell names its column, and wide tables scroll by keyboard', async (t) => {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage()
  await open(page, pages['C-CDA'])
  t.equal(await page.evaluate(`getComputedStyle(document.querySelector('.fold tbody td'), '::before').content`), '"Substance"')
  t.equal(await page.evaluate(`getComputedStyle(document.querySelector('.fold tr')).display`), 'block')
  t.equal(await page.evaluate(`document.querySelector('.scroll').tabIndex`), 0)
  await page.context().close()
})

/** Shows a page as if it came from a server; gives what it asks for besides, all of which is refused. */
async function open(page: Page, html: Buffer): Promise<string[]> {
  const asked: string[] = []
  await page.unrouteAll()
  await page.route('**/*', async (route) => {
    const url = route.request().url()
    if (url === 'https://record.example/') return route.fulfill({ body: html, contentType: 'text/html; charset=utf-8' })
    if (!url.endsWith('/favicon.ico')) asked.push(url)
    return route.abort()
  })
  await page.goto('https://record.example/')
  await page.waitForLoadState('networkidle')
  return asked
}
