// One row of a fax picture at a time (ITU-T T.4 4.1 and 4.2, T.6 2.2), out of bytes that nobody vouches for. A row is the list of its
// changing elements: columns where the colour changes, from white on, strictly rising; then at least three times the row's width, so
// that no reader of the list has to look for its end. Pixels are never made: what is copied or packed anew needs none.

import { BLACK_RUNS, MAKE_UP, MODE_BITS, MODE_PASS, MODE_TABLE, MODE_V0, RUN_BITS, WHITE_RUNS } from './ccitt-codes.js'

/** Bytes of zeros wanted behind the data, so that looking ahead never leaves it. */
const PADDING = 8
const EOL_BITS = 12
/** Makes what it is added to negative, whatever that was. */
const NO_RUN = -(2 ** 30)

/** Entries for a row of that width, with the end marks. */
export function rowOf(columns: number): Int32Array {
  return new Int32Array(columns + 8).fill(columns)
}

export class RowReader {
  /** In bits. */
  at = 0
  /** In bits, of the data without padding. */
  readonly end: number
  /** Changing elements of the row read last, without end marks. */
  count = 0
  readonly #bytes: Uint8Array
  readonly #columns: number

  constructor(data: Uint8Array, columns: number) {
    this.#bytes = new Uint8Array(data.length + PADDING)
    this.#bytes.set(data)
    this.end = data.length * 8
    this.#columns = columns
  }

  /** Whether it could read on. */
  get isAtEnd(): boolean {
    return this.at >= this.end
  }

  /** The next bits, 17 at most, without moving on. */
  peek(width: number): number {
    const byte = this.at >>> 3
    const bytes = this.#bytes
    const window = ((bytes[byte] ?? 0) << 16) | ((bytes[byte + 1] ?? 0) << 8) | (bytes[byte + 2] ?? 0)
    return (window >>> (24 - width - (this.at & 7))) & ((1 << width) - 1)
  }

  /** Past fill and the end-of-line word (T.4 4.1.2), if one is next; says whether. */
  takeEndOfLine(): boolean {
    if (this.peek(EOL_BITS - 1) !== 0) return false
    let at = this.at + EOL_BITS - 1
    while (at < this.end && !this.#bit(at)) at = (at & 7) === 0 && this.#bytes[at >>> 3] === 0 ? at + 8 : at + 1
    if (at >= this.end) return false
    this.at = at + 1
    return true
  }

  /** To the first end-of-line word from here on, before it; false: there is none. */
  seekEndOfLine(): boolean {
    let zeros = 0
    for (let at = this.at; at < this.end; at++) {
      zeros = this.#bit(at) ? 0 : zeros + 1
      if (zeros === EOL_BITS - 1) {
        const before = at + 1 - zeros
        this.at = before
        const isThere = this.takeEndOfLine()
        this.at = isThere ? before : this.end
        return isThere
      }
    }
    this.at = this.end
    return false
  }

  alignTo(bits: number): void {
    this.at = Math.ceil(this.at / bits) * bits
  }

  /** A row coded by itself (T.4 4.1) into `row`; false: it is damaged, and `at` is where that showed. */
  readRuns(row: Int32Array): boolean {
    const columns = this.#columns
    let [column, count, isBlack] = [0, 0, false]
    while (column < columns) {
      const run = this.#run(isBlack ? BLACK_RUNS : WHITE_RUNS)
      column += run
      if (run < 0 || column > columns) return false
      count = addChange(row, count, column)
      isBlack = !isBlack
    }
    this.#finish(row, count)
    return this.at <= this.end
  }

  /** A row coded by its changes against the one above (T.4 4.2.1, T.6 2.2); `above` is not changed. False as in readRuns. */
  readChanges(row: Int32Array, above: Int32Array): boolean {
    // Everything in locals: this loop is what a whole fax costs.
    const [columns, bytes] = [this.#columns, this.#bytes]
    let [at, a0, count, next] = [this.at, 0, 0, 0]
    let b1 = above[0] as number
    while (a0 < columns) {
      const byte = at >>> 3
      const three = ((bytes[byte] as number) << 16) | ((bytes[byte + 1] as number) << 8) | (bytes[byte + 2] as number)
      const window = three << (8 + (at & 7))
      if (window < 0) {
        // Ones are V0, nine words in ten: changes right below those above, which rise by themselves.
        for (let ones = Math.clz32(~window); ones > 0 && a0 < columns; ones--) {
          row[count++] = b1
          a0 = b1
          b1 = above[++next] as number
          at++
        }
        continue
      }
      const entry = MODE_TABLE[window >>> (32 - MODE_BITS)] as number
      const mode = entry >>> 4
      at += entry & 15
      if (mode < MODE_PASS) {
        const a1 = b1 + mode - MODE_V0
        if (a1 < a0 || a1 > columns || entry === 0) break
        count = addChange(row, count, a1)
        a0 = a1
        // The other colour's changes are the odd ones, or the even ones: at most one back, for a change to the left can uncover it.
        next = next > 0 ? next - 1 : 1
      } else if (mode === MODE_PASS) {
        a0 = above[next + 1] as number
        next += 2
      } else {
        this.at = at
        const isBlack = (count & 1) === 1
        const a1 = a0 + this.#run(isBlack ? BLACK_RUNS : WHITE_RUNS)
        const a2 = a1 + this.#run(isBlack ? WHITE_RUNS : BLACK_RUNS)
        at = this.at
        if (a1 < a0 || a2 < a1 || a2 > columns) break
        count = addChange(row, addChange(row, count, a1), a2)
        a0 = a2
      }
      b1 = above[next] as number
      while (b1 <= a0 && b1 < columns) {
        next += 2
        b1 = above[next] as number
      }
    }
    this.at = at
    this.#finish(row, count)
    return a0 >= columns && at <= this.end
  }

  /** One run, its make-up words included; far below 0: no such word. Longer than any row it stops. */
  #run(table: Uint16Array): number {
    const bytes = this.#bytes
    let [at, run] = [this.at, 0]
    for (;;) {
      const byte = at >>> 3
      const window = ((bytes[byte] as number) << 16) | ((bytes[byte + 1] as number) << 8) | (bytes[byte + 2] as number)
      const entry = table[(window >>> (24 - RUN_BITS - (at & 7))) & ((1 << RUN_BITS) - 1)] as number
      if (entry === 0) break
      at += entry & 15
      run += entry >>> 4
      if (entry >>> 4 < MAKE_UP) {
        this.at = at
        return run
      }
      if (run > this.#columns) break
    }
    this.at = at
    return NO_RUN
  }

  #bit(at: number): boolean {
    return (((this.#bytes[at >>> 3] ?? 0) >>> (7 - (at & 7))) & 1) === 1
  }

  /** End marks; a change at the right edge is none. */
  #finish(row: Int32Array, count: number): void {
    while (count > 0 && row[count - 1] === this.#columns) count--
    row.fill(this.#columns, count, count + 4)
    this.count = count
  }
}

/** The list with one change more; one at the same place undoes the last: a run of nothing, and the colour goes on as before. */
function addChange(row: Int32Array, count: number, column: number): number {
  if (count > 0 && row[count - 1] === column) return count - 1
  row[count] = column
  return count + 1
}
