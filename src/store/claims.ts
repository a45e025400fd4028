// Who works on which transmission, and which ones are done. One row for each transmission key; leases run in database time, so
// that several processes on several machines agree. Every step is one conditional statement.
// claimed -> handing -> sent; a lease that ran out may be taken over from claimed and from handing.

import type { Knex } from 'knex'
import { DAY } from '../clock.js'

export interface ClaimRequest {
  /** Transmission key. */
  readonly key: string
  /** A random id of this one passage. */
  readonly owner: string
  readonly leaseMs: number
  readonly providerId: string
  readonly consumerId: string
}

export type Claimed =
  /** Ours now. `unknownHandoffs`: how many notices of this transmission may have arrived without our knowing. */
  | { outcome: 'taken'; unknownHandoffs: number }
  /** Done before, under that intake number. */
  | { outcome: 'sent'; intakeNumber: string }
  /** Another one's lease is running. */
  | { outcome: 'busy' }

export interface Sent {
  readonly intakeNumber: string
  readonly packageId: string
  /** Until when a redelivery is answered "done already". */
  readonly keepUntil: number
}

export interface Claims {
  take(request: ClaimRequest): Promise<Claimed>
  /** The last step before the hand-off: claimed -> handing with a new lease. False: the lease was lost, and no mail may go. */
  fence(key: string, owner: string, leaseMs: number): Promise<boolean>
  /**
   * A notice of this transmission was taken by the relay: from now on it is `sent`, whoever holds the claim meanwhile, since a
   * code did go out. False when it was sent already (the first one's outcome stays) or the row is gone.
   */
  settleSent(key: string, owner: string, sent: Sent): Promise<boolean>
  /**
   * The hand-off ended in the unknown: counted once, and the lease ends. Returns how many there are. When the claim was taken over
   * meanwhile it was counted then, and the number is only read. 0 when the row is gone.
   */
  noteUnknown(key: string, owner: string): Promise<number>
  /** Gives the claim up, nothing having gone out. Nothing happens when it is not ours or is sent. */
  release(key: string, owner: string): Promise<void>
  /** What was sent came back for good: the same transmission may be done anew. False: no claim was settled with that package. */
  reopen(packageId: string): Promise<boolean>
  /** Start of the oldest claim whose lease is running, in database time; null when there is none. */
  oldestLive(): Promise<number | null>
  /**
   * Removes tombstones past their time, and claims nobody came back for: after a day, or after 14 when notices of it may have
   * arrived (their number must outlive the sender's retries). Returns how many.
   */
  sweep(now: number): Promise<number>
}

const FORGET_UNKNOWN_DAYS = 14

export function claimsTable(knex: Knex, nowSql: string): Claims {
  const table = () => knex('claims')
  const now = knex.raw(nowSql)
  const later = (ms: number) => knex.raw(`${nowSql} + ?`, [ms])
  const unsent = (key: string) => table().where({ key }).whereNot({ state: 'sent' })
  return {
    take: (request) => take(knex, nowSql, request),
    fence: async (key, owner, leaseMs) =>
      (await table()
        .where({ key, owner, state: 'claimed' })
        .where('lease_until', '>', now)
        .update({ state: 'handing', lease_until: later(leaseMs) })) > 0,
    settleSent: async (key, owner, { intakeNumber, packageId, keepUntil }) => {
      const sent = { state: 'sent', owner, lease_until: 0, intake_number: intakeNumber, package_id: packageId, keep_until: keepUntil }
      return (await unsent(key).update(sent)) > 0
    },
    noteUnknown: async (key, owner) => {
      const free = { state: 'claimed', owner: '', lease_until: 0, unknown_handoffs: knex.raw('unknown_handoffs + 1') }
      await table().where({ key, owner, state: 'handing' }).update(free)
      const row = await table().where({ key }).first('unknown_handoffs')
      return Number(row?.unknown_handoffs ?? 0)
    },
    release: async (key, owner) => {
      await unsent(key).where({ owner }).update({ state: 'claimed', owner: '', lease_until: 0, taken_at: now })
    },
    reopen: async (packageId) => (await table().where({ package_id: packageId, state: 'sent' }).delete()) > 0,
    oldestLive: async () => {
      const row = await table().whereNot({ state: 'sent' }).where('lease_until', '>', now).min({ oldest: 'taken_at' }).first()
      return row?.oldest === null || row?.oldest === undefined ? null : Number(row.oldest)
    },
    sweep: (at) => sweep(knex, nowSql, at),
  }
}

async function take(knex: Knex, nowSql: string, request: ClaimRequest): Promise<Claimed> {
  const { key, owner, leaseMs, providerId, consumerId } = request
  const now = knex.raw(nowSql)
  const mine = { owner, state: 'claimed', taken_at: now, lease_until: knex.raw(`${nowSql} + ?`, [leaseMs]) }
  const fresh = { key, provider_id: providerId, consumer_id: consumerId, unknown_handoffs: 0, ...mine }
  const added = await knex('claims').insert(fresh).onConflict('key').ignore().returning(['key'])
  if (added.length > 0) return { outcome: 'taken', unknownHandoffs: 0 }
  // Whoever died while handing over may have sent a code: that counts as an unknown hand-off.
  const counted = knex.raw("unknown_handoffs + CASE WHEN state = 'handing' THEN 1 ELSE 0 END")
  const taken = await knex('claims')
    .where({ key })
    .whereNot({ state: 'sent' })
    .where('lease_until', '<=', now)
    .update({ ...mine, unknown_handoffs: counted })
    .returning(['unknown_handoffs'])
  if (taken[0]) return { outcome: 'taken', unknownHandoffs: Number(taken[0].unknown_handoffs) }
  const row = await knex('claims').where({ key }).first('state', 'intake_number')
  return row?.state === 'sent' ? { outcome: 'sent', intakeNumber: row.intake_number } : { outcome: 'busy' }
}

async function sweep(knex: Knex, nowSql: string, at: number): Promise<number> {
  const tombstones = await knex('claims').where({ state: 'sent' }).where('keep_until', '<', at).delete()
  // A claim taken and given up says so in taken_at; one whose holder died, in its lease.
  const idleFor = (days: number) => {
    const before = knex.raw(`${nowSql} - ?`, [days * DAY])
    return knex('claims').whereNot({ state: 'sent' }).where('lease_until', '<', before).where('taken_at', '<', before)
  }
  const certain = await idleFor(1).whereNot({ state: 'handing' }).where({ unknown_handoffs: 0 }).delete()
  return tombstones + certain + (await idleFor(FORGET_UNKNOWN_DAYS).delete())
}
