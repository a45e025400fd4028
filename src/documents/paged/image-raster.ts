// Pixels as the picture of a PDF: few colours are kept exactly (drawings, screens, black and white), photographs become JPEG.

import { deflateSync } from 'node:zlib'
import { type CopyLimits, NotConvertibleError } from '../copy.js'
import type { PdfImage } from './image-writer.js'
import { loadSharp } from './native.js'

export interface Raster {
  readonly width: number
  readonly height: number
  /** Grey or RGB, a byte each, rows without gaps. */
  readonly channels: 1 | 3
  readonly data: Buffer
}

const MOST_COLOURS = 256
/** More shades of grey than this are a photograph, or an X-ray. */
const MOST_GREYS = 16
const QUALITY = 85

export async function rasterImage(raster: Raster): Promise<PdfImage> {
  return withPalette(raster) ?? (await asJpeg(raster))
}

/**
 * Decodes with sharp, alpha on white, in sRGB or grey, and `isOriented` as its EXIF says. Throws NotConvertibleError: `too-big` by the size
 * its header says, before anything is decoded; `damaged` for whatever the library refuses.
 */
export async function decodeRaster(bytes: Buffer, limits: CopyLimits, page: number, isOriented: boolean): Promise<Raster> {
  const sharp = await loadSharp()
  try {
    const { width, height, space, hasAlpha } = await sharp(bytes, { page, limitInputPixels: false }).metadata()
    if (width * height > limits.maxPixels) throw new NotConvertibleError('too-big')
    let image = sharp(bytes, { page, limitInputPixels: limits.maxPixels, failOn: 'error' })
    if (isOriented) image = image.autoOrient()
    if (hasAlpha) image = image.flatten({ background: '#fff' })
    const isGrey = space === 'b-w' || space === 'grey16'
    const { data, info } = await image
      .toColourspace(isGrey ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    if (info.channels !== 1 && info.channels !== 3) throw new NotConvertibleError('damaged')
    return { width: info.width, height: info.height, channels: info.channels, data }
  } catch (error) {
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
}

/** How many pictures an animation has, 1 for a still one. Throws `damaged`. */
export async function countFrames(bytes: Buffer): Promise<number> {
  const sharp = await loadSharp()
  const { pages = 1 } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => Promise.reject(new NotConvertibleError('damaged')))
  return pages
}

async function asJpeg({ width, height, channels, data }: Raster): Promise<PdfImage> {
  const sharp = await loadSharp()
  // 4:4:4: coloured text keeps its edges.
  const jpeg = await sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .jpeg({ quality: QUALITY, chromaSubsampling: '4:4:4' })
    .toBuffer()
  const colours = channels === 1 ? 'DeviceGray' : 'DeviceRGB'
  return { width, height, bits: 8, colours, filter: 'DCTDecode', parameters: '', isInverted: false, data: jpeg }
}

/** null: too many colours. */
function withPalette(raster: Raster): PdfImage | null {
  const found = indexed(raster)
  if (!found) return null
  const { colours, indexes } = found
  if (
    colours.length > MOST_GREYS &&
    colours.every((colour) => colour >>> 16 === (colour & 255) && ((colour >>> 8) & 255) === (colour & 255))
  )
    return null
  const bits = colours.length <= 2 ? 1 : colours.length <= 4 ? 2 : colours.length <= 16 ? 4 : 8
  const palette = Buffer.from(colours.flatMap((colour) => [colour >>> 16, (colour >>> 8) & 255, colour & 255]))
  const data = deflateSync(packIndexes(indexes, raster, bits))
  const { width, height } = raster
  return { width, height, bits, colours: palette, filter: 'FlateDecode', parameters: '', isInverted: false, data }
}

/** Each pixel's place in the list of colours. */
function indexed({ channels, data }: Raster): { colours: number[]; indexes: Uint8Array } | null {
  const places = new Map<number, number>()
  const indexes = new Uint8Array(data.length / channels)
  let [last, place] = [-1, 0]
  for (let pixel = 0, at = 0; pixel < indexes.length; pixel++, at += channels) {
    const first = data[at] as number
    const colour = channels === 1 ? first * 0x10101 : (first << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number)
    if (colour !== last) {
      last = colour
      place = places.get(colour) ?? places.size
      if (place === MOST_COLOURS) return null
      if (place === places.size) places.set(colour, place)
    }
    indexes[pixel] = place
  }
  return { colours: [...places.keys()], indexes }
}

/** The highest bits first, each row from a new byte on. */
function packIndexes(indexes: Uint8Array, { width, height }: Raster, bits: number): Uint8Array {
  if (bits === 8) return indexes
  const stride = Math.ceil((width * bits) / 8)
  const packed = new Uint8Array(stride * height)
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      const bit = column * bits
      const to = row * stride + (bit >>> 3)
      packed[to] = (packed[to] as number) | ((indexes[at] as number) << (8 - bits - (bit & 7)))
    }
  }
  return packed
}
