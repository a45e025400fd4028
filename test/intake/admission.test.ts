import t from 'tap'
import { Breaker, DiskFloor, MemoryBudget, sizeToReserve } from '../../src/intake/admission.js'

const LONG = 600_000

/** What has settled of it so far; 'waiting' when nothing has. */
async function now<T>(promise: Promise<T>): Promise<T | 'waiting'> {
  await new Promise((resolve) => setImmediate(resolve))
  return Promise.race([promise, Promise.resolve('waiting' as const)])
}

t.test('a budget gives what it has, and takes it back', async (t) => {
  const budget = new MemoryBudget(100)
  t.equal(await budget.reserve(60), true)
  t.equal(await budget.reserve(40), true)
  t.equal(budget.free, 0)
  t.equal(await budget.reserve(1), false)
  budget.release(60)
  budget.release(40)
  t.equal(budget.free, 100)
})

t.test('who finds a budget spent waits, and is served in the order of coming', async (t) => {
  const budget = new MemoryBudget(100, LONG)
  await budget.reserve(100)
  const order: string[] = []
  const asked = ['a', 'b', 'c'].map((name) => budget.reserve(40).then((isAdmitted) => isAdmitted && order.push(name)))
  t.equal(await now(Promise.race(asked)), 'waiting')
  budget.release(40)
  await asked[0]
  t.same(order, ['a'])
  budget.release(60)
  await asked[1]
  t.same(order, ['a', 'b'], 'twenty are left: not enough for the third')
  t.equal(budget.free, 20)
  budget.release(40)
  await asked[2]
  t.same(order, ['a', 'b', 'c'])
  t.equal(budget.free, 20)
})

t.test('nobody overtakes the line, however little he asks for', async (t) => {
  const budget = new MemoryBudget(100, LONG)
  await budget.reserve(90)
  const big = budget.reserve(50)
  const small = budget.reserve(1)
  t.equal(await now(small), 'waiting')
  budget.release(90)
  t.same(await Promise.all([big, small]), [true, true])
  t.equal(budget.free, 49)
})

t.test('one holder has its share of a budget and no more, and keeps nobody else waiting', async (t) => {
  const budget = new MemoryBudget(100, LONG, 60)
  t.equal(await budget.reserve(60, 'a'), true)
  const more = budget.reserve(10, 'a')
  t.equal(await now(more), 'waiting')
  t.equal(await budget.reserve(30, 'b'), true, 'past the one who has his share')
  const big = budget.reserve(20, 'b')
  const late = budget.reserve(5)
  t.equal(await now(late), 'waiting', 'but not past one who only waits for memory')
  budget.release(60, 'a')
  t.same(await Promise.all([more, big, late]), [true, true, true])
  budget.release(10, 'a')
  budget.release(30, 'b')
  budget.release(20, 'b')
  t.equal(await budget.reserve(60, 'a'), true, 'what was given back may be had again')
  t.equal(await budget.reserve(35), true, 'one without a name has no share to keep to')
  t.equal(budget.free, 0)
})

t.test('who waits too long is sent away, and leaves nothing reserved', async (t) => {
  const budget = new MemoryBudget(100, 1)
  await budget.reserve(100)
  t.same(await Promise.all([budget.reserve(10), budget.reserve(20)]), [false, false])
  t.equal(budget.free, 0)
  budget.release(100)
  t.equal(budget.free, 100, 'nobody who has left is served')
})

t.test('when the first in line gives up, the next is served if it fits', async (t) => {
  const budget = new MemoryBudget(100, 1)
  await budget.reserve(90)
  t.same(await Promise.all([budget.reserve(50), budget.reserve(10)]), [false, true])
  t.equal(budget.free, 0)
})

t.test('a budget leaks nothing over many comings and goings', async (t) => {
  const budget = new MemoryBudget(1000, LONG)
  const held: number[] = []
  let served = 0
  const all = Array.from({ length: 300 }, (_each, index) => {
    const bytes = 1 + ((index * 37) % 400)
    return budget.reserve(bytes).then((isAdmitted) => {
      if (isAdmitted) served++
      held.push(bytes)
    })
  })
  while (served < 300) {
    t.ok(budget.free >= 0)
    const bytes = held.shift()
    if (bytes !== undefined) budget.release(bytes)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(all)
  for (const bytes of held) budget.release(bytes)
  t.equal(budget.free, 1000)
})

function newBreaker() {
  const relay = { at: 0, probes: 0, alive: true, answer: null as ((alive: boolean) => void) | null, isSlow: false }
  const probe = () => {
    relay.probes++
    if (!relay.isSlow) return Promise.resolve(relay.alive)
    return new Promise<boolean>((resolve) => {
      relay.answer = resolve
    })
  }
  return { relay, breaker: new Breaker({ now: () => relay.at, probe, openMs: 1000 }) }
}

t.test('a breaker lets all through, without a probe, until a hand-off fails', async (t) => {
  const { relay, breaker } = newBreaker()
  t.equal(await breaker.allows(), true)
  t.equal(breaker.failed(), true, 'opened')
  t.equal(breaker.failed(), false, 'was open')
  t.equal(await breaker.allows(), false)
  t.equal(relay.probes, 0, 'not before its time is over')
})

t.test('after its time one probe decides: well again, or open for as long again', async (t) => {
  const { relay, breaker } = newBreaker()
  breaker.failed()
  relay.alive = false
  relay.at = 999
  t.equal(await breaker.allows(), false)
  t.equal(relay.probes, 0)
  relay.at = 1000
  t.equal(await breaker.allows(), false)
  relay.at = 1999
  t.equal(await breaker.allows(), false)
  t.equal(relay.probes, 1)
  relay.at = 2000
  relay.alive = true
  t.equal(await breaker.allows(), true)
  t.equal(await breaker.allows(), true)
  t.equal(relay.probes, 2, 'no probe while all is well')
  t.equal(breaker.failed(), true)
})

t.test('a breaker is open twice as long after each failure, until a hand-off goes well', async (t) => {
  const relay = { at: 0 }
  const breaker = new Breaker({ now: () => relay.at, probe: async () => true, firstMs: 1000, openMs: 5000 })
  const openFor = async () => {
    breaker.failed()
    // Others that were under way with it.
    breaker.failed()
    const began = relay.at
    while (!(await breaker.allows())) relay.at += 500
    return relay.at - began
  }
  t.equal(await openFor(), 1000)
  t.equal(await openFor(), 2000, 'that it answers a probe proves nothing')
  t.equal(await openFor(), 4000)
  t.equal(await openFor(), 5000)
  t.equal(await openFor(), 5000)
  breaker.succeeded()
  t.equal(await openFor(), 1000)
})

t.test('one probe answers all who ask meanwhile', async (t) => {
  const { relay, breaker } = newBreaker()
  breaker.failed()
  relay.at = 1000
  relay.isSlow = true
  const asked = Promise.all([breaker.allows(), breaker.allows(), breaker.allows()])
  t.equal(relay.probes, 1)
  relay.answer?.(true)
  t.same(await asked, [true, true, true])
  t.equal(relay.probes, 1)
})

t.test('a hand-off that goes well closes a breaker', async (t) => {
  const { relay, breaker } = newBreaker()
  t.equal(breaker.succeeded(), false, 'it was closed')
  breaker.failed()
  t.equal(breaker.succeeded(), true)
  t.equal(await breaker.allows(), true)
  t.equal(relay.probes, 0)
})

t.test('the disk must keep its floor, and is asked once a second at most', async (t) => {
  const disk = { free: 1000, asked: 0, at: 0 }
  const freeBytes = async () => {
    disk.asked++
    return disk.free
  }
  const floor = new DiskFloor({ blobs: { freeBytes }, floor: 300, now: () => disk.at })
  t.equal(await floor.hasRoomFor(700), true)
  t.equal(await floor.hasRoomFor(701), false)
  disk.free = 100
  disk.at = 1000
  t.equal(await floor.hasRoomFor(700), true, 'as it was read a second ago')
  t.equal(disk.asked, 1)
  disk.at = 1001
  t.equal(await floor.hasRoomFor(0), false)
  t.equal(disk.asked, 2)
})

t.test('MAIL reserves what SIZE says, the most when it says nothing, and refuses more than the most', (t) => {
  t.equal(sizeToReserve(1, 100), 1)
  t.equal(sizeToReserve(100, 100), 100)
  t.same(sizeToReserve(101, 100), { reason: 'message-too-big' })
  t.equal(sizeToReserve(null, 100), 100)
  t.equal(sizeToReserve(0, 100), 100, 'to some clients 0 means unknown')
  t.end()
})
