// The page count a PDF gives itself: cross-reference -> trailer -> catalogue -> root of the page tree -> /Count (ISO 32000-1 7.5, 7.7).
// A library would load every object of the file, which takes seconds for some and for ever for a few; this reads four objects.

import { promisify } from 'node:util'
import { constants, inflate } from 'node:zlib'
import { type PdfDict, PdfReader, PdfSyntaxError, type PdfValue } from './pdf-syntax.js'

const inflateBytes = promisify(inflate)

/** Incremental updates; each adds a section. The limit also ends a chain that loops. */
const MAX_SECTIONS = 64
const MAX_SUBSECTIONS = 10_000
const MAX_STREAM_BYTES = 4 * 1024 * 1024
const MAX_PAGES = 100_000

/** Where an object is: at an offset, or the nth in an object stream; null: free. */
type Place = { readonly offset: number } | { readonly container: number; readonly index: number } | null

interface Section {
  readonly trailer: PdfDict
  /** undefined: this section doesn't speak of that object. */
  find(object: number): Place | undefined
}

/** Pages of a PDF; null when the count is missing or makes no sense. Throws on damage. Of an encrypted one it is known as well, mostly. */
export async function countPdfPages(bytes: Buffer): Promise<number | null> {
  // Annex H, note 13: offsets count from the header where junk stands before it.
  const header = bytes.subarray(0, 1024 + 5).indexOf('%PDF-', 0, 'latin1')
  const file = bytes.subarray(Math.max(0, header))
  const sections = await readSections(file)
  const root = sections.map(({ trailer }) => trailer.get('/Root')).find((value) => value !== undefined)
  const catalogue = asDict(await resolve(file, sections, root))
  const pages = asDict(await resolve(file, sections, catalogue.get('/Pages')))
  const count = await resolve(file, sections, pages.get('/Count'))
  const kids = await resolve(file, sections, pages.get('/Kids'))
  if (typeof count !== 'number' || !Number.isInteger(count) || !Array.isArray(kids)) return null
  return count >= Math.max(1, kids.length) && count <= MAX_PAGES ? count : null
}

/** All cross-reference sections, newest first. */
async function readSections(file: Buffer): Promise<Section[]> {
  const tail = file.subarray(-2048)
  const marker = tail.lastIndexOf('startxref', undefined, 'latin1')
  if (marker < 0) throw new PdfSyntaxError('startxref')
  const wanted: number[] = [new PdfReader(tail, marker + 9).integer()]
  const sections: Section[] = []
  for (let at = wanted.shift(); at !== undefined && sections.length < MAX_SECTIONS; at = wanted.shift()) {
    const section = new PdfReader(file, at).takes('xref') ? readTable(file, at) : await readXrefStream(file, at)
    sections.push(section)
    for (const key of ['/XRefStm', '/Prev']) {
      const next = section.trailer.get(key)
      if (typeof next === 'number') wanted.push(next)
    }
  }
  return sections
}

/** 7.5.4: lines of 20 bytes, in runs of numbers. */
function readTable(file: Buffer, at: number): Section {
  let reader = new PdfReader(file, at)
  reader.takes('xref')
  const runs: Array<{ first: number; count: number; start: number }> = []
  while (!reader.takes('trailer')) {
    if (runs.length > MAX_SUBSECTIONS) throw new PdfSyntaxError('too many runs')
    const [first, count] = [reader.integer(), reader.integer()]
    reader.skipSpace()
    runs.push({ first, count, start: reader.at })
    reader = new PdfReader(file, reader.at + count * 20)
  }
  const find = (object: number): Place | undefined => {
    const run = runs.find(({ first, count }) => object >= first && object < first + count)
    if (!run) return undefined
    const start = run.start + (object - run.first) * 20
    const line = /^(\d{10}) \d{5} ([nf])/.exec(file.toString('latin1', start, start + 20))
    if (!line) throw new PdfSyntaxError('table line')
    return line[2] === 'n' ? { offset: Number(line[1]) } : null
  }
  return { trailer: reader.dict(), find }
}

/** 7.5.8: the same as binary columns in a stream. */
async function readXrefStream(file: Buffer, at: number): Promise<Section> {
  const { dict, data } = await readStream(file, at, [])
  const widths = numbers(dict.get('/W'))
  const [typeWidth = 0, placeWidth = 0, indexWidth = 0] = widths
  const row = typeWidth + placeWidth + indexWidth
  if (widths.length !== 3 || row === 0 || Math.max(...widths) > 6) throw new PdfSyntaxError('columns')
  const index = dict.has('/Index') ? numbers(dict.get('/Index')) : [0, data.length / row]
  const column = (start: number, width: number) => (width === 0 ? 0 : data.readUIntBE(start, width))
  const find = (object: number): Place | undefined => {
    let before = 0
    for (let run = 0; run + 1 < index.length; run += 2) {
      const [first = 0, count = 0] = [index[run], index[run + 1]]
      if (object >= first && object < first + count) {
        const start = (before + object - first) * row
        const type = typeWidth === 0 ? 1 : column(start, typeWidth)
        const place = column(start + typeWidth, placeWidth)
        if (type === 2) return { container: place, index: column(start + typeWidth + placeWidth, indexWidth) }
        return type === 1 ? { offset: place } : null
      }
      before += count
    }
    return undefined
  }
  return { trailer: dict, find }
}

/** The object a reference leads to; any other value is itself. `within`: containers being read, so that none contains itself. */
async function resolve(
  file: Buffer,
  sections: readonly Section[],
  value: PdfValue | undefined,
  within: readonly number[] = [],
): Promise<PdfValue> {
  if (value === null || typeof value !== 'object' || !('ref' in value)) return value ?? null
  const object = value.ref
  const place = sections.map((section) => section.find(object)).find((found) => found !== undefined)
  if (!place) return null
  if ('offset' in place) return objectAt(file, place.offset, object).value()
  if (within.includes(place.container)) throw new PdfSyntaxError('container')
  const holder = sections.map((section) => section.find(place.container)).find((found) => found !== undefined)
  if (!holder || !('offset' in holder)) throw new PdfSyntaxError('container')
  const { dict, data } = await readStream(file, holder.offset, sections, [...within, place.container])
  return memberOf(dict, data, object)
}

/** 7.5.7: pairs of object number and offset, then the objects. */
function memberOf(dict: PdfDict, data: Buffer, object: number): PdfValue {
  const first = dict.get('/First')
  if (typeof first !== 'number') throw new PdfSyntaxError('object stream')
  const pairs = data.toString('latin1', 0, first).trim().split(/\s+/, 40_000).map(Number)
  for (let pair = 0; pair + 1 < pairs.length; pair += 2) {
    if (pairs[pair] === object) return new PdfReader(data, first + (pairs[pair + 1] ?? Number.NaN)).value()
  }
  throw new PdfSyntaxError('object stream')
}

/** A reader behind `12 0 obj`; that number must be the one wanted, if one is. */
function objectAt(file: Buffer, offset: number, object: number | null): PdfReader {
  const reader = new PdfReader(file, offset)
  const number = reader.integer()
  reader.integer()
  if (!reader.takes('obj') || (object !== null && number !== object)) throw new PdfSyntaxError('object')
  return reader
}

async function readStream(
  file: Buffer,
  offset: number,
  sections: readonly Section[],
  within: readonly number[] = [],
): Promise<{ dict: PdfDict; data: Buffer }> {
  const reader = objectAt(file, offset, null)
  const dict = reader.dict()
  if (!reader.takes('stream')) throw new PdfSyntaxError('stream')
  const length = await resolve(file, sections, dict.get('/Length'), within)
  if (typeof length !== 'number' || length < 0 || length > MAX_STREAM_BYTES) throw new PdfSyntaxError('length')
  const start = reader.at + (file[reader.at] === 0x0d ? 2 : 1) // 7.3.8.1: CR LF or LF
  return { dict, data: await decode(dict, file.subarray(start, start + length)) }
}

async function decode(dict: PdfDict, raw: Buffer): Promise<Buffer> {
  const filter = only(dict.get('/Filter'))
  if (filter === null) return raw
  if (typeof filter !== 'object' || !('name' in filter) || filter.name !== '/FlateDecode') throw new PdfSyntaxError('filter')
  // Z_SYNC_FLUSH: some writers leave the checksum out, and readers don't mind.
  const data = await inflateBytes(raw, { maxOutputLength: MAX_STREAM_BYTES, finishFlush: constants.Z_SYNC_FLUSH })
  const parameters = only(dict.get('/DecodeParms'))
  if (!(parameters instanceof Map)) return data
  const predictor = parameters.get('/Predictor') ?? 1
  if (predictor === 1) return data
  const columns = parameters.get('/Columns') ?? 1
  if (typeof predictor !== 'number' || predictor < 10 || typeof columns !== 'number' || columns < 1 || columns > 64)
    throw new PdfSyntaxError('predictor')
  return unpredict(data, columns)
}

/** PNG filters (RFC 2083 6) on rows of one-byte columns: a filter byte before each row. Only None, Sub and Up occur in such tables. */
function unpredict(data: Buffer, columns: number): Buffer {
  const rows = Math.floor(data.length / (columns + 1))
  const out = Buffer.alloc(rows * columns)
  for (let row = 0; row < rows; row++) {
    const filter = data[row * (columns + 1)]
    if (filter !== 0 && filter !== 1 && filter !== 2) throw new PdfSyntaxError('predictor')
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column
      const base = filter === 1 && column > 0 ? out[at - 1] : filter === 2 && row > 0 ? out[at - columns] : 0
      out[at] = (data[row * (columns + 1) + 1 + column] ?? 0) + (base ?? 0)
    }
  }
  return out
}

/** A value that may stand alone or as the one of an array. */
function only(value: PdfValue | undefined): PdfValue {
  if (!Array.isArray(value)) return value ?? null
  if (value.length > 1) throw new PdfSyntaxError('more than one filter')
  return value[0] ?? null
}

function asDict(value: PdfValue): PdfDict {
  if (!(value instanceof Map)) throw new PdfSyntaxError('dictionary')
  return value
}

function numbers(value: PdfValue | undefined): number[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'number' && Number.isInteger(one) && one >= 0))
    throw new PdfSyntaxError('numbers')
  return value as number[]
}
