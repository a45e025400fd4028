// Work that comes round: expiry, reminders, sweeping. One after the other, each at its own interval; one that fails is logged and comes
// round again.

import type { Log } from './log.js'

export interface Round {
  readonly name: string
  readonly everyMs: number
  /** Safe to run in several processes at once. Resolves with how much it did, for the log. */
  run(): Promise<number | undefined>
}

export class Rounds {
  readonly #rounds: Array<{ round: Round; dueAt: number }>
  readonly #log: Log
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null

  constructor(rounds: readonly Round[], log: Log) {
    this.#rounds = rounds.map((round) => ({ round, dueAt: 0 }))
    this.#log = log
  }

  /** Looks for what is due now, and then every `everyMs`. */
  start(everyMs: number): void {
    const look = () => {
      this.#running ??= this.runDue(performance.now()).finally(() => {
        this.#running = null
      })
    }
    this.#timer = setInterval(look, everyMs)
    look()
  }

  /** Runs what is due at `now` (monotonic milliseconds). */
  async runDue(now: number): Promise<void> {
    for (const entry of this.#rounds) {
      if (entry.dueAt > now) continue
      entry.dueAt = now + entry.round.everyMs
      try {
        const count = await entry.round.run()
        if (count) this.#log.event('swept', { kind: entry.round.name, count })
      } catch (error) {
        this.#log.failure('janitor', error, { kind: entry.round.name })
      }
    }
  }

  /** Resolves when the round under way is over. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    await this.#running
  }
}
