// Secret questions and what their answers are checked against, one row a version, and the count of wrong tries. The count is kept
// right by single conditional UPDATEs, so that parallel guesses in several processes cannot get past it.

import type { Knex } from 'knex'
import { fromColumns, toColumns } from './rows.js'
import { refuseRetired } from './wrapping.js'

export interface Answer {
  readonly consumerId: string
  readonly version: number
  /** Version of the normalisation the answer went through. */
  readonly normalisation: number
  readonly salt: Buffer
  /** Sealed under keyring purpose `question`, associated data `consumerId/version`. */
  readonly questionSealed: Buffer
  /** Sealed under keyring purpose `answer-key`, same associated data. */
  readonly answerKeySealed: Buffer
  readonly pepperId: string
  /** Since the last right answer or unlock. */
  readonly wrongInRow: number
  /** In the life of this answer. Never goes down for a wrong one. */
  readonly wrongTotal: number
  readonly nextTryAt: number
  readonly lockedAt: number | null
  readonly frozenAt: number | null
  readonly createdAt: number
  /** When a newer version took its place; packages sealed under it still open by it. */
  readonly retiredAt: number | null
}

/** When tries become slow, stop until the mailbox is proved, and stop for good. */
export interface TryRules {
  /** Wrong in a row; from this one on `delays` apply. */
  readonly slowFrom: number
  /** Milliseconds after the `slowFrom`th wrong one, the next, and so on; the last one counts for all further. */
  readonly delays: readonly number[]
  readonly lockAt: number
  readonly freezeAt: number
}

/** A try taken in advance. The answer is counted as wrong until `succeed` or `giveBack` says otherwise. */
export interface TryTaken {
  readonly wrongInRow: number
  readonly wrongTotal: number
  readonly nextTryAt: number
  /** This try was the last one before the lock, or the last one ever. */
  readonly locks: boolean
  readonly freezes: boolean
}

export interface Answers {
  /** Throws StoreError (`duplicate`) when the version exists, and KeyringError `RETIRED_KEY`. */
  add(answer: Answer): Promise<void>
  get(consumerId: string, version: number): Promise<Answer | null>
  /** Highest version there is; 0 for none. */
  latestVersion(consumerId: string): Promise<number>
  /** Counts a wrong try in advance, if one may be made now. Null: locked, frozen, too early, or no such answer. */
  reserveTry(consumerId: string, version: number, now: number, rules: TryRules): Promise<TryTaken | null>
  /** The answer was right: the run is over and this try does not count. Takes back a lock that only this try made. */
  succeed(consumerId: string, version: number, taken: TryTaken): Promise<void>
  /** Nothing was learnt from the try (busy, something broke): it does not count. */
  giveBack(consumerId: string, version: number, taken: TryTaken, rules: TryRules): Promise<void>
  /** The mailbox was proved: ends the locks on all her answers that are not frozen. How many were locked. */
  unlockAll(consumerId: string): Promise<number>
  unlock(consumerId: string, version: number): Promise<boolean>
  retire(consumerId: string, version: number, at: number): Promise<void>
  /** All her answers: nothing sealed under one of them can be opened any more. */
  removeOf(consumerId: string): Promise<void>
}

export function answersTable(knex: Knex): Answers {
  const rowOf = (consumerId: string, version: number) => knex('answers').where({ consumer_id: consumerId, version })
  return {
    add: async (answer) => {
      await refuseRetired(knex, answer.questionSealed, answer.answerKeySealed)
      await knex('answers').insert(toColumns(answer))
    },
    get: async (consumerId, version) => {
      const row = await rowOf(consumerId, version).first()
      return row ? fromColumns<Answer>(row) : null
    },
    latestVersion: async (consumerId) => {
      const row = await knex('answers').where({ consumer_id: consumerId }).max({ latest: 'version' }).first()
      return Number(row?.latest ?? 0)
    },
    reserveTry: (consumerId, version, now, rules) => reserveTry(knex, rowOf(consumerId, version), now, rules),
    succeed: async (consumerId, version, taken) => {
      const lift = { ...(taken.locks && { locked_at: null }), ...(taken.freezes && { frozen_at: null }) }
      await rowOf(consumerId, version).update({ wrong_in_row: 0, wrong_total: less(knex, 'wrong_total'), next_try_at: 0, ...lift })
    },
    giveBack: async (consumerId, version, taken, rules) => {
      const lift = { ...(taken.locks && { locked_at: null }), ...(taken.freezes && { frozen_at: null }) }
      // Its own delay goes with it; one that a later wrong try caused stays.
      const nextTryAt = knex.raw('CASE WHEN wrong_in_row <= ? OR next_try_at = ? THEN 0 ELSE next_try_at END', [
        rules.slowFrom,
        taken.nextTryAt,
      ])
      const counts = { wrong_in_row: less(knex, 'wrong_in_row'), wrong_total: less(knex, 'wrong_total') }
      await rowOf(consumerId, version).update({ ...counts, next_try_at: nextTryAt, ...lift })
    },
    unlockAll: async (consumerId) =>
      knex('answers').where({ consumer_id: consumerId, frozen_at: null }).whereNotNull('locked_at').update(UNLOCKED),
    unlock: async (consumerId, version) =>
      (await rowOf(consumerId, version).whereNull('frozen_at').whereNotNull('locked_at').update(UNLOCKED)) === 1,
    retire: async (consumerId, version, at) => {
      await rowOf(consumerId, version).whereNull('retired_at').update({ retired_at: at })
    },
    removeOf: async (consumerId) => {
      await knex('answers').where({ consumer_id: consumerId }).delete()
    },
  }
}

/** The run starts anew; the total of the answer's life goes on. */
const UNLOCKED = { locked_at: null, wrong_in_row: 0, next_try_at: 0 }

async function reserveTry(knex: Knex, row: Knex.QueryBuilder, now: number, rules: TryRules): Promise<TryTaken | null> {
  const { sql, bindings } = delaySql(now, rules)
  const [taken] = await row
    .whereNull('locked_at')
    .whereNull('frozen_at')
    .where('wrong_in_row', '<', rules.lockAt)
    .where('wrong_total', '<', rules.freezeAt)
    .where('next_try_at', '<=', now)
    .update({
      wrong_in_row: knex.raw('wrong_in_row + 1'),
      wrong_total: knex.raw('wrong_total + 1'),
      next_try_at: knex.raw(sql, bindings),
      locked_at: knex.raw('CASE WHEN wrong_in_row + 1 >= ? THEN ? END', [rules.lockAt, now]),
      frozen_at: knex.raw('CASE WHEN wrong_total + 1 >= ? THEN ? END', [rules.freezeAt, now]),
    })
    .returning(['wrong_in_row', 'wrong_total', 'next_try_at', 'locked_at', 'frozen_at'])
  if (!taken) return null
  const { wrongInRow, wrongTotal, nextTryAt, lockedAt, frozenAt } = fromColumns<Answer>(taken)
  return { wrongInRow, wrongTotal, nextTryAt, locks: lockedAt !== null, freezes: frozenAt !== null }
}

/** When the next try may be made once this one counts; an UPDATE sees the values of before, hence the + 1. */
function delaySql(now: number, rules: TryRules): { sql: string; bindings: number[] } {
  const { slowFrom, delays } = rules
  const steps = delays.slice(0, -1).map((delay, index) => [slowFrom + index, now + delay])
  const whens = steps.map(() => 'WHEN wrong_in_row + 1 = ? THEN ?').join(' ')
  return {
    sql: `CASE WHEN wrong_in_row + 1 < ? THEN 0 ${whens} ELSE ? END`,
    bindings: [slowFrom, ...steps.flat(), now + (delays.at(-1) ?? 0)],
  }
}

/** Never below zero: an unlock may have set the run back while a try was under way. */
function less(knex: Knex, column: 'wrong_in_row' | 'wrong_total'): Knex.Raw {
  return knex.raw('CASE WHEN ?? > 0 THEN ?? - 1 ELSE 0 END', [column, column])
}
