// The short fuzzing, always the same; `npm run fuzz` goes on with other seeds.

import t, { type Test } from 'tap'
import { hasPython } from './python.js'
import { type Course, tryMessages, tryReaders, tryWords } from './rounds.js'
import { newTally, type Tally, tell } from './runner.js'

/** A hang is for ever; less than a minute may be a busy machine. */
const COURSE: Course = { seed: 20261122, from: 0, patience: 60_000, samples: [] }

async function tries(t: Test, course: Course, count: number, run: (tally: Tally, course: Course, count: number) => Promise<void>) {
  const tally = newTally()
  await run(tally, course, count)
  t.comment(`seed ${course.seed}: ${[...tally.counts].map(([kind, times]) => `${times} ${kind}`).join(', ')}`)
  for (const fault of tally.faults) t.fail(tell(fault, course.seed))
  t.ok(tally.counts.size > 0)
}

t.test('a message, however made or damaged, is refused with a reason or sealed with all that is in it', (t) =>
  tries(t, COURSE, 250, tryMessages),
)

t.test('another reader of mail takes part', { skip: hasPython ? false : 'there is no python3 here' }, async (t) => t.ok(hasPython))

t.test('every reader of foreign bytes answers as it says, whatever it is given', (t) => tries(t, COURSE, 30, tryReaders))

t.test('words on the command line and in the environment end in a line and an exit code', (t) => tries(t, COURSE, 300, tryWords))
