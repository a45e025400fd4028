// Reading what was typed into a step: tidied, measured, and what is wrong with it noted by field.

import type { StepProblem, TypedDate } from './desk.js'

/** Oldest date that is taken for one. */
const EARLIEST = '1890-01-01'
/** What can be called or faxed has no fewer digits. */
const LEAST_DIGITS = 7

/** Bounds of a date, `YYYY-MM-DD`, both included. */
export interface DateBounds {
  readonly from?: string
  readonly to?: string
}

/** One step's form as it is read. Each reader gives the tidied value, and notes what is wrong with it. */
export class Typed {
  readonly problems: StepProblem[] = []

  note(field: string, reason: StepProblem['reason']): void {
    this.problems.push({ field, reason })
  }

  /** A text of one line. */
  line(field: string, typed: string, most: number, isNeeded = false): string {
    return this.#measured(field, oneLine(typed), most, isNeeded)
  }

  /** A text of several lines, without empty ones. */
  lines(field: string, typed: string, most: number, isNeeded = false): string {
    const text = typed
      .split(/\r\n|\r|\n/)
      .map(oneLine)
      .filter(Boolean)
    return this.#measured(field, text.join('\n'), most, isNeeded)
  }

  /** Of a telephone or fax: as it was typed, if there are digits enough in it. */
  telephone(field: string, typed: string, most: number, reason: 'unknown' | 'no-fax'): string {
    const number = this.line(field, typed, most)
    if (number !== '' && (number.normalize('NFKC').match(/\p{Nd}/gu) ?? []).length < LEAST_DIGITS) this.note(field, reason)
    return number
  }

  /** One of a list. */
  oneOf<Word extends string>(field: string, typed: string, words: readonly Word[]): Word | null {
    const word = words.find((each) => each === typed) ?? null
    if (word === null) this.note(field, typed === '' ? 'missing' : 'unknown')
    return word
  }

  /** Some of a list, each once, in the order they were given. */
  someOf<Word extends string>(field: string, typed: readonly string[], words: readonly Word[]): Word[] {
    const known = typed.flatMap((each) => words.find((word) => word === each) ?? [])
    if (known.length < typed.length) this.note(field, 'unknown')
    return [...new Set(known)]
  }

  /** A day of the past; null: none was typed, or no good one. */
  pastDay(field: string, typed: TypedDate, today: string, isNeeded = false): string | null {
    const day = this.#day(field, typed, isNeeded)
    if (day === null) return null
    if (day > today) this.note(field, 'future')
    if (day < EARLIEST) this.note(field, 'too-far')
    return day
  }

  /** A day still to come, up to `last`; null: none was typed, or no good one. */
  comingDay(field: string, typed: TypedDate, today: string, last: string): string | null {
    const day = this.#day(field, typed, false)
    if (day === null) return null
    if (day <= today) this.note(field, 'past')
    if (day > last) this.note(field, 'too-far')
    return day
  }

  #day(field: string, typed: TypedDate, isNeeded: boolean): string | null {
    const parts = [typed.year, typed.month, typed.day].map((part) => oneLine(part).normalize('NFKC'))
    if (parts.every((part) => part === '')) {
      if (isNeeded) this.note(field, 'missing')
      return null
    }
    const day = calendarDay(parts)
    if (typeof day === 'string') return day
    this.note(field, day.reason)
    return null
  }

  #measured(field: string, text: string, most: number, isNeeded: boolean): string {
    if (text === '' && isNeeded) this.note(field, 'missing')
    if ([...text].length > most) this.note(field, 'too-long')
    return text
  }
}

/** `YYYY-MM-DD` of year, month and day in digits; or why it is none. */
function calendarDay([year = '', month = '', day = '']: readonly string[]): string | { readonly reason: 'no-date' | 'no-day' } {
  if (!/^\d{4}$/.test(year) || !/^\d{1,2}$/.test(month) || !/^\d{1,2}$/.test(day)) return { reason: 'no-date' }
  const [y, m, d] = [Number(year), Number(month), Number(day)]
  // Not through the Date constructor, which takes the year 12 for 1912. A day that is not in its month runs over into the next.
  const date = new Date(0)
  date.setUTCFullYear(y, m - 1, d)
  const isReal = date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d
  return isReal ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : { reason: 'no-day' }
}

/**
 * Nothing that can't be seen but spaces between words: neither half a character, which no form could show, nor what turns the words beside
 * it round (a form says what it says), nor a letter that is empty. What joins letters or chooses their shape stays, if there are letters.
 */
export function oneLine(text: string): string {
  const line = text
    .replace(/\p{Cs}/gu, '')
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(UNSEEN, '')
    .trim()
  return SEEN.test(line) ? line : ''
}

const UNSEEN = /(?!\u200c|\u200d|[\u180b-\u180d\ufe00-\ufe0f\u{e0100}-\u{e01ef}])\p{Default_Ignorable_Code_Point}|\u2800/gu
const SEEN = /[^\s\p{Default_Ignorable_Code_Point}]/u
