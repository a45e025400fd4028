// The QR codes (ISO/IEC 18004) on the first pages of a fax, a scan or a PDF, read by zxing in WebAssembly. A fax has been scanned askew, in
// black and white, half as fine from top to bottom as across; the reader copes with that on a page whose pixels are square.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { PDFiumPage } from '@hyzyla/pdfium'
import type { ReaderOptions } from 'zxing-wasm/reader'
import { COPY_LIMITS, NotConvertibleError } from '../copy.js'
import { imagePdf } from './image-pdf.js'
import { withPdf } from './pdfium.js'
import { tiffPdf } from './tiff-pdf.js'

/** A cover sheet is the first page, or the second behind the fax desk's own. */
const PAGES = 2
/** What faxes have across: finer costs time and finds no more. */
const DOTS_PER_INCH = 204
/** Of the longer side; a page of a plan is read coarser. */
const MOST_PIXELS = 3400
const MOST_CODES = 8
/** A text longer than any that we look for is not ours. */
const MOST_LETTERS = 200

/** All of them always: a quicker search that finds one code of two would settle whose records they are. */
const OPTIONS: ReaderOptions = {
  ...{ formats: ['QRCode'], tryHarder: true, tryRotate: true, tryInvert: false, tryDownscale: true, tryDenoise: true },
  maxNumberOfSymbols: MOST_CODES,
}

let reader: Promise<typeof import('zxing-wasm/reader')> | null = null

/**
 * The texts of the QR codes on the first two pages, each once. `mediaType` as sniffed: PDF, TIFF or a picture; [] for anything else, and
 * for what can't be read.
 */
export async function barcodes(bytes: Buffer, mediaType: string): Promise<string[]> {
  const pdf = await pagesOf(bytes, mediaType)
  const read =
    pdf &&
    (await withPdf(pdf, async (document) => {
      const texts = new Set<string>()
      for (let page = 0; page < Math.min(PAGES, document.getPageCount()); page++) {
        for (const text of await readPage(document.getPage(page))) texts.add(text)
      }
      return [...texts]
    }))
  return read ?? []
}

/** Its first pages as a PDF, as they were sent; null where it has none that we read. */
export async function pagesOf(bytes: Buffer, mediaType: string): Promise<Buffer | null> {
  if (mediaType === 'application/pdf') return bytes
  if (!mediaType.startsWith('image/') || mediaType === 'image/svg+xml') return null
  try {
    return (await (mediaType === 'image/tiff' ? tiffPdf(bytes, COPY_LIMITS, PAGES) : imagePdf(bytes, mediaType, COPY_LIMITS))).pdf
  } catch (error) {
    if (error instanceof NotConvertibleError) return null
    throw error
  }
}

async function readPage(page: PDFiumPage): Promise<string[]> {
  const { originalWidth, originalHeight } = page.getOriginalSize()
  const scale = Math.min(DOTS_PER_INCH / 72, MOST_PIXELS / Math.max(originalWidth, originalHeight))
  if (!(scale > 0 && Number.isFinite(scale))) return []
  const edge = (length: number) => Math.max(1, Math.round(length * scale))
  const { data, width, height } = await page.render({
    ...{ width: edge(originalWidth), height: edge(originalHeight), scale: 1 },
    ...{ render: 'bitmap', colorSpace: 'Gray' },
  })
  const picture = { data: toRgba(data), width, height, colorSpace: 'srgb' } as const
  reader ??= start()
  const { readBarcodes } = await reader
  const found = await readBarcodes(picture, OPTIONS)
  return found.flatMap(({ isValid, text }) => (isValid && text.length <= MOST_LETTERS ? [text] : []))
}

function toRgba(grey: Uint8Array): Uint8ClampedArray {
  const pixels = new Uint32Array(grey.length)
  for (let at = 0; at < grey.length; at++) pixels[at] = (grey[at] as number) * 0x010101 + 0xff000000
  return new Uint8ClampedArray(pixels.buffer)
}

/** Left to itself, the library loads its code from the internet. */
async function start(): Promise<typeof import('zxing-wasm/reader')> {
  const library = await import('zxing-wasm/reader')
  const wasmBinary = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'))
  await library.prepareZXingModule({ overrides: { wasmBinary: wasmBinary.buffer as ArrayBuffer }, fireImmediately: true })
  return library
}
