// Reads the text back out of the PDFs that this project writes: hexadecimal strings, through each font's map to Unicode.

import { decodePDFRawStream, PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream, type PDFRef } from '../../src/documents/pdf-library.js'

/** The text of each page, one line for each string drawn. */
export async function textOf(bytes: Buffer): Promise<string[]> {
  const document = await PDFDocument.load(bytes, { updateMetadata: false })
  return document.getPages().map((page) => {
    const fonts = page.node.Resources()?.lookup(PDFName.of('Font'), PDFDict)
    const contents = page.node.Contents()
    const streams = contents instanceof PDFArray ? contents.asArray().map((ref) => document.context.lookup(ref as PDFRef)) : [contents]
    const content = streams
      .map((stream) => (stream instanceof PDFRawStream ? Buffer.from(decodePDFRawStream(stream).decode()).toString('latin1') : ''))
      .join('\n')
    const lines: string[] = []
    let letters = new Map<string, string>()
    for (const [, font, hex] of content.matchAll(/\/(\S+) [\d.]+ Tf|<([0-9A-Fa-f]*)> Tj/g)) {
      if (font !== undefined) letters = lettersOf(fonts?.lookup(PDFName.of(font), PDFDict))
      else if (letters.size === 0) lines.push(Buffer.from(hex ?? '', 'hex').toString('latin1'))
      else lines.push((hex?.match(/.{4}/g) ?? []).map((glyph) => letters.get(glyph.toUpperCase()) ?? '\ufffd').join(''))
    }
    return lines.join('\n')
  })
}

/** Empty for the standard fonts, which have no map. */
function lettersOf(font: PDFDict | undefined): Map<string, string> {
  const letters = new Map<string, string>()
  const map = font?.lookup(PDFName.of('ToUnicode'))
  if (!(map instanceof PDFRawStream)) return letters
  const text = Buffer.from(decodePDFRawStream(map).decode()).toString('latin1')
  for (const [, glyph = '', unicode = ''] of text.matchAll(/<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>/g)) {
    letters.set(glyph.toUpperCase(), Buffer.from(unicode, 'hex').swap16().toString('utf16le'))
  }
  return letters
}
