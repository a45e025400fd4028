// All steps of the schema in one list, and the one way to run them.

import type { Knex } from 'knex'
import { accountMigrations } from './accounts.js'
import { bounceMigrations } from './bounces.js'
import { heldMigrations } from './held.js'
import { intakeMigrations } from './intake.js'
import { lifeMigrations } from './life.js'
import { logMigrations } from './log.js'
import type { Migration } from './migration.js'
import { operationMigrations } from './operation.js'
import { overviewMigrations } from './overview.js'
import { packageMigrations } from './packages.js'
import { preferenceMigrations } from './preferences.js'
import { requestMigrations } from './requests.js'
import { signInWaysMigrations } from './sign-in-ways.js'

/** Every step, in the order of their numbers. */
export const migrations: readonly Migration[] = [
  ...intakeMigrations,
  ...bounceMigrations,
  ...operationMigrations,
  ...heldMigrations,
  ...accountMigrations,
  ...preferenceMigrations,
  ...packageMigrations,
  ...signInWaysMigrations,
  ...lifeMigrations,
  ...requestMigrations,
  ...logMigrations,
  ...overviewMigrations,
].sort((one, other) => (one.name < other.name ? -1 : 1))

/** knex's view of the list: code, not files, so that it needs no loader. */
export const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: async () => [...migrations],
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => ({
    up: (knex) => migration.up(knex),
    down: async () => {
      throw new Error('steps of the schema go forward only')
    },
  }),
}

/**
 * Runs what is missing inside the given transaction. As that holds the write lock from its start, two processes starting at
 * once run the steps once: the second one waits and finds them done.
 */
export async function migrate(trx: Knex): Promise<void> {
  await trx.migrate.latest({ migrationSource, tableName: 'schema_steps' })
}
