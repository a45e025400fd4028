import t from 'tap'
import { ccrHtml } from '../../../src/documents/clinical/ccr.js'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { sniffMediaType } from '../../../src/documents/media-type.js'
import { cleanNames } from '../../../src/documents/names.js'
import { dangers, text, wordsOf } from './samples.js'

const ccr = (body: string) =>
  Buffer.from(`<?xml version="1.0"?><ContinuityOfCareRecord xmlns="urn:astm-org:CCR"><CCRDocumentObjectID>1</CCRDocumentObjectID><DateTime><ExactDateTime>2015-03-04T14:05:00Z</ExactDateTime></DateTime>
  <Patient><ActorID>A1</ActorID></Patient><From><ActorLink><ActorID>A2</ActorID><ActorRole><Text>Physician</Text></ActorRole></ActorLink></From><To><ActorLink><ActorID>A3</ActorID></ActorLink></To>
  <Purpose><Description><Text>Transfer of care</Text></Description></Purpose><Body>${body}</Body>
  <Actors><Actor><ActorObjectID>A1</ActorObjectID><Person><Name><CurrentName><Given>Maria</Given><Family>Sample</Family></CurrentName></Name><DateOfBirth><ExactDateTime>1945-03-01</ExactDateTime></DateOfBirth><Gender><Text>Female</Text></Gender></Person></Actor>
  <Actor><ActorObjectID>A2</ActorObjectID><Person><Name><DisplayName>Dr. Ada Example</DisplayName></Name></Person></Actor><Actor><ActorObjectID>A3</ActorObjectID><Organization><Name>Family Practice</Name></Organization></Actor></Actors>
  <Comments><Comment><Description><Text>Call with questions</Text></Description></Comment></Comments></ContinuityOfCareRecord>`)

const described = (words: string) => `<Description><Text>${words}</Text></Description>`

t.test('whom, from whom, why, and each section', async (t) => {
  const bytes = ccr(
    `<Immunizations><Immunization><Product><ProductName><Text>Influenza</Text></ProductName></Product></Immunization></Immunizations>
    <Medications><Medication><Product><ProductName><Text>Aspirin</Text></ProductName><Strength><Value>81</Value><Units><Unit>mg</Unit></Units></Strength></Product><Status><Text>Active</Text></Status><Directions><Direction>${described('one a day')}</Direction></Directions></Medication></Medications>
    <Results><Result>${described('Metabolic panel')}<Test>${described('Potassium')}<TestResult><Value>6.1</Value><Units><Unit>mmol/L</Unit></Units></TestResult><Flag><Text>H</Text></Flag></Test></Result></Results>
    <Problems><Problem><DateTime><Type><Text>Onset</Text></Type><ApproximateDateTime><Text>childhood</Text></ApproximateDateTime></DateTime>${described('Asthma')}<Status><Text>Active</Text></Status></Problem></Problems>
    <Alerts><Alert><Type><Text>Allergy</Text></Type>${described('Penicillin')}<Reaction>${described('Hives')}<Severity><Text>Severe</Text></Severity></Reaction></Alert></Alerts><UnknownThings><Thing>${described('Kept')}</Thing></UnknownThings><Payers/>`,
  )
  const { html, embedded } = ccrHtml(bytes, text)
  t.strictSame(embedded, [])
  t.strictSame(
    [...html.toString().matchAll(/<h2>([^<]*)</g)].map(([, heading]) => heading),
    ['Health problems', 'Medicines', 'Allergies and alerts', 'Results', 'Vaccines', 'Insurance', 'Unknown Things', 'Comments'],
  )
  const said = wordsOf(html).replace(/\u202f/g, ' ')
  for (const fact of [
    'Patient Maria Sample',
    'Born March 1, 1945',
    'Sex Female',
    'From Dr. Ada Example, Physician',
    'Also sent to Family Practice',
    'Why it was sent Transfer of care',
    'March 4, 2015 at 2:05 PM (UTC)',
    'Asthma childhood (Onset) Active',
    'Aspirin, 81 mg one a day Active',
    'Penicillin Allergy Hives, Severe',
    'Potassium 6.1 mmol/L High',
    'Influenza',
    'Kept',
    'Call with questions',
  ]) {
    t.match(said, fact)
  }
})

t.test('nothing hostile comes through, and what is no CCR is refused', async (t) => {
  const html = ccrHtml(
    ccr(`<Problems><Problem>${described('&lt;script&gt;alert(1)&lt;/script&gt;<script>x</script>')}</Problem></Problems>`),
    text,
  ).html
  t.strictSame(dangers(html), [])
  for (const wrong of ['', '<a/>', '<!DOCTYPE ContinuityOfCareRecord><ContinuityOfCareRecord/>'])
    t.throws(() => ccrHtml(Buffer.from(wrong), text), new NotConvertibleError('damaged'), wrong)
  t.match(ccrHtml(Buffer.from('<ContinuityOfCareRecord/>'), text).html.toString(), '<h1>')
})

t.test('rows past the limit are counted', async (t) => {
  const many = `<Problems>${`<Problem>${described('x')}</Problem>`.repeat(2002)}</Problems>`
  t.match(wordsOf(ccrHtml(ccr(many), text).html), '2 more entries are in the original file.')
})

t.test('it is known by its bytes, and gets a name', async (t) => {
  t.equal(sniffMediaType(ccr(''), 'text/xml'), 'application/ccr+xml')
  t.equal(sniffMediaType(Buffer.from('<ContinuityOfCareRecord>'), 'application/octet-stream'), 'application/ccr+xml')
  t.strictSame(cleanNames([{ sentName: null, mediaType: 'application/ccr+xml', role: 'attachment' }]), ['document-1.xml'])
})
