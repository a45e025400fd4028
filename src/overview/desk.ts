// What an admin wants to see first: how much came and what became of it, whether all is well, and what needs a person.

import type { CountSince, OpeningTimes } from '../store/figures.js'
import type { Attention } from './attention.js'
import type { HealthLine } from './health.js'

/** Messages by what became of them. Each is in exactly one of these. */
export interface Counts {
  readonly accepted: number
  readonly held: number
  readonly rejected: number
  readonly deferred: number
  /** Answered 250 because the same had been taken on before. */
  readonly repeated: number
  /** Came back for a notice. */
  readonly bounced: number
  /** Answered 250 for another reason, such as an answer about held mail. */
  readonly other: number
}

export interface DayCounts extends Counts {
  /** Midnight in UTC. */
  readonly start: number
}

/** Why messages were not taken on at once. */
export interface ReasonCount {
  readonly outcome: 'held' | 'rejected' | 'deferred'
  /** A closed word of the intake desk. */
  readonly reason: string
  readonly today: number
  readonly month: number
}

/** What has not come to its end. */
export interface Waiting {
  readonly held: CountSince
  /** Packages that nobody has opened and that expire soon; `oldest` is the first expiry. */
  readonly expiring: CountSince
  /** Packages that ended lately because their notice came back. */
  readonly undeliverable: CountSince
  /** Mails in the outbox; `oldest` is when the first of them was due. */
  readonly mails: CountSince
  /** Mails that were given up lately. */
  readonly givenUp: CountSince
}

export interface Overview {
  /** When the counts were read. */
  readonly at: number
  /** The last one is today; the oldest first. */
  readonly days: readonly DayCounts[]
  readonly today: Counts
  /** All those days together. */
  readonly month: Counts
  /** The commonest first. */
  readonly reasons: readonly ReasonCount[]
  /** Of packages sent in that time. */
  readonly opening: OpeningTimes
  readonly waiting: Waiting
  readonly health: readonly HealthLine[]
  /** What needs a person, the most urgent first. */
  readonly attention: readonly Attention[]
}

export interface OverviewDesk {
  /** Never waits for anything that hangs. Times to opening are at most ten minutes old. */
  look(): Promise<Overview>
}
