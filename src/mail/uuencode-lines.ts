// The lines of a uuencoded file (POSIX.1-2024, uuencode: "Historical Algorithm"): what each of them stands for, and whether those of one
// file together are beyond doubt.

/** `uuencode-cut`: something was cut off; `uuencode-junk`: there is damage, or something that is no file. */
export type UuencodeFault = 'uuencode-cut' | 'uuencode-junk'

export interface Line {
  readonly start: number
  /** Where it ends without blanks. */
  readonly textEnd: number
  /** How many spaces stand right behind that: each may be a zero. */
  readonly spaces: number
  readonly next: number
}

export interface Data {
  /** How many bytes it stands for. */
  readonly count: number
  /** How many of its characters are there; those missing are zeroes. */
  readonly present: number
}

const LF = 0x0a
const TAB = 0x09
const CR = 0x0d
const SPACE = 0x20
const BACKTICK = 0x60
// 63 bytes are 84 characters; blanks may follow.
const MAX_LINE = 200
// Half of what all programs write: words are hardly ever just as long as their first character says.
const LONG_LINE = 24

/** The line that starts there; null: none does, or it is too long to be one of these. */
export function lineAt(text: Buffer, start: number, end: number): Line | null {
  // Byte by byte: a view for each line would cost more than all the rest.
  const windowEnd = Math.min(end, start + MAX_LINE)
  let textEnd = start
  let at = start
  for (; at < windowEnd && text[at] !== LF; at++) if (!isBlank(text[at])) textEnd = at + 1
  if (start >= end || (at === windowEnd && windowEnd < end)) return null
  let spaces = 0
  while (textEnd + spaces < at && text[textEnd + spaces] === SPACE) spaces++
  return { start, textEnd, spaces, next: Math.min(at + 1, end) }
}

export function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CR
}

/** A line of no bytes: it ends the data. */
export function isEmpty(text: Buffer, { start, textEnd }: Line): boolean {
  return textEnd === start || (textEnd === start + 1 && text[start] === BACKTICK)
}

export function isEnd(text: Buffer, { start, textEnd }: Line): boolean {
  return textEnd === start + 3 && text[start] === 0x65 && text[start + 1] === 0x6e && text[start + 2] === 0x64
}

/** A line of data: its first character tells how many bytes, four characters hold three. Some programs add a check character. */
export function dataOf(text: Buffer, { start, textEnd, spaces }: Line): Data | UuencodeFault {
  const count = (text[start] ?? 0) - SPACE
  const needed = Math.ceil(count / 3) * 4
  const written = textEnd - start - 1
  if (count < 1 || count > 63 || written > needed + 1) return 'uuencode-junk'
  for (let at = start + 1; at < textEnd; at++) {
    const character = text[at] ?? 0
    if (character < SPACE || character > BACKTICK) return 'uuencode-junk'
  }
  return { count, present: Math.min(needed, written + (written < needed ? spaces : 0)) }
}

/**
 * Whether a line below a `begin` line is no words. The first one may be of any length, and lack a few of the spaces that stand for
 * zeroes; another must be too long for chance.
 */
export function isLikelyData(text: Buffer, line: Line, isFirst: boolean): boolean {
  const count = (text[line.start] ?? 0) - SPACE
  if (isEmpty(text, line) || count < 1) return false
  const written = line.textEnd - line.start - 1
  if (count >= LONG_LINE && count <= 63 && written === Math.ceil(count / 3) * 4) return true
  const words = written < 20 ? '' : text.toString('latin1', line.start, line.textEnd)
  if (/^[!-`][ -`]{20,}$/.test(words) && words.replace(/[A-Z0-9 .,:()-]/g, '').length > 3) return true
  const data = dataOf(text, line)
  return isFirst && typeof data === 'object' && data.present > Math.ceil(data.count / 3) * 4 - 4
}

/** What the lines of one file say together about whether what they lack is nothing but zeroes, or was cut off. */
export class Proof {
  readonly #text: Buffer
  #count = 0
  #isLast = false
  #checked = 0
  #short = 0
  #whole = 0
  #hasInnerSpace = false
  #hasBacktick = false
  #hasTrailingSpace = false
  lines = 0

  constructor(text: Buffer) {
    this.#text = text
  }

  /** Only the last line may be shorter than the first: a length that was damaged would show as this, and so would lines put together. */
  add({ start, textEnd, spaces }: Line, { count, present }: Data): UuencodeFault | null {
    if (this.#isLast || (this.lines > 0 && count > this.#count)) return 'uuencode-junk'
    this.#isLast = this.lines > 0 && count < this.#count
    this.#count = count
    this.lines++
    const needed = Math.ceil(count / 3) * 4
    const written = textEnd - start - 1
    if (written > needed) this.#checked++
    if (written < needed && spaces > 0) this.#hasTrailingSpace = true
    // The characters that only fill up the last group hold nothing.
    if (present < Math.ceil((count * 8) / 6)) this.#short++
    else this.#whole++
    for (let at = start + 1; at < textEnd; at++) {
      if (this.#text[at] === SPACE) this.#hasInnerSpace = true
      else if (this.#text[at] === BACKTICK) this.#hasBacktick = true
    }
    return null
  }

  /**
   * A line may lack its zeroes at the end only in a file that writes them as spaces, as others in it show, and that has lost all those
   * at the end of a line; and not all lines may be short, as if cut off at some column.
   */
  get fault(): UuencodeFault | null {
    if (this.#checked > 0 && this.#checked < this.lines) return 'uuencode-junk'
    const lostSpaces = this.#hasInnerSpace && this.#whole > 0 && !this.#hasBacktick && !this.#hasTrailingSpace
    return this.#short > 0 && !lostSpaces ? 'uuencode-cut' : null
  }
}

/** A byte of a line. Each lies in two neighbouring characters of six bits. */
export function byteOf(text: Buffer, { start }: Line, { present }: Data, byte: number): number {
  const first = Math.floor((byte * 8) / 6)
  const used = (byte * 8) % 6
  const high = first < present ? sixBits(text[start + 1 + first]) : 0
  const low = first + 1 < present ? sixBits(text[start + 2 + first]) : 0
  return (((high << 6) | low) >> (4 - used)) & 0xff
}

function sixBits(character = SPACE): number {
  return (character - SPACE) & 0x3f
}
