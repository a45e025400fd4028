// The semaphore: who may run, who waits, who is sent away, and that a place always comes back.

import fc from 'fast-check'
import t from 'tap'
import { BusyError, Semaphore } from '../src/semaphore.js'

/** Work that lasts until `end` or `fail` is called. */
function longWork() {
  let [end, fail] = [() => {}, () => {}]
  const promise = new Promise<string>((resolve, reject) => {
    end = () => resolve('done')
    fail = () => reject(new Error('failed'))
  })
  return { work: () => promise, end, fail }
}

t.test('runs work at once while places are free', async (t) => {
  const semaphore = new Semaphore(2)
  const [first, second] = [longWork(), longWork()]
  const both = Promise.all([semaphore.run(first.work), semaphore.run(second.work)])
  t.equal(semaphore.waiting, 0)
  first.end()
  second.end()
  t.same(await both, ['done', 'done'])
})

t.test('lets those in line in by the order they came in', async (t) => {
  const semaphore = new Semaphore(1)
  const order: number[] = []
  await Promise.all(
    [1, 2, 3, 4, 5].map((number) =>
      semaphore.run(async () => {
        order.push(number)
        await Promise.resolve()
      }),
    ),
  )
  t.same(order, [1, 2, 3, 4, 5])
})

t.test('starts the next only when the one before has ended', async (t) => {
  const semaphore = new Semaphore(1)
  const first = longWork()
  let hasStarted = false
  const running = semaphore.run(first.work)
  const waiting = semaphore.run(async () => {
    hasStarted = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(hasStarted, false)
  t.equal(semaphore.waiting, 1)
  first.end()
  await Promise.all([running, waiting])
  t.equal(hasStarted, true)
  t.equal(semaphore.waiting, 0)
})

t.test('sends away whoever comes when the line is full', async (t) => {
  const semaphore = new Semaphore(1, 1)
  const first = longWork()
  let hasRun = false
  const running = semaphore.run(first.work)
  const waiting = semaphore.run(async () => 'waited')
  const refused = semaphore.run(async () => {
    hasRun = true
  })
  await t.rejects(refused, BusyError)
  t.equal(hasRun, false)
  first.end()
  t.same(await Promise.all([running, waiting]), ['done', 'waited'])
})

t.test('takes new work again once the line is shorter', async (t) => {
  const semaphore = new Semaphore(1, 0)
  const first = longWork()
  const running = semaphore.run(first.work)
  await t.rejects(
    semaphore.run(async () => {}),
    BusyError,
  )
  first.end()
  await running
  t.equal(await semaphore.run(async () => 'in'), 'in')
})

t.test('passes on what the work throws and gives its place back', async (t) => {
  const semaphore = new Semaphore(1, 0)
  await t.rejects(
    semaphore.run(async () => {
      throw new Error('broken')
    }),
    { message: 'broken' },
  )
  const breaksAtOnce = (): Promise<void> => {
    throw new Error('broken at once')
  }
  await t.rejects(semaphore.run(breaksAtOnce), { message: 'broken at once' })
  t.equal(await semaphore.run(async () => 'in'), 'in')
})

t.test('lets the next in when the one before fails', async (t) => {
  const semaphore = new Semaphore(1)
  const first = longWork()
  const running = semaphore.run(first.work)
  const waiting = semaphore.run(async () => 'next')
  first.fail()
  await t.rejects(running, { message: 'failed' })
  t.equal(await waiting, 'next')
})

t.test('never runs more than its places, and loses none, whatever fails', async (t) => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.tuple(fc.boolean(), fc.nat(3)), { maxLength: 30 }),
    async (places, works) => {
      const semaphore = new Semaphore(places)
      let [running, most] = [0, 0]
      const settled = await Promise.allSettled(
        works.map(([isFailing, turns]) =>
          semaphore.run(async () => {
            most = Math.max(most, ++running)
            for (let turn = 0; turn <= turns; turn++) await new Promise((resolve) => setImmediate(resolve))
            running--
            if (isFailing) throw new Error('failed')
          }),
        ),
      )
      const isRight = settled.every(({ status }, index) => (status === 'rejected') === works[index]?.[0])
      return isRight && running === 0 && most === Math.min(places, works.length) && semaphore.waiting === 0
    },
  )
  await fc.assert(property, { numRuns: process.env.SLOW ? 1000 : 50 })
  t.pass('held')
})
