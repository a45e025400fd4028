// The overview: figures, health and what needs a person, read together.

import { type Clock, DAY, MINUTE } from '../clock.js'
import type { Log } from '../log.js'
import type { OpeningTimes } from '../store/figures.js'
import type { Store } from '../store/store.js'
import { attentionOf, EXPIRING_MS, LATELY_MS } from './attention.js'
import { countDays, DAYS, startOfDay } from './counts.js'
import type { OverviewDesk, Waiting } from './desk.js'
import { type Check, type CheckResult, Health } from './health.js'

export interface OverviewOptions {
  readonly store: Pick<Store, 'read'>
  readonly clock: Clock
  readonly log: Log
  /** What is looked at, in the order it is shown; the outbox comes last. */
  readonly checks: readonly Check[]
  /** How long a page waits for checks that are run anew. */
  readonly patienceMs?: number
}

/** Times of a whole month change slowly, and to rank them all costs the database seconds where there are a million. */
const OPENING_FRESH_MS = 10 * MINUTE
/** A mail that was due so long ago is late: the post looks every few seconds, and puts off what the relay does not take. */
const LATE_MS = 15 * MINUTE

export function createOverview(options: OverviewOptions): OverviewDesk {
  const { store, clock, checks } = options
  const health = new Health({ ...options, checks: [...checks, { about: 'outbox', run: () => outbox(store, clock.now()) }] })
  const opening = remembered(clock, (now) => store.read.figures.openingTimes(startOfDay(now) - (DAYS - 1) * DAY))
  return {
    look: async () => {
      const [counted, times, lines] = await Promise.all([countDays(store, clock.now()), opening(), health.look()])
      // Few rows: read anew each time, since whoever has just settled one wants to see it gone.
      const waiting = await readWaiting(store, clock.now())
      return { ...counted, opening: times, waiting, health: lines, attention: attentionOf(waiting, lines, clock.now()) }
    },
  }
}

async function readWaiting({ read }: Pick<Store, 'read'>, now: number): Promise<Waiting> {
  const [held, expiring, undeliverable, mails, givenUp] = await Promise.all([
    read.figures.held(),
    read.figures.expiring(now, now + EXPIRING_MS),
    read.figures.undeliverable(now - LATELY_MS),
    read.outbox.pending(),
    read.figures.mailsGivenUp(now - LATELY_MS),
  ])
  return { held, expiring, undeliverable, mails, givenUp }
}

async function outbox({ read }: Pick<Store, 'read'>, now: number): Promise<CheckResult> {
  const { count, oldest } = await read.outbox.pending()
  if (oldest !== null && now - oldest > LATE_MS) {
    return { ok: false, says: 'late', values: { count, minutes: Math.floor((now - oldest) / MINUTE) } }
  }
  return count === 0 ? { ok: true, says: 'empty' } : { ok: true, says: 'waiting', values: { count } }
}

/** Reads now and then, and once for all who ask meanwhile. */
function remembered(clock: Clock, read: (now: number) => Promise<OpeningTimes>): () => Promise<OpeningTimes> {
  let known: { readonly value: Promise<OpeningTimes>; readonly at: number } | null = null
  return () => {
    const now = clock.now()
    if (known && now >= known.at && now - known.at < OPENING_FRESH_MS) return known.value
    const asked = { value: read(now), at: now }
    known = asked
    // A failure is told to those who asked, and not remembered.
    asked.value.catch(() => {
      if (known === asked) known = null
    })
    return asked.value
  }
}
