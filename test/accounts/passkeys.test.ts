// Passkeys at the desk, with a device played by a few lines: what signs in, what does not, and who may add one.

import t, { type Test } from 'tap'
import { passkeySite } from '../../src/accounts/passkeys.js'
import { Authenticator, type Oddities } from '../support/authenticator.js'
import { ADDRESS, BROWSER, enrol, MINUTE, newWorld, PEER, signIn, type World } from './world.js'

const SITE = 'https://postbox.example.org'

async function added(world: World, session: string, name = ''): Promise<Authenticator> {
  const device = new Authenticator(SITE)
  const outcome = await add(world, session, device, { name })
  if (outcome !== 'added') throw new Error(`not added: ${outcome}`)
  return device
}

async function add(world: World, session: string, device: Authenticator, about: { name?: string; browser?: string; odd?: Oddities } = {}) {
  const { passkeys } = world.accounts
  const asked = await passkeys.toAdd(session, BROWSER)
  if (asked.kind !== 'ask') return asked.kind
  const response = device.create(asked.ask.options, about.odd)
  return (await passkeys.add(session, about.browser ?? BROWSER, { response, name: about.name ?? '' })).kind
}

async function ask(world: World, browser = BROWSER): Promise<string> {
  return (await world.accounts.passkeys.toSignIn(browser))?.options ?? ''
}

/** One whole sign-in; `signed-in`, or why not. */
async function enter(world: World, device: Authenticator, odd: Oddities = {}): Promise<string> {
  return send(world, device.get(await ask(world), odd))
}

async function send(world: World, response: string, browser = BROWSER): Promise<string> {
  const outcome = await world.accounts.passkeys.signIn(response, browser, PEER)
  return outcome.kind === 'refused' ? outcome.reason : outcome.kind
}

const recorded = (world: World, kind: string) => world.store.database.read('events').where({ kind }).orderBy('at')

/** Somebody with a passkey, signed in. */
async function newPerson(t: Test) {
  const world = await newWorld(t)
  const { session, consumerId } = await enrol(world)
  return { world, session, consumerId, device: await added(world, session, ' my phone\n') }
}

t.test('what was added signs her in, is put on record and told by mail, and holds nothing she wrote', async (t) => {
  const { world, session, consumerId, device } = await newPerson(t)
  t.match(await world.accounts.passkeys.list(session), {
    isOffered: true,
    passkeys: [{ name: 'my phone', createdAt: world.time, lastUsedAt: null }],
  })
  const [row] = await world.store.read.passkeys.of(consumerId)
  t.match(row, { credentialId: device.id.toString('base64url'), counter: 0, transports: ['internal'] })
  t.match(world.mails.at(-1), { template: 'passkey-added', to: ADDRESS })
  t.match(await recorded(world, 'passkey-added'), [{ consumer_id: consumerId, details: JSON.stringify({ passkeyId: row?.id }) }])
  world.time += MINUTE
  const outcome = await world.accounts.passkeys.signIn(device.get(await ask(world)), BROWSER, PEER)
  t.match(outcome, { kind: 'signed-in', role: 'consumer' })
  t.match(await world.accounts.account(outcome.kind === 'signed-in' ? outcome.session : ''), { id: consumerId, address: ADDRESS })
  t.match((await recorded(world, 'signed-in')).at(-1), { details: '{"by":"passkey"}' })
  t.match((await world.accounts.passkeys.list(session))?.passkeys, [{ lastUsedAt: world.time }])
})

t.test('it unlocks no answer', async (t) => {
  const { world, consumerId, device } = await newPerson(t)
  await world.store.database.write((trx) => trx('answers').update({ locked_at: world.time }))
  t.equal(await enter(world, device), 'signed-in')
  t.equal((await world.store.read.answers.get(consumerId, 1))?.lockedAt, world.time)
})

t.test('an answer of the device is good once, whoever is first', async (t) => {
  const { world, device } = await newPerson(t)
  const response = device.get(await ask(world))
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => send(world, response)))
  t.strictSame(outcomes.sort(), [...Array(7).fill('over'), 'signed-in'])
  t.equal(await send(world, response), 'over')
})

t.test('two pages that stand open at once do not spoil each other', async (t) => {
  const { world, device } = await newPerson(t)
  const [one, other] = [await ask(world), await ask(world)]
  t.equal(await send(world, device.get(one)), 'signed-in')
  t.equal(await send(world, device.get(other)), 'signed-in')
})

t.test('a question of another browser, for something else, too old, or made up is no question of ours', async (t) => {
  const { world, session, device } = await newPerson(t)
  t.equal(await send(world, device.get(await ask(world)), 'browser-2'), 'over')
  t.equal(await send(world, device.get(await ask(world, '')), ''), 'over', 'nor is one of a browser that has no random value')
  const toAdd = await world.accounts.passkeys.toAdd(session, BROWSER)
  t.equal(await send(world, device.get(toAdd.kind === 'ask' ? toAdd.ask.options : '')), 'over')
  for (const challenge of ['', 'AAAA', Buffer.alloc(70).toString('base64url')])
    t.equal(await send(world, device.get(JSON.stringify({ challenge }))), 'over', `"${challenge}"`)
  const options = await ask(world)
  world.time += 15 * MINUTE
  t.equal(await send(world, device.get(options)), 'over')
})

const REFUSED: ReadonlyArray<readonly [what: string, odd: Oddities]> = [
  ['made at another site', { origin: 'https://postbox.example.net' }],
  ['made for another domain', { domain: 'example.org' }],
  ['without her face, finger or lock', { isVerified: false }],
  ['of somebody else, as it says', { userHandle: Buffer.alloc(64) }],
  ['of nobody, as it says', { userHandle: Buffer.alloc(0) }],
]

for (const [what, odd] of REFUSED) {
  t.test(`an answer ${what} signs nobody in`, async (t) => {
    const { world, device } = await newPerson(t)
    t.match(await enter(world, device, odd), /^(invalid|unreadable)$/)
    t.equal(await enter(world, device), 'signed-in', 'as it does otherwise')
  })
}

t.test('a signature of another key, or of other bytes, signs nobody in', async (t) => {
  const { world, device } = await newPerson(t)
  const options = await ask(world)
  const mine = JSON.parse(device.get(options))
  const theirs = JSON.parse(new Authenticator(SITE).get(options))
  const { response } = mine
  for (const changed of [{ signature: theirs.response.signature }, { authenticatorData: response.authenticatorData.replace(/..$/, 'AQ') }])
    t.equal(await send(world, JSON.stringify({ ...mine, response: { ...response, ...changed } })), 'invalid')
  t.equal(await send(world, JSON.stringify(mine)), 'signed-in', 'what is invalid uses nothing up')
})

t.test('a counter that does not go up is a copy: refused and put on record', async (t) => {
  const { world, consumerId, device } = await newPerson(t)
  t.equal(await enter(world, device, { counter: 5 }), 'signed-in')
  for (const counter of [5, 4, 0]) t.equal(await enter(world, device, { counter }), 'counter', String(counter))
  t.match(await recorded(world, 'passkey-refused'), Array(3).fill({ consumer_id: consumerId, details: '{"reason":"counter"}' }))
  t.equal(await enter(world, device, { counter: 6 }), 'signed-in')
})

t.test('a passkey nobody added is unknown, and nonsense is nothing', async (t) => {
  const { world, device } = await newPerson(t)
  t.equal(await enter(world, new Authenticator(SITE), { userHandle: Buffer.alloc(64, 1) }), 'unknown')
  const good = JSON.parse(device.get(await ask(world)))
  const odd = ['', 'null', '[]', '{', '1', '"x"', '{"id":1}', '{"id":"a","response":[]}', '{"__proto__":{"id":"a"}}', 'x'.repeat(30_000)]
  for (const [name, value] of [
    ...['authenticatorData', 'clientDataJSON', 'signature', 'userHandle'].flatMap((name) =>
      ['', 'ö', 1, null, {}, 'AAAA'].map((value) => [name, value]),
    ),
  ])
    odd.push(JSON.stringify({ ...good, response: { ...good.response, [String(name)]: value } }))
  world.time += 60 * MINUTE
  for (const text of odd) {
    world.time += 20 * MINUTE
    t.match(await send(world, text), /^(unreadable|invalid|over)$/, text.slice(0, 60))
  }
})

t.test('tries that lead to nothing are slowed down for their peer, others cost nothing', async (t) => {
  const { world, device } = await newPerson(t)
  for (let times = 0; times < 40; times++) t.equal(await enter(world, device), 'signed-in')
  for (let times = 0; times < 30; times++) t.equal(await send(world, ''), 'unreadable')
  t.equal(await enter(world, device), 'wait')
  world.time += MINUTE
  t.equal(await enter(world, device), 'signed-in')
})

t.test('adding wants a sign-in by mail or passkey of the last 15 minutes', async (t) => {
  const { world, session, device } = await newPerson(t)
  world.time += 15 * MINUTE
  t.equal(await add(world, session, new Authenticator(SITE)), 'added')
  world.time += 1
  t.equal(await add(world, session, new Authenticator(SITE)), 'stale')
  const outcome = await world.accounts.passkeys.signIn(device.get(await ask(world)), BROWSER, PEER)
  t.equal(await add(world, outcome.kind === 'signed-in' ? outcome.session : '', new Authenticator(SITE)), 'added')
  const again = await signIn(world)
  await world.store.database.write((trx) => trx('sessions').update({ signed_in_by: 'oidc' }))
  t.equal(await add(world, again, new Authenticator(SITE)), 'stale', 'what a provider says is no proof of her own')
  for (const nobody of ['', 'made-up']) t.equal(await add(world, nobody, device), 'signed-out')
})

t.test('an admin has no passkeys', async (t) => {
  const world = await newWorld(t)
  await world.store.write(({ admins }) => admins.invite({ id: 'a1', address: ADDRESS, language: 'en', invitedAt: 1, firstSignInAt: null }))
  const session = await signIn(world, ADDRESS, 'admin')
  t.equal(await world.accounts.passkeys.list(session), null)
  t.equal(await add(world, session, new Authenticator(SITE)), 'signed-out')
})

t.test('nothing is added that was made elsewhere, or comes with strangers’ certificates', async (t) => {
  const { world, session, device, consumerId } = await newPerson(t)
  const packed = (more: ReadonlyArray<readonly [string, unknown]>) => ({ format: 'packed', statement: new Map<string, unknown>(more) })
  const oddities: Oddities[] = [
    ...REFUSED.slice(0, 3).map(([, odd]) => odd),
    ...['tpm', 'android-safetynet', 'apple', 'android-key', 'fido-u2f', 'made-up'].map((format) => ({ format })),
    packed([]),
    packed([
      ['alg', -7],
      ['sig', Buffer.alloc(70)],
      ['x5c', [Buffer.alloc(200)]],
    ]),
    packed([
      ['alg', -7],
      ['sig', Buffer.alloc(70)],
    ]),
  ]
  for (const odd of oddities) t.equal(await add(world, session, new Authenticator(SITE), { odd }), 'refused', JSON.stringify(odd))
  t.equal(await add(world, session, new Authenticator(SITE), { browser: 'browser-2' }), 'refused')
  t.equal(await add(world, session, device), 'known')
  t.equal(await add(world, session, new Authenticator(SITE), { name: 'x'.repeat(61) }), 'name-too-long')
  const other = await enrol(world, 'pat@home.example')
  const asked = await world.accounts.passkeys.toAdd(other.session, BROWSER)
  const made = new Authenticator(SITE).create(asked.kind === 'ask' ? asked.ask.options : '')
  t.equal((await world.accounts.passkeys.add(session, BROWSER, { response: made, name: '' })).kind, 'refused')
  t.equal((await world.accounts.passkeys.add(other.session, BROWSER, { response: made, name: '' })).kind, 'added')
  t.equal((await world.accounts.passkeys.add(other.session, BROWSER, { response: made, name: '' })).kind, 'refused', 'once')
  t.equal((await world.store.read.passkeys.of(consumerId)).length, 1)
})

t.test('her devices are told nothing of her but her address and a handle that says nothing', async (t) => {
  const { world, session, consumerId } = await newPerson(t)
  const asked = await world.accounts.passkeys.toAdd(session, BROWSER)
  const { user, excludeCredentials, attestation } = JSON.parse(asked.kind === 'ask' ? asked.ask.options : '{}')
  t.match({ user, attestation }, { user: { name: ADDRESS }, attestation: 'none' })
  t.equal(Buffer.from(user.id, 'base64url').length, 64)
  t.notOk(Buffer.from(user.id, 'base64url').includes(consumerId))
  t.equal(excludeCredentials.length, 1)
})

t.test('removing needs her own session, signs out all others and tells her', async (t) => {
  const { world, session, device } = await newPerson(t)
  const elsewhere = await signIn(world)
  const stranger = await enrol(world, 'pat@home.example')
  const id = (await world.accounts.passkeys.list(session))?.passkeys[0]?.id ?? ''
  for (const who of [stranger.session, '', 'made-up']) t.equal(await world.accounts.passkeys.remove(who, id), false)
  t.equal(await world.accounts.passkeys.remove(session, id), true)
  t.equal(await world.accounts.passkeys.remove(session, id), false)
  t.match(world.mails.at(-1), { template: 'passkey-removed', to: ADDRESS })
  t.equal((await recorded(world, 'passkey-removed')).length, 1)
  t.equal(await enter(world, device), 'unknown')
  t.equal(await world.accounts.account(elsewhere), null)
  t.ok(await world.accounts.account(session))
})

t.test('there is a most, and room again after one was removed', async (t) => {
  const { world, session } = await newPerson(t)
  for (let count = 1; count < 20; count++) await added(world, session)
  t.equal(await add(world, session, new Authenticator(SITE)), 'full')
  const [first] = (await world.accounts.passkeys.list(session))?.passkeys ?? []
  await world.accounts.passkeys.remove(session, first?.id ?? '')
  t.equal(await add(world, session, new Authenticator(SITE)), 'added')
})

t.test('looking writes nothing, and what was used is forgotten when it would be too old anyway', async (t) => {
  const { world, session, device } = await newPerson(t)
  const used = async () => (await world.store.database.read('used_challenges')).length
  const before = await used()
  await ask(world)
  await world.accounts.passkeys.toAdd(session, BROWSER)
  t.equal(await used(), before)
  await enter(world, device)
  t.equal(await used(), before + 1)
  const sweep = world.accounts.rounds.find(({ name }) => name === 'accounts')
  world.time += 14 * MINUTE
  await sweep?.run()
  t.equal(await used(), before + 1)
  world.time += MINUTE
  await sweep?.run()
  t.equal(await used(), 0)
})

t.test('passkeys work at https names and on localhost, nowhere else', async (t) => {
  for (const site of ['https://postbox.example.org', 'https://postbox.example.org:8443', 'http://localhost:8080', 'http://a.localhost'])
    t.match(passkeySite(site), { origin: site, domain: new URL(site).hostname })
  for (const site of [
    'http://postbox.example.org',
    'http://127.0.0.1:8080',
    'https://192.0.2.1',
    'https://[2001:db8::1]',
    'http://[::1]:80',
  ])
    t.equal(passkeySite(site), null, site)
})
