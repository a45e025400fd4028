// Schema of what a person may do with her packages beside opening them. Its steps have the numbers from 0021 to 0029.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

async function keptLonger(knex: Knex): Promise<void> {
  await knex.schema.alterTable('packages', (table) => {
    table.bigInteger('extended_at')
    table.integer('reminded_days')
  })
}

async function pickedUp(knex: Knex): Promise<void> {
  await knex.schema.alterTable('providers', (table) => {
    table.boolean('picked_up').notNullable().defaultTo(false)
  })
}

/** Whoever has something to say about a package to its provider asks where the receipt went. */
async function reversePathOfPackage(knex: Knex): Promise<void> {
  await knex.schema.alterTable('reverse_paths', (table) => {
    table.index(['package_id'])
  })
}

export const packageMigrations: readonly Migration[] = [
  { name: '0021-kept-longer', up: keptLonger },
  { name: '0022-picked-up', up: pickedUp },
  { name: '0023-reverse-path-of-package', up: reversePathOfPackage },
]
