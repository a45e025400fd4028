// DATA in memory: byte for byte, in few buffers, and none of it once the message is refused.

import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { type CollectLimits, collect } from '../../src/smtp/collector.js'

const HOUR = 3_600_000
const LIMITS: CollectLimits = {
  ...{ maxMessageBytes: 1_000_000, reservedBytes: 1_000_000, maxDotLines: 100_000 },
  ...{ dataMs: HOUR, rateWindowMs: HOUR, minBytesPerSecond: 1 },
}

async function collected(chunks: readonly Buffer[], limits: Partial<CollectLimits> = {}) {
  const stream = new PassThrough()
  const outcome = collect(stream, { ...LIMITS, ...limits })
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  return outcome
}

t.test('the bytes are those that were sent, however they were cut', async (t) => {
  const chunks = fc.array(
    fc.uint8Array({ minLength: 1, maxLength: 9000 }).map((bytes) => Buffer.from(bytes.map((byte) => (byte < 14 ? 65 : byte)))),
    { maxLength: 20 },
  )
  await fc.assert(
    fc.asyncProperty(chunks, async (sent) => {
      const outcome = await collected(sent)
      return outcome.kind === 'whole' && Buffer.concat(outcome.raw).equals(Buffer.concat(sent))
    }),
    { numRuns: process.env.SLOW ? 1000 : 50 },
  )
  t.pass()
})

t.test('a message of many tiny chunks is kept in few buffers', async (t) => {
  const outcome = await collected(Array.from({ length: 200_000 }, (_, index) => Buffer.allocUnsafeSlow(1).fill(65 + (index % 26))))
  t.equal(outcome.kind, 'whole')
  if (outcome.kind !== 'whole') return
  t.ok(outcome.raw.length <= 4)
  t.equal(Buffer.concat(outcome.raw).length, 200_000)
})

t.test('a small slice does not keep the large buffer it was cut from', async (t) => {
  const large = Buffer.alloc(600_000, 'x')
  const outcome = await collected([large.subarray(0, 5000), large.subarray(5000, 10_000)])
  if (outcome.kind !== 'whole') return t.fail('refused')
  t.ok(outcome.raw.every((chunk) => chunk.buffer.byteLength <= 65_536))
})

t.test('a message whose size was announced is one buffer, whatever its chunks', async (t) => {
  const chunks = [Buffer.from('a'), Buffer.alloc(60_000, 'y'), Buffer.from('b'), Buffer.alloc(60_000, 'z')]
  const outcome = await collected(chunks, { reservedBytes: 120_002, maxMessageBytes: 1_000_000 })
  if (outcome.kind !== 'whole') return t.fail('refused')
  t.equal(outcome.raw.length, 1)
  t.ok(outcome.raw[0]?.equals(Buffer.concat(chunks)))
})

t.test('at the limit a message is whole, one byte more is too big', async (t) => {
  t.equal((await collected([Buffer.alloc(1000, 'x')], { maxMessageBytes: 1000 })).kind, 'whole')
  t.same(await collected([Buffer.alloc(1001, 'x')], { maxMessageBytes: 1000 }), {
    kind: 'refused',
    refusal: 'message-too-big',
    bytes: 1001,
    atDot: true,
  })
})

t.test('twice the limit is the end, whether or not the peer is', async (t) => {
  const outcome = await collected([Buffer.alloc(1500, 'x'), Buffer.alloc(501, 'x')], { maxMessageBytes: 1000 })
  t.same(outcome, { kind: 'refused', refusal: 'message-too-big', bytes: 2001, atDot: false })
})

t.test('a little more than was reserved is taken, much more is not', async (t) => {
  t.equal((await collected([Buffer.alloc(60_000, 'x')], { reservedBytes: 1000 })).kind, 'whole')
  t.match(await collected([Buffer.alloc(70_000, 'x')], { reservedBytes: 1000 }), { refusal: 'no-memory', atDot: true })
})

t.test('a message without a byte is whole', async (t) => {
  t.same(await collected([]), { kind: 'whole', raw: [] })
})

t.test('a peer that keeps the lowest rate is not cut', async (t) => {
  const stream = new PassThrough()
  const outcome = collect(stream, { ...LIMITS, rateWindowMs: 40, minBytesPerSecond: 25 })
  for (let second = 0; second < 8; second++) {
    stream.write('a line\r\n')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  stream.end()
  t.match(await outcome, { kind: 'whole' })
})

t.test('a stream that breaks off is gone', async (t) => {
  for (const error of [new Error('lost'), undefined]) {
    const stream = new PassThrough()
    const outcome = collect(stream, LIMITS)
    stream.write('half')
    stream.destroy(error)
    t.same(await outcome, { kind: 'gone' })
  }
})
