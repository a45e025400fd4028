// The log: one JSON line an event, from a closed vocabulary. Its fields are closed too, and none of them can hold a subject, a file
// name, a question or a code. Of an error only class, code and stack frames are written, never its message: parsers and drivers
// quote the data they choke on.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pino from 'pino'
import { ROOT } from './folders.js'

/** What happened, in the past tense. */
export type EventName =
  | 'started'
  | 'stopped'
  | 'trying-out'
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
  | 'bounced'
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
  | 'recalled'
  | 'reported'
  | 'extended'
  | 'expired'
  | 'account-changed'
  | 'page-refused'
  | 'swept'
  | 'alert'
  | 'recovered'
  | 'certificate-loaded'

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

const FIELD_NAMES: ReadonlySet<string> = new Set<keyof LogFields>([
  ...(['intakeNumber', 'providerId', 'providerSlug', 'consumerId', 'consumerMasked', 'packageId', 'outcome', 'reason', 'detail'] as const),
  ...([
    'replyCode',
    'enhancedCode',
    'peer',
    'tls',
    'how',
    'kind',
    'attempts',
    'bytes',
    'documents',
    'durationMs',
    'count',
    'host',
  ] as const),
  ...(['port', 'status', 'method', 'route', 'fingerprint', 'version', 'role', 'url'] as const),
])

/** @param destination where lines go: standard error unless a test wants them. */
export function createLog(destination?: { write(line: string): void }): Log {
  const logger = pino(
    {
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ fd: 2, sync: true }),
  )
  return {
    event: (name, fields = {}) => logger[name === 'alert' ? 'warn' : 'info'](allowed(fields), name),
    failure: (where, error, fields = {}) => logger.error({ where, ...describeError(error), ...allowed(fields) }, 'failed'),
  }
}

/** Types are gone at run time: what slipped past them is dropped, and long strings are cut. */
function allowed(fields: LogFields): Record<string, unknown> {
  const kept = Object.entries(fields).filter(
    ([name, value]) => FIELD_NAMES.has(name) && (value === null || ['string', 'number', 'boolean'].includes(typeof value)),
  )
  return Object.fromEntries(kept.map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, 200) : value]))
}

/** Class, code and stack frames of an error, and the same of its causes and parts; nothing that may quote data. */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error }
  const deeper = (other: unknown) => describeError(other, depth + 1)
  const given = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? String(error.code) : ''
  const code = /^[\w.-]{1,40}$/.test(given) ? given : undefined
  const cause = error.cause !== undefined && depth < 3 ? deeper(error.cause) : undefined
  const errors = error instanceof AggregateError && depth < 3 ? error.errors.slice(0, 4).map(deeper) : undefined
  const name = /^[\w$]{1,60}$/.test(error.name) ? error.name : 'Error'
  return { error: name, ...(code && { code }), frames: framesOf(error), ...(cause && { cause }), ...(errors && { errors }) }
}

const OURS = [`${pathToFileURL(ROOT).href}/`, join(ROOT, '/')]
const FRAME =
  /^ {4}at (?:async )?(?:((?:new )?[\w$.<>#]{1,80})(?: \[as [\w$.<>#]{1,80}\])? \()?((?:file:|node:)?[^():]{1,300}):(\d+):(\d+)\)?$/

/**
 * Frames of the stack: function and place below the checkout, or in Node itself. A stack begins with the message, whose lines may look
 * like frames, so it is cut off first. Whoever changed the message later has left the old one in the stack: then only frames that name
 * our own folder are believed.
 */
function framesOf(error: Error): string[] {
  const stack = typeof error.stack === 'string' ? error.stack : ''
  const start = error.message === '' ? -1 : stack.indexOf(error.message)
  const frames: string[] = []
  for (const line of stack.slice(start === -1 ? 0 : start + error.message.length).split('\n')) {
    const [, name, place = '', row, column] = FRAME.exec(line) ?? []
    const folder = OURS.find((each) => place.startsWith(each)) ?? (start !== -1 && /^node:[\w/]+$/.test(place) ? '' : null)
    if (folder !== null) frames.push(`${name ? `${name} ` : ''}${place.slice(folder.length)}:${row}:${column}`)
  }
  return frames.slice(0, 12)
}

/** A log that keeps silent. */
export const silentLog: Log = { event: () => {}, failure: () => {} }
