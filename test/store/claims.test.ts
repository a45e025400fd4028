import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DAY } from '../../src/clock.js'
import { type Claims, claimsTable } from '../../src/store/claims.js'
import type { Database } from '../../src/store/database.js'
import { setTime, TEST_TIME, temporaryDatabase } from './support.js'

const KEY = 'transmission-1'
const LEASE = 1000
const SENT = { intakeNumber: 'intake-1', packageId: 'package-1', keepUntil: 50 * DAY }

/** Claims whose database time stands still until the test moves it. */
async function claimsAt(t: Test, time: number) {
  const database = await temporaryDatabase(t)
  await setTime(database, time)
  const write = <T>(work: (claims: Claims) => Promise<T>) => database.write((trx) => work(claimsTable(trx, TEST_TIME)))
  const take = (owner: string, key = KEY) =>
    write((claims) => claims.take({ key, owner, leaseMs: LEASE, providerId: 'provider-1', consumerId: 'consumer-1' }))
  return { database, write, take, setTime: (now: number) => setTime(database, now) }
}

t.test('of many parallel takes over two handles exactly one gets the claim', async (t) => {
  const file = join(t.testdir(), 'hepoex.db')
  const handles: Database[] = [await temporaryDatabase(t, file), await temporaryDatabase(t, file)]
  const takes = Array.from({ length: 20 }, (_, index) => {
    const database = handles[index % 2] as Database
    const request = { key: KEY, owner: `owner-${index}`, leaseMs: 60_000, providerId: 'p', consumerId: 'c' }
    return database.write((trx) => claimsTable(trx, database.nowSql).take(request))
  })
  const outcomes = (await Promise.all(takes)).map((claim) => claim.outcome).sort()
  t.strictSame(outcomes, [...Array(19).fill('busy'), 'taken'])
})

t.test('a claim whose lease runs is busy, and one whose lease ran out is taken over', async (t) => {
  const claims = await claimsAt(t, 5000)
  t.strictSame(await claims.take('one'), { outcome: 'taken', unknownHandoffs: 0 })
  await claims.setTime(5000 + LEASE - 1)
  t.strictSame(await claims.take('other'), { outcome: 'busy' })
  await claims.setTime(5000 + LEASE)
  t.strictSame(await claims.take('other'), { outcome: 'taken', unknownHandoffs: 0 })
})

t.test('the fence lets its owner pass once, while the lease runs', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('one')
  t.notOk(await claims.write((table) => table.fence(KEY, 'other', LEASE)))
  t.ok(await claims.write((table) => table.fence(KEY, 'one', LEASE)))
  t.notOk(await claims.write((table) => table.fence(KEY, 'one', LEASE)))
})

t.test('the fence is shut when the lease has run out', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('one')
  await claims.setTime(5000 + LEASE)
  t.notOk(await claims.write((table) => table.fence(KEY, 'one', LEASE)))
})

t.test('the fence begins a new lease', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('one')
  await claims.setTime(5900)
  await claims.write((table) => table.fence(KEY, 'one', 10_000))
  await claims.setTime(15_800)
  t.strictSame(await claims.take('other'), { outcome: 'busy' })
})

t.test('a sent transmission is answered with its intake number, for ever new takers', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('one')
  await claims.write((table) => table.fence(KEY, 'one', LEASE))
  t.ok(await claims.write((table) => table.settleSent(KEY, 'one', SENT)))
  await claims.setTime(5 * DAY)
  t.strictSame(await claims.take('other'), { outcome: 'sent', intakeNumber: 'intake-1' })
})

t.test('a transmission whose package came back is reopened, and no other', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('one')
  t.notOk(await claims.write((table) => table.reopen('package-1')), 'not settled yet')
  await claims.write((table) => table.settleSent(KEY, 'one', SENT))
  await claims.take('two', 'transmission-2')
  await claims.write((table) => table.settleSent('transmission-2', 'two', { ...SENT, packageId: 'package-2' }))
  t.ok(await claims.write((table) => table.reopen('package-1')))
  t.notOk(await claims.write((table) => table.reopen('package-1')))
  t.strictSame(await claims.take('other'), { outcome: 'taken', unknownHandoffs: 0 })
  t.match(await claims.take('other', 'transmission-2'), { outcome: 'sent' })
})

t.test('a code that went out settles the claim although another holds it by now', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('one')
  await claims.write((table) => table.fence(KEY, 'one', LEASE))
  await claims.setTime(9000)
  await claims.take('other')
  t.ok(await claims.write((table) => table.settleSent(KEY, 'one', SENT)))
  t.notOk(await claims.write((table) => table.fence(KEY, 'other', LEASE)), 'the other one mails nothing')
  await claims.write((table) => table.release(KEY, 'other'))
  t.strictSame(await claims.take('third'), { outcome: 'sent', intakeNumber: 'intake-1' })
})

t.test('the first outcome stays when two codes went out', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('one')
  await claims.write((table) => table.settleSent(KEY, 'one', SENT))
  t.notOk(await claims.write((table) => table.settleSent(KEY, 'other', { ...SENT, intakeNumber: 'intake-2' })))
  t.strictSame(await claims.take('third'), { outcome: 'sent', intakeNumber: 'intake-1' })
})

t.test('unknown hand-offs are counted over the passages, once each', async (t) => {
  const claims = await claimsAt(t, 5000)
  for (const [owner, count] of [
    ['one', 1],
    ['two', 2],
    ['three', 3],
  ] as const) {
    t.strictSame(await claims.take(owner), { outcome: 'taken', unknownHandoffs: count - 1 })
    await claims.write((table) => table.fence(KEY, owner, LEASE))
    t.equal(await claims.write((table) => table.noteUnknown(KEY, owner)), count)
    t.equal(await claims.write((table) => table.noteUnknown(KEY, owner)), count, 'not twice')
  }
})

t.test('a holder that vanished while handing over counts as an unknown hand-off, and only once', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('one')
  await claims.write((table) => table.fence(KEY, 'one', LEASE))
  await claims.setTime(5000 + LEASE)
  t.strictSame(await claims.take('other'), { outcome: 'taken', unknownHandoffs: 1 })
  t.equal(await claims.write((table) => table.noteUnknown(KEY, 'one')), 1)
})

t.test('a released claim is free at once and counts nothing', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('one')
  await claims.write((table) => table.fence(KEY, 'one', LEASE))
  await claims.write((table) => table.release(KEY, 'other'))
  t.strictSame(await claims.take('other'), { outcome: 'busy' })
  await claims.write((table) => table.release(KEY, 'one'))
  t.strictSame(await claims.take('other'), { outcome: 'taken', unknownHandoffs: 0 })
})

t.test('the oldest live claim is the one that a sweep of blobs waits for', async (t) => {
  const claims = await claimsAt(t, 5000)
  t.equal(await claims.write((table) => table.oldestLive()), null)
  await claims.take('one')
  await claims.setTime(5400)
  await claims.take('other', 'transmission-2')
  t.equal(await claims.write((table) => table.oldestLive()), 5000)
  await claims.setTime(6200)
  t.equal(await claims.write((table) => table.oldestLive()), 5400)
})

t.test('sweeping keeps tombstones until their time and unknown hand-offs for two weeks', async (t) => {
  const claims = await claimsAt(t, 5000)
  await claims.take('a', 'sent')
  await claims.write((table) => table.settleSent('sent', 'a', { ...SENT, keepUntil: 10 * DAY }))
  await claims.take('b', 'dead')
  await claims.take('c', 'unknown')
  await claims.write((table) => table.fence('unknown', 'c', LEASE))
  await claims.write((table) => table.noteUnknown('unknown', 'c'))
  await claims.take('d', 'handing')
  await claims.write((table) => table.fence('handing', 'd', LEASE))
  const left = async () => (await claims.database.read('claims').orderBy('key').pluck('key')).join()
  t.equal(await claims.write((table) => table.sweep(9 * DAY)), 0, 'too early for all of them')
  await claims.setTime(2 * DAY)
  t.equal(await claims.write((table) => table.sweep(9 * DAY)), 1)
  t.equal(await left(), 'handing,sent,unknown')
  await claims.setTime(15 * DAY)
  t.equal(await claims.write((table) => table.sweep(15 * DAY)), 3)
  t.equal(await left(), '')
})
