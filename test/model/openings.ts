// Whoever holds a notice: codes and answers, right and wrong, one after the other and at once.

import { deepStrictEqual } from 'node:assert/strict'
import { silentLog } from '../../src/log.js'
import { type RecallOutcome, recall } from '../../src/retrieval/recall.js'
import { nobodyWaits } from '../support/desk.js'
import { afterRight, afterWrong, type Mailed, type Model, PACKAGE_LIFE, tryAnswer } from './model.js'
import { adopt, inWords, pass, type Step, step, type Trouble, within } from './step.js'
import { visitor, type World } from './world.js'

/** Which of the mailed codes: any number names one. */
function pick(model: Model, which: number): Mailed {
  const found = model.mailed[which % model.mailed.length]
  if (!found) throw new Error('no code was mailed')
  return found
}

const rowOf = ({ life }: World, { number }: Mailed) => life.store.read.packages.byNumber(number)

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
  // What broke leaves open whether it was written down: the row shows it.
  if (isDisturbed && expected === 'right') mailed.wasOpened ||= (await rowOf(world, mailed))?.firstOpenedAt != null
  if (isDisturbed || !result) return null
  if (result.kind === 'opened') mailed.wasOpened = true
  if (result.kind !== (expected === 'right' ? 'opened' : expected))
    throw new Error(`a right answer led to ${result.kind}, expected ${expected}`)
  return result.kind === 'opened' ? result.pass : null
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
      const row = await rowOf(world, mailed)
      if (!isDisturbed || row?.state === 'deleted') model.endGroup(mailed.docs, 'deleted')
    },
    (model) => model.mailed.length > 0,
  )
}

/** The records of somebody else: she says so, and nobody opens them any more. */
export function reportPackage(which: number, trouble: Trouble | null): Step {
  return step(
    `not mine ${which}${inWords(trouble)}`,
    async (model, world) => {
      const mailed = pick(model, which)
      const opened = await open(model, world, mailed)
      if (!opened) return
      const { result, isDisturbed } = await within(world, trouble, (life) => life.retrieval.notMine(opened))
      if (!isDisturbed && result !== true && !(trouble && result === null)) throw new Error('nothing was closed')
      const row = await rowOf(world, mailed)
      if (!isDisturbed || row?.state === 'not-mine') model.endGroup(mailed.docs, 'not-mine')
    },
    (model) => model.mailed.length > 0,
  )
}

/** She keeps a package longer: from the open records, or from her list without opening it. */
export function extendPackage(which: number, fromList: boolean, trouble: Trouble | null): Step {
  return step(
    `keep ${which} longer${fromList ? ' from the list' : ''}${inWords(trouble)}`,
    async (model, world) => {
      const mailed = pick(model, which)
      const opened = fromList ? null : await open(model, world, mailed)
      const consumerId = (await rowOf(world, mailed))?.consumerId
      if (consumerId === undefined || (!fromList && !opened)) return
      const expected = model.isLive(mailed) && !mailed.wasExtended ? mailed.expiresAt + PACKAGE_LIFE : null
      const { result, isDisturbed } = await within(world, trouble, ({ retrieval }) =>
        opened ? retrieval.extend(opened) : retrieval.extendOwn(consumerId, mailed.number),
      )
      if (!isDisturbed && result !== expected && !(trouble && result === null)) throw new Error(`kept until ${result}, not ${expected}`)
      const isKept = expected !== null && (await rowOf(world, mailed))?.expiresAt === expected
      if (!isDisturbed && expected !== null && !isKept && !trouble) throw new Error('it was not kept longer')
      world.reach(isKept ? 'kept longer' : 'not kept longer')
      if (isKept) Object.assign(mailed, { expiresAt: expected, wasExtended: true })
    },
    (model) => model.mailed.length > 0,
  )
}

/** The clinic's mistake: the operator takes the package back, unless she has seen it. */
export function recallPackage(which: number, trouble: Trouble | null): Step {
  return step(
    `recall ${which}${inWords(trouble)}`,
    async (model, world) => {
      const mailed = pick(model, which)
      const expected = recallOutcomes(model, mailed)
      const { result, isDisturbed } = await within(world, trouble, ({ store }) =>
        recall({ store, clock: { now: () => world.outside.time }, log: silentLog, requests: nobodyWaits }, mailed.number, 'wrong-person'),
      )
      if (!isDisturbed && !(result && expected.includes(result.kind))) throw new Error(`a recall led to ${result?.kind}, not ${expected}`)
      if (result) world.reach(`recall ${result.kind}`)
      const isRecalled = model.isLive(mailed) && (await rowOf(world, mailed))?.state === 'recalled'
      if (isRecalled && !expected.includes('recalled')) throw new Error('what was opened was recalled')
      if (isRecalled) model.endGroup(mailed.docs, 'recalled')
      else if (result?.kind === 'recalled') throw new Error('a recalled package still opens')
    },
    (model) => model.mailed.length > 0,
  )
}

function recallOutcomes(model: Model, mailed: Mailed): ReadonlyArray<RecallOutcome['kind']> {
  if (model.opens(mailed) === 'refused') return ['unknown', 'ended']
  if (!model.isLive(mailed)) return ['ended']
  return model.group(mailed.docs).some((each) => each.wasOpened) ? ['opened'] : ['recalled']
}
