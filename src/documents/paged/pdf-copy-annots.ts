// What lies on top of a page: notes, marks and the fields of forms (ISO 32000-1 12.5, 12.7). Each keeps its looks and its words and loses
// what it could do: no action, no link, no file, no sound. A field becomes a stamp with the field's own picture, so that it shows the value
// for ever and asks for nothing.

import { NotConvertibleError } from '../copy.js'
import { PDFArray, PDFDict, type PDFDocument, PDFName, PDFNumber, type PDFObject, PDFRef, PDFStream } from '../pdf-library.js'
import { entryOf } from './pdf-copy-load.js'
import type { ObjectCopier } from './pdf-copy-objects.js'

const MAX_ON_A_PAGE = 20_000

/** Kinds that readers can draw without a picture of their own, and which can do nothing by themselves. */
const passive = new Set(
  ['Text', 'FreeText', 'Line', 'Square', 'Circle', 'Polygon', 'PolyLine', 'Highlight', 'Underline', 'Squiggly', 'StrikeOut']
    .concat(['Caret', 'Ink', 'Stamp', 'Link'])
    .map((kind) => PDFName.of(kind)),
)

/** Entries that are words, places and colours. */
const kept = [
  'Rect',
  'Contents',
  'T',
  'Subj',
  'M',
  'CreationDate',
  'F',
  'Border',
  'C',
  'CA',
  'BS',
  'BE',
  'IC',
  'QuadPoints',
  'InkList',
  'L',
]
  .concat(['LE', 'LL', 'LLE', 'LLO', 'Cap', 'CP', 'CO', 'Vertices', 'DA', 'DS', 'RC', 'Q', 'RD', 'Name', 'CL', 'IT', 'Sy'])
  .map((key) => PDFName.of(key))

/** 12.5.3: hidden; shown on no screen. A field that is printed only still belongs to the document. */
const HIDDEN = 2

/** Draws what a field without a picture holds; null when there is nothing to draw. */
export type FieldPainter = (field: PDFDict) => PDFObject | null

/** The annotations of a page for the target; null when there are none. Throws NotConvertibleError('damaged') for too many. */
export function copyAnnotations(page: PDFDict, target: PDFDocument, copier: ObjectCopier, paint: FieldPainter): PDFArray | null {
  const source = entryOf(page, 'Annots', PDFArray)
  if (source === null) return null
  if (source.size() > MAX_ON_A_PAGE) throw new NotConvertibleError('damaged')
  const copies = target.context.obj([])
  for (const value of source.asArray()) {
    const annotation = page.context.lookup(value)
    if (!(annotation instanceof PDFDict) || isHidden(annotation)) continue
    const copy = copyAnnotation(annotation, target, copier, paint)
    if (copy) copies.push(target.context.register(copy))
  }
  return copies.size() === 0 ? null : copies
}

function copyAnnotation(source: PDFDict, target: PDFDocument, copier: ObjectCopier, paint: FieldPainter): PDFDict | null {
  const kind = entryOf(source, 'Subtype', PDFName) ?? PDFName.of('Stamp')
  const isField = kind === PDFName.of('Widget')
  const picture = (isField ? paint(source) : null) ?? pictureOf(source, copier)
  if (entryOf(source, 'Rect', PDFArray) === null || (picture === null && !passive.has(kind))) return null
  const copy = target.context.obj({ Type: 'Annot', Subtype: passive.has(kind) ? kind : PDFName.of('Stamp') })
  for (const key of kept) {
    const value = source.get(key)
    // What a field says stands in its picture; its names and borders are the form's own business.
    if (value !== undefined && (!isField || ['/Rect', '/F'].includes(key.asString()))) copy.set(key, copier.copy(value))
  }
  if (picture !== null) copy.set(PDFName.of('AP'), target.context.obj({ N: picture }))
  return copy
}

/** The normal picture, in the state that the annotation is in (12.5.5). */
function pictureOf(annotation: PDFDict, copier: ObjectCopier): PDFObject | null {
  const pictures = entryOf(annotation, 'AP', PDFDict)
  if (pictures === null) return null
  const state = entryOf(annotation, 'AS', PDFName)
  const states = entryOf(pictures, 'N', PDFDict)
  const picture = states === null ? pictures.get(PDFName.of('N')) : state && states.get(state)
  return picture && annotation.context.lookup(picture) instanceof PDFStream ? asReference(copier.copy(picture)) : null
}

/** A stream is always an object of its own (7.3.8), so that's what it was. */
function asReference(value: PDFObject): PDFObject | null {
  return value instanceof PDFRef ? value : null
}

function isHidden(annotation: PDFDict): boolean {
  const flags = entryOf(annotation, 'F', PDFNumber)?.asNumber() ?? 0
  return (flags & HIDDEN) !== 0 || entryOf(annotation, 'Subtype', PDFName) === PDFName.of('Popup')
}
