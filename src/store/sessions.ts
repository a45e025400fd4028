// Signed-in sessions. Only the hash of what the cookie holds is here, so a copy of the database signs nobody in.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'

/** How she showed who she is: the mailbox itself, a passkey, or what an OpenID Connect provider says of her. */
export type SignedInBy = 'mail' | 'passkey' | 'oidc'

export interface Session {
  readonly tokenHash: Buffer
  readonly role: 'consumer' | 'admin'
  /** Id of the consumer or admin. */
  readonly subjectId: string
  readonly signedInBy: SignedInBy
  readonly createdAt: number
  readonly idleUntil: number
  readonly endsAt: number
}

export interface Sessions {
  add(session: Session): Promise<void>
  /** Null: none, idle too long, or past its end. */
  live(tokenHash: Buffer, now: number): Promise<Session | null>
  /** Activity: it is idle only later, never past its end. Nothing happens to one that is over. */
  touch(tokenHash: Buffer, now: number, idleMs: number): Promise<void>
  remove(tokenHash: Buffer): Promise<boolean>
  /** `keep`: but for this one. */
  removeOf(subjectId: string, keep?: Buffer): Promise<number>
  forget(now: number): Promise<number>
}

export function sessionsTable(knex: Knex): Sessions {
  const live = (tokenHash: Buffer, now: number) =>
    knex('sessions').where({ token_hash: tokenHash }).where('idle_until', '>', now).where('ends_at', '>', now)
  return {
    add: async (session) => {
      await knex('sessions').insert(toColumns(session))
    },
    live: async (tokenHash, now) => {
      const row = await live(tokenHash, now).first()
      return row ? fromColumns<Session>(row) : null
    },
    touch: async (tokenHash, now, idleMs) => {
      const until = knex.raw('CASE WHEN ends_at < ? THEN ends_at ELSE ? END', [now + idleMs, now + idleMs])
      await live(tokenHash, now).update({ idle_until: until })
    },
    remove: async (tokenHash) => (await knex('sessions').where({ token_hash: tokenHash }).delete()) === 1,
    removeOf: async (subjectId, keep) => {
      const all = knex('sessions').where({ subject_id: subjectId })
      return (keep ? all.whereNot({ token_hash: keep }) : all).delete()
    },
    forget: async (now) => knex('sessions').where('ends_at', '<=', now).orWhere('idle_until', '<=', now).delete(),
  }
}
