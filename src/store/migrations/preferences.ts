// Schema of what a person has chosen and told us of herself. Its steps have the numbers from 0130 to 0139.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

async function preferences(knex: Knex): Promise<void> {
  await knex.schema.alterTable('consumers', (table) => {
    table.text('time_zone')
    table.integer('show_provider').notNullable().defaultTo(0)
    table.binary('person_sealed')
  })
}

export const preferenceMigrations: readonly Migration[] = [{ name: '0130-preferences', up: preferences }]
