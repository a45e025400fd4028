// The fax decoder and encoder against each other, and against an encoder that is written another way (tiff-files.ts).

import fc from 'fast-check'
import t from 'tap'
import { BLACK_WORDS, type CodeWord, MODE_WORDS, WHITE_WORDS } from '../../../src/documents/paged/ccitt-codes.js'
import { type FaxCoding, StripDecoder } from '../../../src/documents/paged/ccitt-decode.js'
import { type Bitmap, type Coding, changesOf, drawPage, encodeStrip } from './tiff-files.js'

const CODINGS: Readonly<Record<string, FaxCoding>> = {
  rle: { scheme: 'rle', isTwoDimensional: false, alignment: 8 },
  g3: { scheme: 'g3', isTwoDimensional: false, alignment: 8 },
  'g3-2d': { scheme: 'g3', isTwoDimensional: true, alignment: 8 },
  g4: { scheme: 'g4', isTwoDimensional: false, alignment: 8 },
}

function coding(name: string): FaxCoding {
  return CODINGS[name] as FaxCoding
}

/** Decodes and compares row by row. */
function decodes({ width, height, bits }: Bitmap, name: Coding, strip: Buffer): boolean {
  let [row, isSame] = [0, true]
  const decoded = new StripDecoder(coding(name), width).read(strip, height, (changes) => {
    const wanted = changesOf({ width, height, bits }, row++)
    const end = wanted.indexOf(width)
    isSame &&= changes.subarray(0, end + 3).join() === wanted.subarray(0, end + 3).join()
  })
  return isSame && decoded.rows === height && row === height && decoded.repaired === 0 && !decoded.isEnded
}

t.test('no code word is the beginning of another, nor all zeros', async (t) => {
  const complete = (words: readonly CodeWord[]) => {
    const texts = words.map(({ bits, length }) => bits.toString(2).padStart(length, '0')).sort()
    return texts.every((text, index) => text.includes('1') && !texts[index + 1]?.startsWith(text))
  }
  t.ok([WHITE_WORDS, BLACK_WORDS, MODE_WORDS].every(complete))
  t.strictSame([WHITE_WORDS.length, BLACK_WORDS.length], [104, 104])
})

t.test('each coding gives the pixels back', async (t) => {
  for (const name of ['rle', 'g3', 'g3-2d', 'g4'] as const) {
    for (const [width, height] of [
      [1728, 120],
      [2432, 40],
      [9000, 30], // runs longer than the longest word
      [33, 50],
      [1, 20],
    ] as const) {
      const page = drawPage(width, height, width)
      t.ok(decodes(page, name, encodeStrip(page, name, 0, height)), `${name} ${width} x ${height}`)
    }
  }
})

t.test('any pixels at all are given back', async (t) => {
  const bitmaps = fc.integer({ min: 1, max: 70 }).chain((width) =>
    fc
      .array(fc.uint8Array({ minLength: Math.ceil(width / 8), maxLength: Math.ceil(width / 8) }), { minLength: 1, maxLength: 12 })
      .map((rows) => ({
        width,
        height: rows.length,
        bits: Buffer.concat(rows),
      })),
  )
  fc.assert(
    fc.property(bitmaps, fc.constantFrom<Coding>('rle', 'g3', 'g3-2d', 'g4'), (bitmap, name) =>
      decodes(bitmap, name, encodeStrip(bitmap, name, 0, bitmap.height)),
    ),
    { numRuns: process.env.SLOW ? 20_000 : 400 },
  )
  t.pass()
})

t.test('any bytes at all end, with no more rows than asked for', async (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom('rle', 'g3', 'g3-2d', 'g4'),
      fc.integer({ min: 1, max: 3000 }),
      (bytes, name, width) => {
        let rows = 0
        const decoded = new StripDecoder(coding(name), width).read(bytes, 50, (row) => {
          rows++
          for (let index = 0; index < row.length; index++) {
            if ((row[index] as number) >= width) break
            if (index > 0 && (row[index] as number) <= (row[index - 1] as number)) throw new Error('not rising')
          }
        })
        return decoded.rows === rows && rows <= 50 && decoded.length <= bytes.length
      },
    ),
    { numRuns: process.env.SLOW ? 50_000 : 1000 },
  )
  t.pass()
})

t.test('what is cut off is short, and says so', async (t) => {
  const page = drawPage(1728, 100, 3)
  for (const name of ['rle', 'g3', 'g3-2d', 'g4'] as const) {
    const whole = encodeStrip(page, name, 0, 100)
    const { rows, isEnded } = new StripDecoder(coding(name), 1728).read(whole.subarray(0, whole.length >> 1), 100)
    t.ok(rows > 20 && rows < 80, `${name}: ${rows}`)
    t.notOk(isEnded, name)
  }
})

t.test('a page that ends itself is told from one that is cut off', async (t) => {
  const page = drawPage(1728, 100, 4)
  for (const name of ['g3', 'g3-2d', 'g4'] as const) {
    const { rows, isEnded } = new StripDecoder(coding(name), 1728).read(encodeStrip(page, name, 0, 100), 130)
    t.strictSame({ rows, isEnded }, { rows: 100, isEnded: true }, name)
  }
})

t.test('G3 goes on behind a damaged row with the one above, G4 cannot', async (t) => {
  const page = drawPage(1728, 100, 5)
  for (const [name, most] of [
    ['g3', 2],
    ['g3-2d', 5],
  ] as const) {
    const strip = encodeStrip(page, name, 0, 100)
    const middle = strip.length >> 1
    strip.fill(0b01010101, middle, middle + 3)
    const rows: string[] = []
    const { repaired } = new StripDecoder(coding(name), 1728).read(strip, 100, (row) =>
      rows.push(row.subarray(0, row.indexOf(1728)).join()),
    )
    const right = rows.filter((row, y) => row === changesOf(page, y).subarray(0, changesOf(page, y).indexOf(1728)).join()).length
    t.ok(repaired >= 1 && repaired <= most, `${name}: ${repaired} repaired`)
    t.equal(rows.length, 100, name)
    t.ok(right >= 100 - most - 1, `${name}: ${right} right`)
  }
  const strip = encodeStrip(page, 'g4', 0, 100)
  const middle = strip.length >> 1
  strip.fill(0, middle, middle + 3)
  t.ok(new StripDecoder(coding('g4'), 1728).read(strip, 100).rows < 60)
})

t.test('words that cancel each other draw nothing', async (t) => {
  // Horizontal mode: white 4, black 0, then vertical 0 to the edge; and in one dimension white 2, black 0, white 6.
  const g4 = Buffer.from([0b00110110, 0b00011011, 0b11000000])
  const rows: number[] = []
  new StripDecoder(coding('g4'), 8).read(g4, 1, (row) => rows.push(row.indexOf(8)))
  const rle = Buffer.from([0b01110000, 0b11011111, 0b10000000])
  new StripDecoder(coding('rle'), 8).read(rle, 1, (row) => rows.push(row.indexOf(8)))
  t.strictSame(rows, [0, 0])
})
