import t from 'tap'
import { FrameReader, frame } from '../../../src/documents/workshop/frames.js'

function readAll(bytes: Buffer, step = bytes.length, limits?: ConstructorParameters<typeof FrameReader>[1]): unknown[] {
  const values: unknown[] = []
  const reader = new FrameReader((value) => values.push(value), limits)
  for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step))
  return values
}

t.test('values and buffers come out as they went in, whatever the pieces', async (t) => {
  const values = [
    'ready',
    { job: 'copy', input: [Buffer.from('one'), { deep: Buffer.alloc(0), other: null }] },
    7,
    [Buffer.alloc(70_000, 3)],
  ]
  const bytes = Buffer.concat(values.flatMap(frame))
  for (const step of [1, 3, 4096, bytes.length]) t.same(readAll(bytes, step), values, `in pieces of ${step}`)
})

t.test('a name from the object prototype is a name like any other', async (t) => {
  const [value] = readAll(Buffer.concat(frame(JSON.parse('{"__proto__": {"polluted": 1}}'))))
  t.equal(({} as Record<string, unknown>).polluted, undefined)
  t.ok(Object.hasOwn(value as object, '__proto__'))
})

t.test('what is no frame, or one past the limits, is refused before anything is allocated for it', async (t) => {
  const limits = { maxJson: 1000, maxBuffers: 10, maxBytes: 1000 }
  const head = (...numbers: number[]) => Buffer.concat(numbers.map((number) => Buffer.from(Uint32Array.of(number).buffer).reverse()))
  t.throws(() => readAll(Buffer.from('records of a patient'), 20, limits), RangeError)
  t.throws(() => readAll(head(1001, 0), 8, limits), RangeError, 'too much JSON')
  t.throws(() => readAll(head(0, 0), 8, limits), RangeError, 'no JSON')
  t.throws(() => readAll(head(2, 11), 8, limits), RangeError, 'too many buffers')
  t.throws(() => readAll(head(2, 2, 600, 600), 16, limits), RangeError, 'too many bytes')
  t.throws(() => readAll(Buffer.concat([head(15, 0), Buffer.from('{"$buffer": 99}')])), RangeError, 'a buffer that is not there')
  t.throws(() => readAll(Buffer.concat([head(3, 0), Buffer.from('{,}')])), SyntaxError)
  const deep = Buffer.from(`${'['.repeat(200)}${']'.repeat(200)}`)
  t.throws(() => readAll(Buffer.concat([head(deep.length, 0), deep])), RangeError, 'nested too deep')
})
