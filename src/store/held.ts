// Mail that could not be routed, and waits for somebody who knows whose it is. `held` -> `assigned` -> `released`, or from `held` to
// `refused` or `expired`; what can't be done after all goes back from `assigned` to `held`. Its sealed file stays until it has ended.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'
import { refuseRetired } from './wrapping.js'

export type HeldState = 'held' | 'assigned' | HeldEnd
export type HeldEnd = 'released' | 'refused' | 'expired'

export interface HeldRow {
  readonly id: string
  readonly intakeNumber: string
  readonly providerId: string
  readonly state: HeldState
  /** Why it is held: a reason of the intake desk. */
  readonly reason: string
  readonly documents: number
  /** Of all documents together; null where it can't be told. */
  readonly pages: number | null
  /** Null once the blob is gone. */
  readonly blobKey: string | null
  /** Of the sealed file. */
  readonly bytes: number
  /** Id of the identity it is sealed to. */
  readonly identityId: string
  /** Keyed hash of the token in the reply address; unique. */
  readonly tokenHash: Buffer
  /** Who is told of it, sealed under keyring purpose `held`, associated with the id. */
  readonly aboutSealed: Buffer
  /** Whom it was assigned to. */
  readonly consumerId: string | null
  readonly receivedAt: number
  readonly expiresAt: number
  /** Assigned: not before that time. */
  readonly runAt: number
  /** How often its release was begun. */
  readonly attempts: number
  readonly endedAt: number | null
}

/** The service's own identity: it seals by the recipient; `identitySealed` is under keyring purpose `held`, associated with the id. */
export interface IdentityRow {
  readonly id: string
  readonly recipient: string
  readonly identitySealed: Buffer
  readonly createdAt: number
}

export interface Held {
  /** Throws StoreError (`duplicate`) when the id exists. */
  add(row: HeldRow): Promise<void>
  byId(id: string): Promise<HeldRow | null>
  /** Waiting for somebody, or for its release. */
  byToken(tokenHash: Buffer): Promise<HeldRow | null>
  /** Live ones, the oldest first, from the one after `after` on. */
  list(limit: number, after?: { readonly receivedAt: number; readonly id: string }): Promise<HeldRow[]>
  /** How many are live. */
  count(): Promise<number>
  /** held -> assigned. False: it is not held any more. */
  assign(id: string, consumerId: string, at: number): Promise<boolean>
  /** Up to `limit` assigned ones whose time has come, for this owner until the lease (database time) runs out. */
  lease(owner: string, leaseMs: number, limit: number, now: number): Promise<HeldRow[]>
  /** To be tried again, not before `runAt`. False: not ours any more. */
  retry(id: string, owner: string, runAt: number): Promise<boolean>
  /** assigned -> held: it could not be released. False: not ours any more. */
  giveBack(id: string, owner: string, reason: string): Promise<boolean>
  /** An assigned one ends as released, whoever holds its lease. False: it had ended. */
  release(id: string, at: number): Promise<boolean>
  /** One that is held ends. False: it is not held any more. */
  end(id: string, state: HeldEnd, at: number): Promise<boolean>
  /** Held past their time, the longest past first. */
  expiring(now: number, limit: number): Promise<HeldRow[]>
  /** Ended, and their blob was not dropped yet. */
  leftovers(limit: number): Promise<HeldRow[]>
  /** Which of these keys a row names, in whatever state; some hundreds at once. */
  named(blobKeys: readonly string[]): Promise<Set<string>>
  /** Every live one, in the order of ids. */
  liveBlobs(): AsyncIterable<Pick<HeldRow, 'id' | 'blobKey' | 'bytes'>>
  /** The blob of an ended one is gone. */
  dropBlob(id: string): Promise<boolean>
  /** Forgets those that ended before that time and have no blob any more. Returns how many. */
  forget(before: number): Promise<number>
  /** The identity made last; null: none was made yet. */
  identity(): Promise<IdentityRow | null>
  identityById(id: string): Promise<IdentityRow | null>
  addIdentity(row: IdentityRow): Promise<void>
}

const LIVE = ['held', 'assigned'] as const
const PAGE = 500
const FREE = { lease_by: null, lease_until: 0 }

export function heldTable(knex: Knex, nowSql: string): Held {
  const table = () => knex('held')
  const ours = (id: string, owner: string) => table().where({ id, state: 'assigned', lease_by: owner })
  const one = async (where: object): Promise<HeldRow | null> => {
    const row = await table().where(toColumns(where)).first()
    return row ? toRow(row) : null
  }
  return {
    add: async (row) => {
      await refuseRetired(knex, row.aboutSealed)
      await table().insert({ ...toColumns(row), ...FREE })
    },
    byId: (id) => one({ id }),
    byToken: (tokenHash) => one({ tokenHash }),
    list: async (limit, after) => {
      const query = table().whereIn('state', LIVE).orderBy('received_at').orderBy('id').limit(limit)
      if (after) query.whereRaw('(received_at, id) > (?, ?)', [after.receivedAt, after.id])
      return (await query).map(toRow)
    },
    count: async () => Number((await table().whereIn('state', LIVE).count({ count: '*' }).first())?.count ?? 0),
    assign: async (id, consumerId, at) =>
      (await table()
        .where({ id, state: 'held' })
        .update({ state: 'assigned', consumer_id: consumerId, run_at: at, attempts: 0, ...FREE })) > 0,
    lease: (owner, leaseMs, limit, now) => lease(knex, nowSql, { owner, leaseMs, limit, now }),
    retry: async (id, owner, runAt) => (await ours(id, owner).update({ run_at: runAt, ...FREE })) > 0,
    giveBack: async (id, owner, reason) => (await ours(id, owner).update({ state: 'held', reason, consumer_id: null, ...FREE })) > 0,
    release: async (id, at) =>
      (await table()
        .where({ id, state: 'assigned' })
        .update({ state: 'released', ended_at: at, ...FREE })) > 0,
    end: async (id, state, at) =>
      (await table()
        .where({ id, state: 'held' })
        .update({ state, ended_at: at, ...FREE })) > 0,
    expiring: async (now, limit) =>
      (await table().where({ state: 'held' }).where('expires_at', '<=', now).orderBy('expires_at').limit(limit)).map(toRow),
    leftovers: async (limit) =>
      (await table().whereNotNull('ended_at').whereNotNull('blob_key').orderBy('ended_at').limit(limit)).map(toRow),
    named: async (keys) =>
      new Set(
        await table()
          .whereIn('blob_key', [...keys])
          .pluck('blob_key'),
      ),
    liveBlobs: () => liveBlobs(knex),
    dropBlob: async (id) => (await table().where({ id }).whereNotNull('ended_at').update({ blob_key: null })) > 0,
    forget: async (before) => table().where('ended_at', '<', before).whereNull('blob_key').delete(),
    identity: async () => toIdentity(await knex('held_identities').orderBy('created_at', 'desc').orderBy('id').first()),
    identityById: async (id) => toIdentity(await knex('held_identities').where({ id }).first()),
    addIdentity: async (row) => {
      await refuseRetired(knex, row.identitySealed)
      await knex('held_identities').insert(toColumns(row))
    },
  }
}

interface LeaseRequest {
  readonly owner: string
  readonly leaseMs: number
  readonly limit: number
  readonly now: number
}

async function lease(knex: Knex, nowSql: string, { owner, leaseMs, limit, now }: LeaseRequest): Promise<HeldRow[]> {
  const due = knex('held')
    .where({ state: 'assigned' })
    .where('run_at', '<=', now)
    .where('lease_until', '<=', knex.raw(nowSql))
    .orderBy('run_at')
    .limit(limit)
    .select('id')
  const leased = { lease_by: owner, lease_until: knex.raw(`${nowSql} + ?`, [leaseMs]), attempts: knex.raw('attempts + 1') }
  return (await knex('held').whereIn('id', due).update(leased).returning('*')).map(toRow)
}

async function* liveBlobs(knex: Knex): AsyncIterable<Pick<HeldRow, 'id' | 'blobKey' | 'bytes'>> {
  for (let after = ''; ; ) {
    const page = await knex('held').whereIn('state', LIVE).where('id', '>', after).orderBy('id').limit(PAGE)
    for (const row of page) yield toRow(row)
    if (page.length < PAGE) return
    after = page.at(-1).id
  }
}

function toRow(columns: Record<string, unknown>): HeldRow {
  const { lease_by: _by, lease_until: _until, ...row } = columns
  return fromColumns<HeldRow>(row)
}

function toIdentity(columns: Record<string, unknown> | undefined): IdentityRow | null {
  return columns ? fromColumns<IdentityRow>(columns) : null
}
