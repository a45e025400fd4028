// Schema of mail that could not be routed. Its steps have the numbers from 0040 to 0049.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

async function held(knex: Knex): Promise<void> {
  await knex.schema.createTable('held_identities', (table) => {
    table.text('id').primary()
    table.text('recipient').notNullable()
    table.binary('identity_sealed').notNullable()
    table.bigInteger('created_at').notNullable()
  })
  await knex.schema.createTable('held', (table) => {
    table.text('id').primary()
    table.text('intake_number').notNullable().unique()
    table.text('provider_id').notNullable()
    table.text('state').notNullable()
    table.text('reason').notNullable()
    table.integer('documents').notNullable()
    table.integer('pages')
    table.text('blob_key').index()
    table.bigInteger('bytes').notNullable()
    table.text('identity_id').notNullable()
    table.binary('token_hash').notNullable().unique()
    table.binary('about_sealed').notNullable()
    table.text('consumer_id')
    table.bigInteger('received_at').notNullable()
    table.bigInteger('expires_at').notNullable()
    table.bigInteger('run_at').notNullable()
    table.integer('attempts').notNullable()
    table.text('lease_by')
    table.bigInteger('lease_until').notNullable()
    table.bigInteger('ended_at')
    table.index(['state', 'received_at', 'id'])
  })
}

export const heldMigrations: readonly Migration[] = [{ name: '0040-held', up: held }]
