// Whether what we write can be relied on. After a disk error nothing more is admitted until a probe has written and synced: each message
// would cost its sender the upload, and us a code, to end with the same error.

import { DAY } from '../clock.js'
import type { Log } from '../log.js'
import { troubleOf } from '../store/watch.js'

export interface StorageOptions {
  /** Writes and syncs something, and rejects when that fails. */
  readonly probe: () => Promise<void>
  /** Tells the admins. Resolves with whether they will hear of it. */
  readonly tell: () => Promise<boolean>
  readonly log: Log
  /** Milliseconds. */
  readonly now: () => number
  /** From a failure to the next probe. */
  readonly waitMs?: number
}

const WAIT_MS = 60_000

/**
 * Unsound from the first write that failed for the disk's sake; sound again after a probe, the first one a while later. Not only after a
 * restart: what passes by itself (a volume that was away, mounted read-only and then repaired) needs nobody at night, and a restart
 * would prove no more than the probe does, which writes everything anew. A full disk is another matter: see DiskFloor.
 */
export class StorageHealth {
  readonly #options: StorageOptions
  #isSound = true
  #isTold = true
  #toldAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | null = null
  #work: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: StorageOptions) {
    this.#options = options
  }

  get isSound(): boolean {
    return this.#isSound
  }

  /** A write failed, for whatever reason. */
  noteFailure(error: unknown): void {
    if (!this.#isSound || this.#stopped || troubleOf(error) !== 'failing') return
    this.#isSound = false
    // A disk that comes and goes is told once a day.
    this.#isTold = this.#options.now() - this.#toldAt < DAY
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    this.#options.log.event('alert', { reason: 'storage-failing', detail: code })
    this.#work = this.#work.then(() => this.#tell())
    this.#probeLater()
  }

  /** No more probes. Resolves when the one under way is over. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#work
  }

  #probeLater(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#work = this.#work.then(() => this.#probe())
    }, this.#options.waitMs ?? WAIT_MS)
  }

  async #probe(): Promise<void> {
    try {
      await this.#options.probe()
    } catch (error) {
      this.#options.log.failure('store', error)
      this.#probeLater()
      return
    }
    this.#isSound = true
    this.#options.log.event('recovered', { reason: 'storage-failing' })
    // While nothing could be written the mail may have found no way out.
    await this.#tell()
  }

  async #tell(): Promise<void> {
    if (this.#isTold) return
    try {
      this.#isTold = await this.#options.tell()
      if (this.#isTold) this.#toldAt = this.#options.now()
    } catch (error) {
      this.#options.log.failure('store', error)
    }
  }
}
