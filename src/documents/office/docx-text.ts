// Every text of one part of a DOCX, read independently of the converter: what the converter left out is found by comparing the two.

import { Parser } from 'htmlparser2'
import { NotConvertibleError } from '../copy.js'

const MAX_DEPTH = 250
const MAX_ELEMENTS = 2_000_000

/** ECMA-376 part 1: text of WordprocessingML, DrawingML (a text in a drawing), and of formulas. */
const TEXTS = new Set(['t'])
/** Deleted or moved away by a tracked change (17.13.5); codes of fields. */
const SKIPPED = new Set(['del', 'moveFrom', 'instrText', 'delText', 'delInstrText'])
const SPACES = new Set(['tab', 'br', 'cr', 'ptab'])

/**
 * The paragraphs that hold text, in the order in which they are read: one inside another (a text box) comes after it. Text that tracked
 * changes have deleted is not among them. Throws NotConvertibleError `damaged` for nesting that no document has, `too-big` for more than
 * two million elements.
 */
export function paragraphsOf(xml: string): string[] {
  const reader = new ParagraphReader()
  const parser = new Parser(
    {
      onopentagname: (name) => reader.open(localName(name)),
      ontext: (text) => reader.text(text),
      onclosetag: (name) => reader.close(localName(name)),
    },
    { xmlMode: true, decodeEntities: true },
  )
  parser.write(xml)
  parser.end()
  return reader.finish()
}

interface Paragraph {
  text: string
  /** Those inside it. */
  readonly inner: string[]
}

class ParagraphReader {
  readonly #found: string[] = []
  readonly #open: Paragraph[] = []
  readonly #path: string[] = []
  #skipped = 0
  #inText = 0
  #elements = 0
  #deletedRow = -1
  /** What stands in drawings for newer programs; their twins for older ones are the same texts again. */
  readonly #choices = new Set<string>()

  open(name: string): void {
    this.#path.push(name)
    if (this.#path.length > MAX_DEPTH) throw new NotConvertibleError('damaged')
    if (++this.#elements > MAX_ELEMENTS) throw new NotConvertibleError('too-big')
    if (SKIPPED.has(name)) this.#skipped++
    if (name === 'del' && this.#path[this.#path.length - 2] === 'trPr' && this.#deletedRow < 0)
      this.#deletedRow = this.#path.lastIndexOf('tr')
    if (name === 'p') this.#open.push({ text: '', inner: [] })
    else if (TEXTS.has(name)) this.#inText++
    else if (SPACES.has(name) && this.#path[this.#path.length - 2] === 'r') this.#add(' ')
  }

  text(text: string): void {
    if (this.#inText > 0) this.#add(text)
  }

  close(name: string): void {
    this.#path.pop()
    if (SKIPPED.has(name)) this.#skipped--
    if (TEXTS.has(name)) this.#inText--
    if (this.#path.length === this.#deletedRow) this.#deletedRow = -1
    const paragraph = name === 'p' ? this.#open.pop() : undefined
    if (!paragraph) return
    if (this.#path.includes('Choice')) this.#choices.add(paragraph.text)
    const isTwin = this.#path.includes('Fallback') && this.#choices.has(paragraph.text)
    const around = this.#open[this.#open.length - 1]?.inner ?? this.#found
    if (!isTwin) around.push(paragraph.text)
    for (const inner of paragraph.inner) around.push(inner)
  }

  finish(): string[] {
    return this.#found.filter((text) => text.trim() !== '')
  }

  #add(text: string): void {
    const paragraph = this.#open[this.#open.length - 1]
    if (this.#skipped > 0 || this.#deletedRow >= 0) return
    // A text outside of any paragraph is one by itself.
    if (paragraph) paragraph.text += text
    else this.#found.push(text)
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

const MAX_SCANNED = 400_000_000

/**
 * Those of the paragraphs whose text is nowhere in `shown`, each once. Only letters and digits are compared. When that would take too
 * long, the rest counts as missing: better shown twice than not at all.
 */
export function missingFrom(shown: string, paragraphs: readonly string[]): string[] {
  const haystack = bare(shown)
  const missing = new Set<string>()
  let at = 0
  let scanned = 0
  for (const paragraph of paragraphs) {
    const needle = bare(paragraph)
    if (needle === '' || missing.has(paragraph)) continue
    // In most documents each paragraph is right where the one before it ended.
    if (haystack.startsWith(needle, at)) {
      at += needle.length
      continue
    }
    const found = scanned < MAX_SCANNED ? haystack.indexOf(needle, at) : -1
    scanned += (found < 0 ? haystack.length : found) - at
    // Two letters are found anywhere: such a short text must be near.
    if (found >= 0 && (needle.length >= 12 || found - at < 200)) at = found + needle.length
    else if (found < 0 && needle.length >= 12 && scanned < MAX_SCANNED && haystack.includes(needle)) scanned += haystack.length
    else missing.add(paragraph.replace(/\s+/g, ' ').trim())
  }
  return [...missing]
}

function bare(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '')
}
