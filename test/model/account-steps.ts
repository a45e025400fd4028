// Her account: proving her mailbox, changing her answer, and the reset of one she has forgotten.

import { deepStrictEqual } from 'node:assert/strict'
import { afterRight, afterWrong, type Model, tryAnswer, withAnswer, withNewAnswer, withReset } from './model.js'
import { inWords, pass, type Step, settle, step, type Trouble, within } from './step.js'
import { FIRST, signIn, type World } from './world.js'

/** She proves her mailbox; that ends a lock. */
export async function proveMailbox(model: Model, world: World): Promise<boolean> {
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

/** She chooses a new answer, giving the present one right or wrong. */
export function changeAnswer(isRight: boolean, trouble: Trouble | null): Step {
  return step(`change the answer${isRight ? '' : ', not knowing the present one'}${inWords(trouble)}`, async (model, world) => {
    if (!(await isSignedIn(model, world))) return
    const { version } = model.account
    const state = model.present
    const expected = tryAnswer(state, model.now, isRight)
    const answer = newAnswer(world)
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

/** She gives her present answer with nothing to open: it counts like any try. */
export function practise(isRight: boolean, trouble: Trouble | null): Step {
  return step(`practise${isRight ? '' : ', not knowing the answer'}${inWords(trouble)}`, async (model, world) => {
    if (!(await isSignedIn(model, world))) return
    const { version } = model.account
    const state = model.present
    const expected = tryAnswer(state, model.now, isRight)
    const { result, isDisturbed } = await within(world, trouble, (life) =>
      life.accounts.life.practise(world.session ?? '', isRight ? state.answer : 'The Flying Dutchman'),
    )
    const blocked = expected === 'wait' || state.isFrozen || state.isLocked
    const wrong = withAnswer(model.account, version, afterWrong(state, model.now))
    const right = withAnswer(model.account, version, afterRight(state))
    // Broken off between counting the try and giving it back, it stays counted.
    const after = blocked ? [model.account] : isDisturbed ? [model.account, wrong, right] : [expected === 'right' ? right : wrong]
    await settle(model, world, after)
    if (isDisturbed) return
    world.reach('practised')
    const told = result === null ? 'right' : (result?.kind ?? 'nothing')
    if (told !== expected) throw new Error(`practising led to ${told}, expected ${expected}`)
  })
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
      const answer = newAnswer(world)
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

function newAnswer(world: World): string {
  return `The answer number ${++world.answersChosen} of mine`
}
