import fc from 'fast-check'
import t from 'tap'
import { countPages } from '../../src/documents/pages.js'
import { compressedPdfFile, pdfFile, tiffFile } from './samples.js'

const PDF = 'application/pdf'
const TIFF = 'image/tiff'
const CATALOGUE = '<< /Type /Catalog /Pages 2 0 R >>'

t.test('pages of a TIFF are its directories, thumbnails aside', async (t) => {
  t.equal(await countPages(tiffFile(1), TIFF), 1)
  t.equal(await countPages(tiffFile(7, { bigEndian: true }), TIFF), 7)
  t.equal(await countPages(tiffFile(3, { thumbnails: 2 }), TIFF), 3)
})

t.test('a TIFF that loops, leaves the file or never ends has no known count', async (t) => {
  t.equal(await countPages(tiffFile(3, { next: 8 }), TIFF), null, 'loop')
  t.equal(await countPages(tiffFile(3, { next: 26 }), TIFF), null, 'loop to the middle')
  t.equal(await countPages(tiffFile(3, { next: 9999 }), TIFF), null, 'outside')
  t.equal(await countPages(tiffFile(0), TIFF), null, 'no page')
  t.equal(await countPages(tiffFile(2001), TIFF), null, 'more than a fax can have')
  t.equal(await countPages(tiffFile(2).subarray(0, 40), TIFF), null, 'cut')
})

t.test('pages of a PDF are what its page tree counts', async (t) => {
  t.equal(await countPages(pdfFile([CATALOGUE, '<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 12 >>']), PDF), 12)
  t.equal(await countPages(pdfFile([CATALOGUE, '<</Kids[3 0 R]/Count 3 0 R>>', '5']), PDF), 5, 'by reference')
  t.equal(
    await countPages(pdfFile([CATALOGUE, '<< /Kids [] /Count 1 /Odd (a\\)b(c)) /Hex <4e> >> % said']), PDF),
    1,
    'strings and comments',
  )
  t.equal(await countPages(pdfFile([CATALOGUE, '<< /Kids [3 0 R] /Count 4 >>'], { head: 'junk before it\n' }), PDF), 4, 'behind junk')
  t.equal(await countPages(compressedPdfFile(6), PDF), 6, 'in an object stream')
})

t.test('the newest of several tables counts', async (t) => {
  const first = pdfFile([CATALOGUE, '<< /Kids [3 0 R] /Count 1 >>'])
  const update = '2 0 obj\n<< /Kids [3 0 R 4 0 R] /Count 2 >>\nendobj\n'
  const previous = first.lastIndexOf('xref\n0')
  const table = `xref\n2 1\n${String(first.length).padStart(10, '0')} 00000 n \ntrailer\n<< /Root 1 0 R /Prev ${previous} >>\n`
  const file = Buffer.concat([first, Buffer.from(`${update}${table}startxref\n${first.length + update.length}\n%%EOF`)])
  t.equal(await countPages(file, PDF), 2)
})

t.test('a PDF that is damaged or makes no sense has no known count', async (t) => {
  const cases: Readonly<Record<string, Buffer>> = {
    'a count below its kids': pdfFile([CATALOGUE, '<< /Kids [3 0 R 4 0 R] /Count 1 >>']),
    'a count of none': pdfFile([CATALOGUE, '<< /Kids [] /Count 0 >>']),
    'a count out of all reason': pdfFile([CATALOGUE, '<< /Kids [] /Count 9999999 >>']),
    'a fraction': pdfFile([CATALOGUE, '<< /Kids [] /Count 1.5 >>']),
    'no page tree': pdfFile(['<< /Type /Catalog >>']),
    'a tree that is itself': pdfFile(['<< /Pages 1 0 R >>']),
    'a table that follows itself': pdfFile([CATALOGUE], { trailer: '/Prev 0 /XRefStm 0' }),
    'nesting without end': pdfFile([CATALOGUE, '['.repeat(5000)]),
    'names without end': pdfFile([CATALOGUE, `<< ${'/a 1 '.repeat(20_000)} >>`]),
    'no table': Buffer.from('%PDF-1.4\n1 0 obj\n<< >>\nendobj'),
    nothing: Buffer.alloc(0),
  }
  for (const [what, file] of Object.entries(cases)) t.equal(await countPages(file, PDF), null, what)
})

t.test('an inflated stream is cut off long before it hurts', async (t) => {
  t.equal(await countPages(compressedPdfFile(6, { padding: 1_000_000 }), PDF), 6)
  const bomb = compressedPdfFile(6, { padding: 30_000_000 })
  t.ok(bomb.length < 1_000_000)
  const start = process.cpuUsage()
  t.equal(await countPages(bomb, PDF), null)
  t.ok(cpuMs(start) < 500)
})

t.test('a picture is one page, and of other things nothing is said', async (t) => {
  t.equal(await countPages(Buffer.alloc(0), 'image/jpeg'), 1)
  for (const mediaType of ['text/plain', 'application/zip', 'application/dicom', 'image/svg+xml']) {
    t.equal(await countPages(Buffer.from('x'), mediaType), null, mediaType)
  }
})

t.test('damage anywhere gives a count or null, never an error, and the loop is never held up', async (t) => {
  const files = [tiffFile(5), compressedPdfFile(3), pdfFile([CATALOGUE, '<< /Kids [3 0 R] /Count 3 >>'])]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      async (file, changes) => {
        const damaged = Buffer.from(file)
        for (const [at, byte] of changes) damaged[at % damaged.length] = byte
        const pages = await countPages(damaged, damaged[0] === 0x25 ? PDF : TIFF)
        return pages === null || (Number.isInteger(pages) && pages > 0)
      },
    ),
    { numRuns: 300 },
  )
  for (const filler of [' ', '%', '(', '/', '[', '<<', '1 ']) {
    const start = process.cpuUsage()
    await countPages(pdfFile([CATALOGUE, filler.repeat(5_000_000 / filler.length)]), PDF)
    t.ok(cpuMs(start) < 200, JSON.stringify(filler))
  }
})

/** CPU spent since then, which a busy machine doesn't stretch. */
function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
