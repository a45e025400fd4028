import { fileURLToPath } from 'node:url'
import t from 'tap'
import { describeDocument, describeSize } from '../../src/documents/describe.js'
import { PDFDocument } from '../../src/documents/pdf-library.js'
import { type Receipt, receiptPdf } from '../../src/documents/receipt-pdf.js'
import { loadTexts } from '../../src/texts.js'
import { textOf } from './pdf-text.js'

const text = loadTexts(fileURLToPath(new URL('../../templates/texts', import.meta.url))).in('en')

const digest = (index: number) => index.toString(16).padStart(64, '0123456789abcdef')

function receiptWith(changes: Partial<Receipt> = {}, documents = 2): Receipt {
  return {
    intakeNumber: '7K2M-9QXR-41TB',
    provider: { name: 'Sample Clinic', intakeAddress: 'sample-clinic@intake.example.org' },
    receivedAt: Date.UTC(2026, 10, 22, 14, 3, 4),
    handedOverAt: Date.UTC(2026, 10, 22, 14, 3, 8),
    authenticated: { method: 'dkim', domain: 'clinic.example.com', tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384' },
    documents: Array.from({ length: documents }, (_, index) => ({
      ...{ mediaType: 'application/pdf', bytes: 182_400, pages: index + 1, sha256: digest(index) },
    })),
    operator: { name: 'Sample Postbox', email: 'help@example.org', phone: '+1 555 0100', fax: '' },
    resend: false,
    ...changes,
  }
}

async function readBack(receipt: Receipt): Promise<string> {
  return (await textOf(await receiptPdf(receipt, text))).join('\n')
}

t.test('a receipt says when, from whom, how that was shown, and which documents', async (t) => {
  const read = await readBack(receiptWith())
  const all = ['7K2M-9QXR-41TB', '2026-11-22 14:03:04 UTC', '2026-11-22 14:03:08 UTC', 'Sample Clinic', 'sample-clinic@intake.example.org']
  const more = [
    'signed by clinic.example.com',
    'TLS_AES_256_GCM_SHA384',
    '2 documents',
    'PDF document, 182 kB, 1 page',
    digest(0),
    digest(1),
    'help@example.org',
  ]
  for (const words of [...all, ...more, 'Handed to the mail system', 'Page 1 of 1']) t.ok(read.includes(words), words)
  t.notMatch(read, /delivered|sent before|fax \+|\?|\ufffd/)
})

t.test('each way of showing the sender has its sentence, and a plain connection is called so', async (t) => {
  const authenticated = { domain: null, tls: null }
  t.match(await readBack(receiptWith({ authenticated: { ...authenticated, method: 'network' } })), /registered[\s\S]*Not encrypted/)
  t.match(await readBack(receiptWith({ authenticated: { ...authenticated, method: 'password' } })), /Signed in/)
  t.match(
    await readBack(receiptWith({ authenticated: { ...authenticated, method: 'spf', domain: 'example.com' } })),
    /authorised by example\.com/,
  )
  t.match(await readBack(receiptWith({ resend: true })), /sent before/)
})

t.test('every document is listed, on as many pages as that takes', async (t) => {
  const pages = await textOf(await receiptPdf(receiptWith({}, 60), text))
  t.ok(pages.length > 2)
  for (let index = 0; index < 60; index++)
    t.ok(
      pages.some((page) => page.includes(digest(index))),
      `${index + 1}`,
    )
  for (const [index, page] of pages.entries()) {
    t.ok(page.includes(`Page ${index + 1} of ${pages.length}`))
    t.ok(page.includes('Intake number 7K2M-9QXR-41TB'))
  }
  t.match(await readBack(receiptWith({}, 0)), /No documents/)
})

t.test('letters of all Europe are shown, and no letter is lost without a word', async (t) => {
  const name = (words: string) => readBack(receiptWith({ provider: { name: words, intakeAddress: 'x@intake.example.org' } }))
  t.match(await name('Łódź Ñandú Αθήνα Київ Ştefan'), 'Łódź Ñandú Αθήνα Київ Ştefan')
  const other = await name('王医院 Clinic 🏥\u202E\u0000')
  t.ok(other.includes('[U+738B][U+533B][U+9662] Clinic [U+1F3E5][U+202E][U+0000]'))
  t.match(other, /by its Unicode number/)
  t.notMatch(await name('Sample'), /Unicode/)
})

t.test('what an earlier receipt drew does not change a later one', async (t) => {
  const receipt = receiptWith()
  const before = await receiptPdf(receipt, text)
  await receiptPdf(receiptWith({ provider: { name: 'Ünïcode\u00a0Ωμέγα \u2126 नमस्ते', intakeAddress: 'x@example.org' } }), text)
  t.ok(before.equals(await receiptPdf(receipt, text)))
})

t.test('long words are broken rather than run off the page', async (t) => {
  const name = 'x'.repeat(400)
  const read = await readBack(receiptWith({ provider: { name, intakeAddress: `${'a'.repeat(64)}@${'b'.repeat(60)}.example.org` } }))
  t.ok(read.split('\n').every((line) => !line.includes('xxx') || line.length < 70))
  t.equal(read.match(/x{20,}/g)?.join('').length, 400, 'all of it is there')
})

t.test('the file says its title, its language and when', async (t) => {
  const document = await PDFDocument.load(await receiptPdf(receiptWith(), text), { updateMetadata: false })
  t.match(document.getTitle(), '7K2M-9QXR-41TB')
  t.equal(document.getLanguage(), 'en')
  t.equal(document.getCreationDate()?.toISOString(), '2026-11-22T14:03:08.000Z')
})

t.test('a digest that is none is a bug', async (t) => {
  const documents = [{ mediaType: 'text/plain', bytes: 1, pages: null, sha256: 'Ünïcode' }]
  await t.rejects(receiptPdf(receiptWith({ documents }), text), /digest/)
})

t.test('documents are described by type, size and pages', async (t) => {
  t.equal(describeDocument({ mediaType: 'image/tiff', bytes: 24_000, pages: 1 }, text), 'TIFF image (fax), 24 kB, 1 page')
  t.equal(describeDocument({ mediaType: 'application/x-odd', bytes: 1, pages: null }, text), 'application/x-odd, 1 byte')
  for (const type of ['cda+xml', 'ccr+xml', 'fhir+json', 'dicom', 'rtf', 'zip', 'ms-tnef', 'vnd.ms-outlook', 'pkcs7-mime']) {
    const words = describeDocument({ mediaType: `application/${type}`, bytes: 1, pages: null }, text)
    t.notMatch(words, /application/, `${type} has a name that people know`)
  }
  const sizes: ReadonlyArray<readonly [number, string]> = [
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1949, '1.9 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [37_000_000, '37 MB'],
  ]
  for (const [bytes, words] of sizes) t.equal(describeSize(bytes, text), words)
})
