// Looking things up in the intake log: every query is led by an index and sorts nothing, and finds what a look at every row finds.

import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { Knex } from 'knex'
import t, { type Test } from 'tap'
import { DAY } from '../../src/clock.js'
import type { Database } from '../../src/store/database.js'
import { arrivalsQuery, type IntakeFilter, leadsOf, ROW, rowsQuery } from '../../src/store/intake-filter.js'
import { daysQuery, type IntakeView, intakeSearch, MOST_COUNTED } from '../../src/store/intake-search.js'
import { sizeClassOf } from '../../src/store/intake-sizes.js'
import { type Intake, intakesTable } from '../../src/store/intakes.js'
import { intake, temporaryDatabase } from './support.js'

const ALL = { from: 0, to: 9e14 }
const HASH = randomBytes(16)

async function planOf(database: Database, query: Knex.QueryBuilder): Promise<string> {
  const { sql, bindings } = query.toSQL().toNative()
  const steps: Array<{ detail: string }> = await database.read.raw(`EXPLAIN QUERY PLAN ${sql}`, bindings as Knex.RawBinding[])
  return steps.map(({ detail }) => detail).join(' | ')
}

/** Every filter by itself, and what people put together. */
const FILTERS: Readonly<Record<string, IntakeFilter>> = {
  'all time': ALL,
  'a range': { from: 5 * DAY, to: 9 * DAY },
  provider: { ...ALL, providerId: 'p1' },
  'no provider': { ...ALL, providerId: '' },
  outcome: { ...ALL, outcome: 'held' },
  reason: { ...ALL, reason: 'no-id' },
  how: { ...ALL, how: 'spf' },
  'not known': { ...ALL, how: '' },
  size: { ...ALL, sizeClass: 4 },
  number: { ...ALL, number: 'x' },
  person: { ...ALL, person: { hashes: [HASH, HASH], consumerIds: ['c1'] } },
  message: { ...ALL, message: HASH },
  text: { ...ALL, either: { providerIds: ['p1', 'p2'], reasons: ['no-id'] } },
  together: { from: DAY, to: 9 * DAY, providerId: 'p1', outcome: 'rejected', reason: 'no-id', how: 'spf', sizeClass: 2 },
  'text and more': { ...ALL, outcome: 'rejected', either: { providerIds: ['p1'], reasons: [] } },
  'person and more': { ...ALL, outcome: 'rejected', message: HASH, person: { hashes: [HASH], consumerIds: [] } },
}

t.test('no filter reads the log from its beginning, and none sorts, on the first page or deep in', async (t) => {
  const database = await temporaryDatabase(t)
  for (const [name, filter] of Object.entries(FILTERS)) {
    for (const drive of leadsOf(filter).flatMap(({ drives }) => drives)) {
      for (const before of [undefined, { at: 3 * DAY, number: 'n' }]) {
        const plan = await planOf(database, rowsQuery(database.read, filter, drive, { ...filter, before, limit: 51 }).select(ROW))
        t.match(plan, /^SEARCH (i USING (COVERING )?INDEX|k USING PRIMARY KEY)/, `${name}: ${plan}`)
        t.notMatch(plan, /SCAN|TEMP B-TREE/, `${name}: ${plan}`)
      }
    }
    const days = await planOf(database, daysQuery(database.read, filter))
    t.match(days, /^SEARCH d USING PRIMARY KEY \(day>\? AND day<\?\)$/, `${name}, days: ${days}`)
    const arrivals = await planOf(database, arrivalsQuery(database.read, filter, 3, 9).select(ROW))
    t.match(arrivals, /^SEARCH i USING INDEX intakes_seq_unique \(seq>\? AND seq<\?\)/, `${name}, arrivals: ${arrivals}`)
    t.notMatch(arrivals, /SCAN|TEMP B-TREE/, `${name}, arrivals: ${arrivals}`)
  }
})

t.test('sizes fall into their classes', async (t) => {
  t.strictSame([0, 1, 99_999, 100_000, 1_000_000, 9_999_999, 10_000_000, 52_428_800].map(sizeClassOf), [0, 1, 1, 2, 3, 3, 4, 4])
})

const REASONS = { accepted: 'accepted', 'no-id': 'rejected', held: 'held', busy: 'deferred' } as const

/** A log of a few days with gaps, many rows in one millisecond, and some that name somebody. */
async function fill(database: Database, rows: readonly Intake[], named: ReadonlyMap<string, Buffer>): Promise<void> {
  await database.write(async (trx) => {
    for (const row of rows) {
      const hash = named.get(row.number)
      await intakesTable(trx).append(row, hash ? [{ hash, kind: 'person' }] : [])
    }
  })
}

const arbitraryRow = fc
  .record({
    day: fc.constantFrom(100, 101, 104, 105),
    ms: fc.constantFrom(0, 1, 3_600_000, DAY - 1),
    providerId: fc.constantFrom('p1', 'p2', null),
    reason: fc.constantFrom(...(Object.keys(REASONS) as Array<keyof typeof REASONS>)),
    how: fc.constantFrom('spf', 'password', null),
    bytes: fc.constantFrom(0, 5000, 200_000),
    consumerId: fc.constantFrom('c1', null),
  })
  .map(({ day, ms, reason, ...row }) => ({ ...row, at: day * DAY + ms, reason, outcome: REASONS[reason] }))

const optional = <Value>(...values: Value[]) => fc.constantFrom(undefined, ...values)
const arbitraryFilter = fc.record({
  from: fc.constantFrom(0, 100 * DAY, 101 * DAY + 1, 104 * DAY),
  to: fc.constantFrom(9e14, 105 * DAY, 104 * DAY + 3_600_000, 101 * DAY),
  providerId: optional('p1', ''),
  outcome: optional('rejected', 'accepted'),
  reason: optional('no-id', 'accepted'),
  how: optional('spf', ''),
  sizeClass: optional(0, 2),
  either: optional({ providerIds: ['p2'], reasons: ['held', 'no-id'] }, { providerIds: [], reasons: [] }),
  person: optional({ hashes: [HASH], consumerIds: ['c1'] }),
})

/** By looking at every row. */
function fits(row: Intake, filter: IntakeFilter, named: ReadonlyMap<string, Buffer>): boolean {
  const { either, person } = filter
  return (
    row.at >= filter.from &&
    row.at < filter.to &&
    (filter.providerId === undefined || (row.providerId ?? '') === filter.providerId) &&
    (filter.outcome === undefined || row.outcome === filter.outcome) &&
    (filter.reason === undefined || row.reason === filter.reason) &&
    (filter.how === undefined || (row.how ?? '') === filter.how) &&
    (filter.sizeClass === undefined || sizeClassOf(row.bytes) === filter.sizeClass) &&
    (!either || either.providerIds.includes(row.providerId ?? '') || either.reasons.includes(row.reason)) &&
    (!person || named.has(row.number) || person.consumerIds.includes(row.consumerId ?? ''))
  )
}

async function allOf(view: IntakeView, size: number): Promise<string[]> {
  const numbers: string[] = []
  for await (const piece of view.pieces(undefined, size)) numbers.push(...piece.map(({ number }) => number))
  return numbers
}

t.test('whatever is asked for, pages and totals are those of a look at every row', async (t) => {
  const database = await temporaryDatabase(t)
  const search = intakeSearch(database.read)
  await fc.assert(
    fc.asyncProperty(
      fc.array(arbitraryRow, { maxLength: 40 }),
      fc.array(arbitraryFilter, { minLength: 3, maxLength: 8 }),
      async (drawn, filters) => {
        await database.write(async (trx) => {
          for (const table of ['intakes', 'intake_keys', 'intake_days']) await trx(table).delete()
        })
        const rows = drawn.map((row, index) => intake({ ...row, number: `n${String(index).padStart(3, '0')}` }))
        const named = new Map(rows.filter((_row, index) => index % 5 === 0).map(({ number }) => [number, HASH]))
        await fill(database, rows, named)
        const newestFirst = [...rows].sort((one, other) => other.at - one.at || (one.number < other.number ? 1 : -1))
        for (const filter of filters) {
          const expected = newestFirst.filter((row) => fits(row, filter, named))
          const view = await search.open(filter)
          t.strictSame(
            await allOf(view, 7),
            expected.map(({ number }) => number),
            JSON.stringify(filter),
          )
          t.equal(view.totals.messages, expected.length, JSON.stringify(filter))
          t.equal(view.totals.rejected, expected.filter(({ outcome }) => outcome === 'rejected').length)
          t.ok(view.totals.isWhole)
          const after = expected.at(9)
          if (!after) continue
          const page: string[] = []
          for await (const piece of view.pieces(after, 5)) page.push(...piece.map(({ number }) => number))
          t.strictSame(
            page,
            expected.slice(10).map(({ number }) => number),
            'from a row on',
          )
        }
      },
    ),
    { numRuns: 15 },
  )
})

t.test('past what is counted one by one there are "or more", never a wrong number', async (t) => {
  const database = await temporaryDatabase(t)
  await database.write(async (trx) => {
    await intakesTable(trx).append(intake({ number: 'first', at: 50 * DAY + 5, outcome: 'accepted', reason: 'accepted' }))
    // As append does it, many at once.
    await trx.raw(`WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${MOST_COUNTED})
      INSERT INTO intakes (number, at, outcome, reason, reply_code, enhanced_code, reply_text, bytes, documents, peer, duration_ms, seq)
      SELECT 'm' || n, ${50 * DAY} + 100 + n, 'rejected', 'no-id', 554, '5.6.0', 'no', 0, 0, '192.0.2.1', 1, 1 + n FROM counted`)
    await trx('intake_days').insert({
      ...{ day: 50, outcome: 'rejected', provider_id: '', reason: 'no-id', how: '', size_class: 0, messages: MOST_COUNTED },
    })
  })
  const search = intakeSearch(database.read)
  t.match(
    (await search.open({ from: 50 * DAY, to: 51 * DAY })).totals,
    { messages: MOST_COUNTED + 1, isWhole: true },
    'a whole day is exact',
  )
  t.match((await search.open({ from: 50 * DAY + 1, to: 51 * DAY })).totals, { messages: MOST_COUNTED, isWhole: false })
  t.match((await search.open({ from: 50 * DAY + 6, to: 51 * DAY })).totals, { messages: MOST_COUNTED, accepted: 0, isWhole: true })
})

t.test('what is written down late is new to who follows, though it began earlier', async (t) => {
  const database = await temporaryDatabase(t)
  const search = intakeSearch(database.read)
  const append = (number: string, at: number, changes: Partial<Intake> = {}) =>
    database.write((trx) => intakesTable(trx).append(intake({ number, at, ...changes })))
  t.equal(await search.newest(), 0)
  t.strictSame(await search.since(ALL, 0, 10), { seq: 0, rows: [] })
  await append('quick', 2000)
  const seq = await search.newest()
  await append('slow', 1000)
  await append('other', 3000, { outcome: 'held', reason: 'held' })
  const numbersOf = ({ rows }: { rows: readonly Intake[] }) => rows.map(({ number }) => number)
  t.strictSame(numbersOf(await search.since(ALL, seq, 10)), ['slow', 'other'])
  t.strictSame(numbersOf(await search.since({ ...ALL, outcome: 'held' }, seq, 10)), ['other'])
  t.strictSame(numbersOf(await search.since({ ...ALL, from: 2500 }, 0, 10)), ['other'])
  const first = await search.since(ALL, 0, 1)
  t.strictSame(numbersOf(first), ['quick'])
  t.strictSame(numbersOf(await search.since(ALL, first.seq, 9)), ['slow', 'other'], 'the rest comes with the next call')
  t.strictSame(await search.since({ ...ALL, outcome: 'accepted' }, 0, 10), { seq: 3, rows: [] }, 'and nothing is looked at twice')
})

t.test('closing forgets what finds a person, also under an older address, and nothing else', async (t) => {
  const database = await temporaryDatabase(t)
  const [present, older, other] = [randomBytes(16), randomBytes(16), randomBytes(16)]
  const key = (hash: Buffer, kind: 'person' | 'message' = 'person') => ({ hash, kind })
  await database.write(async (trx) => {
    const table = intakesTable(trx)
    await table.append(intake({ number: 'hers', consumerId: 'c1', consumerMasked: 'p***@home.example' }), [
      key(older),
      key(other, 'message'),
    ])
    await table.append(intake({ number: 'refused' }), [key(present), key(other)])
    await table.append(intake({ number: 'released' }))
    await table.addKeys('released', [key(present)])
    await table.addKeys('nothing', [key(present)])
    await table.forgetPerson('c1', [key(present)])
  })
  t.strictSame(await database.read('intake_keys').orderBy('number').select('number', 'kind'), [
    { number: 'hers', kind: 'message' },
    { number: 'refused', kind: 'person' },
  ])
  t.match(await intakesTable(database.read).byNumber('hers'), { consumerMasked: null })
})

t.test('a number that exists is counted once', async (t: Test) => {
  const database = await temporaryDatabase(t)
  await database.write((trx) => intakesTable(trx).append(intake()))
  await t.rejects(database.write((trx) => intakesTable(trx).append(intake())))
  t.strictSame(await database.read('intake_days').pluck('messages'), [1])
})
