import t, { type Test } from 'tap'
import { type Outbox, outboxTable } from '../../src/store/outbox.js'
import { setTime, TEST_TIME, temporaryDatabase } from './support.js'

const item = (id: string, runAt = 1000) => ({
  id,
  kind: 'receipt',
  idempotencyKey: `key of ${id}`,
  payload: Buffer.from(`sealed ${id}`),
  runAt,
  attempts: 0,
})

async function outboxAt(t: Test, time: number) {
  const database = await temporaryDatabase(t)
  await setTime(database, time)
  const write = <T>(work: (outbox: Outbox) => Promise<T>) => database.write((trx) => work(outboxTable(trx, TEST_TIME)))
  const leased = async (owner: string, limit = 10) => (await write((outbox) => outbox.lease(owner, 1000, limit))).map(({ id }) => id)
  return { database, write, leased, setTime: (now: number) => setTime(database, now) }
}

t.test('the same key is queued once, also after the mail went out', async (t) => {
  const { write, leased } = await outboxAt(t, 5000)
  t.ok(await write((outbox) => outbox.add(item('a'))))
  const again = { ...item('b'), idempotencyKey: 'key of a' }
  t.notOk(await write((outbox) => outbox.add(again)))
  t.strictSame(await leased('one'), ['a'])
  t.ok(await write((outbox) => outbox.done('a', 'one')))
  t.notOk(await write((outbox) => outbox.add(again)))
  t.strictSame(await write((outbox) => outbox.pending()), { count: 0, oldest: null })
})

t.test('an item is found by its key, also after it was sent', async (t) => {
  const { write, leased } = await outboxAt(t, 5000)
  await write((outbox) => outbox.add(item('a')))
  t.equal(await write((outbox) => outbox.idOf('key of a')), 'a')
  await leased('one')
  await write((outbox) => outbox.done('a', 'one'))
  t.equal(await write((outbox) => outbox.idOf('key of a')), 'a')
  t.equal(await write((outbox) => outbox.idOf('key of b')), null)
})

t.test('an item comes back as it was put in, with its attempts counted', async (t) => {
  const { write } = await outboxAt(t, 5000)
  await write((outbox) => outbox.add(item('a')))
  t.strictSame(await write((outbox) => outbox.lease('one', 1000, 10)), [{ ...item('a'), attempts: 1 }])
})

t.test('what is due is leased, the longest due first, to one owner at a time', async (t) => {
  const { write, leased } = await outboxAt(t, 5000)
  for (const [id, runAt] of Object.entries({ a: 3000, b: 2000, c: 5000, later: 5001 })) await write((outbox) => outbox.add(item(id, runAt)))
  t.strictSame(await leased('one', 2), ['b', 'a'])
  t.strictSame(await leased('two'), ['c'])
  t.strictSame(await leased('three'), [])
})

t.test('what is due may be asked for a given time', async (t) => {
  const { write } = await outboxAt(t, 5000)
  await write((outbox) => outbox.add(item('a', 8000)))
  t.equal((await write((outbox) => outbox.lease('one', 1000, 10, 7999))).length, 0)
  t.equal((await write((outbox) => outbox.lease('one', 1000, 10, 8000))).length, 1)
})

t.test('a lease that ran out goes to another, and the first owner has no say any more', async (t) => {
  const { write, leased, setTime } = await outboxAt(t, 5000)
  await write((outbox) => outbox.add(item('a')))
  await leased('one')
  await setTime(6000)
  t.strictSame(await leased('two'), ['a'])
  for (const act of ['done', 'fail'] as const) t.notOk(await write((outbox) => outbox[act]('a', 'one')))
  t.notOk(await write((outbox) => outbox.retry('a', 'one', 9000)))
  t.ok(await write((outbox) => outbox.done('a', 'two')))
})

t.test('a retry waits for its time', async (t) => {
  const { write, leased, setTime } = await outboxAt(t, 5000)
  await write((outbox) => outbox.add(item('a')))
  await leased('one')
  t.ok(await write((outbox) => outbox.retry('a', 'one', 7000)))
  t.strictSame(await leased('one'), [])
  t.strictSame(await write((outbox) => outbox.pending()), { count: 1, oldest: 7000 })
  await setTime(7000)
  t.match(await write((outbox) => outbox.lease('one', 1000, 10)), [{ id: 'a', attempts: 2 }])
})

t.test('what failed is not tried again', async (t) => {
  const { write, leased, setTime } = await outboxAt(t, 5000)
  await write((outbox) => outbox.add(item('a')))
  await leased('one')
  t.ok(await write((outbox) => outbox.fail('a', 'one')))
  await setTime(99_000)
  t.strictSame(await leased('one'), [])
})

t.test('the payload of what is done goes at once, its row with the sweep', async (t) => {
  const { database, write, leased } = await outboxAt(t, 5000)
  await write((outbox) => outbox.add(item('a')))
  await write((outbox) => outbox.add(item('b')))
  await leased('one', 1)
  await write((outbox) => outbox.done('a', 'one'))
  t.equal((await database.read('outbox').where({ id: 'a' }).first('payload')).payload, null)
  t.equal(await write((outbox) => outbox.sweep(5000)), 0)
  t.equal(await write((outbox) => outbox.sweep(5001)), 1)
  t.strictSame(await database.read('outbox').pluck('id'), ['b'])
})
