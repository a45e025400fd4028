// Figures for a monitoring system (Prometheus text exposition). What the log tells is counted from the log's own events, so that what is
// logged and what is counted cannot differ. src/LOG.md lists them all. prom-client lives here only.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { EventName, Log, LogFields } from './log.js'
import { GAUGES, type GaugeName, Labels } from './metric-labels.js'
import { STAGES, type StageTimes } from './stages.js'

export type GaugeValues = Readonly<Partial<Record<GaugeName, number>>>

/** What the relay said to a mail of ours. */
export type RelayAnswer = 'accepted' | 'refused-for-now' | 'refused-for-good' | 'unreachable' | 'unknown'

export interface Metrics {
  /** Hands every event on to the log behind it and counts it. */
  readonly log: Log
  noteStages(times: StageTimes): void
  noteRelayAnswer(answer: RelayAnswer): void
  /** Read when somebody asks for the figures; one that is missing, or a reading that fails, leaves its gauges without a value. */
  watch(read: () => Promise<GaugeValues>): void
  render(): Promise<string>
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180]
const KILO = 1000
const BYTES = [1, 10, 50, 100, 500, 1000, 5000, 10_000, 25_000, 50_000].map((kilobytes) => kilobytes * KILO)

/** @param log where events go on to. */
export function createMetrics(log: Log): Metrics {
  const registry = new Registry()
  // Among them the delay of the event loop, which our own work must keep short.
  collectDefaultMetrics({ register: registry })
  const families = familiesIn(registry)
  const gauges = gaugesIn(registry)
  const counted = countersOf(families)
  let read: () => Promise<GaugeValues> = async () => ({})
  return {
    log: {
      event: (name, fields) => {
        families.events.inc({ event: name, reason: counted.labels.of('reason', fields?.reason ?? '') })
        counted.of(name)?.(fields ?? {})
        log.event(name, fields)
      },
      failure: (where, error, fields) => {
        families.failures.inc({ where })
        log.failure(where, error, fields)
      },
    },
    noteStages: (times) => {
      for (const stage of STAGES) {
        const ms = times[stage]
        if (ms !== undefined) families.stages.observe({ stage }, ms / 1000)
      }
    },
    noteRelayAnswer: (answer) => families.relay.inc({ answer }),
    watch: (given) => {
      read = given
    },
    render: async () => {
      const values: GaugeValues = await read().catch(() => ({}))
      for (const [name, gauge] of gauges) {
        const value = values[name]
        if (value === undefined) gauge.remove()
        else gauge.set(value)
      }
      return registry.metrics()
    },
  }
}

type Families = ReturnType<typeof familiesIn>

function familiesIn(registry: Registry) {
  const registers = [registry]
  return {
    events: new Counter({ name: 'hepoex_events_total', help: 'Events by name and reason', labelNames: ['event', 'reason'], registers }),
    failures: new Counter({ name: 'hepoex_failures_total', help: 'What broke, by place', labelNames: ['where'], registers }),
    intakes: new Counter({
      ...{ name: 'hepoex_intakes_total', help: 'Messages at the mail door, by what became of them and why', registers },
      labelNames: ['outcome', 'reason'],
    }),
    bytes: new Histogram({
      ...{ name: 'hepoex_intake_bytes', help: 'Size of messages whose bytes came', buckets: BYTES, registers },
    }),
    duration: new Histogram({
      ...{ name: 'hepoex_intake_duration_seconds', help: 'From the end of a message to its reply', buckets: SECONDS, registers },
      labelNames: ['outcome'],
    }),
    stages: new Histogram({
      ...{ name: 'hepoex_intake_stage_seconds', help: 'What each step of a message took', buckets: SECONDS, registers },
      labelNames: ['stage'],
    }),
    relay: new Counter({
      name: 'hepoex_relay_answers_total',
      help: 'What the relay said to mails of ours',
      labelNames: ['answer'],
      registers,
    }),
    mails: new Counter({
      ...{ name: 'hepoex_mails_total', help: 'Mails without a code that left the outbox, or tried to', registers },
      labelNames: ['kind', 'result'],
    }),
    tries: new Counter({
      ...{ name: 'hepoex_tries_total', help: 'Codes, answers, passwords and sign-ins that were tried', registers },
      labelNames: ['what', 'result'],
    }),
  }
}

function gaugesIn(registry: Registry): ReadonlyArray<readonly [GaugeName, Gauge]> {
  return GAUGES.map(({ name, help }) => [name, new Gauge({ name: `hepoex_${name}`, help, registers: [registry] })])
}

type Count = (fields: LogFields) => void

/** What some events count besides. */
function countersOf({ intakes, bytes, duration, mails, tries }: Families) {
  const labels = new Labels()
  const intake =
    (outcome: string): Count =>
    (fields) => {
      // Held mail that is sent on was counted when it came.
      if (fields.kind === 'released') return
      intakes.inc({ outcome, reason: labels.of('reason', fields.reason ?? '') })
      if (fields.bytes !== undefined && fields.bytes > 0) bytes.observe(fields.bytes)
      if (fields.durationMs !== undefined) duration.observe({ outcome }, fields.durationMs / 1000)
    }
  const mail =
    (result: string): Count =>
    (fields) =>
      mails.inc({ kind: labels.of('kind', fields.kind ?? ''), result })
  const tried =
    (what: string, result: string): Count =>
    () =>
      tries.inc({ what, result })
  // Providers sign in at the mail door, which has no routes.
  const signIn =
    (result: string): Count =>
    ({ route }) =>
      tries.inc({ what: route === undefined ? 'password' : 'sign-in', result })
  const counters: Readonly<Partial<Record<EventName, Count>>> = {
    ...{ accepted: intake('accepted'), held: intake('held'), rejected: intake('rejected'), deferred: intake('deferred') },
    ...{ mailed: mail('sent'), 'mail-delayed': mail('delayed'), 'mail-given-up': mail('given-up') },
    ...{ 'code-entered': tried('code', 'right'), 'code-refused': tried('code', 'refused') },
    ...{ opened: tried('answer', 'right'), 'answer-refused': tried('answer', 'refused') },
    ...{ 'signed-in': signIn('right'), 'sign-in-refused': signIn('refused') },
  }
  return { labels, of: (name: EventName) => counters[name] }
}
