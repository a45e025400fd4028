// New addresses that wait to be confirmed, at most one a person. Only hashes of what the two mails carry are here.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'

export type Mailbox = 'old' | 'new'

export interface AddressChange {
  readonly id: string
  readonly consumerId: string
  /** Canonical. */
  readonly newAddress: string
  /** Of the token mailed to the present address: it confirms, and it cancels. */
  readonly oldHash: Buffer
  /** Of the token mailed to the new one. */
  readonly newHash: Buffer
  readonly oldConfirmedAt: number | null
  readonly newConfirmedAt: number | null
  readonly startedAt: number
  readonly expiresAt: number
}

export interface AddressChanges {
  /** False: another one waits. */
  start(change: AddressChange): Promise<boolean>
  /** Null: none, or its time is over. */
  pending(consumerId: string, now: number): Promise<AddressChange | null>
  /** By either token, and whose mailbox that was sent to; null as for `pending`. */
  byHash(hash: Buffer, now: number): Promise<{ readonly change: AddressChange; readonly mailbox: Mailbox } | null>
  /** That mailbox was proved; a second time changes nothing. */
  confirm(id: string, mailbox: Mailbox, at: number): Promise<void>
  /** False: it was over already. */
  remove(id: string): Promise<boolean>
  removeOf(consumerId: string): Promise<void>
  forget(now: number): Promise<number>
}

export function addressChangesTable(knex: Knex): AddressChanges {
  const table = () => knex('address_changes')
  const find = async (where: object, now: number): Promise<AddressChange | null> => {
    const row = await table().where(toColumns(where)).where('expires_at', '>', now).first()
    return row ? fromColumns<AddressChange>(row) : null
  }
  return {
    start: async (change) => {
      await table().where({ consumer_id: change.consumerId }).where('expires_at', '<=', change.startedAt).delete()
      return (await table().insert(toColumns(change)).onConflict('consumer_id').ignore().returning('id')).length === 1
    },
    pending: (consumerId, now) => find({ consumerId }, now),
    byHash: async (hash, now) => {
      const old = await find({ oldHash: hash }, now)
      const change = old ?? (await find({ newHash: hash }, now))
      return change && { change, mailbox: old ? 'old' : 'new' }
    },
    confirm: async (id, mailbox, at) => {
      const column = `${mailbox}_confirmed_at`
      await table()
        .where({ id })
        .whereNull(column)
        .update({ [column]: at })
    },
    remove: async (id) => (await table().where({ id }).delete()) === 1,
    removeOf: async (consumerId) => {
      await table().where({ consumer_id: consumerId }).delete()
    },
    forget: async (now) => table().where('expires_at', '<=', now).delete(),
  }
}
