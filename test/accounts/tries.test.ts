import t from 'tap'
import { BusyError, Semaphore } from '../../src/semaphore.js'
import {
  ADDRESS,
  ANSWER,
  addPackage,
  BROWSER,
  enrol,
  HOUR,
  MINUTE,
  newWorld,
  open,
  PEER,
  signIn,
  ticketFor,
  tokenOf,
  type World,
} from './world.js'

const templates = (world: World) => world.mails.map(({ template }) => template).filter((template) => template.startsWith('answer-'))

/** Wrong answers one after the other, as fast as the delays allow; what the last one led to. */
async function wrong(world: World, consumerId: string, times: number, version = 1) {
  let last: string = ''
  for (let count = 0; count < times; count++) {
    const row = await world.store.read.answers.get(consumerId, version)
    world.time = Math.max(world.time, row?.nextTryAt ?? 0)
    last = (await world.accounts.answerCheck.check(consumerId, version, `wrong answer ${count}`)).kind
  }
  return last
}

t.test('of 200 parallel wrong answers no more are hashed than may be tried', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const before = world.hashes.answers
  const results = await Promise.all(Array.from({ length: 200 }, () => world.accounts.answerCheck.check(consumerId, 1, 'wrong answer')))
  t.equal(world.hashes.answers - before, 5)
  t.equal(results.filter(({ kind }) => kind === 'wrong').length, 5)
  t.equal(results.filter(({ kind }) => kind === 'wait').length, 195)
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongInRow: 5, wrongTotal: 5 })
})

t.test('five wrong answers in a row slow down and cause one mail', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  t.strictSame(await world.accounts.answerCheck.check(consumerId, 1, 'wrong answer'), { kind: 'wrong', triesLeft: 9, waitUntil: null })
  await wrong(world, consumerId, 3)
  const fifth = await world.accounts.answerCheck.check(consumerId, 1, 'wrong answer')
  t.strictSame(fifth, { kind: 'wrong', triesLeft: 5, waitUntil: world.time + MINUTE })
  t.strictSame(await world.accounts.answerCheck.check(consumerId, 1, ANSWER), { kind: 'wait', until: world.time + MINUTE })
  t.strictSame(templates(world), ['answer-slowed'])
  world.time += MINUTE
  const sixth = await world.accounts.answerCheck.check(consumerId, 1, 'wrong answer')
  t.match(sixth, { kind: 'wrong', triesLeft: 4, waitUntil: world.time + 2 * MINUTE })
  t.strictSame(templates(world), ['answer-slowed'])
})

t.test('ten wrong answers in a row lock, and a right one then is not even hashed', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  t.equal(await wrong(world, consumerId, 10), 'locked')
  world.time += 100 * HOUR
  const before = world.hashes.answers
  t.strictSame(await world.accounts.answerCheck.check(consumerId, 1, ANSWER), { kind: 'locked' })
  t.equal(world.hashes.answers, before)
  t.strictSame(templates(world), ['answer-slowed', 'answer-locked'])
})

t.test('a sign-in by mail after the lock ends it once, and the wrong ones stay on the total', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  await wrong(world, consumerId, 9)
  await signIn(world)
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongInRow: 9 }, 'before the lock it unlocks nothing')
  await wrong(world, consumerId, 1)
  t.match(await world.accounts.account(session), null, 'the first session ran out meanwhile')
  await world.accounts.askSignIn(ADDRESS, BROWSER, PEER, 'en')
  const outcome = await world.accounts.byLink(tokenOf(world.mails.at(-1)))
  t.match(outcome, { kind: 'signed-in', unlocked: true })
  t.match(await world.accounts.account(outcome.kind === 'signed-in' ? outcome.session : ''), { answerState: 'ok' })
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongInRow: 0, wrongTotal: 10, lockedAt: null })
  t.match(await world.accounts.answerCheck.check(consumerId, 1, ANSWER), { kind: 'right' })
})

t.test('a session from before the lock does not end it', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  await world.store.write(({ answers }) =>
    answers.reserveTry(consumerId, 1, world.time, { slowFrom: 99, delays: [], lockAt: 1, freezeAt: 99 }),
  )
  t.match(await world.accounts.account(session), { answerState: 'locked' })
  const form = { question: 'Which song did we sing then?', answer: 'none of the above', again: 'none of the above', presentAnswer: ANSWER }
  t.strictSame(await world.accounts.setQuestion(session, form), { kind: 'locked' })
})

t.test('twenty wrong answers in its life freeze an answer for good', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  t.equal(await wrong(world, consumerId, 10), 'locked')
  await signIn(world)
  await wrong(world, consumerId, 8)
  t.match(await world.accounts.answerCheck.question(consumerId, 1), { kind: 'question', triesLeft: 2 })
  await wrong(world, consumerId, 1)
  t.equal(await wrong(world, consumerId, 1), 'frozen')
  const session = await signIn(world)
  t.match(await world.accounts.account(session), { answerState: 'frozen' }, 'a sign-in does not end it')
  t.strictSame(await world.accounts.answerCheck.check(consumerId, 1, ANSWER), { kind: 'frozen' })
  t.equal(templates(world).at(-1), 'answer-frozen')
})

t.test('a right answer ends the run, but not the total of the wrong ones', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  await wrong(world, consumerId, 4)
  t.match(await world.accounts.answerCheck.check(consumerId, 1, ANSWER), { kind: 'right' })
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongInRow: 0, wrongTotal: 4, nextTryAt: 0 })
})

t.test('the last try before the lock may still be the right one', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  await wrong(world, consumerId, 9)
  world.time += HOUR
  t.match(await world.accounts.answerCheck.check(consumerId, 1, ANSWER), { kind: 'right' })
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongInRow: 0, wrongTotal: 9, lockedAt: null })
})

t.test('tries count together over all packages and the profile', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  const packages = [await addPackage(world, consumerId), await addPackage(world, consumerId)]
  for (const row of packages) await world.retrieval.enterAnswer(await ticketFor(world, row), 'wrong answer', PEER)
  const form = {
    question: 'Which song did we sing then?',
    answer: 'none of the above',
    again: 'none of the above',
    presentAnswer: 'wrong one',
  }
  const outcome = await world.accounts.setQuestion(session, form)
  t.strictSame(outcome, { kind: 'problems', problems: [{ field: 'presentAnswer', reason: 'wrong', triesLeft: 7 }] })
})

t.test('when too many are hashing, nothing is counted', async (t) => {
  const semaphore = new Semaphore(1, 0)
  const world = await newWorld(t, { semaphore })
  const { consumerId } = await enrol(world)
  await semaphore.run(async () => {
    t.strictSame(await world.accounts.answerCheck.check(consumerId, 1, ANSWER), { kind: 'busy' })
  })
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongInRow: 0, wrongTotal: 0, nextTryAt: 0 })
})

t.test('when the hash breaks, nothing is counted and the error goes on', async (t) => {
  const broken: { error: Error | null } = { error: null }
  const world = await newWorld(t, { broken })
  const { consumerId } = await enrol(world)
  await wrong(world, consumerId, 9)
  world.time += HOUR
  broken.error = new TypeError('out of memory')
  await t.rejects(world.accounts.answerCheck.check(consumerId, 1, ANSWER), { name: 'TypeError' })
  broken.error = new BusyError('as busy as can be')
  t.strictSame(await world.accounts.answerCheck.check(consumerId, 1, ANSWER), { kind: 'busy' })
  broken.error = null
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongInRow: 9, wrongTotal: 9, lockedAt: null, nextTryAt: 0 })
  t.match(await world.accounts.answerCheck.check(consumerId, 1, ANSWER), { kind: 'right' })
})

t.test('an answer without a letter or digit costs neither a try nor a hash', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const before = world.hashes.answers
  t.strictSame(await world.accounts.answerCheck.check(consumerId, 1, ' … '), { kind: 'wrong', triesLeft: 10, waitUntil: null })
  t.match(await world.accounts.answerCheck.check(consumerId, 1, 'x'.repeat(100_000)), { kind: 'wrong', triesLeft: 10 })
  t.equal(world.hashes.answers, before)
})

t.test('an answer is right however it is written', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const row = await addPackage(world, consumerId)
  t.ok(await open(world, row, ' GRANDPAS straw-hat '))
})
