// Schema of signing in by other ways than mail. Its steps have the numbers from 0110 to 0119.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

async function passkeys(knex: Knex): Promise<void> {
  await knex.schema.createTable('passkeys', (table) => {
    table.text('id').primary()
    table.text('consumer_id').notNullable().references('consumers.id').index()
    table.text('credential_id').notNullable().unique()
    table.binary('public_key').notNullable()
    table.bigInteger('counter').notNullable()
    table.text('transports').notNullable()
    table.text('name')
    table.bigInteger('created_at').notNullable()
    table.bigInteger('last_used_at')
  })
  await knex.schema.createTable('used_challenges', (table) => {
    table.binary('hash').primary()
    table.bigInteger('expires_at').notNullable().index()
  })
}

/** All sessions so far began with a mail. */
async function waysOfSessions(knex: Knex): Promise<void> {
  await knex.schema.alterTable('sessions', (table) => {
    table.text('signed_in_by').notNullable().defaultTo('mail')
  })
}

export const signInWaysMigrations: readonly Migration[] = [
  { name: '0110-passkeys', up: passkeys },
  { name: '0111-ways-of-sessions', up: waysOfSessions },
]
