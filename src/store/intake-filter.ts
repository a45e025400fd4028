// What the intake log can be asked for, as SQL. Each query is driven by one index that begins with what is asked for and goes on in the
// order of the log; what is asked for besides is checked row by row, in words that no index is chosen for.

import type { Knex } from 'knex'
import { INTAKE_COLUMNS, type IntakePosition } from './intakes.js'

/** '' stands for "none". */
export interface Facets {
  readonly providerId?: string | undefined
  readonly outcome?: string | undefined
  readonly reason?: string | undefined
  readonly how?: string | undefined
  readonly sizeClass?: number | undefined
  /** From one of these providers, or for one of these reasons: what a text was found in. */
  readonly either?: { readonly providerIds: readonly string[]; readonly reasons: readonly string[] } | undefined
}

export interface IntakeFilter extends Facets {
  /** From this moment on. */
  readonly from: number
  /** Before this moment. */
  readonly to: number
  readonly number?: string | undefined
  /** By any of these: hashes of what a message names, ids of who it was for. */
  readonly person?: { readonly hashes: readonly Buffer[]; readonly consumerIds: readonly string[] } | undefined
  /** Hash of a Message-ID. */
  readonly message?: Buffer | undefined
}

export interface Span {
  readonly from: number
  readonly to: number
}

type Column = 'provider_id' | 'outcome' | 'reason' | 'how' | 'size_class' | 'consumer_id' | 'number'

/** What a query is led by. */
export type Drive =
  | { readonly kind: 'time' }
  | { readonly kind: 'column'; readonly column: Column; readonly value: string | number }
  | { readonly kind: 'key'; readonly hash: Buffer }

const FACETS = [
  ['reason', 'reason'],
  ['providerId', 'provider_id'],
  ['sizeClass', 'size_class'],
  ['how', 'how'],
  ['outcome', 'outcome'],
] as const

/** What names one message, or few. */
export function isExact({ number, person, message }: IntakeFilter): boolean {
  return number !== undefined || person !== undefined || message !== undefined
}

/** By these ways together all rows of the filter are found; one row may be found by several. `facets`: what they are about. */
export interface Lead {
  readonly drives: readonly Drive[]
  readonly facets: Facets
}

/** Each of them finds all; the one that has the fewest rows to look at is the best. Never empty. */
export function leadsOf(filter: IntakeFilter): readonly [Lead, ...Lead[]] {
  const exact = exactDrives(filter)
  if (exact) return [{ drives: exact, facets: {} }]
  const facets: Lead[] = FACETS.flatMap(([name, column]) => {
    const value = filter[name]
    return value === undefined ? [] : [{ drives: [{ kind: 'column', column, value }], facets: { [name]: value } }]
  })
  const [first, ...others] = filter.either ? [...facets, textLead(filter.either)] : facets
  return first ? [first, ...others] : [{ drives: [{ kind: 'time' }], facets: {} }]
}

function exactDrives({ number, person, message }: IntakeFilter): Drive[] | null {
  if (number !== undefined) return [{ kind: 'column', column: 'number', value: number }]
  if (message) return [{ kind: 'key', hash: message }]
  if (!person) return null
  const hers = person.consumerIds.map((value) => ({ kind: 'column', column: 'consumer_id', value }) as const)
  return [...person.hashes.map((hash) => ({ kind: 'key', hash }) as const), ...hers]
}

function textLead(either: NonNullable<Facets['either']>): Lead {
  const column = (name: Column) => (value: string) => ({ kind: 'column', column: name, value }) as const
  return { drives: [...either.providerIds.map(column('provider_id')), ...either.reasons.map(column('reason'))], facets: { either } }
}

/** The newest rows first, of one way to find them. `before`: after this row of the page above. */
export function rowsQuery(
  knex: Knex,
  filter: IntakeFilter,
  drive: Drive,
  { from, to, before, limit }: Span & { readonly before?: IntakePosition | undefined; readonly limit: number },
): Knex.QueryBuilder {
  const query = drivenBy(knex, drive)
  const [at, number] = drive.kind === 'key' ? ['k.at', 'k.number'] : ['i.at', 'i.number']
  query.where(at, '>=', from)
  if (before && before.at < to) query.whereRaw('(??, ??) < (?, ?)', [at, number, before.at, before.number])
  else query.where(at, '<', to)
  narrow(query, filter, drive)
  return query.orderBy(at, 'desc').orderBy(number, 'desc').limit(limit)
}

/** What a row is read as. */
export const ROW = INTAKE_COLUMNS.map((column) => `i.${column}`)

/** In the order in which they were written down, from the one after `seq` up to `top`. */
export function arrivalsQuery(knex: Knex, filter: IntakeFilter, seq: number, top: number): Knex.QueryBuilder {
  const query = knex('intakes as i').where('i.seq', '>', seq).where('i.seq', '<=', top).orderBy('i.seq')
  // Plus nothing: the time must not lead here.
  query.whereRaw('i.at + 0 >= ? AND i.at + 0 < ?', [filter.from, filter.to])
  return narrow(query, filter, { kind: 'time' })
}

function drivenBy(knex: Knex, drive: Drive): Knex.QueryBuilder {
  // In this order: the keys are few.
  if (drive.kind === 'key')
    return knex('intake_keys as k').joinRaw('CROSS JOIN intakes AS i').whereRaw('i.number = k.number').where('k.hash', drive.hash)
  const query = knex('intakes as i')
  if (drive.kind === 'time') return query
  const column = `i.${drive.column}`
  return drive.value === '' ? query.whereNull(column) : query.where(column, drive.value)
}

/** All that is asked for but what leads. */
function narrow(query: Knex.QueryBuilder, filter: IntakeFilter, drive: Drive): Knex.QueryBuilder {
  narrowFacets(query, filter, 'i', drive)
  const { number, person, message } = filter
  if (number !== undefined && !(drive.kind === 'column' && drive.column === 'number')) query.whereRaw("i.number || '' = ?", [number])
  if (message && drive.kind !== 'key') query.whereRaw(NAMED_BY('?'), [message])
  if (person && (number !== undefined || message || drive.kind === 'time')) {
    query.whereRaw(`(${NAMED_BY(places(person.hashes))} OR COALESCE(i.consumer_id, '') IN (${places(person.consumerIds)}))`, [
      ...person.hashes,
      ...person.consumerIds,
    ])
  }
  return query
}

const NAMED_BY = (hashes: string) =>
  `EXISTS (SELECT 1 FROM intake_keys AS own WHERE own.hash IN (${hashes}) AND own.at = i.at AND own.number = i.number)`

/** @param drive what an index is searched by, and need not be checked. */
export function narrowFacets(query: Knex.QueryBuilder, facets: Facets, table: string, drive: Drive = { kind: 'time' }): Knex.QueryBuilder {
  for (const [name, column] of FACETS) {
    const value = facets[name]
    if (value === undefined || (drive.kind === 'column' && drive.column === column && drive.value === value)) continue
    if (typeof value === 'number') query.whereRaw('?? + 0 = ?', [`${table}.${column}`, value])
    else query.whereRaw("COALESCE(??, '') = ?", [`${table}.${column}`, value])
  }
  const { either } = facets
  if (!either) return query
  const { providerIds, reasons } = either
  return query.whereRaw(`(COALESCE(??, '') IN (${places(providerIds)}) OR COALESCE(??, '') IN (${places(reasons)}))`, [
    ...[`${table}.provider_id`, ...providerIds],
    ...[`${table}.reason`, ...reasons],
  ])
}

/** For a list in SQL; nothing is in an empty one. */
function places(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ') || 'NULL'
}
