// The life of a postbox, as the desk decides it: practising, a new address, closing, standing unused.

import t from 'tap'
import { canonicalAddress } from '../../src/mail/address.js'
import { keysOfPerson } from '../../src/store/intake-keys.js'
import { answeredRequest, intake } from '../store/support.js'
import {
  ADDRESS,
  ANSWER,
  addPackage,
  CODE,
  DAY,
  enrol,
  HOUR,
  newWorld,
  open,
  PEER,
  QUESTION,
  signIn,
  ticketFor,
  tokenOf,
  type World,
} from './world.js'

const NEW = 'maria@new.example'
const HALF_A_YEAR = 182 * DAY

const mailed = (world: World, template: string) => world.mails.filter((mail) => mail.template === template)
const lastOf = (world: World, template: string) => mailed(world, template).at(-1)
const eventsOf = async (world: World, consumerId: string) =>
  (await world.store.database.read('events').where({ consumer_id: consumerId }).orderBy('at').pluck('kind')) as string[]

async function round(world: World, name: string): Promise<number | undefined> {
  return world.accounts.rounds.find((each) => each.name === name)?.run()
}

t.test('practising: the present question, tries that count, and a note of when she knew it', async (t) => {
  const world = await newWorld(t)
  const { life } = world.accounts
  t.strictSame(await life.practice('nobody'), { kind: 'signed-out' })
  t.strictSame(await life.practice(await signIn(world)), { kind: 'unset' })
  const { session, consumerId } = await enrol(world)
  t.match(await life.practice(session), { question: QUESTION, triesLeft: 10, practisedAt: null, wantsMails: true })
  t.strictSame(await life.practise(session, 'wrong answer'), { kind: 'wrong', triesLeft: 9, waitUntil: null })
  world.time += 1000
  t.equal(await life.practise(session, ANSWER), null)
  t.match(await life.practice(session), { practisedAt: world.time })
  t.ok((await eventsOf(world, consumerId)).includes('answer-practised'))
  const other = { question: 'Who laughed on the boat?', answer: 'none of them', again: 'none of them', presentAnswer: ANSWER }
  world.time += 1000
  t.match(await world.accounts.setQuestion(session, other), { kind: 'set' })
  t.match(await life.practice(session), { practisedAt: null }, 'another answer was not practised yet')
})

t.test('a package opened by its old answer is no practice of the new one', async (t) => {
  const world = await newWorld(t)
  const { session, consumerId } = await enrol(world)
  const row = await addPackage(world, consumerId)
  const other = { question: 'Who laughed on the boat?', answer: 'none of them', again: 'none of them', presentAnswer: ANSWER }
  await world.accounts.setQuestion(session, other)
  world.time += HOUR
  await open(world, row)
  t.match(await world.store.read.lives.of(consumerId), { lastActiveAt: world.time })
  t.match(await world.accounts.life.practice(await signIn(world)), { practisedAt: null })
})

t.test('twice a year she is asked by mail, once, unless she has just known it or doesn’t want to be', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const row = await addPackage(world, consumerId, { expiresAt: world.time + 999 * DAY })
  world.time += HALF_A_YEAR - HOUR
  t.equal(await round(world, 'practice-mails'), 0)
  await open(world, row)
  world.time += HALF_A_YEAR - HOUR
  t.equal(await round(world, 'practice-mails'), 0, 'opening a package was practice')
  world.time += 2 * HOUR
  const parallel = await Promise.all([1, 2, 3].map(() => round(world, 'practice-mails')))
  t.equal(
    parallel.reduce((sum: number, count) => sum + (count ?? 0), 0),
    1,
  )
  t.match(mailed(world, 'practice'), [{ to: ADDRESS, values: { link: /\/profile\/practice$/ } }])
  t.equal(mailed(world, 'practice').length, 1)
  world.time += HALF_A_YEAR - HOUR
  t.equal(await round(world, 'practice-mails'), 0, 'not sooner than after another half year')
  const session = await signIn(world)
  t.ok(await world.accounts.life.setPracticeMails(session, false))
  t.match(await world.accounts.life.practice(session), { wantsMails: false })
  world.time += 2 * HOUR
  t.equal(await round(world, 'practice-mails'), 0)
})

t.test('nobody is asked for an answer that can’t be tried', async (t) => {
  const world = await newWorld(t)
  const { session, consumerId } = await enrol(world)
  await world.accounts.startReset(session)
  world.time += HALF_A_YEAR
  t.equal(await round(world, 'practice-mails'), 0, 'it is being replaced')
  await world.store.write((tables) => tables.resets.removeOf(consumerId))
  await world.store.database.write((trx) => trx('answers').update({ locked_at: 1 }))
  t.equal(await round(world, 'practice-mails'), 0, 'it is locked')
  await world.store.database.write((trx) => trx('answers').update({ locked_at: null }))
  t.equal(await round(world, 'practice-mails'), 1)
})

t.test('an address changes when both mailboxes are proved, in whichever order, and not before', async (t) => {
  for (const order of ['old-first', 'new-first'] as const) {
    const world = await newWorld(t, { folder: t.testdir({ [order]: {} }) })
    const { life } = world.accounts
    const { session, consumerId } = await enrol(world)
    const thief = await signIn(world)
    t.match(await life.changeAddress(session, { address: ' Maria@NEW.example ', presentAnswer: ANSWER }), { kind: 'started' })
    t.match(await life.addressChange(session), { newAddress: NEW, isOldConfirmed: false, isNewConfirmed: false })
    t.match(lastOf(world, 'address-old'), { to: ADDRESS, values: { newAddress: 'm***@new.example' } })
    t.equal(lastOf(world, 'address-new')?.to, NEW)
    const tokens = { old: tokenOf(lastOf(world, 'address-old')), new: tokenOf(lastOf(world, 'address-new')) }
    const [first, second] = order === 'old-first' ? (['old', 'new'] as const) : (['new', 'old'] as const)
    t.strictSame(await life.confirmAddress(tokens[first], null), { kind: 'half', proved: first })
    t.strictSame(await life.confirmAddress(tokens[first], null), { kind: 'half', proved: first }, 'twice is no more than once')
    t.match(await world.accounts.account(session), { address: ADDRESS })
    t.strictSame(await life.confirmAddress(tokens[second], session), { kind: 'changed' })
    t.match(await world.accounts.account(session), { address: NEW, id: consumerId }, 'she stays signed in where she pressed')
    t.equal(await world.accounts.account(thief), null)
    t.strictSame(
      mailed(world, 'address-changed')
        .map(({ to }) => to)
        .sort(),
      [ADDRESS, NEW].sort(),
    )
    t.strictSame(await life.confirmAddress(tokens[second], null), { kind: 'over' })
    t.equal((await eventsOf(world, consumerId)).filter((kind) => kind === 'address-confirmed').length, 1)
    t.notMatch(JSON.stringify(await world.store.database.read('events').pluck('details')), /@/)
  }
})

t.test('what keeps an address from changing', async (t) => {
  const world = await newWorld(t)
  const { life } = world.accounts
  const change = (session: string, address = NEW, presentAnswer = ANSWER) => life.changeAddress(session, { address, presentAnswer })
  t.match(await change(await signIn(world)), { kind: 'unset' })
  const { session, consumerId } = await enrol(world)
  const hashes = world.hashes.answers
  t.match(await change('nobody'), { kind: 'signed-out' })
  for (const address of ['maria', 'maria@mailbox', 'a@b@c', ''])
    t.match(await change(session, address), { kind: 'not-an-address' }, address)
  t.match(await change(session, ADDRESS.toUpperCase()), { kind: 'same-address' })
  t.equal(world.hashes.answers, hashes, 'none of these cost a try')
  t.match(await change(session, NEW, 'wrong answer'), { kind: 'wrong', triesLeft: 9 })
  await world.accounts.startReset(session)
  t.match(await change(session), { kind: 'reset' })
  await world.accounts.cancelReset(session)
  t.match(await change(session), { kind: 'started' })
  t.match(await change(session, 'third@new.example'), { kind: 'pending' })
  const token = tokenOf(lastOf(world, 'address-old'))
  await world.accounts.startReset(session)
  t.match(await life.confirmAddress(token, null), { kind: 'reset' }, 'started later, it keeps the change from going on')
  await world.accounts.cancelReset(session)
  world.time += 24 * HOUR
  t.match(await life.confirmAddress(token, null), { kind: 'over' })
  const again = await signIn(world)
  t.equal(await life.addressChange(again), null)
  for (const _time of [2, 3]) {
    t.match(await change(again), { kind: 'started' })
    t.ok(await life.cancelAddress(again))
  }
  t.match(await change(again), { kind: 'too-often' })
  t.equal(await round(world, 'address-changes'), 0)
  await world.store.database.write((trx) => trx('answers').update({ locked_at: 1 }))
  t.match(await change(again), { kind: 'locked' })
  t.match(await world.store.read.consumers.byId(consumerId), { address: ADDRESS })
})

t.test('only the old mailbox and she herself can stop a change', async (t) => {
  const world = await newWorld(t)
  const { life } = world.accounts
  const { session } = await enrol(world)
  await life.changeAddress(session, { address: NEW, presentAnswer: ANSWER })
  t.notOk(await life.cancelAddress(tokenOf(lastOf(world, 'address-new'))))
  t.notOk(await life.cancelAddress('nonsense'))
  const token = tokenOf(lastOf(world, 'address-old'), 'cancelLink')
  t.ok(await life.cancelAddress(token))
  t.notOk(await life.cancelAddress(token))
  t.strictSame(await life.confirmAddress(tokenOf(lastOf(world, 'address-new')), null), { kind: 'over' })
})

t.test('an address that is somebody’s, then or by now, stays theirs', async (t) => {
  const world = await newWorld(t)
  const { life } = world.accounts
  const { session } = await enrol(world)
  const other = await signIn(world, NEW)
  t.match(await life.changeAddress(session, { address: NEW, presentAnswer: ANSWER }), { kind: 'started' })
  t.strictSame(
    mailed(world, 'address-taken').map(({ to, values }) => [to, Object.keys(values)]),
    [[NEW, ['signInLink']]],
  )
  t.equal(mailed(world, 'address-new').length, 0)
  t.match(await life.confirmAddress(tokenOf(lastOf(world, 'address-old')), null), { kind: 'half' })
  await life.cancelAddress(session)
  const third = 'third@new.example'
  await life.changeAddress(session, { address: third, presentAnswer: ANSWER })
  const [oldToken, newToken] = [tokenOf(lastOf(world, 'address-old')), tokenOf(lastOf(world, 'address-new'))]
  await signIn(world, third)
  await life.confirmAddress(newToken, null)
  t.match(await life.confirmAddress(oldToken, null), { kind: 'over' }, 'registered meanwhile')
  t.match(await world.accounts.account(session), { address: ADDRESS })
  t.match(await world.accounts.account(other), { address: NEW })
})

t.test('closing takes her answer, and leaves nothing of her but the record', async (t) => {
  const world = await newWorld(t)
  const { store } = world
  const { session, consumerId } = await enrol(world)
  const rows = [await addPackage(world, consumerId), await addPackage(world, consumerId, { state: 'sealed', sentAt: null })]
  const [row] = rows
  if (!row) throw new Error('no package')
  const pass = await open(world, row)
  const ticket = await ticketFor(world, row)
  await world.accounts.life.changeAddress(session, { address: NEW, presentAnswer: ANSWER })
  await world.accounts.startReset(session)
  await store.write(({ requests }) => requests.add(answeredRequest(store, consumerId, row.number)))
  const { postboxNumber = '' } = (await store.read.consumers.byId(consumerId)) ?? {}
  const named = keysOfPerson(store.keyring, { address: canonicalAddress(ADDRESS) ?? '', postboxNumber })
  await store.write(async ({ intakes }) => {
    await intakes.append(intake({ consumerId, consumerMasked: 'p***@home.example' }), named)
    await intakes.append(intake({ number: 'refused' }), named)
  })
  t.match(await world.accounts.life.close(session, 'wrong answer'), { kind: 'wrong', triesLeft: 9 })
  t.match(await world.accounts.life.close('nobody', ANSWER), { kind: 'signed-out' })
  t.strictSame(await world.accounts.life.close(session, ANSWER), { kind: 'closed' })
  t.equal(lastOf(world, 'closed')?.to, ADDRESS)
  t.equal(await world.accounts.account(session), null)
  t.equal(await world.retrieval.records(pass), null)
  t.match(await world.retrieval.question(ticket), { kind: 'deleted' })
  for (const each of rows) t.match(await world.retrieval.enterCode(each.number, CODE, PEER), { kind: 'deleted' })
  for await (const { key } of store.blobs.list()) t.fail(`blob ${key} is left`)
  t.match(await store.read.intakes.byNumber('intake-1'), { consumerMasked: null })
  for (const table of ['consumers', 'answers', 'resets', 'address_changes', 'sessions', 'requests', 'intake_keys'])
    t.strictSame(await store.database.read(table), [], table)
  t.ok((await eventsOf(world, consumerId)).includes('closed'))
  t.equal((await eventsOf(world, consumerId)).filter((kind) => kind === 'deleted').length, 2)
  const again = await signIn(world)
  const fresh = await world.accounts.account(again)
  t.not(fresh?.id, consumerId)
  t.not(fresh?.postboxNumber, postboxNumber)
  t.match(fresh, { address: canonicalAddress(ADDRESS), question: 'unset' })
  t.strictSame(await store.database.read('retired_numbers').pluck('postbox_number'), [postboxNumber])
})

t.test('a postbox that never had a question closes without an answer', async (t) => {
  const world = await newWorld(t)
  const session = await signIn(world)
  t.strictSame(await world.accounts.life.close(session, ''), { kind: 'closed' })
  t.strictSame(await world.store.database.read('consumers'), [])
})

t.test('a locked or frozen answer closes nothing', async (t) => {
  const world = await newWorld(t)
  const { session } = await enrol(world)
  for (const [column, kind] of [
    ['locked_at', 'locked'],
    ['frozen_at', 'frozen'],
  ] as const) {
    await world.store.database.write((trx) => trx('answers').update({ [column]: 1 }))
    t.match(await world.accounts.life.close(session, ANSWER), { kind })
  }
})

t.test('a year without her: asked once, reminded once, and active again by any sign-in or right answer', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const row = await addPackage(world, consumerId, { expiresAt: world.time + 999 * DAY })
  await signIn(world, 'nobody@example.org')
  world.time += 365 * DAY - HOUR
  t.equal(await round(world, 'unused-postboxes'), 0)
  world.time += 2 * HOUR
  const parallel = await Promise.all([1, 2, 3].map(() => round(world, 'unused-postboxes')))
  t.equal(
    parallel.reduce((sum: number, count) => sum + (count ?? 0), 0),
    1,
    'who has no question can get nothing anyway',
  )
  t.match(mailed(world, 'unused'), [{ to: ADDRESS, values: { refusedFrom: /^December \d+, 2027$/ } }])
  world.time += 13 * DAY
  t.equal(await round(world, 'unused-postboxes'), 0)
  world.time += DAY
  t.equal(await round(world, 'unused-postboxes'), 1)
  world.time += 60 * DAY
  t.equal(await round(world, 'unused-postboxes'), 0)
  t.equal(mailed(world, 'unused').length, 2)
  t.equal(new Set(mailed(world, 'unused').map(({ values }) => values.refusedFrom)).size, 1, 'both name the same day')
  await open(world, row)
  t.match(await world.store.read.lives.of(consumerId), { unusedAskedAt: null, lastActiveAt: world.time })
  world.time += 366 * DAY
  t.equal(await round(world, 'unused-postboxes'), 1, 'and so on, a year later')
  await signIn(world)
  t.match(await world.store.read.lives.of(consumerId), { unusedAskedAt: null, lastActiveAt: world.time })
})
