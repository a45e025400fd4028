// People with a postbox. A row exists only for an address whose mailbox was proved once, or vouched for by the operator's OpenID Connect
// provider.

import type { Knex } from 'knex'
import { drawPostboxNumber } from '../postbox-number.js'
import { fromColumns, toColumns } from './rows.js'
import { refuseRetired } from './wrapping.js'

export interface Consumer {
  /** Internal and stable; the address may change. */
  readonly id: string
  /** Canonical; unique. */
  readonly address: string
  readonly language: string
  readonly createdAt: number
  /** Her public alias, canonical; unique. */
  readonly postboxNumber: string
  /** The answer new packages are sealed under; null: she has not set one yet. */
  readonly answerVersion: number | null
  /** IANA name; null: she has not chosen one, and times are told in UTC. */
  readonly timeZone: string | null
  /** Whether mails and lists may name the provider. */
  readonly showProvider: boolean
  /** Her name and postal address, sealed under keyring purpose `person` with her id; null: not given. */
  readonly personSealed: Buffer | null
}

export type NewConsumer = Pick<Consumer, 'id' | 'address' | 'language' | 'createdAt' | 'answerVersion'>

export type Preferences = Pick<Consumer, 'language' | 'timeZone' | 'showProvider' | 'personSealed'>

export interface Consumers {
  byAddress(address: string): Promise<Consumer | null>
  byId(id: string): Promise<Consumer | null>
  byPostboxNumber(number: string): Promise<Consumer | null>
  /** Adds her, under a postbox number that nobody ever had, or gives the one who has this address already. */
  register(consumer: NewConsumer): Promise<Consumer>
  /** Only if the version still is `from`; false: it is another one meanwhile. */
  setAnswerVersion(id: string, from: number | null, to: number): Promise<boolean>
  /** False: she is not there any more. Throws KeyringError `RETIRED_KEY`. */
  setPreferences(id: string, preferences: Preferences): Promise<boolean>
  /** Only if the address still is `from`; false: it is another one meanwhile. Nobody may have `to`: the caller looked. */
  setAddress(id: string, from: string, to: string): Promise<boolean>
  /** Her row goes and her postbox number is nobody's any more. What refers to her by key has to go before. False: there is none. */
  remove(id: string, at: number): Promise<boolean>
  list(): Promise<Consumer[]>
}

export function consumersTable(knex: Knex): Consumers {
  const find = async (where: object): Promise<Consumer | null> => {
    const row = await knex('consumers').where(toColumns(where)).first()
    return row ? consumerOf(row) : null
  }
  return {
    byAddress: (address) => find({ address }),
    byId: (id) => find({ id }),
    byPostboxNumber: (postboxNumber) => find({ postboxNumber }),
    register: async (consumer) => {
      const postboxNumber = await newPostboxNumber(knex)
      await knex('consumers')
        .insert(toColumns({ ...consumer, postboxNumber, lastActiveAt: consumer.createdAt }))
        .onConflict('address')
        .ignore()
      const kept = await find({ address: consumer.address })
      if (!kept) throw new Error('registered consumer is not there')
      return kept
    },
    setAnswerVersion: async (id, from, to) =>
      (await knex('consumers').where({ id, answer_version: from }).update({ answer_version: to, practised_at: null })) === 1,
    setAddress: async (id, from, to) => (await knex('consumers').where({ id, address: from }).update({ address: to })) === 1,
    remove: async (id, at) => {
      const row = await find({ id })
      if (!row) return false
      await knex('consumers').where({ id }).delete()
      await knex('retired_numbers').insert({ postbox_number: row.postboxNumber, retired_at: at })
      return true
    },
    setPreferences: async (id, { showProvider, ...rest }) => {
      if (rest.personSealed) await refuseRetired(knex, rest.personSealed)
      const columns = toColumns({ ...rest, showProvider: showProvider ? 1 : 0 })
      return (await knex('consumers').where({ id }).update(columns)) === 1
    },
    list: async () => (await knex('consumers').orderBy('address')).map(consumerOf),
  }
}

/** One that nobody has and nobody had: what a clinic sends to an old number must not reach somebody else. */
async function newPostboxNumber(knex: Knex): Promise<string> {
  for (;;) {
    const number = await freePostboxNumber(knex)
    if (!(await knex('retired_numbers').where({ postbox_number: number }).first('retired_at'))) return number
  }
}

function consumerOf(row: Record<string, unknown>): Consumer {
  return { ...fromColumns<Consumer>(row), showProvider: Boolean(row.show_provider) }
}

/** One that nobody has. To be called in the transaction that gives it to somebody. */
export async function freePostboxNumber(knex: Knex): Promise<string> {
  for (;;) {
    const number = drawPostboxNumber()
    if (!(await knex('consumers').where({ postbox_number: number }).first('id'))) return number
  }
}
