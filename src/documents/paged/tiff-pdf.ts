// A TIFF, as fax gateways and scanners send it, as a PDF with the same pages in their true proportions. Fax coding is copied or packed anew
// without loss; what has grey or colour goes through a decoder page by page.

import { type CopyLimits, NotConvertibleError } from '../copy.js'
import { faxImage } from './fax-image.js'
import { readJpeg } from './image-jpeg.js'
import { fitSheet, isPaper, type Layout, ownSize } from './image-layout.js'
import { decodeRaster, rasterImage } from './image-raster.js'
import { isTurned, type PdfImage, PictureFile } from './image-writer.js'
import { bilevelImage, isBilevel } from './tiff-bilevel.js'
import { readPageDirectories, TAG, type TiffDirectory } from './tiff-directory.js'
import { isCcitt, readTiffPage, stripsOf, type TiffPage } from './tiff-page.js'

/** What the decoder behind us knows (TIFF 6.0, technical note 2): plain, CCITT in tiles, LZW, JPEG, Deflate, PackBits. */
const DECODABLE = new Set([1, 2, 3, 4, 5, 7, 8, 32773, 32946])
/** TIFF 6.0 section 22, long given up, but scanner programs wrote it for years: mostly a whole JPEG inside the file. */
const OLD_JPEG = 6
/** Pages that share their bytes are no document: a small file would cost as much as it liked. */
const MOST_SHARING = 2

/**
 * A PDF of all pages (ISO 32000-1), one each: MediaBox from the resolution, orientation applied by the picture's matrix. Directories of
 * reduced pictures are no pages. Throws NotConvertibleError: `damaged` where anything of it would be missing, `too-big` by a page's declared
 * pixels before it is decoded, `too-many-pages`, `no-converter` for codings that nobody here reads. Keeps parts of `bytes` in use until
 * it resolves.
 * @param most of the first pages; the others are not looked at.
 */
export async function tiffPdf(bytes: Buffer, limits: CopyLimits, most: number = limits.maxPages): Promise<{ pdf: Buffer; pages: number }> {
  try {
    const directories = readPageDirectories(bytes, limits.maxPages).slice(0, most)
    const all = directories.map((directory) => ({ directory, page: readTiffPage(directory, limits) }))
    const file = new PictureFile()
    const budget = { left: bytes.length * MOST_SHARING }
    for (const { directory, page } of all) {
      const image = await pageImage(bytes, directory, page, limits, budget)
      file.add({ image, orientation: page.orientation, ...layoutOf(image, page) })
    }
    return { pdf: file.finish(), pages: file.pages }
  } catch (error) {
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
}

async function pageImage(
  bytes: Buffer,
  directory: TiffDirectory,
  page: TiffPage,
  limits: CopyLimits,
  budget: { left: number },
): Promise<PdfImage> {
  const isFax = isCcitt(page)
  if (!isFax && !isBilevel(page)) {
    if (page.compression === OLD_JPEG) return oldJpeg(bytes, directory, page, limits)
    if (!DECODABLE.has(page.compression)) throw new NotConvertibleError('no-converter')
    return rasterImage(await decodeRaster(bytes, limits, page.index, false))
  }
  const strips = stripsOf(bytes, directory, page)
  budget.left -= strips.reduce((sum, strip) => sum + strip.length, 0)
  if (budget.left < 0) throw new NotConvertibleError('damaged')
  return isFax ? faxImage(strips, page) : bilevelImage(strips, page)
}

function oldJpeg(bytes: Buffer, directory: TiffDirectory, { width, height }: TiffPage, limits: CopyLimits): PdfImage {
  const start = directory.number(TAG.jpegOffset, 0)
  if (start === 0) throw new NotConvertibleError('no-converter')
  const { image } = readJpeg(bytes.subarray(start), limits.maxPixels)
  if (image?.width !== width || image.height !== height) throw new NotConvertibleError('no-converter')
  return image
}

/** A fax is as big as its resolution says; any other picture too, if that is a sheet of paper. */
function layoutOf({ width, height }: PdfImage, page: TiffPage): Layout {
  const isTall = isTurned(page.orientation)
  const [columns, rows] = isTall ? [height, width] : [width, height]
  if (!page.resolution) return fitSheet(columns, rows)
  const { x, y } = page.resolution
  const dpi = isTall ? { x: y, y: x } : { x, y }
  return isCcitt(page) || isPaper(columns, rows, dpi) ? ownSize(columns, rows, dpi) : fitSheet(columns, rows, dpi.x / dpi.y)
}
