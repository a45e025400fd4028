// An independent scan of a message's raw bytes for its leaf parts (RFC 2046 5.1), made without the parser library so that the two
// can be compared. It is as lenient as the programs people read mail with, and notes everything over which programs differ:
// where readers differ, documents get lost. Never trusts a length; never runs longer than a few milliseconds at a stretch.

import { setImmediate as immediate } from 'node:timers/promises'
import { BOUNDARY_CHARACTER, isOpen, type Match, type Multipart, matchLine } from './boundary-line.js'
import type { Defect, DefectReason, Note } from './envelope.js'
import { describeLeaf, type Leaf } from './leaf.js'
import { type Field, firstField, isAmbiguous, parseValue, readHeader } from './mime-header.js'
import { carriesUuencoded } from './uuencode.js'

export interface Structure {
  readonly header: readonly Field[]
  /** Where the message's own header ends. */
  readonly headerEnd: number
  readonly leaves: readonly Leaf[]
  readonly defects: readonly Defect[]
  /** What was read as it was meant. */
  readonly notes: readonly Note[]
  /** What stands behind boundaries: transport padding (legal, RFC 2046 5.1.1), junk. The library cannot read it: to leave out for it. */
  readonly padding: ReadonlyArray<readonly [start: number, end: number]>
  /**
   * Of each multipart/signed (RFC 1847) that is in no other, so that nothing is read twice: the signature's section path, and where what
   * it signs lies, header and all.
   */
  readonly signed: ReadonlyArray<{ readonly part: string; readonly start: number; readonly end: number }>
  /** False when the scan stopped at a limit: leaves are missing. */
  readonly isComplete: boolean
}

export interface ScanLimits {
  readonly maxParts: number
  readonly maxDepth: number
  readonly maxHeaderBytes: number
}

const WINDOW = 2 * 1024 * 1024
// RFC 2046 allows 70 characters; programs write more. Longer lines are text that happens to begin with dashes.
const MAX_BOUNDARY_LINE = 2000
const HITS_PER_TURN = 10_000
// Fields that decide how a part is read.
const TWINS = ['content-type', 'content-transfer-encoding']
const MAX_STRAY_DELIMITERS = 10_000
// A preamble or an epilogue is a line or two.
const MAX_OUTSIDE = 64 * 1024
const PART_FIELD = /^content-(type|disposition|transfer-encoding)[ \t]*:/im
// Two lines of base64, one below the other.
const ENCODED_LINES = /^[A-Za-z0-9+/]{60,76}\r?\n[A-Za-z0-9+/]{60,76}\r?$/m
// Behind a boundary; the CR of the line's end too.
const BLANKS = [0x20, 0x09, 0x0d]
const DELIMITER = Buffer.from('\n--')

/** Finds every leaf part of a whole message. */
export async function scan(raw: Buffer, limits: ScanLimits): Promise<Structure> {
  const scanner = new Scanner(raw, limits)
  scanner.begin(0, '', '')
  let hits = 0
  let position = Math.max(0, scanner.resumeAt - 1)
  while (!scanner.isStopped && position < raw.length) {
    const windowEnd = Math.min(raw.length, position + WINDOW)
    const found = raw.subarray(position, windowEnd).indexOf(DELIMITER)
    if (found < 0) {
      position = windowEnd === raw.length ? raw.length : windowEnd - 2
      await immediate()
      continue
    }
    scanner.delimiterAt(position + found + 1)
    position = Math.max(position + found + 1, scanner.resumeAt - 1)
    if (++hits % HITS_PER_TURN === 0) await immediate()
  }
  return scanner.finish()
}

class Scanner {
  readonly #raw: Buffer
  readonly #limits: ScanLimits
  readonly #open: Multipart[] = []
  readonly #leaves: Leaf[] = []
  readonly #defects: Defect[] = []
  readonly #notes: Note[] = []
  readonly #padding: Array<[number, number]> = []
  readonly #signed: Array<Structure['signed'][number]> = []
  /** First characters of the open boundaries, as many as the shortest has: most lines with dashes are none of ours. */
  #prefixes = new Set<string>()
  #prefixLength = 0
  #leaf: Omit<Leaf, 'end'> | null = null
  #header: readonly Field[] = []
  #headerEnd = 0
  #parts = 0
  #strayDelimiters = 0
  isStopped = false
  /** No delimiter is to be looked for before this place. */
  resumeAt = 0

  constructor(raw: Buffer, limits: ScanLimits) {
    this.#raw = raw
    this.#limits = limits
  }

  /** An entity begins here: the message itself (`part` is ''), or the part after a delimiter. */
  begin(start: number, part: string, parentType: string): void {
    const block = readHeader(this.#raw, start, this.#limits.maxHeaderBytes, (from, to) => this.#match(from, to) !== null)
    if (part === '') {
      this.#header = block.fields
      this.#headerEnd = block.end
    }
    this.resumeAt = block.end
    if (block.endedBy === 'too-big') {
      this.#stop(part, 'header-too-big')
      return
    }
    if (part !== '' && ++this.#parts > this.#limits.maxParts) {
      this.#stop('', 'too-many-parts')
      return
    }
    if (block.hasBareCr) this.#note(part, 'bare-cr-in-header')
    if (block.strayLines > 0) this.#note(part, 'stray-line-in-header')
    if (TWINS.some((name) => isAmbiguous(block.fields, name))) this.#note(part, 'ambiguous-header')
    const type = parseValue(firstField(block.fields, 'content-type'))
    if (/^multipart\//i.test(type.value)) this.#enter(type.value.toLowerCase(), (type.params.get('boundary') ?? '').trimEnd(), part)
    else this.#leaf = { ...describeLeaf(block.fields, parentType), part: part || '1', start: block.end }
    if (block.endedBy === 'boundary' && !this.isStopped) this.delimiterAt(block.end)
  }

  /** A line that starts with two dashes starts here. */
  delimiterAt(start: number): void {
    const lineFeed = this.#raw.indexOf(0x0a, start)
    const lineEnd = lineFeed < 0 ? this.#raw.length : lineFeed
    const match = this.#match(start, lineEnd)
    if (!match) return
    const { multipart, closes } = match
    this.resumeAt = Math.min(lineEnd + 1, this.#raw.length)
    if (match.isMalformed && !closes) this.#note(this.#leaf?.part ?? multipart.part, 'malformed-boundary-line')
    if (multipart.isClosed) {
      this.#afterClosing(multipart, closes)
      return
    }
    // A closing line with no part before it closes nothing.
    if (closes && multipart.children === 0) return
    this.#pad(match, lineEnd)
    this.#endLeaf(this.#beforeLineEnd(start))
    while (this.#open.at(-1) !== multipart) this.#leave(start)
    if (multipart.children === 0) this.#checkOutside(multipart, start)
    if (multipart.children === 1 && multipart === this.#open.find(({ type }) => type === 'multipart/signed'))
      this.#signed.push({ part: childOf(multipart, 2), start: multipart.firstFrom, end: this.#beforeLineEnd(start) })
    if (closes) {
      multipart.isClosed = true
      multipart.isClosedOddly = match.isMalformed
      if (match.isMalformed) this.#notes.push({ part: multipart.part, reason: 'recovered', detail: 'closing-line' })
      multipart.outsideFrom = this.resumeAt
      return
    }
    if (++multipart.children === 1) multipart.firstFrom = this.resumeAt
    this.begin(this.resumeAt, childOf(multipart, multipart.children), multipart.type)
  }

  finish(): Structure {
    this.#endLeaf(this.#raw.length)
    if (!this.isStopped) {
      const unclosed = this.#open.find((multipart) => !multipart.isClosed && multipart.children > 0)
      if (unclosed) this.#note(this.#leaves.at(-1)?.part ?? unclosed.part, 'no-closing-boundary', 'truncated-part')
      while (this.#open.length > 0) this.#leave(this.#raw.length)
    }
    return {
      header: this.#header,
      headerEnd: this.#headerEnd,
      leaves: this.#leaves,
      defects: this.#defects,
      notes: this.#notes,
      padding: this.#padding,
      signed: this.#signed,
      isComplete: !this.isStopped,
    }
  }

  #enter(type: string, boundary: string, part: string): void {
    this.#leaf = null
    if (boundary === '') this.#note(part, 'no-boundary')
    else if (this.#open.length >= this.#limits.maxDepth) this.#stop(part, 'nested-too-deep')
    else {
      this.#open.push({
        ...{ boundary, part, type, children: 0, firstFrom: 0 },
        ...{ isClosed: false, isClosedOddly: false, outsideFrom: this.resumeAt },
      })
      this.#learnPrefixes()
    }
  }

  #leave(end: number): void {
    const multipart = this.#open.pop()
    if (multipart?.children === 0) this.#note(multipart.part, 'no-parts')
    if (multipart?.isClosed) this.#checkOutside(multipart, end)
    this.#learnPrefixes()
  }

  /** Nobody shows what stands before the first and after the last boundary line. A part must not hide there behind a broken one. */
  #checkOutside({ part, outsideFrom }: Multipart, end: number): void {
    const bytes = this.#raw.subarray(outsideFrom, Math.min(end, outsideFrom + MAX_OUTSIDE))
    const text = bytes.toString('latin1')
    const isFile = PART_FIELD.test(text) || ENCODED_LINES.test(text) || carriesUuencoded(bytes)
    if (isFile || end - outsideFrom > MAX_OUTSIDE) this.#note(part, 'part-outside-boundaries')
  }

  /** What stands behind a boundary is left out for the library. */
  #pad({ boundaryEnd, isMalformed }: Match, lineEnd: number): void {
    const padEnd = this.#raw[lineEnd - 1] === 0x0d ? lineEnd - 1 : lineEnd
    if (padEnd <= boundaryEnd) return
    this.#padding.push([boundaryEnd, padEnd])
    const isNoted = this.#notes.some(({ detail }) => detail === 'boundary-padding')
    if (!isMalformed && !isNoted) this.#notes.push({ part: '', reason: 'recovered', detail: 'boundary-padding' })
  }

  #learnPrefixes(): void {
    this.#prefixLength = Math.min(...this.#open.map((multipart) => multipart.boundary.length))
    this.#prefixes = new Set(this.#open.map((multipart) => multipart.boundary.slice(0, this.#prefixLength)))
  }

  #endLeaf(end: number): void {
    if (this.#leaf) this.#leaves.push({ ...this.#leaf, end: Math.max(this.#leaf.start, end) })
    this.#leaf = null
  }

  /** The line break before a delimiter belongs to the delimiter (RFC 2046 5.1.1). */
  #beforeLineEnd(lineStart: number): number {
    return this.#raw[lineStart - 2] === 0x0d ? lineStart - 2 : lineStart - 1
  }

  #match(start: number, lineEnd: number): Match | null {
    if (this.#open.length === 0) return null
    if (!this.#prefixes.has(this.#raw.toString('latin1', start + 2, Math.min(lineEnd, start + 2 + this.#prefixLength)))) return null
    let end = lineEnd
    while (end > start && BLANKS.includes(this.#raw[end - 1] ?? 0)) end--
    if (end - start > MAX_BOUNDARY_LINE) return null
    const line = this.#raw.toString('latin1', start + 2, end)
    // The innermost open one first; a closed one only when nothing open has that boundary.
    const matches = [...this.#open].reverse().flatMap((multipart) => matchLine(line, multipart, start) ?? [])
    const exact = matches.filter((match) => !match.isMalformed)
    const found = exact.find(isOpen) ?? exact[0] ?? matches.find(isOpen) ?? matches.find(({ multipart }) => multipart.isClosedOddly)
    if (!found) this.#checkNearMiss(line, lineEnd)
    return found ?? null
  }

  /** A line that other programs may take for a boundary, and behind it what looks like the header of a part. */
  #checkNearMiss(line: string, lineEnd: number): void {
    const next = this.#raw[lineEnd + 1] ?? 0
    if ((next | 0x20) !== 0x63 || !PART_FIELD.test(this.#raw.toString('latin1', lineEnd + 1, lineEnd + 33))) return
    const missed = this.#open.find(
      ({ boundary, isClosed }) => !isClosed && line.startsWith(boundary) && !BOUNDARY_CHARACTER.test(line.charAt(boundary.length)),
    )
    if (missed) this.#note(this.#leaf?.part ?? missed.part, 'malformed-boundary-line')
  }

  /** What follows a closing line is the epilogue, which nobody shows; a part there would be lost. */
  #afterClosing(multipart: Multipart, closes: boolean): void {
    if (multipart.isClosedOddly) this.#note(multipart.part, 'malformed-closing-line')
    if (!closes) this.#note(multipart.part, 'part-after-closing-boundary')
    if (++this.#strayDelimiters > MAX_STRAY_DELIMITERS) this.#stop('', 'too-many-parts')
  }

  #stop(part: string, detail: string): void {
    this.#note(part, detail)
    this.#leaf = null
    this.isStopped = true
  }

  #note(part: string, detail: string, reason: DefectReason = 'malformed-message'): void {
    if (!this.#defects.some((defect) => defect.part === part && defect.detail === detail)) this.#defects.push({ part, reason, detail })
  }
}

/** A section path, as IMAP counts them. */
function childOf({ part }: Multipart, number: number): string {
  return part === '' ? `${number}` : `${part}.${number}`
}
