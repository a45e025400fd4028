// Requests as the intake sees them: which one do these records answer, what has to go with them, and that they have been answered.

import type { AwaitedRequest, AwaitedRequests } from '../awaited-request.js'
import { DAY } from '../clock.js'
import { EXPIRY_DAYS, type FormContent } from '../documents/forms/content.js'
import type { RequestRow } from '../store/requests.js'
import type { Tables } from '../store/store.js'
import { makeForm } from './files.js'
import { opened } from './outcome.js'
import { dayThere } from './save.js'
import { OVER_KEPT, openKept, type RequestTools, recordEvent } from './tools.js'

/** See AwaitedRequests. */
export function awaitedRequests(tools: RequestTools): AwaitedRequests<Tables> {
  return {
    find: async (consumerId, providerId, numbers, twins) => {
      const row = await findRow(tools, { consumerId, providerId, numbers, twins })
      return row && awaited(tools, row)
    },
    answered,
    reopen: reopenAnswered,
  }
}

interface Arriving {
  readonly consumerId: string
  readonly providerId: string
  readonly numbers: readonly string[]
  readonly twins: readonly string[]
}

/** The form itself said so; else the same documents did before; else the one that waits longest; else an authorization that still runs. */
async function findRow(tools: RequestTools, { consumerId, providerId, numbers, twins }: Arriving): Promise<RequestRow | null> {
  const { requests } = tools.store.read
  const hers = await requests.of(consumerId)
  // Most people have asked for nothing.
  if (hers.length === 0) return null
  const named = namedOf(hers, numbers)
  if (named) return named
  const before = (await requests.answeredBy(twins)).find((row) => row.consumerId === consumerId)
  if (before) return before
  return (await requests.oldestOpen(consumerId, providerId, twins)) ?? stillRunning(tools, hers, providerId)
}

/** Also one that she printed and never said she sent: it was, since here is its answer. One that waits before one that was answered. */
function namedOf(hers: readonly RequestRow[], numbers: readonly string[]): RequestRow | null {
  const found = hers.filter(({ number }) => numbers.includes(number))
  for (const state of ['sent', 'draft', 'answered']) {
    const row = found.find((each) => each.state === state)
    if (row) return row
  }
  return null
}

/**
 * Records that come under a consent to substance-use treatment records each need a copy of it (42 CFR 2.32), also after the first of them
 * have answered the request.
 */
function stillRunning({ store, clock }: RequestTools, hers: readonly RequestRow[], providerId: string): RequestRow | null {
  const rows = hers.filter((row) => row.kind === 'authorization' && row.state === 'answered' && row.providerId === providerId)
  return (
    rows.find((row) => {
      const { content } = openKept(store.keyring, row)
      return needsConsentCopy(content) && !hasEnded(content, row, clock.now())
    }) ?? null
  )
}

/** One that ends with an event may have ended, which nobody told us: a copy too many does no harm. */
function hasEnded({ expiry, signature }: FormContent, { sentAt, createdAt }: RequestRow, now: number): boolean {
  if (expiry.on !== null) return expiry.on < dayThere(now, null)
  if (expiry.event !== '') return false
  const begins = signature === null ? (sentAt ?? createdAt) : Date.parse(signature.on)
  return begins + EXPIRY_DAYS * DAY < now
}

function needsConsentCopy({ initials }: FormContent): boolean {
  return (initials['substance-use'] ?? '') !== ''
}

async function awaited(tools: RequestTools, row: RequestRow): Promise<AwaitedRequest> {
  const { number, kind } = row
  const { content } = openKept(tools.store.keyring, row)
  if (kind !== 'authorization' || !needsConsentCopy(content)) return { number, kind, consent: null }
  const consumer = await tools.store.read.consumers.byId(row.consumerId)
  const consent = await makeForm(tools, row, consumer?.language ?? 'en')
  // Sealed without it, the records would be disclosed against the law: better later.
  if (!consent) throw new Error('requests: no consent copy')
  return { number, kind, consent }
}

/** See AwaitedRequests.answered. */
async function answered(tables: Tables, number: string, packageNumber: string, at: number): Promise<void> {
  const row = await tables.requests.byNumber(number)
  if (!row || (row.state !== 'sent' && row.state !== 'draft')) return
  const change = { state: 'answered', answeredAt: at, answeredBy: packageNumber, updatedAt: at, keptUntil: at + OVER_KEPT } as const
  if (await tables.requests.change(row, change)) await recordEvent(tables, row, { at, kind: 'request-answered', actor: 'intake' })
}

/** See AwaitedRequests.reopen; apart, for whoever has no desk at hand. */
export async function reopenAnswered(tables: Tables, packageNumbers: readonly string[], at: number): Promise<void> {
  for (const row of await tables.requests.answeredBy(packageNumbers)) {
    // The same documents, sent again to her, may answer it after all.
    const change = { ...opened(row, at), answeredBy: null, updatedAt: at }
    if (await tables.requests.change(row, change)) await recordEvent(tables, row, { at, kind: 'request-unanswered', actor: 'system' })
  }
}
