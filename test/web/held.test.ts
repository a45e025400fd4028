// Held mail as admins see it: what is shown, what each act asks for, and who may do it.

import t from 'tap'
import type { Account } from '../../src/accounts/desk.js'
import { heldEntry, NOW, newWorld, signedIn, Visitor, webServer } from './fakes.js'

const ADMIN: Account = {
  ...{ role: 'admin', id: 'a1', address: 'ann@example.org', language: 'en', postboxNumber: null, signedInAt: NOW },
  ...{ question: 'unset', answerState: 'ok', reset: null, preferences: null },
}
const PATH = '/admin/held/held-1'

async function asAdmin(change: Partial<ReturnType<typeof newWorld>> = {}) {
  const world = { ...newWorld(), account: ADMIN, ...change }
  return { world, visitor: await signedIn(await webServer(world)) }
}

t.test('the list says what waits and for how long, and nothing of what is in it', async (t) => {
  const { visitor } = await asAdmin({ held: [heldEntry(), heldEntry({ id: 'held-2', pages: null, isAssigned: true, reason: 'two-ids' })] })
  const { payload, statusCode } = await visitor.get('/admin/held')
  t.equal(statusCode, 200)
  t.match(payload, /20261122-K7M2QXAB/)
  t.match(payload, /It names nobody/)
  t.match(payload, /href="\/admin\/held\/held-1"/)
  t.notMatch(payload, /href="\/admin\/held\/held-2"/, 'what is being sent on is settled')
})

t.test('nothing is held: it says so', async (t) => {
  const { visitor } = await asAdmin({ held: [] })
  t.match((await visitor.get('/admin/held')).payload, /Nothing is held/)
  t.equal((await visitor.get(PATH)).statusCode, 404)
})

t.test('every reason that mail is held for has words', async (t) => {
  const reasons = ['no-id', 'two-ids', 'unknown-tag', 'number-mistyped', 'number-unknown', 'sources-disagree', 'consumer-unknown']
  const later = ['consumer-unreachable', 'provider-suspended', 'internal']
  for (const reason of [...reasons, ...later, 'malformed-message']) {
    const { visitor } = await asAdmin({ held: [heldEntry({ reason })] })
    t.equal((await visitor.get('/admin/held')).statusCode, 200, reason)
  }
})

t.test('assigning asks for whom and why, and says what is wrong with either', async (t) => {
  const { visitor, world } = await asAdmin()
  const empty = await visitor.post(`${PATH}/assign`, { to: ' ', why: '' })
  t.equal(empty.statusCode, 422)
  t.match(empty.payload, /Type the HePoEx id or the postbox number/)
  t.match(empty.payload, /Say why: it goes on record/)
  t.equal((await visitor.post(`${PATH}/assign`, { to: 'maria@example.org', why: 'x'.repeat(301) })).statusCode, 422)
  t.notOk(world.asked.some((each) => each.startsWith('held.assign')))
  for (const [outcome, words] of [
    ['mistyped', 'There is a mistake in this postbox number'],
    ['nobody', 'Nobody who can get records has this'],
    ['not-ready', 'takes no records at the moment'],
  ] as const) {
    world.assigned = outcome
    const answer = await visitor.post(`${PATH}/assign`, { to: 'maria@example.org', why: 'asked' })
    t.equal(answer.statusCode, 422, outcome)
    t.ok(answer.payload.includes(words), outcome)
    t.ok(answer.payload.includes('value="maria@example.org"'), 'what was typed is still there')
  }
  world.assigned = 'assigned'
  t.match((await visitor.post(`${PATH}/assign`, { to: ' maria@example.org ', why: 'asked' })).headers, {
    location: '/admin/held?done=assigned',
  })
  t.ok(world.asked.includes('held.assign held-1 maria@example.org a1 asked'))
  t.match((await visitor.get('/admin/held?done=assigned')).payload, /It is being sent on/)
})

t.test('refusing asks why', async (t) => {
  const { visitor, world } = await asAdmin()
  t.match((await visitor.post(`${PATH}/refuse`, { 'refuse-why': '' })).payload, /Say why: it goes on record/)
  t.match((await visitor.post(`${PATH}/refuse`, { 'refuse-why': 'advertising' })).headers, { location: '/admin/held?done=refused' })
  t.ok(world.asked.includes('held.refuse held-1 a1 advertising'))
  t.match((await visitor.post('/admin/held/other/refuse', { 'refuse-why': 'x' })).headers, { location: '/admin/held?done=gone' })
})

t.test('looking takes a fresh sign-in and a reason, and shows the page once', async (t) => {
  const { visitor, world } = await asAdmin()
  t.equal((await visitor.post(`${PATH}/look`, { 'look-why': '' })).statusCode, 422)
  const page = await visitor.post(`${PATH}/look`, { 'look-why': 'the provider cannot be reached' })
  t.match(page.headers, { 'content-type': 'image/png', 'cache-control': 'no-store', 'content-security-policy': /sandbox/ })
  t.ok(world.asked.includes('held.look held-1 a1 the provider cannot be reached'))
  world.page = 'no-pages'
  t.match((await visitor.post(`${PATH}/look`, { 'look-why': 'x' })).payload, /There is no page in it that can be shown/)
  world.account = { ...ADMIN, signedInAt: NOW - 11 * 60_000 }
  t.match((await visitor.get(PATH)).payload, /signed in within the last ten minutes/)
  world.asked.splice(0)
  t.equal((await visitor.post(`${PATH}/look`, { 'look-why': 'x' })).statusCode, 403)
  t.notOk(world.asked.some((each) => each.startsWith('held.look')))
})

t.test('for strangers and consumers there is no such page', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  const stranger = new Visitor(server)
  t.match((await stranger.get('/admin/held')).headers, { location: '/admin/sign-in' })
  const consumer = await signedIn(server)
  t.equal((await consumer.get('/admin/held')).statusCode, 404)
  t.equal((await consumer.post(`${PATH}/assign`, { to: 'maria@example.org', why: 'x' })).statusCode, 404)
  t.equal((await consumer.post(`${PATH}/look`, { 'look-why': 'x' })).statusCode, 404)
  t.notOk(world.asked.some((each) => each.startsWith('held')))
})

t.test('what a provider calls itself cannot become markup', async (t) => {
  const { visitor } = await asAdmin({ held: [heldEntry({ providerName: '<script>alert(1)</script>' })] })
  for (const path of ['/admin/held', PATH]) t.notMatch((await visitor.get(path)).payload, /<script>alert/)
})
