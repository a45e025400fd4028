import { randomBytes } from 'node:crypto'
import t from 'tap'
import { free } from '../src/memory.js'

t.test('a big buffer is gone at once, and every view of it with it', (t) => {
  const bytes = Buffer.alloc(3 << 20, 7)
  const view = bytes.subarray(100, 200)
  free(view)
  t.equal(bytes.length, 0)
  t.equal(view.length, 0)
  free(bytes)
  t.end()
})

t.test('its memory leaves the process, without waiting for the collector', (t) => {
  const before = process.memoryUsage().arrayBuffers
  // All of them stay in reach, so that no collector can do what `free` should.
  const buffers = Array.from({ length: 8 }, () => Buffer.alloc(8 << 20))
  t.ok(process.memoryUsage().arrayBuffers - before > 60 << 20)
  for (const bytes of buffers) free(bytes)
  t.ok(process.memoryUsage().arrayBuffers - before < 8 << 20)
  t.same(
    buffers.map(({ length }) => length),
    Array(8).fill(0),
  )
  t.end()
})

t.test('small buffers stay, and those of the pool they share', (t) => {
  const neighbour = Buffer.from('neighbour')
  const small = Buffer.from('small')
  const random = randomBytes(100_000)
  free(small)
  free(random)
  t.equal(small.toString(), 'small')
  t.equal(neighbour.toString(), 'neighbour')
  t.equal(random.length, 100_000)
  t.end()
})
