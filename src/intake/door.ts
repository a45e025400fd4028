// The intake desk at the mail door: admission, the intake address, and one log row for every attempt that reached a decision.

import { randomUUID } from 'node:crypto'
import { megabytesOfFiles } from '../config.js'
import { canonicalAddress, maskAddress } from '../mail/address.js'
import type { Peer } from '../mail/envelope.js'
import type { Reply } from '../mail/reply.js'
import { contains, peerKey } from '../networks.js'
import { BusyError } from '../semaphore.js'
import type { Provider } from '../store/providers.js'
import type { Tables } from '../store/store.js'
import type { Text } from '../texts.js'
import { type DiskFloor, type MemoryBudget, sizeToReserve } from './admission.js'
import type { DataRefusal, MailDoor, Transaction } from './desk.js'
import { because, type Disposition, outcomeOf, type Reason, replyFor, Stopped } from './disposition.js'
import { drawIntakeNumber } from './number.js'
import { type Findings, type IntakeTools, receive } from './receive.js'
import { readIntakeAddress } from './route.js'

export interface DoorOptions extends IntakeTools {
  readonly budget: MemoryBudget
  readonly disk: DiskFloor
  readonly intakeDomain: string
  readonly maxMessageBytes: number
  /** How many messages may wait for the parser and the sealer before MAIL is answered "busy". */
  readonly maxWaiting: number
  /** Whether a provider's SMTP password is right; its id, or null. */
  readonly checkPassword: (user: string, password: string) => Promise<string | null>
  /** Once stopping, nothing new is admitted. */
  readonly isStopping: () => boolean
}

interface OpenTransaction extends Transaction {
  provider: Provider | null
  released: boolean
}

/** What a log row says beyond the disposition. */
interface Passage {
  readonly intakeNumber: string
  readonly peer: Peer
  readonly provider: Provider | null
  readonly intakeAddress: string | null
  readonly startedAt: number
  readonly bytes: number
  readonly findings: Findings
}

const NOTHING_FOUND: Findings = { how: null, consumer: null, documents: 0, packageId: null }

export class IntakeDoor implements MailDoor {
  readonly #options: DoorOptions
  readonly #text: Text
  readonly #open = new WeakMap<Transaction, OpenTransaction>()

  constructor(options: DoorOptions) {
    this.#options = options
    this.#text = options.texts.in('en')
  }

  async signIn(user: string, password: string, peer: Peer): Promise<string | null> {
    const providerId = await this.#options.checkPassword(user, password)
    this.#options.log.event(providerId ? 'signed-in' : 'sign-in-refused', { peer: peer.address, ...(providerId && { providerId }) })
    return providerId
  }

  async mail(peer: Peer, mailFrom: string, size: number | null): Promise<Transaction | Reply> {
    const refusal = await this.#admit(peer, size)
    if (typeof refusal !== 'number') return this.#refuse(refusal, this.#passage(peer, null, null, 0))
    const transaction: OpenTransaction = {
      id: randomUUID(),
      peer,
      mailFrom,
      reservedBytes: refusal,
      rcptTo: null,
      provider: null,
      released: false,
    }
    this.#open.set(transaction, transaction)
    return transaction
  }

  /** The bytes reserved, or why not. Cheap checks first; the reservation last, so that a refusal leaves nothing to give back. */
  async #admit(peer: Peer, size: number | null): Promise<number | Disposition> {
    const { budget, disk, breaker, work, maxMessageBytes, maxWaiting, isStopping } = this.#options
    if (isStopping()) return because('stopping')
    const bytes = sizeToReserve(size, maxMessageBytes)
    if (typeof bytes !== 'number') return bytes
    if (peer.tls === null && !(await this.#isRegisteredNetwork(peer))) return because('tls-required')
    if (!(await breaker.allows())) return because('relay-down')
    if (work.waiting >= maxWaiting) return because('busy')
    if (!(await disk.hasRoomFor(2 * bytes))) return because('short-of-disk')
    return (await budget.reserve(bytes, holderOf(peer))) ? bytes : because('short-of-memory')
  }

  async #isRegisteredNetwork(peer: Peer): Promise<boolean> {
    const providers = await this.#options.store.read.providers.list()
    return providers.some((each) => each.state === 'active' && each.auth.includes('network') && contains(each.networks, peer.address))
  }

  async rcpt(transaction: Transaction, address: string): Promise<Reply | null> {
    const { peer } = transaction
    const open = this.#opened(transaction)
    if (open.rcptTo !== null) return this.#refuse(because('too-many-recipients'), this.#passage(peer, open.provider, open.rcptTo, 0))
    const read = readIntakeAddress(address, this.#options.intakeDomain)
    const provider = read && (await this.#options.store.read.providers.bySlug(read.slug))
    if (!provider) return this.#refuse(because('unknown-intake-address'), this.#passage(peer, null, null, 0))
    const canonical = canonicalAddress(address)
    if (provider.state === 'suspended') return this.#refuse(because('provider-suspended'), this.#passage(peer, provider, canonical, 0))
    open.provider = provider
    open.rcptTo = canonical
    return null
  }

  async data(transaction: Transaction, raw: Buffer[]): Promise<Reply> {
    const open = this.#opened(transaction)
    const bytes = raw.reduce((sum, chunk) => sum + chunk.length, 0)
    const findings: Findings = { ...NOTHING_FOUND }
    const passage = { ...this.#passage(open.peer, open.provider, open.rcptTo, bytes), findings }
    try {
      const disposition = await this.#receive(open, raw, passage)
      return await this.#settle(disposition, passage)
    } catch (error) {
      this.#options.log.failure('intake', error, { intakeNumber: passage.intakeNumber })
      const reason = error instanceof BusyError ? 'busy' : 'internal'
      return this.#settle(because(reason), passage).catch(() => this.#reply(because(reason), passage))
    }
  }

  async #receive(open: OpenTransaction, raw: Buffer[], passage: Passage): Promise<Disposition> {
    const { store, intakeDomain } = this.#options
    const address = open.rcptTo
    const read = address === null ? null : readIntakeAddress(address, intakeDomain)
    // Read again: the provider may have been suspended, or changed, while the bytes came in.
    const provider = read && (await store.read.providers.bySlug(read.slug))
    if (!address || !read || !provider) return because('internal', 'no-provider')
    if (provider.state === 'suspended') return because('provider-suspended')
    const { intakeNumber, startedAt, findings } = passage
    const record = (tables: Tables, disposition: Disposition) => this.#append(tables, disposition, passage)
    const received = { ...open, provider, intakeAddress: address, tag: read.tag, intakeNumber, receivedAt: startedAt, record }
    try {
      return await receive(this.#options, received, raw, findings)
    } catch (error) {
      if (error instanceof Stopped) return error.disposition
      throw error
    }
  }

  async refuseData(transaction: Transaction, kind: DataRefusal, bytes: number): Promise<Reply> {
    const open = this.#opened(transaction)
    const reason: Reason = kind === 'no-memory' ? 'short-of-memory' : kind
    return this.#refuse(because(reason), this.#passage(open.peer, open.provider, open.rcptTo, bytes))
  }

  release(transaction: Transaction): void {
    const open = this.#open.get(transaction)
    if (!open || open.released) return
    open.released = true
    this.#options.budget.release(open.reservedBytes, holderOf(open.peer))
  }

  #opened(transaction: Transaction): OpenTransaction {
    const open = this.#open.get(transaction)
    if (!open) throw new Error('intake: not a transaction of this desk')
    return open
  }

  #passage(peer: Peer, provider: Provider | null, intakeAddress: string | null, bytes: number): Passage {
    const startedAt = this.#options.clock.now()
    const intakeNumber = drawIntakeNumber(startedAt)
    return { intakeNumber, peer, provider, intakeAddress, startedAt, bytes, findings: NOTHING_FOUND }
  }

  /** A refusal is said even if it can't be logged: nothing was taken, so nothing is lost. */
  async #refuse(disposition: Disposition, passage: Passage): Promise<Reply> {
    return this.#settle(disposition, passage).catch((error) => {
      this.#options.log.failure('intake', error, { intakeNumber: passage.intakeNumber })
      return this.#reply(disposition, passage)
    })
  }

  /** Writes the log row, unless the sealing's own transaction did, then gives the reply. */
  async #settle(disposition: Disposition, passage: Passage): Promise<Reply> {
    if (disposition.reason !== 'accepted') await this.#options.store.write((tables) => this.#append(tables, disposition, passage))
    const reply = this.#reply(disposition, passage)
    this.#options.log.event(outcomeOf(disposition.reason), {
      intakeNumber: passage.intakeNumber,
      reason: disposition.reason,
      ...(disposition.detail && { detail: disposition.detail }),
      peer: passage.peer.address,
      ...(passage.provider && { providerSlug: passage.provider.slug }),
      bytes: passage.bytes,
      documents: passage.findings.documents,
      durationMs: this.#duration(passage),
      replyCode: reply.replyCode,
    })
    return reply
  }

  #append(tables: Tables, disposition: Disposition, passage: Passage): Promise<void> {
    const { findings, peer } = passage
    const { replyCode, enhancedCode, text } = this.#reply(disposition, passage)
    return tables.intakes.append({
      number: passage.intakeNumber,
      at: passage.startedAt,
      providerId: passage.provider?.id ?? null,
      consumerId: findings.consumer?.id ?? null,
      outcome: outcomeOf(disposition.reason),
      reason: disposition.reason,
      detail: disposition.detail ?? null,
      replyCode,
      enhancedCode,
      replyText: text,
      bytes: passage.bytes,
      documents: findings.documents,
      peer: peer.address,
      tls: peer.tls,
      how: findings.how,
      consumerMasked: findings.consumer ? maskAddress(findings.consumer.address) : null,
      intakeAddress: passage.intakeAddress,
      durationMs: this.#duration(passage),
      packageId: findings.packageId,
    })
  }

  #duration(passage: Passage): number {
    return Math.max(0, this.#options.clock.now() - passage.startedAt)
  }

  #reply(disposition: Disposition, passage: Passage): Reply {
    const named =
      'intakeNumber' in disposition && typeof disposition.intakeNumber === 'string' ? disposition.intakeNumber : passage.intakeNumber
    const megabytes = megabytesOfFiles(this.#options.maxMessageBytes)
    return replyFor(disposition.reason, this.#text, { intakeNumber: named, megabytes })
  }
}

/** Whom a reservation is counted under: a stranger must leave some memory to others, a provider that signed in need not. */
function holderOf({ address, signedInAs }: Peer): string | null {
  return signedInAs === null ? peerKey(address) : null
}
