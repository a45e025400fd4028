// The virus scanner, where one is set up: nothing it has not called clean goes into a package.

import type { Scanner, ScanOutcome } from '../documents/clamd.js'
import type { Log } from '../log.js'
import type { Breaker } from './admission.js'
import { because, type Disposition } from './disposition.js'

export interface VirusScanOptions {
  readonly scanner: Scanner
  /** Opened by a scan that failed: while the scanner is known to be down nobody need upload. */
  readonly breaker: Breaker
  readonly log: Log
}

export class VirusScan {
  readonly #options: VirusScanOptions

  constructor(options: VirusScanOptions) {
    this.#options = options
  }

  /** Whether the scanner may be counted on, for MAIL. */
  allows(): Promise<boolean> {
    return this.#options.breaker.allows()
  }

  /** Looks through each of `all`, one after the other. null: all are clean; else why the message is not taken. */
  async look(all: ReadonlyArray<readonly Buffer[]>): Promise<Disposition | null> {
    for (const chunks of all) {
      const found = this.#judge(await this.#options.scanner.scan(chunks))
      if (found) return found
    }
    return null
  }

  #judge(outcome: ScanOutcome): Disposition | null {
    const { breaker, log } = this.#options
    if (outcome.kind !== 'failed') breaker.succeeded()
    if (outcome.kind === 'clean') return null
    if (outcome.kind === 'infected') return because('infected', outcome.signature)
    log.event('alert', { reason: 'scan-failed', detail: outcome.detail })
    // One message that is too big for it says nothing about the next.
    if (outcome.detail !== 'too-big' && outcome.detail !== 'cut-off') breaker.failed()
    return because('scan-failed', outcome.detail)
  }
}
