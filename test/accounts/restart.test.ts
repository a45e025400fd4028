// Every limit lies in the database: a service that is stopped and started again, or a second one beside it, has forgotten nothing.

import t, { type Test } from 'tap'
import { POST_RULES } from '../../src/accounts/posts.js'
import { ADDRESS, ANSWER, addPackage, BROWSER, CODE, enrol, MINUTE, newWorld, PEER, ticketFor, type World } from './world.js'

const WRONG = '0000000000000001'

/** A world, and the way to stop it and start it again on the same data, at the same time of day. */
async function lasting(t: Test) {
  const folder = t.testdir()
  const world = await newWorld(t, { folder })
  const restart = async (): Promise<World> => {
    await world.store.close()
    return Object.assign(await newWorld(t, { folder }), { time: world.time })
  }
  return { world, restart }
}

t.test('wrong codes for a number are remembered, whoever asks', async (t) => {
  const { world, restart } = await lasting(t)
  const row = await addPackage(world, (await enrol(world)).consumerId)
  for (let peer = 0; peer < 5; peer++)
    t.strictSame(await world.retrieval.enterCode(row.number, WRONG, `192.0.2.${peer}`), { kind: 'refused' })
  const again = await restart()
  t.strictSame(await again.retrieval.enterCode(row.number, CODE, '198.51.100.1'), { kind: 'wait', until: again.time + 1000 })
  t.equal(again.hashes.codes, 0)
})

t.test('wrong codes of a peer are remembered, whatever number it asks for', async (t) => {
  const { world, restart } = await lasting(t)
  const { consumerId } = await enrol(world)
  for (let count = 0; count < 10; count++) {
    const { number } = await addPackage(world, consumerId)
    t.strictSame(await world.retrieval.enterCode(number, WRONG, PEER), { kind: 'refused' })
  }
  const { number } = await addPackage(world, consumerId)
  const again = await restart()
  t.match(await again.retrieval.enterCode(number, CODE, PEER), { kind: 'wait' })
  t.match(await again.retrieval.enterCode(number, CODE, '198.51.100.1'), { kind: 'question' }, 'and nobody else’s')
})

t.test('wrong answers of a person are remembered: the pause, the lock and the end', async (t) => {
  const { world, restart } = await lasting(t)
  const row = await addPackage(world, (await enrol(world)).consumerId)
  let ticket = await ticketFor(world, row)
  for (let count = 0; count < 5; count++) await world.retrieval.enterAnswer(ticket, `wrong ${count}`, PEER)
  const paused = await restart()
  t.match(await paused.retrieval.enterAnswer(ticket, ANSWER, '198.51.100.1'), { kind: 'wait', until: paused.time + MINUTE })
  t.equal(paused.hashes.answers, 0)
  for (let count = 5; count < 10; count++) {
    paused.time += 20 * MINUTE
    ticket = await ticketFor(paused, row)
    await paused.retrieval.enterAnswer(ticket, `wrong ${count}`, PEER)
  }
  await paused.store.close()
  world.time = paused.time
  const locked = await restart()
  t.strictSame(await locked.retrieval.enterCode(row.number, CODE, PEER), { kind: 'locked' })
  t.strictSame(await locked.retrieval.enterAnswer(ticket, ANSWER, PEER), { kind: 'locked' })
  t.equal(locked.hashes.answers, 0)
})

t.test('sign-in mails of an address are remembered', async (t) => {
  const { world, restart } = await lasting(t)
  for (let peer = 0; peer < 5; peer++)
    t.strictSame(await world.accounts.askSignIn(ADDRESS, BROWSER, `192.0.2.${peer}`, 'en'), { kind: 'sent' })
  const again = await restart()
  t.match(await again.accounts.askSignIn(ADDRESS, 'another browser', '198.51.100.1', 'en'), { kind: 'wait' })
  t.strictSame(again.mails, [])
})

t.test('sign-in mails that a peer asked for are remembered', async (t) => {
  const { world, restart } = await lasting(t)
  for (let person = 0; person < 10; person++)
    t.strictSame(await world.accounts.askSignIn(`person-${person}@example.org`, BROWSER, PEER, 'en'), { kind: 'sent' })
  const again = await restart()
  t.match(await again.accounts.askSignIn(ADDRESS, BROWSER, PEER, 'en'), { kind: 'wait' })
  t.strictSame(await again.accounts.askSignIn(ADDRESS, BROWSER, '198.51.100.1', 'en'), { kind: 'sent' })
})

t.test('mailed characters that were tried are remembered', async (t) => {
  const { world, restart } = await lasting(t)
  await world.accounts.askSignIn(ADDRESS, BROWSER, PEER, 'en')
  const code = String(world.mails[0]?.values.code)
  for (let count = 0; count < 5; count++) await world.accounts.byCode('00000000', BROWSER, ADDRESS, PEER)
  t.strictSame(await (await restart()).accounts.byCode(code, BROWSER, ADDRESS, PEER), { kind: 'over' })
})

t.test('forms of a peer are remembered, and then one a second is let through', async (t) => {
  const { world, restart } = await lasting(t)
  for (let count = 0; count < POST_RULES.free; count++) if ((await world.accounts.takePost(PEER)) !== null) t.fail(`form ${count}`)
  const again = await restart()
  t.equal(await again.accounts.takePost(PEER), again.time + 1000)
  t.equal(await again.accounts.takePost('198.51.100.1'), null)
  again.time += 1000
  t.equal(await again.accounts.takePost(PEER), null)
  t.equal(await again.accounts.takePost(PEER), again.time + 1000, 'however long it goes on')
  again.time += 15 * MINUTE
  t.equal(await again.accounts.takePost(PEER), null)
  t.equal(await again.accounts.takePost(PEER), null, 'after a pause all are free again')
})
