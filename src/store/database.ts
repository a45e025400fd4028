// One database, two ways in: many readers, and one writer whose transactions take the write lock at their start.
// Queries keep to what PostgreSQL understands too: text ids, times as integer milliseconds, JSON as text, bytes as Buffer.

import { dirname } from 'node:path'
import type { Knex } from 'knex'
import { realWorld, type World } from '../world.js'
import { toStoreError } from './errors.js'
import { syncFolder } from './folders.js'
import { migrate } from './migrations/index.js'
import { ensurePrivateFile, isSqliteSound, SQLITE_NOW, sqlitePool, sqliteSnapshot } from './sqlite.js'

export interface Database {
  /** For reading alone: a write through it is refused. */
  readonly read: Knex
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws, and what it threw is thrown on.
   * Throws StoreError when the commit failed: then it is not known whether the rows are there.
   */
  write<T>(work: (trx: Knex) => Promise<T>): Promise<T>
  /** SQL expression: database time in integer milliseconds. Leases of several processes are compared by it alone. */
  readonly nowSql: string
  /**
   * Writes a consistent copy, as of now, to a new file, mode 0600, while others go on reading and writing; what was removed from the
   * database is not in it. It is not synced.
   */
  snapshot(file: string): Promise<void>
  /** Whether every page, index and reference is in order. Reads all of it. */
  isSound(): Promise<boolean>
  close(): Promise<void>
}

/**
 * Opens the SQLite file, made 0600 when missing, and brings its tables up to date; safe when two processes do so at once.
 * Throws StoreError; failure `settings` means that a setting our durability rests on is not in force.
 */
export async function openDatabase(options: { file: string; world?: Pick<World, 'files' | 'statement'> }): Promise<Database> {
  const { file, world = realWorld } = options
  await ensurePrivateFile(file, world.files)
  const writer = sqlitePool(file, 'writer', world.statement)
  const read = sqlitePool(file, 'reader', world.statement)
  const close = async (): Promise<void> => {
    await read.destroy()
    await writer.destroy()
  }
  const database: Database = {
    ...{ read, nowSql: SQLITE_NOW, close, write: (work) => inTransaction(writer, work) },
    snapshot: (target) => sqliteSnapshot(writer, target),
    isSound: () => isSqliteSound(read),
  }
  try {
    await database.write(migrate)
    await read.raw('SELECT 1')
    await syncFolder(dirname(file), world.files)
  } catch (error) {
    await close()
    throw error
  }
  return database
}

async function inTransaction<T>(writer: Knex, work: (trx: Knex) => Promise<T>): Promise<T> {
  let thrown: { error: unknown } | undefined
  try {
    return await writer.transaction(async (trx) => {
      try {
        return await work(trx)
      } catch (error) {
        thrown = { error }
        throw error
      }
    })
  } catch (error) {
    // What the work threw counts, also when the roll back failed after it.
    throw thrown ? thrown.error : toStoreError(error)
  }
}
