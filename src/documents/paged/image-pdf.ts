// A picture as a PDF: a photograph, a screen, a scan. It lies on a sheet as it is meant to be seen, never distorted and never cut.

import { type CopyLimits, NotConvertibleError } from '../copy.js'
import { heicImages } from './heic-image.js'
import { readBmp } from './image-bmp.js'
import { readJpeg } from './image-jpeg.js'
import { fitSheet } from './image-layout.js'
import { readPng } from './image-png.js'
import { countFrames, decodeRaster, type Raster, rasterImage } from './image-raster.js'
import { isTurned, type PdfImage, PictureFile } from './image-writer.js'

/** So few pictures in one file are slides, and each is a page. More of them are a film: its first shows what it is. */
const MOST_SLIDES = 12

/**
 * A PDF of the picture; `mediaType` as sniffed: JPEG, PNG, GIF, WebP, BMP, HEIC, HEIF and AVIF. One page, but for a file of several still
 * pictures. JPEG and plain PNG are copied without loss, the rest is decoded. Throws NotConvertibleError: `no-converter` for other types,
 * `damaged` where a part of the picture is missing, `too-big` by its declared size before it is decoded.
 */
export async function imagePdf(bytes: Buffer, mediaType: string, limits: CopyLimits): Promise<{ pdf: Buffer; pages: number }> {
  const file = new PictureFile()
  try {
    await addPictures(file, bytes, mediaType, limits)
    return { pdf: file.finish(), pages: file.pages }
  } catch (error) {
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
}

async function addPictures(file: PictureFile, bytes: Buffer, mediaType: string, limits: CopyLimits): Promise<void> {
  if (mediaType === 'image/jpeg') return addStored(file, bytes, readJpeg(bytes, limits.maxPixels), limits)
  if (mediaType === 'image/png') return addStored(file, bytes, await readPng(bytes, limits.maxPixels), limits)
  if (mediaType === 'image/bmp') return addRaster(file, readBmp(bytes, limits.maxPixels))
  if (mediaType === 'image/gif' || mediaType === 'image/webp' || isAvif(bytes, mediaType)) return addFrames(file, bytes, limits)
  if (!/^image\/hei[cf](-sequence)?$/.test(mediaType)) throw new NotConvertibleError('no-converter')
  for await (const raster of heicImages(bytes, limits)) await addRaster(file, raster)
}

interface Stored {
  readonly orientation: number
  readonly stretch: number
  readonly image: PdfImage | null
}

async function addStored(
  file: PictureFile,
  bytes: Buffer,
  { orientation, stretch, image: copied }: Stored,
  limits: CopyLimits,
): Promise<void> {
  const image = copied ?? (await rasterImage(await decodeRaster(bytes, limits, 0, false)))
  const { width, height } = image
  const layout = isTurned(orientation) ? fitSheet(height, width, 1 / stretch) : fitSheet(width, height, stretch)
  file.add({ image, orientation, ...layout })
}

async function addFrames(file: PictureFile, bytes: Buffer, limits: CopyLimits): Promise<void> {
  const frames = await countFrames(bytes)
  const shown = frames <= MOST_SLIDES ? frames : 1
  for (let frame = 0; frame < shown; frame++) await addRaster(file, await decodeRaster(bytes, limits, frame, true))
}

async function addRaster(file: PictureFile, raster: Raster): Promise<void> {
  file.add({ image: await rasterImage(raster), orientation: 1, ...fitSheet(raster.width, raster.height) })
}

/** ISO 14496-12 4.3: the brands in the first box. A file that calls itself HEIF may hold AV1 all the same. */
function isAvif(bytes: Buffer, mediaType: string): boolean {
  if (mediaType === 'image/avif') return true
  const length = Math.min(bytes.length, bytes.length >= 4 ? bytes.readUInt32BE(0) : 0, 256)
  return mediaType.startsWith('image/heif') && /^....ftyp(?:....)*avi[fs]/s.test(bytes.toString('latin1', 0, length))
}
