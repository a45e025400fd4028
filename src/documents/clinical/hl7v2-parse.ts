// HL7 v2 (2.1 to 2.8) as segments and fields: chapter 2 of the standard, read leniently. Messages come alone, in batches (FHS, BHS), in
// MLLP frames, and with any line ends; segments that nobody knows are kept like those that everybody knows.

import { NotConvertibleError } from '../copy.js'

/** MSH-1 and MSH-2. */
interface Delimiters {
  readonly field: string
  readonly component: string
  readonly repetition: string
  readonly escape: string
  readonly subcomponent: string
}

const MAX_BYTES = 64_000_000
const MAX_SEGMENTS = 200_000

/** Fields are counted as in the standard, from 1; so are components. What isn't there is ''. Remembers which fields were asked for. */
export class Segment {
  readonly name: string
  readonly #fields: readonly string[]
  readonly #delimiters: Delimiters
  readonly #used = new Set<number>()

  constructor(line: string, delimiters: Delimiters) {
    this.name = line.slice(0, 3)
    const fields = line.slice(4).split(delimiters.field)
    // MSH-1 is the separator itself.
    this.#fields = ['MSH', 'FHS', 'BHS'].includes(this.name) ? [delimiters.field, ...fields] : fields
    this.#delimiters = delimiters
  }

  /** As sent, escapes and all. */
  raw(field: number): string {
    this.#used.add(field)
    return this.#fields[field - 1] ?? ''
  }

  /** The repetitions of a field, without empty ones; each is a list of components. */
  repetitions(field: number): Component[][] {
    const raw = this.raw(field)
    if (raw === '') return []
    const found = raw.split(this.#delimiters.repetition).map((one) => this.#components(one))
    return found.filter((components) => components.some((component) => component.text !== ''))
  }

  /** One component of the first repetition. */
  text(field: number, component = 1): string {
    return this.repetitions(field)[0]?.[component - 1]?.text ?? ''
  }

  /** Fields that are of no use to a reader: numbers of order and the like. */
  skip(...fields: readonly number[]): void {
    for (const field of fields) this.#used.add(field)
  }

  /** Fields with something in them that nobody has asked for, whole and readable. */
  unused(): ReadonlyArray<readonly [field: number, text: string]> {
    return this.#fields.flatMap((raw, index) => {
      if (this.#used.has(index + 1) || raw === '' || raw === '""') return []
      const text = raw
        .split(this.#delimiters.repetition)
        .map((one) =>
          this.#components(one)
            .map((component) => component.all)
            .filter(Boolean)
            .join(', '),
        )
        .filter((one) => one !== '')
        .join('\n')
      return text === '' ? [] : [[index + 1, text] as const]
    })
  }

  #components(repetition: string): Component[] {
    const { component, subcomponent } = this.#delimiters
    return repetition.split(component).map((raw) => {
      // Two quotation marks mean that a value is to be deleted (2.5.3).
      const parts = (raw === '""' ? '' : raw).split(subcomponent).map((part) => unescaped(part, this.#delimiters).trim())
      return { raw, text: parts.find((part) => part !== '') ?? '', all: parts.filter((part) => part !== '').join(' ') }
    })
  }

  /** A component of text in which delimiters were forgotten to be escaped: everything in the repetitions, as written. */
  whole(field: number): string {
    return this.raw(field)
      .split(this.#delimiters.repetition)
      .map((one) => unescaped(one, this.#delimiters))
      .join('\n')
  }
}

export interface Component {
  readonly raw: string
  /** The first subcomponent that says something. */
  readonly text: string
  /** All of them. */
  readonly all: string
}

/** 2.7: what the delimiters mean inside text, line breaks, and bytes in hexadecimal. Highlighting is dropped, unknown ones stay. */
function unescaped(text: string, delimiters: Delimiters): string {
  const sign = delimiters.escape
  if (!text.includes(sign)) return text
  const pieces = text.split(sign)
  let written = pieces[0] ?? ''
  for (let index = 1; index < pieces.length; index += 2) {
    const sequence = pieces[index] ?? ''
    const meaning = index + 1 < pieces.length ? meaningOf(sequence, delimiters) : null
    if (meaning === null) {
      // No sequence: the character stands for itself, and the next one may begin one.
      written += sign + sequence
      index--
    } else written += meaning + (pieces[index + 1] ?? '')
  }
  return written
}

function meaningOf(sequence: string, delimiters: Delimiters): string | null {
  switch (sequence) {
    case 'F':
      return delimiters.field
    case 'S':
      return delimiters.component
    case 'T':
      return delimiters.subcomponent
    case 'R':
      return delimiters.repetition
    case 'E':
      return delimiters.escape
    case 'H':
    case 'N':
      return ''
    case '.br':
    case '.ce':
      return '\n'
  }
  if (/^\.sp\+?\d{0,2}$/.test(sequence)) return '\n'
  if (/^\.(?:fi|nf|in[+-]?\d{0,3}|ti[+-]?\d{0,3}|sk\+?\d{0,3})$/.test(sequence)) return ' '
  if (/^X(?:[0-9A-Fa-f]{2}){1,2000}$/.test(sequence)) return readable(Buffer.from(sequence.slice(1), 'hex'))
  return null
}

/** Bytes as text: line ends and letters. */
function readable(bytes: Buffer): string {
  return decode(bytes, '').replace(/\r\n?/g, '\n')
}

/** All messages, each with its segments, MSH first. Throws NotConvertibleError: `damaged` when there is none, `too-big` past the limits. */
export function parseHl7(bytes: Buffer): Segment[][] {
  if (bytes.length > MAX_BYTES) throw new NotConvertibleError('too-big')
  const charset = /(?:^|[\r\n\v])MSH(.)(?:[^\r\n]*)/.exec(bytes.subarray(0, 4000).toString('latin1'))
  const text = decode(bytes, charset ? (charset[0].replace(/^[\r\n\v]/, '').split(charset[1] ?? '|')[17] ?? '') : '')
  const messages: Segment[][] = []
  let lines: string[] = []
  let delimiters: Delimiters | null = null
  let count = 0
  const close = () => {
    if (delimiters !== null) messages.push(lines.map((line) => new Segment(line, delimiters as Delimiters)))
  }
  for (const raw of text.replaceAll('\u001c', '\r').split(/[\r\n\v]+/)) {
    // Some exports write the line end out in letters.
    const line = raw.replace(/\\r"?$/, '')
    if (line.trim() === '') continue
    if (++count > MAX_SEGMENTS) throw new NotConvertibleError('too-big')
    if (line.startsWith('MSH')) {
      close()
      delimiters = delimitersOf(line)
      lines = [line]
    } else if (isEnvelope(line)) continue
    else if (delimiters === null) throw new NotConvertibleError('damaged')
    else if (isSegment(line, delimiters.field)) lines.push(line)
    // A text with line ends of its own, which should have been escaped.
    else lines[lines.length - 1] += `\n${line}`
  }
  close()
  if (messages.length === 0) throw new NotConvertibleError('damaged')
  return messages
}

function isEnvelope(line: string): boolean {
  return /^(?:FHS|BHS|BTS|FTS)/.test(line)
}

function isSegment(line: string, separator: string): boolean {
  return /^[A-Z][A-Z0-9]{2}$/.test(line.slice(0, 3)) && (line.length === 3 || line[3] === separator)
}

/** Four characters, five since 2.7. Systems that double the backslash mean one. */
function delimitersOf(line: string): Delimiters {
  const field = line[3] ?? '|'
  const [component = '^', repetition = '~', escaping = '\\', fourth = '&', fifth = '&'] = line.slice(4).split(field)[0] ?? ''
  return { field, component, repetition, escape: escaping, subcomponent: fourth === escaping ? fifth : fourth }
}

/** MSH-18 (table 0211) is often missing or wrong: what is UTF-8 is that. */
function decode(bytes: Buffer, said: string): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const part = /^8859\/([2-9]|1[3-5])$/.exec(said.trim())?.[1]
    return new TextDecoder(part === undefined ? 'windows-1252' : `iso-8859-${part}`).decode(bytes)
  }
}
