// The consent to substance-use treatment records: a copy of it, or of what it covers, has to go with each disclosure (42 CFR 2.32(b)), as
// long as it runs, also after the first records have answered the request.

import { DAY } from '../clock.js'
import { EXPIRY_DAYS, type FormContent } from '../documents/forms/content.js'
import type { RequestRow } from '../store/requests.js'
import { daysAfter, dayThere } from './days.js'
import { SENT_KEPT } from './tools.js'

type Dates = Pick<RequestRow, 'sentAt' | 'createdAt'>

export function needsConsentCopy({ kind, initials }: FormContent): boolean {
  return kind === 'authorization' && (initials['substance-use'] ?? '') !== ''
}

/** Its last day; null: it ends with an event, of which nobody tells us. */
export function lastDayOf({ expiry, signature }: FormContent, { sentAt, createdAt }: Dates): string | null {
  if (expiry.on !== null) return expiry.on
  if (expiry.event !== '') return null
  return daysAfter(signature?.on ?? dayThere(sentAt ?? createdAt, null), EXPIRY_DAYS)
}

/** One that ends with an event may have ended: a copy too many does no harm. */
export function hasEnded(content: FormContent, dates: Dates, now: number): boolean {
  const last = lastDayOf(content, dates)
  return last !== null && last < dayThere(now, null)
}

/** Until when a request is kept that would be kept until then: never so that records come under its consent and no copy can be made. */
export function keptWithConsent(content: FormContent, dates: Dates, until: number): number {
  if (!needsConsentCopy(content)) return until
  const last = lastDayOf(content, dates)
  return Math.max(until, last === null ? (dates.sentAt ?? dates.createdAt) + SENT_KEPT : Date.parse(last) + 30 * DAY)
}
