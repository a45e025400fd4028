// What can happen to HePoEx, as commands that fast-check strings together.

import fc from 'fast-check'
import { cancelReset, changeAnswer, finishReset, practise, prove, proveMailbox, startReset } from './account-steps.js'
import { deliver } from './deliveries.js'
import type { Blow } from './fuse.js'
import type { Model } from './model.js'
import { deletePackage, extendPackage, guess, guessAtOnce, openRight, recallPackage, reportPackage, wrongCode } from './openings.js'
import type { RelayOutcome } from './ports.js'
import { DAY, HOUR, inWords, MINUTE, pass, type Step, step, type Trouble } from './step.js'
import { DOCUMENTS } from './verify.js'
import type { World } from './world.js'

/** A mail server that comes again every five minutes while the relay has its troubles. */
export function insist(docs: number, id: number, relay: readonly RelayOutcome[]): Step {
  return step(`insist on ${docs}/${id} (${relay.join(', ')})`, async (model, world) => {
    for (const outcome of relay) {
      await deliver({ docs, id, copies: 1, relay: [outcome], trouble: null }).run(model, world)
      await wait(5 * MINUTE).run(model, world)
    }
  })
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

const waits = [
  31_000,
  31_000,
  31_000,
  5 * MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  25 * HOUR,
  73 * HOUR,
  8 * DAY,
  15 * DAY,
  31 * DAY,
  62 * DAY,
]

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
  fc.tuple(which, trouble(8)).map(([one, two]) => recallPackage(one, two)),
  fc.tuple(which, trouble(8)).map(([one, two]) => reportPackage(one, two)),
  fc.tuple(which, fc.boolean(), trouble(8)).map(([one, two, three]) => extendPackage(one, two, three)),
  fc.constant(null).map(prove),
  fc.tuple(fc.boolean(), trouble(8)).map(([one, two]) => changeAnswer(one, two)),
  fc.tuple(fc.boolean(), trouble(8)).map(([one, two]) => practise(one, two)),
  trouble(3).map(startReset),
  trouble(3).map(cancelReset),
  ...Array.from({ length: 2 }, () => fc.tuple(fc.boolean(), trouble(3)).map(([one, two]) => finishReset(one, two))),
  fc.constant(null).map(recover),
  fc.constant(null).map(recover),
  fc.constant(null).map(restart),
]
