// Days as people count them: by the calendar of the place they are in. A day is `YYYY-MM-DD`; a moment is in milliseconds.

import { DAY, HOUR } from '../clock.js'

/** Where she has not said where she is: in the middle of the country. By UTC a form signed in the evening would be of tomorrow. */
const USUAL_ZONE = 'America/Chicago'

/** Whose days count. @param timeZone IANA name; null: she has not said. */
export function zoneOf(timeZone: string | null): string {
  return timeZone ?? USUAL_ZONE
}

/** The day it is there at that moment. */
export function dayThere(at: number, timeZone: string | null): string {
  const parts = new Intl.DateTimeFormat('en-US', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zoneOf(timeZone) })
  const { year, month, day } = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, value]))
  return `${year}-${month}-${day}`
}

/** So many days later. */
export function daysAfter(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY).toISOString().slice(0, 10)
}

/** How many days from one to the other; negative when the second is before the first. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY)
}

/** A moment of that day: noon by UTC, which is the same day nearly everywhere, so that whoever writes it down writes that day. */
export function momentOn(day: string, timeZone: string | null): number {
  const noon = Date.parse(day) + 12 * HOUR
  // East of the date line it is the next day already.
  return dayThere(noon, timeZone) === day ? noon : noon - 12 * HOUR
}
