// The mint: codes made ahead of the messages that will use them, so that sealing need not wait for the slow hash. Nothing here depends
// on a message. An entry leaves the pool before anyone sees it and never comes back, whatever became of it: a code that may have been
// mailed must not be mailed to somebody else. The pool is memory only.

import { randomBytes } from 'node:crypto'
import type { Semaphore } from '../semaphore.js'
import { drawCode, type RandomBytes } from './code.js'
import { codeSecret, codeVerifier, stretchCode } from './keys.js'
import { drawPackageNumber } from './number.js'

/** What one package needs of its own. `code` goes into the notice and nowhere else; wipe `codeSecret` after use. */
export interface Minted {
  /** Canonical package number. */
  readonly number: string
  /** packageSalt, 16 bytes, for the row. */
  readonly salt: Buffer
  /** 16 digits. Kept nowhere. */
  readonly code: string
  /** For the row, under the pepper `pepperId`. */
  readonly verifier: Buffer
  /** k[32:64]. Kept nowhere. */
  readonly codeSecret: Buffer
  readonly pepperId: string
}

export interface MintOptions {
  /** The current pepper of the purpose "code". */
  readonly pepper: { readonly id: string; readonly key: Buffer }
  /** How many are held ready; 4 if not given. */
  readonly size?: number
  /** Where slow hashes stand in line. */
  readonly semaphore: Semaphore
  readonly random?: RandomBytes
  /** The slow hash of a code; another one is for tests. */
  readonly stretch?: typeof stretchCode
}

export class Mint {
  readonly #options: MintOptions
  readonly #size: number
  readonly #pool: Minted[] = []
  #filling = false
  #closed = false

  constructor(options: MintOptions) {
    this.#options = options
    this.#size = options.size ?? 4
  }

  /**
   * An entry of the pool, or a new one when the pool is empty; nobody else gets it. Throws BusyError when the pool is empty and the
   * semaphore's line is full, and an Error after `close`.
   */
  async take(): Promise<Minted> {
    if (this.#closed) throw new Error('minting: the mint is closed')
    const minted = this.#pool.shift() ?? this.#mint()
    void this.#fill() // after it, so that the taker stands in line first
    return minted
  }

  /** Wipes and forgets the pool; takers that are waiting still get theirs. */
  close(): void {
    this.#closed = true
    for (const { codeSecret } of this.#pool.splice(0)) codeSecret.fill(0)
  }

  /** Refills the pool one by one, so that it never holds more than one place of the semaphore against people who wait. */
  async #fill(): Promise<void> {
    if (this.#filling) return
    this.#filling = true
    try {
      while (!this.#closed && this.#pool.length < this.#size) this.#keep(await this.#mint())
    } catch {
      // Minting ahead is a favour: when it fails (BusyError, no memory), the next `take` mints for itself and throws what it meets.
    } finally {
      this.#filling = false
    }
  }

  #keep(minted: Minted): void {
    if (this.#closed) minted.codeSecret.fill(0)
    else this.#pool.push(minted)
  }

  async #mint(): Promise<Minted> {
    const { pepper, semaphore, random = randomBytes, stretch = stretchCode } = this.#options
    const code = drawCode(random)
    const salt = Buffer.from(random(16))
    const number = drawPackageNumber(random)
    const k = await semaphore.run(() => stretch(code, salt))
    const minted = { number, salt, code, verifier: codeVerifier(k, pepper.key), codeSecret: codeSecret(k), pepperId: pepper.id }
    k.fill(0)
    return minted
  }
}
