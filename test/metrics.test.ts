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
