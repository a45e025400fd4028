import t from 'tap'
import type { Log } from '../src/log.js'
import { createMetrics } from '../src/metrics.js'

function newMetrics() {
  const passedOn: unknown[][] = []
  const log: Log = {
    event: (...all) => void passedOn.push(['event', ...all]),
    failure: (...all) => void passedOn.push(['failure', ...all]),
  }
  return { metrics: createMetrics(log), passedOn }
}

const linesOf = (text: string, start: string) => text.split('\n').filter((line) => line.startsWith(start))

t.test('events are counted by name and reason, and passed on as they are', async (t) => {
  const { metrics, passedOn } = newMetrics()
  const fields = { reason: 'no-id', intakeNumber: '20261122-7K2M9QXD', peer: '192.0.2.1', bytes: 7 }
  metrics.log.event('rejected', fields)
  metrics.log.event('rejected', fields)
  metrics.log.event('rejected', { reason: 'two-ids' })
  metrics.log.event('started')
  t.same(linesOf(await metrics.render(), 'hepoex_events_total'), [
    'hepoex_events_total{event="rejected",reason="no-id"} 2',
    'hepoex_events_total{event="rejected",reason="two-ids"} 1',
    'hepoex_events_total{event="started",reason=""} 1',
  ])
  t.same(passedOn[0], ['event', 'rejected', fields])
  t.same(passedOn[3], ['event', 'started', undefined])
})

t.test('failures are counted by place, and passed on with their error', async (t) => {
  const { metrics, passedOn } = newMetrics()
  const error = new Error('quoting data')
  metrics.log.failure('outbox', error, { kind: 'receipt' })
  const text = await metrics.render()
  t.same(linesOf(text, 'hepoex_failures_total'), ['hepoex_failures_total{where="outbox"} 1'])
  t.same(passedOn, [['failure', 'outbox', error, { kind: 'receipt' }]])
  t.notMatch(text, /quoting/)
})

t.test('figures name no message, person or machine', async (t) => {
  const { metrics } = newMetrics()
  metrics.log.event('accepted', {
    reason: 'accepted',
    intakeNumber: 'NUMBER',
    peer: '192.0.2.1',
    consumerMasked: 'p***@x',
    packageId: 'PACKAGE',
  })
  t.notMatch(await metrics.render(), /NUMBER|192\.0\.2\.1|p\*\*\*|PACKAGE/)
})

t.test('the delay of the event loop and the memory in use are among the figures', async (t) => {
  const text = await newMetrics().metrics.render()
  t.match(text, /^nodejs_eventloop_lag_seconds /m)
  t.match(text, /^process_resident_memory_bytes /m)
  for (const line of text.split('\n')) t.match(line, /^(#.*|\w+(\{.*\})? (-?[\d.e+-]+|nan)|)$/i)
})

t.test('two services in one process count each for itself', async (t) => {
  const [one, other] = [newMetrics(), newMetrics()]
  one.metrics.log.event('started')
  t.same(linesOf(await other.metrics.render(), 'hepoex_events_total{'), [])
})

/** What promtool asks of a name (prometheus.io/docs/practices/naming), of each family that is ours. */
t.test('every figure of ours is named as Prometheus wants it, and says what it is', async (t) => {
  const { metrics } = newMetrics()
  for (const name of ['accepted', 'held', 'rejected', 'deferred'] as const)
    metrics.log.event(name, { reason: 'x', bytes: 5, durationMs: 3 })
  metrics.noteStages({ parse: 3 })
  metrics.watch(async () => ({ outbox_waiting: 1 }))
  const text = await metrics.render()
  const types = new Map([...text.matchAll(/^# TYPE (hepoex_\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  t.ok(types.size >= 15)
  for (const [name, type] of types) {
    t.match(name, /^hepoex_[a-z]+(_[a-z]+)*$/, `${name}: a name`)
    t.match(text, new RegExp(`^# HELP ${name} \\S.{8,}$`, 'm'), `${name}: help`)
    t.equal(name.endsWith('_total'), type === 'counter', `${name}: a counter, and nothing else, ends in _total`)
    t.notMatch(name, /_(ms|milliseconds?|minutes?|hours?|kilobytes?|kb|mb|megabytes?|percent)(_|$)/, `${name}: base units`)
    t.notMatch(name, /_(count|sum|bucket|counter|gauge|histogram|summary|info)$/, `${name}: no name of a type`)
    if (type === 'histogram') t.match(name, /_(seconds|bytes)$/, `${name}: its unit`)
  }
  for (const [, label = ''] of text.matchAll(/[{,](\w+)="/g)) t.match(label, /^[a-z_]+$/)
})

t.test('a message is counted once, by outcome and reason, with its size and its time', async (t) => {
  const { metrics } = newMetrics()
  metrics.log.event('accepted', { reason: 'accepted', bytes: 20_000, durationMs: 300 })
  metrics.log.event('rejected', { reason: 'no-id', bytes: 0, durationMs: 5 })
  metrics.log.event('accepted', { reason: 'accepted', kind: 'released' })
  const text = await metrics.render()
  t.same(linesOf(text, 'hepoex_intakes_total'), [
    'hepoex_intakes_total{outcome="accepted",reason="accepted"} 1',
    'hepoex_intakes_total{outcome="rejected",reason="no-id"} 1',
  ])
  t.same(linesOf(text, 'hepoex_intake_bytes_count'), ['hepoex_intake_bytes_count 1'])
  t.same(linesOf(text, 'hepoex_intake_duration_seconds_sum'), [
    'hepoex_intake_duration_seconds_sum{outcome="accepted"} 0.3',
    'hepoex_intake_duration_seconds_sum{outcome="rejected"} 0.005',
  ])
})

t.test('steps, answers of the relay, mails and tries', async (t) => {
  const { metrics } = newMetrics()
  metrics.noteStages({ parse: 20, 'hand-off': 1500 })
  metrics.noteRelayAnswer('accepted')
  metrics.noteRelayAnswer('refused-for-now')
  metrics.log.event('mailed', { kind: 'receipt' })
  metrics.log.event('mail-given-up', { kind: 'receipt', reason: 'too-old' })
  metrics.log.event('code-refused', { reason: 'wrong-code' })
  metrics.log.event('opened')
  metrics.log.event('signed-in', { route: '/sign-in/link/{token}' })
  metrics.log.event('sign-in-refused', { peer: '192.0.2.1' })
  const text = await metrics.render()
  t.same(linesOf(text, 'hepoex_intake_stage_seconds_sum'), [
    'hepoex_intake_stage_seconds_sum{stage="parse"} 0.02',
    'hepoex_intake_stage_seconds_sum{stage="hand-off"} 1.5',
  ])
  t.same(linesOf(text, 'hepoex_relay_answers_total'), [
    'hepoex_relay_answers_total{answer="accepted"} 1',
    'hepoex_relay_answers_total{answer="refused-for-now"} 1',
  ])
  t.same(linesOf(text, 'hepoex_mails_total'), [
    'hepoex_mails_total{kind="receipt",result="sent"} 1',
    'hepoex_mails_total{kind="receipt",result="given-up"} 1',
  ])
  t.same(linesOf(text, 'hepoex_tries_total'), [
    'hepoex_tries_total{what="code",result="refused"} 1',
    'hepoex_tries_total{what="answer",result="right"} 1',
    'hepoex_tries_total{what="sign-in",result="right"} 1',
    'hepoex_tries_total{what="password",result="refused"} 1',
  ])
})

t.test('gauges are read when somebody asks; one that cannot be read has no value rather than a wrong one', async (t) => {
  const { metrics } = newMetrics()
  let waiting: number | undefined = 3
  metrics.watch(async () => (waiting === undefined ? {} : { outbox_waiting: waiting, held_waiting: 0 }))
  t.same(linesOf(await metrics.render(), 'hepoex_outbox_waiting'), ['hepoex_outbox_waiting 3'])
  waiting = 4
  const text = await metrics.render()
  t.same(linesOf(text, 'hepoex_outbox_waiting'), ['hepoex_outbox_waiting 4'])
  t.same(linesOf(text, 'hepoex_held_waiting'), ['hepoex_held_waiting 0'])
  t.same(linesOf(text, 'hepoex_disk_free_bytes'), [])
  waiting = undefined
  t.same(linesOf(await metrics.render(), 'hepoex_outbox_waiting'), [])
  metrics.watch(async () => Promise.reject(new Error('the database is gone')))
  t.match(await metrics.render(), /^hepoex_events_total|^# TYPE hepoex_events_total/m, 'and the others are told all the same')
})

t.test('what is no closed word becomes no label, and there are never too many', async (t) => {
  const { metrics } = newMetrics()
  for (const reason of ['maria@example.org', 'Two words', '192.0.2.1', 'x'.repeat(50), '"}\n', '1st'])
    metrics.log.event('alert', { reason })
  for (let word = 0; word < 1000; word++) metrics.log.event('rejected', { reason: `word-${word}` })
  const text = await metrics.render()
  t.match(text, /^hepoex_events_total\{event="alert",reason="other"\} 6$/m)
  t.notMatch(text, /maria|Two words|192\.0|xxxxx|1st/)
  t.ok(linesOf(text, 'hepoex_events_total{event="rejected"').length <= 201)
  t.ok(linesOf(text, 'hepoex_intakes_total').length <= 201)
})
