// The intake log: one row for each message that came to the door, whatever became of it. No subject, no file name, no content.

import type { Knex } from 'knex'
import type { StageTimes } from '../stages.js'
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
  /** Throws StoreError (`duplicate`) when the number exists. */
  append(row: Intake): Promise<void>
  byNumber(number: string): Promise<Intake | null>
  /** What is left of her address in the rows about her goes. */
  forgetPerson(consumerId: string): Promise<void>
  /** Newest first. For the next page give `at` and `number` of the last row: rows that come meanwhile shift nothing. */
  page(options: { before?: IntakePosition | undefined; limit: number }): Promise<Intake[]>
}

export function intakesTable(knex: Knex): Intakes {
  return {
    append: async ({ stages, ...row }) => {
      await knex('intakes').insert({ ...toColumns(row), stages: stages ? toJson(stages) : null })
    },
    byNumber: async (number) => {
      const row = await knex('intakes').where({ number }).first()
      return row ? toIntake(row) : null
    },
    forgetPerson: async (consumerId) => {
      await knex('intakes').where({ consumer_id: consumerId }).whereNotNull('consumer_masked').update({ consumer_masked: null })
    },
    page: async ({ before, limit }) => {
      const query = knex('intakes').orderBy('at', 'desc').orderBy('number', 'desc').limit(limit)
      if (before)
        query.where((older) =>
          older.where('at', '<', before.at).orWhere((same) => same.where('at', before.at).where('number', '<', before.number)),
        )
      return (await query).map(toIntake)
    },
  }
}

function toIntake({ stages, ...columns }: Record<string, unknown>): Intake {
  return { ...fromColumns<Intake>(columns), ...(typeof stages === 'string' && { stages: fromJson<StageTimes>(stages) }) }
}
