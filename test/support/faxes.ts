// Faxes of a cover sheet as a fax machine would send them: scanned askew, in black and white, coarse, with specks, upside down, in G3 or G4.
// Everything follows from the seed.

import { COPY_LIMITS } from '../../src/documents/copy.js'
import { withPdf } from '../../src/documents/paged/pdfium.js'
import { tiffPdf } from '../../src/documents/paged/tiff-pdf.js'
import { coverSheetPdf } from '../../src/documents/sheets/cover-sheet.js'
import { walletCardPdf } from '../../src/documents/sheets/wallet-card.js'
import { TEXTS } from '../../src/folders.js'
import { drawPostboxNumber, formatPostboxNumber, postboxQrText } from '../../src/postbox-number.js'
import { loadTexts } from '../../src/texts.js'
import { type Bitmap, drawPage, tiffOf } from '../documents/paged/tiff-files.js'

/** Grey pixels, square, at DPI. */
export interface Scan {
  readonly width: number
  readonly height: number
  readonly grey: Uint8Array
}

export interface FaxCase {
  readonly number: string
  readonly sheet: 'cover' | 'card'
  readonly coding: 'g3' | 'g4' | 'pdf'
  /** Rows to the inch: fine or standard. */
  readonly rows: 196 | 98
  /** Degrees. */
  readonly skew: number
  /** Of the pixels, turned over. */
  readonly noise: number
  readonly isUpsideDown: boolean
  /** It is the page behind the fax desk's own. */
  readonly isSecond: boolean
  readonly seed: number
}

const DPI = 204
const WIDTH = 1728
const INCHES = 11

const text = loadTexts(TEXTS).in('en')

/** The sheet of that number, as a scanner's glass sees it. */
export async function scanOf(number: string, sheet: FaxCase['sheet']): Promise<Scan> {
  const postbox = { shown: formatPostboxNumber(number), qrText: postboxQrText(number) }
  const about = { postbox, operatorName: 'Sample Postbox', site: 'https://postbox.example.org' }
  const to = { name: 'Sample Clinic', fax: '+1 555 010 0199', intakeAddress: 'clinic@intake.example.org' }
  return printed(await (sheet === 'cover' ? coverSheetPdf({ ...about, to }, text, 0) : walletCardPdf(about, text, 0)))
}

/** The first page of a PDF, on a scanner's glass. */
export async function printed(pdf: Buffer): Promise<Scan> {
  const scan = await withPdf(pdf, async (document) => {
    const size = { width: Math.round(8.5 * DPI), height: INCHES * DPI, scale: 1 }
    const { data, width, height } = await document.getPage(0).render({ ...size, render: 'bitmap', colorSpace: 'Gray' })
    return { grey: data.slice(), width, height }
  })
  if (!scan) throw new Error('the sheet cannot be drawn')
  return scan
}

/** Cases that differ in everything, from a seed; each sheet is drawn once for `alike` of them. */
export function* faxCases(count: number, seed: number, alike = 6): Generator<FaxCase> {
  const random = randomOf(seed)
  let number = ''
  for (let index = 0; index < count; index++) {
    if (index % alike === 0)
      number = drawPostboxNumber((size) => Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256))))
    yield {
      ...{ number, sheet: Math.floor(index / alike) % 4 === 3 ? 'card' : 'cover', seed: Math.floor(random() * 2 ** 31) },
      coding: (['g3', 'g4', 'pdf'] as const)[index % 3] ?? 'g4',
      rows: index % 2 === 0 ? 98 : 196,
      skew: (random() * 2 - 1) * 3,
      noise: random() * 0.01,
      isUpsideDown: random() < 0.2,
      isSecond: random() < 0.2,
    }
  }
}

/** The fax as a gateway would attach it. */
export async function faxOf(scan: Scan, fax: FaxCase): Promise<{ bytes: Buffer; mediaType: string }> {
  const page = {
    bitmap: scanned(scan, fax),
    coding: fax.coding === 'g3' ? ('g3' as const) : ('g4' as const),
    tags: { 282: DPI, 283: fax.rows, 296: 2 },
  }
  const first = { ...page, bitmap: drawPage(WIDTH, INCHES * fax.rows, fax.seed) }
  const tiff = tiffOf(fax.isSecond ? [first, page] : [page])
  if (fax.coding !== 'pdf') return { bytes: tiff, mediaType: 'image/tiff' }
  return { bytes: (await tiffPdf(tiff, COPY_LIMITS)).pdf, mediaType: 'application/pdf' }
}

function scanned({ width, height, grey }: Scan, { rows, skew, noise, isUpsideDown, seed }: FaxCase): Bitmap {
  const random = randomOf(seed)
  const threshold = 128 + (random() * 2 - 1) * 40
  const [lines, stride] = [INCHES * rows, WIDTH / 8]
  const bits = Buffer.alloc(stride * lines)
  const angle = ((skew + (isUpsideDown ? 180 : 0)) * Math.PI) / 180
  const [cos, sin, stretch] = [Math.cos(angle), Math.sin(angle), DPI / rows]
  for (let y = 0; y < lines; y++) {
    const dy = (y + 0.5) * stretch - height / 2
    for (let x = 0; x < WIDTH; x++) {
      const dx = x + 0.5 - WIDTH / 2
      const [sx, sy] = [dx * cos + dy * sin + width / 2 - 0.5, dy * cos - dx * sin + height / 2 - 0.5]
      const isBlack = sampleOf(grey, width, height, sx, sy) < threshold !== random() < noise
      if (isBlack) bits[y * stride + (x >> 3)] = (bits[y * stride + (x >> 3)] as number) | (128 >> (x & 7))
    }
  }
  return { width: WIDTH, height: lines, bits }
}

/** Bilinear; paper is white beyond its edge. */
function sampleOf(grey: Uint8Array, width: number, height: number, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) return 255
  const at = top * width + left
  const [fx, fy] = [x - left, y - top]
  const upper = (grey[at] as number) * (1 - fx) + (grey[at + 1] as number) * fx
  return upper * (1 - fy) + ((grey[at + width] as number) * (1 - fx) + (grey[at + width + 1] as number) * fx) * fy
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
