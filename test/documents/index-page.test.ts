import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type IndexedDocument, type IndexedPackage, packageIndex } from '../../src/documents/index-page.js'
import { fileNames } from '../../src/hip/seal.js'
import { loadTexts } from '../../src/texts.js'

const text = loadTexts(fileURLToPath(new URL('../../templates/texts', import.meta.url))).in('en')

function document(name: string, more: Partial<IndexedDocument> = {}): IndexedDocument {
  const files = { document: `documents/01-${name}`, copy: null }
  return { name, mediaType: 'application/pdf', bytes: 182_400, role: 'attachment', files, ...more }
}

const page = (documents: readonly IndexedDocument[], more: Partial<IndexedPackage> = {}) =>
  packageIndex(
    {
      ...{ provider: 'Sample Clinic', packageReference: 'ABCD-2345-EFGH', receivedAt: Date.UTC(2026, 10, 22, 14, 5) },
      ...{ records: { pages: 4 }, documents, ...more },
    },
    text,
  ).toString()

t.test('it says who sent it and when, and leads to every document and its copy', async (t) => {
  const html = page([
    document('fax.tif', { mediaType: 'image/tiff', pages: 3, copy: { kind: 'pages', first: 2, count: 3 } }),
    document('brief.docx', {
      ...{ title: 'Letter of March 3', mediaType: 'application/msword', copy: { kind: 'html' } },
      files: { document: 'documents/02-brief.docx', copy: 'readable/02-brief.html' },
    }),
    document('message.txt', { role: 'body', mediaType: 'text/plain' }),
  ])
  for (const words of ['Sample Clinic sent these records', 'November 22, 2026', 'ABCD-2345-EFGH', '3 documents', 'PDF, 4 pages'])
    t.match(html, words)
  t.match(html, '<a href="records.pdf">')
  t.match(html, /<a href="records\.pdf#page=2"[^>]*>Read \(from page 2 of the PDF with all pages, 3 pages\)/)
  t.match(html, '<h3>Letter of March 3</h3>')
  t.match(html, 'File name: brief.docx')
  t.match(html, '<a href="readable/02-brief.html" aria-label="Read – Letter of March 3">Read</a>')
  t.match(html, '<a href="documents/02-brief.docx"')
  t.match(html, '<h3>Message from the provider</h3>')
  t.equal(html.match(/<h1/g)?.length, 1)
  t.notMatch(html, /undefined|\[object|readable-index\.|<script|src=|https?:/)
})

t.test('it says what is locked, signed, unpacked or has no copy', async (t) => {
  const signer = { name: 'Dr. Sample', address: 'dr@clinic.example', isIntact: true }
  const html = page([
    document('records.zip', { copy: { kind: 'as-sent', reason: 'no-converter' } }),
    document('locked.pdf', { within: 0, protected: true, copy: { kind: 'as-sent', reason: 'protected' } }),
    document('a.txt', { within: 0, signer }),
    document('b.txt', { signer: { ...signer, name: '', isIntact: false } }),
    document('message.txt', { within: 0, role: 'body' }),
  ])
  t.equal(html.match(/From records\.zip/g)?.length, 3)
  t.equal(html.match(/Included as it was sent/g)?.length, 1)
  t.match(html, 'This file needs a password. Ask Sample Clinic for it.')
  t.match(html, 'Signed by Dr. Sample, and not changed since')
  t.match(html, 'It says that dr@clinic.example signed it, but it was changed since.')
  t.match(html, '<h3>Text of the message</h3>')
})

t.test('its links are the names that the package gives its files', async (t) => {
  const copy = { kind: 'html', html: Buffer.from('<p>') } as const
  const names = ['März #1 100%.docx', 'it\'s "it"?.doc', '検査結果', '../../etc/passwd', 'a&b.txt']
  const files = fileNames(names.map((name) => ({ name, copy })))
  const html = page(names.map((name, index) => document(name, { copy, files: files[index] ?? { document: '', copy: null } })))
  const led = [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => decodeURIComponent(href.replaceAll('&#39;', "'")))
  t.strictSame(led, ['records.pdf', ...files.flatMap(({ document, copy }) => [copy, document])])
})

t.test('without records.pdf nothing leads to it', async (t) => {
  t.notMatch(page([document('a.pdf', { copy: { kind: 'pages', first: 1, count: 1 } })], { records: null }), 'records.pdf')
})

t.test('what strangers wrote is text, in names, titles and links', async (t) => {
  const name = `"><script>alert(1)<b> ä#?%&'.pdf`
  const signer = { name: '<b>x</b>', address: '', isIntact: true }
  const html = page([document(name, { title: '<img src=x onerror=alert(1)>', signer }), document(name, { title: 'A', within: 0 })], {
    provider: '<i>Clinic</i>',
  })
  t.notMatch(html, /<script|<img|<b>|<i>/)
  const hrefs = [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href)
  t.ok(hrefs.includes(`documents/01-${encodeURIComponent(name).replace(/'/g, '&#39;')}`), 'leads to the file of that name')
  for (const href of hrefs) t.notMatch(href, /[<>"\s]|^[a-z]+:/i)
})

t.test('in Spanish it speaks Spanish', async (t) => {
  const spanish = loadTexts(fileURLToPath(new URL('../../templates/texts', import.meta.url))).in('es')
  const about = { provider: 'Sample Clinic', packageReference: 'ABCD-2345-EFGH', receivedAt: Date.UTC(2026, 10, 22, 14, 5) }
  const message = document('message.txt', { role: 'body', mediaType: 'text/plain' })
  const html = packageIndex({ ...about, records: { pages: 4 }, documents: [document('fax.tif'), message] }, spanish).toString()
  t.match(html, '<html lang="es">')
  for (const words of [
    'Sample Clinic envió estos expedientes',
    '22 de noviembre de 2026 a las 2:05 p.m. UTC',
    'Mensaje del proveedor',
    '182 kB',
  ])
    t.match(html, words)
  t.notMatch(html, /\b(the|was|sent|with|Read|document as)\b/)
})
