// Copies objects from one PDF into another, each once, and only what drawing needs: no script, no file, no metadata comes along, wherever
// it hangs. References are followed from a list, not by recursion: chains of objects can be long.

import { NotConvertibleError } from '../copy.js'
import {
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFInvalidObject,
  PDFName,
  PDFNull,
  type PDFObject,
  PDFRawStream,
  PDFRef,
  PDFStream,
} from '../pdf-library.js'

/** Of arrays and dictionaries in each other, without a reference between. */
const MAX_DEPTH = 100

/** Entries of a stream that say nothing about how it looks, or lead out of the file. Length is written anew. */
const strippedFromStreams = new Set(
  ['AF', 'F', 'FDecodeParms', 'FFilter', 'LastModified', 'Length', 'Measure', 'Metadata', 'OPI', 'PieceInfo', 'PtData', 'Ref']
    .concat(['StructParent', 'StructParents', 'Alternates'])
    .map((key) => PDFName.of(key)),
)

/** Dictionaries that no page is drawn with. Reached from a page's resources they are a mistake, or bait. */
const refusedTypes = new Set(
  ['Action', 'Annot', 'Catalog', 'EmbeddedFile', 'F', 'Filespec', 'Metadata', 'Page', 'Pages', 'StructElem', 'StructTreeRoot'].map((type) =>
    PDFName.of(type),
  ),
)

const TYPE = PDFName.of('Type')

export class ObjectCopier {
  readonly #source: PDFContext
  readonly #target: PDFContext
  readonly #copied = new Map<PDFRef, PDFRef>()
  readonly #waiting: Array<readonly [from: PDFRef, to: PDFRef]> = []

  constructor(source: PDFContext, target: PDFContext) {
    this.#source = source
    this.#target = target
  }

  /** The value as the target has it, with all it refers to. Throws NotConvertibleError('damaged') for what can't be read. */
  copy(value: PDFObject): PDFObject {
    const copied = this.#copy(value, 0)
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      const [from, to] = next
      // 7.3.10: a reference to an object that isn't there is null, and no error.
      this.#target.assign(to, this.#copy(this.#source.lookup(from) ?? PDFNull, 0))
    }
    return copied
  }

  #copy(value: PDFObject, depth: number): PDFObject {
    if (depth > MAX_DEPTH || value instanceof PDFInvalidObject) throw new NotConvertibleError('damaged')
    if (value instanceof PDFRef) return this.#refer(value)
    if (value instanceof PDFStream) return this.#copyStream(value, depth)
    if (value instanceof PDFDict) return refusedTypes.has(nameOf(value)) ? PDFNull : this.#copyDict(value, depth, null)
    if (!(value instanceof PDFArray)) return value.clone()
    const array = PDFArray.withContext(this.#target)
    for (let index = 0; index < value.size(); index++) array.push(this.#copy(value.get(index), depth + 1))
    return array
  }

  #refer(from: PDFRef): PDFRef {
    const known = this.#copied.get(from)
    if (known) return known
    const to = this.#target.nextRef()
    this.#copied.set(from, to)
    this.#waiting.push([from, to])
    return to
  }

  #copyDict(source: PDFDict, depth: number, without: ReadonlySet<PDFName> | null): PDFDict {
    const dict = PDFDict.withContext(this.#target)
    for (const [key, value] of source.entries()) if (!without?.has(key)) dict.set(key, this.#copy(value, depth + 1))
    return dict
  }

  #copyStream(source: PDFStream, depth: number): PDFObject {
    if (refusedTypes.has(nameOf(source.dict))) return PDFNull
    return PDFRawStream.of(this.#copyDict(source.dict, depth, strippedFromStreams), source.getContents())
  }
}

/** Its /Type, where that is a plain name. */
function nameOf(dict: PDFDict): PDFName {
  const type = dict.get(TYPE)
  return type instanceof PDFName ? type : TYPE
}
