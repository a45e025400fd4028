// The structure of a form for who hears it read (ISO 32000-1 14.7, 14.8): a flat list of headings, paragraphs, figures and form fields in
// reading order below one document. Tables and lists are not told apart from paragraphs: the forms have none that mean anything.

import { type PDFDocument, PDFHexString, PDFName, type PDFObject, type PDFRef } from '../pdf-library.js'

export type Role = 'H1' | 'H2' | 'P' | 'Figure'

export class Tags {
  readonly #document: PDFDocument
  readonly #root: PDFRef
  readonly #top: PDFRef
  readonly #elements: PDFRef[] = []
  /** By the key that a page or an annotation has into the tree: a page's elements in the order of its marked content, or one field's. */
  readonly #parents: Array<PDFRef | PDFRef[]> = []

  constructor(document: PDFDocument) {
    this.#document = document
    this.#root = document.context.nextRef()
    this.#top = document.context.nextRef()
  }

  /** The /StructParents of a new page. */
  addPage(): number {
    return this.#parents.push([]) - 1
  }

  /** Enters content of a page and gives the operators that stand before it; after it comes `END`. */
  open(role: Role, page: { readonly ref: PDFRef; readonly key: number }, alt?: string): string {
    const onPage = this.#parents[page.key] as PDFRef[]
    onPage.push(this.#add({ S: role, Pg: page.ref, K: onPage.length, ...(alt === undefined ? {} : { Alt: PDFHexString.fromText(alt) }) }))
    return `/${role} <</MCID ${onPage.length - 1}>> BDC\n`
  }

  /** Enters a field's widget; the result is its /StructParent. */
  addField(page: PDFRef, widget: PDFRef): number {
    this.#parents.push(this.#add({ S: 'Form', Pg: page, K: this.#document.context.obj({ Type: 'OBJR', Obj: widget, Pg: page }) }))
    return this.#parents.length - 1
  }

  /** Writes the tree. */
  finish(): void {
    const { context, catalog } = this.#document
    const numbers = this.#parents.flatMap((parent, key) => [context.obj(key), Array.isArray(parent) ? context.obj(parent) : parent])
    context.assign(this.#top, context.obj({ Type: 'StructElem', S: 'Document', P: this.#root, K: this.#elements }))
    const ParentTree = context.register(context.obj({ Nums: context.obj(numbers) }))
    context.assign(this.#root, context.obj({ Type: 'StructTreeRoot', K: this.#top, ParentTree, ParentTreeNextKey: this.#parents.length }))
    catalog.set(PDFName.of('StructTreeRoot'), this.#root)
    catalog.set(PDFName.of('MarkInfo'), context.obj({ Marked: true }))
  }

  #add(entries: Record<string, string | number | PDFObject>): PDFRef {
    const ref = this.#document.context.register(this.#document.context.obj({ Type: 'StructElem', P: this.#top, ...entries }))
    this.#elements.push(ref)
    return ref
  }
}

export const END = 'EMC\n'
/** Lines, frames and feet: not read out. */
export const ARTIFACT = '/Artifact BMC\n'
