// Who may review the intake log. Only an invited address is in here.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'

export interface Admin {
  readonly id: string
  /** Canonical; unique. */
  readonly address: string
  readonly language: string
  readonly invitedAt: number
  /** Null: the invitation was not followed yet. */
  readonly firstSignInAt: number | null
}

export interface Admins {
  /** Adds the row, or gives the one with this address. */
  invite(admin: Admin): Promise<Admin>
  /** By address. */
  list(): Promise<Admin[]>
  byAddress(address: string): Promise<Admin | null>
  byId(id: string): Promise<Admin | null>
  noteSignIn(id: string, at: number): Promise<void>
  remove(id: string): Promise<boolean>
}

export function adminsTable(knex: Knex): Admins {
  const find = async (where: object): Promise<Admin | null> => {
    const row = await knex('admins').where(toColumns(where)).first()
    return row ? fromColumns<Admin>(row) : null
  }
  return {
    invite: async (admin) => {
      await knex('admins').insert(toColumns(admin)).onConflict('address').ignore()
      const kept = await find({ address: admin.address })
      if (!kept) throw new Error('invited admin is not there')
      return kept
    },
    list: async () => (await knex('admins').orderBy('address')).map((row) => fromColumns<Admin>(row)),
    byAddress: (address) => find({ address }),
    byId: (id) => find({ id }),
    noteSignIn: async (id, at) => {
      await knex('admins').where({ id }).whereNull('first_sign_in_at').update({ first_sign_in_at: at })
    },
    remove: async (id) => (await knex('admins').where({ id }).delete()) === 1,
  }
}
