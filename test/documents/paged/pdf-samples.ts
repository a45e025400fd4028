// Small PDFs of our own making, good and bad ones, and ways to look into what became of them.

import {
  decodePDFRawStream,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  type PDFRef,
  PDFStream,
} from '../../../src/documents/pdf-library.js'

export const LIMITS = { maxPages: 50, maxPixels: 1_000_000 }

/** Pages that each draw a line of their own. */
export async function plainPdf(pages: number): Promise<PDFDocument> {
  const document = await PDFDocument.create({ updateMetadata: false })
  for (let page = 0; page < pages; page++) {
    const { node } = document.addPage([300, 400])
    node.set(PDFName.of('Resources'), document.context.obj({ Font: {} }))
    node.set(PDFName.of('Contents'), document.context.register(document.context.stream(`0 0 m ${page + 1} 100 l S`)))
  }
  return document
}

export async function saved(document: PDFDocument): Promise<Buffer> {
  return Buffer.from(await document.save({ addDefaultPage: false, updateFieldAppearances: false, useObjectStreams: false }))
}

export async function loaded(pdf: Buffer): Promise<PDFDocument> {
  return PDFDocument.load(pdf, { updateMetadata: false })
}

/** A form with one text field on the first page. `picture`: content of its appearance, null for none. */
export function addField(document: PDFDocument, value: string, picture: string | null, entries: Record<string, PDFObject> = {}): PDFRef {
  const { context, catalog } = document
  const field = context.obj({
    ...{ Type: 'Annot', Subtype: 'Widget', FT: 'Tx', T: PDFHexString.fromText('name'), V: PDFHexString.fromText(value) },
    ...{ Rect: [50, 50, 250, 80], F: 4 },
  })
  for (const [key, entry] of Object.entries(entries)) field.set(PDFName.of(key), entry)
  if (picture !== null) {
    const form = context.register(context.stream(picture, { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 200, 30] }))
    field.set(PDFName.of('AP'), context.obj({ N: form }))
  }
  const ref = context.register(field)
  document.getPage(0).node.addAnnot(ref)
  catalog.set(PDFName.of('AcroForm'), context.obj({ Fields: [ref], NeedAppearances: picture === null }))
  return ref
}

/** All objects as they would be written, streams unpacked. */
export function insides(document: PDFDocument): string {
  const { context } = document
  const objects = context
    .enumerateIndirectObjects()
    .map(([, object]) => (object instanceof PDFStream ? object.dict.toString() + contentOf(object) : object.toString()))
  return [document.catalog.toString(), ...objects].join('\n')
}

export function contentOf(stream: PDFObject | undefined): string {
  return stream instanceof PDFRawStream ? Buffer.from(decodePDFRawStream(stream).decode()).toString('latin1') : ''
}

/** The annotations of a page. */
export function annotationsOf(document: PDFDocument, page = 0): PDFDict[] {
  const annotations = document.getPage(page).node.Annots()?.asArray() ?? []
  return annotations.map((annotation) => document.context.lookup(annotation, PDFDict))
}

/** Page, counted from 1, that a destination leads to. */
export function pageOf(document: PDFDocument, destination: PDFArray): number {
  return document.getPages().findIndex(({ ref }) => ref === destination.get(0)) + 1
}

/** What a reader's side bar shows. Throws when their count is wrong. */
export function bookmarksOf(document: PDFDocument): Array<{ title: string; page: number }> {
  const root = document.catalog.lookup(PDFName.of('Outlines'), PDFDict)
  const bookmarks: Array<{ title: string; page: number }> = []
  for (let item = root.lookupMaybe(PDFName.of('First'), PDFDict); item; item = item.lookupMaybe(PDFName.of('Next'), PDFDict)) {
    bookmarks.push({
      title: item.lookup(PDFName.of('Title'), PDFHexString).decodeText(),
      page: pageOf(document, item.lookup(PDFName.of('Dest'), PDFArray)),
    })
  }
  if (root.lookup(PDFName.of('Count'), PDFNumber).asNumber() !== bookmarks.length) throw new Error('the count of bookmarks is wrong')
  return bookmarks
}
