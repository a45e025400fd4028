// What every command has in common: the fuse it may run with, and what is looked at after it.

import type fc from 'fast-check'
import type { Blow } from './fuse.js'
import type { Life } from './life.js'
import { type AccountState, type Model, oneOf, withAnswer } from './model.js'
import { accountOf, verify } from './verify.js'
import type { World } from './world.js'

export type Step = fc.AsyncCommand<Model, World>

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Where the fuse blows. */
export interface Trouble {
  readonly steps: number
  readonly blow: Blow
}

/** Every command is told in words when a run fails, and the whole world is looked at after it. */
export function step(
  words: string,
  run: (model: Model, world: World) => Promise<void>,
  check: (model: Model) => boolean = () => true,
): Step {
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

export const inWords = (trouble: Trouble | null) => (trouble ? `, ${trouble.blow} at ${trouble.steps}` : '')

/** Does the work with the fuse in. `isDisturbed`: it blew. After a crash the world has been started anew. */
export async function within<T>(world: World, trouble: Trouble | null, work: (life: Life) => Promise<T>) {
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

export async function pass(model: Model, world: World, ms: number): Promise<void> {
  await world.advance(ms)
  model.pass(ms)
}

/** The account must be in one of these states, and is in that one. */
export async function adopt(
  model: Model,
  world: World,
  version: number,
  states: ReadonlyArray<AccountState['answers'][number]>,
): Promise<void> {
  await settle(
    model,
    world,
    states.map((state) => withAnswer(model.account, version, state)),
  )
}

export async function settle(model: Model, world: World, candidates: readonly AccountState[]): Promise<void> {
  const answers = Object.assign({}, ...candidates.map((each) => each.answers))
  model.account = oneOf(candidates, await accountOf(world, answers))
}
