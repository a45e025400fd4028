// Fax pages drawn here, and TIFF files of them in every coding a gateway or a scanner sends.

import { deflateSync } from 'node:zlib'
import {
  BLACK_WORDS,
  type CodeWord,
  MODE_HORIZONTAL,
  MODE_PASS,
  MODE_V0,
  MODE_WORDS,
  WHITE_WORDS,
} from '../../../src/documents/paged/ccitt-codes.js'
import { G4Encoder } from '../../../src/documents/paged/ccitt-encode.js'
import { rowOf } from '../../../src/documents/paged/ccitt-rows.js'

/** 1 is black; rows begin with a new byte. */
export interface Bitmap {
  readonly width: number
  readonly height: number
  readonly bits: Buffer
}

export type Coding = 'rle' | 'g3' | 'g3-2d' | 'g4' | 'plain' | 'packbits' | 'deflate'

export interface TiffPageSpec {
  readonly bitmap: Bitmap
  readonly coding?: Coding
  readonly rowsPerStrip?: number
  readonly isReversed?: boolean
  /** More fields, or others: tag -> a number. Resolutions are rationals with the denominator 1; undefined leaves a field out. */
  readonly tags?: Readonly<Record<number, number | undefined>>
  /** Instead of what the coding gives. */
  readonly strips?: readonly Buffer[]
}

const COMPRESSIONS: Readonly<Record<Coding, number>> = { rle: 2, g3: 3, 'g3-2d': 3, g4: 4, plain: 1, packbits: 32773, deflate: 8 }

/** A page with lines of something like print, dots, thin rules and long runs; the same for the same seed. `gap`: rows between lines. */
export function drawPage(width: number, height: number, seed: number, gap = 40): Bitmap {
  const stride = Math.ceil(width / 8)
  const bits = Buffer.alloc(stride * height)
  let state = seed * 2654435761 + 12345
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const box = (left: number, top: number, right: number, bottom: number) => {
    for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, right); x++) {
        const at = y * stride + (x >> 3)
        bits[at] = (bits[at] ?? 0) | (0x80 >> (x & 7))
      }
    }
  }
  for (let top = gap; top < height - gap; top += gap) {
    for (let left = 20; left < width - 30; left += 6 + random(16)) {
      box(left, top + random(4), left + 2, top + 8 + random(gap / 2))
      if (random(3) > 0) box(left, top + random(gap / 2), left + random(14), top + gap / 3)
    }
  }
  for (let dot = 0; dot < height / 4; dot++) box(random(width), random(height), 0, 0)
  for (let dot = 0; dot < height / 4; dot++) {
    const [x, y] = [random(width), random(height)]
    box(x, y, x + 1, y + 1)
  }
  box(0, 5, width, 7)
  box(0, 10, 3, height)
  box(width - 2, 20, width, height)
  return { width, height, bits }
}

/** The bitmap's row as changing elements (see src/documents/paged/ccitt-rows.ts). */
export function changesOf({ width, bits }: Bitmap, y: number): Int32Array {
  const row = rowOf(width)
  const stride = Math.ceil(width / 8)
  let [count, colour] = [0, 0]
  for (let x = 0; x < width; x++) {
    const bit = ((bits[y * stride + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1
    if (bit !== colour) row[count++] = x
    colour = bit
  }
  row.fill(width, count)
  return row
}

/** Rows from `first` on, coded as one strip. */
export function encodeStrip(bitmap: Bitmap, coding: Coding, first: number, rows: number): Buffer {
  const stride = Math.ceil(bitmap.width / 8)
  const plain = bitmap.bits.subarray(first * stride, (first + rows) * stride)
  if (coding === 'plain') return plain
  if (coding === 'deflate') return deflateSync(plain)
  if (coding === 'packbits')
    return Buffer.concat(Array.from({ length: rows }, (_, row) => packBits(plain.subarray(row * stride, (row + 1) * stride))))
  if (coding === 'g4') {
    const encoder = new G4Encoder(bitmap.width)
    for (let y = first; y < first + rows; y++) encoder.add(changesOf(bitmap, y))
    return encoder.finish()
  }
  return encodeRows(bitmap, coding, first, rows)
}

/** A row: runs of equal bytes as two, the rest as it is (TIFF 6.0 section 9), with a -128 now and then, which is nothing. */
function packBits(plain: Buffer): Buffer {
  const out: number[] = []
  for (let at = 0; at < plain.length; ) {
    let run = 1
    while (run < 128 && plain[at + run] === plain[at]) run++
    if (run > 1) out.push(257 - run, plain[at] ?? 0)
    else out.push(0x80, 0, plain[at] ?? 0)
    at += run
  }
  return Buffer.from(out)
}

class Bits {
  readonly bytes: number[] = []
  #used = 0

  put({ bits, length }: CodeWord): void {
    for (let bit = length - 1; bit >= 0; bit--) {
      if (this.#used % 8 === 0) this.bytes.push(0)
      const last = this.bytes.length - 1
      this.bytes[last] = (this.bytes[last] ?? 0) | (((bits >> bit) & 1) << (7 - (this.#used++ % 8)))
    }
  }

  align(): void {
    this.#used = Math.ceil(this.#used / 8) * 8
  }
}

const EOL: CodeWord = { bits: 1, length: 12 }

/** T.4: G3 with end-of-line words and, in two dimensions, each fourth row alone; RTC at the end. TIFF's RLE without any of them. */
function encodeRows(bitmap: Bitmap, coding: Coding, first: number, rows: number): Buffer {
  const out = new Bits()
  const isPlain = coding === 'rle'
  for (let y = first; y < first + rows; y++) {
    const isAlone = coding !== 'g3-2d' || (y - first) % 4 === 0
    if (!isPlain) out.put(EOL)
    if (coding === 'g3-2d') out.put({ bits: isAlone ? 1 : 0, length: 1 })
    if (isAlone) putRuns(out, changesOf(bitmap, y), bitmap.width)
    else putChanges(out, changesOf(bitmap, y), changesOf(bitmap, y - 1), bitmap.width)
    if (isPlain) out.align()
  }
  for (let word = 0; word < 6 && !isPlain; word++) out.put(coding === 'g3-2d' ? { bits: 3, length: 13 } : EOL)
  return Buffer.from(out.bytes)
}

function putRun(out: Bits, run: number, words: readonly CodeWord[]): void {
  let left = run
  for (; left >= 2560; left -= 2560) out.put(words[103] as CodeWord)
  if (left >= 64) out.put(words[63 + (left >> 6)] as CodeWord)
  out.put(words[left % 64] as CodeWord)
}

function putRuns(out: Bits, row: Int32Array, width: number): void {
  for (let [at, index] = [0, 0]; at < width; index++) {
    const next = row[index] as number
    putRun(out, next - at, index % 2 === 0 ? WHITE_WORDS : BLACK_WORDS)
    at = next
  }
}

/** T.4 4.2.1.3, written from its definitions: a search for b1 each time, and no state kept. */
function putChanges(out: Bits, row: Int32Array, above: Int32Array, width: number): void {
  let [a0, colour] = [-1, 0]
  const isChange = (list: Int32Array, index: number, wanted: number) => index % 2 === wanted && (list[index] as number) > a0
  while (a0 < width) {
    const a1Index = row.findIndex((column, index) => column >= width || isChange(row, index, colour))
    const b1Index = above.findIndex((column, index) => column >= width || isChange(above, index, colour))
    const [a1, a2] = [row[a1Index] as number, row[a1Index + 1] as number]
    const [b1, b2] = [above[b1Index] as number, above[b1Index + 1] as number]
    if (b2 < a1) {
      out.put(MODE_WORDS[MODE_PASS] as CodeWord)
      a0 = b2
    } else if (Math.abs(a1 - b1) <= 3) {
      out.put(MODE_WORDS[MODE_V0 + a1 - b1] as CodeWord)
      a0 = a1
      colour ^= 1
    } else {
      out.put(MODE_WORDS[MODE_HORIZONTAL] as CodeWord)
      putRun(out, a1 - Math.max(0, a0), colour === 0 ? WHITE_WORDS : BLACK_WORDS)
      putRun(out, a2 - a1, colour === 0 ? BLACK_WORDS : WHITE_WORDS)
      a0 = a2
    }
  }
}

function reversed(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2)))
}

/** A TIFF of these pages. `next`: where the last directory points to instead of nowhere; -1: to the first. */
export function tiffOf(pages: readonly TiffPageSpec[], { isBigEndian = false, next = 0 } = {}): Buffer {
  const head = Buffer.alloc(8)
  const chunks: Buffer[] = [head]
  let length = 8
  const push = (chunk: Buffer) => {
    const at = length
    const padded = chunk.length % 2 === 0 ? chunk : Buffer.concat([chunk, Buffer.alloc(1)])
    chunks.push(padded)
    length += padded.length
    return at
  }
  const short = (bytes: Buffer, value: number, at: number) =>
    isBigEndian ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at)
  const long = (bytes: Buffer, value: number, at: number) => (isBigEndian ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at))
  let link: [Buffer, number] = [head, 4]
  let first = 0
  for (const { bitmap, coding = 'g4', rowsPerStrip = bitmap.height, isReversed = false, tags = {}, strips: given } of pages) {
    const starts = Array.from({ length: Math.ceil(bitmap.height / rowsPerStrip) }, (_, strip) => strip * rowsPerStrip)
    const strips = given ?? starts.map((start) => encodeStrip(bitmap, coding, start, Math.min(rowsPerStrip, bitmap.height - start)))
    const offsets = strips.map((strip) => push(isReversed ? reversed(strip) : strip))
    const list = (values: readonly number[]) => {
      const bytes = Buffer.alloc(values.length * 4)
      for (const [index, value] of values.entries()) long(bytes, value, index * 4)
      return values.length === 1 ? (values[0] ?? 0) : push(bytes)
    }
    const [offsetsAt, lengthsAt] = [list(offsets), list(strips.map((strip) => strip.length))]
    const fields = new Map<number, readonly [type: number, count: number, value: number]>([
      [256, [4, 1, bitmap.width]],
      [257, [4, 1, bitmap.height]],
      [258, [3, 1, 1]],
      [259, [3, 1, COMPRESSIONS[coding]]],
      [262, [3, 1, 0]],
      [266, [3, 1, isReversed ? 2 : 1]],
      [273, [4, strips.length, offsetsAt]],
      [277, [3, 1, 1]],
      [278, [4, 1, rowsPerStrip]],
      [279, [4, strips.length, lengthsAt]],
      [282, [5, 1, 204]],
      [283, [5, 1, 196]],
      [292, [4, 1, coding === 'g3-2d' ? 1 : 0]],
      [296, [3, 1, 2]],
    ])
    for (const [tag, value] of Object.entries(tags)) {
      if (value === undefined) fields.delete(Number(tag))
      else fields.set(Number(tag), [fields.get(Number(tag))?.[0] ?? 3, fields.get(Number(tag))?.[1] ?? 1, value])
    }
    const all = [...fields].sort(([a], [b]) => a - b)
    const directory = Buffer.alloc(2 + all.length * 12 + 4)
    short(directory, all.length, 0)
    for (const [index, [tag, [type, count, value]]] of all.entries()) {
      const at = 2 + index * 12
      short(directory, tag, at)
      short(directory, type, at + 2)
      long(directory, count, at + 4)
      const ratio = Buffer.alloc(8)
      long(ratio, value, 0)
      long(ratio, 1, 4)
      if (type === 3) short(directory, value, at + 8)
      else long(directory, type === 5 ? push(ratio) : value, at + 8)
    }
    const at = push(directory)
    long(link[0], at, link[1])
    link = [directory, directory.length - 4]
    first ||= at
  }
  long(link[0], next === -1 ? first : next, link[1])
  head.write(isBigEndian ? 'MM' : 'II', 'latin1')
  short(head, 42, 2)
  return Buffer.concat(chunks)
}
