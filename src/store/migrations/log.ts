// Schema of looking things up in the intake log: an order of arrival, an index for each filter, keyed hashes of what a message named, and
// a count a day. Its steps have the numbers from 0150 to 0154.

import type { Knex } from 'knex'
import { SIZE_CLASSES } from '../intake-sizes.js'
import type { Migration } from './migration.js'

export const logMigrations: readonly Migration[] = [
  { name: '0150-intake-order', up: order },
  { name: '0151-intake-filters', up: filters },
  { name: '0152-intake-keys', up: keys },
  { name: '0153-intake-days', up: days },
]

/** `at` is when a message began: those that took long are written down after later ones. `seq` is the order in which rows were. */
async function order(knex: Knex): Promise<void> {
  await knex.schema.alterTable('intakes', (table) => {
    table.bigInteger('seq')
    table.integer('size_class').notNullable().defaultTo(0)
  })
  await knex.raw(`UPDATE intakes SET seq = counted.place
    FROM (SELECT number, ROW_NUMBER() OVER (ORDER BY at, number) AS place FROM intakes) AS counted
    WHERE counted.number = intakes.number`)
  for (const [index, { from }] of SIZE_CLASSES.entries()) await knex('intakes').where('bytes', '>=', from).update({ size_class: index })
  await knex.schema.alterTable('intakes', (table) => {
    table.unique(['seq'])
  })
}

/** Each begins with what a filter asks for and goes on in the order of the log, so that a page is read and never sorted. */
async function filters(knex: Knex): Promise<void> {
  await knex.schema.alterTable('intakes', (table) => {
    for (const column of ['provider_id', 'outcome', 'reason', 'how', 'size_class', 'consumer_id']) table.index([column, 'at', 'number'])
    table.dropIndex(['consumer_id'])
  })
}

/** Keyed hashes of whom a message named, and of its Message-ID. What came before this step has none. */
async function keys(knex: Knex): Promise<void> {
  const [bytes, clustered] = dialectOf(knex) === 'sqlite3' ? ['BLOB', 'WITHOUT ROWID'] : ['BYTEA', '']
  await knex.raw(`CREATE TABLE intake_keys (hash ${bytes} NOT NULL, at BIGINT NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL,
    PRIMARY KEY (hash, at, number)) ${clustered}`)
  await knex.schema.alterTable('intake_keys', (table) => {
    table.index(['number'])
  })
}

/** How many rows of a kind a day (UTC) has. '' stands for none, as a key may hold no null. */
async function days(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TABLE intake_days (day BIGINT NOT NULL, outcome TEXT NOT NULL, provider_id TEXT NOT NULL, reason TEXT NOT NULL,
    how TEXT NOT NULL, size_class INTEGER NOT NULL, messages BIGINT NOT NULL,
    PRIMARY KEY (day, outcome, provider_id, reason, how, size_class)) ${dialectOf(knex) === 'sqlite3' ? 'WITHOUT ROWID' : ''}`)
  await knex.raw(`INSERT INTO intake_days
    SELECT at / 86400000, outcome, COALESCE(provider_id, ''), reason, COALESCE(how, ''), size_class, COUNT(*)
    FROM intakes GROUP BY 1, 2, 3, 4, 5, 6`)
}

function dialectOf(knex: Knex): string {
  return String(knex.client.dialect)
}
