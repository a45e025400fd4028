// Packs rows into one G4 picture (ITU-T T.6): what came in strips, in G3 or in bits becomes a single piece, pixel for pixel the same.

import {
  BLACK_WORDS,
  type CodeWord,
  LONGEST_RUN,
  MAKE_UP,
  MODE_HORIZONTAL,
  MODE_PASS,
  MODE_V0,
  MODE_WORDS,
  WHITE_WORDS,
} from './ccitt-codes.js'
import { rowOf } from './ccitt-rows.js'

const FIRST_BYTES = 1 << 16
/** Words that one change can cost: mode, two runs. */
const BYTES_PER_CHANGE = 8

export class G4Encoder {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0
  /** Bits not written yet, the newest lowest. */
  #pending = 0
  #pendingBits = 0
  #above: Int32Array
  readonly #columns: number
  #rows = 0

  constructor(columns: number) {
    this.#columns = columns
    this.#above = rowOf(columns)
  }

  /** So many rows were added. */
  get rows(): number {
    return this.#rows
  }

  /** A row's changing elements, as RowReader gives them; copied. */
  add(row: Int32Array): void {
    const [columns, above] = [this.#columns, this.#above]
    let [a0, from, next] = [0, 0, 0]
    this.#reserve(row)
    do {
      const a1 = row[from] as number
      const b1 = above[next] as number
      const b2 = above[next + 1] as number
      const distance = a1 - b1
      if (b2 < a1) {
        this.#put(MODE_WORDS[MODE_PASS] as CodeWord)
        a0 = b2
        next += 2
      } else if (distance >= -3 && distance <= 3) {
        this.#put(MODE_WORDS[MODE_V0 + distance] as CodeWord)
        a0 = a1
        from++
        next = next > 0 ? next - 1 : 1
      } else {
        const a2 = row[from + 1] as number
        const isBlack = (from & 1) === 1
        this.#put(MODE_WORDS[MODE_HORIZONTAL] as CodeWord)
        this.#putRun(a1 - a0, isBlack ? BLACK_WORDS : WHITE_WORDS)
        this.#putRun(a2 - a1, isBlack ? WHITE_WORDS : BLACK_WORDS)
        a0 = a2
        from += 2
      }
      while ((above[next] as number) <= a0 && (above[next] as number) < columns) next += 2
    } while (a0 < columns)
    this.#keep(row)
    this.#rows++
  }

  /** The whole picture, with its end mark (EOFB). Nothing may be added later. */
  finish(): Buffer {
    this.#put({ bits: 1, length: 12 })
    this.#put({ bits: 1, length: 12 })
    if (this.#pendingBits > 0) this.#put({ bits: 0, length: 8 - this.#pendingBits })
    return this.#bytes.subarray(0, this.#length)
  }

  /** Space for the longest form that a row of so many changes can take. */
  #reserve(row: Int32Array): void {
    let changes = 4
    while ((row[changes - 4] as number) < this.#columns) changes++
    let above = 0
    while ((this.#above[above] as number) < this.#columns) above++
    const wanted = this.#length + (changes + above) * BYTES_PER_CHANGE + (this.#columns >>> 8) + 64
    if (wanted <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2))
    this.#bytes.copy(bytes, 0, 0, this.#length)
    this.#bytes = bytes
  }

  #keep(row: Int32Array): void {
    const above = this.#above
    let index = 0
    for (; (row[index] as number) < this.#columns; index++) above[index] = row[index] as number
    above.fill(this.#columns, index, index + 4)
  }

  #putRun(run: number, words: readonly CodeWord[]): void {
    let left = run
    for (; left >= LONGEST_RUN + MAKE_UP; left -= LONGEST_RUN) this.#put(words[MAKE_UP - 1 + LONGEST_RUN / MAKE_UP] as CodeWord)
    if (left >= MAKE_UP) this.#put(words[MAKE_UP - 1 + (left >>> 6)] as CodeWord)
    this.#put(words[left & 63] as CodeWord)
  }

  #put({ bits, length }: CodeWord): void {
    this.#pending = (this.#pending << length) | bits
    this.#pendingBits += length
    while (this.#pendingBits >= 8) {
      this.#pendingBits -= 8
      this.#bytes[this.#length++] = this.#pending >>> this.#pendingBits
    }
  }
}
