// Her list of packages, and keeping one of them longer.

import t, { type Test } from 'tap'
import { ANSWER, addPackage, CODE, DAY, enrol, newWorld, open, PEER, ticketFor, type World } from '../accounts/world.js'
import { provider } from '../store/support.js'

async function worldWithPackage(t: Test) {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  return { world, consumerId, row: await addPackage(world, consumerId) }
}

const list = async ({ retrieval }: World, consumerId: string) => (await retrieval.packages(consumerId)).entries

t.test('a package is listed with its times and nothing of what is in it', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  const { number, receivedAt, expiresAt } = row
  const about = { number, documents: 1, receivedAt, expiresAt, extendsTo: expiresAt + 30 * DAY, lastOpenedAt: null }
  t.strictSame(await world.retrieval.packages(consumerId), { entries: [{ ...about, providerName: null, ended: null }], isMore: false })
  await open(world, row)
  t.match(await list(world, consumerId), [{ lastOpenedAt: world.time, ended: null }])
  t.strictSame(await list(world, 'somebody else'), [])
})

t.test('who sent it is listed only if she wants that', async (t) => {
  const { world, consumerId } = await worldWithPackage(t)
  await addProvider(world)
  t.match(await list(world, consumerId), [{ providerName: null }])
})

t.test('one whose code may have gone out is listed, one whose code certainly did not is not', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  await addPackage(world, consumerId, { number: 'SEALED000000', state: 'sealed', sentAt: null, receivedAt: row.receivedAt - 1 })
  await addPackage(world, consumerId, { state: 'undeliverable', sentAt: null, endedAt: world.time })
  t.strictSame(
    (await list(world, consumerId)).map(({ number }) => number),
    [row.number, 'SEALED000000'],
  )
})

t.test('what has ended says how and when for 30 days, and comes after what opens', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  world.time += DAY
  const ends = ['deleted', 'recalled', 'undeliverable', 'not-mine'] as const
  for (const state of ends)
    await addPackage(world, consumerId, { state, endedAt: world.time, receivedAt: world.time, expiresAt: world.time })
  const past = await addPackage(world, consumerId, { expiresAt: world.time, receivedAt: world.time - 1 })
  const entries = await list(world, consumerId)
  t.equal(entries[0]?.number, row.number)
  t.strictSame(
    entries
      .slice(1, 5)
      .map(({ ended }) => ended?.kind)
      .sort(),
    [...ends].sort(),
  )
  t.match(
    entries[5],
    { number: past.number, ended: { kind: 'expired', at: past.expiresAt }, extendsTo: null },
    'also before the worker got to it',
  )
  world.time += 30 * DAY
  t.strictSame(
    (await list(world, consumerId)).map(({ number }) => number),
    [row.number],
    'only what is not forgotten yet',
  )
})

t.test('what a frozen answer has closed is not said to wait', async (t) => {
  const { world, consumerId } = await worldWithPackage(t)
  await world.store.database.write((trx) => trx('answers').update({ frozen_at: world.time }))
  t.match(await list(world, consumerId), [{ ended: { kind: 'frozen', at: world.time }, extendsTo: null }])
})

t.test('a hundred are listed, what can be opened first, and that there are more is said', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  await world.store.write(async ({ packages }) => {
    for (let index = 0; index < 100; index++) {
      const number = `N${index}`
      const ended = { state: 'recalled', endedAt: world.time, sealedAt: world.time + index + 1 } as const
      await packages.add({ ...row, ...ended, id: number, number, groupId: number })
    }
  })
  const { entries, isMore } = await world.retrieval.packages(consumerId)
  t.equal(entries.length, 100)
  t.ok(isMore)
  t.equal(entries[0]?.number, row.number, 'the oldest of all, and the only one that opens')
})

t.test('an open package is kept longer once, on record, and its twins keep their time', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  const twin = await addPackage(world, consumerId, { groupId: row.groupId })
  const pass = await open(world, row)
  t.match(await world.retrieval.records(pass), { extendsTo: row.expiresAt + 30 * DAY })
  t.equal(await world.retrieval.extend(pass), row.expiresAt + 30 * DAY)
  t.match(await world.retrieval.records(pass), { expiresAt: row.expiresAt + 30 * DAY, extendsTo: null })
  t.equal(await world.retrieval.extend(pass), null)
  t.match(await world.store.read.packages.byId(twin.id), { expiresAt: twin.expiresAt })
  const events = await world.store.read.events.forPackage(row.id)
  t.match(
    events.filter(({ kind }) => kind === 'extended'),
    [{ actor: 'consumer', details: { days: 30 } }],
  )
  world.time = row.expiresAt + DAY
  t.ok(await open(world, row), 'and it opens after its first expiry')
  t.strictSame(await world.retrieval.enterCode(twin.number, CODE, PEER), { kind: 'expired' })
})

t.test('of two presses at once one counts', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  const pass = await open(world, row)
  const both = await Promise.all([world.retrieval.extend(pass), world.retrieval.extendOwn(consumerId, row.number)])
  t.equal(both.filter((until) => until !== null).length, 1)
  t.match(await world.store.read.packages.byId(row.id), { expiresAt: row.expiresAt + 30 * DAY })
})

t.test('from the list she keeps her own, whether opened or not, and nobody else’s', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  t.equal(await world.retrieval.extendOwn('somebody else', row.number), null)
  t.equal(await world.retrieval.extendOwn(consumerId, '0000ZZZZ0000'), null)
  t.match(await world.store.read.packages.byId(row.id), { extendedAt: null, expiresAt: row.expiresAt })
  t.equal(await world.retrieval.extendOwn(consumerId, row.number), row.expiresAt + 30 * DAY)
})

t.test('what is over is not kept longer, by any way', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  world.time = row.expiresAt - 1
  const pass = await open(world, row)
  world.time = row.expiresAt
  t.equal(await world.retrieval.extend(pass), null)
  t.equal(await world.retrieval.extendOwn(consumerId, row.number), null)
  t.match(await world.store.read.packages.byId(row.id), { extendedAt: null })
})

function addProvider({ store }: World) {
  return store.write(({ providers }) => providers.add(provider()))
}

t.test('after a right code she is told who sent what opens no more, but not where a wrong person may be reading', async (t) => {
  const { world, consumerId } = await worldWithPackage(t)
  await addProvider(world)
  const sender = { providerName: 'Sample Clinic', intakeNumber: 'intake-1' }
  const after = async (state: 'expired' | 'recalled' | 'deleted' | 'undeliverable' | 'not-mine') => {
    const row = await addPackage(world, consumerId, { state, endedAt: world.time })
    t.strictSame(await world.retrieval.enterCode(row.number, '1111222233334444', PEER), { kind: 'refused' }, 'nothing before it')
    return world.retrieval.enterCode(row.number, CODE, PEER)
  }
  for (const kind of ['expired', 'recalled', 'deleted'] as const) t.strictSame(await after(kind), { kind, sender })
  for (const kind of ['undeliverable', 'not-mine'] as const) t.strictSame(await after(kind), { kind })
})

t.test('so it is when it ends between code and answer, and when the answer is closed for good', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  await addProvider(world)
  const sender = { providerName: 'Sample Clinic', intakeNumber: 'intake-1' }
  const ticket = await ticketFor(world, row)
  await world.store.write(({ packages }) => packages.end(row.id, 'recalled', world.time))
  t.strictSame(await world.retrieval.question(ticket), { kind: 'recalled', sender })
  t.strictSame(await world.retrieval.enterAnswer(ticket, ANSWER, PEER), { kind: 'recalled', sender })
  const other = await addPackage(world, consumerId)
  const second = await ticketFor(world, other)
  await world.store.database.write((trx) => trx('answers').update({ frozen_at: world.time }))
  t.strictSame(await world.retrieval.enterAnswer(second, ANSWER, PEER), { kind: 'frozen', sender })
  t.strictSame(await world.retrieval.question(second), { kind: 'frozen', sender })
  t.strictSame(await world.retrieval.enterCode(other.number, CODE, PEER), { kind: 'frozen', sender })
})
