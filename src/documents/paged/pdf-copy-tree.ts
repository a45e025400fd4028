// The pages of a PDF in their order, each with what it inherits (ISO 32000-1 7.7.3). Never fewer than the tree says it has: a page that
// can't be found would be missing from the copy without a word.

import { NotConvertibleError } from '../copy.js'
import { PDFArray, PDFDict, type PDFDocument, PDFName, PDFNumber, type PDFObject } from '../pdf-library.js'
import { entryOf } from './pdf-copy-load.js'

const INHERITED = ['Resources', 'MediaBox', 'CropBox', 'Rotate']

export interface SourcePage {
  readonly dict: PDFDict
  /** The page's own entry, or the nearest ancestor's. */
  entry(key: string): PDFObject | undefined
}

type Inherited = ReadonlyMap<string, PDFObject>

/** Throws NotConvertibleError: `damaged` for a tree that loops, has holes or no page at all, `too-many-pages` past `maxPages`. */
export function pagesOf(document: PDFDocument, maxPages: number): SourcePage[] {
  const root = entryOf(document.catalog, 'Pages', PDFDict)
  if (root === null) throw new NotConvertibleError('damaged')
  const pages: SourcePage[] = []
  const nodes = new Set<PDFDict>()
  // A stack and no recursion: a hostile tree is a list of thousands.
  const stack: Array<{ readonly node: PDFDict; readonly inherited: Inherited }> = [{ node: root, inherited: new Map() }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, inherited } = top
    const kids = entryOf(node, 'Kids', PDFArray)
    if (kids === null) {
      if (node === root && !isPage(node)) throw new NotConvertibleError('damaged')
      if (pages.length >= maxPages) throw new NotConvertibleError('too-many-pages')
      pages.push({ dict: node, entry: (key) => node.get(PDFName.of(key)) ?? inherited.get(key) })
      continue
    }
    if (nodes.has(node)) throw new NotConvertibleError('damaged')
    nodes.add(node)
    const below = inheritedBelow(node, inherited)
    for (let index = kids.size() - 1; index >= 0; index--) {
      const kid = document.context.lookup(kids.get(index))
      if (!(kid instanceof PDFDict)) throw new NotConvertibleError('damaged')
      stack.push({ node: kid, inherited: below })
    }
  }
  const count = entryOf(root, 'Count', PDFNumber)?.asNumber() ?? 0
  if (pages.length === 0 || pages.length < count) throw new NotConvertibleError('damaged')
  return pages
}

/** Some writers put the one page where the tree should be. */
function isPage(node: PDFDict): boolean {
  return node.get(PDFName.of('Type')) === PDFName.of('Page')
}

function inheritedBelow(node: PDFDict, inherited: Inherited): Inherited {
  const own = INHERITED.flatMap((key) => {
    const value = node.get(PDFName.of(key))
    return value === undefined ? [] : [[key, value] as const]
  })
  return own.length === 0 ? inherited : new Map([...inherited, ...own])
}
