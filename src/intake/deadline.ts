// One deadline for everything between the final dot and the hand-off. The sender's server waits ten minutes or more, a scanner less:
// "try again" in time is better than two copies (RFC 5321 4.5.3.2.6).

import { because, Stopped } from './disposition.js'

export class Deadline {
  readonly #endsAt: number
  readonly #monotonic: () => number

  /** @param ms from now. @param monotonic milliseconds of a clock that never jumps. */
  constructor(ms: number, monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic
    this.#endsAt = monotonic() + ms
  }

  get left(): number {
    return Math.max(0, this.#endsAt - this.#monotonic())
  }

  /** Throws Stopped when the time is up. */
  check(): void {
    if (this.left === 0) throw new Stopped(because('deadline'))
  }

  /**
   * Starts `begin` and settles as it does, or throws Stopped when the time is up first: then the work is left to end by itself, and
   * what becomes of it concerns nobody. Past the time nothing is begun.
   */
  async within<T>(begin: () => Promise<T>): Promise<T> {
    this.check()
    const work = begin()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Stopped(because('deadline'))), this.left)
    })
    try {
      // The race listens to both to the end: whichever loses it and then rejects is not left unhandled.
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
