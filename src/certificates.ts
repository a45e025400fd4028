// Certificates are renewed every few weeks, by a tool that writes new files: they are taken up without a restart.

import { X509Certificate } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Log } from './log.js'
import { readTlsPair, type TlsFiles, type TlsPair } from './tls-pair.js'

export interface Served {
  /** Whose it is, for the log. */
  readonly door: 'mail' | 'web'
  readonly files: TlsFiles
  /** Shows the pair to the connections to come; those that stand are not touched. */
  readonly apply: (pair: TlsPair) => void
}

export class Certificates {
  readonly #served: ReadonlyArray<Served & { stamp: string; fingerprint: string }>
  readonly #log: Log
  readonly #now: () => number
  #work: Promise<void> = Promise.resolve()

  constructor(served: readonly Served[], options: { readonly log: Log; readonly now: () => number }) {
    this.#served = served.map((each) => ({ ...each, stamp: '', fingerprint: '' }))
    this.#log = options.log
    this.#now = options.now
  }

  /**
   * Reads the files again (`changed`: only those that look another way than the last time) and serves what is in them. A pair that can't
   * be used leaves the old one in force and an alert in the log. Resolves when all are done; never rejects.
   */
  reload(which: 'all' | 'changed'): Promise<void> {
    this.#work = this.#work.then(async () => {
      for (const each of this.#served) await this.#renew(each, which)
    })
    return this.#work
  }

  async #renew(each: Served & { stamp: string; fingerprint: string }, which: 'all' | 'changed'): Promise<void> {
    // Before they are read: what is written in between looks changed the next time.
    const stamp = await stampOf(each.files)
    if (which === 'changed' && stamp === each.stamp) return
    each.stamp = stamp
    try {
      const pair = await readTlsPair(each.files, this.#now())
      each.apply(pair)
      const { fingerprint256: fingerprint } = new X509Certificate(pair.cert)
      if (fingerprint !== each.fingerprint) this.#log.event('certificate-loaded', { kind: each.door, fingerprint })
      each.fingerprint = fingerprint
    } catch (error) {
      this.#log.event('alert', { reason: 'certificate-unusable', kind: each.door })
      this.#log.failure('service', error, { kind: each.door })
    }
  }
}

/** Changes when a file is written, replaced, or a link leads to another one. */
async function stampOf({ cert, key }: TlsFiles): Promise<string> {
  const looks = await Promise.all(
    [cert, key].map((file) =>
      stat(file).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => 'missing',
      ),
    ),
  )
  return looks.join('/')
}
