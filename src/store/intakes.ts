// The intake log: one row for each message that came to the door, whatever became of it. No subject, no file name, no content.

import type { Knex } from 'knex'
import { DAY } from '../clock.js'
import type { StageTimes } from '../stages.js'
import type { IntakeKey } from './intake-keys.js'
import { sizeClassOf } from './intake-sizes.js'
import { fromColumns, fromJson, toColumns, toJson } from './rows.js'

export interface Intake {
  /** Intake number; unique. */
  readonly number: string
  readonly at: number
  readonly providerId: string | null
  readonly consumerId: string | null
  readonly outcome: 'accepted' | 'held' | 'rejected' | 'deferred'
  /** A closed word. */
  readonly reason: string
  /** A closed word that narrows the reason; null when there is nothing to add. */
  readonly detail: string | null
  readonly replyCode: number
  readonly enhancedCode: string
  readonly replyText: string
  readonly bytes: number
  readonly documents: number
  readonly peer: string
  readonly tls: string | null
  /** How the sender was known: `password`, `network`, `spf`, `dkim` …; null: not known. */
  readonly how: string | null
  readonly consumerMasked: string | null
  readonly intakeAddress: string | null
  readonly durationMs: number
  readonly packageId: string | null
  /** How long each step took; missing where nothing was measured. */
  readonly stages?: StageTimes
}

/** Where a page begins: after this row of the page before. */
export interface IntakePosition {
  readonly at: number
  readonly number: string
}

export interface Intakes {
  /** @param keys what finds it again without naming anybody. Throws StoreError (`duplicate`) when the number exists. */
  append(row: Intake, keys?: readonly IntakeKey[]): Promise<void>
  /** A row that is there is found by these as well from now on. */
  addKeys(number: string, keys: readonly IntakeKey[]): Promise<void>
  byNumber(number: string): Promise<Intake | null>
  /** What is left of her address in the rows about her goes, and what finds rows by it. @param keys hashes of her address and number. */
  forgetPerson(consumerId: string, keys: readonly IntakeKey[]): Promise<void>
  /** Newest first. For the next page give `at` and `number` of the last row: rows that come meanwhile shift nothing. */
  page(options: { before?: IntakePosition | undefined; limit: number }): Promise<Intake[]>
}

/** What a row is read as; what it is found by stays in the database. */
export const INTAKE_COLUMNS = [
  ...['number', 'at', 'provider_id', 'consumer_id', 'outcome', 'reason', 'detail', 'reply_code', 'enhanced_code', 'reply_text', 'bytes'],
  ...['documents', 'peer', 'tls', 'how', 'consumer_masked', 'intake_address', 'duration_ms', 'package_id', 'stages'],
] as const

export function intakesTable(knex: Knex): Intakes {
  return {
    append: async ({ stages, ...row }, keys = []) => {
      const size_class = sizeClassOf(row.bytes)
      // There is one writer: rows are numbered in the order of their commits.
      const seq = knex.raw('(SELECT COALESCE(MAX(seq), 0) + 1 FROM intakes)')
      await knex('intakes').insert({ ...toColumns(row), stages: stages ? toJson(stages) : null, size_class, seq })
      await countDay(knex, row, size_class)
      if (keys.length > 0) await addKeys(knex, row, keys)
    },
    addKeys: async (number, keys) => {
      const row = await knex('intakes').where({ number }).first('number', 'at')
      if (row && keys.length > 0) await addKeys(knex, row, keys)
    },
    byNumber: async (number) => {
      const row = await knex('intakes')
        .where({ number })
        .first(...INTAKE_COLUMNS)
      return row ? toIntake(row) : null
    },
    forgetPerson: async (consumerId, keys) => {
      const hers = () => knex('intakes').where({ consumer_id: consumerId })
      await knex('intake_keys').where({ kind: 'person' }).whereIn('number', hers().select('number')).delete()
      const hashes = keys.map(({ hash }) => hash)
      await knex('intake_keys').whereIn('hash', hashes).delete()
      await hers().whereNotNull('consumer_masked').update({ consumer_masked: null })
    },
    page: async ({ before, limit }) => {
      const query = knex('intakes').orderBy('at', 'desc').orderBy('number', 'desc').limit(limit)
      // Of two columns at once, which an index is searched for; said with "or" it would be read from its beginning.
      if (before) query.whereRaw('(at, number) < (?, ?)', [before.at, before.number])
      return (await query.select(...INTAKE_COLUMNS)).map(toIntake)
    },
  }
}

async function addKeys(knex: Knex, { number, at }: Pick<Intake, 'number' | 'at'>, keys: readonly IntakeKey[]): Promise<void> {
  await knex('intake_keys')
    .insert(keys.map(({ hash, kind }) => ({ hash, at, number, kind })))
    .onConflict(['hash', 'at', 'number'])
    .ignore()
}

/** In the transaction of the row, so that the counts are never wrong. */
async function countDay(knex: Knex, row: Intake, size_class: number): Promise<void> {
  const { providerId, outcome, reason, how } = row
  const kind = { day: Math.floor(row.at / DAY), provider_id: providerId ?? '', outcome, reason, how: how ?? '', size_class }
  await knex('intake_days')
    .insert({ ...kind, messages: 1 })
    .onConflict(Object.keys(kind))
    .merge({ messages: knex.raw('intake_days.messages + 1') })
}

/** A row as it is read. */
export function toIntake({ stages, ...columns }: Record<string, unknown>): Intake {
  return { ...fromColumns<Intake>(columns), ...(typeof stages === 'string' && { stages: fromJson<StageTimes>(stages) }) }
}
