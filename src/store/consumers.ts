// People with a postbox. A row exists only for an address whose mailbox was proved once.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'

export interface Consumer {
  /** Internal and stable; the address may change. */
  readonly id: string
  /** Canonical; unique. */
  readonly address: string
  readonly language: string
  readonly createdAt: number
  /** The answer new packages are sealed under; null: she has not set one yet. */
  readonly answerVersion: number | null
}

export interface Consumers {
  byAddress(address: string): Promise<Consumer | null>
  byId(id: string): Promise<Consumer | null>
  /** Adds her, or gives the one who has this address already. */
  register(consumer: Consumer): Promise<Consumer>
  /** Only if the version still is `from`; false: it is another one meanwhile. */
  setAnswerVersion(id: string, from: number | null, to: number): Promise<boolean>
  list(): Promise<Consumer[]>
}

export function consumersTable(knex: Knex): Consumers {
  const find = async (where: object): Promise<Consumer | null> => {
    const row = await knex('consumers').where(toColumns(where)).first()
    return row ? fromColumns<Consumer>(row) : null
  }
  return {
    byAddress: (address) => find({ address }),
    byId: (id) => find({ id }),
    register: async (consumer) => {
      await knex('consumers').insert(toColumns(consumer)).onConflict('address').ignore()
      const kept = await find({ address: consumer.address })
      if (!kept) throw new Error('registered consumer is not there')
      return kept
    },
    setAnswerVersion: async (id, from, to) =>
      (await knex('consumers').where({ id, answer_version: from }).update({ answer_version: to })) === 1,
    list: async () => (await knex('consumers').orderBy('address')).map((row) => fromColumns<Consumer>(row)),
  }
}
