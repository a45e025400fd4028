// Looking things up in the intake log. How many rows a day has of each kind is kept beside it: so totals are exact, and a page that is
// asked for by several things at once skips the days that have nothing of it.

import type { Knex } from 'knex'
import { DAY } from '../clock.js'
import {
  arrivalsQuery,
  type Drive,
  type IntakeFilter,
  isExact,
  type Lead,
  leadsOf,
  narrowFacets,
  ROW,
  rowsQuery,
  type Span,
} from './intake-filter.js'
import { type Intake, type IntakePosition, toIntake } from './intakes.js'

/** How many the filter has, by outcome. */
export interface Totals {
  readonly accepted: number
  readonly held: number
  readonly rejected: number
  readonly deferred: number
  readonly messages: number
  /** False: there may be more of each. */
  readonly isWhole: boolean
}

/** What a filter has found. */
export interface IntakeView {
  readonly totals: Totals
  /** Newest first, in pieces of at most `size` rows, none empty. `before`: after this row of the page above. */
  pieces(before: IntakePosition | undefined, size: number): AsyncGenerator<Intake[]>
}

export interface Arrivals {
  /** Up to here all has been looked at. */
  readonly seq: number
  /** The oldest first. */
  readonly rows: readonly Intake[]
}

export interface IntakeSearch {
  open(filter: IntakeFilter): Promise<IntakeView>
  /** The place of the row that was written down last; 0: there is none. */
  newest(): Promise<number>
  /** What was written down since. Past `limit` rows the rest comes with the next call. */
  since(filter: IntakeFilter, seq: number, limit: number): Promise<Arrivals>
}

/** Rows that are counted one by one, in part of a day or of what is found by a hash; past it there are "or more". */
export const MOST_COUNTED = 10_000

export function intakeSearch(knex: Knex): IntakeSearch {
  const newest = async (): Promise<number> => Number((await knex('intakes').max({ seq: 'seq' }).first())?.seq ?? 0)
  return {
    newest,
    open: (filter) => (isExact(filter) ? openExact(knex, filter) : openDays(knex, filter)),
    since: async (filter, seq, limit) => {
      const top = await newest()
      if (top <= seq) return { seq: top, rows: [] }
      const found: Array<Record<string, unknown>> = await arrivalsQuery(knex, filter, seq, top).limit(limit).select(ROW).select('i.seq')
      const reached = found.length < limit ? top : Number(found.at(-1)?.seq)
      return { seq: reached, rows: found.map(({ seq: _seq, ...row }) => toIntake(row)) }
    },
  }
}

async function openExact(knex: Knex, filter: IntakeFilter): Promise<IntakeView> {
  const outcomes = new Map<string, string>()
  let isWhole = true
  const [{ drives }] = leadsOf(filter)
  for (const drive of drives) {
    const found: Array<{ number: string; outcome: string }> = await rowsQuery(knex, filter, drive, {
      ...{ from: filter.from, to: filter.to, limit: MOST_COUNTED + 1 },
    }).select('i.number', 'i.outcome')
    if (found.length > MOST_COUNTED) isWhole = false
    for (const { number, outcome } of found) outcomes.set(number, outcome)
  }
  const counted = new Map<string, number>()
  for (const outcome of outcomes.values()) counted.set(outcome, (counted.get(outcome) ?? 0) + 1)
  return { totals: totalsOf(counted, isWhole), pieces: (before, size) => piecesOf({ knex, filter, drives, spans: [filter] }, before, size) }
}

async function openDays(knex: Knex, filter: IntakeFilter): Promise<IntakeView> {
  const rows: Array<{ day: number; outcome: string; messages: number }> = await daysQuery(knex, filter)
  const counted = new Map<string, number>()
  const add = (outcome: string, messages: number) => counted.set(outcome, (counted.get(outcome) ?? 0) + messages)
  const days = [...new Set(rows.map(({ day }) => Number(day)))]
  const { drives } = await rarest(knex, leadsOf(filter), days.slice(0, SAMPLE))
  let isWhole = true
  for (const day of days) {
    const span = cut({ from: day * DAY, to: (day + 1) * DAY }, filter)
    if (span.to - span.from === DAY) continue
    const part = await countIn(knex, filter, drives, span)
    for (const [outcome, messages] of part.counted) add(outcome, messages)
    if (!part.isWhole) isWhole = false
  }
  for (const { day, outcome, messages } of rows) if (isInside(Number(day), filter)) add(outcome, Number(messages))
  // Of several ways few may have anything just then, which is looked up for a week at a time.
  const spans = runsOf(days, drives.length > 1 ? SAMPLE : Number.POSITIVE_INFINITY).map((run) => cut(run, filter))
  return { totals: totalsOf(counted, isWhole), pieces: (before, size) => piecesOf({ knex, filter, drives, spans }, before, size) }
}

/** The days that have any, newest first. */
export function daysQuery(knex: Knex, filter: IntakeFilter): Knex.QueryBuilder {
  const query = narrowFacets(betweenDays(knex, filter), filter, 'd')
  query.groupBy('d.day', 'd.outcome').orderBy('d.day', 'desc').orderBy('d.outcome', 'desc')
  return query.select('d.day', 'd.outcome').sum({ messages: 'd.messages' })
}

function betweenDays(knex: Knex, { from, to }: Span): Knex.QueryBuilder {
  return knex('intake_days as d')
    .where('d.day', '>=', Math.floor(from / DAY))
    .where('d.day', '<=', Math.floor((to - 1) / DAY))
}

/** Days on which it is looked what is rare. */
const SAMPLE = 7

/** The way with the fewest rows on these days: all that is asked for is on each, and the rest of a row is checked one by one. */
async function rarest(knex: Knex, [first, ...others]: readonly [Lead, ...Lead[]], days: readonly number[]): Promise<Lead> {
  let [best, fewest] = [first, Number.POSITIVE_INFINITY]
  for (const lead of others.length === 0 ? [] : [first, ...others]) {
    const query = narrowFacets(knex('intake_days as d').whereIn('d.day', [...days]), lead.facets, 'd')
    const messages = Number((await query.sum({ messages: 'd.messages' }).first())?.messages ?? 0)
    if (messages < fewest) [best, fewest] = [lead, messages]
  }
  return best
}

/** Of part of a day. */
async function countIn(
  knex: Knex,
  filter: IntakeFilter,
  drives: readonly Drive[],
  span: Span,
): Promise<{ counted: Map<string, number>; isWhole: boolean }> {
  // Of several ways two may find the same row.
  const [first, ...others] = drives
  const drive: Drive = first && others.length === 0 ? first : { kind: 'time' }
  const query = rowsQuery(knex, filter, drive, { ...span, limit: MOST_COUNTED + 1 })
  const found: string[] = await query.pluck('i.outcome')
  const counted = new Map<string, number>()
  for (const outcome of found.slice(0, MOST_COUNTED)) counted.set(outcome, (counted.get(outcome) ?? 0) + 1)
  return { counted, isWhole: found.length <= MOST_COUNTED }
}

interface Plan {
  readonly knex: Knex
  readonly filter: IntakeFilter
  readonly drives: readonly Drive[]
  /** Newest first; there is nothing outside of them. */
  readonly spans: readonly Span[]
}

async function* piecesOf(plan: Plan, before: IntakePosition | undefined, size: number): AsyncGenerator<Intake[]> {
  for (const span of plan.spans) {
    if (before && before.at < span.from) continue
    for (let last = before; ; ) {
      const found = await merged(plan, { ...span, before: last, limit: size })
      if (found.length > 0) yield found
      if (found.length < size) break
      last = found.at(-1)
    }
  }
}

/** The first rows of all ways together. */
async function merged(plan: Plan, asked: Piece): Promise<Intake[]> {
  const { knex, filter, drives } = plan
  const [only, ...others] = drives
  if (only && others.length === 0) return rowsOf(await rowsQuery(knex, filter, only, asked).select(ROW))
  const found = new Map<string, IntakePosition>()
  for (const drive of await presentDrives(plan, asked)) {
    const keys: IntakePosition[] = await rowsQuery(knex, filter, drive, asked).select('i.at', 'i.number')
    for (const key of keys) found.set(key.number, key)
  }
  const first = [...found.values()].sort(newestFirst).slice(0, asked.limit)
  const numbers = first.map(({ number }) => number)
  return rowsOf(await knex('intakes as i').whereIn('i.number', numbers).select(ROW)).sort(newestFirst)
}

interface Piece extends Span {
  readonly before: IntakePosition | undefined
  readonly limit: number
}

function rowsOf(rows: ReadonlyArray<Record<string, unknown>>): Intake[] {
  return rows.map(toIntake)
}

function newestFirst(one: IntakePosition, other: IntakePosition): number {
  return other.at - one.at || (one.number < other.number ? 1 : -1)
}

/** Of the providers and reasons a text was found in, those that have anything on these days. */
async function presentDrives({ knex, filter, drives }: Plan, { from, to }: Span): Promise<readonly Drive[]> {
  if (isExact(filter)) return drives
  const query = narrowFacets(betweenDays(knex, { from, to }), filter, 'd')
  const rows: Array<{ provider_id: string; reason: string }> = await query.distinct('d.provider_id', 'd.reason')
  const present = new Set(rows.flatMap((row) => [`provider_id ${row.provider_id}`, `reason ${row.reason}`]))
  return drives.filter((drive) => drive.kind !== 'column' || present.has(`${drive.column} ${drive.value}`))
}

/** Days that follow on each other, at most so many in one. @param days newest first. */
function runsOf(days: readonly number[], most: number): Span[] {
  const runs: Array<{ from: number; to: number }> = []
  for (const day of days) {
    const run = runs.at(-1)
    if (run && run.from === (day + 1) * DAY && run.to - run.from < most * DAY) run.from = day * DAY
    else runs.push({ from: day * DAY, to: (day + 1) * DAY })
  }
  return runs
}

function cut(span: Span, within: Span): Span {
  return { from: Math.max(span.from, within.from), to: Math.min(span.to, within.to) }
}

function isInside(day: number, within: Span): boolean {
  return day * DAY >= within.from && (day + 1) * DAY <= within.to
}

function totalsOf(counted: ReadonlyMap<string, number>, isWhole: boolean): Totals {
  const of = (outcome: string) => counted.get(outcome) ?? 0
  const [accepted, held, rejected, deferred] = [of('accepted'), of('held'), of('rejected'), of('deferred')]
  return { accepted, held, rejected, deferred, messages: accepted + held + rejected + deferred, isWhole }
}
