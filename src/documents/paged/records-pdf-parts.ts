// What turns pages into a document that a reader can find its way in: links, bookmarks, page numbers, title (ISO 32000-1 12.3, 12.4, 14.3).

import { type PDFDocument, PDFHexString, PDFName, type PDFRef } from '../pdf-library.js'
import type { CoverLink } from './cover.js'

/** A whole page, as big as the window has room for. */
const destination = ({ context }: PDFDocument, page: PDFRef) => context.obj([page, 'Fit'])

/** Makes the rows of the cover lead to the first pages of the items. */
export function addLinks(document: PDFDocument, links: readonly CoverLink[], firstPages: readonly PDFRef[]): void {
  const { context } = document
  for (const [index, page] of document.getPages().entries()) {
    const own = links.filter((link) => link.page === index)
    if (own.length === 0) break
    const annotations = own.flatMap(({ rect, item }) => {
      const target = firstPages[item]
      if (!target) return []
      const annotation = { Type: 'Annot', Subtype: 'Link', Rect: [...rect], Border: [0, 0, 0], Dest: destination(document, target) }
      return [context.register(context.obj(annotation))]
    })
    page.node.set(PDFName.of('Annots'), context.obj(annotations))
  }
}

/** One bookmark for each; shown when the file is opened. */
export function addOutline(document: PDFDocument, entries: ReadonlyArray<{ readonly title: string; readonly page: PDFRef }>): void {
  const { context, catalog } = document
  if (entries.length === 0) return
  const root = context.nextRef()
  const refs = entries.map(() => context.nextRef())
  for (const [index, { title, page }] of entries.entries()) {
    const item = context.obj({ Title: PDFHexString.fromText(title), Parent: root, Dest: destination(document, page) })
    const [previous, next] = [refs[index - 1], refs[index + 1]]
    if (previous) item.set(PDFName.of('Prev'), previous)
    if (next) item.set(PDFName.of('Next'), next)
    const ref = refs[index]
    if (ref) context.assign(ref, item)
  }
  context.assign(root, context.obj({ Type: 'Outlines', First: refs[0], Last: refs.at(-1), Count: refs.length }))
  catalog.set(PDFName.of('Outlines'), root)
  catalog.set(PDFName.of('PageMode'), PDFName.of('UseOutlines'))
}

/** The cover is i, ii, iii; what follows is 1, 2, 3, as the contents say. */
export function addPageLabels({ context, catalog }: PDFDocument, coverPages: number): void {
  catalog.set(PDFName.of('PageLabels'), context.obj({ Nums: [0, { S: 'r' }, coverPages, { S: 'D' }] }))
}
