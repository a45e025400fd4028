// Files that are uuencoded (POSIX.1-2024, uuencode: "Historical Algorithm"), as fax gateways and old Unix programs still send them: as a
// part of their own, or in the middle of a text, where a person who reads `M<V]M92!B>71E<PH` has lost a document. A file is given only
// where its bytes are beyond doubt; everything else is named as a fault. Takes linear time, whatever it is given.

import { isUtf8 } from 'node:buffer'
import { setImmediate as immediate } from 'node:timers/promises'
import { byteOf, dataOf, isBlank, isEmpty, isEnd, isLikelyData, lineAt, Proof, type UuencodeFault } from './uuencode-lines.js'

export interface UuencodedFile {
  /** From its `begin` line, as sent; null where that has none. */
  readonly name: string | null
  readonly bytes: Buffer
}

export interface UuencodedFiles {
  /** In their order; those with a fault are missing. */
  readonly files: readonly UuencodedFile[]
  /** Each at most once. */
  readonly faults: readonly UuencodeFault[]
  /** Whether there were more files than allowed; the rest was not looked at. */
  readonly isTooMany: boolean
}

interface File {
  readonly name: string | null
  readonly lines: number
  readonly dataStart: number
  readonly length: number
  readonly next: number
}

interface Failure {
  readonly fault: UuencodeFault
  readonly next: number
}

const LF = 0x0a
const BEGIN = Buffer.from('begin ')
// RFC 5322 2.1.1: no line is longer.
const MAX_HEADING = 998
const LOOK_AHEAD = 10
const HITS_PER_TURN = 2000
const LINES_PER_TURN = 20_000
const HEADING = /^begin [0-7]{3,4}(?: +(\S.*))?$/

/** Finds the uuencoded files in decoded text, up to `most`. Sentences that begin with "begin" are none. Yields to the event loop. */
export async function findUuencoded(text: Buffer, most: number): Promise<UuencodedFiles> {
  const files: UuencodedFile[] = []
  const faults = new Set<UuencodeFault>()
  let hits = 0
  for (let at = nextBegin(text, 0); at >= 0; ) {
    if (++hits % HITS_PER_TURN === 0) await immediate()
    const heading = headingAt(text, at, text.length)
    if (!heading || !looksEncoded(text, heading.next)) {
      at = nextBegin(text, at + BEGIN.length)
      continue
    }
    if (files.length >= most) return { files, faults: [...faults], isTooMany: true }
    const read = await readFile(text, heading, text.length)
    if ('fault' in read) faults.add(read.fault)
    else files.push({ name: read.name, bytes: await decodeFile(text, read) })
    at = nextBegin(text, read.next)
  }
  return { files, faults: [...faults], isTooMany: false }
}

/** Whether there is such a file in text, whole or not. */
export function carriesUuencoded(text: Buffer): boolean {
  for (let at = nextBegin(text, 0); at >= 0; at = nextBegin(text, at + BEGIN.length)) {
    const heading = headingAt(text, at, text.length)
    if (heading && looksEncoded(text, heading.next)) return true
  }
  return false
}

/** Decodes raw[start, end), which was said to be uuencoded: one file, and nothing but blank lines around it. */
export async function decodeUuencoded(raw: Buffer, start: number, end: number): Promise<UuencodedFile & { fault: UuencodeFault | null }> {
  const failed = (fault: UuencodeFault) => ({ name: null, bytes: Buffer.from(raw.subarray(start, end)), fault })
  const first = skipBlank(raw, start, end)
  if (first === end) return failed('uuencode-cut')
  const heading = headingAt(raw, first, end)
  if (!heading) return failed('uuencode-junk')
  const read = await readFile(raw, heading, end)
  if ('fault' in read) return failed(read.fault)
  if (skipBlank(raw, read.next, end) !== end) return failed('uuencode-junk')
  return { name: read.name, bytes: await decodeFile(raw, read), fault: null }
}

/** Where the next line starts with `begin `; -1: nowhere. */
function nextBegin(text: Buffer, from: number): number {
  let at = text.indexOf(BEGIN, from)
  while (at > 0 && text[at - 1] !== LF) at = text.indexOf(BEGIN, at + BEGIN.length)
  return at
}

function isBegin(text: Buffer, at: number): boolean {
  return text[at] === BEGIN[0] && BEGIN.every((byte, index) => text[at + index] === byte)
}

function headingAt(text: Buffer, start: number, end: number): { name: string | null; next: number } | null {
  let lineFeed = start
  while (lineFeed < end && text[lineFeed] !== LF) if (++lineFeed - start > MAX_HEADING) return null
  if (lineFeed === end) return null
  const line = text.subarray(start, lineFeed)
  const match = HEADING.exec(line.toString(isUtf8(line) ? 'utf8' : 'latin1').trimEnd())
  return match && { name: match[1] ?? null, next: lineFeed + 1 }
}

/**
 * Whether what follows a `begin` line is meant to be such a file: among its next lines is one as long as its first character tells, or
 * one that no words look like, or an empty one and `end`. All that is less is a sentence.
 */
function looksEncoded(text: Buffer, start: number): boolean {
  let at = start
  let isBehindEmpty = false
  for (let nth = 0; nth < LOOK_AHEAD; nth++) {
    const line = lineAt(text, at, text.length)
    if (!line || isBegin(text, line.start)) return false
    if (isEnd(text, line)) return isBehindEmpty
    if (isLikelyData(text, line, nth === 0)) return true
    isBehindEmpty = isEmpty(text, line)
    at = line.next
  }
  return false
}

function skipBlank(text: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && (isBlank(text[at]) || text[at] === LF)) at++
  return at
}

/** Reads to the `end` line. */
async function readFile(text: Buffer, heading: { name: string | null; next: number }, end: number): Promise<File | Failure> {
  const proof = new Proof(text)
  let isEnding = false
  let length = 0
  for (let at = heading.next, lines = 0; ; lines++) {
    if (lines % LINES_PER_TURN === LINES_PER_TURN - 1) await immediate()
    const line = lineAt(text, at, end)
    if (!line) return { fault: at >= end ? 'uuencode-cut' : 'uuencode-junk', next: at }
    if (isEnd(text, line)) {
      const fault = proof.fault
      return fault
        ? { fault, next: line.next }
        : { name: heading.name, lines: proof.lines, dataStart: heading.next, length, next: line.next }
    }
    if (isEmpty(text, line)) isEnding = true
    else {
      const data = dataOf(text, line)
      // Another file begins before this one has ended.
      if (isBegin(text, line.start)) return { fault: 'uuencode-cut', next: at }
      const fault = isEnding ? 'uuencode-junk' : typeof data === 'string' ? data : proof.add(line, data)
      if (fault || typeof data === 'string') return { fault: fault ?? 'uuencode-junk', next: at }
      length += data.count
    }
    at = line.next
  }
}

async function decodeFile(text: Buffer, { dataStart, lines, length }: File): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let at = dataStart
  let filled = 0
  for (let nth = 1; nth <= lines; nth++) {
    if (nth % LINES_PER_TURN === 0) await immediate()
    const line = lineAt(text, at, text.length)
    const data = line && dataOf(text, line)
    // Read before, a line at a time: this cannot be.
    if (!line || typeof data !== 'object' || !data) throw new Error('a uuencoded line has changed')
    for (let byte = 0; byte < data.count; byte++) bytes[filled++] = byteOf(text, line, data, byte)
    at = line.next
  }
  return bytes
}
