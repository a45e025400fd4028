// Slowing down whoever tries too often: a count a key with growing delays. It never locks: the delay has a bound, and a key that
// was left alone is forgotten.

import { createHmac } from 'node:crypto'
import type { Knex } from 'knex'
import { parseNetwork } from '../networks.js'
import type { Keyring } from './keyring.js'

export interface LimitRules {
  /** So many are free. */
  readonly free: number
  /** Milliseconds after the first one too many; doubled with each further one, up to `maxDelay`. */
  readonly delay: number
  readonly maxDelay: number
  /** Milliseconds without one after which the count starts anew. */
  readonly forget: number
}

export interface Limits {
  /**
   * Counts one under the key, if it may be done now, before the outcome is known: so parallel ones cannot pass. Null: go on;
   * otherwise when to come again, in ms since the epoch, and nothing was counted. Keys hold no addresses in the clear.
   */
  take(key: string, now: number, rules: LimitRules): Promise<number | null>
  /** The last one taken does not count after all. */
  giveBack(key: string): Promise<void>
  clear(key: string): Promise<void>
  forget(now: number): Promise<number>
}

/** The key for something that is counted: what it is and whose, the latter unreadable. */
export function limitKey(keyring: Keyring, kind: string, value: string): string {
  return `${kind}:${createHmac('sha256', keyring.subkey('address-lookup')).update(`limit\0${kind}\0${value}`).digest('base64url')}`
}

/** The same for a visitor's address. Of an IPv6 address the first 64 bits count: one household has all the others to choose from. */
export function peerLimitKey(keyring: Keyring, kind: string, peer: string): string {
  return limitKey(keyring, kind, peer.includes(':') ? (parseNetwork(`${peer}/64`) ?? peer) : peer)
}

interface LimitRow {
  readonly count: number
  readonly next_at: number
  readonly forget_at: number
}

export function limitsTable(knex: Knex): Limits {
  return {
    take: (key, now, rules) => take(knex, key, now, rules),
    giveBack: async (key) => {
      await knex('limits')
        .where({ key })
        .where('count', '>', 0)
        .update({ count: knex.raw('count - 1'), next_at: 0 })
    },
    clear: async (key) => {
      await knex('limits').where({ key }).delete()
    },
    forget: async (now) => knex('limits').where('forget_at', '<=', now).delete(),
  }
}

async function take(knex: Knex, key: string, now: number, rules: LimitRules): Promise<number | null> {
  for (;;) {
    await knex('limits')
      .insert({ key, count: 0, next_at: 0, forget_at: now + rules.forget })
      .onConflict('key')
      .ignore()
    const row: LimitRow | undefined = await knex('limits').where({ key }).first()
    if (!row) continue
    if (row.next_at > now) return row.next_at
    const count = (row.forget_at <= now ? 0 : row.count) + 1
    const nextAt = count < rules.free ? 0 : now + Math.min(rules.maxDelay, rules.delay * 2 ** Math.min(count - rules.free, 30))
    // The condition makes it one: of two that read the same count only one may go on with it.
    const taken = await knex('limits')
      .where({ key, count: row.count, next_at: row.next_at })
      .update({ count, next_at: nextAt, forget_at: now + rules.forget })
    if (taken === 1) return null
  }
}
