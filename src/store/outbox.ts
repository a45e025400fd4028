// Mails that wait: receipts and messages without a code, each under a key of its own, so that doing a step twice queues it once.
// The notice with the code never comes here. Payloads are sealed by the caller.

import type { Knex } from 'knex'
import { refuseRetired } from './wrapping.js'

export interface OutboxItem {
  readonly id: string
  readonly kind: string
  readonly idempotencyKey: string
  /** Sealed under keyring purpose `outbox`. */
  readonly payload: Buffer
  /** Not before that time. */
  readonly runAt: number
  /** How often it was leased, this time included. */
  readonly attempts: number
}

export interface Outbox {
  /** False: an item with this idempotency key exists or existed, and nothing was added. Throws KeyringError `RETIRED_KEY`. */
  add(item: OutboxItem): Promise<boolean>
  /** Up to `limit` items whose time has come (by `now`, or else by database time), for this owner until the lease runs out. */
  lease(owner: string, leaseMs: number, limit: number, now?: number): Promise<OutboxItem[]>
  /** Sent. The payload goes, the key stays until swept. False: not ours any more. */
  done(id: string, owner: string): Promise<boolean>
  /** To be tried again, not before `runAt`. False: not ours any more. */
  retry(id: string, owner: string, runAt: number): Promise<boolean>
  /** Given up. Key and payload stay until swept. False: not ours any more. */
  fail(id: string, owner: string): Promise<boolean>
  /** Id of the item with that idempotency key, sent or not; null: there is none, or it was swept. */
  idOf(idempotencyKey: string): Promise<string | null>
  /** What still waits, and the earliest time any of it was to run; null when nothing waits. */
  pending(): Promise<{ count: number; oldest: number | null }>
  /** Removes what was done or given up before that time (database time). Returns how many. */
  sweep(endedBefore: number): Promise<number>
}

export function outboxTable(knex: Knex, nowSql: string): Outbox {
  const table = () => knex('outbox')
  const mine = (id: string, owner: string) => table().where({ id, state: 'waiting', lease_by: owner })
  const ended = (state: 'done' | 'failed') => ({ state, lease_by: null, lease_until: 0, ended_at: knex.raw(nowSql) })
  return {
    add: async ({ id, kind, idempotencyKey, payload, runAt, attempts }) => {
      await refuseRetired(knex, payload)
      const columns = { id, kind, idempotency_key: idempotencyKey, payload, run_at: runAt, attempts, state: 'waiting', lease_until: 0 }
      return (await table().insert(columns).onConflict('idempotency_key').ignore().returning(['id'])).length > 0
    },
    lease: (owner, leaseMs, limit, now) => lease(knex, nowSql, { owner, leaseMs, limit, now: now ?? knex.raw(nowSql) }),
    done: async (id, owner) => (await mine(id, owner).update({ ...ended('done'), payload: null })) > 0,
    retry: async (id, owner, runAt) => (await mine(id, owner).update({ run_at: runAt, lease_by: null, lease_until: 0 })) > 0,
    fail: async (id, owner) => (await mine(id, owner).update(ended('failed'))) > 0,
    idOf: async (idempotencyKey) => (await table().where({ idempotency_key: idempotencyKey }).first('id'))?.id ?? null,
    pending: async () => {
      const row = await table().where({ state: 'waiting' }).count({ count: '*' }).min({ oldest: 'run_at' }).first()
      const count = Number(row?.count ?? 0)
      return { count, oldest: count === 0 ? null : Number(row?.oldest) }
    },
    sweep: async (endedBefore) => table().whereNot({ state: 'waiting' }).where('ended_at', '<', endedBefore).delete(),
  }
}

interface LeaseRequest {
  readonly owner: string
  readonly leaseMs: number
  readonly limit: number
  readonly now: number | Knex.Raw
}

async function lease(knex: Knex, nowSql: string, { owner, leaseMs, limit, now }: LeaseRequest): Promise<OutboxItem[]> {
  const due = knex('outbox')
    .where({ state: 'waiting' })
    .where('run_at', '<=', now)
    .where('lease_until', '<=', knex.raw(nowSql))
    .orderBy('run_at')
    .limit(limit)
    .select('id')
  const leased = await knex('outbox')
    .whereIn('id', due)
    .update({ lease_by: owner, lease_until: knex.raw(`${nowSql} + ?`, [leaseMs]), attempts: knex.raw('attempts + 1') })
    .returning(['id', 'kind', 'idempotency_key', 'payload', 'run_at', 'attempts'])
  return leased
    .map(({ id, kind, idempotency_key: idempotencyKey, payload, run_at: runAt, attempts }) => ({
      id,
      kind,
      idempotencyKey,
      payload,
      runAt,
      attempts,
    }))
    .sort((one, other) => one.runAt - other.runAt)
}
