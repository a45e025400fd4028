import t, { type Test } from 'tap'
import { consumersTable } from '../../src/store/consumers.js'
import { type Reset, type Resets, resetsTable } from '../../src/store/resets.js'
import { temporaryDatabase } from './support.js'

const RESET: Reset = { id: 'r1', consumerId: 'c1', startedAt: 0, effectiveAt: 300, remindAt: 100, cancelHash: Buffer.alloc(32, 1) }

async function resetsOf(t: Test) {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (resets: Resets) => Promise<T>) => database.write((trx) => work(resetsTable(trx)))
  await database.write((trx) =>
    consumersTable(trx).register({ id: 'c1', address: 'maria@example.org', language: 'en', createdAt: 0, answerVersion: 1 }),
  )
  return { read: resetsTable(database.read), write }
}

t.test('one reset runs at a time, and it lasts until it is removed', async (t) => {
  const { read, write } = await resetsOf(t)
  t.equal(await read.pending('c1'), null)
  t.ok(await write((resets) => resets.start(RESET)))
  t.notOk(await write((resets) => resets.start({ ...RESET, id: 'r2', cancelHash: Buffer.alloc(32, 2) })))
  t.strictSame(await read.pending('c1'), RESET)
  t.strictSame(await read.byCancelHash(RESET.cancelHash), RESET)
  t.equal(await read.byCancelHash(Buffer.alloc(32, 2)), null)
  t.ok(await write((resets) => resets.remove('r1')))
  t.notOk(await write((resets) => resets.remove('r1')))
  t.equal(await read.pending('c1'), null)
})

t.test('a reminder is due once', async (t) => {
  const { read, write } = await resetsOf(t)
  await write((resets) => resets.start(RESET))
  t.strictSame(await read.toRemind(99, 10), [])
  t.strictSame(await read.toRemind(100, 10), [RESET])
  t.ok(await write((resets) => resets.setRemindAt('r1', 100, 200)))
  t.notOk(await write((resets) => resets.setRemindAt('r1', 100, 200)))
  t.strictSame(await read.toRemind(100, 10), [])
})
