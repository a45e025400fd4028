// Reading a MIME header straight from the bytes (RFC 5322 2.2, RFC 2045 5, RFC 2231), without the parser library: the other half
// of the independent count. Lenient with line ends and missing quotes; tells what it found odd.

/** One header field. `value` is unfolded, one character a byte (latin1), surrounding space removed. */
export interface Field {
  readonly name: string
  readonly value: string
}

export type HeaderEnd = 'blank-line' | 'boundary' | 'end-of-message' | 'too-big'

export interface HeaderBlock {
  readonly fields: readonly Field[]
  readonly endedBy: HeaderEnd
  /** Where the body begins, or the boundary line that cut the header off. */
  readonly end: number
  /**
   * Lines that are neither a field nor the continuation of one, and have no field after them that every header knows: most likely
   * the first lines of a body whose empty line is missing, which the parser library would drop. A line of dashes always counts: it
   * may be a boundary, and what follows it the header of the first part. So does a field of no known name behind a line of blanks.
   */
  readonly strayLines: number
  /** A CR that is no part of a line end: programs disagree whether it ends a field. */
  readonly hasBareCr: boolean
}

/** A structured value: `text/plain; charset=utf-8`. Parameter names in lower case; of twins the first counts. */
export interface ParsedValue {
  readonly value: string
  readonly params: ReadonlyMap<string, string>
}

const LF = 0x0a
const FIELD = /^([!-9;-~]+)[ \t]*:([\s\S]*)$/
const CONTINUATION = /^[ \t]/
// Fields that show that a header goes on behind a broken line. In a body they stand all the same, above a letter that is quoted
// ("Date:") or in a report ("X-ray:", "Received:"): so `X-` counts nowhere, and each only where the header does not have it yet.
const KNOWN = /^(from|to|cc|subject|date|message-id|mime-version|received|dkim-signature|content-.+)$/
const KNOWN_IN_PART = /^content-.+$/
// What may stand behind a line of blanks (a fold that RFC 5322 4.2 knows): anything else is most likely text behind a line that was
// meant to be empty.
const USUAL =
  /^(from|to|cc|bcc|subject|date|received|sender|references|importance|priority|organi[sz]ation|lines|status|comments|keywords|.+-.+)$/

/**
 * Reads the header that starts at `start`. `isBoundary` is asked about each line that starts with `--`.
 * Stops at `maxBytes` with `too-big`.
 */
export function readHeader(
  raw: Buffer,
  start: number,
  maxBytes: number,
  isBoundary: (lineStart: number, lineEnd: number) => boolean,
): HeaderBlock {
  let position = start
  let endedBy: HeaderEnd = 'end-of-message'
  let bodyStart = raw.length
  while (position < raw.length) {
    const lineFeed = raw.indexOf(LF, position)
    const lineEnd = lineFeed < 0 ? raw.length : lineFeed
    if (lineEnd - start > maxBytes) {
      endedBy = 'too-big'
      break
    }
    if (isBlank(raw, position, lineEnd) && lineFeed >= 0) {
      endedBy = 'blank-line'
      bodyStart = lineEnd + 1
      break
    }
    if (raw[position] === 0x2d && raw[position + 1] === 0x2d && isBoundary(position, lineEnd)) {
      endedBy = 'boundary'
      bodyStart = position
      break
    }
    position = lineEnd + 1
  }
  const text = raw.toString('latin1', start, Math.min(position, raw.length, start + maxBytes))
  return { ...readFields(text, start === 0), endedBy, end: bodyStart, hasBareCr: /\r(?!\n|$)/.test(text) }
}

/** Whether a field that may stand only once stands there twice and says two things: programs differ which one they believe. */
export function isAmbiguous(fields: readonly Field[], name: string): boolean {
  return new Set(fields.filter((field) => field.name === name).map((field) => field.value.toLowerCase())).size > 1
}

/** The first field of that name (lower case); '' when absent. */
export function firstField(fields: readonly Field[], name: string): string {
  return fields.find((field) => field.name === name)?.value ?? ''
}

/** Takes comments in parentheses out (RFC 5322 3.2.2), leaving those inside quotes alone. Unbalanced ones stay. */
export function withoutComments(text: string): string {
  if (!text.includes('(')) return text
  return text.replace(/"(?:[^"\\]|\\.)*"|\([^()]*\)/g, (match) => (match.startsWith('"') ? match : ''))
}

/** Reads a structured field value with its parameters. RFC 2231 pieces are joined and percent-decoded to bytes (latin1). */
export function parseValue(text: string): ParsedValue {
  const [value = '', ...rest] = splitOutsideQuotes(withoutComments(text))
  const params = new Map<string, string>()
  const pieces = new Map<string, Map<number, string>>()
  for (const piece of rest) {
    const equals = piece.indexOf('=')
    if (equals < 1) continue
    const [, name = '', , index = '0', star] = /^([^*]*)(\*(\d+))?(\*)?$/.exec(piece.slice(0, equals).trim().toLowerCase()) ?? []
    const written = unquote(piece.slice(equals + 1).trim())
    const isExtended = piece.slice(0, equals).includes('*')
    if (!isExtended) {
      if (!params.has(name)) params.set(name, written)
      continue
    }
    const parts = pieces.get(name) ?? new Map<number, string>()
    parts.set(Number(index), star || index === '0' ? fromPercent(written) : written)
    pieces.set(name, parts)
  }
  for (const [name, parts] of pieces) {
    const joined = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part)
    params.set(name, joined.join('').replace(/^[\w.-]*'[\w-]*'/, ''))
  }
  return { value: value.trim(), params }
}

function isBlank(raw: Buffer, start: number, end: number): boolean {
  return start === end || (end - start === 1 && raw[start] === 0x0d)
}

function readFields(text: string, isRoot: boolean): { fields: Field[]; strayLines: number } {
  const fields: Array<{ name: string; lines: string[] }> = []
  let strayLines = 0
  let strayDashes = 0
  let isBehindBlanks = false
  text.split(/\r?\n/).forEach((line, index) => {
    if (line === '') return
    const last = fields.at(-1)
    if (CONTINUATION.test(line) && last) {
      isBehindBlanks ||= line.trim() === ''
      last.lines.push(line)
      return
    }
    const [, name, value] = FIELD.exec(line) ?? []
    if (name !== undefined) {
      const field = { name: name.toLowerCase(), lines: [value ?? ''] }
      const isKnown = (isRoot ? KNOWN : KNOWN_IN_PART).test(field.name)
      if (isBehindBlanks && !USUAL.test(field.name)) strayLines++
      if (isKnown && !fields.some((other) => other.name === field.name)) strayLines = 0
      fields.push(field)
      return
    }
    // An mbox separator in front of the message is no field and no harm.
    if (isRoot && index === 0 && /^>?From /.test(line)) return
    if (line.startsWith('--')) strayDashes++
    else strayLines++
  })
  return { fields: fields.map(({ name, lines }) => ({ name, value: lines.join('').trim() })), strayLines: strayLines + strayDashes }
}

function splitOutsideQuotes(text: string): string[] {
  const pieces: string[] = []
  let from = 0
  let inQuotes = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (inQuotes && character === '\\') at++
    else if (character === '"') inQuotes = !inQuotes
    else if (character === ';' && !inQuotes) {
      pieces.push(text.slice(from, at))
      from = at + 1
    }
  }
  pieces.push(text.slice(from))
  return pieces
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text
  const end = /^"((?:[^"\\]|\\[\s\S])*)("|$)/.exec(text)
  return (end?.[1] ?? text.slice(1)).replace(/\\([\s\S])/g, '$1')
}

function fromPercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
