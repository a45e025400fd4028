import type { Knex } from 'knex'
import t from 'tap'
import { DAY, HOUR } from '../../src/clock.js'
import { figuresTable, intakeCounts, openedTimes } from '../../src/store/figures.js'
import { intakesTable } from '../../src/store/intakes.js'
import { packagesTable } from '../../src/store/packages.js'
import { intake, packageRow, temporaryDatabase } from './support.js'

/** How the database finds the rows, a line each. */
async function planOf(read: Knex, query: Knex.QueryBuilder): Promise<string[]> {
  const { sql, bindings } = query.toSQL()
  const rows: Array<{ detail: string }> = await read.raw(`EXPLAIN QUERY PLAN ${sql}`, [...bindings])
  return rows.map(({ detail }) => detail)
}

t.test('intakes of each day are counted by outcome and reason, from the first day on', async (t) => {
  const database = await temporaryDatabase(t)
  await database.write(async (trx) => {
    const append = (at: number, outcome: 'accepted' | 'rejected', reason: string, how: string | null = null) =>
      intakesTable(trx).append(intake({ number: `${at}-${reason}`, at, outcome, reason, how }))
    for (const at of [DAY - 1, DAY, 2 * DAY - 1, 2 * DAY]) await append(at, 'accepted', 'accepted')
    await append(DAY + 1, 'accepted', 'accepted', 'dkim')
    await append(DAY, 'rejected', 'no-id')
    await append(DAY + 1, 'accepted', 'duplicate')
  })
  const counts = await figuresTable(database.read).intakes(DAY)
  t.same(counts.map(({ start, outcome, reason, count }) => `${start / DAY} ${outcome} ${reason} ${count}`).sort(), [
    '1 accepted accepted 3',
    '1 accepted duplicate 1',
    '1 rejected no-id 1',
    '2 accepted accepted 1',
  ])
  t.same(await figuresTable(database.read).intakes(5 * DAY), [])
})

t.test('counting reads one index alone, and none of the rows', async (t) => {
  const { read } = await temporaryDatabase(t)
  t.match((await planOf(read, intakeCounts(read, 1)))[0], /^SEARCH intake_days USING PRIMARY KEY \(day>\?\)/)
  const opened = await planOf(read, openedTimes(read, 1))
  t.ok(
    opened.some((line) => /SEARCH packages USING COVERING INDEX \S*sent_at_first_opened_at\S* \(sent_at>\?/.test(line)),
    opened.join('; '),
  )
})

t.test('half of the opened packages, and nine in ten, were opened as fast as it says', async (t) => {
  const database = await temporaryDatabase(t)
  const add = (id: number, sentAt: number | null, firstOpenedAt: number | null) =>
    database.write((trx) =>
      packagesTable(trx).add(packageRow({ id: `p${id}`, number: `N${id}`, groupId: `g${id}`, state: 'sent', sentAt, firstOpenedAt })),
    )
  const figures = figuresTable(database.read)
  t.same(await figures.openingTimes(0), { sent: 0, opened: 0, median: null, ninth: null })
  await add(100, 5000, null)
  await add(101, null, null)
  t.same(await figures.openingTimes(0), { sent: 1, opened: 0, median: null, ninth: null })
  await add(1, 5000, 5000 + HOUR)
  t.same(await figures.openingTimes(0), { sent: 2, opened: 1, median: HOUR, ninth: HOUR })
  for (let id = 2; id <= 10; id++) await add(id, 5000, 5000 + id * HOUR)
  t.same(await figures.openingTimes(0), { sent: 11, opened: 10, median: 5 * HOUR, ninth: 9 * HOUR })
  await add(11, 4999, 4999 + 99 * HOUR)
  t.same(await figures.openingTimes(5000), { sent: 11, opened: 10, median: 5 * HOUR, ninth: 9 * HOUR }, 'only of those sent since then')
  await add(12, 6000, 5000)
  t.equal((await figures.openingTimes(6000)).median, 0, 'a clock that was set back makes no time negative')
})

t.test('what expires soon is what nobody has opened, and of twins the last one', async (t) => {
  const database = await temporaryDatabase(t)
  const now = 100 * DAY
  const add = (id: string, change: Parameters<typeof packageRow>[0]) =>
    database.write((trx) => packagesTable(trx).add(packageRow({ id, number: id, groupId: id, state: 'sent', sentAt: 1, ...change })))
  await add('soon', { expiresAt: now + DAY })
  await add('sooner', { expiresAt: now + HOUR })
  await add('at-the-end', { expiresAt: now + 3 * DAY })
  await add('late', { expiresAt: now + 3 * DAY + 1 })
  await add('past', { expiresAt: now })
  await add('opened', { expiresAt: now + DAY, firstOpenedAt: 5 })
  await add('sealed', { expiresAt: now + DAY, state: 'sealed', sentAt: null })
  await add('ended', { expiresAt: now + DAY, state: 'recalled', endedAt: 5 })
  await add('twin-old', { expiresAt: now + DAY, groupId: 'twins' })
  await add('twin-new', { expiresAt: now + 20 * DAY, groupId: 'twins' })
  const figures = figuresTable(database.read)
  t.same(await figures.expiring(now, now + 3 * DAY), { count: 3, oldest: now + HOUR })
  t.same(await figures.expiring(now + 50 * DAY, now + 53 * DAY), { count: 0, oldest: null })
})

t.test('a package that ended because its notice came back is told from one that never went out', async (t) => {
  const database = await temporaryDatabase(t)
  const add = (id: string, change: Parameters<typeof packageRow>[0]) =>
    database.write((trx) =>
      packagesTable(trx).add(packageRow({ id, number: id, groupId: id, state: 'undeliverable', sentAt: 1, ...change })),
    )
  await add('came-back', { endedAt: 500 })
  await add('came-back-later', { endedAt: 700 })
  await add('long-ago', { endedAt: 499 })
  await add('never-sent', { endedAt: 600, sentAt: null })
  await add('expired', { endedAt: 600, state: 'expired' })
  t.same(await figuresTable(database.read).undeliverable(500), { count: 2, oldest: 500 })
})

t.test('mails given up since then, and held mail that waits', async (t) => {
  const database = await temporaryDatabase(t)
  await database.write(async (trx) => {
    const mail = (id: string, state: string, endedAt: number | null) =>
      trx('outbox').insert({ id, kind: 'receipt', idempotency_key: id, state, run_at: 1, attempts: 1, lease_until: 0, ended_at: endedAt })
    await mail('failed', 'failed', 500)
    await mail('failed-before', 'failed', 400)
    await mail('done', 'done', 500)
    await mail('waiting', 'waiting', null)
    const held = (id: string, state: string, at: number) =>
      trx('held').insert({
        ...{
          id,
          intake_number: id,
          provider_id: 'p',
          state,
          reason: 'no-id',
          documents: 1,
          bytes: 1,
          identity_id: 'i',
          run_at: 0,
          attempts: 0,
        },
        ...{ token_hash: Buffer.from(id), about_sealed: Buffer.alloc(1), received_at: at, expires_at: at + 1, lease_until: 0 },
      })
    await held('one', 'held', 20)
    await held('two', 'held', 10)
    await held('assigned', 'assigned', 5)
    await held('refused', 'refused', 1)
  })
  const figures = figuresTable(database.read)
  t.same(await figures.mailsGivenUp(450), { count: 1, oldest: 500 })
  t.same(await figures.held(), { count: 2, oldest: 10 })
})
