// Holds on the deletion of blobs: while a backup copies what its snapshot names, none of it may go. A hold has a lease in database
// time, so that a backup that died keeps nothing for longer than that.

import type { Knex } from 'knex'

export interface Holds {
  /** Takes the hold, or keeps it for another `leaseMs` milliseconds. */
  take(id: string, leaseMs: number): Promise<void>
  /** Also resolves when there is no such hold. */
  release(id: string): Promise<void>
  /** Whether any hold's lease is running. */
  any(): Promise<boolean>
}

export function holdsTable(knex: Knex, nowSql: string): Holds {
  const now = knex.raw(nowSql)
  return {
    take: async (id, leaseMs) => {
      await knex('holds').where('lease_until', '<=', now).delete()
      await knex('holds')
        .insert({ id, lease_until: knex.raw(`${nowSql} + ?`, [leaseMs]) })
        .onConflict('id')
        .merge()
    },
    release: async (id) => {
      await knex('holds').where({ id }).delete()
    },
    any: async () => (await knex('holds').where('lease_until', '>', now).first('id')) !== undefined,
  }
}
