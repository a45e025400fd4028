// The log: closed fields, and of an error nothing that may quote data, however the error is dressed up.

import assert from 'node:assert/strict'
import { open } from 'node:fs/promises'
import t from 'tap'
import { createLog, describeError, type EventName, type LogFields, silentLog } from '../src/log.js'

const SECRET = 'Maria Sample has a rare disease'

/** A log, and the lines it wrote so far. */
function listen() {
  const lines: string[] = []
  return { log: createLog({ write: (line) => void lines.push(line) }), lines, last: () => JSON.parse(lines.at(-1) ?? 'null') }
}

/** The line that is written for this error. Throws when it is more than one, or holds a word of SECRET. */
function written(error: unknown): Record<string, unknown> & { frames: string[] } {
  const { log, lines, last } = listen()
  log.failure('intake', error)
  assert.equal(lines.length, 1)
  for (const word of SECRET.split(' ')) assert.doesNotMatch(lines[0] ?? '', new RegExp(`\\b${word}\\b`))
  return last()
}

t.test('writes one JSON line an event, with its name, level and time', async (t) => {
  const { log, lines, last } = listen()
  log.event('started', { host: '127.0.0.1', port: 2525 })
  t.equal(lines.length, 1)
  t.match(lines[0], /^\{.*\}\n$/)
  const { time, ...rest } = last()
  t.same(rest, { level: 'info', event: 'started', host: '127.0.0.1', port: 2525 })
  t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

t.test('warns of what wants an operator', async (t) => {
  const { log, last } = listen()
  const levels = (['alert', 'recovered', 'accepted'] satisfies EventName[]).map((name) => {
    log.event(name)
    return last().level
  })
  t.same(levels, ['warn', 'info', 'info'])
})

t.test('writes every field there is', async (t) => {
  const all: Required<LogFields> = {
    ...{
      intakeNumber: 'a',
      providerId: 'b',
      providerSlug: 'c',
      consumerId: 'd',
      consumerMasked: 'e',
      packageId: 'f',
      outcome: 'g',
      reason: 'h',
    },
    ...{
      detail: 'i',
      replyCode: 250,
      enhancedCode: '2.6.0',
      peer: 'j',
      tls: 'k',
      how: 'l',
      kind: 'm',
      attempts: 1,
      bytes: 2,
      documents: 3,
    },
    ...{
      durationMs: 4,
      count: 5,
      host: 'n',
      port: 6,
      status: 7,
      method: 'o',
      route: 'p',
      fingerprint: 'q',
      version: 'r',
      role: 's',
      url: 't',
    },
  }
  const { log, last } = listen()
  log.event('accepted', all)
  const { level, time, event, ...fields } = last()
  t.same(fields, all)
  log.event('accepted', { tls: null, how: null })
  t.match(last(), { tls: null, how: null })
})

t.test('drops fields that are not in its vocabulary', async (t) => {
  const { log, lines, last } = listen()
  const slipped = {
    subject: SECRET,
    fileName: SECRET,
    code: SECRET,
    msg: SECRET,
    err: SECRET,
    error: SECRET,
    event: SECRET,
    where: SECRET,
    bytes: 1,
  }
  log.event('accepted', slipped)
  t.notMatch(lines[0], SECRET)
  t.match(last(), { event: 'accepted', bytes: 1 })
  log.failure('smtp', new Error('x'), slipped)
  t.notMatch(lines[1], SECRET)
  t.match(last(), { event: 'failed', where: 'smtp', error: 'Error', bytes: 1 })
})

t.test('drops values that are no plain words or numbers', async (t) => {
  const { log, lines } = listen()
  const slipped: Record<string, unknown> = {
    detail: { subject: SECRET },
    reason: [SECRET],
    kind: () => SECRET,
    how: new Error(SECRET),
    bytes: Buffer.from(SECRET),
  }
  log.event('accepted', slipped)
  t.notMatch(lines[0], SECRET)
  t.notMatch(lines[0], /detail|reason|kind|how|bytes/)
})

t.test('cuts long words and cannot be made to write a second line', async (t) => {
  const { log, lines, last } = listen()
  log.event('rejected', { detail: 'x'.repeat(1000), how: 'a\n{"event":"accepted"}' })
  t.equal(last().detail.length, 200)
  t.equal(lines.join('').split('\n').length, 2)
})

t.test('of an error writes its class, code and frames', async (t) => {
  const error = Object.assign(new TypeError(SECRET), { code: 'E_SAMPLE' })
  const { error: name, code, frames, where, level } = written(error)
  t.same({ name, code, where, level }, { name: 'TypeError', code: 'E_SAMPLE', where: 'intake', level: 'error' })
  t.match(frames[0], /test\/log\.test\.ts:\d+:\d+$/)
  t.ok(frames.length <= 12)
})

t.test('names places below the checkout, never where it lies on the machine', async (t) => {
  for (const frame of written(new Error('x')).frames) t.match(frame, /^([\w.<>#$ ]+ )?(test|src|dist|node_modules|node:)/)
})

t.test('keeps the frames of Node itself', async (t) => {
  const error = await open('/nowhere/at/all').catch((each) => each)
  const { code, frames } = written(error)
  t.equal(code, 'ENOENT')
  t.ok(frames.some((frame) => /node:internal\/fs\/promises:\d+:\d+$/.test(frame)))
})

const FRAME_LIKE = [
  `x\n    at ${SECRET}`,
  `x\n    at Maria (node:fs:1:1)`,
  `x\n    at Maria.disease (file:///Maria/rare.js:1:1)`,
  `x\n    at async Maria (/Sample/rare/disease:1:1)`,
  `\n    at disease (node:rare:1:1)\n    at Maria (node:Sample:2:2)\n`,
  `    at disease (node:rare:1:1)`,
  `x\r\n\tat Maria (node:rare:1:1)\u2028    at disease (node:rare:1:1)`,
]

for (const [index, message] of FRAME_LIKE.entries()) {
  t.test(`does not take lines of a message for frames, ${index + 1}`, async (t) => {
    const { frames } = written(new Error(message))
    t.match(frames[0], /test\/log\.test\.ts:\d+:\d+$/)
  })
  t.test(`nor when the message was changed after the stack was made, ${index + 1}`, async (t) => {
    const changed = new Error(message)
    t.match(changed.stack, /Maria|disease/)
    changed.message = `query: ${SECRET}`
    t.match(written(changed).frames[0], /test\/log\.test\.ts:\d+:\d+$/)
    const blanked = new Error(message)
    blanked.message = ''
    t.match(written(blanked).frames[0], /test\/log\.test\.ts:\d+:\d+$/)
  })
}

t.test('survives a message that stands in the stack again and again', async (t) => {
  for (const message of ['a', 'Error', ':', 'at', '\n', ' '])
    t.match(written(new Error(message)).frames[0], /test\/log\.test\.ts/, JSON.stringify(message))
})

t.test('does not quote what a parser choked on', async (t) => {
  const parsing = () => JSON.parse(`{"name":"${SECRET}"`)
  try {
    parsing()
  } catch (error) {
    t.equal(written(error).error, 'SyntaxError')
  }
})

t.test('describes causes, three deep, and only so deep', async (t) => {
  const endless = new RangeError(SECRET)
  endless.cause = endless
  const described = written(new Error(SECRET, { cause: new TypeError(SECRET, { cause: endless }) }))
  t.match(described, { error: 'Error', cause: { error: 'TypeError', cause: { error: 'RangeError', cause: { error: 'RangeError' } } } })
  t.equal(JSON.stringify(described).split('"cause"').length - 1, 3)
})

t.test('tells only the type of a cause that is no error', async (t) => {
  t.match(written(new Error('x', { cause: SECRET })), { cause: { error: 'string' } })
  t.match(written(new Error('x', { cause: { subject: SECRET } })), { cause: { error: 'object' } })
})

t.test('describes the parts of an aggregate error', async (t) => {
  const parts = [new TypeError(SECRET), Object.assign(new Error(SECRET), { code: 'ECONNREFUSED' }), SECRET]
  t.match(written(new AggregateError(parts, SECRET)), {
    error: 'AggregateError',
    errors: [{ error: 'TypeError' }, { error: 'Error', code: 'ECONNREFUSED' }, { error: 'string' }],
  })
})

t.test('describes a few parts of a big aggregate error, and of nested ones only so deep', async (t) => {
  t.equal((written(new AggregateError(Array.from({ length: 100 }, () => new Error(SECRET)))).errors as unknown[]).length, 4)
  let nested: Error = new Error(SECRET)
  for (let depth = 0; depth < 10; depth++) nested = new AggregateError([nested], SECRET)
  t.equal(JSON.stringify(written(nested)).split('"AggregateError"').length - 1, 4)
})

t.test('does not believe names, codes and stacks that were tampered with', async (t) => {
  t.equal(written(Object.assign(new Error('x'), { name: SECRET })).error, 'Error')
  t.equal(written(Object.assign(new Error('x'), { code: SECRET })).code, undefined)
  t.equal(written(Object.assign(new Error('x'), { code: { toString: () => SECRET } })).code, undefined)
  t.equal(written(Object.assign(new Error('x'), { code: 1062 })).code, '1062')
  t.same(written(Object.assign(new Error('x'), { stack: undefined })).frames, [])
  t.same(written(Object.assign(new Error('x'), { stack: { secret: SECRET } })).frames, [])
  t.same(written(Object.assign(new Error('x'), { stack: `x\n    at ${SECRET} (node:x y:1:1)` })).frames, [])
})

t.test('tells only the type of what is thrown and is no error', async (t) => {
  for (const thrown of [SECRET, { message: SECRET }, null, undefined, 42]) t.match(written(thrown), { error: typeof thrown })
})

t.test('describes an error the same way for the command line', async (t) => {
  t.match(describeError(new TypeError(SECRET)), { error: 'TypeError', frames: [/test\/log\.test\.ts/] })
})

t.test('a silent log says nothing', async (t) => {
  t.equal(silentLog.event('accepted'), undefined)
  t.equal(silentLog.failure('web', new Error('x')), undefined)
})
