// A fuse in every port through which a world acts on what outlives it: the database, the files, the relay. When it blows, either that
// one step fails, or the world is gone: no port ever returns again, so that no line of the product, no `finally` either, runs on.

/** `crash`: nothing returns any more. `fail`: one step throws, before or after it has had its effect. */
export type Blow = 'crash' | 'fail'

export class Fuse {
  #left: number | null = null
  #blow: Blow = 'crash'
  #isDead = false
  readonly #underway = new Set<Promise<unknown>>()
  #announce: () => void = () => {}
  /** Resolves when the world is gone. */
  readonly dead = new Promise<void>((resolve) => {
    this.#announce = resolve
  })
  /** Whether it blew since it was last armed. */
  isBlown = false

  /** It will blow at the `steps`th moment from now, counting before and after each step. */
  arm(steps: number, blow: Blow): void {
    this.#left = steps
    this.#blow = blow
    this.isBlown = false
  }

  /** Takes the fuse out; the world lives on. */
  disarm(): void {
    this.#left = null
    this.isBlown = false
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** The power goes now. */
  kill(): void {
    this.#isDead = true
    this.#announce()
  }

  /** One step outward. `failure` is what this port throws when it breaks; a port that has none never breaks, it only goes. */
  async step<T>(work: () => Promise<T>, failure?: () => Error): Promise<T> {
    await this.#moment(failure)
    const doing = work()
    this.#underway.add(doing)
    const result = await doing.finally(() => this.#underway.delete(doing))
    await this.#moment(failure)
    return result
  }

  /** Resolves when what had begun before the end is over: a commit does not stop half way. */
  async quiet(): Promise<void> {
    await Promise.allSettled([...this.#underway])
  }

  async #moment(failure?: () => Error): Promise<void> {
    if (this.#isDead) return never()
    if (this.#left === null || this.#left-- > 0) return
    if (this.#blow === 'fail' && !failure) {
      this.#left = 0
      return
    }
    this.#left = null
    this.isBlown = true
    if (this.#blow === 'fail' && failure) throw failure()
    this.kill()
    return never()
  }
}

function never(): Promise<never> {
  return new Promise(() => {})
}
