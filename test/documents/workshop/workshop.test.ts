// Workers that hang, swell, crash and lie: each costs its own job and nothing else.

import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { closedWorkshop, ProcessWorkshop, type WorkshopOptions } from '../../../src/documents/workshop/workshop.js'

const main = new URL(`../../support/rogue-worker.${import.meta.url.slice(-2)}`, import.meta.url)
const isLinux = process.platform === 'linux'

function open(t: Test, options: Partial<WorkshopOptions> = {}): ProcessWorkshop {
  const workshop = new ProcessWorkshop({ main, ...options })
  t.teardown(() => workshop.close())
  return workshop
}

async function pidOf(workshop: ProcessWorkshop): Promise<number> {
  return workshop.atBench(async (bench) => {
    const outcome = await bench.run('process', null)
    return outcome.ok ? (outcome.value as { pid: number }).pid : 0
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isLinux || !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
  } catch {
    return false
  }
}

async function untilGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && isAlive(pid); tries++) await new Promise((done) => setTimeout(done, 25))
  return !isAlive(pid)
}

t.test('a job gives back what the worker made of its input, buffers and all', async (t) => {
  const input = { bytes: Buffer.alloc(3_000_000, 7), names: ['a', null] }
  t.same(await open(t).atBench((bench) => bench.run('echo', input)), { ok: true, value: input })
})

t.test('a worker knows nothing of our settings, and its folder is not ours', async (t) => {
  process.env.HEPOEX_TEST_SECRET = 'hush'
  t.teardown(() => delete process.env.HEPOEX_TEST_SECRET)
  const outcome = await open(t).atBench((bench) => bench.run('process', null))
  t.ok(outcome.ok)
  const { environment, directory } = (outcome.ok ? outcome.value : {}) as { environment: string[]; directory: string }
  t.notOk(environment.some((name) => name.startsWith('HEPOEX')))
  t.equal(directory, '/')
})

t.test(
  'it may write no core dump, and the system bounds its time and its data',
  { skip: isLinux ? false : 'limits are read from /proc' },
  async (t) => {
    const outcome = await open(t).atBench((bench) => bench.run('limits', null))
    const limits = outcome.ok ? String(outcome.value) : ''
    t.match(limits, /^Max core file size +0 /m)
    t.match(limits, /^Max cpu time +300 /m)
  },
)

t.test('what a library says to the console goes nowhere', async (t) => {
  t.same(await open(t).atBench((bench) => bench.run('talk', 1)), { ok: true, value: 1 })
})

t.test('a converter says why, in a closed word; an exception of any kind is "damaged"', async (t) => {
  const workshop = open(t)
  const said = await workshop.atBench(async (bench) => [
    await bench.run('refuse', 'protected'),
    await bench.run('break', null),
    await bench.run('refuse', 'a diagnosis'),
    await bench.run('toString', null),
  ])
  const reasons = said.map((outcome) => (outcome.ok ? 'done' : outcome.reason))
  t.same(reasons, ['protected', 'damaged', 'crashed', 'crashed'])
})

t.test('one that hangs is ended when its time is up, and the next job has a new worker', async (t) => {
  const workshop = open(t, { jobMs: 2000 })
  await workshop.atBench(async (bench) => {
    const before = await bench.run('process', null)
    const pid = before.ok ? (before.value as { pid: number }).pid : 0
    t.same(await bench.run('hang', null), { ok: false, reason: 'time' })
    t.ok(await untilGone(pid), 'the process is gone')
    t.same(await bench.run('echo', 1), { ok: true, value: 1 })
  })
})

t.test('one that does nothing at all is ended when the time of the message is up', async (t) => {
  const workshop = open(t, { messageMs: 1500 })
  t.same(await workshop.atBench((bench) => bench.run('wait', 60_000)), { ok: false, reason: 'time' })
})

t.test('all jobs of a message together have a limit, too', async (t) => {
  let now = 0
  const workshop = open(t, { messageMs: 20_000, monotonic: () => (now += 6_000) })
  const outcomes = await workshop.atBench(async (bench) => {
    const all = []
    for (let index = 0; index < 5; index++) all.push(await bench.run('echo', index))
    return all
  })
  t.same(
    outcomes.map((outcome) => outcome.ok || outcome.reason),
    [true, true, true, true, 'time'],
  )
  t.same(await workshop.atBench((bench) => bench.run('echo', 5)), { ok: true, value: 5 }, 'the next message has its own')
})

t.test('one that swells is ended', { skip: isLinux ? false : 'memory is read from /proc' }, async (t) => {
  const workshop = open(t, { jobMs: 60_000 })
  const reasons = await workshop.atBench(async (bench) => [
    await bench.run('grow', null),
    await bench.run('heap', null),
    await bench.run('echo', 1),
  ])
  t.same(reasons, [
    { ok: false, reason: 'memory' },
    { ok: false, reason: 'memory' },
    { ok: true, value: 1 },
  ])
})

t.test('one that dies or talks nonsense costs its job only', async (t) => {
  const workshop = open(t)
  const reasons = await workshop.atBench(async (bench) => [
    await bench.run('exit', null),
    await bench.run('chatter', null),
    await bench.run('echo', 1),
  ])
  t.same(reasons, [
    { ok: false, reason: 'crashed' },
    { ok: false, reason: 'crashed' },
    { ok: true, value: 1 },
  ])
})

t.test('a worker is used again, but not after native code or a failure', async (t) => {
  const workshop = open(t)
  const first = await pidOf(workshop)
  t.equal(await pidOf(workshop), first, 'used again')
  await workshop.atBench((bench) => bench.run('taint', null))
  const second = await pidOf(workshop)
  t.not(second, first)
  t.ok(await untilGone(first))
  await workshop.atBench((bench) => bench.run('exit', null))
  t.not(await pidOf(workshop), second)
})

t.test('two messages at once never share a worker', async (t) => {
  const workshop = open(t)
  const pids = await Promise.all(
    [1, 2].map(() =>
      workshop.atBench(async (bench) => {
        const outcome = await bench.run('process', null)
        await bench.run('wait', 200)
        return outcome.ok ? (outcome.value as { pid: number }).pid : 0
      }),
    ),
  )
  t.not(pids[0], pids[1])
})

t.test('closed, it ends its workers and what they are at', async (t) => {
  const workshop = open(t)
  const idle = await pidOf(workshop)
  const under = workshop.atBench((bench) => bench.run('wait', 60_000))
  await new Promise((done) => setTimeout(done, 500))
  workshop.close()
  t.same(await under, { ok: false, reason: 'crashed' })
  t.ok(await untilGone(idle))
  t.same(await workshop.atBench((bench) => bench.run('echo', 1)), { ok: false, reason: 'crashed' }, 'and starts no new ones')
})

t.test('without a workshop every document stays as it was sent', async (t) => {
  t.same(await closedWorkshop.atBench((bench) => bench.run('copy', null)), { ok: false, reason: 'no-converter' })
})
