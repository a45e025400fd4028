// Who may send records, and how we know that it is them.

import type { Knex } from 'knex'
import { DuplicateError, StoreError } from './errors.js'
import { fromColumns, fromJson, toColumns, toJson } from './rows.js'

export type ProviderState = 'active' | 'suspended'

export interface Provider {
  readonly id: string
  /** Local part of its intake address; unique. */
  readonly slug: string
  readonly name: string
  readonly state: ProviderState
  /** The ways this provider may prove itself; one is enough. */
  readonly auth: ReadonlyArray<'dmarc' | 'password' | 'network'>
  /** Canonical addresses, or domains like `example.org`. */
  readonly senders: readonly string[]
  /**
   * Canonical addresses or domains of fax gateways that mail to its intake address. A gateway proves itself like a sender; whoever sent
   * the fax does not.
   */
  readonly faxSenders: readonly string[]
  /** The telephone number at which its gateway takes faxes, for cover sheets; null: there is none, or it isn't known. */
  readonly fax: string | null
  /** CIDR blocks, for `network`. */
  readonly networks: readonly string[]
  /** Where receipts go; null: to the reverse-path. */
  readonly receiptsTo: string | null
  /** Whether it is told when a person opens what it sent for the first time. */
  readonly pickedUp: boolean
  /** What happens to a message whose consumer is not known for sure. */
  readonly unmatched: 'reject' | 'hold'
  /** Unique. Null without `password`. */
  readonly smtpUser: string | null
  readonly smtpPasswordHash: Buffer | null
  readonly createdAt: number
}

export interface Providers {
  /** Throws DuplicateError when the slug, the SMTP user or the id is taken. */
  add(provider: Provider): Promise<void>
  /** All, by name. */
  list(): Promise<Provider[]>
  byId(id: string): Promise<Provider | null>
  bySlug(slug: string): Promise<Provider | null>
  bySmtpUser(user: string): Promise<Provider | null>
  /** False when there is no such provider. */
  setState(id: string, state: ProviderState): Promise<boolean>
}

export function providersTable(knex: Knex): Providers {
  const one = async (where: Record<string, string>): Promise<Provider | null> => {
    const row = await knex('providers').where(where).first()
    return row ? toProvider(row) : null
  }
  return {
    add: async (provider) => {
      // Looked at first so that the caller learns which one is taken; the unique keys keep out whoever comes in between.
      if (await one({ slug: provider.slug })) throw new DuplicateError('slug')
      if (provider.smtpUser !== null && (await one({ smtp_user: provider.smtpUser }))) throw new DuplicateError('smtpUser')
      try {
        await knex('providers').insert(fromProvider(provider))
      } catch (error) {
        throw error instanceof StoreError && error.failure === 'duplicate' ? new DuplicateError('id') : error
      }
    },
    list: async () => (await knex('providers').orderBy('name').orderBy('id')).map(toProvider),
    byId: (id) => one({ id }),
    bySlug: (slug) => one({ slug }),
    bySmtpUser: (user) => one({ smtp_user: user }),
    setState: async (id, state) => (await knex('providers').where({ id }).update({ state })) > 0,
  }
}

/** Kept as JSON. */
const LISTS = ['auth', 'senders', 'faxSenders', 'networks'] as const

function fromProvider(provider: Provider): Record<string, unknown> {
  const lists = Object.fromEntries(LISTS.map((name) => [name, toJson(provider[name])]))
  return toColumns({ ...provider, ...lists })
}

function toProvider(row: Record<string, unknown>): Provider {
  const read = fromColumns<Provider & Record<(typeof LISTS)[number], string>>(row)
  return { ...read, pickedUp: Boolean(read.pickedUp), ...Object.fromEntries(LISTS.map((name) => [name, fromJson(read[name])])) }
}
