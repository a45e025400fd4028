import t from 'tap'
import { type AsSentReason, COPY_LIMITS, NotConvertibleError } from '../../../src/documents/copy.js'
import { usedNative } from '../../../src/documents/paged/native.js'
import { tiffPdf } from '../../../src/documents/paged/tiff-pdf.js'
import { tiffFile } from '../samples.js'
import { readPages, shows } from './image-pages.js'
import { type Bitmap, type Coding, drawPage, encodeStrip, type TiffPageSpec, tiffOf } from './tiff-files.js'

const STANDARD = 98
const [ORIENTATION, PHOTOMETRIC, COMPRESSION, X, Y, UNIT, WIDTH, HEIGHT] = [274, 262, 259, 282, 283, 296, 256, 257]

const convert = async (pages: readonly TiffPageSpec[], options = {}, limits = COPY_LIMITS) => {
  const { pdf, pages: count } = await tiffPdf(tiffOf(pages, options), limits)
  const read = await readPages(pdf)
  if (read.length !== count) throw new Error('page count')
  return read
}

async function reasonOf(bytes: Buffer, limits = COPY_LIMITS): Promise<AsSentReason | 'converted'> {
  try {
    await tiffPdf(bytes, limits)
    return 'converted'
  } catch (error) {
    if (!(error instanceof NotConvertibleError)) throw error
    return error.reason
  }
}

t.test('faxes in every coding, fill order, byte order and strip height keep their pixels', async (t) => {
  const bitmaps = [drawPage(1728, 90, 1), drawPage(1728, 101, 2), drawPage(2048, 80, 3)]
  for (const coding of ['rle', 'g3', 'g3-2d', 'g4', 'plain', 'packbits', 'deflate'] as const) {
    for (const isReversed of [false, true]) {
      for (const rowsPerStrip of [undefined, 64]) {
        const specs = bitmaps.map((bitmap) => ({ bitmap, coding, isReversed, ...(rowsPerStrip ? { rowsPerStrip } : {}) }))
        const pages = await convert(specs, { isBigEndian: isReversed })
        const name = `${coding}, ${isReversed ? 'reversed' : 'plain'}, strips of ${rowsPerStrip ?? 'all'}`
        t.ok(pages.length === 3 && pages.every((page, index) => shows(page, bitmaps[index] as Bitmap)), name)
      }
    }
  }
  t.notOk(usedNative(), 'without native code')
})

t.test('a single strip is copied as it is, several become one picture', async (t) => {
  const bitmap = drawPage(1728, 200, 4)
  for (const coding of ['rle', 'g3', 'g3-2d', 'g4'] as const) {
    const [page] = await convert([{ bitmap, coding }])
    const strip = encodeStrip(bitmap, coding, 0, 200)
    t.ok(page && strip.subarray(0, page.data.length).equals(page.data) && page.data.length > strip.length - 12, coding)
    t.match(page?.entries['/DecodeParms'], { rle: /\/K 0 .*EncodedByteAlign true/, g3: /\/K 0 /, 'g3-2d': /\/K 1 /, g4: /\/K -1 / }[coding])
  }
  const [stitched] = await convert([{ bitmap, coding: 'g3-2d', rowsPerStrip: 1 }])
  t.match(stitched?.entries['/DecodeParms'], /\/K -1 /)
  t.ok(stitched && shows(stitched, bitmap), 'of strips of one row')
})

t.test('pages have the proportions that the resolution says', async (t) => {
  const sizes = async (width: number, height: number, tags: TiffPageSpec['tags']) =>
    (await convert([{ bitmap: blank(width, height), tags }]))[0]?.size.join(' x ')
  t.equal(await sizes(1728, 1078, { [X]: 204, [Y]: STANDARD }), '610 x 792')
  t.equal(await sizes(1728, 2156, { [X]: 204, [Y]: 196 }), '610 x 792')
  t.equal(await sizes(1728, 2156, { [X]: 80, [Y]: 77, [UNIT]: 3 }), '612 x 794', 'to the centimetre')
  t.equal(await sizes(1728, 2200, { [X]: 200, [Y]: 200, [UNIT]: 1 }), '622 x 792', 'without a unit')
  t.equal(await sizes(1728, 2156, { [X]: undefined, [Y]: undefined }), '610 x 792', 'a fine fax that says nothing')
  t.equal(await sizes(1728, 1078, { [X]: undefined, [Y]: undefined }), '610 x 792', 'a standard fax that says nothing')
  t.equal(await sizes(1728, 1078, { [X]: 1, [Y]: 1 }), '610 x 792', 'a ratio is no resolution')
  t.equal(await sizes(1728, 2156, { [X]: 96, [Y]: 96 }), '610 x 792', 'a default of some program')
  t.equal(await sizes(2592, 3300, { [X]: 72, [Y]: 72 }), '622 x 792', 'a fax of 300 dots')
  t.equal(await sizes(1000, 1400, { [X]: undefined, [Y]: undefined }), '360 x 504', 'no width of a fax')
  t.equal(await sizes(1000, 60_000, { [X]: 25, [Y]: 25 }), '240 x 14400', 'longer than a page can be')
})

t.test('all eight orientations put the first row and column where they belong', async (t) => {
  const bitmap = blank(1728, 1078)
  const [w, h] = [610, 792]
  const wanted = [
    [w, 0, 0, h, 0, 0],
    [-w, 0, 0, h, w, 0],
    [-w, 0, 0, -h, w, h],
    [w, 0, 0, -h, 0, h],
    [0, -w, -h, 0, h, w],
    [0, -w, h, 0, 0, w],
    [0, w, h, 0, 0, 0],
    [0, w, -h, 0, h, 0],
  ]
  for (const [index, matrix] of wanted.entries()) {
    const [page] = await convert([{ bitmap, tags: { [ORIENTATION]: index + 1, [Y]: STANDARD } }])
    t.strictSame(page?.matrix, matrix, `orientation ${index + 1}`)
    t.strictSame(page?.size, index < 4 ? [w, h] : [h, w])
  }
  t.strictSame((await convert([{ bitmap, tags: { [ORIENTATION]: 9 } }]))[0]?.matrix.slice(0, 4), [610, 0, 0, 396])
})

t.test('black is black, whichever value means it', async (t) => {
  const bitmap = drawPage(1728, 60, 6)
  for (const rowsPerStrip of [60, 20]) {
    const [white, black] = await convert([
      { bitmap, rowsPerStrip },
      { bitmap, rowsPerStrip, tags: { [PHOTOMETRIC]: 1 } },
    ])
    t.equal(white?.entries['/Decode'], undefined)
    t.equal(black?.entries['/Decode'], '1 0')
    t.ok(black && shows(black, bitmap))
  }
})

t.test('reduced pictures and masks are no pages, unless there is nothing else', async (t) => {
  const [page, thumbnail] = [drawPage(1728, 60, 7), drawPage(100, 20, 8)]
  for (const tags of [{ 254: 1 }, { 254: 4 }, { 255: 2 }]) {
    const pages = await convert([{ bitmap: thumbnail, tags }, { bitmap: page }, { bitmap: thumbnail, tags }])
    t.ok(pages.length === 1 && pages[0] && shows(pages[0], page))
  }
  t.equal((await convert([{ bitmap: page, tags: { 254: 1 } }])).length, 1)
})

t.test('a chain of pages that loops or leaves the file is refused, never shortened', async (t) => {
  const bitmap = drawPage(400, 40, 9)
  t.equal(await reasonOf(tiffOf([{ bitmap }, { bitmap }], { next: -1 })), 'damaged')
  t.equal(await reasonOf(tiffOf([{ bitmap }, { bitmap }], { next: 100_000 })), 'damaged')
  t.equal(await reasonOf(tiffOf([{ bitmap }, { bitmap }], { next: 9 })), 'damaged')
  t.equal(await reasonOf(tiffOf([{ bitmap }])), 'converted')
})

t.test('limits hold before anything is decoded', async (t) => {
  const bitmap = drawPage(400, 40, 10)
  const limits = { maxPages: 3, maxPixels: 20_000 }
  t.equal(await reasonOf(tiffOf([{ bitmap }, { bitmap }, { bitmap }]), limits), 'converted')
  t.equal(await reasonOf(tiffOf([{ bitmap }, { bitmap }, { bitmap }, { bitmap }]), limits), 'too-many-pages')
  t.equal(await reasonOf(tiffFile(3000), limits), 'too-many-pages')
  const started = process.cpuUsage()
  for (const compression of [1, 3, 4, 5, 7, 32773]) {
    const header = tiffOf([{ bitmap, tags: { [WIDTH]: 65_535, [HEIGHT]: 65_535, [COMPRESSION]: compression } }])
    t.equal(await reasonOf(header), 'too-big', `compression ${compression}`)
  }
  t.ok(process.cpuUsage(started).user < 500_000)
  t.notOk(usedNative())
})

t.test('what is not whole is refused', async (t) => {
  const bitmap = drawPage(1728, 120, 11)
  for (const coding of ['rle', 'g3', 'g3-2d', 'g4', 'plain', 'packbits', 'deflate'] as const) {
    const whole = encodeStrip(bitmap, coding, 0, 120)
    const cut = [whole.subarray(0, whole.length >> 1)]
    t.equal(await reasonOf(tiffOf([{ bitmap, coding, strips: cut }])), 'damaged', `${coding}, cut off`)
    const [first, , third] = [0, 40, 80].map((start) => encodeStrip(bitmap, coding, start, 40)) as [Buffer, Buffer, Buffer]
    t.equal(await reasonOf(tiffOf([{ bitmap, coding, rowsPerStrip: 40, strips: [first, third] }])), 'damaged', `${coding}, a strip missing`)
    const short = encodeStrip(bitmap, coding, 40, 30)
    t.equal(await reasonOf(tiffOf([{ bitmap, coding, rowsPerStrip: 40, strips: [first, short, third] }])), 'damaged', `${coding}, a gap`)
  }
  for (const bytes of ['', 'II', 'II*\0', 'II*\0\xff\xff\xff\xff', 'MM\0*\0\0\0\x08', 'II*\0\0\0\0\0']) {
    t.equal(await reasonOf(Buffer.from(bytes, 'latin1')), 'damaged')
  }
  t.equal(await reasonOf(tiffFile(2)), 'damaged', 'pages without pictures')
})

t.test('a fax that ends itself before its header says is whole', async (t) => {
  const bitmap = drawPage(1728, 120, 12)
  for (const coding of ['g3', 'g3-2d', 'g4'] as const) {
    for (const rowsPerStrip of [200, 100]) {
      const strips =
        rowsPerStrip === 200
          ? [encodeStrip(bitmap, coding, 0, 120)]
          : [encodeStrip(bitmap, coding, 0, 100), encodeStrip(bitmap, coding, 100, 20)]
      const [page] = await convert([{ bitmap: { ...bitmap, height: 200 }, coding, rowsPerStrip, strips }])
      t.ok(page && shows(page, bitmap), `${coding}, ${rowsPerStrip}`)
    }
  }
})

t.test('a few bad rows of G3 are repaired, many are damage', async (t) => {
  const bitmap = drawPage(1728, 200, 13)
  const spoil = (times: number) => {
    const strip = Buffer.from(encodeStrip(bitmap, 'g3', 0, 200))
    for (let time = 1; time <= times; time++)
      strip.fill(0x55, Math.floor((strip.length * time) / (times + 1)), Math.floor((strip.length * time) / (times + 1)) + 2)
    return tiffOf([{ bitmap, coding: 'g3', strips: [strip] }])
  }
  const [page] = await readPages((await tiffPdf(spoil(1), COPY_LIMITS)).pdf)
  t.match(page?.entries, { '/Height': '200', '/DecodeParms': /\/K -1 / })
  t.equal(await reasonOf(spoil(20)), 'damaged')
})

t.test('a missing byte count means to the end of the file', async (t) => {
  const bitmap = drawPage(1728, 60, 14)
  for (const coding of ['g3', 'g4'] as Coding[]) {
    const pages = await convert([{ bitmap, coding, tags: { 279: undefined } }])
    t.ok(pages[0] && shows(pages[0], bitmap) && pages[0].data.length <= encodeStrip(bitmap, coding, 0, 60).length)
  }
})

t.test('pages that share their bytes are no document', async (t) => {
  const bitmap = drawPage(1728, 400, 15, 15)
  const strip = encodeStrip(bitmap, 'g4', 0, 400)
  const sharing = (pages: number) =>
    tiffOf(
      Array.from({ length: pages }, (_, page) => ({
        bitmap,
        ...(page === 0 ? {} : { strips: [Buffer.alloc(0)], tags: { 273: 8, 279: strip.length } }),
      })),
    )
  t.ok(strip.length > 5000, `${strip.length}`)
  t.equal(await reasonOf(sharing(2)), 'converted')
  t.equal(await reasonOf(sharing(40)), 'damaged')
})

t.test('codings that nobody here reads are left as sent', async (t) => {
  t.equal(await reasonOf(tiffOf([{ bitmap: drawPage(64, 64, 16), tags: { [COMPRESSION]: 34661 } }])), 'no-converter')
})

function blank(width: number, height: number): Bitmap {
  return { width, height, bits: Buffer.alloc(Math.ceil(width / 8) * height) }
}
