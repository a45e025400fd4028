// Moments as people read them in mails: in the time zone the reader has chosen, else in UTC. The zone is always said.

/**
 * How dates, times and numbers are written for `language` (BCP 47) by people in the United States: `2:05 p.m.` and `1.2 MB` in Spanish,
 * too, where `es` alone would write `14:05` and `1,2 MB`.
 */
export function localeOf(language: string): string {
  return new Intl.Locale(language, { region: 'US' }).toString()
}

/** For instance `November 22, 2026 at 2:05 PM UTC`. @param timeZone IANA name; null: UTC. */
export function momentInWords(at: number, language: string, timeZone: string | null = null): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    ...{ year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' },
    timeZone: timeZone ?? 'UTC',
  }).format(at)
}

/** For instance `November 22, 2026`: the day it is there at that moment. @param timeZone IANA name; null: UTC. */
export function dayInWords(at: number, language: string, timeZone: string | null = null): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: timeZone ?? 'UTC' }).format(at)
}

/** Whether this machine knows the time zone. */
export function isTimeZone(name: string): boolean {
  return Intl.supportedValuesOf('timeZone').includes(name) || name === 'UTC'
}
