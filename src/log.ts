// The log: one JSON line an event, from a closed vocabulary. Its fields are closed too, and none of them can hold a subject, a file
// name, a question or a code. Of an error only class, code and stack frames are written, never its message: parsers and drivers
// quote the data they choke on.

import pino from 'pino'

/** What happened, in the past tense. */
export type EventName =
  | 'started'
  | 'stopped'
  | 'listening'
  | 'key-file-made'
  | 'trying-out'
  | 'connected'
  | 'signed-in'
  | 'sign-in-refused'
  | 'accepted'
  | 'held'
  | 'rejected'
  | 'deferred'
  | 'disconnected'
  | 'sealed'
  | 'noticed'
  | 'notice-refused'
  | 'notice-unknown'
  | 'breaker-opened'
  | 'breaker-closed'
  | 'mailed'
  | 'mail-delayed'
  | 'mail-given-up'
  | 'code-entered'
  | 'code-refused'
  | 'answer-refused'
  | 'opened'
  | 'signed-out'
  | 'deleted'
  | 'expired'
  | 'account-changed'
  | 'page-refused'
  | 'swept'
  | 'alert'
  | 'unhealthy'

/** Where something broke. */
export type FailurePlace = 'smtp' | 'intake' | 'web' | 'outbox' | 'retrieval' | 'accounts' | 'store' | 'janitor' | 'service' | 'cli'

/** All that may stand beside an event. Strings are ids, closed words, addresses of machines, or masked addresses. */
export interface LogFields {
  readonly intakeNumber?: string
  readonly providerId?: string
  readonly providerSlug?: string
  readonly consumerId?: string
  readonly consumerMasked?: string
  readonly packageId?: string
  readonly outcome?: string
  readonly reason?: string
  readonly detail?: string
  readonly replyCode?: number
  readonly enhancedCode?: string
  readonly peer?: string
  readonly tls?: string | null
  readonly how?: string | null
  readonly kind?: string
  readonly attempts?: number
  readonly bytes?: number
  readonly documents?: number
  readonly durationMs?: number
  readonly count?: number
  readonly host?: string
  readonly port?: number
  readonly status?: number
  readonly method?: string
  /** The pattern of the route (`/open/{number}`), never the path asked for. */
  readonly route?: string
  readonly fingerprint?: string
  readonly version?: string
  readonly role?: string
  readonly url?: string
}

export interface Log {
  event(name: EventName, fields?: LogFields): void
  /** Something broke that is nobody's fault but ours, or the world's. */
  failure(where: FailurePlace, error: unknown, fields?: LogFields): void
}

const FIELD_NAMES: ReadonlySet<string> = new Set([
  ...['intakeNumber', 'providerId', 'providerSlug', 'consumerId', 'consumerMasked', 'packageId', 'outcome', 'reason', 'detail'],
  ...['replyCode', 'enhancedCode', 'peer', 'tls', 'how', 'kind', 'attempts', 'bytes', 'documents', 'durationMs', 'count', 'host'],
  ...['port', 'status', 'method', 'route', 'fingerprint', 'version', 'role', 'url'],
])

/** @param destination where lines go: standard error unless a test wants them. */
export function createLog(destination?: { write(line: string): void }): Log {
  const logger = pino(
    { base: undefined, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event', formatters: { level: (label) => ({ level: label }) } },
    destination ?? pino.destination({ fd: 2, sync: true }),
  )
  return {
    event: (name, fields = {}) => logger[name === 'alert' || name === 'unhealthy' ? 'warn' : 'info'](allowed(fields), name),
    failure: (where, error, fields = {}) => logger.error({ where, ...describeError(error), ...allowed(fields) }, 'failed'),
  }
}

/** Types are gone at run time: what slipped past them is dropped, and long strings are cut. */
function allowed(fields: LogFields): Record<string, unknown> {
  const kept = Object.entries(fields).filter(([name]) => FIELD_NAMES.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, 200) : value]))
}

/** Class, code and stack frames of an error, and the same of its causes; nothing that may quote data. */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).map((line) => line.trim()).slice(0, 12)
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? String(error.code).slice(0, 40) : undefined
  const cause = error.cause !== undefined && depth < 3 ? describeError(error.cause, depth + 1) : undefined
  return { error: /^[\w$]{1,60}$/.test(error.name) ? error.name : 'Error', ...(code && { code }), frames, ...(cause && { cause }) }
}

/** A log that keeps silent. */
export const silentLog: Log = { event: () => {}, failure: () => {} }
