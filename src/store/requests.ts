// Requests for records, from the first step of a form to the provider's answer. What she wrote is sealed; number, state and dates are not,
// as rounds and arriving packages find a request by them.

import type { Knex } from 'knex'
import { DAY } from '../clock.js'
import { fromColumns, toColumns } from './rows.js'
import { refuseRetired } from './wrapping.js'

export type RequestState = 'draft' | 'sent' | 'answered' | 'revoked' | 'withdrawn'

export interface RequestRow {
  readonly id: string
  readonly consumerId: string
  /** Canonical; unique. */
  readonly number: string
  readonly kind: 'access' | 'authorization'
  /** The registered provider it is for; null: none is chosen yet, or it is not registered. */
  readonly providerId: string | null
  readonly state: RequestState
  /** Form and checklist, sealed under keyring purpose `request` with the id. */
  readonly contentSealed: Buffer
  /** Grows with each change. */
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
  /** How it went to the provider; null, as the two times: it did not yet, as far as she has said. */
  readonly sentWay: string | null
  readonly sentAt: number | null
  readonly dueAt: number | null
  readonly answeredAt: number | null
  /** Canonical number of the package that answered it. It stays when she says that it did not after all. */
  readonly answeredBy: string | null
  /** So many days after it was sent the last reminder went out; null: none did. */
  readonly remindedDays: number | null
  readonly keptUntil: number
}

/** What may become another one. */
export type RequestChange = Partial<Omit<RequestRow, 'id' | 'consumerId' | 'number' | 'kind' | 'version' | 'createdAt' | 'remindedDays'>>

export interface Requests {
  /** False: somebody has this number. Throws KeyringError `RETIRED_KEY`. */
  add(row: RequestRow): Promise<boolean>
  byId(id: string): Promise<RequestRow | null>
  byNumber(number: string): Promise<RequestRow | null>
  /** All of hers, the one begun last first. */
  of(consumerId: string): Promise<RequestRow[]>
  /** Changes it, if it still is of that version; false: somebody else was here. Throws KeyringError `RETIRED_KEY`. */
  change(row: Pick<RequestRow, 'id' | 'version'>, change: RequestChange): Promise<boolean>
  /** Those that one of these packages answered. */
  answeredBy(packageNumbers: readonly string[]): Promise<RequestRow[]>
  /** Sent at least so many days ago, not answered, and not reminded of so late before; the oldest first. */
  toRemind(days: number, now: number, limit: number): Promise<RequestRow[]>
  /** True for one caller only, and only while toRemind would still give it. */
  noteReminded(id: string, days: number, now: number): Promise<boolean>
  /** False: she has none of that number. */
  remove(consumerId: string, number: string): Promise<boolean>
  /** All of hers. */
  removeOf(consumerId: string): Promise<void>
  /** Removes those whose time has come. Returns how many. */
  expire(now: number): Promise<number>
}

export function requestsTable(knex: Knex): Requests {
  const table = () => knex('requests')
  const one = async (query: Knex.QueryBuilder): Promise<RequestRow | null> => {
    const row = await query.first()
    return row ? fromColumns<RequestRow>(row) : null
  }
  return {
    add: async (row) => {
      await refuseRetired(knex, row.contentSealed)
      return (await table().insert(toColumns(row)).onConflict('number').ignore().returning(['id'])).length === 1
    },
    byId: (id) => one(table().where({ id })),
    byNumber: (number) => one(table().where({ number })),
    of: async (consumerId) =>
      rows(
        await table()
          .where({ consumer_id: consumerId })
          .orderBy([{ column: 'created_at', order: 'desc' }, 'id']),
      ),
    change: async ({ id, version }, change) => {
      if (change.contentSealed) await refuseRetired(knex, change.contentSealed)
      const columns = { ...toColumns(change), version: version + 1 }
      return (await table().where({ id, version }).update(columns)) === 1
    },
    answeredBy: async (packageNumbers) =>
      rows(
        await table()
          .where({ state: 'answered' })
          .whereIn('answered_by', [...packageNumbers])
          .orderBy('id'),
      ),
    toRemind: async (days, now, limit) => rows(await waiting(knex, days, now).orderBy('sent_at').limit(limit)),
    noteReminded: async (id, days, now) => (await waiting(knex, days, now).where({ id }).update({ reminded_days: days })) === 1,
    remove: async (consumerId, number) => (await table().where({ consumer_id: consumerId, number }).delete()) === 1,
    removeOf: async (consumerId) => {
      await table().where({ consumer_id: consumerId }).delete()
    },
    expire: async (now) => table().where('kept_until', '<=', now).delete(),
  }
}

function waiting(knex: Knex, days: number, now: number): Knex.QueryBuilder {
  return knex('requests')
    .where({ state: 'sent' })
    .where('sent_at', '<=', now - days * DAY)
    .where((row) => row.whereNull('reminded_days').orWhere('reminded_days', '<', days))
}

function rows(found: Array<Record<string, unknown>>): RequestRow[] {
  return found.map((row) => fromColumns<RequestRow>(row))
}
