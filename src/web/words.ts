// Numbers, sizes and times as people read them, in the language of the page.

import { DAY, HOUR, MINUTE } from '../clock.js'
import { localeOf } from '../dates.js'
import type { Text } from '../texts.js'

export interface Words {
  /** `November 22, 2026` */
  date(at: number): string
  /** `November 22, 2026 at 2:05 PM UTC`; the page's script puts it into the reader's own time zone. */
  time(at: number): string
  /** Machine-readable, for `<time datetime>`. */
  iso(at: number): string
  /** `1.2 MB` */
  size(bytes: number): string
  /** `3 pages` */
  pages(count: number): string
  /** How long from now, rounded up: `5 minutes`. Never less than a minute unless it is seconds. */
  span(ms: number): string
  /** `PDF`, `Photo or scan`, … for a media type. */
  kindOf(mediaType: string): string
}

/** @param t texts of `language`. */
export function words(language: string, t: Text): Words {
  const locale = localeOf(language)
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  // Made once: a package may have thousands of sizes.
  const numbers = {
    whole: new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }),
    tenths: new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }),
  }
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return {
    date: (at) => date.format(at),
    time: (at) => t('web.words.utc', { time: time.format(at) }),
    iso: (at) => new Date(at).toISOString(),
    size: (bytes) => size(bytes, numbers, t),
    span: (ms) => span(ms, t),
    pages: (count) => t('web.words.pages', { count }),
    kindOf: (mediaType) => t(`web.kinds.${kindOfMedia(mediaType)}`),
  }
}

function size(bytes: number, { whole, tenths }: Readonly<Record<'whole' | 'tenths', Intl.NumberFormat>>, t: Text): string {
  if (bytes < 1000) return t('web.words.bytes', { count: bytes })
  // 999,600 bytes are 1 MB, not 1,000 KB.
  if (bytes < 999_500) return t('web.words.kilobytes', { number: whole.format(bytes / 1000) })
  const format = bytes < 10_000_000 ? tenths : whole
  return t('web.words.megabytes', { number: format.format(bytes / 1_000_000) })
}

function span(ms: number, t: Text): string {
  if (ms < MINUTE) return t('web.words.seconds', { count: Math.max(1, Math.ceil(ms / 1000)) })
  if (ms < HOUR) return t('web.words.minutes', { count: Math.ceil(ms / MINUTE) })
  if (ms < 2 * DAY) return t('web.words.hours', { count: Math.ceil(ms / HOUR) })
  return t('web.words.days', { count: Math.ceil(ms / DAY) })
}

/** Of media types: those that are what they say, then patterns; the first that fits counts. */
const KINDS: ReadonlyArray<readonly [kind: string, fits: RegExp]> = [
  ['pdf', /^application\/pdf$/],
  ['fax', /^image\/tiff$/],
  ['image', /^image\//],
  ['hl7', /^text\/hl7v2/],
  ['text', /^text\/plain$/],
  ['page', /^(text\/html|application\/xhtml\+xml)$/],
  ['cda', /^application\/cda\+xml$/],
  ['fhir', /^application\/fhir\+/],
  ['dicom', /^application\/dicom/],
  ['calendar', /^text\/calendar$/],
  ['contact', /^text\/(x-)?vcard$/],
  ['outlook', /tnef$/],
  ['signed', /pkcs7|pgp/],
  ['mail', /^message\/|ms-outlook$/],
  ['xml', /\bxml$/],
  ['data', /\bjson$/],
  ['archive', /zip|compressed/],
  ['slides', /powerpoint|presentation/],
  ['table', /excel|spreadsheet|csv/],
  ['letter', /word|opendocument\.text|rtf/],
]

/** A closed word for what a document is, for `web.kinds` and `web.programs`; `other` when its type says nothing to people. */
export function kindOfMedia(mediaType: string): string {
  const type = (mediaType.split(';')[0] ?? '').trim().toLowerCase()
  return KINDS.find(([, fits]) => fits.test(type))?.[0] ?? 'other'
}
