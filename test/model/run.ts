// Runs the model test for a list of seeds: each decides a string of commands, the digits of the codes, and what the relay does.

import fc from 'fast-check'
import { enterAll, steps } from './commands.js'
import { Model } from './model.js'
import { forgetOpened, verifyFolder, verifyReceipts } from './verify.js'
import { FIRST, START, World } from './world.js'

const SEARCH_MS = 60_000

export interface Ran {
  readonly seed: number
  readonly commands: number
  /** Notices handed to the relay, whatever it did. */
  readonly codes: number
  readonly crashes: number
  /** Steps that threw. */
  readonly failures: number
  readonly reached: Readonly<Record<string, number>>
  /** The commands, and what was wrong then; null: nothing. */
  readonly fault: string | null
}

type Counts = Omit<Ran, 'seed' | 'fault'>

/** Runs the commands of one seed, so many at most. */
export async function runSeed(seed: number, most: number): Promise<Ran> {
  let counts: Counts = { commands: 0, codes: 0, crashes: 0, failures: 0, reached: {} }
  const property = propertyOf(seed, most, (counted) => {
    counts = counted
  })
  return { seed, fault: told(await fc.check(property, { ...settings(seed), endOnFailure: true })), ...counts }
}

/** The shortest string of commands that a minute's search finds to fail like the seed's. */
export async function shorten(seed: number, most: number): Promise<string | null> {
  return told(await fc.check(propertyOf(seed, most), { ...settings(seed), interruptAfterTimeLimit: SEARCH_MS }))
}

const settings = (seed: number) => ({ seed, numRuns: 1, unbiased: true })

function propertyOf(seed: number, most: number, count: (counts: Counts) => void = () => {}) {
  return fc.asyncProperty(fc.commands([...steps], { maxCommands: most, size: 'max' }), async (commands) => {
    const world = await World.open(seed)
    const model = new Model(START, FIRST.answer)
    try {
      await fc.asyncModelRun(() => ({ model, real: world }), commands)
      await enterAll(model, world)
      verifyReceipts(model, world, world.crashes > 0)
      await verifyFolder(model, world)
    } finally {
      const { commands, crashes, failures, reached, outside } = world
      count({ commands, crashes, failures, reached, codes: outside.handed.length })
      forgetOpened()
      await world.close()
    }
  })
}

function told<T>({ failed, counterexample, errorInstance }: fc.RunDetails<T>): string | null {
  if (!failed) return null
  return `${counterexample}\n${errorInstance instanceof Error ? errorInstance.stack : String(errorInstance)}`
}
