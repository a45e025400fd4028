// Taking a package back before anybody has opened it: records that went to the wrong person, or the wrong records.

import type { Ended } from './desk.js'
import { dropBlobs, endGroup } from './removal.js'
import { endedKind, type RetrievalTools } from './tools.js'

/** Why a package is taken back. A closed list: what an operator types in a hurry might be health data, and events stay for years. */
export const RECALL_REASONS = ['wrong-person', 'wrong-records', 'sender-asked', 'security'] as const
export type RecallReason = (typeof RECALL_REASONS)[number]

/**
 * `packages`: how many codes open nothing any more. `isUnderway`: of one of them it is not known whether its code went out, so the
 * provider's server may still send the message again, as a new package. `opened`: it was seen, and stays hers. Else it had ended already.
 */
export type RecallOutcome =
  | { readonly kind: 'recalled'; readonly packages: number; readonly isUnderway: boolean }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'opened' }
  | { readonly kind: 'ended'; readonly state: Ended['kind'] }

/**
 * Ends a package and its twins, on record, unless one of them was opened. It can't be undone: the sealed files are deleted.
 * @param number canonical package number.
 */
export async function recall(
  tools: Pick<RetrievalTools, 'store' | 'clock' | 'log' | 'requests'>,
  number: string,
  reason: RecallReason,
): Promise<RecallOutcome> {
  const { store, clock, log } = tools
  const now = clock.now()
  const row = await store.read.packages.byNumber(number)
  if (!row) return { kind: 'unknown' }
  const state = endedKind(row, now)
  if (state) return { kind: 'ended', state }
  // One transaction: nobody opens it between the look and the end.
  const done = await store.write(async (tables) => {
    const twins = await tables.packages.inGroup(row.groupId)
    const group = twins.filter((each) => endedKind(each, now) === null)
    if (group.some(({ firstOpenedAt }) => firstOpenedAt !== null)) return null
    const about = { state: 'recalled', at: now, actor: 'operator', details: { reason } } as const
    const ended = await endGroup(tables, row.groupId, about)
    // What she asked for has not come: what answered it may be a twin that had ended before. Unless she has seen the same documents.
    const numbers = twins.some(({ firstOpenedAt }) => firstOpenedAt !== null) ? [] : twins.map((each) => each.number)
    await tools.requests.reopen(tables, numbers, now)
    return { ended, isUnderway: group.some((each) => each.state === 'sealed') }
  })
  if (!done) return { kind: 'opened' }
  // Somebody else ended it in the meantime: how is told.
  if (done.ended.length === 0) return recall(tools, number, reason)
  for (const { id } of done.ended) log.event('recalled', { packageId: id, reason })
  await dropBlobs(tools, done.ended)
  return { kind: 'recalled', packages: done.ended.length, isUnderway: done.isUnderway }
}
