// Opened packages: who answered right keeps the records open for a while. The passphrase lies here sealed under a key that only
// the cookie holds; without that cookie the row opens nothing.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'

export interface Opening {
  readonly id: string
  readonly packageId: string
  /** AEAD under the cookie's key, associated data: package id. */
  readonly passphraseSealed: Buffer
  /** The package's last opening before this one; null: this was the first. */
  readonly openedBefore: number | null
  readonly createdAt: number
  readonly idleUntil: number
  readonly endsAt: number
}

export interface Openings {
  add(opening: Opening): Promise<void>
  /** Null: none, idle too long, or past its end. */
  live(id: string, now: number): Promise<Opening | null>
  /** Activity: the live opening with its new `idleUntil`, never past its end; null as for `live`. */
  touch(id: string, now: number, idleMs: number): Promise<Opening | null>
  remove(id: string): Promise<boolean>
  /** The packages were recalled, deleted, reported or expired. */
  removeOf(packageIds: readonly string[]): Promise<number>
  forget(now: number): Promise<number>
}

export function openingsTable(knex: Knex): Openings {
  const live = (id: string, now: number) => knex('openings').where({ id }).where('idle_until', '>', now).where('ends_at', '>', now)
  return {
    add: async (opening) => {
      await knex('openings').insert(toColumns(opening))
    },
    live: async (id, now) => {
      const row = await live(id, now).first()
      return row ? fromColumns<Opening>(row) : null
    },
    touch: async (id, now, idleMs) => {
      const until = knex.raw('CASE WHEN ends_at < ? THEN ends_at ELSE ? END', [now + idleMs, now + idleMs])
      const [row] = await live(id, now).update({ idle_until: until }).returning('*')
      return row ? fromColumns<Opening>(row) : null
    },
    remove: async (id) => (await knex('openings').where({ id }).delete()) === 1,
    removeOf: async (packageIds) => (packageIds.length === 0 ? 0 : knex('openings').whereIn('package_id', packageIds).delete()),
    forget: async (now) => knex('openings').where('ends_at', '<=', now).orWhere('idle_until', '<=', now).delete(),
  }
}
