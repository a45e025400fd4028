// Mailed sign-ins: what was mailed, as hashes, until it is used or too old. Rows are kept for a day, as their number is the limit.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'

export interface SignIn {
  readonly id: string
  readonly role: 'consumer' | 'admin'
  /** Canonical. It may be of somebody without a postbox: registered only when the mail is confirmed. */
  readonly address: string
  readonly language: string
  readonly tokenHash: Buffer
  readonly codeHash: Buffer
  readonly browserHash: Buffer
  /** False: nothing was mailed, so nothing can confirm it; it is there because the page must behave the same. */
  readonly mailed: boolean
  /** Codes tried. */
  readonly tries: number
  readonly createdAt: number
  readonly expiresAt: number
  readonly usedAt: number | null
}

export interface SignIns {
  add(signIn: SignIn): Promise<void>
  /** How often one was asked for since then, whether mailed or not, and when first; null for never. */
  askedSince(address: string, since: number): Promise<{ count: number; oldest: number | null }>
  /** Counts one try on every live one of this browser and address, and gives those that still had one; newest first. */
  tryCode(about: { address: string; browserHash: Buffer; now: number; maxTries: number }): Promise<SignIn[]>
  /** Uses it up. Null: used, expired, or never mailed. */
  use(id: string, now: number): Promise<SignIn | null>
  /** Uses up the one with this token; null as for `use`. */
  useToken(tokenHash: Buffer, now: number): Promise<SignIn | null>
  /** Ends all that are live for the address, in that role. */
  endAll(address: string, role: SignIn['role']): Promise<void>
  forget(olderThan: number): Promise<number>
}

export function signInsTable(knex: Knex): SignIns {
  const live = (now: number) => knex('sign_ins').whereNull('used_at').where('expires_at', '>', now)
  const useOne = async (where: object, now: number): Promise<SignIn | null> => {
    const [row] = await live(now).where(toColumns(where)).where({ mailed: 1 }).update({ used_at: now }).returning('*')
    return row ? read(row) : null
  }
  return {
    add: async (signIn) => {
      await knex('sign_ins').insert(toColumns({ ...signIn, mailed: signIn.mailed ? 1 : 0 }))
    },
    askedSince: async (address, since) => {
      const row = await knex('sign_ins')
        .where({ address })
        .where('created_at', '>', since)
        .count({ count: '*' })
        .min({ oldest: 'created_at' })
        .first()
      const count = Number(row?.count ?? 0)
      return { count, oldest: count === 0 ? null : Number(row?.oldest) }
    },
    tryCode: async ({ address, browserHash, now, maxTries }) => {
      const rows = await live(now)
        .where({ address, browser_hash: browserHash })
        .where('tries', '<', maxTries)
        .update({ tries: knex.raw('tries + 1') })
        .returning('*')
      return rows.map(read).sort((one, other) => other.createdAt - one.createdAt)
    },
    use: (id, now) => useOne({ id }, now),
    useToken: (tokenHash, now) => useOne({ tokenHash }, now),
    endAll: async (address, role) => {
      await knex('sign_ins').where({ address, role }).whereNull('used_at').update({ expires_at: 0 })
    },
    forget: async (olderThan) => knex('sign_ins').where('created_at', '<', olderThan).delete(),
  }
}

function read(row: Record<string, unknown>): SignIn {
  return { ...fromColumns<SignIn>(row), mailed: row.mailed === 1 }
}
