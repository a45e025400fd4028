// The first page of a document as a picture that can be read: for a person who has to find out whose it is.

import { pagesOf } from './barcodes.js'
import { withPdf } from './pdfium.js'
import { encodePng, shrink } from './thumbnail-png.js'

/** Of its long side: small print of a letter can be read. */
const EDGE = 1400
const OVERSAMPLING = 2

/** A PNG; null where the document has no pages, or they can't be drawn. `mediaType` as sniffed. */
export async function firstPage(bytes: Buffer, mediaType: string): Promise<Buffer | null> {
  const pdf = await pagesOf(bytes, mediaType)
  if (pdf === null) return null
  return withPdf(pdf, async (document) => {
    if (document.getPageCount() === 0) return null
    const page = document.getPage(0)
    const { originalWidth, originalHeight } = page.getOriginalSize()
    const scale = EDGE / Math.max(originalWidth, originalHeight)
    if (!(scale > 0 && Number.isFinite(scale))) return null
    const edge = (length: number) => Math.max(1, Math.round(length * scale)) * OVERSAMPLING
    const drawn = await page.render({ width: edge(originalWidth), height: edge(originalHeight), scale: 1, render: 'bitmap' })
    return encodePng(shrink(drawn, OVERSAMPLING))
  })
}
