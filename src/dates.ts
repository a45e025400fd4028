// Moments as people read them in mails. Mails cannot know the reader's time zone, so they say UTC.

/**
 * How dates, times and numbers are written for `language` (BCP 47) by people in the United States: `2:05 p.m.` and `1.2 MB` in Spanish,
 * too, where `es` alone would write `14:05` and `1,2 MB`.
 */
export function localeOf(language: string): string {
  return new Intl.Locale(language, { region: 'US' }).toString()
}

/** For instance `November 22, 2026 at 2:05 PM UTC`. */
export function momentInWords(at: number, language: string): string {
  return `${new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(at)} UTC`
}
