// What can happen to HePoEx, as commands that fast-check strings together: each does something to the world, and then says whether what
// came of it is what the model allows.

import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { REASONS, replyFor } from '../../src/intake/disposition.js'
import type { Reply } from '../../src/mail/reply.js'
import { loadTexts } from '../../src/texts.js'
import { rawMessage } from '../support/raw.js'
import type { Blow } from './fuse.js'
import {
  type AccountState,
  afterRight,
  afterWrong,
  type Delivered,
  judgeDelivery,
  type Mailed,
  type Model,
  oneOf,
  tryAnswer,
  withAnswer,
  withNewAnswer,
  withReset,
} from './model.js'
import { accountOf, BODY, DOCUMENTS, verify } from './verify.js'
import { CONSUMER, FIRST, type Life, type RelayOutcome, signIn, visitor, type World } from './world.js'

export type Step = fc.AsyncCommand<Model, World>

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Where the fuse blows. */
interface Trouble {
  readonly steps: number
  readonly blow: Blow
}

/** Every command is told in words when a run fails, and the whole world is looked at after it. */
function step(words: string, run: (model: Model, world: World) => Promise<void>, check: (model: Model) => boolean = () => true): Step {
  const whole = async (model: Model, world: World) => {
    const { life } = world
    world.commands++
    await run(model, world)
    // That the relay failed is remembered in memory only.
    if (world.life !== life) model.relayFailed = null
    await verify(model, world)
  }
  return { check, run: whole, toString: () => words }
}

const inWords = (trouble: Trouble | null) => (trouble ? `, ${trouble.blow} at ${trouble.steps}` : '')

/** Does the work with the fuse in. `isDisturbed`: it blew. After a crash the world has been started anew. */
async function within<T>(world: World, trouble: Trouble | null, work: (life: Life) => Promise<T>) {
  const { life } = world
  if (trouble) life.fuse.arm(trouble.steps, trouble.blow)
  const told = work(life).catch((error: unknown) => {
    if (!life.fuse.isBlown) throw error
    return null
  })
  const result = await Promise.race([told, life.fuse.dead.then(() => null)])
  const isDisturbed = life.fuse.isBlown
  if (isDisturbed && trouble?.blow === 'fail') world.failures++
  if (trouble?.blow === 'crash' || life.fuse.isDead) await world.crash()
  else life.fuse.disarm()
  return { result, isDisturbed }
}

const text = loadTexts('templates/texts').in('en')

/** The reason behind a reply, from its words. */
function readReply(reply: Reply): { reason: string; intakeNumber: string } {
  const intakeNumber = reply.text.match(/Intake number (\S+)$/)?.[1] ?? ''
  const isIt = (other: Reply) => JSON.stringify(other) === JSON.stringify(reply)
  const reason = REASONS.find((each) => isIt(replyFor(each, text, { intakeNumber, megabytes: 0 })))
  if (!reason) throw new Error(`a reply of no reason: ${reply.replyCode} ${reply.enhancedCode}`)
  return { reason, intakeNumber }
}

function message(docs: number, id: number): Buffer {
  const parts = (DOCUMENTS[docs] ?? []).map((content, index) => ({
    type: index === 0 ? 'application/pdf' : 'text/csv',
    name: `name-marker-${index}.${index === 0 ? 'pdf' : 'csv'}`,
    content,
  }))
  return rawMessage({ subject: `${CONSUMER} subject-marker`, messageId: `<${id}.${docs}@clinic.example>`, body: BODY, parts })
}

interface Delivery {
  readonly docs: number
  readonly id: number
  readonly copies: number
  readonly relay: readonly RelayOutcome[]
  readonly trouble: Trouble | null
}

/** The clinic's server sends a message: the first time, again, in several copies at once, or the same files in a new message. */
export function deliver({ docs, id, copies, relay, trouble }: Delivery): Step {
  const words = `deliver ${docs}/${id}${copies > 1 ? ` x ${copies}` : ''} (${relay.join(', ')}${inWords(trouble)})`
  return step(words, async (model, world) => {
    const { outside } = world
    const before = outside.handed.length
    outside.plan = [...relay]
    const replies: Array<Delivered['replies'][number]> = Array.from({ length: copies }, () => null)
    const raw = message(docs, id)
    const { isDisturbed } = await within(world, trouble, () =>
      Promise.all(
        replies.map(async (_none, index) => {
          replies[index] = readReply(await world.send(Buffer.from(raw)))
          world.reach(replies[index]?.reason)
        }),
      ),
    )
    outside.plan = []
    judgeDelivery(model, `${docs}/${id}`, docs, copies, { replies, handed: outside.handed.slice(before), isDisturbed })
  })
}

/** A mail server that comes again every five minutes while the relay has its troubles. */
export function insist(docs: number, id: number, relay: readonly RelayOutcome[]): Step {
  return step(`insist on ${docs}/${id} (${relay.join(', ')})`, async (model, world) => {
    for (const outcome of relay) {
      await deliver({ docs, id, copies: 1, relay: [outcome], trouble: null }).run(model, world)
      await wait(5 * MINUTE).run(model, world)
    }
  })
}

/** Which of the mailed codes: any number names one. */
function pick(model: Model, which: number): Mailed {
  const found = model.mailed[which % model.mailed.length]
  if (!found) throw new Error('no code was mailed')
  return found
}

/** She enters a code, and waits as she is told when wrong ones have slowed her down. */
async function enterCode(model: Model, world: World, mailed: Mailed, code = mailed.code) {
  const { life, outside } = world
  const isKnown = model.opens(mailed) !== 'refused'
  for (;;) {
    const expected = isKnown ? model.takeCode(mailed.number) : null
    const outcome = await life.retrieval.enterCode(mailed.number, code, visitor(outside))
    if (expected === null) return outcome
    deepStrictEqual(outcome, { kind: 'wait', until: expected })
    await pass(model, world, expected - model.now)
  }
}

async function pass(model: Model, world: World, ms: number): Promise<void> {
  await world.advance(ms)
  model.pass(ms)
}

/** A wrong code opens nothing and tells nothing. */
export function wrongCode(which: number): Step {
  return step(
    `a wrong code for ${which}`,
    async (model, world) => {
      const mailed = pick(model, which)
      const wrong = mailed.code.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
      deepStrictEqual(await enterCode(model, world, mailed, wrong), { kind: 'refused' })
    },
    (model) => model.mailed.length > 0,
  )
}

/** She enters the right code, and gets the question, or the exact reason why there is none. */
async function ticketFor(model: Model, world: World, mailed: Mailed) {
  const outcome = await enterCode(model, world, mailed)
  const expected = model.opens(mailed)
  world.reach(expected)
  if (outcome.kind !== expected) throw new Error(`a right code led to ${outcome.kind}, expected ${expected}`)
  if (expected !== 'refused') model.rightCode(mailed.number)
  return outcome.kind === 'question' ? outcome.ticket : null
}

/** She opens a package with code and answer, if the model says that it opens. Null: it did not, as it should. */
async function open(model: Model, world: World, mailed: Mailed, trouble: Trouble | null = null) {
  const ticket = await ticketFor(model, world, mailed)
  if (!ticket) return null
  const { version } = mailed
  const state = model.answer(version)
  const expected = tryAnswer(state, model.now, true)
  const typed = ` ${state.answer.toUpperCase()}!`
  const { result, isDisturbed } = await within(world, trouble, (life) => life.retrieval.enterAnswer(ticket, typed, visitor(world.outside)))
  const after = expected === 'right' ? afterRight(state) : state
  await adopt(model, world, version, isDisturbed ? [state, afterWrong(state, model.now), after] : [after])
  if (isDisturbed || !result) return null
  if (result.kind !== (expected === 'right' ? 'opened' : expected))
    throw new Error(`a right answer led to ${result.kind}, expected ${expected}`)
  return result.kind === 'opened' ? result.pass : null
}

/** The account must be in one of these states, and is in that one. */
async function adopt(model: Model, world: World, version: number, states: ReadonlyArray<AccountState['answers'][number]>): Promise<void> {
  await settle(
    model,
    world,
    states.map((state) => withAnswer(model.account, version, state)),
  )
}

async function settle(model: Model, world: World, candidates: readonly AccountState[]): Promise<void> {
  const answers = Object.assign({}, ...candidates.map((each) => each.answers))
  model.account = oneOf(candidates, await accountOf(world, answers))
}

export function openRight(which: number, trouble: Trouble | null): Step {
  return step(
    `open ${which}${inWords(trouble)}`,
    async (model, world) => {
      const mailed = pick(model, which)
      const passTo = await open(model, world, mailed, trouble)
      if (!passTo || trouble) return
      const records = await world.life.retrieval.records(passTo)
      if (records?.number !== mailed.number) throw new Error('other records were opened')
    },
    (model) => model.mailed.length > 0,
  )
}

/** Somebody with the notice guesses at the answer. `isPatient`: he waits whenever he is told to. */
export function guess(which: number, guesses: number, isPatient: boolean, trouble: Trouble | null): Step {
  return step(
    `${guesses} wrong answers for ${which}${isPatient ? ', patiently' : ''}${inWords(trouble)}`,
    async (model, world) => {
      const mailed = pick(model, which)
      for (let count = 1; count <= guesses; count++) {
        const ticket = await ticketFor(model, world, mailed)
        if (!ticket) return
        const until = await guessOnce(model, world, mailed, ticket, count === guesses ? trouble : null)
        if (isPatient && until > model.now) await pass(model, world, until - model.now)
      }
    },
    (model) => model.mailed.length > 0,
  )
}

/** Somebody with notice and mailbox: he ends each lock and goes on, until the answer is frozen. */
export function besiege(which: number, trouble: Trouble | null): Step {
  return step(
    `besiege ${which}${inWords(trouble)}`,
    async (model, world) => {
      await guess(which, 10, true, null).run(model, world)
      await proveMailbox(model, world)
      await guess(which, 10, true, trouble).run(model, world)
    },
    (model) => model.mailed.length > 0,
  )
}

type TicketOf = NonNullable<Awaited<ReturnType<typeof ticketFor>>>

/** When the next guess may be made. */
async function guessOnce(model: Model, world: World, mailed: Mailed, ticket: TicketOf, trouble: Trouble | null): Promise<number> {
  const { version } = mailed
  const state = model.answer(version)
  const expected = tryAnswer(state, model.now, false)
  const { result, isDisturbed } = await within(world, trouble, (life) =>
    life.retrieval.enterAnswer(ticket, 'The Flying Dutchman', visitor(world.outside)),
  )
  const after = expected === 'wait' ? state : afterWrong(state, model.now)
  await adopt(model, world, version, isDisturbed ? [state, after] : [after])
  if (!isDisturbed && result?.kind !== expected) throw new Error(`a wrong answer led to ${result?.kind}, expected ${expected}`)
  return model.answer(version).nextTryAt
}

/** Many guesses at once: no more of them count than one after the other would. */
export function guessAtOnce(which: number, guesses: number): Step {
  return step(
    `${guesses} wrong answers for ${which} at once`,
    async (model, world) => {
      const mailed = pick(model, which)
      const ticket = await ticketFor(model, world, mailed)
      if (!ticket) return
      let state = model.answer(mailed.version)
      const expected: string[] = []
      for (let count = 0; count < guesses; count++) {
        const kind = tryAnswer(state, model.now, false)
        expected.push(kind)
        const isTaken = !state.isFrozen && !state.isLocked && kind !== 'wait'
        if (isTaken) state = afterWrong(state, model.now)
      }
      const { retrieval } = world.life
      const told = await Promise.all(
        expected.map((_each, index) => retrieval.enterAnswer(ticket, `The Flying Dutchman ${index}`, visitor(world.outside))),
      )
      await adopt(model, world, mailed.version, [state])
      deepStrictEqual(told.map(({ kind }) => kind).sort(), expected.sort())
    },
    (model) => model.mailed.length > 0,
  )
}

export function deletePackage(which: number, trouble: Trouble | null): Step {
  return step(
    `delete ${which}${inWords(trouble)}`,
    async (model, world) => {
      const mailed = pick(model, which)
      const opened = await open(model, world, mailed)
      if (!opened) return
      const { result, isDisturbed } = await within(world, trouble, (life) => life.retrieval.deleteNow(opened))
      if (!isDisturbed && result !== true && !(trouble && result === null)) throw new Error('nothing was deleted')
      const row = await world.life.store.read.packages.byNumber(mailed.number)
      if (!isDisturbed || row?.state === 'deleted') model.deleteGroup(mailed.docs)
    },
    (model) => model.mailed.length > 0,
  )
}

/** She proves her mailbox; that ends a lock. */
async function proveMailbox(model: Model, world: World): Promise<boolean> {
  const session = await signIn(world.life, world.outside)
  if (session === null) {
    if (model.signInsToday < 5) throw new Error('kept from signing in')
    return false
  }
  world.session = session
  model.signedIn()
  return true
}

export function prove(): Step {
  return step('sign in by mail', async (model, world) => {
    await proveMailbox(model, world)
  })
}

/** Signed in, if that is possible today. */
async function isSignedIn(model: Model, world: World): Promise<boolean> {
  if (world.session !== null && (await world.life.accounts.account(world.session))) return true
  return proveMailbox(model, world)
}

let answersChosen = 0

/** She chooses a new answer, giving the present one right or wrong. */
export function changeAnswer(isRight: boolean, trouble: Trouble | null): Step {
  return step(`change the answer${isRight ? '' : ', not knowing the present one'}${inWords(trouble)}`, async (model, world) => {
    if (!(await isSignedIn(model, world))) return
    const { version } = model.account
    const state = model.present
    const expected = tryAnswer(state, model.now, isRight)
    const answer = newAnswer()
    const form = { question: FIRST.question, answer, again: answer, presentAnswer: isRight ? state.answer : 'The Flying Dutchman' }
    const { result, isDisturbed } = await within(world, trouble, (life) => life.accounts.setQuestion(world.session ?? '', form))
    const wrong = withAnswer(model.account, version, afterWrong(state, model.now))
    const right = withNewAnswer(withAnswer(model.account, version, afterRight(state)), answer)
    const blocked = expected === 'wait' || state.isFrozen || state.isLocked
    const after = blocked ? model.account : expected === 'right' ? right : wrong
    const between = blocked ? [] : [wrong, withAnswer(model.account, version, afterRight(state))]
    await settle(model, world, isDisturbed ? [model.account, ...between, after] : [after])
    const kinds: Record<string, string> = { right: 'set', wrong: 'problems' }
    if (!isDisturbed && result?.kind !== (kinds[expected] ?? expected))
      throw new Error(`changing led to ${result?.kind}, expected ${expected}`)
  })
}

function newAnswer(): string {
  return `The answer number ${++answersChosen} of mine`
}

export function startReset(trouble: Trouble | null): Step {
  return step(`start a reset${inWords(trouble)}`, async (model, world) => {
    if (!(await isSignedIn(model, world))) return
    const after = withReset(model.account, model.now)
    const { result, isDisturbed } = await within(world, trouble, (life) => life.accounts.startReset(world.session ?? ''))
    await settle(model, world, isDisturbed ? [model.account, after] : [after])
    if (!isDisturbed) deepStrictEqual(result, { kind: 'started', effectiveAt: after.reset?.effectiveAt })
  })
}

export function cancelReset(trouble: Trouble | null): Step {
  return step(`cancel the reset${inWords(trouble)}`, async (model, world) => {
    if (!(await isSignedIn(model, world))) return
    const after = { ...model.account, reset: null }
    const { result, isDisturbed } = await within(world, trouble, (life) => life.accounts.cancelReset(world.session ?? ''))
    const wasRunning = model.account.reset !== null
    await settle(model, world, isDisturbed ? [model.account, after] : [after])
    if (!isDisturbed && result !== wasRunning) throw new Error('cancelling told something else than it did')
  })
}

/** She sets a new answer by the reset: only once its time has come. */
export function finishReset(isPatient: boolean, trouble: Trouble | null): Step {
  return step(
    `finish the reset${isPatient ? ', in time' : ''}${inWords(trouble)}`,
    async (model, world) => {
      const due = (model.account.reset?.effectiveAt ?? 0) - model.now
      if (isPatient && due > 0) await pass(model, world, due)
      if (!(await isSignedIn(model, world))) return
      const answer = newAnswer()
      const { account, now } = model
      const isTime = account.reset !== null && account.reset.effectiveAt <= now
      const after = isTime ? withNewAnswer(account, answer) : account
      const { result, isDisturbed } = await within(world, trouble, (life) =>
        life.accounts.finishReset(world.session ?? '', { question: FIRST.question, answer, again: answer }),
      )
      await settle(model, world, isDisturbed ? [account, after] : [after])
      if (isTime && !isDisturbed) world.reach('reset')
      if (!isDisturbed && result?.kind !== (isTime ? 'set' : 'wait')) throw new Error(`finishing led to ${result?.kind}`)
    },
    (model) => model.account.reset !== null,
  )
}

/** Whoever is locked out for good comes back by a reset. */
export function recover(): Step {
  return step('recover by a reset', async (model, world) => {
    await startReset(null).run(model, world)
    if (model.account.reset) await finishReset(true, null).run(model, world)
  })
}

/** Time goes by, and what has to be done every now and then is done. */
export function wait(ms: number): Step {
  return step(`wait ${ms / MINUTE} min`, async (model, world) => {
    await pass(model, world, ms)
    for (const round of world.life.rounds) await round.run()
    model.rounds()
    while ((await world.life.post.sendDue()) > 0);
  })
}

export function restart(): Step {
  return step('restart', async (_model, world) => {
    await world.restart()
  })
}

/** At the end of a run: every code that was mailed is entered once more, and the post goes out. */
export async function enterAll(model: Model, world: World): Promise<void> {
  await wait(10 * MINUTE).run(model, world)
  for (const [index] of model.mailed.entries()) await openRight(index, null).run(model, world)
}

const which = fc.nat({ max: 99 })
const blow: fc.Arbitrary<Blow> = fc.constantFrom('crash', 'fail')
const trouble = (most: number) => fc.option(fc.record({ steps: fc.nat({ max: most }), blow }), { freq: 2 })

const outcome: fc.Arbitrary<RelayOutcome> = fc.oneof(
  { weight: 7, arbitrary: fc.constant<RelayOutcome>('accepted') },
  {
    weight: 3,
    arbitrary: fc.constantFrom<RelayOutcome>(
      'put-off',
      'put-off-otherwise',
      'put-off-arrived',
      'refused-address',
      'refused-otherwise',
      'unreachable',
      'unknown',
      'unknown-arrived',
    ),
  },
)

const doubtful: fc.Arbitrary<RelayOutcome> = fc.constantFrom(
  'unknown',
  'unknown-arrived',
  'accepted-crash',
  'accepted-crash',
  'put-off',
  'unreachable',
)

const delivery = fc
  .record({
    docs: fc.nat({ max: DOCUMENTS.length - 1 }),
    id: fc.nat({ max: 2 }),
    copies: fc.constantFrom(1, 1, 1, 3),
    relay: fc.array(outcome, { minLength: 1, maxLength: 3 }),
    trouble: trouble(40),
  })
  .map(deliver)

const waits = [31_000, 31_000, 31_000, 5 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 25 * HOUR, 73 * HOUR, 8 * DAY, 15 * DAY, 31 * DAY]

/** Every command, the commoner ones more often. */
export const steps: ReadonlyArray<fc.Arbitrary<Step>> = [
  ...Array.from({ length: 12 }, () => delivery),
  ...Array.from({ length: 5 }, () => fc.constantFrom(...waits).map(wait)),
  fc.tuple(which, trouble(12)).map(([one, two]) => openRight(one, two)),
  fc.tuple(which, trouble(12)).map(([one, two]) => openRight(one, two)),
  which.map(wrongCode),
  fc.tuple(which, fc.integer({ min: 1, max: 11 }), fc.boolean(), trouble(6)).map(([one, two, three, four]) => guess(one, two, three, four)),
  fc.tuple(which, trouble(6)).map(([one, two]) => besiege(one, two)),
  fc
    .tuple(fc.nat({ max: DOCUMENTS.length - 1 }), fc.nat({ max: 2 }), fc.array(doubtful, { minLength: 3, maxLength: 5 }))
    .map(([one, two, three]) => insist(one, two, three)),
  fc.tuple(which, fc.integer({ min: 2, max: 12 })).map(([one, two]) => guessAtOnce(one, two)),
  fc.tuple(which, trouble(8)).map(([one, two]) => deletePackage(one, two)),
  fc.constant(null).map(prove),
  fc.tuple(fc.boolean(), trouble(8)).map(([one, two]) => changeAnswer(one, two)),
  trouble(3).map(startReset),
  trouble(3).map(cancelReset),
  ...Array.from({ length: 2 }, () => fc.tuple(fc.boolean(), trouble(3)).map(([one, two]) => finishReset(one, two))),
  fc.constant(null).map(recover),
  fc.constant(null).map(recover),
  fc.constant(null).map(restart),
]
