// PDFium draws pages, in WebAssembly: nothing native is loaded.

import type { PDFiumDocument, PDFiumLibrary } from '@hyzyla/pdfium'

/** PDFium takes a copy of the file into its own memory. */
const MAX_BYTES = 100 * 1024 * 1024

let library: Promise<PDFiumLibrary> | null = null

/** What `work` makes of the opened file; null where the file is too big, can't be read, or `work` throws. */
export async function withPdf<T>(pdf: Buffer, work: (document: PDFiumDocument) => Promise<T>): Promise<T | null> {
  if (pdf.length > MAX_BYTES) return null
  try {
    library ??= start()
    const document = await (await library).loadDocument(pdf)
    try {
      return await work(document)
    } finally {
      document.destroy()
    }
  } catch {
    library = null // what a failure leaves behind in its memory, nobody knows
    return null
  }
}

async function start(): Promise<PDFiumLibrary> {
  const { PDFiumLibrary } = await import('@hyzyla/pdfium')
  return PDFiumLibrary.init()
}
