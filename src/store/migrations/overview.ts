// Schema of what the overview and the monitoring read. Its steps have the numbers from 0170 to 0174.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

/** With these a count reads the index alone. */
async function counts(knex: Knex): Promise<void> {
  await knex.schema.alterTable('packages', (table) => {
    table.index(['sent_at', 'first_opened_at'])
    table.index(['state', 'ended_at'])
  })
}

/** JSON: milliseconds by step. */
async function stages(knex: Knex): Promise<void> {
  await knex.schema.alterTable('intakes', (table) => {
    table.text('stages')
  })
}

export const overviewMigrations: readonly Migration[] = [
  { name: '0170-counts', up: counts },
  { name: '0171-stages', up: stages },
]
