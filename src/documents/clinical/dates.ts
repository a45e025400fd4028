// Dates of records in words. They are said as precisely as they were given, never more so, and in the time zone they were given in.

import { localeOf } from '../../dates.js'
import type { Text } from '../../texts.js'

/** Calendar numbers as written; what is missing was not said. */
export interface RecordDate {
  readonly year: number
  readonly month?: number | undefined
  readonly day?: number | undefined
  readonly hour?: number | undefined
  readonly minute?: number | undefined
  /** As written, `+02:00` or `-04:00`; `Z` is `+00:00`. */
  readonly offset?: string | undefined
}

/** HL7 v2 and v3: `YYYY[MM[DD[HH[MM[SS[.ssss]]]]]][+/-ZZZZ]`. null for anything else, dates that don't exist included. */
export function readHl7Date(written: string): RecordDate | null {
  const parted = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\d\d(?:\.\d{0,9})?)?)?)?)?)?([+-]\d{4})?$/.exec(written.trim())
  return parted ? dateOf(parted) : null
}

/** ISO 8601 as FHIR and CCR write it: `YYYY[-MM[-DD[Thh:mm[:ss[.s]][Z or +hh:mm]]]]`. null for anything else. */
export function readIsoDate(written: string): RecordDate | null {
  const parted = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::\d\d(?:\.\d{1,12})?)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/i.exec(
    written.trim(),
  )
  return parted ? dateOf(parted) : null
}

function dateOf([, year, month, day, hour, minute, offset]: RegExpExecArray): RecordDate | null {
  const date = {
    year: Number(year),
    month: number(month),
    day: number(day),
    hour: number(hour),
    minute: number(minute),
    offset: offset === undefined ? undefined : /^z$/i.test(offset) ? '+00:00' : `${offset.slice(0, 3)}:${offset.slice(-2)}`,
  }
  return exists(date) ? date : null
}

function number(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits)
}

function exists({ year, month = 1, day = 1, hour = 0, minute = 0 }: RecordDate): boolean {
  const at = new Date(Date.UTC(year, month - 1, day))
  return year > 0 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day && hour < 24 && minute < 60
}

/** In the language of the texts: `2015`, `March 2015`, `March 4, 2015`, `March 4, 2015 at 2:05 PM (UTC-05:00)`. */
export function dateInWords(date: RecordDate, text: Text): string {
  const language = text('clinical.language')
  const day = dayInWords(date, language)
  // Midnight to the minute is how many systems write a day without a time.
  if (date.hour === undefined || (date.hour === 0 && !date.minute)) return day
  const clock = formatter(language, { hour: 'numeric', minute: date.minute === undefined ? undefined : '2-digit' })
  const time = clock.format(Date.UTC(2000, 0, 1, date.hour, date.minute ?? 0))
  if (date.offset === undefined) return text('clinical.dates.withTime', { day, time })
  if (date.offset === '+00:00') return text('clinical.dates.withUtc', { day, time })
  return text('clinical.dates.withZone', { day, time, offset: date.offset.replace('-', '\u2212') })
}

function dayInWords({ year, month, day }: RecordDate, language: string): string {
  if (month === undefined) return String(year)
  const options: Intl.DateTimeFormatOptions =
    day === undefined ? { year: 'numeric', month: 'long' } : { year: 'numeric', month: 'long', day: 'numeric' }
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, day ?? 1)
  return formatter(language, options).format(at)
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Making one takes longer than a hundred uses of it. */
function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${Object.entries(options).join()}`
  const known = formatters.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(localeOf(language), { ...options, timeZone: 'UTC' })
  formatters.set(key, made)
  return made
}

/** A date of HL7 in words; what is no date stays as it was written. */
export function hl7Date(written: string | undefined, text: Text): string {
  if (written === undefined || written.trim() === '') return ''
  const date = readHl7Date(written)
  return date === null ? written.trim() : dateInWords(date, text)
}

/** A date of FHIR or CCR in words; what is no date stays as it was written. */
export function isoDate(written: string | undefined, text: Text): string {
  if (written === undefined || written.trim() === '') return ''
  const date = readIsoDate(written)
  return date === null ? written.trim() : dateInWords(date, text)
}

/** Two dates in words, either of which may be ''. */
export function periodInWords(from: string, to: string, text: Text): string {
  if (from !== '' && from === to) return from
  if (from !== '' && to !== '') return text('clinical.dates.period', { from, to })
  if (from !== '') return text('clinical.dates.since', { from })
  return to === '' ? '' : text('clinical.dates.until', { to })
}
