// Schema of what happens to a postbox in the course of its life: practising, a new address, closing, standing unused. Its steps have the
// numbers from 0120 to 0129.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

/** Whoever has a postbox already counts as active now: nobody is asked after a year that was never counted. */
async function activity(knex: Knex): Promise<void> {
  await knex.schema.alterTable('consumers', (table) => {
    table.bigInteger('last_active_at').notNullable().defaultTo(0)
    table.bigInteger('unused_asked_at')
    table.bigInteger('unused_reminded_at')
    table.bigInteger('practised_at')
    table.bigInteger('practice_mailed_at')
    table.integer('practice_mails').notNullable().defaultTo(1)
    table.index(['last_active_at'])
  })
  await knex('consumers').update({ last_active_at: Date.now() })
}

/** Nothing says whose they were. */
async function retiredNumbers(knex: Knex): Promise<void> {
  await knex.schema.createTable('retired_numbers', (table) => {
    table.text('postbox_number').primary()
    table.bigInteger('retired_at').notNullable()
  })
  await knex.schema.alterTable('intakes', (table) => {
    table.index(['consumer_id'])
  })
}

async function addressChanges(knex: Knex): Promise<void> {
  await knex.schema.createTable('address_changes', (table) => {
    table.text('consumer_id').primary().references('consumers.id')
    table.text('id').notNullable().unique()
    table.text('new_address').notNullable()
    table.binary('old_hash').notNullable().unique()
    table.binary('new_hash').notNullable().unique()
    table.bigInteger('old_confirmed_at')
    table.bigInteger('new_confirmed_at')
    table.bigInteger('started_at').notNullable()
    table.bigInteger('expires_at').notNullable().index()
  })
}

export const lifeMigrations: readonly Migration[] = [
  { name: '0120-activity', up: activity },
  { name: '0121-retired-numbers', up: retiredNumbers },
  { name: '0122-address-changes', up: addressChanges },
]
