// Counts over many rows at once, for the admins' overview and for monitoring. Each is answered from an index alone, or from few rows.

import type { Knex } from 'knex'
import { DAY } from '../clock.js'
import type { Intake } from './intakes.js'
import { awaited } from './packages.js'

export interface IntakeCount {
  /** Midnight in UTC. */
  readonly start: number
  readonly outcome: Intake['outcome']
  readonly reason: string
  readonly count: number
}

/** How long people took to open a package, of those that were sent in some time. Milliseconds; null: none of them was opened. */
export interface OpeningTimes {
  readonly sent: number
  readonly opened: number
  /** Half of those that were opened were opened as fast as this. */
  readonly median: number | null
  /** Nine in ten. */
  readonly ninth: number | null
}

export interface CountSince {
  readonly count: number
  /** Null when there is none. */
  readonly oldest: number | null
}

export interface Figures {
  /** Intakes of each day, from the day on that begins at `from`, by outcome and reason. */
  intakes(from: number): Promise<IntakeCount[]>
  openingTimes(sentFrom: number): Promise<OpeningTimes>
  /** Awaited packages that expire after `now` and not after `until`; `oldest` is the first expiry. */
  expiring(now: number, until: number): Promise<CountSince>
  /** Packages that ended since then because their notice came back; `oldest` is the first such end. */
  undeliverable(since: number): Promise<CountSince>
  /** Held mail that waits for somebody to say whose it is; `oldest` is when the first of it came. */
  held(): Promise<CountSince>
  /** Mails given up since then; `oldest` is when the first was. */
  mailsGivenUp(since: number): Promise<CountSince>
}

export function figuresTable(knex: Knex): Figures {
  return {
    intakes: async (from) => (await intakeCounts(knex, from)).map(toCount),
    openingTimes: async (sentFrom) => openingTimes(knex, sentFrom),
    expiring: (now, until) => countSince(awaited(knex).where('expires_at', '>', now).where('expires_at', '<=', until), 'expires_at'),
    // One that was never sent ended because it could not be; then its provider was told so, and sends again.
    undeliverable: (since) =>
      countSince(knex('packages').where('ended_at', '>=', since).where({ state: 'undeliverable' }).whereNotNull('sent_at'), 'ended_at'),
    held: () => countSince(knex('held').where({ state: 'held' }), 'received_at'),
    mailsGivenUp: (since) => countSince(knex('outbox').where({ state: 'failed' }).where('ended_at', '>=', since), 'ended_at'),
  }
}

/** From the counts that the intake log keeps of each day. Exported so that a test sees how the database finds it. */
export function intakeCounts(knex: Knex, from: number): Knex.QueryBuilder {
  return knex('intake_days')
    .where('day', '>=', Math.floor(from / DAY))
    .groupBy('day', 'outcome', 'reason')
    .select('day', 'outcome', 'reason')
    .sum({ count: 'messages' })
}

/** Nearest rank: the first value that so many of them do not exceed. Exported for the same reason. */
export function openedTimes(knex: Knex, sentFrom: number): Knex.QueryBuilder {
  const took = 'first_opened_at - sent_at'
  const ranked = knex('packages')
    .where('sent_at', '>=', sentFrom)
    .whereNotNull('first_opened_at')
    .select(knex.raw(`${took} AS took, ROW_NUMBER() OVER (ORDER BY ${took}) AS place, COUNT(*) OVER () AS opened`))
    .as('ranked')
  return knex.from(ranked).whereRaw('place IN ((opened + 1) / 2, (9 * opened + 9) / 10)').orderBy('place')
}

async function openingTimes(knex: Knex, sentFrom: number): Promise<OpeningTimes> {
  // In this order: what is sent or opened in between makes none of them opened before it was sent.
  const places: Array<Record<string, unknown>> = await openedTimes(knex, sentFrom)
  const sent = await knex('packages').where('sent_at', '>=', sentFrom).count({ count: '*' }).first()
  const took = (row: Record<string, unknown> | undefined) => (row ? Math.max(0, Number(row.took)) : null)
  return { sent: Number(sent?.count ?? 0), opened: Number(places[0]?.opened ?? 0), median: took(places[0]), ninth: took(places.at(-1)) }
}

function toCount({ day, outcome, reason, count }: Record<'day' | 'count', unknown> & Pick<IntakeCount, 'outcome' | 'reason'>): IntakeCount {
  return { start: Number(day) * DAY, outcome, reason, count: Number(count) }
}

async function countSince(rows: Knex.QueryBuilder, column: string): Promise<CountSince> {
  const row: { count?: unknown; oldest?: unknown } | undefined = await rows.count({ count: '*' }).min({ oldest: column }).first()
  const count = Number(row?.count ?? 0)
  return { count, oldest: count === 0 ? null : Number(row?.oldest) }
}
