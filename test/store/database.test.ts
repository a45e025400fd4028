import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Knex } from 'knex'
import t from 'tap'
import { openDatabase } from '../../src/store/database.js'
import { StoreError } from '../../src/store/errors.js'
import { sqlitePool } from '../../src/store/sqlite.js'
import { temporaryDatabase } from './support.js'

async function failureOf(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof StoreError)) throw new Error('no StoreError')
  return error
}

t.test('every connection commits durably and keeps its working data in memory', async (t) => {
  const database = await temporaryDatabase(t)
  const settings = async (knex: Knex) => {
    const names = ['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys', 'temp_store', 'secure_delete', 'trusted_schema']
    const found: Record<string, unknown> = {}
    for (const name of names) found[name] = Object.values((await knex.raw(`PRAGMA ${name}`))[0])[0]
    return found
  }
  const wanted = {
    journal_mode: 'wal',
    synchronous: 2,
    busy_timeout: 5000,
    foreign_keys: 1,
    temp_store: 2,
    secure_delete: 1,
    trusted_schema: 0,
  }
  t.match(await settings(database.read), wanted)
  t.match(await database.write(settings), wanted)
})

t.test('the start is refused when a setting is not in force', async (t) => {
  // A database in memory has no write-ahead log.
  const pool = sqlitePool(':memory:', 'writer')
  t.teardown(() => pool.destroy())
  t.match(await failureOf(pool.raw('SELECT 1').then()), { failure: 'settings', code: 'PRAGMA_JOURNAL_MODE' })
})

t.test('the files are for their owner alone, whatever the umask', async (t) => {
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  const file = join(t.testdir(), 'hepoex.db')
  const database = await temporaryDatabase(t, file)
  await database.write((trx) => trx('facts').insert({ name: 'a', value: 'b' }))
  for (const name of [file, `${file}-wal`, `${file}-shm`]) t.equal((await stat(name)).mode & 0o777, 0o600)
})

t.test('a database file open to others is closed to them', async (t) => {
  const file = join(t.testdir({ 'hepoex.db': '' }), 'hepoex.db')
  await chmod(file, 0o644)
  await temporaryDatabase(t, file)
  t.equal((await stat(file)).mode & 0o777, 0o600)
})

t.test('a file that is no database is refused as damaged', async (t) => {
  const file = join(t.testdir(), 'hepoex.db')
  await writeFile(file, 'this is not a database at all, '.repeat(200))
  t.match(await failureOf(openDatabase({ file })), { failure: 'damaged', code: 'SQLITE_NOTADB' })
})

t.test('two handles that read and then write in parallel all succeed, and no count is lost', async (t) => {
  const file = join(t.testdir(), 'hepoex.db')
  const [one, other] = [await temporaryDatabase(t, file), await temporaryDatabase(t, file)]
  await one.write((trx) => trx('facts').insert({ name: 'count', value: '0' }))
  const countUp = async (trx: Knex) => {
    const { value } = await trx('facts').where({ name: 'count' }).first('value')
    await trx('facts')
      .where({ name: 'count' })
      .update({ value: String(Number(value) + 1) })
  }
  await Promise.all(Array.from({ length: 60 }, (_, index) => (index % 2 ? one : other).write(countUp)))
  t.equal((await one.read('facts').where({ name: 'count' }).first('value')).value, '60')
})

t.test('a transaction holds the write lock from its start', async (t) => {
  const file = join(t.testdir(), 'hepoex.db')
  const [one, other] = [await temporaryDatabase(t, file), await temporaryDatabase(t, file)]
  const order: string[] = []
  let second: Promise<unknown> = Promise.resolve()
  await one.write(async (trx) => {
    await trx('facts').select()
    second = other.write(async () => order.push('second'))
    await trx.raw('SELECT 1')
    for (let turn = 0; turn < 50; turn++) await trx('facts').select()
    order.push('first')
  })
  await second
  t.strictSame(order, ['first', 'second'])
})

t.test('what the work threw is thrown on as it is, and nothing of it stays', async (t) => {
  const database = await temporaryDatabase(t)
  const reason = new Error('stop')
  const work = database.write(async (trx) => {
    await trx('facts').insert({ name: 'half', value: 'done' })
    throw reason
  })
  t.equal(await work.catch((error: unknown) => error), reason)
  t.strictSame(await database.read('facts').where({ name: 'half' }), [])
})

t.test('after a commit that failed the writer works again', async (t) => {
  const database = await temporaryDatabase(t)
  const error = await failureOf(
    database.write(async (trx) => {
      await trx.raw('CREATE TABLE child (parent text REFERENCES facts(name) DEFERRABLE INITIALLY DEFERRED)')
      await trx.raw("INSERT INTO child VALUES ('nobody')")
    }),
  )
  t.equal(error.failure, 'constraint')
  await database.write((trx) => trx('facts').insert({ name: 'later', value: 'fine' }))
  t.strictSame(await database.read('facts').where({ name: 'later' }), [{ name: 'later', value: 'fine' }])
  t.notOk(await database.read.schema.hasTable('child'))
})

t.test('a reader refuses to write', async (t) => {
  const database = await temporaryDatabase(t)
  const write = database.read('facts').insert({ name: 'a', value: 'b' }).then()
  t.match(await failureOf(write), { failure: 'io', code: 'SQLITE_READONLY' })
})

t.test('an error holds no SQL and no value, however it is shown', async (t) => {
  const database = await temporaryDatabase(t)
  await database.write((trx) => trx('facts').insert({ name: 'a', value: 'marker-1' }))
  const duplicate = await failureOf(database.write((trx) => trx('facts').insert({ name: 'a', value: 'marker-2' })))
  t.match(duplicate, { failure: 'duplicate', code: 'SQLITE_CONSTRAINT' })
  const wrong = await failureOf(database.read.raw("SELECT nothing FROM facts WHERE value = 'marker-3'").then())
  for (const error of [duplicate, wrong]) t.notMatch(inspect(error, { showHidden: true, depth: 9 }), /marker|select|insert|facts/i)
})

t.test('database time is the time of day in whole milliseconds', async (t) => {
  const database = await temporaryDatabase(t)
  const [{ now }] = await database.read.raw(`SELECT ${database.nowSql} AS now`)
  t.ok(Number.isInteger(now))
  t.ok(Math.abs(now - Date.now()) < 10_000)
})

t.test('rows are there again after closing and opening', async (t) => {
  const file = join(t.testdir(), 'hepoex.db')
  const first = await openDatabase({ file })
  await first.write((trx) => trx('facts').insert({ name: 'kept', value: 'yes' }))
  await first.close()
  const second = await temporaryDatabase(t, file)
  t.strictSame(await second.read('facts').where({ name: 'kept' }), [{ name: 'kept', value: 'yes' }])
})
