// A log that was kept before it could be searched is searched like a new one.

import { join } from 'node:path'
import t from 'tap'
import { DAY } from '../../src/clock.js'
import { openDatabase } from '../../src/store/database.js'
import { intakeSearch } from '../../src/store/intake-search.js'
import { intakesTable } from '../../src/store/intakes.js'
import { logMigrations } from '../../src/store/migrations/log.js'
import { intake } from './support.js'

t.test('rows from before the steps get their order, sizes and counts', async (t) => {
  const file = join(t.testdir(), 'hepoex.db')
  const old = await openDatabase({ file })
  await old.write(async (trx) => {
    for (const [number, at, bytes] of [
      ['b', 5 * DAY + 1, 0],
      ['a', 5 * DAY, 2_000_000],
      ['c', 7 * DAY, 50],
    ] as const)
      await intakesTable(trx).append(intake({ number, at, bytes }))
    await trx.schema.dropTable('intake_keys')
    await trx.schema.dropTable('intake_days')
    await trx.raw('DROP INDEX intakes_seq_unique')
    for (const column of ['provider_id', 'outcome', 'reason', 'how', 'size_class', 'consumer_id'])
      await trx.raw(`DROP INDEX intakes_${column}_at_number_index`)
    await trx.raw('ALTER TABLE intakes DROP COLUMN seq')
    await trx.raw('ALTER TABLE intakes DROP COLUMN size_class')
    await trx.raw('CREATE INDEX intakes_consumer_id_index ON intakes (consumer_id)')
    await trx('schema_steps')
      .whereIn(
        'name',
        logMigrations.map(({ name }) => name),
      )
      .delete()
  })
  await old.close()
  const database = await openDatabase({ file })
  t.teardown(() => database.close())
  const rows = await database.read('intakes').orderBy('seq').select('number', 'seq', 'size_class')
  t.strictSame(rows, [
    { number: 'a', seq: 1, size_class: 3 },
    { number: 'b', seq: 2, size_class: 0 },
    { number: 'c', seq: 3, size_class: 1 },
  ])
  const view = await intakeSearch(database.read).open({ from: 0, to: 9e14 })
  t.match(view.totals, { messages: 3, rejected: 3, isWhole: true })
  await database.write((trx) => intakesTable(trx).append(intake({ number: 'd', at: 7 * DAY })))
  t.match((await intakeSearch(database.read).open({ from: 7 * DAY, to: 8 * DAY })).totals, { messages: 2 })
})
