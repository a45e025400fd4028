// Figures for a monitoring system (Prometheus text exposition). They are counted from the log's own events, so that what is logged and
// what is counted cannot differ. prom-client lives here only.

import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import type { Log } from './log.js'

export interface Metrics {
  /** Hands every event on to the log behind it and counts it. */
  readonly log: Log
  render(): Promise<string>
}

/** @param log where events go on to. */
export function createMetrics(log: Log): Metrics {
  const registry = new Registry()
  // Among them the delay of the event loop, which our own work must keep short.
  collectDefaultMetrics({ register: registry })
  const events = new Counter({
    name: 'hepoex_events_total',
    help: 'Events by name and reason',
    labelNames: ['event', 'reason'],
    registers: [registry],
  })
  const failures = new Counter({
    name: 'hepoex_failures_total',
    help: 'What broke, by place',
    labelNames: ['where'],
    registers: [registry],
  })
  return {
    log: {
      event: (name, fields) => {
        events.inc({ event: name, reason: fields?.reason ?? '' })
        log.event(name, fields)
      },
      failure: (where, error, fields) => {
        failures.inc({ where })
        log.failure(where, error, fields)
      },
    },
    render: () => registry.metrics(),
  }
}
