import t from 'tap'
import { DAY, HOUR, MINUTE } from '../../src/clock.js'
import { silentLog } from '../../src/log.js'
import { attentionOf } from '../../src/overview/attention.js'
import type { Waiting } from '../../src/overview/desk.js'
import type { HealthLine } from '../../src/overview/health.js'
import { createOverview } from '../../src/overview/overview.js'
import type { Intake } from '../../src/store/intakes.js'
import { intake } from '../store/support.js'
import { makeBench } from '../support/desk.js'

const NOON = Date.UTC(2026, 10, 22, 12)
const TODAY = Date.UTC(2026, 10, 22)

async function newDesk(t: Parameters<typeof makeBench>[0]) {
  const { store } = await makeBench(t)
  const clock = { at: NOON, now: () => clock.at }
  let row = 0
  const come = (at: number, outcome: Intake['outcome'], reason: string) =>
    store.write((tables) => tables.intakes.append(intake({ number: `n${++row}`, at, outcome, reason })))
  return { store, clock, come, desk: createOverview({ store, clock, log: silentLog, checks: [] }) }
}

t.test('today and thirty days: every message is in exactly one count', async (t) => {
  const { desk, come } = await newDesk(t)
  await come(NOON, 'accepted', 'accepted')
  await come(TODAY, 'accepted', 'duplicate')
  await come(TODAY, 'accepted', 'bounce')
  await come(TODAY, 'accepted', 'held-answered')
  await come(TODAY - 1, 'accepted', 'accepted')
  await come(TODAY - 29 * DAY, 'held', 'held')
  await come(TODAY - 29 * DAY - 1, 'accepted', 'accepted')
  await come(NOON, 'rejected', 'no-id')
  await come(TODAY - DAY, 'rejected', 'no-id')
  await come(TODAY - DAY, 'deferred', 'busy')
  const { days, today, month, reasons, at } = await desk.look()
  t.equal(at, NOON)
  t.same(today, { accepted: 1, held: 0, rejected: 1, deferred: 0, repeated: 1, bounced: 1, other: 1 })
  t.same(month, { accepted: 2, held: 1, rejected: 2, deferred: 1, repeated: 1, bounced: 1, other: 1 })
  t.equal(days.length, 30)
  t.match(days[0], { start: TODAY - 29 * DAY, held: 1, accepted: 0 })
  t.match(days.at(-1), { start: TODAY, ...today })
  for (const name of Object.keys(month) as Array<keyof typeof month>)
    t.equal(
      days.reduce((sum, day) => sum + day[name], 0),
      month[name],
      name,
    )
  t.same(reasons, [
    { outcome: 'rejected', reason: 'no-id', today: 1, month: 2 },
    { outcome: 'deferred', reason: 'busy', today: 0, month: 1 },
    { outcome: 'held', reason: 'held', today: 0, month: 1 },
  ])
})

t.test('what has just come is counted, and what a clock that was ahead put into a later day is not', async (t) => {
  const { desk, clock, come } = await newDesk(t)
  await come(TODAY + 2 * DAY, 'accepted', 'accepted')
  await come(NOON, 'accepted', 'accepted')
  t.match(await desk.look(), { today: { accepted: 1 }, month: { accepted: 1 } })
  await come(NOON, 'accepted', 'accepted')
  t.match(await desk.look(), { today: { accepted: 2 }, month: { accepted: 2 } })
  clock.at = TODAY + DAY
  t.match(await desk.look(), { today: { accepted: 0 }, month: { accepted: 2 } })
})

t.test('times to opening are read every ten minutes', async (t) => {
  const { store } = await makeBench(t)
  const clock = { at: NOON, now: () => clock.at }
  let asked = 0
  const openingTimes = async (from: number) => {
    asked++
    return store.read.figures.openingTimes(from)
  }
  const read = { ...store.read, figures: { ...store.read.figures, openingTimes } }
  const desk = createOverview({ store: { read }, clock, log: silentLog, checks: [] })
  await Promise.all([desk.look(), desk.look()])
  clock.at += 10 * MINUTE - 1
  await desk.look()
  t.equal(asked, 1)
  clock.at += 1
  await desk.look()
  t.equal(asked, 2)
})

t.test('a figure that could not be read is an error, and is read again', async (t) => {
  const { store } = await makeBench(t)
  let isBroken = true
  const read = { ...store.read, figures: { ...store.read.figures } }
  read.figures.openingTimes = async (from) => {
    if (isBroken) throw new Error('the database is gone')
    return store.read.figures.openingTimes(from)
  }
  const desk = createOverview({ store: { read }, clock: { now: () => NOON }, log: silentLog, checks: [] })
  await t.rejects(desk.look())
  isBroken = false
  t.match(await desk.look(), { opening: { sent: 0 } })
})

t.test('mail that waits too long in the outbox is told', async (t) => {
  const { desk, clock, store } = await newDesk(t)
  const outboxLine = async () => {
    clock.at += 2 * MINUTE
    return (await desk.look()).health.at(-1)
  }
  t.same(await outboxLine(), { about: 'outbox', state: 'ok', says: 'empty' })
  const runAt = clock.at
  await store.write(({ outbox }) =>
    outbox.add({
      id: 'm',
      kind: 'receipt',
      idempotencyKey: 'm',
      payload: store.keyring.seal('outbox', 'm', Buffer.from('x')),
      runAt,
      attempts: 0,
    }),
  )
  t.same(await outboxLine(), { about: 'outbox', state: 'ok', says: 'waiting', values: { count: 1 } })
  clock.at += 15 * MINUTE
  t.same(await outboxLine(), { about: 'outbox', state: 'failing', says: 'late', values: { count: 1, minutes: 19 } })
})

const NONE = { count: 0, oldest: null }
const QUIET: Waiting = { held: NONE, expiring: NONE, undeliverable: NONE, mails: NONE, givenUp: NONE }
const line = (about: string, state: HealthLine['state']): HealthLine => ({ about, state, says: 'x' })

t.test('what fails comes first, then what waits; nothing when all is well', async (t) => {
  t.same(attentionOf(QUIET, [line('relay', 'ok'), line('dns', 'open')], NOON), [])
  const waiting: Waiting = {
    held: { count: 2, oldest: NOON - DAY },
    expiring: { count: 3, oldest: NOON + HOUR },
    undeliverable: { count: 1, oldest: NOON - HOUR },
    mails: { count: 9, oldest: NOON },
    givenUp: { count: 4, oldest: NOON - HOUR },
  }
  t.same(attentionOf(waiting, [line('relay', 'ok'), line('tls', 'failing'), line('clock', 'failing')], NOON), [
    { kind: 'failing', about: 'tls' },
    { kind: 'failing', about: 'clock' },
    { kind: 'held-old', count: 2, at: NOON - DAY },
    { kind: 'given-up', count: 4, at: NOON - HOUR },
    { kind: 'undeliverable', count: 1, at: NOON - HOUR },
    { kind: 'expiring', count: 3, at: NOON + HOUR },
  ])
  const held = { count: 1, oldest: NOON - DAY + 1 }
  t.same(attentionOf({ ...QUIET, held }, [], NOON), [{ kind: 'held', count: 1, at: held.oldest }])
})
