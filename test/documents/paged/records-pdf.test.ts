import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Records, recordsPdf } from '../../../src/documents/paged/records-pdf.js'
import { PDFArray, PDFDict, PDFName } from '../../../src/documents/pdf-library.js'
import { loadTexts } from '../../../src/texts.js'
import { textOf } from '../pdf-text.js'
import { annotationsOf, bookmarksOf, loaded, pageOf, plainPdf, saved } from './pdf-samples.js'

const text = loadTexts(fileURLToPath(new URL('../../../templates/texts', import.meta.url))).in('en')

async function itemOf(name: string, pages: number) {
  return { name, pages, pdf: await saved(await plainPdf(pages)) }
}

async function recordsWith(changes: Partial<Records> = {}): Promise<Records> {
  return {
    provider: { name: 'Sample Clinic' },
    receivedAt: Date.UTC(2026, 10, 22, 14, 3, 4),
    intakeNumber: '7K2M-9QXR-41TB',
    packageNumber: 'ABCD-EFGH-JKMN',
    authenticated: { method: 'dkim', domain: 'clinic.example.com' },
    items: [await itemOf('fax.tif', 3), await itemOf('letter.pdf', 2), await itemOf('notes.txt', 1)],
    asHtml: [],
    asSent: [],
    ...changes,
  }
}

async function coverOf(records: Records): Promise<string> {
  return (await textOf((await recordsPdf(records, text)).pdf)).join('\n').replaceAll('\u200b', '').replace(/\s+/g, ' ')
}

t.test('all pages are there, behind a cover that says what and from whom', async (t) => {
  const records = await recordsWith({ asHtml: ['summary.xml'], asSent: [{ name: 'locked.pdf', reason: 'protected' }] })
  const { pdf, pages, firstPages } = await recordsPdf(records, text)
  const document = await loaded(pdf)
  t.equal(pages, 7)
  t.equal(document.getPageCount(), 7)
  t.same(firstPages, [2, 5, 7])
  const cover = await coverOf(records)
  for (const words of ['Sample Clinic', 'November 22, 2026', '7K2M-9QXR-41TB', 'ABCD-EFGH-JKMN', 'signed by clinic.example.com'])
    t.ok(cover.includes(words), words)
  for (const words of ['fax.tif 1', 'letter.pdf 4', 'notes.txt 6', 'summary.xml', 'locked.pdf It is protected'])
    t.ok(cover.includes(words), words)
})

t.test('contents, bookmarks and page labels agree', async (t) => {
  const document = await loaded((await recordsPdf(await recordsWith(), text)).pdf)
  const links = annotationsOf(document).map((link) => pageOf(document, link.lookup(PDFName.of('Dest'), PDFArray)))
  t.same(links, [2, 5, 7])
  t.same(bookmarksOf(document), [
    { title: 'Health records', page: 1 },
    { title: 'fax.tif', page: 2 },
    { title: 'letter.pdf', page: 5 },
    { title: 'notes.txt', page: 7 },
  ])
  t.equal(
    document.catalog.lookup(PDFName.of('PageLabels'), PDFDict).toString().replace(/\s+/g, ' '),
    '<< /Nums [ 0 << /S /r >> 1 << /S /D >> ] >>',
  )
})

t.test('many documents take more pages of cover, and every link still leads to its own', async (t) => {
  const one = await itemOf('x', 1)
  const items = Array.from({ length: 120 }, (_, index) => ({ ...one, name: `document-${index}.pdf` }))
  const { pdf, pages, firstPages } = await recordsPdf(await recordsWith({ items }), text)
  const document = await loaded(pdf)
  const cover = pages - 120
  t.ok(cover > 2)
  const links = Array.from({ length: cover }, (_, page) => annotationsOf(document, page)).flat()
  t.same(
    links.map((link) => pageOf(document, link.lookup(PDFName.of('Dest'), PDFArray))),
    firstPages,
  )
  t.same(firstPages.slice(0, 2), [cover + 1, cover + 2])
})

t.test('each way of showing the sender and each reason has its words', async (t) => {
  const authenticated = async (method: Records['authenticated']['method']) =>
    coverOf(await recordsWith({ authenticated: { method, domain: 'example.com' } }))
  t.match(await authenticated('password'), /signed in/)
  t.match(await authenticated('spf'), /example\.com authorises/)
  t.match(await authenticated('network'), /which fax gateway it came through, not who sent/)
  const reasons = ['no-converter', 'protected', 'damaged', 'too-many-pages', 'too-big', 'time', 'memory', 'crashed'] as const
  const cover = await coverOf(await recordsWith({ items: [], asSent: reasons.map((reason) => ({ name: `a.${reason}`, reason })) }))
  for (const reason of reasons) t.ok(cover.includes(`a.${reason} ${text(`readable.reasons.${reason}`)}`), reason)
  t.match(cover, /No document has pages/)
})

t.test('a hostile name is laid out like any other', async (t) => {
  const name = `Bericht\u202Egpj.exe\u0000\n ${'long '.repeat(80)}😀 مذكرات 病历${'x'.repeat(2000)}.pdf`
  const records = await recordsWith({
    items: [{ ...(await itemOf('', 1)), name }],
    asSent: [{ name, reason: 'damaged' }],
    provider: { name },
  })
  const { pdf } = await recordsPdf(records, text)
  const document = await loaded(pdf)
  const cover = await coverOf(records)
  t.match(cover, 'Bericht[U+202E]gpj.exe[U+0000] long')
  t.match(cover, /…/)
  t.match(cover.replace(/\s/g, ''), /xxxx\.pdf/)
  for (const bad of ['\u202e', '\0', '\ufffd', '?']) t.notOk(cover.includes(bad))
  t.match(bookmarksOf(document)[1]?.title, /^Bericht\[U\+202E\]gpj\.exe\[U\+0000\] long/)
  t.match(document.getTitle(), /^Health records: Bericht\[U\+202E\]/)
})

t.test('the file says its title, its language and when; the same records make the same bytes', async (t) => {
  const records = await recordsWith()
  const { pdf } = await recordsPdf(records, text)
  const document = await loaded(pdf)
  t.equal(document.getTitle(), 'Health records: Sample Clinic')
  t.equal(document.getLanguage(), 'en')
  t.equal(document.getCreationDate()?.toISOString(), '2026-11-22T14:03:04.000Z')
  t.ok(pdf.equals((await recordsPdf(records, text)).pdf))
})

t.test('an item that has not the pages it says is a bug, and no file', async (t) => {
  const item = await itemOf('letter.pdf', 2)
  await t.rejects(recordsPdf(await recordsWith({ items: [{ ...item, pages: 3 }] }), text))
  await t.rejects(recordsPdf(await recordsWith({ items: [{ ...item, pages: 1 }] }), text))
  await t.rejects(recordsPdf(await recordsWith({ items: [{ ...item, pdf: Buffer.from('no PDF') }] }), text))
})

t.test('in Spanish it speaks Spanish, and says so to programs that read aloud', async (t) => {
  const spanish = loadTexts(fileURLToPath(new URL('../../../templates/texts', import.meta.url))).in('es')
  const { pdf } = await recordsPdf(await recordsWith({ asSent: [{ name: 'locked.pdf', reason: 'protected' }] }), spanish)
  const cover = (await textOf(pdf)).join('\n').replaceAll('\u200b', '').replace(/\s+/g, ' ')
  for (const words of ['Expedientes médicos', '22 de noviembre de 2026', '2:03 p.m. UTC', 'Está protegido con una contraseña'])
    t.ok(cover.includes(words), words)
  t.equal((await loaded(pdf)).catalog.get(PDFName.of('Lang'))?.toString(), '(es)')
  t.equal(bookmarksOf(await loaded(pdf))[0]?.title, 'Expedientes médicos')
})
