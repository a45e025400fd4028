import t from 'tap'
import { adminRegistry } from '../../src/accounts/admins.js'
import { ADDRESS, BROWSER, DAY, HOUR, MINUTE, newWorld, PEER, signIn, tokenOf, type World } from './world.js'

const ADMIN = 'admin@example.org'

function registryOf(world: World) {
  const { store } = world
  const queueMail = async (_tables: unknown, mail: World['mails'][number]) => {
    world.mails.push(mail)
  }
  return adminRegistry({ store, clock: { now: () => world.time }, queueMail, publicUrl: () => 'https://postbox.example.org' })
}

const ask = (world: World, address = ADDRESS, peer = PEER) => world.accounts.askSignIn(address, BROWSER, peer, 'en')
const codeOf = (world: World) => String(world.mails.at(-1)?.values.code)

t.test('the link of the mail signs in, once', async (t) => {
  const world = await newWorld(t)
  t.strictSame(await ask(world, ' Maria@Example.ORG '), { kind: 'sent' })
  t.match(world.mails, [{ template: 'sign-in', to: ADDRESS, language: 'en', values: { minutes: '15' } }])
  t.match(world.mails[0]?.values.link, /^https:\/\/postbox\.example\.org\/sign-in\/link\/[\w-]{43}$/)
  const token = tokenOf(world.mails[0])
  const outcome = await world.accounts.byLink(token)
  t.match(outcome, { kind: 'signed-in', role: 'consumer' })
  t.strictSame(await world.accounts.byLink(token), { kind: 'over' })
})

t.test('an address whose domain was left unfinished is none', async (t) => {
  const world = await newWorld(t)
  t.strictSame(await ask(world, 'maria@mailbox'), { kind: 'not-an-address' })
  t.strictSame(await ask(world, 'maria@localhost'), { kind: 'sent' }, 'on a machine of its own')
})

t.test('of many uses of one link at once only one signs in', async (t) => {
  const world = await newWorld(t)
  await ask(world)
  const token = tokenOf(world.mails[0])
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => world.accounts.byLink(token)))
  t.equal(outcomes.filter(({ kind }) => kind === 'signed-in').length, 1)
})

t.test('the first confirmation registers, asking alone does not', async (t) => {
  const world = await newWorld(t)
  await ask(world)
  t.equal(await world.store.read.consumers.byAddress(ADDRESS), null)
  await world.accounts.byLink(tokenOf(world.mails[0]))
  const consumer = await world.store.read.consumers.byAddress(ADDRESS)
  t.match(consumer, { address: ADDRESS, answerVersion: null })
  await signIn(world)
  t.strictSame(await world.store.read.consumers.byAddress(ADDRESS), consumer, 'the second one is the same person')
})

t.test('the mail is good for 15 minutes', async (t) => {
  const world = await newWorld(t)
  await ask(world)
  world.time += 15 * MINUTE
  t.strictSame(await world.accounts.byLink(tokenOf(world.mails[0])), { kind: 'over' })
  t.strictSame(await world.accounts.byCode(codeOf(world), BROWSER, ADDRESS, PEER), { kind: 'over' })
})

t.test('the characters sign in, in the browser that asked, however they are typed', async (t) => {
  const world = await newWorld(t)
  await ask(world)
  const code = codeOf(world)
  t.match(code, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
  t.strictSame(await world.accounts.byCode(code, 'another browser', ADDRESS, PEER), { kind: 'over' })
  t.strictSame(await world.accounts.byCode(code, BROWSER, 'other@example.org', PEER), { kind: 'over' })
  t.match(await world.accounts.byCode(` ${code.toLowerCase().replace('-', ' ')} `, BROWSER, ADDRESS, PEER), { kind: 'signed-in' })
  t.strictSame(await world.accounts.byCode(code, BROWSER, ADDRESS, PEER), { kind: 'over' })
})

t.test('the characters may be tried five times', async (t) => {
  const world = await newWorld(t)
  await ask(world)
  for (const triesLeft of [4, 3, 2, 1])
    t.strictSame(await world.accounts.byCode('00000000', BROWSER, ADDRESS, PEER), { kind: 'wrong', triesLeft })
  t.strictSame(await world.accounts.byCode('not eight', BROWSER, ADDRESS, PEER), { kind: 'over' })
  t.strictSame(await world.accounts.byCode(codeOf(world), BROWSER, ADDRESS, PEER), { kind: 'over' }, 'the right ones come too late')
})

t.test('of two mails either works, and then neither', async (t) => {
  const world = await newWorld(t)
  await ask(world)
  const first = codeOf(world)
  await ask(world)
  t.match(await world.accounts.byCode(first, BROWSER, ADDRESS, PEER), { kind: 'signed-in' })
  t.strictSame(await world.accounts.byLink(tokenOf(world.mails[1])), { kind: 'over' })
})

t.test('five mails a day go to an address, and then it says when', async (t) => {
  const world = await newWorld(t)
  for (let count = 0; count < 5; count++) {
    t.strictSame(await ask(world, ADDRESS, `192.0.2.${count}`), { kind: 'sent' })
    world.time += MINUTE
  }
  t.strictSame(await ask(world), { kind: 'wait', until: world.time - 5 * MINUTE + DAY })
  t.equal(world.mails.length, 5)
  world.time += DAY - 5 * MINUTE
  t.strictSame(await ask(world), { kind: 'sent' }, 'the day is a rolling one')
  t.strictSame(await ask(world), { kind: 'wait', until: world.time + MINUTE })
})

t.test('who asks for many addresses is slowed down', async (t) => {
  const world = await newWorld(t)
  const kinds: string[] = []
  for (let count = 0; count < 12; count++) kinds.push((await ask(world, `person-${count}@example.org`, '2001:db8::1')).kind)
  t.strictSame(kinds, [...Array(10).fill('sent'), 'wait', 'wait'])
  t.match(await ask(world, ADDRESS, '2001:db8::ffff'), { kind: 'wait' }, 'a neighbour in the same IPv6 network is the same peer')
  t.strictSame(await ask(world, ADDRESS, '2001:db8:1::1'), { kind: 'sent' })
})

t.test('what is not an address is told apart at once', async (t) => {
  const world = await newWorld(t)
  t.strictSame(await ask(world, 'maria'), { kind: 'not-an-address' })
  t.strictSame(await world.accounts.byCode('00000000', BROWSER, 'maria', PEER), { kind: 'over' })
})

t.test('nothing that was mailed lies in the database', async (t) => {
  const world = await newWorld(t)
  await ask(world)
  const session = await world.accounts.byLink(tokenOf(world.mails[0]))
  await ask(world)
  const rows = [
    await world.store.database.read('sign_ins'),
    await world.store.database.read('sessions'),
    await world.store.database.read('limits'),
  ]
  const text = JSON.stringify(rows, (_key, value) => (value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value))
  for (const secret of [
    tokenOf(world.mails[1]),
    codeOf(world).replace('-', ''),
    'session' in session ? session.session : '?',
    BROWSER,
    PEER,
  ])
    t.notOk(text.includes(secret))
})

t.test('a session ends after 30 idle minutes, after 12 hours, and by signing out', async (t) => {
  const world = await newWorld(t)
  const idle = await signIn(world)
  world.time += 30 * MINUTE
  t.equal(await world.accounts.account(idle), null)
  const busy = await signIn(world)
  for (let half = 0; half < 23; half++) {
    world.time += 30 * MINUTE - 1
    t.ok(await world.accounts.account(busy))
  }
  world.time += 30 * MINUTE
  t.equal(await world.accounts.account(busy), null)
  const left = await signIn(world)
  await world.accounts.signOut(left)
  t.equal(await world.accounts.account(left), null)
})

t.test('an admin who was not invited is told the same and mailed nothing', async (t) => {
  const world = await newWorld(t)
  await registryOf(world).invite(ADMIN)
  world.mails.length = 0
  t.strictSame(await world.accounts.askSignIn('stranger@example.org', BROWSER, PEER, 'en', 'admin'), { kind: 'sent' })
  t.strictSame(world.mails, [])
  t.strictSame(await world.accounts.byCode('00000000', BROWSER, 'stranger@example.org', PEER), { kind: 'wrong', triesLeft: 4 })
  t.strictSame(await world.accounts.askSignIn(ADMIN, BROWSER, PEER, 'en', 'admin'), { kind: 'sent' })
  t.match(world.mails, [{ template: 'admin-sign-in', to: ADMIN }])
  t.match(await world.accounts.byCode(codeOf(world), BROWSER, ADMIN, PEER), { kind: 'signed-in', role: 'admin' })
})

t.test('an invitation signs an admin in, within 24 hours and once', async (t) => {
  const world = await newWorld(t)
  const registry = registryOf(world)
  const { address, link } = await registry.invite(' Admin@Example.org')
  t.equal(address, ADMIN)
  t.match(world.mails, [{ template: 'admin-invitation', to: ADMIN, values: { link, hours: '24' } }])
  world.time += 24 * HOUR - 1
  const outcome = await world.accounts.byLink(tokenOf(world.mails[0]))
  t.match(outcome, { kind: 'signed-in', role: 'admin' })
  const session = outcome.kind === 'signed-in' ? outcome.session : ''
  t.match(await world.accounts.account(session), { role: 'admin', address: ADMIN, question: 'unset', reset: null })
  t.match(await registry.list(), [{ address: ADMIN, firstSignInAt: world.time }])
  t.equal(await world.store.read.consumers.byAddress(ADMIN), null)
  world.time += 15 * MINUTE
  t.equal(await world.accounts.account(session), null, 'an admin is idle sooner')
})

t.test('a removed admin is out at once', async (t) => {
  const world = await newWorld(t)
  const registry = registryOf(world)
  await registry.invite(ADMIN)
  const session = await signIn(world, ADMIN, 'admin')
  await world.accounts.askSignIn(ADMIN, BROWSER, PEER, 'en', 'admin')
  t.ok(await registry.remove(ADMIN))
  t.equal(await world.accounts.account(session), null)
  t.strictSame(await world.store.database.read('sessions'), [], 'also if invited again later')
  t.strictSame(await world.accounts.byLink(tokenOf(world.mails.at(-1))), { kind: 'over' })
  t.notOk(await registry.remove(ADMIN))
  t.strictSame(await registry.list(), [])
})

t.test('a consumer cannot become an admin by her own sign-in, nor an admin set a question', async (t) => {
  const world = await newWorld(t)
  await registryOf(world).invite(ADMIN)
  t.match(await world.accounts.account(await signIn(world, ADMIN)), { role: 'consumer' })
  const session = await signIn(world, ADMIN, 'admin')
  const form = { question: 'Which song did we sing then?', answer: 'none of the above', again: 'none of the above' }
  t.strictSame(await world.accounts.setQuestion(session, form), { kind: 'signed-out' })
  t.strictSame(await world.accounts.startReset(session), { kind: 'signed-out' })
})

t.test('what is over is swept away, the day of a mail limit is not', async (t) => {
  const world = await newWorld(t)
  await signIn(world)
  const sweep = world.accounts.rounds.find(({ name }) => name === 'accounts')
  world.time += 12 * HOUR
  await sweep?.run()
  t.strictSame(await world.store.database.read('sessions'), [])
  t.strictSame(await world.store.database.read('limits'), [])
  t.equal((await world.store.database.read('sign_ins')).length, 1)
  world.time += 12 * HOUR + 1
  await sweep?.run()
  t.strictSame(await world.store.database.read('sign_ins'), [])
})
