// Moments as people read them in mails. Mails cannot know the reader's time zone, so they say UTC.

/** For instance `November 22, 2026`, in UTC. */
export function dateInWords(at: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(at)
}

/** For instance `November 22, 2026 at 2:05 PM UTC`. */
export function momentInWords(at: number, language: string): string {
  return `${new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(at)} UTC`
}
