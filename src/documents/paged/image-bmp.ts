// A BMP ([MS-WMF] 2.2.2, DIBs, and what Windows and OS/2 wrote around them) as pixels. An own reader: the libraries for it trust the
// header with their memory, and are kept by nobody.

import { NotConvertibleError } from '../copy.js'
import type { Raster } from './image-raster.js'

const [PLAIN, RLE8, RLE4, FIELDS, ALPHA_FIELDS] = [0, 1, 2, 3, 6]
const FILE_HEADER = 14
const CORE_HEADER = 12
const INFO_HEADER = 40

interface Header {
  readonly width: number
  readonly height: number
  /** The first row is the top one. */
  readonly isTopDown: boolean
  readonly bits: number
  readonly compression: number
  /** RGB, for pixels that are indexes. */
  readonly palette: Buffer
  /** Where red, green and blue are in the others. */
  readonly masks: readonly number[]
  readonly pixels: Buffer
}

/** Throws NotConvertibleError: `damaged` where rows are missing, `too-big` by its declared size, `no-converter` for a JPEG or PNG inside. */
export function readBmp(bytes: Buffer, maxPixels: number): Raster {
  const header = readHeader(bytes, maxPixels)
  const { width, height, bits, compression } = header
  const data = Buffer.alloc(width * height * 3, 255)
  if (compression === RLE8 || compression === RLE4) drawIndexes(header, unpackRle(header), data)
  else if (bits <= 8) drawIndexes(header, unpackIndexes(header), data)
  else drawColours(header, data)
  return { width, height, channels: 3, data }
}

function readHeader(bytes: Buffer, maxPixels: number): Header {
  if (bytes.toString('latin1', 0, 2) !== 'BM' || bytes.length < FILE_HEADER + INFO_HEADER) throw new NotConvertibleError('damaged')
  const size = bytes.readUInt32LE(FILE_HEADER)
  const isCore = size === CORE_HEADER
  const [width, tall] = isCore
    ? [bytes.readUInt16LE(18), bytes.readUInt16LE(20)]
    : [bytes.readInt32LE(FILE_HEADER + 4), bytes.readInt32LE(FILE_HEADER + 8)]
  const bits = bytes.readUInt16LE(isCore ? 24 : 28)
  const compression = isCore || size < INFO_HEADER ? PLAIN : bytes.readUInt32LE(30)
  const height = Math.abs(tall)
  if (width <= 0 || height === 0) throw new NotConvertibleError('damaged')
  if (width * height > maxPixels) throw new NotConvertibleError('too-big')
  if (compression > FIELDS && compression !== ALPHA_FIELDS) throw new NotConvertibleError('no-converter')
  const hasMasks = compression === FIELDS || compression === ALPHA_FIELDS
  if (!isPossible(bits, compression)) throw new NotConvertibleError('damaged')
  const start = bytes.readUInt32LE(10)
  const paletteAt = FILE_HEADER + size + (hasMasks && size === INFO_HEADER ? (compression === FIELDS ? 12 : 16) : 0)
  const masks = hasMasks ? [0, 4, 8].map((at) => bytes.readUInt32LE(FILE_HEADER + INFO_HEADER + at)) : defaultMasks(bits)
  const palette = bits <= 8 ? readPalette(bytes.subarray(paletteAt, Math.max(paletteAt, start)), isCore ? 3 : 4) : Buffer.alloc(0)
  return { width, height, isTopDown: tall < 0, bits, compression, palette, masks, pixels: bytes.subarray(start) }
}

function isPossible(bits: number, compression: number): boolean {
  if (compression === RLE8) return bits === 8
  if (compression === RLE4) return bits === 4
  if (compression === FIELDS || compression === ALPHA_FIELDS) return bits === 16 || bits === 32
  return [1, 2, 4, 8, 16, 24, 32].includes(bits)
}

function defaultMasks(bits: number): number[] {
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0xff00, 0xff]
}

/** Blue, green, red, and mostly a byte of nothing. */
function readPalette(bytes: Buffer, entry: number): Buffer {
  const colours = Math.min(256, Math.floor(bytes.length / entry))
  const palette = Buffer.alloc(256 * 3)
  for (let colour = 0; colour < colours; colour++) {
    for (let part = 0; part < 3; part++) palette[colour * 3 + part] = bytes[colour * entry + 2 - part] ?? 0
  }
  return palette
}

/** Rows begin at multiples of four bytes. */
function strideOf({ width, bits }: Header): number {
  return Math.ceil((width * bits) / 32) * 4
}

function needAllRows(header: Header): void {
  // The last row's padding may be missing.
  const needed = strideOf(header) * (header.height - 1) + Math.ceil((header.width * header.bits) / 8)
  if (header.pixels.length < needed) throw new NotConvertibleError('damaged')
}

/** A byte a pixel, in the file's order of rows. */
function unpackIndexes(header: Header): Uint8Array {
  needAllRows(header)
  const { width, height, bits, pixels } = header
  const stride = strideOf(header)
  const indexes = new Uint8Array(width * height)
  const mask = (1 << bits) - 1
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const bit = column * bits
      indexes[to++] = ((pixels[row * stride + (bit >>> 3)] as number) >>> (8 - bits - (bit & 7))) & mask
    }
  }
  return indexes
}

/** Runs and literal stretches, two bytes before each; a first byte of 0 ends a row (0) or all (1), jumps (2) or begins a stretch. */
function unpackRle({ width, height, compression, pixels }: Header): Uint8Array {
  const indexes = new Uint8Array(width * height)
  const isNibbles = compression === RLE4
  let [at, column, row] = [0, 0, 0]
  const put = (index: number) => {
    if (column < width && row < height) indexes[row * width + column] = index
    column++
  }
  const nibble = (byte: number, count: number) => (isNibbles ? ((count & 1) === 0 ? byte >>> 4 : byte & 15) : byte)
  while (at + 1 < pixels.length) {
    const [count, value] = [pixels[at++] as number, pixels[at++] as number]
    if (count > 0) for (let index = 0; index < count; index++) put(nibble(value, index))
    else if (value === 0) [column, row] = [0, row + 1]
    else if (value === 1) return indexes
    else if (value === 2) [column, row] = [column + (pixels[at++] ?? 0), row + (pixels[at++] ?? 0)]
    else {
      const length = isNibbles ? Math.ceil(value / 2) : value
      if (at + length > pixels.length) break
      for (let index = 0; index < value; index++) put(nibble(pixels[at + (isNibbles ? index >>> 1 : index)] as number, index))
      at += length + (length & 1)
    }
  }
  // No end mark: whole only if the last row was reached.
  if (row < height - 1 || (row === height - 1 && column < width)) throw new NotConvertibleError('damaged')
  return indexes
}

function drawIndexes({ width, height, isTopDown, palette }: Header, indexes: Uint8Array, data: Buffer): void {
  for (let row = 0, at = 0; row < height; row++) {
    let to = (isTopDown ? row : height - 1 - row) * width * 3
    for (let column = 0; column < width; column++) {
      const colour = (indexes[at++] as number) * 3
      data[to++] = palette[colour] as number
      data[to++] = palette[colour + 1] as number
      data[to++] = palette[colour + 2] as number
    }
  }
}

function drawColours(header: Header, data: Buffer): void {
  needAllRows(header)
  const { width, height, isTopDown, bits, masks, pixels } = header
  const [stride, size] = [strideOf(header), bits / 8]
  const parts = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask)
    return { mask, shift, most: mask >>> shift || 1 }
  })
  for (let row = 0; row < height; row++) {
    let to = (isTopDown ? row : height - 1 - row) * width * 3
    for (let column = 0, at = row * stride; column < width; column++, at += size) {
      const [low, middle] = [pixels[at] as number, pixels[at + 1] as number]
      const pixel =
        low | (middle << 8) | (size > 2 ? (pixels[at + 2] as number) << 16 : 0) | (size > 3 ? (pixels[at + 3] as number) << 24 : 0)
      for (const { mask, shift, most } of parts) data[to++] = Math.round((((pixel & mask) >>> shift) * 255) / most)
    }
  }
}
