// Intakes by day, outcome and reason. Days that are over are read once an hour and today once a minute: of a million intakes the first look
// costs the database half a second, in a thread of its own, a day at a time so that others are served in between.

import { type Clock, DAY, HOUR, MINUTE } from '../clock.js'
import type { IntakeCount } from '../store/figures.js'
import type { Store } from '../store/store.js'
import type { Counts, DayCounts, ReasonCount } from './desk.js'

/** Today is one of them. */
export const DAYS = 30

export interface Counted {
  readonly at: number
  readonly days: readonly DayCounts[]
  readonly today: Counts
  readonly month: Counts
  readonly reasons: readonly ReasonCount[]
}

interface Read {
  readonly rows: readonly IntakeCount[]
  readonly at: number
}

const NONE: Counts = { accepted: 0, held: 0, rejected: 0, deferred: 0, repeated: 0, bounced: 0, other: 0 }

export class DayCounter {
  readonly #read: Store['read']
  readonly #clock: Clock
  readonly #days = new Map<number, Read>()
  #work: Promise<Counted> | null = null

  constructor({ read }: Pick<Store, 'read'>, clock: Clock) {
    this.#read = read
    this.#clock = clock
  }

  /** However many ask at once, the rows are read once. */
  count(): Promise<Counted> {
    this.#work ??= this.#count().finally(() => {
      this.#work = null
    })
    return this.#work
  }

  async #count(): Promise<Counted> {
    const today = startOfDay(this.#clock.now())
    const starts = Array.from({ length: DAYS }, (_each, index) => today - (DAYS - 1 - index) * DAY)
    for (const start of this.#days.keys()) if (!starts.includes(start)) this.#days.delete(start)
    const reads: Read[] = []
    for (const start of starts) reads.push(await this.#day(start))
    const days = reads.map(({ rows }, index) => ({ start: starts[index] ?? today, ...countsOf(rows) }))
    const last = reads.at(-1)
    const month = reads.flatMap(({ rows }) => rows)
    const reasons = reasonsOf(month, last?.rows ?? [])
    return { at: last?.at ?? today, days, today: countsOf(last?.rows ?? []), month: countsOf(month), reasons }
  }

  async #day(start: number): Promise<Read> {
    const known = this.#days.get(start)
    const now = this.#clock.now()
    // The row of a message that came before midnight may be written after it.
    const freshMs = known && known.at > start + DAY + HOUR ? HOUR : MINUTE
    if (known && now >= known.at && now - known.at < freshMs) return known
    const read = { rows: await this.#read.figures.intakes(start, start + DAY), at: now }
    this.#days.set(start, read)
    return read
  }
}

export function startOfDay(at: number): number {
  return Math.floor(at / DAY) * DAY
}

function countsOf(rows: readonly IntakeCount[]): Counts {
  const counts: Record<keyof Counts, number> = { ...NONE }
  for (const { outcome, reason, count } of rows) counts[outcome === 'accepted' ? acceptedAs(reason) : outcome] += count
  return counts
}

/** Of what was answered 250 only that is new records whose reason says so. */
function acceptedAs(reason: string): keyof Counts {
  if (reason === 'accepted') return 'accepted'
  return reason === 'duplicate' ? 'repeated' : reason === 'bounce' ? 'bounced' : 'other'
}

function reasonsOf(month: readonly IntakeCount[], today: readonly IntakeCount[]): ReasonCount[] {
  const found = new Map<string, { outcome: ReasonCount['outcome']; reason: string; today: number; month: number }>()
  const add = (rows: readonly IntakeCount[], when: 'today' | 'month') => {
    for (const { outcome, reason, count } of rows) {
      if (outcome === 'accepted') continue
      const key = `${outcome}/${reason}`
      const entry = found.get(key) ?? { outcome, reason, today: 0, month: 0 }
      entry[when] += count
      found.set(key, entry)
    }
  }
  add(month, 'month')
  add(today, 'today')
  return [...found.values()].sort((one, other) => other.month - one.month || (one.reason < other.reason ? -1 : 1))
}
