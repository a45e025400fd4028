// What one directory of a TIFF says about its page, checked as far as that goes without decoding: sizes, strips and proportions.

import { type CopyLimits, NotConvertibleError } from '../copy.js'
import { TAG, type TiffDirectory } from './tiff-directory.js'

export interface TiffPage {
  /** Its directory's place in the chain, from 0 on. */
  readonly index: number
  readonly width: number
  readonly height: number
  readonly compression: number
  /** Of each sample; all alike in what we read ourselves. */
  readonly bits: number
  readonly samples: number
  readonly photometric: number
  /** The lowest bit of a byte comes first. */
  readonly isReversed: boolean
  /** 1 to 8 (TIFF 6.0 section 8): how the stored rows and columns lie on the page. */
  readonly orientation: number
  readonly isTiled: boolean
  readonly t4Options: number
  readonly t6Options: number
  /** Dots per inch of the stored columns and rows; null where the file says nothing that can be believed. */
  readonly resolution: Resolution | null
  /** Rows of each strip but the last. */
  readonly rowsPerStrip: number
}

export interface Resolution {
  readonly x: number
  readonly y: number
}

/** CCITT RLE, G3, G4 and RLE in words (libtiff's CCITTRLEW). */
const CCITT = new Set([2, 3, 4, 32771])

/** Widths that fax machines send (T.4 2.1, T.30 table 2), and their dots per inch. */
const FAX_WIDTHS: Readonly<Record<number, number>> = {
  1728: 204,
  2048: 204,
  2432: 204,
  2592: 300,
  3072: 300,
  3456: 408,
  4096: 408,
  4864: 408,
}
/** Below this no picture with text can be read: values so small are defaults of programs, or ratios. */
const LEAST_RESOLUTION = 20
/** What programs write who don't know, 72 or 96: on a fax's width that were a page of half a metre. */
const LEAST_FAX_RESOLUTION = 150
/** Rows of 98 to the inch up to a Legal page, 14 inches. */
const STANDARD_ROWS = 1500
const PLAIN_RESOLUTION = 200

export function isCcitt({ compression, bits, samples, photometric, isTiled }: TiffPage): boolean {
  return CCITT.has(compression) && bits === 1 && samples === 1 && photometric <= 1 && !isTiled
}

/** Throws NotConvertibleError: `too-big` past limits.maxPixels, `damaged` where sizes are missing. */
export function readTiffPage(directory: TiffDirectory, limits: CopyLimits): TiffPage {
  const [width, height] = [directory.number(TAG.width, 0), directory.number(TAG.height, 0)]
  if (!isCount(width) || !isCount(height)) throw new NotConvertibleError('damaged')
  if (width * height > limits.maxPixels) throw new NotConvertibleError('too-big')
  const [x, y] = [directory.number(TAG.xResolution, 0), directory.number(TAG.yResolution, 0)]
  const orientation = directory.number(TAG.orientation, 1)
  const rowsPerStrip = directory.number(TAG.rowsPerStrip, height)
  const page = {
    index: directory.index,
    width,
    height,
    compression: directory.number(TAG.compression, 1),
    bits: directory.number(TAG.bitsPerSample, 1),
    samples: directory.number(TAG.samplesPerPixel, 1),
    photometric: directory.number(TAG.photometric, 0),
    isReversed: directory.number(TAG.fillOrder, 1) === 2,
    orientation: isCount(orientation) && orientation <= 8 ? orientation : 1,
    isTiled: directory.number(TAG.tileWidth, 0) > 0,
    t4Options: directory.number(TAG.t4Options, 0),
    t6Options: directory.number(TAG.t6Options, 0),
    rowsPerStrip: isCount(rowsPerStrip) ? Math.min(rowsPerStrip, height) : height,
  }
  return {
    ...page,
    resolution: resolutionOf({ x, y }, directory.number(TAG.resolutionUnit, 2), isCcitt({ ...page, resolution: null }), width, height),
  }
}

/**
 * The coded bytes of each strip, from the top. Where the last ones say more than the file has, or nothing, they reach to its end: whether
 * all rows are in them shows when they are decoded. Throws `damaged` where strips are missing or start outside the file.
 */
export function stripsOf(bytes: Buffer, directory: TiffDirectory, page: TiffPage): Buffer[] {
  const wanted = Math.ceil(page.height / page.rowsPerStrip)
  const offsets = directory.numbers(TAG.stripOffsets, wanted)
  const lengths = directory.numbers(TAG.stripByteCounts, wanted)
  if (offsets.length < wanted) throw new NotConvertibleError('damaged')
  return offsets.map((offset, index) => {
    const length = lengths[index] || (wanted === 1 ? bytes.length : 0)
    if (!isCount(offset) || offset >= bytes.length || !isCount(length)) throw new NotConvertibleError('damaged')
    return bytes.subarray(offset, offset + length)
  })
}

/** A file that can't be believed gets the resolution that faxes of its width have. Unit 3 is the centimetre; 1, none, mostly means inches. */
function resolutionOf({ x, y }: Resolution, unit: number, isFax: boolean, width: number, height: number): Resolution | null {
  const factor = unit === 3 ? 2.54 : 1
  const said = { x: x * factor, y: y * factor }
  const faxWidth = isFax ? FAX_WIDTHS[width] : undefined
  const least = faxWidth === undefined ? LEAST_RESOLUTION : LEAST_FAX_RESOLUTION
  const isBelieved = said.x > least && said.y > LEAST_RESOLUTION && Number.isFinite(said.x) && Number.isFinite(said.y)
  if (isBelieved) return said
  if (!isFax) return null
  if (faxWidth === undefined) return { x: PLAIN_RESOLUTION, y: PLAIN_RESOLUTION }
  if (faxWidth === 204) return { x: 204, y: height < STANDARD_ROWS ? 98 : 196 }
  return { x: faxWidth, y: faxWidth }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}
