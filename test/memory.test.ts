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
  const before = process.memoryUsage().external
  for (let times = 0; times < 8; times++) free(Buffer.alloc(64 << 20))
  t.ok(process.memoryUsage().external - before < 64 << 20)
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
