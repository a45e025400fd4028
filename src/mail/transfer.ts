// Undoing content transfer encodings (RFC 2045 6) to the exact bytes the sender's program encoded, and saying what was wrong with
// the encoding. Works in slices so that a 50 MB part never holds the event loop for more than a few milliseconds.

import { setImmediate as immediate } from 'node:timers/promises'
import { decodeUuencoded } from './uuencode.js'
import type { UuencodeFault } from './uuencode-lines.js'

export type TransferEncoding = 'identity' | 'base64' | 'quoted-printable' | 'uuencode' | 'unknown'

/** A closed word for what is wrong with encoded data. `cut` ones are content that was cut off; the others are damage. */
export type EncodingFault = 'base64-cut' | 'base64-junk' | 'base64-after-padding' | 'quoted-printable-cut' | UuencodeFault

export interface Decoded {
  readonly bytes: Buffer
  readonly fault: EncodingFault | null
  /** Base64 in lines of one length throughout, nothing but its alphabet in them; absent for anything else. */
  readonly evenLines?: EvenLines
  /** What the encoding itself calls the file: uuencode does. */
  readonly name?: string | null
}

export interface EvenLines {
  /** Characters of a line, a multiple of four. */
  readonly length: number
  /** The same with its line end; where the data is one long line, lines are pieces of our own making. */
  readonly stride: number
  /** How many whole lines there are. */
  readonly count: number
}

const SLICE = 1024 * 1024
// The decoder takes a string. One of a megabyte counts as memory outside the heap, which has the collector run; a short one costs nothing.
const TEXT_SLICE = 64 * 1024
const TEXT_SLICES = 16 // between two turns of the event loop
// A view into the message keeps the whole message in memory; small parts are copied instead.
const COPY_BELOW = 1024 * 1024
const PAD = 64
const SPACE = 65
const JUNK = 66
const BASE64 = base64Table()

/** `usual`: every program knows it; `odd`: not every one does; `unsure`: it may mean something else. */
export type Spelling = 'usual' | 'odd' | 'unsure'

/**
 * What a Content-Transfer-Encoding value means, without comments. Parameters, which it does not have, are passed over, and spellings of
 * other programs are known; what we cannot know is `unknown`.
 */
export function transferEncoding(value: string): { encoding: TransferEncoding; spelling: Spelling } {
  const [written = ''] = value.split(';', 1)
  const word = written
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase()
  const spelling = value.trim().toLowerCase() === word ? 'usual' : 'odd'
  if (value.trim() === '' || /^([78][- ]?bits?|binary|none|plain|utf-?8|us-ascii|iso-8859-\d+)$/.test(word))
    return { encoding: 'identity', spelling: 'usual' }
  if (/^(x-)?uu(e|encode)?$/.test(word)) return { encoding: 'uuencode', spelling: 'usual' }
  if (word === 'base64' || word === 'quoted-printable') return { encoding: word, spelling }
  // What is no base64 does not decode as such; of quoted-printable that is less sure.
  if (/^base[ _-]64$/.test(word)) return { encoding: 'base64', spelling: 'odd' }
  if (/^quoted[ _]?printable$/.test(word)) return { encoding: 'quoted-printable', spelling: 'unsure' }
  return { encoding: 'unknown', spelling: 'usual' }
}

/** Decodes raw[start, end). Encodings we cannot undo come back as they stand. */
export async function decode(raw: Buffer, start: number, end: number, encoding: TransferEncoding): Promise<Decoded> {
  if (encoding === 'base64') return await decodeBase64(raw, start, end)
  if (encoding === 'quoted-printable') return await decodeQuotedPrintable(raw, start, end)
  if (encoding === 'uuencode') return await decodeUuencoded(raw, start, end)
  const view = raw.subarray(start, end)
  return { bytes: end - start < COPY_BELOW ? Buffer.from(view) : view, fault: null }
}

async function decodeBase64(raw: Buffer, start: number, end: number): Promise<Decoded> {
  return (await decodeEvenLines(raw, start, end)) ?? (await decodeAnyBase64(raw, start, end))
}

/**
 * The fast way for what mail programs write: lines of one length, only the last shorter. The C++ decoder skips what it does not
 * know, so a byte of junk shows as output that is too short: null then, and for any other irregularity.
 */
async function decodeEvenLines(raw: Buffer, start: number, end: number): Promise<Decoded | null> {
  let dataEnd = end
  while (dataEnd > start && BASE64[raw[dataEnd - 1] ?? 0] === SPACE) dataEnd--
  // Of nothing there is no last character: the one before it may be the "=" of a header that was cut off.
  if (dataEnd === start) return null
  const [lineLength, stride] = firstLine(raw, start, dataEnd)
  const whole = Math.floor((dataEnd - start) / stride)
  const rest = dataEnd - start - whole * stride
  if (lineLength % 4 !== 0 || rest % 4 !== 0 || rest > lineLength || !isEven(raw, start, stride, lineLength, whole)) return null
  const pads = raw[dataEnd - 1] !== 0x3d ? 0 : raw[dataEnd - 2] !== 0x3d ? 1 : 2
  const bytes = Buffer.allocUnsafeSlow(((whole * lineLength + rest) / 4) * 3 - pads)
  const linesAtOnce = Math.max(1, Math.floor(TEXT_SLICE / stride))
  let written = 0
  for (let line = 0, slices = 1; written < bytes.length; line += linesAtOnce, slices++) {
    const slice = raw.subarray(start + line * stride, Math.min(start + (line + linesAtOnce) * stride, dataEnd))
    // The decoder also takes the URL alphabet, which is junk in mail (RFC 2045 6.8).
    if (slice.includes(0x2d) || slice.includes(0x5f)) return null
    const expected = Math.min((linesAtOnce * lineLength * 3) / 4, bytes.length - written)
    if (bytes.write(slice.toString('latin1'), written, 'base64') !== expected) return null
    written += expected
    if (slices % TEXT_SLICES === 0) await immediate()
  }
  return { bytes, fault: null, evenLines: { length: lineLength, stride, count: whole } }
}

/** Its length without and with the line end. Data that is one long line is taken in lines of our own making. */
function firstLine(raw: Buffer, start: number, end: number): [length: number, stride: number] {
  const windowEnd = Math.min(end, start + SLICE)
  const lineFeed = raw.subarray(start, windowEnd).indexOf(0x0a)
  if (lineFeed < 0) return end > windowEnd ? [TEXT_SLICE, TEXT_SLICE] : [end - start, end - start + 1]
  return [raw[start + lineFeed - 1] === 0x0d ? lineFeed - 1 : lineFeed, lineFeed + 1]
}

/** Whether each of the whole lines ends where the first one's length says. */
function isEven(raw: Buffer, start: number, stride: number, lineLength: number, whole: number): boolean {
  for (let line = 1; line <= whole && stride > lineLength; line++) {
    const next = start + line * stride
    if (raw[next - 1] !== 0x0a || (stride - lineLength === 2 && raw[next - 2] !== 0x0d)) return false
  }
  return true
}

/** The careful way: a character at a time. Stops at the padding, as mail programs do. */
async function decodeAnyBase64(raw: Buffer, start: number, end: number): Promise<Decoded> {
  const compact = Buffer.allocUnsafe(SLICE)
  const pieces: Buffer[] = []
  let fault: EncodingFault | null = null
  let [characters, pads, filled] = [0, 0, 0]
  for (let at = start; at < end; at++) {
    const byte = raw[at] ?? 0
    const kind = BASE64[byte] ?? JUNK
    if (kind < PAD && pads === 0) {
      compact[filled++] = byte
      characters++
    } else if (kind === PAD) pads++
    else if (kind !== SPACE) fault = kind === JUNK ? 'base64-junk' : (fault ?? 'base64-after-padding')
    if (filled === SLICE) {
      pieces.push(Buffer.from(compact.toString('latin1'), 'base64'))
      filled = 0
      await immediate()
    }
    if (at % (SLICE / 4) === 0) await immediate()
  }
  pieces.push(Buffer.from(compact.toString('latin1', 0, filled), 'base64'))
  const missing = (4 - (characters % 4)) % 4
  if (fault === null && (missing === 3 || pads < missing)) fault = 'base64-cut'
  return { bytes: pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces), fault }
}

/** Whether each `=` in raw[start, end) begins an escape or ends a line, as in all that was really encoded so. */
export async function isQuotedPrintable(raw: Buffer, start: number, end: number): Promise<boolean> {
  let nextYield = start + SLICE
  for (let at = start; at < end; at++) {
    if (at >= nextYield) {
      nextYield = at + SLICE
      await immediate()
    }
    if (raw[at] === 0x3d && escapeAt(raw, at, end)[1] === 1 && at + 1 < end) return false
  }
  return true
}

async function decodeQuotedPrintable(raw: Buffer, start: number, end: number): Promise<Decoded> {
  const bytes = Buffer.allocUnsafe(end - start)
  let at = start
  let filled = 0
  // Literal spaces and tabs after this place go when a line ends (RFC 2045 6.7 rule 3); encoded ones stay.
  let keep = 0
  let nextYield = start + SLICE / 4
  while (at < end) {
    const byte = raw[at] ?? 0
    if (byte === 0x0a || byte === 0x0d) {
      filled = keep
      bytes[filled++] = byte
      keep = filled
      at++
    } else if (byte === 0x3d) {
      const [value, length] = escapeAt(raw, at, end)
      if (value >= 0) bytes[filled++] = value
      keep = filled
      at += length
    } else {
      bytes[filled++] = byte
      if (byte !== 0x20 && byte !== 0x09) keep = filled
      at++
    }
    if (at >= nextYield) {
      nextYield = at + SLICE / 4
      await immediate()
    }
  }
  const fault = /=[0-9a-f]?$/i.test(raw.toString('latin1', Math.max(start, end - 2), end)) ? 'quoted-printable-cut' : null
  return { bytes: Buffer.from(bytes.subarray(0, keep)), fault }
}

/** What the `=` at that place stands for: a byte, or -1 for a soft line break; and how many characters it takes. */
function escapeAt(raw: Buffer, at: number, end: number): [value: number, length: number] {
  const high = hexDigit(raw[at + 1])
  const low = hexDigit(raw[at + 2])
  if (at + 2 < end && high >= 0 && low >= 0) return [high * 16 + low, 3]
  let next = at + 1
  while (next < end && (raw[next] === 0x20 || raw[next] === 0x09)) next++
  if (next >= end) return [-1, next - at]
  if (raw[next] === 0x0d && raw[next + 1] === 0x0a && next + 1 < end) return [-1, next + 2 - at]
  if (raw[next] === 0x0a) return [-1, next + 1 - at]
  // RFC 2045 6.7: a lone `=` is an error; showing it as it stands is what it recommends.
  return [0x3d, 1]
}

function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

function base64Table(): Uint8Array {
  const table = new Uint8Array(256).fill(JUNK)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/='
  for (let index = 0; index < alphabet.length; index++) table[alphabet.charCodeAt(index)] = index
  for (const space of [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20]) table[space] = SPACE
  return table
}
