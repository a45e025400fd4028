import t from 'tap'
import { Deadline } from '../../src/intake/deadline.js'
import { Stopped } from '../../src/intake/disposition.js'

const OUT_OF_TIME = { name: 'Stopped', disposition: { reason: 'deadline' } }

function newDeadline(ms: number) {
  const clock = { at: 500 }
  return { clock, deadline: new Deadline(ms, () => clock.at) }
}

t.test('what is left runs down to nothing, and not below', (t) => {
  const { clock, deadline } = newDeadline(100)
  t.equal(deadline.left, 100)
  clock.at = 599
  t.equal(deadline.left, 1)
  deadline.check()
  for (clock.at of [600, 700]) {
    t.equal(deadline.left, 0)
    t.throws(() => deadline.check(), OUT_OF_TIME)
  }
  t.end()
})

t.test('work that ends in time settles as it does', async (t) => {
  const { deadline } = newDeadline(60_000)
  t.equal(await deadline.within(async () => 7), 7)
  await t.rejects(
    deadline.within(async () => {
      throw new RangeError('own')
    }),
    RangeError,
  )
})

t.test('work that takes too long is left, and what becomes of it ends nobody’s process', async (t) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const deadline = new Deadline(5)
  let fail: (error: Error) => void = () => {}
  const work = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  await t.rejects(
    deadline.within(() => work),
    OUT_OF_TIME,
  )
  fail(new Error('too late'))
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(unhandled, [])
})

t.test('past the time nothing is begun', async (t) => {
  const { clock, deadline } = newDeadline(100)
  clock.at = 600
  let begun = 0
  await t.rejects(
    deadline.within(async () => {
      begun++
    }),
    OUT_OF_TIME,
  )
  t.equal(begun, 0)
})

t.test('the time of one step is gone for the next', async (t) => {
  const { clock, deadline } = newDeadline(100)
  await deadline.within(async () => {
    clock.at += 100
  })
  await t.rejects(
    deadline.within(async () => 1),
    Stopped,
  )
})
