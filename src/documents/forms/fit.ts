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

/** Points. The smallest is what can still be read on a fax. */
const SIZES = [10, 9.5, 9, 8.5, 8]
const WRAPPED = [9, 8]
/** No field is higher. */
const MOST_LINES = 8
const MOST_OF_ONE = 2
/** Of Latin lines; see lay-out.ts. */
const USUAL_LEADING = 1.36
/** Nobody types more; a value without end would make pages without end. */
const MOST_LETTERS = 4000

export interface Room {
  readonly width: number
  /** As high as the field is when the value is short. */
  readonly lines: number
}

/** @param paragraphs drawable, as `paragraphsOf` gives them. */
export function fitted(pen: Pen, paragraphs: readonly string[], { width, lines }: Room): Fitted {
  const at = (size: number) => linesOf(pen, paragraphs, size, width)
  for (const size of SIZES) if (at(size).length <= lines) return { lines: at(size), size, isWhole: true }
  const most = lines === 1 ? MOST_OF_ONE : MOST_LINES
  for (const size of WRAPPED) if (at(size).length <= most) return { lines: at(size), size, isWhole: true }
  const smallest = SIZES.at(-1) ?? 8
  return { lines: at(smallest).slice(0, most), size: smallest, isWhole: false }
}

export function linesOf(pen: Pen, paragraphs: readonly string[], size: number, width: number): Line[] {
  return paragraphs.flatMap((paragraph) => pen.linesOf(paragraph, { look: 'sans', size }, width))
}

/** The lines of a value as it was typed, each drawable; none of an empty one. */
export function paragraphsOf(book: FontBook, value: string): string[] {
  const short = value.length > MOST_LETTERS ? `${value.slice(0, MOST_LETTERS).replace(/[\ud800-\udbff]$/, '')} …` : value
  const lines = short.trim().split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/)
  if (lines.every((line) => line.trim() === '')) return []
  return lines.map((line) => book.drawable(line.replace(/\t/g, ' ').trim().normalize('NFC'), 'sans', 'obeyed').text)
}

/** How far a line's letters stand above its foot: scripts that are taller than Latin have their room above and below. */
export function baselineOf(height: number, size: number): number {
  return size * 0.35 + Math.max(0, (height - size * USUAL_LEADING) / 2)
}
