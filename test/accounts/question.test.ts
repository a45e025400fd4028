import t from 'tap'
import { Semaphore } from '../../src/semaphore.js'
import { ANSWER, addPackage, DAY, enrol, HOUR, newWorld, open, PEER, QUESTION, signIn, ticketFor, tokenOf, type World } from './world.js'

const NEXT = { question: 'Which song did we sing on the boat?', answer: 'none of the above', again: 'none of the above' }
const templates = (world: World) => world.mails.map(({ template }) => template).filter((template) => !template.includes('sign-in'))

t.test('the first question needs no present answer, and what is kept is sealed', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  t.match(await world.accounts.account(session), { question: 'set', answerState: 'ok' })
  const row = await world.store.read.answers.get(consumerId, 1)
  t.notOk(row?.questionSealed.toString('latin1').includes('lake'))
  t.strictSame(await world.accounts.answerCheck.question(consumerId, 1), {
    kind: 'question',
    question: QUESTION,
    triesLeft: 10,
    waitUntil: null,
  })
  t.strictSame(templates(world), [])
})

t.test('a question that is not good enough is not set', async (t) => {
  const world = await newWorld(t)
  const session = await signIn(world)
  const outcome = await world.accounts.setQuestion(session, { question: 'Pet?', answer: 'fluffy', again: 'fluffy' })
  t.match(outcome, {
    kind: 'problems',
    problems: [
      { field: 'question', reason: 'too-short' },
      { field: 'answer', reason: 'too-short' },
    ],
  })
  t.match(await world.accounts.account(session), { question: 'unset' })
})

t.test('changing needs the present answer', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  const without = await world.accounts.setQuestion(session, NEXT)
  t.strictSame(without, { kind: 'problems', problems: [{ field: 'presentAnswer', reason: 'empty' }] })
  t.match(await world.accounts.setQuestion(session, { ...NEXT, presentAnswer: 'wrong one' }), { kind: 'problems' })
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongTotal: 1 }, 'a wrong one is counted')
  t.equal(await world.store.read.answers.get(consumerId, 2), null)
  t.strictSame(await world.accounts.setQuestion(session, { ...NEXT, presentAnswer: ANSWER }), { kind: 'set' })
  t.match(await world.store.read.consumers.byId(consumerId), { answerVersion: 2 })
  t.strictSame(templates(world), ['answer-changed'])
})

t.test('a form with other problems costs no try', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  await world.accounts.setQuestion(session, { ...NEXT, again: 'another one', presentAnswer: 'wrong one' })
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongTotal: 0 })
})

t.test('a package asks the question it was sealed under, and opens by that answer', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  const before = await addPackage(world, consumerId)
  await world.accounts.setQuestion(session, { ...NEXT, presentAnswer: ANSWER })
  const after = await addPackage(world, consumerId)
  t.match(await world.retrieval.question(await ticketFor(world, before)), { question: QUESTION })
  t.match(await world.retrieval.question(await ticketFor(world, after)), { question: NEXT.question })
  t.match(await world.retrieval.enterAnswer(await ticketFor(world, before), NEXT.answer, PEER), { kind: 'wrong', triesLeft: 9 })
  t.ok(await open(world, before, ANSWER))
  t.ok(await open(world, after, NEXT.answer))
})

t.test('of two changes at once one counts', async (t) => {
  const world = await newWorld(t)
  const session = await signIn(world)
  const forms = [NEXT, { ...NEXT, question: 'Who laughed most on the boat?' }]
  const outcomes = await Promise.all(forms.map((form) => world.accounts.setQuestion(session, form)))
  t.strictSame(outcomes.map(({ kind }) => kind).sort(), ['busy', 'set'])
})

t.test('when too many are hashing nothing is set', async (t) => {
  const semaphore = new Semaphore(1, 0)
  const world = await newWorld(t, { semaphore })
  const session = await signIn(world)
  await semaphore.run(async () => t.strictSame(await world.accounts.setQuestion(session, NEXT), { kind: 'busy' }))
  t.match(await world.accounts.account(session), { question: 'unset' })
})

t.test('nobody signed in sets nothing', async (t) => {
  const world = await newWorld(t)
  t.strictSame(await world.accounts.setQuestion('nobody', NEXT), { kind: 'signed-out' })
  t.strictSame(await world.accounts.finishReset('nobody', NEXT), { kind: 'signed-out' })
  t.strictSame(await world.accounts.startReset('nobody'), { kind: 'signed-out' })
  t.notOk(await world.accounts.cancelReset('nobody'))
})

t.test('a reset takes 72 hours and tells her at once', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  const effectiveAt = world.time + 72 * HOUR
  t.strictSame(await world.accounts.startReset(session), { kind: 'started', effectiveAt })
  t.match(world.mails.at(-1), { template: 'reset-started', values: { effectiveTime: /^November 25, 2026 at 2:05\sPM UTC$/, ready: '' } })
  t.match(await world.store.read.resets.pending(consumerId), { effectiveAt })
  t.match(await world.accounts.account(session), { reset: { effectiveAt } })
  t.strictSame(await world.accounts.finishReset(session, NEXT), { kind: 'wait', until: effectiveAt })
  world.time += HOUR
  t.strictSame(await world.accounts.startReset(await signIn(world)), { kind: 'started', effectiveAt }, 'asking again does not start anew')
  world.time = effectiveAt - 1
  const early = await signIn(world)
  t.strictSame(await world.accounts.finishReset(early, NEXT), { kind: 'wait', until: effectiveAt })
  world.time = effectiveAt
  t.strictSame(await world.accounts.finishReset(await signIn(world), NEXT), { kind: 'set' })
  t.equal(await world.store.read.resets.pending(consumerId), null)
  t.match(await world.store.read.consumers.byId(consumerId), { answerVersion: 2 })
  t.equal(templates(world).at(-1), 'answer-changed')
})

t.test('a reset is the way out of a frozen answer, and the old packages stay under it', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  const row = await addPackage(world, consumerId)
  await world.store.write(({ answers }) =>
    answers.reserveTry(consumerId, 1, world.time, { slowFrom: 9, delays: [], lockAt: 9, freezeAt: 1 }),
  )
  t.strictSame(await world.accounts.setQuestion(session, { ...NEXT, presentAnswer: ANSWER }), { kind: 'frozen' })
  await world.accounts.startReset(session)
  world.time += 72 * HOUR
  t.strictSame(await world.accounts.finishReset(await signIn(world), NEXT), { kind: 'set' })
  t.strictSame(await world.retrieval.enterCode(row.number, '4821007391556241', PEER), { kind: 'frozen' })
})

t.test('the daily reminders carry one cancel link, which works once', async (t) => {
  const world = await newWorld(t)
  const { session, consumerId } = await enrol(world)
  await world.accounts.startReset(session)
  const remind = world.accounts.rounds.find(({ name }) => name === 'reset-reminders')
  await remind?.run()
  t.strictSame(templates(world), ['reset-started'], 'not before a day is over')
  world.time += DAY
  await Promise.all([remind?.run(), remind?.run()])
  t.strictSame(templates(world), ['reset-started', 'reset-reminder'], 'of two workers one sends it')
  world.time += DAY + HOUR
  await remind?.run()
  t.equal(templates(world).length, 3)
  const links = new Set(world.mails.filter(({ template }) => template.startsWith('reset')).map(({ values }) => values.cancelLink))
  t.equal(links.size, 1)
  const token = tokenOf(world.mails.at(-1), 'cancelLink')
  const stored = await world.store.read.resets.pending(consumerId)
  t.notOk(stored?.cancelHash.toString('base64url').includes(token), 'the row holds its hash only')
  t.ok(await world.accounts.cancelReset(token))
  t.notOk(await world.accounts.cancelReset(token))
  t.equal(await world.store.read.resets.pending(consumerId), null)
  world.time += 3 * DAY
  t.strictSame(await world.accounts.finishReset(await signIn(world), NEXT), {
    kind: 'problems',
    problems: [{ field: 'presentAnswer', reason: 'empty' }],
  })
})

t.test('a session cancels its own reset', async (t) => {
  const world = await newWorld(t)
  const { session } = await enrol(world)
  await world.accounts.startReset(session)
  t.ok(await world.accounts.cancelReset(session))
  t.match(await world.accounts.account(session), { reset: null })
  t.notOk(await world.accounts.cancelReset(session))
})

t.test('a right present answer ends a reset that is under way', async (t) => {
  const world = await newWorld(t)
  const { session } = await enrol(world)
  await world.accounts.startReset(session)
  t.strictSame(await world.accounts.setQuestion(session, { ...NEXT, presentAnswer: ANSWER }), { kind: 'set' })
  t.match(await world.accounts.account(session), { reset: null })
})

t.test('a reset that nobody finishes lapses, so that her mail is not kept out for ever', async (t) => {
  const world = await newWorld(t)
  const { session, consumerId } = await enrol(world)
  await world.accounts.startReset(session)
  const remind = world.accounts.rounds.find(({ name }) => name === 'reset-reminders')
  world.time += 72 * HOUR
  await remind?.run()
  t.match(world.mails.at(-1), { template: 'reset-reminder', values: { ready: 'yes' } })
  world.time += 14 * DAY
  await remind?.run()
  t.equal(await world.store.read.resets.pending(consumerId), null)
  t.match(await world.store.read.consumers.byId(consumerId), { answerVersion: 1 })
})

t.test('without an answer there is nothing to reset', async (t) => {
  const world = await newWorld(t)
  t.strictSame(await world.accounts.startReset(await signIn(world)), { kind: 'unset' })
})

t.test('a new answer signs out whoever else is signed in as her, and not herself', async (t) => {
  const world = await newWorld(t)
  const { session } = await enrol(world)
  const other = await signIn(world)
  const elsewhere = await signIn(world, 'other@example.org')
  t.match(await world.accounts.setQuestion(session, { ...NEXT, presentAnswer: 'wrong one' }), { kind: 'problems' })
  t.ok(await world.accounts.account(other), 'not by a form that changed nothing')
  t.strictSame(await world.accounts.setQuestion(session, { ...NEXT, presentAnswer: ANSWER }), { kind: 'set' })
  t.ok(await world.accounts.account(session))
  t.equal(await world.accounts.account(other), null)
  t.ok(await world.accounts.account(elsewhere))
})
