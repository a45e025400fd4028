// What needs a person, the most urgent first: what keeps mail from coming or going, then people who wait, then what is about to be lost.

import { DAY } from '../clock.js'
import type { Waiting } from './desk.js'
import type { HealthLine } from './health.js'

/**
 * `failing`: a check of that name fails. `held-old`: held mail has waited for more than a day; `held`: it waits. `given-up`: mails that
 * were given up. `undeliverable`: notices that came back. `expiring`: packages nobody has opened.
 */
export type Attention =
  | { readonly kind: 'failing'; readonly about: string }
  | { readonly kind: 'held-old' | 'held' | 'given-up' | 'undeliverable' | 'expiring'; readonly count: number; readonly at: number }

/** Packages unopened so long before they expire, and what went wrong in the days before. */
export const EXPIRING_MS = 3 * DAY
export const LATELY_MS = 7 * DAY

export function attentionOf(waiting: Waiting, health: readonly HealthLine[], now: number): Attention[] {
  const { held, givenUp, undeliverable, expiring } = waiting
  const failing = health.filter(({ state }) => state === 'failing').map(({ about }) => ({ kind: 'failing', about }) as const)
  const heldKind = held.oldest !== null && now - held.oldest >= DAY ? 'held-old' : 'held'
  const counted = [
    [heldKind, held],
    ['given-up', givenUp],
    ['undeliverable', undeliverable],
    ['expiring', expiring],
  ] as const
  const waits = counted.flatMap(([kind, { count, oldest }]) => (oldest === null ? [] : [{ kind, count, at: oldest }]))
  return [...failing, ...waits]
}
