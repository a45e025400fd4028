// Schema of the accounts' side. Its steps have the numbers from 0101 up.

import type { Knex } from 'knex'
import { freePostboxNumber } from '../consumers.js'
import type { Migration } from './migration.js'

async function consumersAndAnswers(knex: Knex): Promise<void> {
  await knex.schema.createTable('consumers', (table) => {
    table.text('id').primary()
    table.text('address').notNullable().unique()
    table.text('language').notNullable()
    table.bigInteger('created_at').notNullable()
    table.integer('answer_version')
  })
  await knex.schema.createTable('answers', (table) => {
    table.text('consumer_id').notNullable().references('consumers.id')
    table.integer('version').notNullable()
    table.integer('normalisation').notNullable()
    table.binary('salt').notNullable()
    table.binary('question_sealed').notNullable()
    table.binary('answer_key_sealed').notNullable()
    table.text('pepper_id').notNullable()
    table.integer('wrong_in_row').notNullable()
    table.integer('wrong_total').notNullable()
    table.bigInteger('next_try_at').notNullable()
    table.bigInteger('locked_at')
    table.bigInteger('frozen_at')
    table.bigInteger('created_at').notNullable()
    table.bigInteger('retired_at')
    table.primary(['consumer_id', 'version'])
  })
  await knex.schema.createTable('resets', (table) => {
    table.text('consumer_id').primary().references('consumers.id')
    table.text('id').notNullable().unique()
    table.bigInteger('started_at').notNullable()
    table.bigInteger('effective_at').notNullable()
    table.bigInteger('remind_at').notNullable().index()
    table.binary('cancel_hash').notNullable().unique()
  })
}

async function signingIn(knex: Knex): Promise<void> {
  await knex.schema.createTable('admins', (table) => {
    table.text('id').primary()
    table.text('address').notNullable().unique()
    table.text('language').notNullable()
    table.bigInteger('invited_at').notNullable()
    table.bigInteger('first_sign_in_at')
  })
  await knex.schema.createTable('sign_ins', (table) => {
    table.text('id').primary()
    table.text('role').notNullable()
    table.text('address').notNullable()
    table.text('language').notNullable()
    table.binary('token_hash').notNullable().unique()
    table.binary('code_hash').notNullable()
    table.binary('browser_hash').notNullable()
    table.integer('mailed').notNullable()
    table.integer('tries').notNullable()
    table.bigInteger('created_at').notNullable()
    table.bigInteger('expires_at').notNullable()
    table.bigInteger('used_at')
    table.index(['address', 'created_at'])
    table.index(['created_at'])
  })
  await knex.schema.createTable('sessions', (table) => {
    table.binary('token_hash').primary()
    table.text('role').notNullable()
    table.text('subject_id').notNullable().index()
    table.bigInteger('created_at').notNullable()
    table.bigInteger('idle_until').notNullable()
    table.bigInteger('ends_at').notNullable().index()
  })
}

async function openingsAndLimits(knex: Knex): Promise<void> {
  await knex.schema.createTable('openings', (table) => {
    table.text('id').primary()
    table.text('package_id').notNullable().index()
    table.binary('passphrase_sealed').notNullable()
    table.bigInteger('opened_before')
    table.bigInteger('created_at').notNullable()
    table.bigInteger('idle_until').notNullable()
    table.bigInteger('ends_at').notNullable().index()
  })
  await knex.schema.createTable('limits', (table) => {
    table.text('key').primary()
    table.integer('count').notNullable()
    table.bigInteger('next_at').notNullable()
    table.bigInteger('forget_at').notNullable().index()
  })
}

/** Whoever had a postbox before gets a number, too. */
async function postboxNumbers(knex: Knex): Promise<void> {
  await knex.schema.alterTable('consumers', (table) => {
    table.text('postbox_number').unique()
  })
  for (const id of await knex('consumers').pluck('id')) {
    await knex('consumers')
      .where({ id })
      .update({ postbox_number: await freePostboxNumber(knex) })
  }
}

export const accountMigrations: readonly Migration[] = [
  { name: '0101-consumers-and-answers', up: consumersAndAnswers },
  { name: '0102-signing-in', up: signingIn },
  { name: '0103-openings-and-limits', up: openingsAndLimits },
  { name: '0104-postbox-numbers', up: postboxNumbers },
]
