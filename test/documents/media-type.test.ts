import fc from 'fast-check'
import t from 'tap'
import { normaliseMediaType, sniffMediaType } from '../../src/documents/media-type.js'
import { compoundFile, zipFile } from './samples.js'

const latin = (text: string) => Buffer.from(text, 'latin1')
const UNKNOWN = 'application/octet-stream'

t.test('bytes tell the type, whatever was declared', async (t) => {
  const cases: ReadonlyArray<readonly [bytes: Buffer, mediaType: string]> = [
    [latin('%PDF-1.7\n1 0 obj\n'), 'application/pdf'],
    [latin(`${'junk\n'.repeat(200)}%PDF-1.4\n1 0 obj\n`), 'application/pdf'],
    [latin('II*\0\x08\0\0\0'), 'image/tiff'],
    [latin('MM\0*\0\0\0\x08'), 'image/tiff'],
    [latin('II+\0\x08\0\0\0'), 'image/tiff'],
    [latin('\xff\xd8\xff\xe0\0\x10JFIF'), 'image/jpeg'],
    [latin('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'image/png'],
    [latin('GIF89a\x01\0'), 'image/gif'],
    [latin('RIFF\x10\0\0\0WEBPVP8 '), 'image/webp'],
    [latin('\0\0\0\x18ftypheic\0\0\0\0'), 'image/heic'],
    [latin(`BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0${'\0'.repeat(40)}`), 'image/bmp'],
    [latin('{\\rtf1\\ansi Hello}'), 'application/rtf'],
    [latin('\x78\x9f\x3e\x22\x01\0\x01'), 'application/ms-tnef'],
    [latin(`${'\0'.repeat(128)}DICM\x02\0`), 'application/dicom'],
    [latin(`II*\0${'\0'.repeat(124)}DICM\x02\0`), 'application/dicom'],
    [latin('\x30\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0'), 'application/pkcs7-mime'],
    [latin('MSH|^~\\&|LAB|CLINIC|||20261122||ORU^R01|1|P|2.5.1\rPID|1'), 'text/hl7v2'],
    [latin('\x0bMSH|^~\\&|LAB|'), 'text/hl7v2'],
    [
      latin('<?xml version="1.0"?>\n<?xml-stylesheet href="CDA.xsl"?>\n<!-- x --><ClinicalDocument xmlns="urn:hl7-org:v3">'),
      'application/cda+xml',
    ],
    [latin('\xef\xbb\xbf<cda:ClinicalDocument xmlns:cda="urn:hl7-org:v3"/>'), 'application/cda+xml'],
    [Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><ClinicalDocument/>', 'utf16le'), 'application/cda+xml'],
    [latin('{ "id": "1", "resourceType": "Bundle" }'), 'application/fhir+json'],
    [latin('<Bundle xmlns="http://hl7.org/fhir"><id/></Bundle>'), 'application/fhir+xml'],
    [latin('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'), 'image/svg+xml'],
    [zipFile({ 'report.pdf': 'x' }), 'application/zip'],
    [zipFile({ 'IHE_XDM/SUBSET01/METADATA.XML': '<x/>', 'INDEX.HTM': '' }), 'application/zip'],
    [compoundFile(['Root Entry', 'WordDocument']), 'application/msword'],
    [compoundFile(['Root Entry', 'Workbook']), 'application/vnd.ms-excel'],
    [compoundFile(['Root Entry', '__substg1.0_001A001F']), 'application/vnd.ms-outlook'],
  ]
  for (const [bytes, mediaType] of cases) {
    for (const declared of [UNKNOWN, 'application/pdf; name=x.pdf', 'image/png', 'application/x-unheard']) {
      t.equal(sniffMediaType(bytes, declared), mediaType, `${mediaType}, declared ${declared}`)
    }
  }
})

t.test('office documents are told by the names inside', async (t) => {
  const types = '[Content_Types].xml'
  const word = zipFile({ [types]: '', 'word/document.xml': '' })
  t.match(sniffMediaType(word, UNKNOWN), /wordprocessingml\.document$/)
  t.match(sniffMediaType(zipFile({ [types]: '', 'xl/workbook.xml': '' }), UNKNOWN), /spreadsheetml\.sheet$/)
  t.match(sniffMediaType(zipFile({ [types]: '', 'word/document.xml': '', 'word/vbaProject.bin': '' }), UNKNOWN), /word.*macroenabled/)
  t.equal(
    sniffMediaType(zipFile({ mimetype: 'application/vnd.oasis.opendocument.text' }), UNKNOWN),
    'application/vnd.oasis.opendocument.text',
  )
  t.match(sniffMediaType(word.subarray(0, word.length - 30), UNKNOWN), /wordprocessingml/, 'also when its end is missing')
})

t.test('what was declared is kept where the bytes do not contradict it', async (t) => {
  const cases: ReadonlyArray<readonly [text: string, declared: string, mediaType: string]> = [
    ['a;b\n1;2\n', 'text/csv', 'text/csv'],
    ['Hello', 'text/html', 'text/html'],
    ['<html><body>x</body></html>', 'text/plain', 'text/plain'],
    ['From: x@example.org\nSubject: y\n\nz', 'text/plain', 'text/plain'],
    ['{"a": 1}', 'application/json', 'application/json'],
    ['<?xml version="1.0"?><a/>', 'application/foo+xml', 'application/foo+xml'],
    ['BEGIN:VCARD', 'Text/VCard; charset=utf-8', 'text/vcard'],
    ['\x01\x02\x03\0\x04', 'application/x-own', 'application/x-own'],
    ['', 'application/pdf', 'application/pdf'],
    ['\x01\x02\0', 'application/pdf', 'application/pdf'],
    ['\x02Glucose 5.1 mmol/l\x03\r\nand so on, line by line, over the whole page of the report', 'text/plain', 'text/plain'],
  ]
  for (const [text, declared, mediaType] of cases) t.equal(sniffMediaType(latin(text), declared), mediaType, declared)
})

t.test('what was declared is dropped where the bytes contradict it', async (t) => {
  const cases: ReadonlyArray<readonly [text: string, declared: string, mediaType: string]> = [
    ['Please see attached', 'application/pdf', 'text/plain'],
    ['<!doctype html><html><script>x()</script>', 'image/jpeg', 'text/html'],
    ['<!doctype html><html>', UNKNOWN, 'text/html'],
    ['Received: from x\r\nFrom: a@example.org\r\nSubject: b\r\n\r\nc', UNKNOWN, 'message/rfc822'],
    ['From a@example.org Sun May 8 19:07:09 2005\nReturn-Path: <a@example.org>\nFrom: a@example.org\n\nb', UNKNOWN, 'message/rfc822'],
    ['Dear all: hello\nHow: are you', UNKNOWN, 'text/plain'],
    ['We speak of %PDF-1.4 here', UNKNOWN, 'text/plain'],
    ['BMI and other words, at length enough', UNKNOWN, 'text/plain'],
    ['a\0\x01\x02\x03bcdefgh', 'text/plain', UNKNOWN],
    ['plain', 'not a type', 'text/plain'],
  ]
  for (const [text, declared, mediaType] of cases)
    t.equal(sniffMediaType(latin(text), declared), mediaType, `${text.slice(0, 20)} as ${declared}`)
  t.equal(sniffMediaType(Buffer.from('Grüße', 'utf16le'), 'text/plain'), 'text/plain', 'UTF-16 without a mark is text')
})

t.test('declared types are normalised', async (t) => {
  t.equal(normaliseMediaType(' Application/PDF ; name="x"'), 'application/pdf')
  t.equal(normaliseMediaType('image/jpg'), 'image/jpeg')
  t.equal(normaliseMediaType('application/vnd.ms-tnef'), 'application/ms-tnef')
  for (const odd of ['', 'pdf', 'text/', '/x', 'a b/c', 'a/b/c', `a/${'b'.repeat(65)}`]) t.equal(normaliseMediaType(odd), UNKNOWN, odd)
})

t.test('any bytes give a well-formed type and no error, also behind every magic', async () => {
  const starts = [
    '',
    '%PDF-',
    'PK\x03\x04',
    'PK\x05\x06',
    '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    '<',
    '<?xml',
    '{',
    'II*\0',
    '\x30',
    'BM',
    'MSH|',
  ]
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 700 }), fc.string(), (start, rest, declared) => {
      const bytes = Buffer.concat([latin(start), rest])
      return /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(sniffMediaType(bytes, declared))
    }),
    { numRuns: 500 },
  )
})

t.test('a long hostile file takes no time', async (t) => {
  const hostile = ['<!--', '<?', '<a ', '<!-- -->', ' ', '{', 'a:', 'PK\x03\x04', 'PK\x05\x06', '\n', '"resourceType":']
  for (const unit of hostile) {
    const bytes = latin(unit.repeat(Math.ceil(2_000_000 / unit.length)))
    const start = process.cpuUsage()
    sniffMediaType(bytes, UNKNOWN)
    t.ok(cpuMs(start) < 100, JSON.stringify(unit))
  }
})

/** CPU spent since then, which a busy machine doesn't stretch. */
function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
