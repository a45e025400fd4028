import { join } from 'node:path'
import t from 'tap'
import { migrations } from '../../src/store/migrations/index.js'
import { sqlitePool } from '../../src/store/sqlite.js'
import { temporaryDatabase } from './support.js'

t.test('every step has a number of its own, and they run in that order', async (t) => {
  const numbers = migrations.map((step) => step.name.slice(0, 4))
  t.strictSame(numbers, [...new Set(numbers)].sort())
  for (const step of migrations) t.match(step.name, /^\d{4}-[a-z-]+$/)
  const database = await temporaryDatabase(t)
  t.strictSame(
    await database.read('schema_steps').orderBy('id').pluck('name'),
    migrations.map((step) => step.name),
  )
})

t.test('several that open a new file at once run every step once', async (t) => {
  const file = join(t.testdir(), 'hepoex.db')
  // Switched to the write-ahead log before: otherwise they would wait for each other at that, and not at the steps.
  const pool = sqlitePool(file, 'writer')
  await pool.raw('SELECT 1')
  await pool.destroy()
  const databases = await Promise.all(Array.from({ length: 4 }, () => temporaryDatabase(t, file)))
  for (const database of databases)
    t.strictSame(
      await database.read('schema_steps').orderBy('id').pluck('name'),
      migrations.map((step) => step.name),
    )
})
