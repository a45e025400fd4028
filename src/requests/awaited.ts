// Requests as the intake sees them: which of them do these records answer, what has to go with them, and that they have been answered.

import type { Awaited, AwaitedRequests, ConsentCopy } from '../awaited-request.js'
import type { Keyring } from '../store/keyring.js'
import type { RequestRow } from '../store/requests.js'
import type { Tables } from '../store/store.js'
import { hasEnded, keptWithConsent, needsConsentCopy } from './consent.js'
import { consentCopy } from './files.js'
import { opened } from './outcome.js'
import { OVER_KEPT, openKept, type RequestTools, recordEvent } from './tools.js'

/** See AwaitedRequests. */
export function awaitedRequests(tools: RequestTools): AwaitedRequests<Tables> {
  return {
    find: async (consumerId, providerId, numbers, twins) => {
      const hers = await tools.store.read.requests.of(consumerId)
      // Most people have asked for nothing.
      if (hers.length === 0) return null
      return find(tools, hers, { providerId, numbers, twins: await twins() })
    },
    answered: (tables, number, packageNumber, at) => answered(tools, tables, { number, packageNumber, at }),
    reopen: reopenAnswered,
  }
}

interface Arriving {
  readonly providerId: string
  readonly numbers: readonly string[]
  readonly twins: readonly string[]
}

async function find(tools: RequestTools, hers: readonly RequestRow[], arriving: Arriving): Promise<Awaited | null> {
  const running = runningConsents(tools, hers, arriving.providerId)
  const rows = answeredRows(tools, hers, arriving)
  if (rows.length === 0) rows.push(...running.filter(({ state }) => state === 'answered').slice(0, 1))
  const consents = [...new Set([...rows.filter((row) => isConsent(tools, row)), ...running])]
  if (rows.length === 0 && consents.length === 0) return null
  return { answers: rows.map(({ number, kind }) => ({ number, kind })), consents: await copiesOf(tools, consents) }
}

/** The forms themselves say so; else the same documents did before; else the one that waits longest. */
function answeredRows({ store }: RequestTools, hers: readonly RequestRow[], { providerId, numbers, twins }: Arriving): RequestRow[] {
  const isRefused = (row: RequestRow) => refuses(store.keyring, row, twins)
  const named = namedOf(hers, numbers, isRefused)
  if (named) return named
  const before = hers.find(({ state, answeredBy }) => state === 'answered' && answeredBy !== null && twins.includes(answeredBy))
  if (before) return [before]
  const open = hers.filter((row) => row.state === 'sent' && row.providerId === providerId)
  open.sort((one, other) => (one.sentAt ?? 0) - (other.sentAt ?? 0) || (one.id < other.id ? -1 : 1))
  const oldest = open.find((row) => !isRefused(row))
  return oldest ? [oldest] : []
}

/**
 * Also those that she printed and never said she sent: they were, since here is their answer. Else one that was answered before. Null: no
 * form of hers is among the pages, or none that counts.
 */
function namedOf(hers: readonly RequestRow[], numbers: readonly string[], isRefused: (row: RequestRow) => boolean): RequestRow[] | null {
  const found = hers.filter(({ number }) => numbers.includes(number))
  const of = (state: RequestRow['state']) => found.filter((row) => row.state === state)
  const open = [...of('sent'), ...of('draft')]
  if (open.length > 0) return open.filter((row) => !isRefused(row))
  const answered = of('answered').slice(0, 1)
  return answered.length > 0 ? answered : null
}

/** She has said that these documents are not the answer. */
function refuses(keyring: Keyring, row: RequestRow, twins: readonly string[]): boolean {
  const { notAnswers } = openKept(keyring, row)
  return twins.some((twin) => twin === row.answeredBy || notAnswers.includes(twin))
}

function isConsent({ store }: RequestTools, row: RequestRow): boolean {
  return row.kind === 'authorization' && needsConsentCopy(openKept(store.keyring, row).content)
}

/** Her consents that this provider has and that still run. Records that come may come under each of them, whatever they answer. */
function runningConsents({ store, clock }: RequestTools, hers: readonly RequestRow[], providerId: string): RequestRow[] {
  return hers.filter((row) => {
    if (row.kind !== 'authorization' || row.providerId !== providerId || (row.state !== 'sent' && row.state !== 'answered')) return false
    const { content } = openKept(store.keyring, row)
    return needsConsentCopy(content) && !hasEnded(content, row, clock.now())
  })
}

async function copiesOf(tools: RequestTools, rows: readonly RequestRow[]): Promise<ConsentCopy[]> {
  const copies: ConsentCopy[] = []
  for (const row of rows) {
    const consumer = await tools.store.read.consumers.byId(row.consumerId)
    const form = await consentCopy(tools, row, consumer?.language ?? 'en')
    // Sealed without it, the records would be disclosed against the law: better later.
    if (!form) throw new Error('requests: no consent copy')
    copies.push({ number: row.number, ...form })
  }
  return copies
}

interface Answer {
  readonly number: string
  readonly packageNumber: string
  readonly at: number
}

/** See AwaitedRequests.answered. */
async function answered({ store }: RequestTools, tables: Tables, { number, packageNumber, at }: Answer): Promise<void> {
  const row = await tables.requests.byNumber(number)
  if (!row || (row.state !== 'sent' && row.state !== 'draft')) return
  const keptUntil = keptWithConsent(openKept(store.keyring, row).content, row, at + OVER_KEPT)
  const change = { state: 'answered', answeredAt: at, answeredBy: packageNumber, updatedAt: at, keptUntil } as const
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
