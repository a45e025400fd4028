// Schema of what the operator's verbs need beside the running service. Its steps have the numbers from 0030 to 0039.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

export const operationMigrations: readonly Migration[] = [
  { name: '0030-holds', up: holds },
  { name: '0031-blob-keys', up: blobKeys },
]

async function holds(knex: Knex): Promise<void> {
  await knex.schema.createTable('holds', (table) => {
    table.text('id').primary()
    table.bigInteger('lease_until').notNullable()
  })
}

/** Who finds a blob asks whether a row names it. */
async function blobKeys(knex: Knex): Promise<void> {
  await knex.schema.alterTable('packages', (table) => {
    table.index(['blob_key'])
  })
}
