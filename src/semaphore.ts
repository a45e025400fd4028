// A counting semaphore with a bounded queue: scrypt takes 16 to 128 MB and a core each time, so callers wait in line, and past
// the line's end they are told at once instead of waiting for ever.

/** Thrown by `run` when the queue is full. The caller answers "busy, try again" (451, 452 or 503). */
export class BusyError extends Error {
  override name = 'BusyError'
}

export class Semaphore {
  #free: number
  readonly #maxWaiting: number
  readonly #waiting: Array<() => void> = []

  /** @param places how many may run at once; @param maxWaiting how many may stand in line behind them. */
  constructor(places: number, maxWaiting = Number.POSITIVE_INFINITY) {
    this.#free = places
    this.#maxWaiting = maxWaiting
  }

  /** How many stand in line now. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Runs `work` when a place is free. Throws BusyError when the line is full; otherwise settles as `work` does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free--
      return Promise.resolve()
    }
    if (this.#waiting.length >= this.#maxWaiting) return Promise.reject(new BusyError('too many waiting'))
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
