// Challenges that were answered. One we made carries its own end and proof, so only its use has to be remembered, and only that long.

import type { Knex } from 'knex'

export interface UsedChallenges {
  /** Uses it up, for all processes at once. False: it was used before. */
  use(hash: Buffer, expiresAt: number): Promise<boolean>
  forget(now: number): Promise<number>
}

export function usedChallengesTable(knex: Knex): UsedChallenges {
  return {
    use: async (hash, expiresAt) => {
      const added = await knex('used_challenges').insert({ hash, expires_at: expiresAt }).onConflict('hash').ignore().returning('hash')
      return added.length === 1
    },
    forget: async (now) => knex('used_challenges').where('expires_at', '<=', now).delete(),
  }
}
