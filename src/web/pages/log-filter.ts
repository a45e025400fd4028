// What the intake log is asked for, as it stands in a page's address: each filter a name and a word. Read here, into what the desk
// understands; what can't be read is a problem beside its field, and stays typed.

import { DAY } from '../../clock.js'
import { REASONS } from '../../intake/disposition.js'
import { type How, type JournalFilter, MESSAGE_TOKEN, PERSON_TOKEN } from '../../intake/journal-desk.js'
import { SIZE_CLASSES } from '../../store/intake-sizes.js'

export const FILTERS = [
  'last',
  'from',
  'to',
  'provider',
  'outcome',
  'reason',
  'how',
  'size',
  'number',
  'person',
  'message',
  'text',
] as const
export type FilterName = (typeof FILTERS)[number]

/** As they stand in the address or in the form; none is empty. */
export type Values = Readonly<Partial<Record<FilterName, string>>>

export const RANGES = ['24h', '7d', '30d', 'all'] as const
export const OUTCOMES = ['accepted', 'held', 'rejected', 'deferred'] as const
export const HOWS: readonly How[] = ['password', 'network', 'spf', 'dkim', 'none']
export const SIZES = SIZE_CLASSES.map(({ name }) => name)

/** `reason` is a key of `log.problem`. */
export interface FilterProblem {
  readonly field: FilterName
  readonly reason: string
  readonly count?: number
}

export interface Asked {
  readonly values: Values
  readonly filter: JournalFilter
  readonly problems: readonly FilterProblem[]
}

/** Longer than anything that can be meant. */
const MOST = 1000
/** The end of time, as a Date has it. */
const FOREVER = 8.64e15

/** @param get what stands under a name, '' for nothing. */
export function valuesOf(get: (name: FilterName) => string): Values {
  const read = FILTERS.map((name) => [name, get(name).trim().slice(0, MOST)] as const)
  return Object.fromEntries(read.filter(([, value]) => value !== ''))
}

/** The address of the log with these filters. */
export function addressOf(values: Values, more: Readonly<Record<string, string>> = {}, path = '/admin/log'): string {
  const pairs = FILTERS.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]] as [string, string]]))
  const search = new URLSearchParams([...pairs, ...Object.entries(more)]).toString()
  return search === '' ? path : `${path}?${search}`
}

/** @param now for "the last 24 hours". */
export function readFilter(values: Values, now: number): Asked {
  const problems: FilterProblem[] = []
  const wrong = (field: FilterName, reason: string): undefined => void problems.push({ field, reason })
  const oneOf = <Word extends string>(field: FilterName, words: readonly Word[], reason = 'choice'): Word | undefined => {
    const value = values[field]
    return value === undefined ? undefined : (words.find((word) => word === value) ?? wrong(field, reason))
  }
  const fitting = (field: FilterName, pattern: RegExp, reason: string): string | undefined => {
    const value = values[field]
    return value === undefined || pattern.test(value) ? value : wrong(field, reason)
  }
  const words = {
    provider: fitting('provider', /^(-|[a-z0-9][a-z0-9._-]{0,63})$/, 'provider'),
    outcome: oneOf('outcome', OUTCOMES),
    reason: oneOf('reason', REASONS),
    how: oneOf('how', HOWS),
    size: oneOf('size', SIZES),
    number: values.number === undefined ? undefined : (intakeNumberIn(values.number) ?? wrong('number', 'number')),
    person: fitting('person', PERSON_TOKEN, 'token'),
    message: fitting('message', MESSAGE_TOKEN, 'token'),
    text: fitting('text', /^[^\p{Cc}]{2,100}$/u, 'text'),
  }
  const last = oneOf('last', RANGES, 'last')
  const from = values.from === undefined ? undefined : (momentIn(values.from) ?? wrong('from', 'moment'))
  const to = values.to === undefined ? undefined : (momentIn(values.to) ?? wrong('to', 'moment'))
  if (from && to && to.end <= from.start) wrong('to', 'order')
  const isTyped = from !== undefined || to !== undefined
  const start = isTyped ? (from?.start ?? 0) : startOf(last ?? usual(values), now)
  return { values, problems, filter: { ...words, from: start, to: to?.end ?? FOREVER } }
}

/** Whether it goes on until now, so that more may come. */
export function isOpenEnded({ to }: JournalFilter): boolean {
  return to === FOREVER
}

/**
 * Thirty days: as long as a package waits, so whatever can still be waited for is in it, and a quiet clinic's log is not empty. One message
 * or one person is looked for in all time: "it never came" must not be said for a default.
 */
function usual({ number, person, message }: Values): (typeof RANGES)[number] {
  return number === undefined && person === undefined && message === undefined ? '30d' : 'all'
}

/** Whole days (UTC), but for the last 24 hours. */
function startOf(range: (typeof RANGES)[number], now: number): number {
  if (range === 'all') return 0
  if (range === '24h') return now - DAY
  return (Math.floor(now / DAY) - (range === '7d' ? 6 : 29)) * DAY
}

/** A day or a minute (UTC), from its start to its end. */
function momentIn(text: string): { readonly start: number; readonly end: number } | undefined {
  const [, day = '', time] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?$/.exec(text) ?? []
  const start = Date.parse(`${day}T${time ?? '00:00'}:00.000Z`)
  // The 31st of February would be taken for a day in March.
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(day)) return undefined
  return { start, end: start + (time === undefined ? DAY : 60_000) }
}

/** As we write it; null: it is none. */
export function intakeNumberIn(text: string): string | null {
  const [, day = '', rest = ''] = /^(\d{8})[\s\p{Dash}]*([0-9A-Z]{8})$/u.exec(text.normalize('NFKC').trim().toUpperCase()) ?? []
  const read = rest.replace(/O/g, '0').replace(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(read) ? `${day}-${read}` : null
}
