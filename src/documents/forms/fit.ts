// How a value is put into its field: smaller where that is enough, on more lines where it isn't, and cut off at last, which is told.

import type { FontBook } from '../paged/fonts.js'
import type { Pen } from '../paged/lay-out.js'
import type { Line } from '../paged/lay-out-lines.js'

export interface Fitted {
  readonly lines: readonly Line[]
  readonly size: number
  /** False: `lines` are its first ones. */
  readonly isWhole: boolean
}

/** Points. */
const SIZES = [10, 9.5, 9, 8.5, 8]
const WRAPPED = [9]
/** What can still be read on a fax. */
const SMALLEST = 8
/** No field is higher. */
const MOST_LINES = 8
const MOST_OF_ONE = 2
/** Of Latin lines; see lay-out.ts. */
const USUAL_LEADING = 1.36
/** Nobody types more; a value without end would make pages without end. */
const MOST_LETTERS = 2000

export interface Room {
  readonly width: number
  /** As high as the field is when the value is short. */
  readonly lines: number
}

/** @param paragraphs drawable, as `paragraphsOf` gives them. */
export function fitted(pen: Pen, paragraphs: readonly string[], { width, lines }: Room): Fitted {
  const most = lines === 1 ? MOST_OF_ONE : MOST_LINES
  const smallest = linesOf(pen, paragraphs, SMALLEST, width)
  if (smallest.length > most) return { lines: smallest.slice(0, most), size: SMALLEST, isWhole: false }
  for (const { sizes, room } of [
    { sizes: SIZES, room: lines },
    { sizes: WRAPPED, room: most },
  ]) {
    for (const size of sizes) {
      const fitting = linesOf(pen, paragraphs, size, width)
      if (fitting.length <= room) return { lines: fitting, size, isWhole: true }
    }
  }
  return { lines: smallest, size: SMALLEST, isWhole: true }
}

export function linesOf(pen: Pen, paragraphs: readonly string[], size: number, width: number): Line[] {
  return paragraphs.flatMap((paragraph) => pen.linesOf(paragraph, { look: 'sans', size }, width))
}

/** The lines of a value as it was typed, each drawable; none of an empty one. */
export function paragraphsOf(book: FontBook, value: string): string[] {
  const lines = cut(value, MOST_LETTERS)
    .trim()
    .split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/)
  if (lines.every((line) => line.trim() === '')) return []
  return lines.map((line) => book.drawable(line.replace(/\t/g, ' ').trim().normalize('NFC'), 'sans', 'obeyed').text)
}

/** The first letters of a value that is longer than any that people have, never half of one. */
export function cut(value: string, most: number): string {
  return value.length <= most ? value : `${value.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`
}

/** How far a line's letters stand above its foot: scripts that are taller than Latin have their room above and below. */
export function baselineOf(height: number, size: number): number {
  return size * 0.35 + Math.max(0, (height - size * USUAL_LEADING) / 2)
}
