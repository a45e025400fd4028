import t from 'tap'
import type { Log } from '../src/log.js'
import { type Round, Rounds } from '../src/rounds.js'

function newRounds(...rounds: Round[]) {
  const logged: Array<[string, Record<string, unknown>]> = []
  const log: Log = {
    event: (name, fields) => void logged.push([name, { ...fields }]),
    failure: (where, _error, fields) => void logged.push([`failed ${where}`, { ...fields }]),
  }
  return { rounds: new Rounds(rounds, log), logged }
}

/** A round that counts how often it came; `result` is what it did. */
function counting(name: string, everyMs: number, result: () => Promise<number | undefined> = async () => undefined) {
  const round = {
    ...{ name, everyMs, runs: 0 },
    run: () => {
      round.runs++
      return result()
    },
  }
  return round
}

t.test('each round comes at once, and then at its own interval', async (t) => {
  const [quick, slow] = [counting('quick', 10), counting('slow', 100)]
  const { rounds } = newRounds(quick, slow)
  for (const now of [1000, 1009, 1010, 1019, 1020, 1099, 1100]) await rounds.runDue(now)
  t.same([quick.runs, slow.runs], [4, 2])
})

t.test('a round that was missed for long comes once, not many times', async (t) => {
  const round = counting('quick', 10)
  const { rounds } = newRounds(round)
  await rounds.runDue(1000)
  await rounds.runDue(9000)
  t.equal(round.runs, 2)
  await rounds.runDue(9009)
  t.equal(round.runs, 2)
})

t.test('rounds run one after the other', async (t) => {
  const order: string[] = []
  const step = (name: string) => async () => {
    order.push(`${name} begins`)
    await new Promise((resolve) => setImmediate(resolve))
    order.push(`${name} ends`)
    return 0
  }
  await newRounds(counting('a', 1, step('a')), counting('b', 1, step('b'))).rounds.runDue(1)
  t.same(order, ['a begins', 'a ends', 'b begins', 'b ends'])
})

t.test('what was done is logged, nothing when nothing was', async (t) => {
  const { rounds, logged } = newRounds(
    ...[counting('some', 1, async () => 3), counting('none', 1, async () => 0), counting('silent', 1, async () => undefined)],
  )
  await rounds.runDue(1)
  t.same(logged, [['swept', { kind: 'some', count: 3 }]])
})

t.test('one that fails is logged, keeps none from its turn, and comes round again', async (t) => {
  const bad = counting('bad', 10, async () => {
    throw new Error('broken')
  })
  const good = counting('good', 10)
  const { rounds, logged } = newRounds(bad, good)
  await rounds.runDue(1)
  await rounds.runDue(2)
  await rounds.runDue(11)
  t.same([bad.runs, good.runs], [2, 2])
  t.same(logged, Array(2).fill(['failed janitor', { kind: 'bad' }]))
})

t.test('started, they come by themselves; stopping waits for the one under way, and no other comes', async (t) => {
  let end: () => void = () => {}
  const begun: string[] = []
  const slow = counting('slow', 0, () => {
    begun.push('slow')
    return new Promise((resolve) => {
      end = () => resolve(undefined)
    })
  })
  const { rounds } = newRounds(slow)
  rounds.start(1)
  t.equal(slow.runs, 1, 'at once')
  let isStopped = false
  const stopped = rounds.stop().then(() => {
    isStopped = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(isStopped, false)
  end()
  await stopped
  t.equal(slow.runs, 1)
})

t.test('a look while one is under way begins no second', async (t) => {
  const ends: Array<() => void> = []
  const slow = counting('slow', 0, () => new Promise((resolve) => ends.push(() => resolve(undefined))))
  const { rounds } = newRounds(slow)
  rounds.start(1)
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setTimeout(resolve, 1))
  t.equal(slow.runs, 1)
  ends[0]?.()
  for (let turns = 0; turns < 200 && slow.runs < 2; turns++) await new Promise((resolve) => setTimeout(resolve, 1))
  t.equal(slow.runs, 2, 'it comes round again')
  const stopped = rounds.stop()
  for (const end of ends) end()
  await stopped
})

t.test('stopping what never started is no trouble', async (t) => {
  await newRounds().rounds.stop()
  t.pass()
})
