import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import t from 'tap'
import { type AsSentReason, COPY_LIMITS, NotConvertibleError } from '../../../src/documents/copy.js'
import { imagePdf } from '../../../src/documents/paged/image-pdf.js'
import { usedNative } from '../../../src/documents/paged/native.js'
import { HEIC } from './heic-sample.js'
import { bmpFile, pngFile } from './image-files.js'
import { readPages } from './image-pages.js'

const [WIDTH, HEIGHT] = [240, 160]

/** A photograph of sorts: every pixel another colour, smooth enough to be small. */
function photo(width = WIDTH, height = HEIGHT) {
  const data = Buffer.alloc(width * height * 3)
  for (let at = 0; at < data.length; at++) data[at] = 128 + 100 * Math.sin(at / 97) + ((at * 7919) % 27)
  return sharp(data, { raw: { width, height, channels: 3 } })
}

async function only(bytes: Buffer, mediaType: string) {
  const { pdf, pages } = await imagePdf(bytes, mediaType, COPY_LIMITS)
  const read = await readPages(pdf)
  const [page] = read
  if (!page || read.length !== pages || pages !== 1) throw new Error('page count')
  return page
}

async function reasonOf(bytes: Buffer, mediaType: string, limits = COPY_LIMITS): Promise<AsSentReason | 'converted'> {
  try {
    await imagePdf(bytes, mediaType, limits)
    return 'converted'
  } catch (error) {
    if (!(error instanceof NotConvertibleError)) throw error
    return error.reason
  }
}

t.test('plain JPEG and PNG are copied, without native code and without metadata', async (t) => {
  const restarts = (jpeg: Buffer) => jpeg.includes(Buffer.from([0xff, 0xdd]))
  const jpegs = [
    await photo().jpeg().toBuffer(),
    await photo().jpeg({ chromaSubsampling: '4:4:4', quality: 95 }).toBuffer(),
    await photo().jpeg({ progressive: true }).toBuffer(),
    await photo().greyscale().jpeg().toBuffer(),
    await photo(WIDTH + 5, HEIGHT + 3)
      .jpeg({ mozjpeg: true, optimiseScans: false, progressive: false })
      .toBuffer(),
    await photo()
      .withExif({ IFD0: { Copyright: 'somebody' } })
      .jpeg()
      .toBuffer(),
  ]
  for (const [index, jpeg] of jpegs.entries()) {
    const { entries, data } = await only(jpeg, 'image/jpeg')
    t.equal(entries['/Filter'], '/DCTDecode')
    t.ok(data.subarray(-1000).equals(jpeg.subarray(-1000)), `picture ${index}`)
    t.notOk(data.includes('Exif') || data.includes('somebody') || restarts(data))
  }
  for (const png of [
    await photo().png().toBuffer(),
    await photo().greyscale().png().toBuffer(),
    await photo().png({ palette: true }).toBuffer(),
  ]) {
    const { entries, data } = await only(png, 'image/png')
    t.match(entries, { '/Filter': '/FlateDecode', '/DecodeParms': /\/Predictor 15/, '/Width': String(WIDTH) })
    t.ok(png.includes(data.subarray(0, 4000)))
  }
  t.notOk(usedNative())
})

t.test('a JPEG that is cut off is damaged, however it ends', async (t) => {
  for (const options of [{}, { chromaSubsampling: '4:4:4' }]) {
    const jpeg = await photo(400, 300).jpeg(options).toBuffer()
    for (const part of [0.3, 0.6, 0.95]) {
      const cut = jpeg.subarray(0, Math.floor(jpeg.length * part))
      t.equal(await reasonOf(cut, 'image/jpeg'), 'damaged')
      t.equal(await reasonOf(Buffer.concat([cut, Buffer.from([0xff, 0xd9])]), 'image/jpeg'), 'damaged', 'with an end mark')
    }
    t.equal(await reasonOf(jpeg.subarray(0, -2), 'image/jpeg'), 'converted', 'only without the end mark')
    t.equal(await reasonOf(Buffer.concat([jpeg, jpeg]), 'image/jpeg'), 'converted', 'with another behind it')
  }
  const progressive = await photo(400, 300).jpeg({ progressive: true }).toBuffer()
  t.equal(await reasonOf(progressive.subarray(0, progressive.length >> 1), 'image/jpeg'), 'damaged')
})

t.test('a PNG that is cut off or changed is damaged', async (t) => {
  const png = await photo().png().toBuffer()
  t.equal(await reasonOf(png.subarray(0, png.length - 20), 'image/png'), 'damaged')
  const changed = Buffer.from(png)
  changed[png.length >> 1] = (changed[png.length >> 1] ?? 0) ^ 1
  t.equal(await reasonOf(changed, 'image/png'), 'damaged')
  const rows = (count: number) => pngFile({ width: 10, height: 10, bits: 8, kind: 0 }, deflateSync(Buffer.alloc(11 * count)))
  t.equal(await reasonOf(rows(10), 'image/png'), 'converted')
  t.equal(await reasonOf(rows(9), 'image/png'), 'damaged')
  t.equal(
    await reasonOf(pngFile({ width: 10, height: 10, bits: 8, kind: 0 }, deflateSync(Buffer.alloc(110, 7))), 'image/png'),
    'damaged',
    'no such filter',
  )
})

t.test('the eight orientations of EXIF are how it is seen', async (t) => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    const jpeg = await photo().withMetadata({ orientation }).jpeg().toBuffer()
    const { size, matrix } = await only(jpeg, 'image/jpeg')
    const isTall = orientation >= 5
    t.strictSame(size, isTall ? [595, 842] : [842, 595], `${orientation}`)
    const [a = 0, b = 0, c = 0, d = 0] = matrix
    t.strictSame(isTall ? [a, d, Math.sign(b), Math.sign(c)] : [b, c, Math.sign(a), Math.sign(d)], [
      0,
      0,
      ...(SIGNS[orientation - 1] ?? []),
    ])
    t.strictSame(isTall ? [Math.abs(b), Math.abs(c)] : [Math.abs(a), Math.abs(d)], isTall ? [115, 77] : [115, 77])
  }
})
/** Which way the stored columns and rows run on the page. */
const SIGNS = [
  [1, 1],
  [-1, 1],
  [-1, -1],
  [1, -1],
  [-1, -1],
  [-1, 1],
  [1, 1],
  [1, -1],
]

t.test('a picture lies on the sheet whose shape is next to its own', async (t) => {
  const sizeOf = async (width: number, height: number) => (await only(await blank(width, height), 'image/png')).size.join(' x ')
  t.equal(await sizeOf(1700, 2200), '612 x 792')
  t.equal(await sizeOf(1654, 2339), '595 x 842')
  t.equal(await sizeOf(2339, 1654), '842 x 595')
  t.equal(await sizeOf(300, 3000), '180 x 1476', 'a screen scrolled down')
  t.equal(await sizeOf(3000, 100), '1476 x 84', 'a strip')
  const { matrix } = await only(await blank(1700, 2200), 'image/png')
  t.strictSame(matrix, [576, 0, 0, 745, 18, 23])
})

t.test('BMP of every depth, RLE and both directions', async (t) => {
  for (const form of ['1', '4', '8', '16', '24', '32', 'rle4', 'rle8', 'top-down', 'core', 'fields'] as const) {
    const { entries, size } = await only(bmpFile(form), 'image/bmp')
    t.match(entries, { '/Width': '9', '/Height': '5', '/Filter': '/FlateDecode' }, form)
    t.strictSame(size, [842, 595])
    t.ok(/<ff0000|ff0000/i.test(entries['/ColorSpace'] ?? ''), `${form}: ${entries['/ColorSpace']}`)
  }
  for (const form of ['24', 'rle8'] as const) t.equal(await reasonOf(bmpFile(form).subarray(0, -12), 'image/bmp'), 'damaged', form)
})

t.test('other kinds are decoded, alpha on white', async (t) => {
  t.match((await only(await photo().webp().toBuffer(), 'image/webp')).entries, { '/Filter': '/DCTDecode', '/ColorSpace': '/DeviceRGB' })
  t.match((await only(await photo().avif({ effort: 0 }).toBuffer(), 'image/avif')).entries, { '/Width': String(WIDTH) })
  t.match((await only(await photo().avif({ effort: 0 }).toBuffer(), 'image/heif')).entries, { '/Width': String(WIDTH) })
  const clear = await sharp({ create: { width: 30, height: 20, channels: 4, background: '#0000' } })
    .png()
    .toBuffer()
  t.match((await only(clear, 'image/png')).entries['/ColorSpace'], /<ffffff>/)
  const deep = await photo().toColourspace('rgb16').png().toBuffer()
  t.match((await only(deep, 'image/png')).entries, { '/Filter': '/DCTDecode', '/BitsPerComponent': '8' })
  const cmyk = await photo().toColourspace('cmyk').jpeg().toBuffer()
  t.match((await only(cmyk, 'image/jpeg')).entries, { '/ColorSpace': '/DeviceRGB' })
  t.ok(usedNative())
})

t.test('HEIC is decoded, in silence', async (t) => {
  const said = t.capture(console, 'log')
  for (const mediaType of ['image/heic', 'image/heif', 'image/heic-sequence']) {
    const { entries, data } = await only(HEIC, mediaType)
    t.match(entries, { '/Width': '64', '/Height': '48' }, mediaType)
    // Few colours are kept as they are, more become a JPEG: here it is the library's choice of shades.
    const isJpeg = entries['/Filter'] === '/DCTDecode'
    if (!isJpeg) continue
    const pixels = await sharp(data).raw().toBuffer()
    t.ok((pixels[64 * 24 * 3 + 30 + 1] ?? 255) < 60 && (pixels[64 * 24 * 3 + 150 + 1] ?? 0) > 200, 'red is left')
  }
  t.equal(await reasonOf(HEIC.subarray(0, -60), 'image/heic'), 'damaged')
  t.equal(await reasonOf(HEIC, 'image/heic', { maxPages: 10, maxPixels: 3000 }), 'too-big')
  t.equal(await reasonOf(Buffer.from('junk'), 'image/heic'), 'damaged')
  t.strictSame(said.args(), [])
})

t.test('a few pictures in one file are pages, a film is its first', async (t) => {
  const frames = async (count: number) => {
    const data = Buffer.alloc(20 * 20 * 3 * count)
    for (let at = 0; at < data.length; at++) data[at] = Math.floor(at / 1200) * 9
    const gif = await sharp(data, { raw: { width: 20, height: 20 * count, channels: 3, pageHeight: 20 } })
      .gif({ delay: Array(count).fill(100) })
      .toBuffer()
    return (await imagePdf(gif, 'image/gif', COPY_LIMITS)).pages
  }
  t.strictSame([await frames(1), await frames(3), await frames(12), await frames(20)], [1, 3, 12, 1])
})

t.test('declared sizes are refused before anything is decoded', async (t) => {
  const limits = { maxPages: 10, maxPixels: 30_000 }
  const jpeg = await photo().jpeg().toBuffer()
  const bombs: ReadonlyArray<readonly [string, Buffer]> = [
    ['image/jpeg', jpeg],
    ['image/png', pngFile({ width: 65_535, height: 65_535, bits: 1, kind: 0 }, Buffer.from('x'))],
    ['image/bmp', bmpFile('24', 65_535, 65_535)],
    ['image/gif', Buffer.from('GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;', 'latin1')],
    ['image/webp', await photo().webp().toBuffer()],
  ]
  for (const [mediaType, bytes] of bombs) t.equal(await reasonOf(bytes, mediaType, limits), 'too-big', mediaType)
})

t.test('what is none of these, or nothing, has its reason', async (t) => {
  for (const type of ['jpeg', 'png', 'gif', 'webp', 'bmp', 'heic', 'heif', 'avif']) {
    t.equal(await reasonOf(Buffer.alloc(0), `image/${type}`), 'damaged', type)
    t.equal(await reasonOf(Buffer.alloc(3000, 'junk'), `image/${type}`), 'damaged', type)
    t.equal(
      await reasonOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"/>'), `image/${type}`),
      'damaged',
      `${type}, in truth SVG`,
    )
  }
  for (const type of ['image/svg+xml', 'image/jp2', 'application/pdf']) t.equal(await reasonOf(Buffer.alloc(9), type), 'no-converter', type)
})

function blank(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()
}
