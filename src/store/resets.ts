// Resets under way, at most one a consumer. A row lasts until the new answer is set or the reset is cancelled.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'

export interface Reset {
  readonly id: string
  readonly consumerId: string
  readonly startedAt: number
  /** From then on she may set a new question and answer. */
  readonly effectiveAt: number
  /** When the next reminder is due. */
  readonly remindAt: number
  /** Hash of the token in the cancel links. */
  readonly cancelHash: Buffer
}

export interface Resets {
  /** False: one is under way already. */
  start(reset: Reset): Promise<boolean>
  /** Also once its time has come, as long as no new answer is set: nothing is sealed under a dying answer. */
  pending(consumerId: string): Promise<Reset | null>
  byCancelHash(hash: Buffer): Promise<Reset | null>
  /** Ends it: cancelled, lapsed, or a new answer is set. False: it was over already. */
  remove(id: string): Promise<boolean>
  removeOf(consumerId: string): Promise<void>
  /** Those whose reminder is due, oldest first. */
  toRemind(now: number, limit: number): Promise<Reset[]>
  /** Only if the reminder is still due at `from`: of two workers one sends it. */
  setRemindAt(id: string, from: number, to: number): Promise<boolean>
}

export function resetsTable(knex: Knex): Resets {
  const find = async (where: object): Promise<Reset | null> => {
    const row = await knex('resets').where(toColumns(where)).first()
    return row ? fromColumns<Reset>(row) : null
  }
  return {
    start: async (reset) => (await knex('resets').insert(toColumns(reset)).onConflict('consumer_id').ignore().returning('id')).length === 1,
    pending: (consumerId) => find({ consumerId }),
    byCancelHash: (cancelHash) => find({ cancelHash }),
    remove: async (id) => (await knex('resets').where({ id }).delete()) === 1,
    removeOf: async (consumerId) => {
      await knex('resets').where({ consumer_id: consumerId }).delete()
    },
    toRemind: async (now, limit) =>
      (await knex('resets').where('remind_at', '<=', now).orderBy('remind_at').limit(limit)).map((row) => fromColumns<Reset>(row)),
    setRemindAt: async (id, from, to) => (await knex('resets').where({ id, remind_at: from }).update({ remind_at: to })) === 1,
  }
}
