// Whether all is well, as a page can show it: checks that may take long or hang are run beside each other and remembered for a while, and
// what has not answered in time is said to be open. The checks themselves are handed down.

import { type Clock, MINUTE, SECOND } from '../clock.js'
import type { Log } from '../log.js'

/** What a check found, in words of a catalogue: `says` names the text, `values` fill it. */
export interface CheckResult {
  readonly ok: boolean
  readonly says: string
  readonly values?: Readonly<Record<string, string | number>>
}

export interface Check {
  readonly about: string
  run(): Promise<CheckResult>
}

/** `open`: not known yet. */
export interface HealthLine extends Omit<CheckResult, 'ok'> {
  readonly about: string
  readonly state: 'ok' | 'failing' | 'open'
}

/** What is said of any check: `checking`, it has not answered yet; `no-answer`, it took too long; `unchecked`, it broke. */
export type AnyCheckSays = 'checking' | 'no-answer' | 'unchecked'

export interface HealthOptions {
  /** In the order they are shown. */
  readonly checks: readonly Check[]
  readonly clock: Clock
  readonly log: Log
  /** How long a page waits for checks that are run anew. */
  readonly patienceMs?: number
  /** How long one check may take. */
  readonly limitMs?: number
}

const PATIENCE_MS = 2 * SECOND
const LIMIT_MS = 15 * SECOND
const FRESH_MS = MINUTE

export class Health {
  readonly #options: HealthOptions
  readonly #found = new Map<string, { readonly line: HealthLine; readonly at: number }>()
  readonly #running = new Map<string, Promise<void>>()

  constructor(options: HealthOptions) {
    this.#options = options
  }

  /** What is known, at most a minute old but for what is being looked at again. */
  async look(): Promise<HealthLine[]> {
    const { checks, patienceMs = PATIENCE_MS } = this.#options
    const stale = checks.filter(({ about }) => !this.#isFresh(about))
    await inTime(Promise.all(stale.map((check) => this.#run(check))), patienceMs)
    return checks.map(({ about }) => this.#found.get(about)?.line ?? { about, state: 'open', says: 'checking' })
  }

  #isFresh(about: string): boolean {
    const age = this.#options.clock.now() - (this.#found.get(about)?.at ?? Number.NEGATIVE_INFINITY)
    // Negative when the clock was set back: then nothing of before counts.
    return age >= 0 && age < FRESH_MS
  }

  /** One at a time of each, however many look. */
  #run(check: Check): Promise<void> {
    const running = this.#running.get(check.about)
    if (running) return running
    const work = this.#check(check).finally(() => this.#running.delete(check.about))
    this.#running.set(check.about, work)
    return work
  }

  async #check({ about, run }: Check): Promise<void> {
    const { clock, log, limitMs = LIMIT_MS } = this.#options
    let found: CheckResult
    try {
      found = (await inTime(run(), limitMs)) ?? { ok: false, says: 'no-answer' }
    } catch (error) {
      log.failure('service', error, { kind: about })
      found = { ok: false, says: 'unchecked' }
    }
    const { ok, ...said } = found
    this.#found.set(about, { line: { about, state: ok ? 'ok' : 'failing', ...said }, at: clock.now() })
  }
}

/** What the work gives, or null when the time is up first; then it is left to end by itself. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
