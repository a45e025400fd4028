// A PNG (RFC 2083, third edition) as the picture of a PDF: what a PDF can show as it is, is copied, and read through once to see that no row is
// missing. The rest (alpha, interlaced, 16 bits) has to be decoded. Of an animation it is the still picture that every program shows.

import { constants, crc32, createInflate } from 'node:zlib'
import { NotConvertibleError } from '../copy.js'
import { believedStretch } from './image-jpeg.js'
import type { PdfImage } from './image-writer.js'
import { readFirstDirectory, TAG } from './tiff-directory.js'

export interface Png {
  readonly width: number
  readonly height: number
  /** 1 to 8, of EXIF. */
  readonly orientation: number
  /** How much higher than wide its pixels are. */
  readonly stretch: number
  /** null: it has to be decoded. */
  readonly image: PdfImage | null
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
/** Length, type and checksum of a chunk. */
const CHUNK_FRAME = 12
const [GREY, RGB, PALETTE] = [0, 2, 3]
const FILTERS = 5

interface Chunks {
  readonly header: Buffer
  readonly palette: Buffer | null
  readonly hasTransparency: boolean
  readonly density: Buffer | null
  readonly exif: Buffer | null
  readonly data: Buffer[]
}

/** Throws NotConvertibleError: `damaged` where a part of it is missing or wrong, `too-big` by its declared size before anything is unpacked. */
export async function readPng(bytes: Buffer, maxPixels: number): Promise<Png> {
  const chunks = readChunks(bytes)
  const { header } = chunks
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  if (width === 0 || height === 0) throw new NotConvertibleError('damaged')
  if (width * height > maxPixels) throw new NotConvertibleError('too-big')
  const image = await copied(width, height, chunks)
  return { width, height, orientation: orientationOf(chunks.exif), stretch: stretchOf(chunks.density), image }
}

/** Section 5: all chunks up to IEND. A wrong checksum counts in those that a reader needs. */
function readChunks(bytes: Buffer): Chunks {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new NotConvertibleError('damaged')
  const found = new Map<string, Buffer>()
  const data: Buffer[] = []
  for (let at = 8; ; ) {
    if (at + CHUNK_FRAME > bytes.length) throw new NotConvertibleError('damaged')
    const [length, type] = [bytes.readUInt32BE(at), bytes.toString('latin1', at + 4, at + 8)]
    const end = at + 8 + length
    if (end + 4 > bytes.length) throw new NotConvertibleError('damaged')
    const isNeeded = /^[A-Z]/.test(type)
    const isWhole = crc32(bytes.subarray(at + 4, end)) === bytes.readUInt32BE(end)
    if (isNeeded && !isWhole) throw new NotConvertibleError('damaged')
    if (type === 'IEND') break
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, end))
    else if (isWhole && !found.has(type)) found.set(type, bytes.subarray(at + 8, end))
    at = end + 4
  }
  const header = found.get('IHDR')
  if (header?.length !== 13 || data.length === 0) throw new NotConvertibleError('damaged')
  const [density, exif] = [found.get('pHYs') ?? null, found.get('eXIf') ?? null]
  return { header, palette: found.get('PLTE') ?? null, hasTransparency: found.has('tRNS'), density, exif, data }
}

/** ISO 32000-1 7.4.4.4: Flate with predictor 15 is PNG's own coding. */
async function copied(width: number, height: number, { header, palette, hasTransparency, data }: Chunks): Promise<PdfImage | null> {
  const [bits, kind, , , interlace] = header.subarray(8)
  const isPlain = kind === GREY || kind === RGB || kind === PALETTE
  if (!isPlain || hasTransparency || interlace !== 0 || (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8)) return null
  const samples = kind === RGB ? 3 : 1
  const colours = kind === RGB ? 'DeviceRGB' : kind === GREY ? 'DeviceGray' : palette
  const isPalette = Buffer.isBuffer(colours) && colours.length > 0 && colours.length % 3 === 0 && colours.length <= 3 << bits
  if (!colours || (Buffer.isBuffer(colours) && !isPalette)) throw new NotConvertibleError('damaged')
  const whole = Buffer.concat(data)
  if (!(await hasAllRows(whole, Math.ceil((width * samples * bits) / 8) + 1, height))) throw new NotConvertibleError('damaged')
  const parameters = `/Predictor 15/Colors ${samples}/BitsPerComponent ${bits}/Columns ${width}`
  return { width, height, bits, colours, filter: 'FlateDecode', parameters, isInverted: false, data: whole }
}

/** Unpacks the rows in pieces, keeping none: each begins with the number of its filter. */
async function hasAllRows(data: Buffer, stride: number, rows: number): Promise<boolean> {
  const unpacked = createInflate({ finishFlush: constants.Z_SYNC_FLUSH })
  unpacked.end(data)
  let length = 0
  try {
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      for (let at = (stride - (length % stride)) % stride; at < piece.length; at += stride) {
        if ((piece[at] as number) >= FILTERS && length + at < stride * rows) return false
      }
      length += piece.length
      if (length >= stride * rows) return true
    }
  } catch {
    // Neither how much is missing nor why matters.
  }
  return false
}

function orientationOf(exif: Buffer | null): number {
  try {
    const orientation = exif ? readFirstDirectory(exif).number(TAG.orientation, 1) : 1
    return Number.isInteger(orientation) && orientation >= 1 && orientation <= 8 ? orientation : 1
  } catch {
    return 1
  }
}

function stretchOf(density: Buffer | null): number {
  if (density?.length !== 9) return 1
  return believedStretch(density.readUInt32BE(0), density.readUInt32BE(4)) ?? 1
}
