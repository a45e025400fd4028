// The time of day, handed down by the service so that a test can hold it still. Leases use the database's own time instead.

/** Wall-clock time for everything a person can see: dates, expiries, delays. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
