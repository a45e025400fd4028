import t from 'tap'
import { embeddedDocuments } from '../../../src/documents/clinical/embedded-documents.js'
import { hl7v2Html } from '../../../src/documents/clinical/hl7v2.js'
import { parseHl7 } from '../../../src/documents/clinical/hl7v2-parse.js'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { dangers, PDF, PNG, text, wordsOf } from './samples.js'

const MSH = 'MSH|^~\\&|LAB|Sample Clinic^1.2.3^ISO|EHR|Family Practice|20150304140500-0500||ORU^R01^ORU_R01|1|P|2.5.1'
const PID =
  'PID|1||MRN-55^^^Sample^MR~111-00-2330^^^USA^SS||Sample^Maria^B^^Dr.||19450301|F|||1 Sample Street^^Sampleton^OR^97000||^PRN^PH^^1^555^0100'

const message = (...segments: readonly string[]) => Buffer.from(`${segments.join('\r')}\r`)
const page = (...segments: readonly string[]) => hl7v2Html(message(...segments), text).html.toString()
const words = (...segments: readonly string[]) => wordsOf(page(...segments)).replace(/\u202f/g, ' ')

t.test('results: who, what, how much, whether it is normal', async (t) => {
  const said = words(
    MSH,
    PID,
    'PV1|1|O|Ward^1^2^Main Hospital|||||7^Example^Ada^^^Dr.',
    'OBR|1|||24323-8^Metabolic panel^LN|||201503031200|||||||||7^Example^Ada^^^Dr.||||||20150304|||F',
    'OBX|1|NM|2823-3^Potassium^LN||6.1|mmol/L|3.5-5.1|HH|||F|||201503031205',
    'NTE|1||Please repeat',
    'OBX|2|SN|1^Titre||^1^:^128||||||P',
    'OBX|3|CE|2^Culture||X1^No growth^L||||||C',
    'OBX|4|NM|3^Sodium||999|mmol/L|||||W',
  )
  for (const fact of [
    'Test results',
    'Patient Dr. Maria B Sample',
    'Born March 1, 1945',
    'Sex Female',
    'Address 1 Sample Street, Sampleton, OR 97000',
    'Contact 1 555 0100',
    'Patient number MRN-55',
    'From Sample Clinic',
    'Sent March 4, 2015 at 2:05 PM (UTC−05:00)',
    'Visit Outpatient visit Main Hospital, Ward, 1, 2',
    'Care team Dr. Ada Example',
    'Metabolic panel Collected March 3, 2015 at 12:00 PM',
    'Ordered by Dr. Ada Example',
    'Potassium 6.1 mmol/L 3.5-5.1 Very high (critical) Final March 3, 2015 at 12:05 PM Please repeat',
    'Titre 1 : 128',
    'Preliminary: may still change',
    'Culture No growth',
    'Sodium Wrong: withdrawn by the sender 999 mmol/L',
  ]) {
    t.match(said, fact)
  }
  t.notMatch(said, '111-00-2330')
})

t.test('lines of a report are joined, with escapes read', async (t) => {
  const html = page(
    MSH.replace('ORU^R01^ORU_R01', 'MDM^T02'),
    'TXA|1|OP^Operation note|TX|20150304',
    'OBX|1|TX|1^Note||First \\T\\ second\\.br\\third||||||F',
    'OBX|2|TX|1^Note||5 \\S\\ 6 \\F\\ 7 \\R\\ 8 \\E\\ 9 \\H\\bold\\N\\ \\X41420D0A43\\ C:\\dir\\x||||||F',
  )
  t.match(html, '<h1>Clinical document</h1>')
  t.match(html, '<pre>First &amp; second\nthird\n5 ^ 6 | 7 ~ 8 \\ 9 bold AB\nC C:\\dir\\x</pre>')
  t.match(html, 'Operation note')
})

t.test('documents in OBX are taken out, also in pieces and as plain text', async (t) => {
  const base64 = PDF.toString('base64')
  const half = Math.floor(PDF.length / 2)
  const bytes = message(
    MSH,
    'OBR|1|||1^Report',
    `OBX|1|ED|1^Scan||^application^pdf^Base64^${base64}||||||F`,
    `OBX|2|ST|2^Letter||${base64}||||||F`,
    `OBX|3|ED|3^In pieces||^application^pdf^Base64^${PDF.subarray(0, half).toString('base64')}||||||F`,
    `OBX|4|ED|3^In pieces||^application^pdf^Base64^${PDF.subarray(half).toString('base64')}||||||F`,
    `OBX|5|ED|4^Picture||^image^png^Base64^${PNG.toString('base64')}||||||F`,
    `OBX|6|ED|5^Words||^TEXT^^Base64^${Buffer.from('All is well').toString('base64')}||||||F`,
    'OBX|7|ED|6^Broken||^application^pdf^Base64^***||||||F',
    'OBX|8|RP|7^Elsewhere||https://pacs.example/7^^image^dicom||||||F',
  )
  const { html, embedded } = hl7v2Html(bytes, text)
  t.strictSame(
    embedded.map(({ name, mediaType }) => [name, mediaType]),
    [
      ['Scan', 'application/pdf'],
      ['Letter', 'application/pdf'],
      ['In pieces', 'application/pdf'],
    ],
  )
  for (const file of embedded) t.ok(file.bytes.equals(PDF), file.name)
  t.match(html.toString(), 'src="data:image/png;base64,')
  t.match(wordsOf(html), 'All is well')
  t.match(wordsOf(html), 'could not be read')
  t.match(wordsOf(html), 'https://pacs.example/7')
  t.notMatch(html.toString(), '<a href="https://pacs')
  t.strictSame(await embeddedDocuments(bytes, 'text/hl7v2'), embedded)
})

t.test('vaccines, allergies, problems: what was not given or was deleted says so', async (t) => {
  const said = words(
    MSH.replace('ORU^R01^ORU_R01', 'VXU^V04'),
    PID,
    'RXA|0|1|20150304||141^Influenza^CVX|0.5|mL||00^New||||||LOT7||MF|||CP|A',
    'RXA|0|1|20150304||03^MMR^CVX|999||||||||||||00^Parental refusal||RE|A',
    'AL1|1|DA|1^Penicillin|SV|Hives~Fever|2001',
    'IAM|1|DA|2^Latex|MO|Rash|D',
    'DG1|1||J45^Asthma^I10||20010203',
    'PRB|DE|20150304|3^Cough',
  )
  t.match(said, 'Vaccination record')
  t.match(said, 'Influenza March 4, 2015 0.5 mL Given LOT7')
  t.match(said, 'MMR March 4, 2015 Refused: not given, Parental refusal')
  t.match(said, 'Penicillin DA SV Hives, Fever 2001')
  t.match(said, /Latex DA MO Rash Deleted by the sender/)
  t.match(said, 'Asthma February 3, 2001')
  t.match(said, /Cough .*Deleted by the sender/)
})

t.test('nothing is lost: other fields and unknown segments are listed', async (t) => {
  const said = words(MSH, `${PID}|||||||||||||||VIP7`, 'ZZ1|own^field|a~b', 'OBX|1|NM|1^T||5||||0.9||F')
  t.match(said, 'Further details')
  t.match(said, 'ZZ1-1 own, field')
  t.match(said, 'ZZ1-2 a b')
  t.match(said, 'VIP7')
  t.match(said, 'OBX-9 0.9')
  const many = words(MSH, `ZZZ|${Array.from({ length: 510 }, (_one, at) => `v${at}`).join('|')}`)
  t.match(many, /\b1\d more entries are in the original file\./)
})

t.test('frames, batches, line ends, other delimiters and character sets', async (t) => {
  const body = [MSH, PID, 'OBX|1|TX|1^Note||line one\nline two||||||F']
  const both = Buffer.from(`FHS|^~\\&\rBHS|^~\\&\r\v${body.join('\r')}\r\x1c\r\v${body.join('\r')}\r\x1c\rBTS|2\rFTS|1\r`)
  t.equal(parseHl7(both).length, 2)
  t.match(wordsOf(hl7v2Html(both, text).html), '2 messages about your health')
  t.match(hl7v2Html(both, text).html.toString(), 'line one\nline two')
  for (const end of ['\r', '\n', '\r\n', '\n\n']) t.equal(parseHl7(Buffer.from([MSH, PID].join(end)))[0]?.length, 2, JSON.stringify(end))
  t.match(wordsOf(hl7v2Html(Buffer.from('MSH#:*!+#LAB#Clinic\rPID#1##7##Sample:Maria\r'), text).html), 'Maria Sample')
  t.match(wordsOf(hl7v2Html(Buffer.from('MSH|^~\\\\&|LAB|Clinic\rPID|1||7||Smith&Jones^Maria\r'), text).html), 'Maria Smith')
  t.match(wordsOf(hl7v2Html(Buffer.from('MSH|^~\\&|A|Klinik Z\xfcrich\r', 'latin1'), text).html), 'Klinik Zürich')
  t.match(wordsOf(hl7v2Html(Buffer.from('MSH|^~\\&|A|Klinik Zürich\r'), text).html), 'Klinik Zürich')
  t.match(wordsOf(hl7v2Html(Buffer.from('MSH|^~\\&|A|Pozna\xf1||||||||||||||8859/2\r', 'latin1'), text).html), 'Poznań')
})

t.test('nothing hostile comes through', async (t) => {
  const bad = '<script>alert(1)</script><img src=x onerror=alert(1)>"onclick="x()'
  const html = page(
    `${MSH}|${bad}`,
    `PID|1||${bad}||${bad}^${bad}||${bad}|${bad}`,
    `OBR|1|||${bad}`,
    `OBX|1|ST|${bad}||${bad}|${bad}|${bad}|${bad}|||${bad}`,
    `OBX|2|TX|${bad}||${bad}|||||||${bad}`,
    `NTE|1||${bad}`,
    `AL1|1|${bad}|${bad}`,
    `ZZZ|${bad}`,
  )
  t.strictSame(dangers(html), [])
})

t.test('what is no message is refused; a broken one is read as far as it goes', async (t) => {
  for (const wrong of ['', '\r\n', 'PID|1', 'hello', 'msh|^~\\&|'])
    t.throws(() => hl7v2Html(Buffer.from(wrong), text), new NotConvertibleError('damaged'), wrong)
  for (const odd of ['MSH', 'MSH|', 'MSH|^', 'MSH|^~\\&', 'MSH|^~\\&|\rOBX', 'MSH|^~\\&\rOBX|\rNTE\rOBR\rOBX|1|ED\rRXA|\rSCH|'])
    t.match(hl7v2Html(Buffer.from(odd), text).html.toString(), '<h1>', odd)
})

t.test('big messages end in time', async (t) => {
  const before = process.cpuUsage()
  const rows = Array.from({ length: 4000 }, (_one, at) => `OBX|${at}|NM|${at}^Test ${at}||${at}|mg||||F`)
  const html = page(MSH, 'OBR|1|||1^Panel', ...rows)
  t.match(wordsOf(html), '1000 more entries are in the original file.')
  page(MSH, `OBX|1|TX|1||${'\\'.repeat(200_000)}`)
  page(MSH, `OBX|1|TX|1||${'~'.repeat(200_000)}`, `ZZZ|${'^'.repeat(200_000)}|${'&'.repeat(200_000)}`)
  page(MSH, `OBX|1|TX|1||${'a\n'.repeat(50_000)}`)
  t.throws(() => hl7v2Html(Buffer.from(`${MSH}\r${'NTE|\r'.repeat(200_001)}`), text), new NotConvertibleError('too-big'))
  t.ok(process.cpuUsage(before).user < 15_000_000)
})
