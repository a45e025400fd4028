import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { silentLog } from '../../src/log.js'
import { reopenAnswered } from '../../src/requests/awaited.js'
import { recall } from '../../src/retrieval/recall.js'
import type { PackageRow } from '../../src/store/packages.js'
import { ANSWER, addPackage, CODE, enrol, newWorld, open, PEER, ticketFor } from '../accounts/world.js'
import { answeredRequest } from '../store/support.js'

async function sealed(t: Test, changes: Partial<PackageRow> = {}) {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const row = await addPackage(world, consumerId, changes)
  const tools = { store: world.store, clock: { now: () => world.time }, log: silentLog, requests: { reopen: reopenAnswered } }
  return { world, consumerId, row, take: (number = row.number) => recall(tools, number, 'wrong-person') }
}

t.test('a recalled package says so to whoever has its code, and its sealed file is gone', async (t) => {
  const { world, row, take } = await sealed(t)
  const ticket = await ticketFor(world, row)
  t.strictSame(await take(), { kind: 'recalled', packages: 1, isUnderway: false })
  t.strictSame(await world.retrieval.enterCode(row.number, CODE, PEER), { kind: 'recalled' })
  t.strictSame(await world.retrieval.question(ticket), { kind: 'recalled' })
  t.strictSame(await world.retrieval.enterAnswer(ticket, ANSWER, PEER), { kind: 'recalled' })
  await t.rejects(world.store.blobs.open(row.blobKey ?? ''), { name: 'BlobMissingError' })
  t.match(await world.store.read.packages.byId(row.id), { state: 'recalled', endedAt: world.time, blobKey: null })
  t.match(await world.store.read.events.forPackage(row.id), [{ kind: 'recalled', actor: 'operator', details: { reason: 'wrong-person' } }])
})

t.test('every sending of the same documents goes with it, those of others stay', async (t) => {
  const { world, consumerId, row, take } = await sealed(t)
  const twin = await addPackage(world, consumerId, { groupId: row.groupId, state: 'sealed', sentAt: null })
  const other = await addPackage(world, consumerId)
  t.strictSame(await take(twin.number), { kind: 'recalled', packages: 2, isUnderway: true })
  for (const { id } of [row, twin]) t.match(await world.store.read.packages.byId(id), { state: 'recalled' })
  t.ok(await open(world, other))
})

t.test('what somebody has opened stays', async (t) => {
  const { world, consumerId, row, take } = await sealed(t)
  const twin = await addPackage(world, consumerId, { groupId: row.groupId })
  const pass = await open(world, row)
  t.strictSame(await take(), { kind: 'opened' })
  t.strictSame(await take(twin.number), { kind: 'opened' })
  t.ok(await world.retrieval.records(pass))
  t.strictSame(await world.store.read.events.forPackage(twin.id), [])
})

t.test('one that has ended is not recalled as well', async (t) => {
  const { world, row, take } = await sealed(t)
  await take()
  t.strictSame(await take(), { kind: 'ended', state: 'recalled' })
  t.strictSame(await take('0000ZZZZ0000'), { kind: 'unknown' })
  t.equal((await world.store.read.events.forPackage(row.id)).length, 1)
  const late = await sealed(t, { expiresAt: world.time })
  t.strictSame(await late.take(), { kind: 'ended', state: 'expired' }, 'also before the worker got to it')
})

t.test('of two at once one recalls it', async (t) => {
  const { world, row, take } = await sealed(t)
  const outcomes = await Promise.all([take(), take()])
  t.strictSame(outcomes.map(({ kind }) => kind).sort(), ['ended', 'recalled'])
  t.equal((await world.store.read.events.forPackage(row.id)).length, 1)
})

t.test('of a recall and an opening at once one wins', async (t) => {
  // Where they meet is chance; that one of them is told that it lost is not.
  for (let ms = 0; ms < 40; ms += 4) {
    const { world, row, take } = await sealed(t)
    const ticket = await ticketFor(world, row)
    const opening = world.retrieval.enterAnswer(ticket, ANSWER, PEER)
    await setTimeout(ms)
    const [recalled, opened] = await Promise.all([take(), opening])
    const pair = `${recalled.kind} ${opened.kind}`
    t.ok(pair === 'opened opened' || pair === 'recalled recalled', pair)
  }
})

t.test('a request that a recalled package answered is open again', async (t) => {
  const { world, consumerId, row, take } = await sealed(t)
  await world.store.write(({ requests }) => requests.add(answeredRequest(world.store, consumerId, row.number)))
  t.match(await take(), { kind: 'recalled' })
  t.match(await world.store.read.requests.byId('request-1'), { state: 'sent', answeredBy: null })
})

t.test('so is one that a twin answered which came back, but none whose records she has seen', async (t) => {
  for (const opened of [false, true]) {
    const { world, consumerId, row, take } = await sealed(t)
    const ended = { state: 'undeliverable', endedAt: 1, firstOpenedAt: opened ? 1 : null } as const
    const twin = await addPackage(world, consumerId, { groupId: row.groupId, ...ended })
    await world.store.write(({ requests }) => requests.add(answeredRequest(world.store, consumerId, twin.number)))
    t.match(await take(), { kind: 'recalled' })
    t.match(await world.store.read.requests.byId('request-1'), { state: opened ? 'answered' : 'sent' })
  }
})
