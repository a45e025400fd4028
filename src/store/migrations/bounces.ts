// Schema of what comes back: the reverse-paths of notices.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

async function reversePaths(knex: Knex): Promise<void> {
  await knex.schema.createTable('reverse_paths', (table) => {
    table.binary('token_hash').primary()
    table.text('package_id').notNullable()
    table.binary('addresses_sealed').notNullable()
    table.bigInteger('expires_at').notNullable().index()
  })
}

export const bounceMigrations: readonly Migration[] = [{ name: '0010-reverse-paths', up: reversePaths }]
