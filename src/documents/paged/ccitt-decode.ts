// The rows of one strip of a fax picture (TIFF 6.0 sections 10 and 11; ITU-T T.4, T.6). Reading them all is how we know that a strip is
// whole; whoever packs it anew gets each row on the way.

import { RowReader, rowOf } from './ccitt-rows.js'

export interface FaxCoding {
  /** TIFF's Compression: `rle` 2 (and 32771), `g3` 3, `g4` 4. */
  readonly scheme: 'rle' | 'g3' | 'g4'
  /** Of g3: rows may be coded against the one above. */
  readonly isTwoDimensional: boolean
  /** Of rle: bits that a row starts at a multiple of. */
  readonly alignment: 8 | 16
}

export interface DecodedStrip {
  /** Rows that were given to onRow. Fewer than asked for: the strip is short. */
  readonly rows: number
  /** Rows among them that were damaged: each is the one above again, as a fax machine prints it. */
  readonly repaired: number
  /** It has fewer rows than asked for, and says itself that it ends there (RTC, EOFB). */
  readonly isEnded: boolean
  /** Bytes that hold those rows. */
  readonly length: number
}

/** Reads the strips of one picture. Takes time linear in the data and in rows; the rows' lists are made once. */
export class StripDecoder {
  readonly #coding: FaxCoding
  readonly #columns: number
  #row: Int32Array
  #above: Int32Array

  constructor(coding: FaxCoding, columns: number) {
    this.#coding = coding
    this.#columns = columns
    this.#row = rowOf(columns)
    this.#above = rowOf(columns)
  }

  /**
   * Reads at most `rows` rows of one strip. `onRow` gets each row's changing elements (see ccitt-rows.ts) and must not keep the array.
   * Never throws, stops at damage that hides where the next row begins.
   */
  read(strip: Uint8Array, rows: number, onRow: (row: Int32Array) => void = () => {}): DecodedStrip {
    const reader = new RowReader(strip, this.#columns)
    this.#above.fill(this.#columns, 0, 4) // each strip begins under a white row
    const { scheme } = this.#coding
    const read = scheme === 'g4' ? this.#readG4 : scheme === 'g3' ? this.#readG3 : this.#readRle
    return { ...read.call(this, reader, rows, onRow), length: Math.min(strip.length, Math.ceil(reader.at / 8)) }
  }

  /** T.6: each row against the one above. A wrong bit spoils all that follows. */
  #readG4(reader: RowReader, rows: number, onRow: OnRow): Rows {
    for (let done = 0; done < rows; done++) {
      const start = reader.at
      if (!reader.readChanges(this.#row, this.#above)) {
        reader.at = start
        return { rows: done, repaired: 0, isEnded: reader.peek(12) === 1 } // T.6 2.4.1.1: EOFB begins with an EOL, and no row does
      }
      this.#give(onRow)
    }
    return { rows, repaired: 0, isEnded: false }
  }

  /** TIFF 6.0 section 10: rows coded by themselves, each from a new byte on. */
  #readRle(reader: RowReader, rows: number, onRow: OnRow): Rows {
    for (let done = 0; done < rows; done++) {
      if (!reader.readRuns(this.#row)) return { rows: done, repaired: 0, isEnded: false }
      reader.alignTo(this.#coding.alignment)
      this.#give(onRow)
    }
    return { rows, repaired: 0, isEnded: false }
  }

  /** T.4: an end-of-line word before each row (some writers leave it out), so one can go on behind a damaged row. */
  #readG3(reader: RowReader, rows: number, onRow: OnRow): Rows {
    const { isTwoDimensional } = this.#coding
    let repaired = 0
    // Behind a damaged row the next that leans on it would be wrong as well.
    let isLost = false
    for (let done = 0; done < rows; done++) {
      const start = readRowStart(reader, isTwoDimensional)
      if (start === 'end') return { rows: done, repaired, isEnded: true }
      if (start === 'alone') isLost = false
      if (!isLost && (start === 'alone' ? reader.readRuns(this.#row) : reader.readChanges(this.#row, this.#above))) this.#give(onRow)
      else if (reader.seekEndOfLine()) {
        isLost = isTwoDimensional
        repaired++
        onRow(this.#above)
      } else return { rows: done, repaired, isEnded: false }
    }
    return { rows, repaired, isEnded: false }
  }

  #give(onRow: OnRow): void {
    onRow(this.#row)
    const next = this.#above
    this.#above = this.#row
    this.#row = next
  }
}

type Rows = Omit<DecodedStrip, 'length'>
type OnRow = (row: Int32Array) => void

/** How the next row is coded; `end`: two end-of-line words in a row begin the RTC (T.4 4.1.4), whatever number of them a sender writes. */
function readRowStart(reader: RowReader, isTwoDimensional: boolean): 'alone' | 'changes' | 'end' {
  let isAlone = true
  for (let words = 0; reader.takeEndOfLine(); words++) {
    if (words === 1) return 'end'
    if (!isTwoDimensional) continue
    isAlone = reader.peek(1) === 1 // T.4 4.2.2: the tag bit
    reader.at++
  }
  return isAlone ? 'alone' : 'changes'
}
