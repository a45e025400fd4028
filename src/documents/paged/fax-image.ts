// A fax page of a TIFF as the picture of a PDF. One strip is copied as it is; several become one, because a reader that scales each by itself
// draws seams between them. Either way every row has been decoded, so a page is whole or it is refused.

import { NotConvertibleError } from '../copy.js'
import { type FaxCoding, StripDecoder } from './ccitt-decode.js'
import { G4Encoder } from './ccitt-encode.js'
import type { PdfImage } from './image-writer.js'
import type { TiffPage } from './tiff-page.js'

/** A fax with more damaged rows than one in so many is not shown as if it were whole. */
const ROWS_A_REPAIR = 50
const [RLE, G3, RLE_WORDS] = [2, 3, 32771]

/** Each byte with its bits the other way round. */
const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2),
)

/** `strips`: the coded bytes of a page that isCcitt. Throws NotConvertibleError('damaged') where rows are missing or too many are wrong. */
export function faxImage(strips: readonly Buffer[], page: TiffPage): PdfImage {
  const pieces = page.isReversed ? strips.map(reverseBits) : strips
  return copied(pieces, page) ?? packed(pieces, page)
}

/** A picture of bits packed as G4; 1 is TIFF's and the fax's black. */
export function g4Image(encoder: G4Encoder, page: TiffPage): PdfImage {
  const rows = encoder.rows
  return image(encoder.finish(), `/K -1/Columns ${page.width}/Rows ${rows}`, rows, page)
}

export function reverseBits(bytes: Buffer): Buffer {
  const reversed = Buffer.allocUnsafe(bytes.length)
  for (let at = 0; at < bytes.length; at++) reversed[at] = REVERSED[bytes[at] as number] as number
  return reversed
}

/** The only strip without packing it anew; null where that can't be. */
function copied(strips: readonly Buffer[], page: TiffPage): PdfImage | null {
  const [strip] = strips
  if (strips.length !== 1 || !strip || page.compression === RLE_WORDS) return null
  const { rows, repaired, isEnded, length } = new StripDecoder(codingOf(page), page.width).read(strip, page.height)
  if (repaired > 0 || rows === 0 || (rows < page.height && !isEnded)) return null
  // ISO 32000-1 table 11: K tells the scheme, and the rows say where it ends.
  const k = page.compression === RLE ? 0 : page.compression === G3 ? page.t4Options & 1 : -1
  const parameters = `/K ${k}/Columns ${page.width}/Rows ${rows}/EndOfBlock false${page.compression === RLE ? '/EncodedByteAlign true' : ''}`
  return image(strip.subarray(0, length), parameters, rows, page)
}

function packed(strips: readonly Buffer[], page: TiffPage): PdfImage {
  const encoder = new G4Encoder(page.width)
  const decoder = new StripDecoder(codingOf(page), page.width)
  let repairs = 0
  for (const [index, strip] of strips.entries()) {
    const wanted = Math.min(page.rowsPerStrip, page.height - encoder.rows)
    const { rows, repaired, isEnded } = decoder.read(strip, wanted, (row) => encoder.add(row))
    // A sender that ends the page itself has sent all of it, whatever its header announced; inside a page that were a gap.
    if (rows < wanted && !(isEnded && index === strips.length - 1)) throw new NotConvertibleError('damaged')
    repairs += repaired
  }
  if (encoder.rows === 0 || repairs * ROWS_A_REPAIR > encoder.rows) throw new NotConvertibleError('damaged')
  return g4Image(encoder, page)
}

function codingOf({ compression, t4Options }: TiffPage): FaxCoding {
  const scheme = compression === RLE || compression === RLE_WORDS ? 'rle' : compression === G3 ? 'g3' : 'g4'
  return { scheme, isTwoDimensional: (t4Options & 1) === 1, alignment: compression === RLE_WORDS ? 16 : 8 }
}

function image(data: Buffer, parameters: string, height: number, { width, photometric }: TiffPage): PdfImage {
  // A decoder of PDF gives 0 for black, TIFF gives 1: they agree where TIFF's 0 is white, as in every fax (photometric 0).
  return { width, height, bits: 1, colours: 'DeviceGray', filter: 'CCITTFaxDecode', parameters, isInverted: photometric === 1, data }
}
