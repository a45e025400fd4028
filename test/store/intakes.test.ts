import t from 'tap'
import { type Intake, intakesTable } from '../../src/store/intakes.js'
import { intake, temporaryDatabase } from './support.js'

t.test('an intake comes back as it was put in', async (t) => {
  const database = await temporaryDatabase(t)
  await database.write((trx) => intakesTable(trx).append(intake()))
  t.strictSame(await intakesTable(database.read).byNumber('intake-1'), intake())
  t.equal(await intakesTable(database.read).byNumber('intake-2'), null)
})

t.test('pages run newest first through rows of one millisecond, and rows that come meanwhile shift nothing', async (t) => {
  const database = await temporaryDatabase(t)
  const append = (number: string, at: number) => database.write((trx) => intakesTable(trx).append(intake({ number, at })))
  for (const [number, at] of Object.entries({ a: 1, b: 2, c: 2, d: 2, e: 2, f: 3 })) await append(number, at)
  const seen: string[] = []
  for (let before: Intake | undefined; ; ) {
    const page = await intakesTable(database.read).page({ before, limit: 2 })
    seen.push(...page.map((row) => row.number))
    before = page.at(-1)
    if (!before) break
    await append(`new ${seen.length}`, 9)
  }
  t.equal(seen.join(''), 'fedcba')
})
