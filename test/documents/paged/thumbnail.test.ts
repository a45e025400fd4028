import sharp from 'sharp'
import t from 'tap'
import { COPY_LIMITS, THUMBNAIL_EDGE } from '../../../src/documents/copy.js'
import { usedNative } from '../../../src/documents/paged/native.js'
import { thumbnail } from '../../../src/documents/paged/thumbnail.js'
import { encodePng, shrink } from '../../../src/documents/paged/thumbnail-png.js'
import { tiffPdf } from '../../../src/documents/paged/tiff-pdf.js'
import { pdfFile } from '../samples.js'
import { drawPage, tiffOf } from './tiff-files.js'

const page = (mediaBox: string, content: string) =>
  pdfFile([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox ${mediaBox} /Contents 4 0 R >>`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ])

async function sizeOf(png: Buffer | null) {
  const { width, height, channels } = await sharp(png ?? Buffer.alloc(0)).metadata()
  return { width, height, channels }
}

t.test('a fax is drawn upright, grey and legible, without native code', async (t) => {
  const { pdf } = await tiffPdf(tiffOf([{ bitmap: drawPage(1728, 1078, 1), tags: { 283: 98 } }]), COPY_LIMITS)
  const png = await thumbnail(pdf)
  t.strictSame(await sizeOf(png), { width: 246, height: THUMBNAIL_EDGE, channels: 1 })
  const grey = await sharp(png ?? Buffer.alloc(0))
    .raw()
    .toBuffer()
  t.ok(new Set(grey).size > 20, 'smoothed, not just black and white')
  t.notOk(usedNative())
})

t.test('colour stays colour, where it was', async (t) => {
  const png = await thumbnail(page('[0 0 200 100]', '1 0 0 rg 0 0 100 100 re f'))
  t.strictSame(await sizeOf(png), { width: THUMBNAIL_EDGE, height: 160, channels: 3 })
  const { data } = await sharp(png ?? Buffer.alloc(0))
    .raw()
    .toBuffer({ resolveWithObject: true })
  t.strictSame([...data.subarray(30, 33)], [255, 0, 0])
  t.strictSame([...data.subarray(310 * 3, 310 * 3 + 3)], [255, 255, 255])
})

t.test('no page is too long, too small or too big', async (t) => {
  t.match(await sizeOf(await thumbnail(page('[0 0 14400 3]', ''))), { width: THUMBNAIL_EDGE, height: 1 })
  t.match(await sizeOf(await thumbnail(page('[0 0 1 1]', ''))), { width: THUMBNAIL_EDGE, height: THUMBNAIL_EDGE })
  t.match(await sizeOf(await thumbnail(page('[0 0 99999999 99999999]', ''))), { width: THUMBNAIL_EDGE })
})

t.test('what can not be drawn has none, and the next has one again', async (t) => {
  for (const bytes of ['', 'no PDF', '%PDF-1.7\n', '%PDF-1.7\n%%EOF']) t.equal(await thumbnail(Buffer.from(bytes)), null)
  t.ok(await thumbnail(page('[0 0 100 100]', '')))
})

t.test('shrinking takes the mean', async (t) => {
  const data = Uint8Array.from({ length: 4 * 4 * 4 }, (_, at) => (at % 4 === 3 ? 255 : (Math.floor(at / 4) % 2) * 100))
  t.strictSame([...shrink({ width: 4, height: 4, data }, 2).data], Array(12).fill(50))
  const pixels = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, at) => at * 14) }
  const { data: read } = await sharp(encodePng(pixels)).raw().toBuffer({ resolveWithObject: true })
  t.ok(read.length === 18 || read.length === 6)
})
