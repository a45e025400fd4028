// The one place that knows SQLite: the dialect, its connection settings, and how it tells the time.

import { chmod } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import knex, { type Knex } from 'knex'
import Sqlite3Client from 'knex/lib/dialects/sqlite3/index.js'
import { type Files, realWorld, type Statement } from '../world.js'
import { StoreError, toStoreError } from './errors.js'

/** SQL expression: database time in whole milliseconds. */
export const SQLITE_NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)"

/** The part of a sqlite3 connection that is used here; knex marks a broken one with __knex__disposed and then replaces it. */
interface Connection {
  all(sql: string, done: (error: unknown, rows: Array<Record<string, unknown>>) => void): void
  __knex__disposed?: string
}

/** knex's SQLite dialect, with transactions that take the write lock at their start and errors that quote nothing. */
class StrictSqliteClient extends Sqlite3Client {
  declare readonly config: Knex.Config & { readonly statement: Statement }

  override transaction(container: unknown, config: unknown, outer: unknown): ReturnType<Sqlite3Client['transaction']> {
    const transaction = super.transaction(container, config, outer)
    // A deferred BEGIN that reads and then writes fails at once with SQLITE_BUSY when another process wrote in between, and
    // busy_timeout does not help. A failed BEGIN rejects here, so that the work is never started without a transaction.
    transaction.begin = (connection) => transaction.trxClient.query(connection, 'BEGIN IMMEDIATE')
    return transaction
  }

  override async query(connection: unknown, query: string | { readonly sql: string }): Promise<unknown> {
    const sql = typeof query === 'string' ? query : query.sql
    try {
      return await this.config.statement(sql, () => super.query(connection, query))
    } catch (error) {
      // A connection that could not end its transaction may still be inside it: never use it again.
      if (/^(COMMIT|ROLLBACK(?! TO))/.test(sql)) (connection as Connection).__knex__disposed = 'transaction not ended'
      throw toStoreError(error)
    }
  }

  override async acquireConnection(): Promise<unknown> {
    try {
      return await super.acquireConnection()
    } catch (error) {
      throw toStoreError(error)
    }
  }
}

// knex writes its warnings to the console, some with an error's message in them: they go nowhere.
const QUIET = { warn() {}, error() {}, debug() {}, deprecate() {} }

/** One pool of connections to the file. A writer has exactly one connection; readers refuse to write. */
export function sqlitePool(file: string, role: 'writer' | 'reader', statement: Statement = realWorld.statement): Knex {
  const config: Knex.Config & { statement: Statement } = {
    statement,
    client: StrictSqliteClient as unknown as typeof Knex.Client,
    connection: { filename: file },
    pool: {
      min: 1,
      max: role === 'writer' ? 1 : 3,
      afterCreate: (connection: Connection, done: (error: unknown, connection: Connection) => void) => {
        settle(connection, role).then(
          () => done(null, connection),
          (error: unknown) => done(toStoreError(error), connection),
        )
      },
    },
    // Waiting in line for the one writer: past this the caller answers 451 or 503.
    acquireConnectionTimeout: 20_000,
    useNullAsDefault: true,
    compileSqlOnError: false,
    log: QUIET,
  }
  return knex(config)
}

/** Makes the file with mode 0600 when it is missing; SQLite gives its side files the same mode. Tightens a looser one. */
export async function ensurePrivateFile(file: string, files: Pick<Files, 'open'> = realWorld.files): Promise<void> {
  const handle = await files.open(file, 'a', 0o600)
  try {
    if (((await handle.stat()).mode & 0o077) !== 0) await chmod(file, 0o600)
  } finally {
    await handle.close()
  }
}

/** A copy in a new file. Reads in one transaction, so nobody waits for it. */
export async function sqliteSnapshot(writer: Knex, target: string): Promise<void> {
  // SQLite would make it as readable as the umask lets it; an empty file it takes as it is.
  await ensurePrivateFile(target)
  await writer.raw('VACUUM INTO ?', [target])
}

/** Whether the file passes SQLite's own full check, and no row points to one that is not there. */
export async function isSqliteSound(read: Knex): Promise<boolean> {
  const said: Array<Record<string, unknown>> = await read.raw('PRAGMA integrity_check(1)')
  const dangling: unknown[] = await read.raw('PRAGMA foreign_key_check')
  return said.length === 1 && Object.values(said[0] ?? {})[0] === 'ok' && dangling.length === 0
}

async function settle(connection: Connection, role: 'writer' | 'reader'): Promise<void> {
  await pragma(connection, 'busy_timeout = 5000')
  await switchToWal(connection)
  await pragma(connection, 'synchronous = FULL')
  await pragma(connection, 'foreign_keys = ON')
  await pragma(connection, 'temp_store = MEMORY')
  await pragma(connection, 'secure_delete = ON')
  await pragma(connection, 'trusted_schema = OFF')
  // Without it REPLACE would remove a row past the triggers that refuse it.
  await pragma(connection, 'recursive_triggers = ON')
  await pragma(connection, `journal_size_limit = ${64 * 1024 * 1024}`)
  if (role === 'reader') await pragma(connection, 'query_only = ON')
  // A pragma that is not understood says nothing. Without these three a 250 would promise more than we keep.
  await confirm(connection, 'journal_mode', 'wal')
  await confirm(connection, 'synchronous', 2)
  await confirm(connection, 'foreign_keys', 1)
}

/** The first switch of a new file wants it alone and does not always wait for the busy timeout: tried for five seconds. */
async function switchToWal(connection: Connection): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await pragma(connection, 'journal_mode = WAL')
      return
    } catch (error) {
      if (attempt === 50 || !(error instanceof StoreError) || error.failure !== 'busy') throw error
      await pause(100)
    }
  }
}

async function confirm(connection: Connection, name: string, wanted: unknown): Promise<void> {
  if ((await pragma(connection, name)) !== wanted) throw new StoreError('settings', `PRAGMA_${name.toUpperCase()}`)
}

function pragma(connection: Connection, text: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.all(`PRAGMA ${text}`, (error, rows) => {
      if (error) reject(toStoreError(error))
      else resolve(Object.values(rows[0] ?? {})[0])
    })
  })
}
