// Schema of the intake's side: who may send, what was sealed, who works on what, and what happened.
// No foreign keys to the accounts' side: consumers may live on another machine one day.

import type { Knex } from 'knex'
import type { Migration } from './migration.js'

/** Steps 0001 to 0099. */
export const intakeMigrations: readonly Migration[] = [
  { name: '0001-facts', up: facts },
  { name: '0002-providers', up: providers },
  { name: '0003-packages', up: packages },
  { name: '0004-claims', up: claims },
  { name: '0005-intakes', up: intakes },
  { name: '0006-outbox', up: outbox },
  { name: '0007-events', up: events },
  { name: '0020-fax-gateways', up: faxGateways },
]

async function facts(knex: Knex): Promise<void> {
  await knex.schema.createTable('facts', (table) => {
    table.text('name').primary()
    table.text('value').notNullable()
  })
}

async function providers(knex: Knex): Promise<void> {
  await knex.schema.createTable('providers', (table) => {
    table.text('id').primary()
    table.text('slug').notNullable().unique()
    table.text('name').notNullable()
    table.text('state').notNullable()
    table.text('auth').notNullable() // JSON
    table.text('senders').notNullable() // JSON
    table.text('networks').notNullable() // JSON
    table.text('receipts_to')
    table.text('unmatched').notNullable()
    table.text('smtp_user').unique()
    table.binary('smtp_password_hash')
    table.bigInteger('created_at').notNullable()
  })
}

async function faxGateways(knex: Knex): Promise<void> {
  await knex.schema.alterTable('providers', (table) => {
    table.text('fax_senders').notNullable().defaultTo('[]') // JSON
    table.text('fax')
  })
}

async function packages(knex: Knex): Promise<void> {
  await knex.schema.createTable('packages', (table) => {
    table.text('id').primary()
    table.text('number').notNullable().unique()
    table.text('group_id').notNullable().index()
    table.text('consumer_id').notNullable().index()
    table.text('provider_id').notNullable()
    table.text('intake_number').notNullable()
    table.integer('answer_version').notNullable()
    table.binary('salt').notNullable()
    table.binary('verifier').notNullable()
    table.text('pepper_id').notNullable()
    table.text('state').notNullable()
    table.text('blob_key')
    table.bigInteger('bytes').notNullable()
    table.integer('documents').notNullable()
    table.bigInteger('received_at').notNullable()
    table.bigInteger('sealed_at').notNullable()
    table.bigInteger('sent_at')
    table.bigInteger('expires_at').notNullable()
    table.bigInteger('first_opened_at')
    table.bigInteger('last_opened_at')
    table.bigInteger('ended_at')
    table.index(['state', 'expires_at'])
    table.index(['ended_at'])
  })
}

async function claims(knex: Knex): Promise<void> {
  await knex.schema.createTable('claims', (table) => {
    table.text('key').primary()
    table.text('state').notNullable()
    table.text('owner').notNullable()
    table.text('provider_id').notNullable()
    table.text('consumer_id').notNullable()
    table.bigInteger('taken_at').notNullable()
    table.bigInteger('lease_until').notNullable()
    table.integer('unknown_handoffs').notNullable()
    table.text('intake_number')
    table.text('package_id')
    table.bigInteger('keep_until')
    table.index(['state', 'lease_until'])
  })
}

async function intakes(knex: Knex): Promise<void> {
  await knex.schema.createTable('intakes', (table) => {
    table.text('number').primary()
    table.bigInteger('at').notNullable()
    table.text('provider_id')
    table.text('consumer_id')
    table.text('outcome').notNullable()
    table.text('reason').notNullable()
    table.text('detail')
    table.integer('reply_code').notNullable()
    table.text('enhanced_code').notNullable()
    table.text('reply_text').notNullable()
    table.bigInteger('bytes').notNullable()
    table.integer('documents').notNullable()
    table.text('peer').notNullable()
    table.text('tls')
    table.text('how')
    table.text('consumer_masked')
    table.text('intake_address')
    table.bigInteger('duration_ms').notNullable()
    table.text('package_id')
    table.index(['at', 'number'])
  })
}

async function outbox(knex: Knex): Promise<void> {
  await knex.schema.createTable('outbox', (table) => {
    table.text('id').primary()
    table.text('kind').notNullable()
    table.text('idempotency_key').notNullable().unique()
    table.binary('payload')
    table.text('state').notNullable()
    table.bigInteger('run_at').notNullable()
    table.integer('attempts').notNullable()
    table.text('lease_by')
    table.bigInteger('lease_until').notNullable()
    table.bigInteger('ended_at')
    table.index(['state', 'run_at'])
  })
}

async function events(knex: Knex): Promise<void> {
  await knex.schema.createTable('events', (table) => {
    table.text('id').primary()
    table.bigInteger('at').notNullable()
    table.text('kind').notNullable()
    table.text('actor').notNullable()
    table.text('package_id').index()
    table.text('consumer_id').index()
    table.text('provider_id')
    table.text('intake_number')
    table.text('details').notNullable() // JSON
  })
  await appendOnly(knex, 'events')
}

/** The database itself refuses to change or remove a row of this table. Each dialect says it in its own words. */
async function appendOnly(knex: Knex, table: string): Promise<void> {
  const dialect = String(knex.client.dialect)
  if (dialect === 'sqlite3') {
    for (const act of ['UPDATE', 'DELETE'])
      await knex.raw(
        `CREATE TRIGGER ${table}_no_${act.toLowerCase()} BEFORE ${act} ON ${table} BEGIN SELECT RAISE(ABORT, 'append only'); END`,
      )
  } else if (dialect === 'postgresql') {
    await knex.raw(`CREATE FUNCTION ${table}_append_only() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'append only' USING ERRCODE = 'restrict_violation'; END $$`)
    await knex.raw(`CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ${table}_append_only()`)
  } else throw new Error(`no append-only rule for ${dialect}`)
}
