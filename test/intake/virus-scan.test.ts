// The intake desk with a scanner: what is looked through, and that only what it calls clean is sealed.

import t, { type Test } from 'tap'
import { clamdScanner } from '../../src/documents/clamd.js'
import { Breaker } from '../../src/intake/admission.js'
import { VirusScan } from '../../src/intake/virus-scan.js'
import type { Log } from '../../src/log.js'
import { startClamd } from '../support/clamd.js'
import { makeBench } from '../support/desk.js'
import { PDF, rawMessage } from '../support/raw.js'

async function scanned(t: Test, timeoutMs?: number) {
  const clamd = await startClamd()
  t.teardown(() => clamd.close())
  const alerts: unknown[] = []
  const log: Log = { event: (event, fields) => event === 'alert' && alerts.push(fields), failure: () => {} }
  const scanner = clamdScanner({ host: '127.0.0.1', port: clamd.port }, timeoutMs)
  const clock = { at: 0 }
  const breaker = new Breaker({ now: () => clock.at, probe: () => scanner.probe(), openMs: 1000 })
  const bench = await makeBench(t, { virusScan: new VirusScan({ scanner, breaker, log }) })
  const rows = () => bench.store.database.read('intakes').orderByRaw('rowid').select('reason', 'detail', 'reply_code')
  return { clamd, bench, alerts, clock, rows }
}

t.test('the message and every document in it are looked through before it is taken', async (t) => {
  const { clamd, bench } = await scanned(t)
  const raw = rawMessage()
  const copy = Buffer.from(raw)
  t.equal((await bench.send(raw)).replyCode, 250)
  const isThere = (bytes: Buffer) => clamd.streams.some((stream) => stream.equals(bytes))
  t.ok(isThere(copy), 'the message')
  t.ok(isThere(PDF), 'the file, decoded')
  t.ok(isThere(Buffer.from('See the files.\r\n')), 'the text')
  t.equal(clamd.streams.length, 3)
})

for (const [where, pattern] of [
  ['the message', /^From: /],
  ['a document', /^%PDF/],
] as const) {
  t.test(`a virus in ${where} is refused 554 5.7.1 with its name in the log, and nothing is sealed or sent`, async (t) => {
    const { clamd, bench, alerts, rows } = await scanned(t)
    clamd.answer = (stream) => (pattern.test(stream.toString('latin1')) ? 'stream: Sample.Virus FOUND' : 'stream: OK')
    const said = await bench.send(rawMessage())
    t.match(said, { replyCode: 554, enhancedCode: '5.7.1' })
    t.notMatch(said.text, /Sample/)
    t.match(await rows(), [{ reason: 'infected', detail: 'Sample.Virus' }])
    t.same([bench.courier.handed, await bench.store.database.read('packages'), alerts], [[], [], []])
  })
}

const FAILURES: Array<[string, string | null, string]> = [
  ['says something else', 'stream: Can’t open file ERROR', 'protocol'],
  ['does not answer', null, 'timeout'],
  ['hangs up', 'hang up', 'protocol'],
  ['has a limit', 'INSTREAM size limit exceeded. ERROR', 'too-big'],
]

for (const [what, answer, detail] of FAILURES) {
  t.test(`a scanner that ${what} puts the message off with 451: nothing unscanned is taken`, async (t) => {
    const { clamd, bench, alerts, rows } = await scanned(t, 300)
    clamd.answer = () => answer
    t.match(await bench.send(rawMessage()), { replyCode: 451, enhancedCode: '4.3.0' })
    t.match(await rows(), [{ reason: 'scan-failed', detail }])
    t.same([bench.courier.handed, await bench.store.database.read('packages')], [[], []])
    t.same(alerts, [{ reason: 'scan-failed', detail }])
  })
}

t.test('while the scanner is known to be down MAIL is put off; once it answers again mail is taken', async (t) => {
  const { clamd, bench, clock, rows } = await scanned(t)
  clamd.answer = () => 'hang up'
  await bench.send(rawMessage())
  clamd.answer = () => 'stream: OK'
  t.equal((await bench.send(rawMessage())).replyCode, 451)
  t.match((await rows())[1], { reason: 'scan-failed', detail: 'down' })
  clock.at = 1000
  t.equal((await bench.send(rawMessage())).replyCode, 250)
})

t.test('one message that is too big for the scanner closes the door to no other', async (t) => {
  const { clamd, bench } = await scanned(t)
  clamd.answer = () => 'INSTREAM size limit exceeded. ERROR'
  t.equal((await bench.send(rawMessage())).replyCode, 451)
  clamd.answer = () => 'stream: OK'
  t.equal((await bench.send(rawMessage())).replyCode, 250)
})

t.test('a stranger’s message goes to no scanner', async (t) => {
  const { clamd, bench } = await scanned(t)
  t.equal((await bench.send(rawMessage(), { peer: { signedInAs: null } })).replyCode, 550)
  t.equal(clamd.streams.length, 0)
})
