// The first page of a PDF, small, for lists. PDFium draws it in WebAssembly; nothing native is loaded.

import type { PDFiumLibrary } from '@hyzyla/pdfium'
import { THUMBNAIL_EDGE } from '../copy.js'
import { encodePng, shrink } from './thumbnail-png.js'

/** Drawn so many times larger and averaged down: a fax's thin strokes stay legible. */
const OVERSAMPLING = 3
/** PDFium takes a copy of the file into its own memory. */
const MAX_BYTES = 100 * 1024 * 1024

let library: Promise<PDFiumLibrary> | null = null

/** A PNG of the first page, at most THUMBNAIL_EDGE pixels on its long side; null where it can't be drawn. Never throws. */
export async function thumbnail(pdf: Buffer): Promise<Buffer | null> {
  if (pdf.length > MAX_BYTES) return null
  try {
    library ??= start()
    return await draw(await library, pdf)
  } catch {
    library = null // what a failure leaves behind in its memory, nobody knows
    return null
  }
}

async function start(): Promise<PDFiumLibrary> {
  const { PDFiumLibrary } = await import('@hyzyla/pdfium')
  return PDFiumLibrary.init()
}

async function draw(pdfium: PDFiumLibrary, pdf: Buffer): Promise<Buffer | null> {
  const document = await pdfium.loadDocument(pdf)
  try {
    if (document.getPageCount() === 0) return null
    const page = document.getPage(0)
    const { originalWidth, originalHeight } = page.getOriginalSize()
    const scale = THUMBNAIL_EDGE / Math.max(originalWidth, originalHeight)
    if (!(scale > 0 && Number.isFinite(scale))) return null
    const edge = (length: number) => Math.max(1, Math.round(length * scale)) * OVERSAMPLING
    const drawn = await page.render({ width: edge(originalWidth), height: edge(originalHeight), scale: 1, render: 'bitmap' })
    return encodePng(shrink(drawn, OVERSAMPLING))
  } finally {
    document.destroy()
  }
}
