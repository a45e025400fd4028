// Schema of the requests for records that people make here. Its steps have the numbers from 0140 to 0149.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

async function requests(knex: Knex): Promise<void> {
  await knex.schema.createTable('requests', (table) => {
    table.text('id').primary()
    table.text('consumer_id').notNullable().references('consumers.id')
    table.text('number').notNullable().unique()
    table.text('kind').notNullable()
    table.text('provider_id')
    table.text('state').notNullable()
    table.binary('content_sealed').notNullable()
    table.integer('version').notNullable()
    table.bigInteger('created_at').notNullable()
    table.bigInteger('updated_at').notNullable()
    table.text('sent_way')
    table.bigInteger('sent_at')
    table.bigInteger('due_at')
    table.bigInteger('answered_at')
    table.text('answered_by').index()
    table.integer('reminded_days')
    table.bigInteger('kept_until').notNullable().index()
    table.index(['consumer_id', 'provider_id', 'state'])
    table.index(['state', 'sent_at'])
  })
}

export const requestMigrations: readonly Migration[] = [{ name: '0140-requests', up: requests }]
