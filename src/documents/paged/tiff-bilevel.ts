// Black and white pages that are no fax: bits as they are, in PackBits or in Deflate (TIFF 6.0 sections 7 and 9, technical note 2), as
// scanners write them. They become one G4 picture, pixel for pixel the same, without native code.

import { inflateSync } from 'node:zlib'
import { NotConvertibleError } from '../copy.js'
import { G4Encoder } from './ccitt-encode.js'
import { rowOf } from './ccitt-rows.js'
import { g4Image, reverseBits } from './fax-image.js'
import type { PdfImage } from './image-writer.js'
import type { TiffPage } from './tiff-page.js'

const [PLAIN, DEFLATE, PACK_BITS, OLD_DEFLATE] = [1, 8, 32773, 32946]
const COMPRESSIONS = new Set([PLAIN, DEFLATE, PACK_BITS, OLD_DEFLATE])

export function isBilevel({ compression, bits, samples, photometric, isTiled }: TiffPage): boolean {
  return COMPRESSIONS.has(compression) && bits === 1 && samples === 1 && photometric <= 1 && !isTiled
}

/** `strips`: the coded bytes of a page that isBilevel. Throws NotConvertibleError('damaged') where rows are missing. */
export function bilevelImage(strips: readonly Buffer[], page: TiffPage): PdfImage {
  const encoder = new G4Encoder(page.width)
  const row = rowOf(page.width)
  const stride = Math.ceil(page.width / 8)
  for (const strip of strips) {
    const rows = Math.min(page.rowsPerStrip, page.height - encoder.rows)
    // The fill order is that of the coded bytes, as libtiff writes and reads them.
    const bits = expand(page.isReversed ? reverseBits(strip) : strip, page, rows * stride)
    if (bits.length < rows * stride) throw new NotConvertibleError('damaged')
    for (let index = 0; index < rows; index++) {
      findChanges(bits, index * stride, page.width, row)
      encoder.add(row)
    }
  }
  return g4Image(encoder, page)
}

/** At most `most` bytes; throws on a Deflate error. */
function expand(strip: Buffer, { compression }: TiffPage, most: number): Buffer {
  if (compression === PLAIN) return strip
  if (compression === PACK_BITS) return unpackBits(strip, most)
  // A strip that holds more than its rows is stopped there and taken for damaged.
  return inflateSync(strip, { maxOutputLength: most })
}

/** Section 9: a signed byte n, then n + 1 bytes as they are, or one byte that counts 1 - n times; -128 is nothing. */
function unpackBits(strip: Buffer, most: number): Buffer {
  const out = Buffer.alloc(most)
  let [at, to] = [0, 0]
  while (at + 1 < strip.length && to < most) {
    const head = strip.readInt8(at++)
    if (head >= 0) {
      const copied = strip.copy(out, to, at, at + head + 1)
      at += head + 1
      to += copied
    } else if (head !== -128) {
      out.fill(strip[at++] as number, to, Math.min(most, to + 1 - head))
      to = Math.min(most, to + 1 - head)
    }
  }
  return out.subarray(0, to)
}

/** The row's changing elements, as in ccitt-rows.ts; whole bytes of one colour are passed over. */
function findChanges(bits: Buffer, start: number, columns: number, row: Int32Array): void {
  let [count, colour] = [0, 0]
  for (let column = 0; column < columns; column += 8) {
    const byte = bits[start + (column >>> 3)] as number
    if (byte === (colour === 0 ? 0 : 255)) continue
    for (let bit = 0; bit < 8 && column + bit < columns; bit++) {
      if (((byte >>> (7 - bit)) & 1) === colour) continue
      colour ^= 1
      row[count++] = column + bit
    }
  }
  row.fill(columns, count, count + 4)
}
