// Held mail on its way after all. The commit that says whose it is comes first; then a worker seals it for her as if it had just come, and
// the held file goes once the new package is sent.

import { randomUUID } from 'node:crypto'
import { HOUR, MINUTE } from '../clock.js'
import { free } from '../memory.js'
import type { HeldRow } from '../store/held.js'
import { keysOfPerson } from '../store/intake-keys.js'
import type { Tables } from '../store/store.js'
import { collect } from './collect.js'
import { Deadline } from './deadline.js'
import { because, type Disposition, outcomeOf, type Reason, Stopped } from './disposition.js'
import { openHeld } from './held-mail.js'
import { judgedFor, parse } from './judge.js'
import { numbersOnPages } from './page-numbers.js'
import { deliver, type IntakeTools, LEASE_MS } from './receive.js'
import { checkReady } from './route.js'

/** Longer than opening, sealing and the relay may take together. */
const RELEASE_LEASE_MS = LEASE_MS + 5 * MINUTE
const DEADLINE_MS = 2 * MINUTE
const AT_ONCE = 5
/** Waits after the 1st, 2nd, … try that could not be finished; the last one repeats. */
const WAITS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR]

/** Releases what was assigned, one after the other. Several processes may run one each. */
export class Releases {
  readonly #tools: IntakeTools
  readonly #owner = randomUUID()
  #running: Promise<unknown> | null = null
  #again = false
  #isStopped = false

  constructor(tools: IntakeTools) {
    this.#tools = tools
  }

  /** Looks for work soon, and not within the present transaction. */
  wake(): void {
    if (this.#isStopped) return
    this.#again = true
    this.#running ??= this.#work().finally(() => {
      this.#running = null
    })
  }

  /** Resolves when what is being released has been, or has failed. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#isStopped) {
      this.#again = false
      await new Promise((resolve) => setImmediate(resolve))
      const tried = await this.releaseDue().catch((error) => this.#tools.log.failure('intake', error))
      if (tried === AT_ONCE) this.#again = true
    }
  }

  /** How many were tried. */
  async releaseDue(): Promise<number> {
    const { store, clock } = this.#tools
    let tried = 0
    // One is leased only when it is its turn: what is left waits for the next round, or for another process.
    for (; tried < AT_ONCE && !this.#isStopped; tried++) {
      const [row] = await store.write(({ held }) => held.lease(this.#owner, RELEASE_LEASE_MS, 1, clock.now()))
      if (!row) return tried
      await this.#release(row)
    }
    return tried
  }

  async #release(row: HeldRow): Promise<void> {
    const { log } = this.#tools
    let disposition: Disposition
    try {
      disposition = await releaseOne(this.#tools, row)
    } catch (error) {
      if (!(error instanceof Stopped)) log.failure('intake', error, { intakeNumber: row.intakeNumber })
      disposition = error instanceof Stopped ? error.disposition : because('internal')
    }
    await this.#settle(row, disposition)
    log.event(outcomeOf(disposition.reason), { intakeNumber: row.intakeNumber, reason: disposition.reason, kind: 'released' })
  }

  /** Nothing is lost: what could not be done is tried again, or waits for a person again. */
  async #settle(row: HeldRow, { reason }: Disposition): Promise<void> {
    const { store, clock } = this.#tools
    const outcome = outcomeOf(reason)
    // Past its time it is not tried for ever: held again, it ends as such, and its provider is told.
    if (outcome === 'deferred' && clock.now() < row.expiresAt) {
      const wait = WAITS[Math.min(row.attempts, WAITS.length) - 1] ?? MINUTE
      await store.write(({ held }) => held.retry(row.id, this.#owner, clock.now() + wait))
    } else if (outcome !== 'accepted') {
      await store.write(async (tables) => {
        if (await tables.held.giveBack(row.id, this.#owner, reason)) await note(tables, row, 'held-again', clock.now(), { reason })
      })
    } else {
      // Released within the transaction that made it sent; a duplicate had been sent before.
      await store.write((tables) => endReleased(this.#tools, tables, row, clock.now()))
      await dropHeld(this.#tools, row)
    }
  }
}

async function releaseOne(tools: IntakeTools, row: HeldRow): Promise<Disposition> {
  const { store, clock } = tools
  const deadline = new Deadline(tools.deadlineMs ?? DEADLINE_MS)
  const provider = await store.read.providers.byId(row.providerId)
  const consumer = row.consumerId === null ? null : await store.read.consumers.byId(row.consumerId)
  if (!provider || !consumer) return because('consumer-unknown')
  if (provider.state === 'suspended') return because('provider-suspended')
  const ready = await checkReady(store.read, consumer, clock.now())
  if ('reason' in ready) return ready
  const judged = await deadline.within(() =>
    tools.work.run(async () => {
      const { envelope, raw } = await openHeld(store, row)
      const message = await parse([raw])
      if ('reason' in message) return message
      const documents = await collect(message, tools.workshop, consumer.language)
      if ('reason' in documents) return documents
      if (!message.parts.some(({ bytes, signs }) => bytes.buffer === raw.buffer || signs?.buffer === raw.buffer)) free(raw)
      const { verified, ...how } = envelope
      const record = (tables: Tables) => endReleased(tools, tables, row, clock.now())
      const { requests: requestNumbers } = await numbersOnPages(tools.workshop, documents)
      const received = { ...how, provider, tag: null, intakeNumber: row.intakeNumber, record }
      return judgedFor(tools, { received, message, verified, requestNumbers }, consumer, documents)
    }),
  )
  if ('reason' in judged) return judged
  return deliver(tools, judged, deadline, { how: judged.verified.method, consumer, documents: row.documents, packageId: null })
}

/** Its row in the log named nobody: from now on it is found by her, too. */
async function endReleased({ store }: Pick<IntakeTools, 'store'>, tables: Tables, row: HeldRow, now: number): Promise<void> {
  if (!(await tables.held.release(row.id, now))) return
  await note(tables, row, 'held-released', now)
  const consumer = row.consumerId === null ? null : await tables.consumers.byId(row.consumerId)
  if (consumer) await tables.intakes.addKeys(row.intakeNumber, keysOfPerson(store.keyring, consumer))
}

/** The sealed file of an ended one goes; what can't go now, the worker's next round finds. */
export async function dropHeld(
  { store, log }: Pick<IntakeTools, 'store' | 'log'>,
  { id, blobKey, intakeNumber }: HeldRow,
): Promise<boolean> {
  if (blobKey === null) return false
  try {
    if (!(await store.discard(blobKey))) return false
    await store.write(({ held }) => held.dropBlob(id))
    return true
  } catch (error) {
    log.failure('intake', error, { intakeNumber })
    return false
  }
}

/** One line of the record about held mail. */
export function note(
  tables: Tables,
  { intakeNumber, providerId, consumerId }: HeldRow,
  kind: string,
  at: number,
  details: { readonly actor?: string; readonly reason?: Reason | string; readonly why?: string } = {},
): Promise<void> {
  const { actor = 'intake', ...said } = details
  return tables.events.append({ id: randomUUID(), at, kind, actor, packageId: null, consumerId, providerId, intakeNumber, details: said })
}
