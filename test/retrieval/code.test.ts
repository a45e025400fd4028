import t from 'tap'
import { Semaphore } from '../../src/semaphore.js'
import { addPackage, CODE, DAY, enrol, HOUR, newWorld, PEER, type World } from '../accounts/world.js'

const WRONG = '0000000000000001'

async function worldWithPackage(t: Parameters<typeof newWorld>[0], options?: Parameters<typeof newWorld>[1]) {
  const world = await newWorld(t, options)
  const { consumerId } = await enrol(world)
  return { world, consumerId, row: await addPackage(world, consumerId) }
}

const enter = (world: World, number: string, code = CODE, peer = PEER) => world.retrieval.enterCode(number, code, peer)

t.test('the right number and code lead to the question, however they are typed', async (t) => {
  const { world, row } = await worldWithPackage(t)
  const typed = row.number.toLowerCase().replace(/(.{4})/g, '$1 ')
  t.match(await enter(world, typed, 'Code: 4821-0073 9155 6241.'), {
    kind: 'question',
    ticket: { packageId: row.id, until: world.time + 10 * 60_000 },
  })
})

t.test('a sealed package opens too: its code may have gone out', async (t) => {
  const { world, consumerId } = await worldWithPackage(t)
  const row = await addPackage(world, consumerId, { state: 'sealed', sentAt: null })
  t.match(await enter(world, row.number), { kind: 'question' })
})

t.test('before a right code everything is refused alike', async (t) => {
  const { world, row, consumerId } = await worldWithPackage(t)
  const deleted = await addPackage(world, consumerId, { state: 'deleted', endedAt: world.time })
  for (const [number, code] of [
    [row.number, WRONG],
    ['0000-0000-0000', CODE],
    ['nonsense', CODE],
    [row.number, '4821'],
    [deleted.number, WRONG],
  ])
    t.strictSame(await enter(world, number ?? '', code), { kind: 'refused' })
})

t.test('an unknown number costs no slow hash', async (t) => {
  const { world } = await worldWithPackage(t)
  await enter(world, '0000-0000-0000')
  t.equal(world.hashes.codes, 0)
})

t.test('after a right code the exact state is told, until 30 days past expiry', async (t) => {
  const { world, consumerId } = await worldWithPackage(t)
  const states = ['expired', 'deleted', 'recalled', 'undeliverable', 'not-mine'] as const
  for (const state of states) {
    const row = await addPackage(world, consumerId, { state, endedAt: world.time, expiresAt: world.time })
    t.strictSame(await enter(world, row.number), { kind: state })
    world.time += 30 * DAY - 1
    t.strictSame(await enter(world, row.number), { kind: state })
    world.time += 1
    t.strictSame(await enter(world, row.number), { kind: 'refused' })
  }
})

t.test('a package past its expiry is expired, also before the worker came round', async (t) => {
  const { world, row } = await worldWithPackage(t)
  world.time = row.expiresAt - 1
  t.match(await enter(world, row.number), { kind: 'question' })
  world.time = row.expiresAt
  t.strictSame(await enter(world, row.number), { kind: 'expired' })
})

t.test('wrong codes slow the asker down more and more, and the right one then works', async (t) => {
  const { world, consumerId } = await worldWithPackage(t)
  const waits: number[] = []
  for (let count = 0; count < 25; count++) {
    // Another package each time: it is the peer that is slowed down.
    const row = await addPackage(world, consumerId)
    const outcome = await enter(world, row.number, WRONG)
    if (outcome.kind !== 'wait') continue
    waits.push(outcome.until - world.time)
    world.time = outcome.until
  }
  t.strictSame(waits, [2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000].slice(0, waits.length))
  t.ok(waits.length > 5)
  const last = await addPackage(world, consumerId)
  world.time += 300_000
  t.match(await enter(world, last.number), { kind: 'question' })
})

t.test('wrong codes for one number slow it down whoever asks, half a minute at most', async (t) => {
  const { world, row } = await worldWithPackage(t)
  let longest = 0
  let waited = 0
  for (let count = 0; count < 40; count++) {
    const outcome = await enter(world, row.number, WRONG, `198.51.100.${count}`)
    if (outcome.kind !== 'wait') continue
    waited++
    longest = Math.max(longest, outcome.until - world.time)
    world.time = outcome.until
  }
  t.ok(waited > 10)
  t.equal(longest, 30_000)
  world.time += 30_000
  t.match(await enter(world, row.number), { kind: 'question' })
  t.match(await enter(world, row.number), { kind: 'question' }, 'a right code ends the delays of its number')
})

t.test('parallel wrong codes don’t get past the delays', async (t) => {
  const { world, row } = await worldWithPackage(t)
  const outcomes = await Promise.all(Array.from({ length: 100 }, (_, index) => enter(world, row.number, WRONG, `198.51.100.${index}`)))
  t.equal(world.hashes.codes, 5)
  t.equal(outcomes.filter(({ kind }) => kind === 'wait').length, 95)
})

t.test('a right code of one package does not pay for guesses at others', async (t) => {
  const { world, row, consumerId } = await worldWithPackage(t)
  const other = await addPackage(world, consumerId)
  for (let count = 0; count < 4; count++) {
    await enter(world, other.number, WRONG)
    await enter(world, row.number)
  }
  const limits = await world.store.database.read('limits').where('key', 'like', 'code-peer%')
  t.match(limits, [{ count: 4 }])
})

t.test('old wrong codes are forgotten', async (t) => {
  const { world, row } = await worldWithPackage(t)
  for (let count = 0; count < 5; count++) await enter(world, row.number, WRONG)
  world.time += HOUR
  t.strictSame(await enter(world, row.number, WRONG), { kind: 'refused' })
  t.strictSame(await enter(world, row.number, WRONG), { kind: 'refused' })
})

t.test('when too many are hashing it says busy, and counts nothing', async (t) => {
  const semaphore = new Semaphore(1, 0)
  const { world, row } = await worldWithPackage(t, { semaphore })
  await semaphore.run(async () => {
    for (let count = 0; count < 20; count++) t.strictSame(await enter(world, row.number), { kind: 'busy' })
  })
  t.match(await enter(world, row.number), { kind: 'question' })
})

t.test('a right code says that the answer is locked or frozen', async (t) => {
  const { world, row, consumerId } = await worldWithPackage(t)
  const rules = { slowFrom: 9, delays: [], lockAt: 1, freezeAt: 9 }
  await world.store.write(({ answers }) => answers.reserveTry(consumerId, 1, world.time, rules))
  t.strictSame(await enter(world, row.number), { kind: 'locked' })
  t.strictSame(await enter(world, row.number, WRONG), { kind: 'refused' })
})
