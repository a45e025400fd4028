import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openKeyring } from '../../src/store/keyring.js'
import { type LimitRules, type Limits, limitKey, limitsTable, peerLimitKey } from '../../src/store/limits.js'
import { temporaryDatabase } from './support.js'

const RULES: LimitRules = { free: 3, delay: 10, maxDelay: 40, forget: 1000 }

async function limitsOf(t: Test) {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (limits: Limits) => Promise<T>) => database.write((trx) => work(limitsTable(trx)))
  return { write, take: (now: number, key = 'k') => write((limits) => limits.take(key, now, RULES)) }
}

t.test('after the free ones delays double, up to a bound', async (t) => {
  const { take } = await limitsOf(t)
  for (let count = 0; count < 3; count++) t.equal(await take(0), null)
  t.equal(await take(0), 10)
  t.equal(await take(9), 10, 'asking too early counts nothing')
  t.equal(await take(10), null)
  t.equal(await take(10), 30)
  t.equal(await take(30), null)
  t.equal(await take(30), 70)
  t.equal(await take(70), null)
  t.equal(await take(70), 110, 'it grows no further')
  t.equal(await take(70, 'another'), null)
})

t.test('at once no more pass than one after the other', async (t) => {
  const { take } = await limitsOf(t)
  const waits = await Promise.all(Array.from({ length: 40 }, () => take(0)))
  t.equal(waits.filter((wait) => wait === null).length, 3)
})

t.test('one given back does not count, and a cleared key starts anew', async (t) => {
  const { take, write } = await limitsOf(t)
  for (let count = 0; count < 3; count++) await take(0)
  await write((limits) => limits.giveBack('k'))
  t.equal(await take(0), null)
  t.equal(await take(0), 10)
  await write((limits) => limits.clear('k'))
  t.equal(await take(0), null)
  await write((limits) => limits.giveBack('never taken'))
})

t.test('a key that was left alone is forgotten', async (t) => {
  const { take, write } = await limitsOf(t)
  for (let count = 0; count < 3; count++) await take(0)
  t.equal(await take(1000), null)
  t.equal(await take(1000), null, 'it started anew')
  t.equal(await write((limits) => limits.forget(1999)), 0)
  t.equal(await write((limits) => limits.forget(2000)), 1)
})

t.test('keys tell nothing of whom they stand for, and IPv6 neighbours share one', async (t) => {
  const keyring = await openKeyring(join(t.testdir(), 'service.key'))
  const key = limitKey(keyring, 'sign-in', 'maria@example.org')
  t.match(key, /^sign-in:[\w-]{43}$/)
  t.not(key, limitKey(keyring, 'other', 'maria@example.org'))
  t.equal(peerLimitKey(keyring, 'k', '2001:db8::1'), peerLimitKey(keyring, 'k', '2001:DB8:0:0:ffff::2'))
  t.not(peerLimitKey(keyring, 'k', '2001:db8::1'), peerLimitKey(keyring, 'k', '2001:db8:0:1::1'))
  t.not(peerLimitKey(keyring, 'k', '192.0.2.1'), peerLimitKey(keyring, 'k', '192.0.2.2'))
})
