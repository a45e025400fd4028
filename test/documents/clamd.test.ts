// The client of clamd against one that answers as it is told: clean only when it says so, and in nothing else.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { clamdScanner } from '../../src/documents/clamd.js'
import { startClamd } from '../support/clamd.js'

async function started(t: Test) {
  const clamd = await startClamd()
  t.teardown(() => clamd.close())
  return { clamd, scanner: clamdScanner({ host: '127.0.0.1', port: clamd.port }) }
}

t.test('what was scanned is what was given, in any number of pieces and any length', async (t) => {
  const { clamd, scanner } = await started(t)
  for (const pieces of [[], [Buffer.alloc(0)], [randomBytes(1)], [randomBytes(131_072), randomBytes(131_073)], [randomBytes(3_000_000)]]) {
    t.same(await scanner.scan(pieces), { kind: 'clean' })
    t.ok(clamd.streams.at(-1)?.equals(Buffer.concat(pieces)), `${pieces.map(({ length }) => length)}`)
  }
})

const ANSWERS: Array<[string | null, object]> = [
  ['stream: Sample.Virus-1 FOUND', { kind: 'infected', signature: 'Sample.Virus-1' }],
  ['stream: with a space\r\nand a line FOUND', { kind: 'failed', detail: 'protocol' }],
  ['stream: odd/signs here FOUND', { kind: 'infected', signature: 'odd_signs_here' }],
  ['stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND', { kind: 'failed', detail: 'too-big' }],
  ['INSTREAM size limit exceeded. ERROR', { kind: 'failed', detail: 'too-big' }],
  ['stream: Can’t allocate memory ERROR', { kind: 'failed', detail: 'protocol' }],
  ['UNKNOWN COMMAND', { kind: 'failed', detail: 'protocol' }],
  ['OK', { kind: 'failed', detail: 'protocol' }],
  ['stream: OK or not', { kind: 'failed', detail: 'protocol' }],
  ['', { kind: 'failed', detail: 'protocol' }],
  ['x'.repeat(10_000), { kind: 'failed', detail: 'protocol' }],
  ['hang up', { kind: 'failed', detail: 'protocol' }],
]

for (const [answer, outcome] of ANSWERS) {
  t.test(`to ${JSON.stringify(answer?.slice(0, 60))} it is ${JSON.stringify(outcome)}`, async (t) => {
    const { clamd, scanner } = await started(t)
    clamd.answer = () => answer
    t.same(await scanner.scan([Buffer.from('x')]), outcome)
  })
}

t.test('a clamd that never answers is not waited for longer than agreed, and found nothing clean', async (t) => {
  const { clamd } = await started(t)
  clamd.answer = () => null
  const scanner = clamdScanner({ host: '127.0.0.1', port: clamd.port }, 200)
  t.same(await scanner.scan([Buffer.from('x')]), { kind: 'failed', detail: 'timeout' })
})

t.test('a clamd that takes nothing off the wire is not waited for either', async (t) => {
  const server = createServer((socket) => {
    socket.pause()
    t.teardown(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const scanner = clamdScanner({ host: '127.0.0.1', port }, 500)
  t.same(await scanner.scan([Buffer.alloc(50_000_000)]), { kind: 'failed', detail: 'timeout' })
})

t.test('a stream that is too long for clamd is never called clean', async (t) => {
  const { clamd, scanner } = await started(t)
  clamd.maxBytes = 100_000
  const outcome = await scanner.scan([randomBytes(3_000_000)])
  // It may hang up before its answer is read; which of the two is up to the system.
  t.match(outcome, { kind: 'failed', detail: /^(too-big|cut-off)$/ })
})

t.test('a clamd that is not there is said to be unreachable', async (t) => {
  const { clamd, scanner } = await started(t)
  t.equal(await scanner.probe(), true)
  await clamd.close()
  t.same(await scanner.scan([Buffer.from('x')]), { kind: 'failed', detail: 'unreachable' })
  t.equal(await scanner.probe(), false)
  const nowhere = clamdScanner({ path: join(t.testdir(), 'clamd.ctl') })
  t.same(await nowhere.scan([]), { kind: 'failed', detail: 'unreachable' })
})
