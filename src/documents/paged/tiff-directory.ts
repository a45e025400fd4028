// The directories of a TIFF file (TIFF 6.0 section 2; BigTIFF as libtiff writes it), read strictly: every offset is checked, a chain that
// loops or leaves the file is damage and never a shorter document.

import { NotConvertibleError } from '../copy.js'

/** Entries of one directory; the fullest ones of scanners and cameras have about a hundred. */
const MAX_ENTRIES = 1024

/** Bytes of one value by field type (section 2, and 16 to 18 of BigTIFF). */
const SIZES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
}
const RATIONALS = new Set([5, 10])

export const TAG = {
  newSubfileType: 254,
  subfileType: 255,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  t4Options: 292,
  t6Options: 293,
  resolutionUnit: 296,
  tileWidth: 322,
  jpegOffset: 513,
} as const

interface Entry {
  readonly type: number
  readonly count: number
  readonly at: number
}

/** Walks over a file in its own byte order; what leaves the file is `damaged`. */
class TiffReader {
  readonly isBig: boolean
  readonly #bytes: Buffer
  readonly #isLittle: boolean

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    const order = bytes.toString('latin1', 0, 2)
    this.#isLittle = order === 'II'
    const version = order === 'II' || order === 'MM' ? this.number(2, 3) : 0
    this.isBig = version === 43
    if (version !== 42 && !(this.isBig && this.number(4, 3) === 8)) throw new NotConvertibleError('damaged')
  }

  /** One whole or floating number of that field type. */
  number(at: number, type: number): number {
    const size = RATIONALS.has(type) ? 4 : (SIZES[type] ?? 1)
    if (!Number.isSafeInteger(at) || at + size > this.#bytes.length) throw new NotConvertibleError('damaged')
    const [bytes, little] = [this.#bytes, this.#isLittle]
    if (type === 8) return little ? bytes.readInt16LE(at) : bytes.readInt16BE(at)
    if (type === 9 || type === 10) return little ? bytes.readInt32LE(at) : bytes.readInt32BE(at)
    if (type === 11) return little ? bytes.readFloatLE(at) : bytes.readFloatBE(at)
    if (type === 12) return little ? bytes.readDoubleLE(at) : bytes.readDoubleBE(at)
    if (size === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
    return little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size)
  }

  value(at: number, type: number): number {
    if (!RATIONALS.has(type)) return this.number(at, type)
    return this.number(at, type) / this.number(at + 4, type)
  }
}

export class TiffDirectory {
  /** Its place in the chain, from 0 on. */
  readonly index: number
  readonly #reader: TiffReader
  readonly #entries: ReadonlyMap<number, Entry>

  constructor(index: number, reader: TiffReader, entries: ReadonlyMap<number, Entry>) {
    this.index = index
    this.#reader = reader
    this.#entries = entries
  }

  /** The first value of a field; `missing` where there is no such field. A rational may be NaN or infinite. */
  number(tag: number, missing: number): number {
    return this.numbers(tag, 1)[0] ?? missing
  }

  /** At most `most` values of a field, none where it is missing or of a type that we don't know. Throws where they leave the file. */
  numbers(tag: number, most: number): number[] {
    const entry = this.#entries.get(tag)
    const size = entry && SIZES[entry.type]
    if (!entry || !size) return []
    const inline = size * entry.count <= (this.#reader.isBig ? 8 : 4)
    const start = inline ? entry.at : this.#reader.number(entry.at, this.#reader.isBig ? 16 : 4)
    const values: number[] = []
    for (let index = 0; index < Math.min(entry.count, most); index++) values.push(this.#reader.value(start + index * size, entry.type))
    return values
  }

  /** Bit 0 and 2 of NewSubfileType, 2 of SubfileType: a smaller picture of another page, or its mask. */
  get isPage(): boolean {
    return (this.number(TAG.newSubfileType, 0) & 5) === 0 && this.number(TAG.subfileType, 1) !== 2
  }
}

/**
 * The directories that are pages, in the order of the chain; at least one. Throws NotConvertibleError: `too-many-pages`, or `damaged` where
 * the chain loops or leaves the file: nobody knows what is missing then.
 */
export function readPageDirectories(bytes: Buffer, maxPages: number): TiffDirectory[] {
  const directories = followChain(new TiffReader(bytes), maxPages * 2)
  // Some files have nothing but directories marked as reduced: then these are the pages.
  const pages = directories.some(({ isPage }) => isPage) ? directories.filter(({ isPage }) => isPage) : directories
  if (pages.length > maxPages) throw new NotConvertibleError('too-many-pages')
  if (pages.length === 0) throw new NotConvertibleError('damaged')
  return pages
}

/** The first of them, whatever it is and whatever follows; EXIF is such a file. Throws `damaged` where there is none. */
export function readFirstDirectory(bytes: Buffer): TiffDirectory {
  const reader = new TiffReader(bytes)
  return readDirectory(reader, firstOffset(reader), 0).directory
}

function followChain(reader: TiffReader, most: number): TiffDirectory[] {
  const directories: TiffDirectory[] = []
  const seen = new Set<number>()
  for (let at = firstOffset(reader); at !== 0; ) {
    if (seen.has(at)) throw new NotConvertibleError('damaged')
    if (seen.size >= most) throw new NotConvertibleError('too-many-pages')
    seen.add(at)
    const { directory, next } = readDirectory(reader, at, directories.length)
    directories.push(directory)
    at = next
  }
  return directories
}

function firstOffset(reader: TiffReader): number {
  return reader.isBig ? reader.number(8, 16) : reader.number(4, 4)
}

function readDirectory(reader: TiffReader, at: number, index: number): { directory: TiffDirectory; next: number } {
  const [countSize, entrySize, numberType] = reader.isBig ? [8, 20, 16] : [2, 12, 4]
  const count = reader.number(at, reader.isBig ? 16 : 3)
  if (count > MAX_ENTRIES) throw new NotConvertibleError('damaged')
  const entries = new Map<number, Entry>()
  for (let entry = 0; entry < count; entry++) {
    const start = at + countSize + entry * entrySize
    const tag = reader.number(start, 3)
    const values = {
      type: reader.number(start + 2, 3),
      count: reader.number(start + 4, numberType),
      at: start + entrySize - (reader.isBig ? 8 : 4),
    }
    if (!entries.has(tag)) entries.set(tag, values) // a second one of the same number is against the rules: readers differ
  }
  return { directory: new TiffDirectory(index, reader, entries), next: reader.number(at + countSize + count * entrySize, numberType) }
}
