// The intake desk at the mail door: admission, the intake address, and one log row for every attempt that reached a decision.

import { randomUUID } from 'node:crypto'
import type { Peer } from '../mail/envelope.js'
import type { Reply } from '../mail/reply.js'
import { contains, peerKey } from '../networks.js'
import { BusyError } from '../semaphore.js'
import { addTime, type StageTimes } from '../stages.js'
import type { HeldRow } from '../store/held.js'
import type { PackageRow } from '../store/packages.js'
import type { Provider } from '../store/providers.js'
import type { ReversePath } from '../store/reverse-paths.js'
import type { Tables } from '../store/store.js'
import { troubleOf } from '../store/watch.js'
import { BOUNCE_BYTES, bounceToReserve, type DiskFloor, type MemoryBudget, sizeToReserve } from './admission.js'
import { receiveBounce } from './bounce.js'
import type { DataRefusal, MailDoor, Transaction } from './desk.js'
import { because, type Disposition, type Reason, Stopped } from './disposition.js'
import { receiveHeldAnswer } from './held-desk.js'
import { HELD_SLUG, hashHeldToken, readHeldToken } from './held-mail.js'
import type { PeerQuota } from './quota.js'
import { type Findings, type IntakeTools, type Received, receive } from './receive.js'
import { NOTHING_FOUND, type Passage, Recorder } from './recorder.js'
import type { Releases } from './release.js'
import { BOUNCE_SLUG, hashReverseToken, readReverseToken } from './reverse-path.js'
import { readIntakeAddress } from './route.js'

export interface DoorOptions extends IntakeTools {
  readonly budget: MemoryBudget
  readonly disk: DiskFloor
  readonly quota: PeerQuota
  /** Whether what is written can be relied on. */
  readonly storage: { readonly isSound: boolean }
  readonly maxMessageBytes: number
  /** How many messages may wait for the parser and the sealer before MAIL is answered "busy". */
  readonly maxWaiting: number
  /** Whether a provider's SMTP password is right; its id, or null. */
  readonly checkPassword: (user: string, password: string) => Promise<string | null>
  /** Told how long the steps of each message took. */
  readonly noteStages?: (times: StageTimes) => void
  /** Once stopping, nothing new is admitted. */
  readonly isStopping: () => boolean
  /** Sends on what was held and is answered; without it a round does. */
  readonly releases?: Releases
}

interface OpenTransaction extends Transaction {
  provider: Provider | null
  /** Of the intake address. */
  tag: string | null
  /** Set instead of the provider when the recipient is a notice's reverse-path. */
  reversePath: ReversePath | null
  /** Set besides the provider when the recipient is where held mail is answered. */
  held: HeldRow | null
  released: boolean
}

/** A refusal at MAIL. `isUnrecorded`: it comes by the hundred, and gets a line in the log but no row. */
type Unadmitted = Disposition & { readonly isUnrecorded?: boolean }

export class IntakeDoor implements MailDoor {
  readonly #options: DoorOptions
  readonly #recorder: Recorder
  readonly #open = new WeakMap<Transaction, OpenTransaction>()

  constructor(options: DoorOptions) {
    this.#options = options
    this.#recorder = new Recorder(options)
  }

  async signIn(user: string, password: string, peer: Peer): Promise<string | null> {
    const providerId = await this.#options.checkPassword(user, password)
    this.#options.log.event(providerId ? 'signed-in' : 'sign-in-refused', { peer: peer.address, ...(providerId && { providerId }) })
    return providerId
  }

  async mail(peer: Peer, mailFrom: string, size: number | null): Promise<Transaction | Reply> {
    const refusal = await this.#admit(peer, mailFrom, size)
    if (typeof refusal !== 'number') return this.#refuse(refusal, this.#recorder.passage(peer, null, null, 0))
    const transaction: OpenTransaction = {
      id: randomUUID(),
      peer,
      mailFrom,
      reservedBytes: refusal,
      rcptTo: null,
      provider: null,
      tag: null,
      reversePath: null,
      held: null,
      released: false,
    }
    this.#open.set(transaction, transaction)
    return transaction
  }

  /** The bytes reserved, or why not. Cheap checks first; the reservation last, so that a refusal leaves nothing to give back. */
  async #admit(peer: Peer, mailFrom: string, size: number | null): Promise<number | Unadmitted> {
    const { budget, quota, storage, virusScan, disk, breaker, work, maxMessageBytes, maxWaiting, isStopping } = this.#options
    if (isStopping()) return because('stopping')
    const isBounce = mailFrom === ''
    const bytes = isBounce ? bounceToReserve(size, maxMessageBytes) : sizeToReserve(size, maxMessageBytes)
    if (typeof bytes !== 'number') return bytes
    // A bounce may come without TLS, and while the relay is down. Nobody sends a bounce again that was refused (RFC 5321 4.5.5), and
    // then the package would wait for somebody who has no code; what the bounce may quote opens nothing once it has been acted on.
    if (!isBounce && peer.tls === null && !(await this.#isRegisteredNetwork(peer))) return because('tls-required')
    if (!storage.isSound) return { ...because('storage-failing'), isUnrecorded: true }
    if (!isBounce && !(await breaker.allows())) return because('relay-down')
    if (!isBounce && virusScan && !(await virusScan.allows())) return because('scan-failed', 'down')
    if (work.waiting >= maxWaiting) return because('busy')
    if (!(await disk.hasRoomFor(2 * bytes))) return because('short-of-disk')
    const tooMuch = quota.take(peer, size)
    if (tooMuch) return { ...because(tooMuch.reason), isUnrecorded: !tooMuch.isFirst }
    if (await budget.reserve(bytes, holderOf(peer))) return bytes
    quota.giveBack(peer)
    return because('short-of-memory')
  }

  async #isRegisteredNetwork(peer: Peer): Promise<boolean> {
    const providers = await this.#options.store.read.providers.list()
    return providers.some((each) => each.state === 'active' && each.auth.includes('network') && contains(each.networks, peer.address))
  }

  async rcpt(transaction: Transaction, address: string): Promise<Reply | null> {
    const { peer } = transaction
    const open = this.#opened(transaction)
    if (open.rcptTo !== null)
      return this.#refuse(because('too-many-recipients'), this.#recorder.passage(peer, open.provider, open.rcptTo, 0))
    const token = readReverseToken(address, this.#options.intakeDomain)
    if (token !== null) return this.#rcptOfBounce(open, token)
    const answered = readHeldToken(address, this.#options.intakeDomain)
    if (answered !== null) return this.#rcptOfAnswer(open, answered)
    const read = readIntakeAddress(address, this.#options.intakeDomain)
    const provider = read && (await this.#options.store.read.providers.bySlug(read.slug))
    if (!provider) return this.#refuse(because('unknown-intake-address'), this.#recorder.passage(peer, null, null, 0))
    // Without its tag, which names a person.
    const bare = `${provider.slug}@${this.#options.intakeDomain}`
    // What has no sender can be no provider's records, whoever is connected.
    if (open.mailFrom === '') return this.#refuse(because('null-sender'), this.#recorder.passage(peer, provider, bare, 0))
    if (provider.state === 'suspended') return this.#refuse(because('provider-suspended'), this.#recorder.passage(peer, provider, bare, 0))
    open.provider = provider
    open.rcptTo = bare
    open.tag = read?.tag ?? null
    return null
  }

  /** A token that was never given out, or that is over, is no address here: what it was about shows to nobody. */
  async #rcptOfAnswer(open: OpenTransaction, token: string): Promise<Reply | null> {
    const { store, intakeDomain } = this.#options
    const address = `${HELD_SLUG}@${intakeDomain}`
    const found = await store.read.held.byToken(hashHeldToken(store.keyring, token))
    const provider = found && (await store.read.providers.byId(found.providerId))
    const passage = this.#recorder.passage(open.peer, provider, provider && address, 0)
    if (!found || !provider) return this.#refuse(because('unknown-intake-address'), passage)
    if (open.mailFrom === '') return this.#refuse(because('null-sender'), passage)
    if (provider.state === 'suspended') return this.#refuse(because('provider-suspended'), passage)
    open.provider = provider
    open.held = found
    open.tag = token
    open.rcptTo = address
    return null
  }

  /** The sender is judged before the token, so that nobody else learns whether it is known. No row or log line holds the token. */
  async #rcptOfBounce(open: OpenTransaction, token: string): Promise<Reply | null> {
    const { store, clock, intakeDomain } = this.#options
    const passage = this.#recorder.passage(open.peer, null, null, 0)
    if (open.mailFrom !== '') return this.#refuse(because('bounces-only'), passage)
    const found = await store.read.reversePaths.live(hashReverseToken(store.keyring, token), clock.now())
    if (!found) return this.#refuse(because('unknown-intake-address'), passage)
    open.reversePath = found
    open.rcptTo = `${BOUNCE_SLUG}@${intakeDomain}`
    return null
  }

  async data(transaction: Transaction, raw: Buffer[], receiveMs?: number): Promise<Reply> {
    const open = this.#opened(transaction)
    const bytes = raw.reduce((sum, chunk) => sum + chunk.length, 0)
    this.#options.quota.addBytes(open.peer, bytes)
    const stages: StageTimes = {}
    if (receiveMs !== undefined) addTime(stages, 'receive', receiveMs)
    const findings: Findings = { ...NOTHING_FOUND, stages }
    const passage = { ...this.#recorder.passage(open.peer, open.provider, open.rcptTo, bytes), findings }
    // Admitted before the disk failed.
    if (!this.#options.storage.isSound) return this.#recorder.say(because('storage-failing'), passage)
    try {
      const disposition = await this.#receive(open, raw, passage)
      return await this.#recorder.settle(disposition, passage)
    } catch (error) {
      this.#options.log.failure('intake', error, { intakeNumber: passage.intakeNumber })
      const reason = reasonFor(error)
      return this.#recorder.settle(because(reason), passage).catch(() => this.#recorder.reply(because(reason), passage))
    }
  }

  async #receive(open: OpenTransaction, raw: Buffer[], passage: Passage): Promise<Disposition> {
    if (open.reversePath !== null) return this.#receiveBounce(open.reversePath, raw, passage)
    // Read again: the provider may have been suspended, or changed, while the bytes came in.
    const provider = open.provider && (await this.#options.store.read.providers.byId(open.provider.id))
    if (open.rcptTo === null || !provider) return because('internal', 'no-provider')
    if (provider.state === 'suspended') return because('provider-suspended')
    const { intakeNumber, startedAt, findings } = passage
    const record = (tables: Tables, disposition: Disposition) => this.#recorder.append(tables, disposition, passage)
    const received = { ...open, provider, intakeAddress: open.rcptTo, intakeNumber, receivedAt: startedAt, record, stages: findings.stages }
    try {
      if (open.held) return await this.#receiveAnswer(open.held, received, raw)
      return await receive(this.#options, received, raw, findings)
    } catch (error) {
      if (error instanceof Stopped) return error.disposition
      throw error
    }
  }

  async #receiveAnswer(held: HeldRow, received: Received, raw: Buffer[]): Promise<Disposition> {
    const disposition = await receiveHeldAnswer(this.#options, held, received, raw)
    if (disposition.reason === 'held-answered') this.#options.releases?.wake()
    return disposition
  }

  /** The log row says whose package the bounce is about, and its detail what came of it. */
  #receiveBounce(reversePath: ReversePath, raw: Buffer[], passage: Passage): Promise<Disposition> {
    const { findings, intakeNumber } = passage
    const record = async (tables: Tables, disposition: Disposition, about: PackageRow) => {
      findings.packageId = about.id
      findings.consumer = await tables.consumers.byId(about.consumerId)
      await this.#recorder.append(tables, disposition, { ...passage, provider: await tables.providers.byId(about.providerId) })
    }
    return receiveBounce(this.#options, { reversePath, intakeNumber, record }, raw)
  }

  async refuseData(transaction: Transaction, kind: DataRefusal, bytes: number): Promise<Reply> {
    const open = this.#opened(transaction)
    this.#options.quota.addBytes(open.peer, bytes)
    const isBigBounce = open.mailFrom === '' && (kind === 'message-too-big' || (kind === 'no-memory' && bytes > BOUNCE_BYTES))
    const reason: Reason = isBigBounce ? 'bounce-too-big' : kind === 'no-memory' ? 'short-of-memory' : kind
    return this.#refuse(because(reason), this.#recorder.passage(open.peer, open.provider, open.rcptTo, bytes))
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

  /** A refusal is said even if it can't be logged: nothing was taken, so nothing is lost. */
  async #refuse(disposition: Unadmitted, passage: Passage): Promise<Reply> {
    if (disposition.isUnrecorded) return this.#recorder.say(disposition, passage)
    return this.#recorder.settle(disposition, passage).catch((error) => {
      this.#options.log.failure('intake', error, { intakeNumber: passage.intakeNumber })
      return this.#recorder.reply(disposition, passage)
    })
  }
}

/** Why a message is put off for something that broke: nobody's fault but ours, or the world's. */
function reasonFor(error: unknown): Reason {
  if (error instanceof BusyError) return 'busy'
  const trouble = troubleOf(error)
  return trouble === 'full' ? 'short-of-disk' : trouble === 'failing' ? 'storage-failing' : 'internal'
}

/** Whom a reservation is counted under: a stranger must leave some memory to others, a provider that signed in need not. */
function holderOf({ address, signedInAs }: Peer): string | null {
  return signedInAs === null ? peerKey(address) : null
}
