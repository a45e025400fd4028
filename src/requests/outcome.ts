// What became of a request that was sent, as she says: answered or not after all, what of it came, withdrawn, deleted.

import { RECORD_TYPES } from '../documents/forms/content.js'
import type { RequestChange, RequestRow } from '../store/requests.js'
import type { Tables } from '../store/store.js'
import { keptWithConsent } from './consent.js'
import { hersByNumber, type Kept, OVER_KEPT, openKept, openUntil, type RequestTools, recordEvent, sealKept } from './tools.js'

/** Whose and which. */
export interface Hers {
  readonly consumerId: string
  readonly number: string
}

/** See RequestsDesk.markAnswered. */
export function markAnswered(tools: RequestTools, hers: Hers, isAnswered: boolean): Promise<boolean> {
  return changeHers(tools, hers, async (tables, row, now) => {
    if (row.state !== (isAnswered ? 'sent' : 'answered')) return null
    const kind = isAnswered ? 'request-answered' : 'request-unanswered'
    await recordEvent(tables, row, { at: now, kind, actor: 'consumer' })
    const kept = openKept(tools.store.keyring, row)
    if (!isAnswered) return { ...opened(row, now), ...refused(tools, row, kept) }
    return { state: 'answered', answeredAt: now, answeredBy: null, keptUntil: keptWithConsent(kept.content, row, now + OVER_KEPT) }
  })
}

/** Which package it was stays known, whatever comes after it, so that the same documents do not close the request again. */
function refused({ store }: RequestTools, { id, answeredBy }: RequestRow, kept: Kept): RequestChange {
  if (answeredBy === null || kept.notAnswers.includes(answeredBy)) return {}
  return { contentSealed: sealKept(store.keyring, id, { ...kept, notAnswers: [...kept.notAnswers, answeredBy] }) }
}

/** Open again, as before it was answered. */
export function opened(row: RequestRow, now: number): RequestChange {
  return { state: row.sentAt === null ? 'draft' : 'sent', answeredAt: null, keptUntil: openUntil(row, now) }
}

/** See RequestsDesk.markReceived. */
export function markReceived(tools: RequestTools, hers: Hers, received: readonly string[]): Promise<boolean> {
  const { keyring } = tools.store
  return changeHers(tools, hers, async (_tables, row) => {
    if (row.state === 'draft') return null
    const kept = openKept(keyring, row)
    return { contentSealed: sealKept(keyring, row.id, { ...kept, received: RECORD_TYPES.filter((type) => received.includes(type)) }) }
  })
}

/** See RequestsDesk.withdraw. */
export function withdraw(tools: RequestTools, hers: Hers): Promise<boolean> {
  return changeHers(tools, hers, async (tables, row, now) => {
    const isAuthorization = row.kind === 'authorization'
    // An authorization goes on after records have come, until it ends or is taken back (45 CFR 164.508(b)(5)).
    if (row.state !== 'sent' && !(isAuthorization && row.state === 'answered')) return null
    const state = isAuthorization ? 'revoked' : 'withdrawn'
    await recordEvent(tables, row, { at: now, kind: `request-${state}`, actor: 'consumer' })
    return { state, keptUntil: now + OVER_KEPT }
  })
}

/** See RequestsDesk.remove. */
export function remove({ store }: RequestTools, { consumerId, number }: Hers): Promise<boolean> {
  return store.write(({ requests }) => requests.remove(consumerId, number))
}

type Work = (tables: Tables, row: RequestRow, now: number) => Promise<RequestChange | null>

/** In one transaction. False: she has no such request, it is in no such state, or somebody else has just changed it. */
function changeHers({ store, clock }: RequestTools, { consumerId, number }: Hers, work: Work): Promise<boolean> {
  return store.write(async (tables) => {
    const row = await hersByNumber(tables, consumerId, number)
    const now = clock.now()
    const change = row && (await work(tables, row, now))
    return change !== null && row !== null && tables.requests.change(row, { ...change, updatedAt: now })
  })
}
