// Reads PDF objects (ISO 32000-1 7.3) out of bytes that nobody vouches for: no streams, no repair, bounded depth and length.

/** Name, with its slash: `/Pages`. */
export interface PdfName {
  readonly name: string
}
/** Indirect reference. */
export interface PdfRef {
  readonly ref: number
}
export type PdfDict = ReadonlyMap<string, PdfValue>
/** Strings are skipped and read as null. */
export type PdfValue = number | PdfName | PdfRef | PdfDict | readonly PdfValue[] | null

/** Thrown when the bytes are not what they should be; holds nothing of them. */
export class PdfSyntaxError extends Error {
  override name = 'PdfSyntaxError'
}

const MAX_DEPTH = 20
/** No dictionary we look for comes near: a file that has one is not worth reading. */
const MAX_VALUES = 5000
/** A reader sees this much from where it starts, so that no file keeps it busy. */
const WINDOW = 256 * 1024

/** Walks over bytes from `at` on. Every method throws PdfSyntaxError on what it doesn't expect. */
export class PdfReader {
  readonly #bytes: Buffer
  at: number
  #values = 0

  constructor(bytes: Buffer, at: number) {
    if (!Number.isInteger(at) || at < 0 || at >= bytes.length) throw new PdfSyntaxError('position')
    this.#bytes = bytes.subarray(0, at + WINDOW)
    this.at = at
  }

  /** Skips white space and comments. */
  skipSpace(): void {
    for (; this.at < this.#bytes.length; this.at++) {
      const byte = this.#bytes[this.at]
      if (byte === 0x25) {
        while (this.at < this.#bytes.length && this.#bytes[this.at] !== 0x0a && this.#bytes[this.at] !== 0x0d) this.at++
      } else if (byte === undefined || !isSpace(byte)) return
    }
  }

  /** Whether this keyword comes next; moves past it if so. */
  takes(keyword: string): boolean {
    this.skipSpace()
    if (this.#bytes.toString('latin1', this.at, this.at + keyword.length) !== keyword) return false
    this.at += keyword.length
    return true
  }

  /** A non-negative integer. */
  integer(): number {
    const value = this.value(0, false)
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw new PdfSyntaxError('integer')
    return value
  }

  dict(): PdfDict {
    const value = this.value(0)
    if (!(value instanceof Map)) throw new PdfSyntaxError('dictionary')
    return value
  }

  /** Any object. `withRefs`: whether `1 0 R` is one value. */
  value(depth = 0, withRefs = true): PdfValue {
    if (depth > MAX_DEPTH || ++this.#values > MAX_VALUES) throw new PdfSyntaxError('too deep or too long')
    this.skipSpace()
    const byte = this.#bytes[this.at]
    if (byte === 0x2f) return { name: this.#name() }
    if (byte === 0x3c) return this.#bytes[this.at + 1] === 0x3c ? this.#dict(depth) : this.#skipTo(0x3e)
    if (byte === 0x5b) return this.#array(depth)
    if (byte === 0x28) return this.#skipString()
    return this.#word(withRefs)
  }

  #dict(depth: number): PdfDict {
    const dict = new Map<string, PdfValue>()
    this.at += 2
    while (!this.takes('>>')) {
      if (this.#bytes[this.at] !== 0x2f) throw new PdfSyntaxError('key')
      const key = this.#name()
      dict.set(key, this.value(depth + 1))
    }
    return dict
  }

  #array(depth: number): PdfValue[] {
    const array: PdfValue[] = []
    this.at++
    while (!this.takes(']')) array.push(this.value(depth + 1))
    return array
  }

  #name(): string {
    const start = this.at++
    while (isRegular(this.#bytes[this.at])) this.at++
    // 7.3.5: #xx stands for a byte.
    return this.#bytes
      .toString('latin1', start, Math.min(this.at, start + 200))
      .replace(/#([0-9A-Fa-f]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }

  #word(withRefs: boolean): PdfValue {
    const start = this.at
    while (isRegular(this.#bytes[this.at])) this.at++
    const word = this.#bytes.toString('latin1', start, Math.min(this.at, start + 30))
    if (word === 'true' || word === 'false' || word === 'null') return null
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(word)) throw new PdfSyntaxError('word')
    if (withRefs && /^\d+$/.test(word)) {
      const tail = /^[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>[\]{}/%])/.exec(
        this.#bytes.toString('latin1', this.at, this.at + 40),
      )
      if (tail) {
        this.at += tail[0].length
        return { ref: Number(word) }
      }
    }
    return Number(word)
  }

  #skipTo(end: number): null {
    const found = this.#bytes.indexOf(end, this.at)
    if (found < 0) throw new PdfSyntaxError('string')
    this.at = found + 1
    return null
  }

  #skipString(): null {
    let depth = 0
    for (; this.at < this.#bytes.length; this.at++) {
      const byte = this.#bytes[this.at]
      if (byte === 0x5c) this.at++
      else if (byte === 0x28) depth++
      else if (byte === 0x29 && --depth === 0) {
        this.at++
        return null
      }
    }
    throw new PdfSyntaxError('string')
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0 || byte === 0x0c
}

/** 7.2.2: neither white space nor one of the delimiters ()<>[]{}/% */
function isRegular(byte: number | undefined): boolean {
  return byte !== undefined && !isSpace(byte) && !'()<>[]{}/%'.includes(String.fromCharCode(byte))
}
