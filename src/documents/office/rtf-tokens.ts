// RTF 1.9.1, "RTF Syntax": groups, control words, control symbols, text. Goes over the bytes once.

export type RtfToken =
  | { readonly kind: 'open' | 'close' | 'end' }
  /** `parameter` is null when none is written. */
  | { readonly kind: 'word'; readonly word: string; readonly parameter: number | null }
  | { readonly kind: 'symbol'; readonly symbol: string }
  /** One byte of text, written as `\'hh`. */
  | { readonly kind: 'byte'; readonly byte: number }
  /** Text as it stands, or the data of `\bin`. */
  | { readonly kind: 'text' | 'binary'; readonly bytes: Buffer }

const [OPEN, CLOSE, ESCAPE, LF, CR, NUL, QUOTE, MINUS, SPACE] = [0x7b, 0x7d, 0x5c, 0x0a, 0x0d, 0, 0x27, 0x2d, 0x20]
const MAX_WORD = 32
const MAX_DIGITS = 10

export class RtfTokens {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  next(): RtfToken {
    while (this.#isIgnored(this.#bytes[this.#at])) this.#at++
    const byte = this.#bytes[this.#at]
    if (byte === undefined) return { kind: 'end' }
    if (byte === OPEN || byte === CLOSE) {
      this.#at++
      return { kind: byte === OPEN ? 'open' : 'close' }
    }
    return byte === ESCAPE ? this.#control() : this.#text()
  }

  #isIgnored(byte: number | undefined): boolean {
    return byte === LF || byte === CR || byte === NUL
  }

  #text(): RtfToken {
    const start = this.#at
    let byte = this.#bytes[this.#at]
    while (byte !== undefined && byte !== OPEN && byte !== CLOSE && byte !== ESCAPE && !this.#isIgnored(byte))
      byte = this.#bytes[++this.#at]
    return { kind: 'text', bytes: this.#bytes.subarray(start, this.#at) }
  }

  #control(): RtfToken {
    const byte = this.#bytes[++this.#at]
    if (byte === undefined) return { kind: 'end' }
    if (isLetter(byte)) return this.#word()
    this.#at++
    if (byte === QUOTE) return this.#hex()
    // A line end behind a backslash ends a paragraph.
    if (byte === LF || byte === CR) return { kind: 'word', word: 'par', parameter: null }
    return { kind: 'symbol', symbol: String.fromCharCode(byte) }
  }

  #hex(): RtfToken {
    const digits = this.#bytes.toString('latin1', this.#at, this.#at + 2)
    if (!/^[0-9a-f]{2}$/i.test(digits)) return { kind: 'symbol', symbol: "'" }
    this.#at += 2
    return { kind: 'byte', byte: Number.parseInt(digits, 16) }
  }

  #word(): RtfToken {
    const start = this.#at
    while (isLetter(this.#bytes[this.#at])) this.#at++
    const word = this.#bytes.toString('latin1', start, Math.min(this.#at, start + MAX_WORD))
    const parameter = this.#parameter()
    if (this.#bytes[this.#at] === SPACE) this.#at++
    if (word !== 'bin') return { kind: 'word', word, parameter }
    const data = this.#bytes.subarray(this.#at, this.#at + Math.max(0, parameter ?? 0))
    this.#at += data.length
    return { kind: 'binary', bytes: data }
  }

  #parameter(): number | null {
    const start = this.#at
    if (this.#bytes[this.#at] === MINUS && isDigit(this.#bytes[this.#at + 1])) this.#at++
    while (isDigit(this.#bytes[this.#at])) this.#at++
    return this.#at === start ? null : Number(this.#bytes.toString('latin1', start, Math.min(this.#at, start + MAX_DIGITS)))
  }
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a))
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}
