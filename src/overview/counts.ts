// Intakes by day, outcome and reason, in words of the overview. The intake log keeps the counts, so they are read anew each time.

import { DAY } from '../clock.js'
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

const NONE: Counts = { accepted: 0, held: 0, rejected: 0, deferred: 0, repeated: 0, bounced: 0, other: 0 }

/** Each message of the thirty days is in exactly one count of its day. */
export async function countDays({ read }: Pick<Store, 'read'>, now: number): Promise<Counted> {
  const last = startOfDay(now)
  const first = last - (DAYS - 1) * DAY
  // A clock that was set back has left days behind that have not come yet.
  const rows = (await read.figures.intakes(first)).filter(({ start }) => start <= last)
  const todays = rows.filter(({ start }) => start === last)
  const days = Array.from({ length: DAYS }, (_each, index) => {
    const start = first + index * DAY
    return { start, ...countsOf(rows.filter((row) => row.start === start)) }
  })
  return { at: now, days, today: countsOf(todays), month: countsOf(rows), reasons: reasonsOf(rows, todays) }
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
