// Nobody learns from the desk who is registered: the same answer after the same steps. Steps are counted, not timed.

import t, { type Test } from 'tap'
import { adminRegistry } from '../../src/accounts/admins.js'
import type { Store, Tables } from '../../src/store/store.js'
import { ADDRESS, BROWSER, enrol, newWorld, PEER, signIn, type World } from './world.js'

/** The store, with every call to a table noted as `table.method`. */
function noting(store: Store, calls: string[]): Store {
  const spied = (tables: Tables): Tables =>
    Object.fromEntries(
      Object.entries(tables).map(([name, table]) => {
        const methods = Object.entries(table as Record<string, (...given: unknown[]) => unknown>).map(([method, work]) => {
          const noted = (...given: unknown[]) => {
            calls.push(`${name}.${method}`)
            return work(...given)
          }
          return [method, noted]
        })
        return [name, Object.fromEntries(methods)]
      }),
    ) as unknown as Tables
  return { ...store, read: spied(store.read), write: (work) => store.write((tables) => work(spied(tables))) }
}

async function notedWorld(t: Test) {
  const calls: string[] = []
  const world = await newWorld(t, { between: (store) => noting(store, calls) })
  /** What the work answered and cost. */
  const cost = async <T>(work: () => Promise<T>) => {
    calls.length = 0
    const before = { ...world.hashes, mails: world.mails.length }
    const outcome = await work()
    const { answers, codes } = world.hashes
    return { outcome, calls: [...calls], mails: world.mails.length - before.mails, hashes: answers + codes - before.answers - before.codes }
  }
  return { world, cost }
}

const ask = (world: World, address: string, role: 'consumer' | 'admin' = 'consumer') =>
  world.accounts.askSignIn(address, BROWSER, PEER, 'en', role)

t.test('asking for a sign-in mail: registered, registered without a question, resetting, an admin’s or unknown', async (t) => {
  const { world, cost } = await notedWorld(t)
  const { session } = await enrol(world)
  await world.accounts.startReset(session)
  await signIn(world, 'without@example.org')
  await adminRegistry({
    store: world.store,
    clock: { now: () => world.time },
    queueMail: async () => {},
    publicUrl: () => 'https://postbox.example.org',
  }).invite('admin@example.org')
  const unknown = await cost(() => ask(world, 'nobody@example.org'))
  t.match(unknown, { outcome: { kind: 'sent' }, mails: 1, hashes: 0 })
  t.ok(unknown.calls.length > 3)
  for (const address of [ADDRESS, 'without@example.org', 'admin@example.org'])
    t.strictSame(await cost(() => ask(world, address)), unknown, address)
})

t.test('asking for an admin’s sign-in mail: but for the mail itself nothing differs', async (t) => {
  const { world, cost } = await notedWorld(t)
  const { store } = world
  await adminRegistry({ store, clock: { now: () => world.time }, queueMail: async () => {}, publicUrl: () => 'https://a.example' }).invite(
    ADDRESS,
  )
  const invited = await cost(() => ask(world, ADDRESS, 'admin'))
  const unknown = await cost(() => ask(world, 'nobody@example.org', 'admin'))
  t.strictSame({ ...unknown, mails: 1 }, invited)
})

t.test('typing wrong characters: registered or unknown', async (t) => {
  const { world, cost } = await notedWorld(t)
  await enrol(world)
  await ask(world, ADDRESS)
  await ask(world, 'nobody@example.org')
  const registered = await cost(() => world.accounts.byCode('00000000', BROWSER, ADDRESS, PEER))
  t.match(registered.outcome, { kind: 'wrong', triesLeft: 4 })
  t.strictSame(await cost(() => world.accounts.byCode('00000000', BROWSER, 'nobody@example.org', PEER)), registered)
})

t.test('typing characters in a browser that did not ask: registered or unknown', async (t) => {
  const { world, cost } = await notedWorld(t)
  await enrol(world)
  await ask(world, ADDRESS)
  const registered = await cost(() => world.accounts.byCode('00000000', 'another browser', ADDRESS, PEER))
  t.match(registered.outcome, { kind: 'over' })
  t.strictSame(await cost(() => world.accounts.byCode('00000000', 'another browser', 'nobody@example.org', PEER)), registered)
})

t.test('the limit of mails a day holds for an unknown address as for a registered one', async (t) => {
  const { world, cost } = await notedWorld(t)
  await signIn(world)
  for (let count = 0; count < 4; count++) await ask(world, ADDRESS)
  for (let count = 0; count < 5; count++) await world.accounts.askSignIn('nobody@example.org', BROWSER, '198.51.100.1', 'en')
  const late = (address: string) => world.accounts.askSignIn(address, BROWSER, '203.0.113.5', 'en')
  const registered = await cost(() => late(ADDRESS))
  t.match(registered, { outcome: { kind: 'wait' }, mails: 0 })
  t.strictSame(await cost(() => late('nobody@example.org')), registered)
})

t.test('a made-up link to sign in or to stop a reset does the same, whoever has one', async (t) => {
  const { world, cost } = await notedWorld(t)
  const none = await cost(() => world.accounts.byLink('made up'))
  const noReset = await cost(() => world.accounts.cancelReset('made up'))
  const { session } = await enrol(world)
  await world.accounts.startReset(session)
  await ask(world, ADDRESS)
  t.strictSame(await cost(() => world.accounts.byLink('made up')), none)
  t.strictSame(await cost(() => world.accounts.cancelReset('made up')), noReset)
})
