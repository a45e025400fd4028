import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Database } from '../../src/store/database.js'
import { type Holds, holdsTable } from '../../src/store/holds.js'
import { sourceFiles } from '../support/floors.js'
import { setTime, TEST_TIME, temporaryDatabase } from './support.js'

const write = <T>(database: Database, work: (holds: Holds) => Promise<T>) => database.write((trx) => work(holdsTable(trx, TEST_TIME)))

t.test('a hold is there from taking to releasing', async (t) => {
  const database = await temporaryDatabase(t)
  await setTime(database, 5000)
  const read = holdsTable(database.read, TEST_TIME)
  t.notOk(await read.any())
  await write(database, (holds) => holds.take('one', 1000))
  await write(database, (holds) => holds.take('two', 1000))
  t.ok(await read.any())
  await write(database, (holds) => holds.release('one'))
  t.ok(await read.any(), 'the other one still is')
  await write(database, (holds) => holds.release('two'))
  t.notOk(await read.any())
})

t.test('its lease runs out unless it is taken again', async (t) => {
  const database = await temporaryDatabase(t)
  const read = holdsTable(database.read, TEST_TIME)
  await setTime(database, 5000)
  await write(database, (holds) => holds.take('one', 1000))
  await setTime(database, 5999)
  t.ok(await read.any())
  await write(database, (holds) => holds.take('one', 1000))
  await setTime(database, 6998)
  t.ok(await read.any())
  await setTime(database, 6999)
  t.notOk(await read.any())
})

t.test('one that ran out is swept by the next one taken', async (t) => {
  const database = await temporaryDatabase(t)
  await setTime(database, 5000)
  await write(database, (holds) => holds.take('died', 1000))
  await setTime(database, 7000)
  await write(database, (holds) => holds.take('next', 1000))
  t.strictSame(await database.read('holds').pluck('id'), ['next'])
})

t.test('nobody deletes a blob past the holds: only who made one to try whether it can be written', async (t) => {
  const src = fileURLToPath(new URL('../../src', import.meta.url))
  const found: string[] = []
  for (const file of sourceFiles(src)) if (/\bblobs\.delete\(/.test(await readFile(join(src, file), 'utf8'))) found.push(file)
  t.strictSame(found.sort(), ['service/checks.ts', 'store/store.ts', 'store/watch.ts'])
})
