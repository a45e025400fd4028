// Where a notice that cannot be delivered comes back to: one random address a notice, of which only a keyed hash is kept, and the
// package it was about. A row lives as long as a mail server may still report, or the package may be opened: until then there may be
// something to say to its provider.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'
import { refuseRetired } from './wrapping.js'

export interface ReversePath {
  /** Keyed hash of the token; unique. */
  readonly tokenHash: Buffer
  readonly packageId: string
  /** Whom the notice and the receipt went to, sealed under keyring purpose `reverse-path`, associated with the package's id. */
  readonly addressesSealed: Buffer
  readonly expiresAt: number
}

export interface ReversePaths {
  /** Throws StoreError (`duplicate`) when the token exists. */
  add(row: ReversePath): Promise<void>
  /** Null: there is none, or its time is over. */
  live(tokenHash: Buffer, now: number): Promise<ReversePath | null>
  /** Also past its time, until it is swept; null: there is none. */
  ofPackage(packageId: string): Promise<ReversePath | null>
  /** Those of all packages of that person: they say where she got mail. */
  removeOf(consumerId: string): Promise<void>
  /** Removes those whose time is over and whose package can't be opened any more. Returns how many. */
  sweep(now: number): Promise<number>
}

export function reversePathsTable(knex: Knex): ReversePaths {
  return {
    add: async (row) => {
      await refuseRetired(knex, row.addressesSealed)
      await knex('reverse_paths').insert(toColumns(row))
    },
    live: async (tokenHash, now) => {
      const row = await knex('reverse_paths').where({ token_hash: tokenHash }).where('expires_at', '>', now).first()
      return row ? fromColumns<ReversePath>(row) : null
    },
    ofPackage: async (packageId) => {
      const row = await knex('reverse_paths').where({ package_id: packageId }).first()
      return row ? fromColumns<ReversePath>(row) : null
    },
    sweep: async (now) => {
      const live = knex('packages').whereRaw('packages.id = reverse_paths.package_id').whereIn('state', ['sealed', 'sent'])
      return knex('reverse_paths').where('expires_at', '<=', now).whereNotExists(live).delete()
    },
    removeOf: async (consumerId) => {
      const hers = knex('packages').where({ consumer_id: consumerId }).select('id')
      await knex('reverse_paths').whereIn('package_id', hers).delete()
    },
  }
}
