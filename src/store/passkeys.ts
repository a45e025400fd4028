// Passkeys: the public halves of key pairs that people's own devices keep. Nothing here signs anybody in.

import type { Knex } from 'knex'
import { fromColumns, fromJson, toColumns, toJson } from './rows.js'

export interface Passkey {
  readonly id: string
  readonly consumerId: string
  /** base64url, as the browser names it; unique over all people. */
  readonly credentialId: string
  /** COSE_Key (RFC 9052 7). */
  readonly publicKey: Buffer
  /** How often the device says it has signed; stays 0 where a passkey is kept on several devices. */
  readonly counter: number
  /** How the browser may reach it: `internal`, `usb`, … */
  readonly transports: readonly string[]
  /** What she calls it; null: nothing. */
  readonly name: string | null
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export interface Passkeys {
  /** False: somebody has this credential already. */
  add(passkey: Passkey): Promise<boolean>
  byCredential(credentialId: string): Promise<Passkey | null>
  /** Oldest first. */
  of(consumerId: string): Promise<Passkey[]>
  /** Notes a use, if the counter went up, or never counted. False: it did not, or the passkey is gone. */
  use(id: string, counter: number, now: number): Promise<boolean>
  /** False: she has none of that id. */
  remove(id: string, consumerId: string): Promise<boolean>
  /** All of hers. */
  removeOf(consumerId: string): Promise<void>
}

export function passkeysTable(knex: Knex): Passkeys {
  return {
    add: async (passkey) => {
      const added = await knex('passkeys')
        .insert(toColumns({ ...passkey, transports: toJson(passkey.transports) }))
        .onConflict('credential_id')
        .ignore()
        .returning('id')
      return added.length === 1
    },
    byCredential: async (credentialId) => {
      const row = await knex('passkeys').where({ credential_id: credentialId }).first()
      return row ? read(row) : null
    },
    of: async (consumerId) => (await knex('passkeys').where({ consumer_id: consumerId }).orderBy(['created_at', 'id'])).map(read),
    use: async (id, counter, now) => {
      const counted = await knex('passkeys')
        .where({ id })
        .where((row) => row.where('counter', '<', counter).orWhere({ counter: 0 }))
        .update({ counter, last_used_at: now })
      return counted === 1
    },
    remove: async (id, consumerId) => (await knex('passkeys').where({ id, consumer_id: consumerId }).delete()) === 1,
    removeOf: async (consumerId) => {
      await knex('passkeys').where({ consumer_id: consumerId }).delete()
    },
  }
}

function read(row: Record<string, unknown>): Passkey {
  return { ...fromColumns<Passkey>(row), transports: fromJson<string[]>(String(row.transports)) }
}
