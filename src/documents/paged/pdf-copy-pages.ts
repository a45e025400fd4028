// Puts copies of a PDF's pages at the end of another PDF.

import { NotConvertibleError } from '../copy.js'
import {
  PDFArray,
  PDFBool,
  type PDFContext,
  PDFDict,
  type PDFDocument,
  PDFName,
  PDFNull,
  PDFNumber,
  type PDFObject,
  PDFPageLeaf,
  PDFRef,
  PDFStream,
} from '../pdf-library.js'
import { copyAnnotations, type FieldPainter } from './pdf-copy-annots.js'
import { copyLayers } from './pdf-copy-layers.js'
import { entryOf } from './pdf-copy-load.js'
import { ObjectCopier } from './pdf-copy-objects.js'
import { pagesOf, type SourcePage } from './pdf-copy-tree.js'

const BOXES = ['MediaBox', 'CropBox', 'BleedBox', 'TrimBox', 'ArtBox']
/** What pages without a box have in most readers. */
const LETTER = [0, 0, 612, 792]

/**
 * Adds copies of all pages, in their order, and returns the references of the new ones. `paint` draws the values of form fields that have
 * no picture. Throws NotConvertibleError: `damaged`, `too-many-pages`, `no-converter` (see copyPdf).
 */
export function copyPages(source: PDFDocument, target: PDFDocument, maxPages: number, paint: FieldPainter): PDFRef[] {
  if (entryOf(source.catalog, 'NeedsRendering', PDFBool)?.asBoolean()) throw new NotConvertibleError('no-converter')
  const copier = new ObjectCopier(source.context, target.context)
  const copies: PDFRef[] = []
  for (const page of pagesOf(source, maxPages)) {
    const leaf = copyPage(page, target, copier)
    const annotations = copyAnnotations(page.dict, target, copier, paint)
    if (annotations) leaf.set(PDFName.of('Annots'), annotations)
    copies.push(appendPage(target, leaf))
  }
  copyLayers(source, target, copier)
  return copies
}

function copyPage(page: SourcePage, { context }: PDFDocument, copier: ObjectCopier): PDFPageLeaf {
  const { context: from } = page.dict
  const leaf = PDFPageLeaf.fromMapWithContext(new Map(), context)
  const set = (key: string, value: PDFObject) => leaf.set(PDFName.of(key), value)
  set('Type', PDFName.of('Page'))
  for (const key of BOXES) {
    const box = boxOf(from.lookup(page.entry(key)), from) ?? (key === 'MediaBox' ? LETTER : null)
    if (box) set(key, context.obj([...box]))
  }
  for (const key of ['Rotate', 'UserUnit']) {
    const value = from.lookup(page.entry(key))
    if (value instanceof PDFNumber) set(key, value)
  }
  for (const key of ['Resources', 'Group']) {
    const value = page.entry(key)
    if (value && from.lookup(value) instanceof PDFDict) set(key, copier.copy(value))
  }
  if (!leaf.has(PDFName.of('Resources'))) set('Resources', context.obj({}))
  set('Contents', context.obj(contentsOf(page).map((content) => copier.copy(content))))
  return leaf
}

/** The streams of the page. A piece that isn't there is nothing (7.7.3.3); one that can't be read would be a blank page. */
function contentsOf({ dict }: SourcePage): PDFObject[] {
  const { context } = dict
  const contents = dict.get(PDFName.of('Contents'))
  const pieces = context.lookup(contents) instanceof PDFArray ? context.lookup(contents, PDFArray).asArray() : [contents]
  return pieces.filter((piece) => {
    const found = context.lookup(piece)
    if (found !== undefined && found !== PDFNull && !(found instanceof PDFStream)) throw new NotConvertibleError('damaged')
    return found instanceof PDFStream
  }) as PDFObject[]
}

/** Four numbers, or null. */
function boxOf(value: PDFObject | undefined, context: PDFContext): number[] | null {
  if (!(value instanceof PDFArray) || value.size() !== 4) return null
  const numbers = value.asArray().map((edge) => context.lookup(edge))
  return numbers.every((edge) => edge instanceof PDFNumber) ? numbers.map((edge) => edge.asNumber()) : null
}

/** By hand, in one flat list: the library walks the tree anew for each page. */
function appendPage({ catalog, context }: PDFDocument, leaf: PDFPageLeaf): PDFRef {
  const root = catalog.Pages()
  const parent = catalog.get(PDFName.of('Pages'))
  if (!(parent instanceof PDFRef)) throw new Error('new document without a page tree')
  leaf.set(PDFName.of('Parent'), parent)
  const ref = context.register(leaf)
  root.Kids().push(ref)
  root.set(PDFName.of('Count'), PDFNumber.of(root.Kids().size()))
  return ref
}
