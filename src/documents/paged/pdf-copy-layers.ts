// Optional content (ISO 32000-1 8.11): which layers of a drawing are shown. Without this a copy would show what its writer had hidden, or
// all languages of a form on top of each other.

import { PDFArray, PDFDict, type PDFDocument, PDFName, type PDFObject, PDFRef } from '../pdf-library.js'
import { entryOf } from './pdf-copy-load.js'
import type { ObjectCopier } from './pdf-copy-objects.js'

/** Adds the source's layers to those the target has, as they are when the source is opened. */
export function copyLayers(source: PDFDocument, target: PDFDocument, copier: ObjectCopier): void {
  const properties = entryOf(source.catalog, 'OCProperties', PDFDict)
  const groups = properties && entryOf(properties, 'OCGs', PDFArray)
  if (!properties || !groups || groups.size() === 0) return
  const settings = entryOf(properties, 'D', PDFDict)
  const named = (key: string) => refsOf(settings && entryOf(settings, key, PDFArray))
  const isOffAtFirst = settings !== null && entryOf(settings, 'BaseState', PDFName) === PDFName.of('OFF')
  const shown = new Set(named('ON'))
  const hidden = new Set(isOffAtFirst ? refsOf(groups).filter((ref) => !shown.has(ref)) : named('OFF'))
  const ours = layersOf(target)
  for (const ref of new Set(refsOf(groups))) {
    const copy: PDFObject = copier.copy(ref)
    ours.groups.push(copy)
    if (hidden.has(ref)) ours.off.push(copy)
  }
}

/** The target's lists; made when they are missing. */
function layersOf({ catalog, context }: PDFDocument): { readonly groups: PDFArray; readonly off: PDFArray } {
  const known = entryOf(catalog, 'OCProperties', PDFDict)
  const settings = known && entryOf(known, 'D', PDFDict)
  const [groups, off] = [known && entryOf(known, 'OCGs', PDFArray), settings && entryOf(settings, 'OFF', PDFArray)]
  if (groups && off) return { groups, off }
  const made = { groups: PDFArray.withContext(context), off: PDFArray.withContext(context) }
  catalog.set(PDFName.of('OCProperties'), context.obj({ OCGs: made.groups, D: { OFF: made.off } }))
  return made
}

function refsOf(array: PDFArray | null): PDFRef[] {
  return (array?.asArray() ?? []).filter((value) => value instanceof PDFRef)
}
