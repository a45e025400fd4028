// Rows of requests: found by number, person, provider and package, changed by one at a time, reminded of once, and removed in time.

import t, { type Test } from 'tap'
import type { RequestRow } from '../../src/store/requests.js'
import { openStore, type Store } from '../../src/store/store.js'

const DAY = 86_400_000

async function newStore(t: Test): Promise<Store> {
  const folder = t.testdir()
  const store = await openStore({ mailboxes: `${folder}/mailboxes`, keyFile: `${folder}/keys/service.key` })
  t.teardown(() => store.close())
  for (const id of ['maria', 'lee'])
    await store.write(({ consumers }) =>
      consumers.register({ id, address: `${id}@example.org`, language: 'en', createdAt: 1, answerVersion: null }),
    )
  return store
}

function rowOf({ keyring }: Store, id: string, change: Partial<RequestRow> = {}): RequestRow {
  return {
    ...{ id, consumerId: 'maria', number: `NUMBER-${id}`, kind: 'access', providerId: 'provider-1', state: 'sent', version: 1 },
    contentSealed: keyring.seal('request', id, Buffer.from(`content ${id}`)),
    ...{ createdAt: 1000, updatedAt: 1000, sentWay: 'mailed', sentAt: 2000, dueAt: 2000 + 30 * DAY, answeredAt: null, answeredBy: null },
    ...{ remindedDays: null, keptUntil: 400 * DAY },
    ...change,
  }
}

const add = (store: Store, id: string, change: Partial<RequestRow> = {}) =>
  store.write(({ requests }) => requests.add(rowOf(store, id, change)))
const idsOf = (rows: readonly RequestRow[]) => rows.map(({ id }) => id)

t.test('a row comes back as it was, by id, number and person; a number is given once', async (t) => {
  const store = await newStore(t)
  const row = rowOf(store, 'one')
  t.equal(await store.write(({ requests }) => requests.add(row)), true)
  t.equal(await add(store, 'two', { number: row.number, consumerId: 'lee' }), false)
  t.equal(await add(store, 'two', { createdAt: 1001 }), true)
  const { requests } = store.read
  t.strictSame(await requests.byId('one'), row)
  t.strictSame(await requests.byNumber(row.number), row)
  t.strictSame(idsOf(await requests.of('maria')), ['two', 'one'], 'the one begun last comes first')
  t.strictSame(await requests.of('lee'), [])
  t.equal(await requests.byId('nobody'), null)
  t.equal(store.keyring.open('request', 'one', row.contentSealed).toString(), 'content one')
})

t.test('who is not there has no requests, and who has some can’t go before them', async (t) => {
  const store = await newStore(t)
  await t.rejects(add(store, 'one', { consumerId: 'nobody' }))
  await add(store, 'one')
  await t.rejects(store.write(({ consumers }) => consumers.remove('maria', 5)))
  await store.write(async ({ consumers, requests }) => {
    await requests.removeOf('maria')
    await consumers.remove('maria', 5)
  })
  t.equal(await store.read.requests.byId('one'), null)
})

t.test('what a package answered is found as long as it counts as answered', async (t) => {
  const store = await newStore(t)
  await add(store, 'one', { state: 'answered', answeredBy: 'A' })
  await add(store, 'two', { state: 'answered', answeredBy: 'B' })
  await add(store, 'taken-back', { answeredBy: 'A' })
  t.strictSame(idsOf(await store.read.requests.answeredBy(['A', 'C'])), ['one'])
  t.strictSame(await store.read.requests.answeredBy([]), [])
})

t.test('reminding is noted once for each day, the later in place of the earlier', async (t) => {
  const store = await newStore(t)
  await add(store, 'one', { sentAt: 0 })
  await add(store, 'later', { sentAt: 10 * DAY })
  await add(store, 'answered', { sentAt: 0, state: 'answered' })
  const note = (days: number, now: number) => store.write(({ requests }) => requests.noteReminded('one', days, now))
  const { requests } = store.read
  t.strictSame(idsOf(await requests.toRemind(25, 25 * DAY - 1, 10)), [])
  t.strictSame(idsOf(await requests.toRemind(25, 25 * DAY, 10)), ['one'])
  t.strictSame(idsOf(await requests.toRemind(25, 40 * DAY, 1)), ['one'], 'the oldest first')
  t.equal(await note(25, 25 * DAY - 1), false)
  t.equal(await note(25, 25 * DAY), true)
  t.equal(await note(25, 25 * DAY), false)
  t.equal(await note(31, 31 * DAY), true)
  t.equal(await note(25, 31 * DAY), false)
  t.strictSame(idsOf(await requests.toRemind(31, 40 * DAY, 10)), [])
})

t.test('a row is removed by whose it is, and when its time has come', async (t) => {
  const store = await newStore(t)
  const row = rowOf(store, 'one', { keptUntil: 5000 })
  await add(store, 'one', { keptUntil: 5000 })
  await add(store, 'two', { keptUntil: 5001 })
  t.equal(await store.write(({ requests }) => requests.remove('lee', row.number)), false)
  t.equal(await store.write(({ requests }) => requests.expire(4999)), 0)
  t.equal(await store.write(({ requests }) => requests.expire(5000)), 1)
  t.strictSame(idsOf(await store.read.requests.of('maria')), ['two'])
  t.equal(await store.write(({ requests }) => requests.remove('maria', 'NUMBER-two')), true)
})

t.test('what was sealed under a retired key is neither added nor changed', async (t) => {
  const store = await newStore(t)
  await add(store, 'one')
  const row = await store.read.requests.byId('one')
  const contentSealed = store.keyring.seal('request', 'one', Buffer.from('late'))
  const retired = { name: `wrapping-retired/${store.keyring.currentWrapping}`, value: '1' }
  await store.database.write((trx) => trx('facts').insert(retired))
  await t.rejects(add(store, 'two'), { code: 'RETIRED_KEY' })
  await t.rejects(
    store.write(({ requests }) => requests.change({ id: 'one', version: row?.version ?? 0 }, { contentSealed })),
    { code: 'RETIRED_KEY' },
  )
})
