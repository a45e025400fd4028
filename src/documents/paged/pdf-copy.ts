// A clean copy of a PDF: the same pages, looking the same, and nothing that could act or hide: no script, no action, no link out of the
// file, no form to send, no embedded file, no encryption. What can't be copied whole is refused; the original is always there, too.

import { type CopyLimits, NotConvertibleError } from '../copy.js'
import { PDFDocument } from '../pdf-library.js'
import { fieldPainter } from './pdf-copy-fields.js'
import { loadPdf } from './pdf-copy-load.js'
import { copyPages } from './pdf-copy-pages.js'

export { isProtectedPdf } from './pdf-copy-load.js'

/**
 * The pages of a PDF as a new PDF. Throws NotConvertibleError: `protected`, `damaged`, `too-many-pages`, or `no-converter` for a form
 * whose pages only say that another reader is wanted (dynamic XFA).
 */
export async function copyPdf(bytes: Buffer, limits: CopyLimits): Promise<{ pdf: Buffer; pages: number }> {
  const source = await loadPdf(bytes)
  try {
    const target = await PDFDocument.create({ updateMetadata: false })
    const painter = await fieldPainter(source, target)
    const pages = copyPages(source, target, limits.maxPages, painter.paint)
    painter.finish()
    const pdf = await target.save({ addDefaultPage: false, updateFieldAppearances: false, objectsPerTick: Number.POSITIVE_INFINITY })
    return { pdf: Buffer.from(pdf), pages: pages.length }
  } catch (error) {
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
}
