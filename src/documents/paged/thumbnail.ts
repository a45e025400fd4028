// The first page of a PDF, small, for lists.

import type { PDFiumDocument } from '@hyzyla/pdfium'
import { THUMBNAIL_EDGE } from '../copy.js'
import { withPdf } from './pdfium.js'
import { encodePng, shrink } from './thumbnail-png.js'

/** Drawn so many times larger and averaged down: a fax's thin strokes stay legible. */
const OVERSAMPLING = 3

/** A PNG of the first page, at most THUMBNAIL_EDGE pixels on its long side; null where it can't be drawn. Never throws. */
export function thumbnail(pdf: Buffer): Promise<Buffer | null> {
  return withPdf(pdf, draw)
}

async function draw(document: PDFiumDocument): Promise<Buffer | null> {
  if (document.getPageCount() === 0) return null
  const page = document.getPage(0)
  const { originalWidth, originalHeight } = page.getOriginalSize()
  const scale = THUMBNAIL_EDGE / Math.max(originalWidth, originalHeight)
  if (!(scale > 0 && Number.isFinite(scale))) return null
  const edge = (length: number) => Math.max(1, Math.round(length * scale)) * OVERSAMPLING
  const drawn = await page.render({ width: edge(originalWidth), height: edge(originalHeight), scale: 1, render: 'bitmap' })
  return encodePng(shrink(drawn, OVERSAMPLING))
}
