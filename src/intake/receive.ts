// One message, from its last dot to its reply: decide first, act after. Each step returns its value or a Disposition, and the first
// Disposition ends it. 250 is said only when a package is sealed, durable and announced (or the same transmission was, before).

import { randomUUID } from 'node:crypto'
import type { Awaited, AwaitedRequests } from '../awaited-request.js'
import { type Clock, DAY, MINUTE } from '../clock.js'
import type { Workshop } from '../documents/workshop/workshop.js'
import type { Mint, Minted } from '../hip/mint.js'
import type { Log } from '../log.js'
import { canonicalAddress } from '../mail/address.js'
import type { Resolver } from '../mail/authenticate.js'
import { mayAnswer } from '../mail/automatic.js'
import type { Courier } from '../mail/courier.js'
import type { Message, Peer } from '../mail/envelope.js'
import type { Semaphore } from '../semaphore.js'
import type { StageTimes } from '../stages.js'
import type { Consumer } from '../store/consumers.js'
import type { PersonName } from '../store/intake-keys.js'
import type { PackageRow } from '../store/packages.js'
import type { Provider } from '../store/providers.js'
import type { Store, Tables } from '../store/store.js'
import type { Templates } from '../templates.js'
import type { Texts } from '../texts.js'
import type { Breaker } from './admission.js'
import type { CollectedDocument, DocumentSummary } from './collect.js'
import { Deadline } from './deadline.js'
import { because, type Disposition, Stopped } from './disposition.js'
import { announce, writeNotice } from './handover.js'
import { holdMessage } from './hold.js'
import { judge } from './judge.js'
import type { Post, Sender } from './post.js'
import { drawReverseToken, reversePathOf, reversePathRow } from './reverse-path.js'
import { copyAndSeal } from './sealing.js'
import type { TransmissionKeys } from './transmission.js'
import { isRegistered, type Verified } from './trust.js'
import type { VirusScan } from './virus-scan.js'

/** What the intake desk is given by the service. */
export interface IntakeTools {
  readonly store: Store
  readonly courier: Courier
  readonly post: Post
  readonly mint: Mint
  /** Holds back more parsing and sealing at once than there are cores. */
  readonly work: Semaphore
  readonly breaker: Breaker
  readonly resolver: Resolver
  /** Where documents are unpacked and copied. */
  readonly workshop: Workshop
  /** null: no scanner is set up. */
  readonly virusScan: VirusScan | null
  /** What people wait for from their providers. */
  readonly requests: AwaitedRequests<Tables>
  readonly templates: Templates
  readonly texts: Texts
  readonly sender: Sender
  readonly operator: { readonly name: string; readonly email: string; readonly phone: string; readonly fax: string }
  readonly clock: Clock
  readonly log: Log
  /** Our own host name, for authentication results. */
  readonly hostname: string
  /** Domain of the intake addresses, and of the address a notice comes back to. */
  readonly intakeDomain: string
  readonly packageDays: number
  /** From the final dot to the hand-off. */
  readonly deadlineMs?: number
  /** Of a claim; LEASE_MS if not given. */
  readonly leaseMs?: number
}

/** A message as the door heard it. */
export interface Received {
  readonly peer: Peer
  readonly mailFrom: string
  readonly provider: Provider
  /** Without its tag. */
  readonly intakeAddress: string
  readonly tag: string | null
  readonly intakeNumber: string
  readonly receivedAt: number
  /** Writes the log row within the transaction that makes the disposition true. */
  readonly record: (tables: Tables, disposition: Disposition) => Promise<void>
  /** Filled in step by step; missing where nobody wants to know. */
  readonly stages?: StageTimes | undefined
}

/** What was found out on the way, for the log row: filled in step by step, so that a refusal can say as much as was known. */
export interface Findings {
  how: string | null
  consumer: Consumer | null
  documents: number
  packageId: string | null
  /** Everybody whom the message names, registered or not. */
  names?: readonly PersonName[]
  /** Without its angle brackets. */
  messageId?: string | null
  /** How long each step took. */
  readonly stages?: StageTimes | undefined
}

/** All that is known once a message has been judged and is about to be sealed. */
export interface Judged {
  readonly received: Received
  readonly message: Message
  readonly verified: Verified
  readonly consumer: Consumer
  readonly documents: readonly CollectedDocument[]
  readonly summaries: readonly DocumentSummary[]
  readonly keys: TransmissionKeys
  /** Canonical numbers of requests that the Subject names, or whose forms are among the pages, where somebody looked. */
  readonly requestNumbers: readonly string[]
}

const DEADLINE_MS = 60_000
/** Longer than the relay may take up to its 354 (20 s) and after our dot (180 s). */
export const LEASE_MS = 4 * MINUTE
/** A provider's server gives up after five days; its last try must still find the tombstone. */
export const TOMBSTONE_DAYS = 14
/** A provider has no language of its own yet. */
export const RECEIPT_LANGUAGE = 'en'
/** Hand-offs of one transmission that may have arrived, after which no further code is drawn for it. */
const MOST_UNKNOWN = 3

/** The disposition of one message. Throws only what is nobody's fault but ours; then nothing was said to the consumer in vain. */
export async function receive(tools: IntakeTools, received: Received, raw: Buffer[], findings: Findings): Promise<Disposition | Duplicate> {
  const deadline = new Deadline(tools.deadlineMs ?? DEADLINE_MS)
  const judged = await deadline.within(() => tools.work.run(() => judge(tools, received, raw, findings)))
  if ('reason' in judged) return judged
  if ('why' in judged) return holdMessage(tools, judged)
  return deliver(tools, judged, deadline, findings)
}

/** What has been judged is sealed and announced, unless that was done before or somebody else is at it. */
export async function deliver(
  tools: IntakeTools,
  judged: Judged,
  deadline: Deadline,
  findings: Findings,
): Promise<Disposition | Duplicate> {
  const { received } = judged
  const owner = randomUUID()
  const claim = await tools.store.write((tables) =>
    tables.claims.take({
      key: judged.keys.transmission,
      owner,
      leaseMs: tools.leaseMs ?? LEASE_MS,
      providerId: received.provider.id,
      consumerId: judged.consumer.id,
    }),
  )
  if (claim.outcome === 'busy') return because('transmission-busy')
  if (claim.outcome === 'sent') return { reason: 'duplicate', intakeNumber: claim.intakeNumber }
  if (claim.unknownHandoffs >= MOST_UNKNOWN) {
    await tools.store.write((tables) => tables.claims.release(judged.keys.transmission, owner))
    tools.log.event('alert', { reason: 'notice-stopped', intakeNumber: received.intakeNumber })
    return because('notice-stopped')
  }
  return sealAndAnnounce(tools, judged, owner, deadline, findings)
}

/** The same transmission was done before; `intakeNumber` is that intake's. */
export interface Duplicate extends Disposition {
  readonly reason: 'duplicate'
  readonly intakeNumber: string
}

/** From here on there is a claim to give back, whatever happens. */
async function sealAndAnnounce(
  tools: IntakeTools,
  judged: Judged,
  owner: string,
  deadline: Deadline,
  findings: Findings,
): Promise<Disposition> {
  const { store } = tools
  let isFenced = false
  try {
    const minted = await deadline.within(() => tools.mint.take())
    const { received, documents } = judged
    const { sealed, summaries, awaited } = await deadline.within(() => tools.work.run(() => sealAnswer(tools, judged, minted)))
    const ready = { ...judged, summaries }
    findings.packageId = sealed.id
    tools.log.event('sealed', {
      intakeNumber: received.intakeNumber,
      packageId: sealed.id,
      bytes: sealed.bytes,
      documents: documents.length,
    })
    if (!(await stillFits(tools, judged, sealed))) return await discard(tools, sealed, because('consumer-not-ready', 'changed-meanwhile'))
    const notice = await writeNotice(tools, ready, sealed, minted.code)
    deadline.check()
    // The fence: whoever took the claim over while we were slow does the mailing, and we say nothing to the consumer.
    const reversePath = await fence(tools, judged, sealed, owner)
    isFenced = reversePath !== null
    if (reversePath === null) return await discard(tools, sealed, because('lease-lost'))
    return await announce(tools, ready, { sealed, notice, owner, reversePath, awaited })
  } catch (error) {
    if (error instanceof Stopped) return error.disposition
    throw error
  } finally {
    // Past the fence a code may have gone out: what could not be written down then is counted when the lease is over.
    if (!isFenced) await store.write((tables) => tables.claims.release(judged.keys.transmission, owner)).catch(() => {})
  }
}

/** With what has to go with them. */
async function sealAnswer(tools: IntakeTools, judged: Judged, minted: Minted) {
  const awaited = await awaitedBy(tools, judged)
  return { ...(await copyAndSeal(tools, judged, minted, awaited)), awaited }
}

/** What of hers these records answer; null: nothing. Throws when what has to go with them can't be made. */
function awaitedBy({ store, requests }: IntakeTools, judged: Judged): Promise<Awaited | null> {
  const twins = async () => (await store.read.packages.inGroup(judged.keys.group)).map(({ number }) => number)
  return requests.find(judged.consumer.id, judged.received.provider.id, judged.requestNumbers, twins)
}

/** Null: the lease was lost. Else the reverse-path of the notice, which is on record before the notice is anywhere. */
async function fence(tools: IntakeTools, judged: Judged, sealed: PackageRow, owner: string): Promise<string | null> {
  const { store, clock, intakeDomain } = tools
  const token = drawReverseToken()
  const addresses = { noticeTo: judged.consumer.address, receiptTo: receiptAddress(judged), language: RECEIPT_LANGUAGE }
  const expiresAt = tombstoneUntil(clock.now())
  const isOurs = await store.write(async (tables) => {
    if (!(await tables.claims.fence(judged.keys.transmission, owner, tools.leaseMs ?? LEASE_MS))) return false
    await tables.reversePaths.add(reversePathRow(store.keyring, { token, packageId: sealed.id, addresses, expiresAt }))
    return true
  })
  return isOurs ? reversePathOf(token, intakeDomain) : null
}

/** While we sealed, she may have asked for a reset, or the provider may have been suspended: then no code goes out. */
async function stillFits({ store }: IntakeTools, judged: Judged, sealed: PackageRow): Promise<boolean> {
  const consumer = await store.read.consumers.byId(judged.consumer.id)
  const provider = await store.read.providers.byId(judged.received.provider.id)
  const isSame = consumer?.answerVersion === sealed.answerVersion && consumer.address === judged.consumer.address
  return isSame && provider?.state === 'active' && !(await store.read.resets.pending(judged.consumer.id))
}

/** No code has left memory: nothing can open this package, so it goes. */
async function discard({ store, clock }: IntakeTools, sealed: PackageRow, why: Disposition): Promise<Disposition> {
  const ended = await store.write((tables) => tables.packages.end(sealed.id, 'undeliverable', clock.now()))
  if (ended?.blobKey) await store.discard(ended.blobKey)
  return why
}

/**
 * Where the receipt goes: where the provider wants it, else back to the reverse-path. null: nowhere (RFC 3834 2). A signature proves
 * nothing about the reverse-path, which anybody who passes the message on may have written: then the signed From is answered.
 */
export function receiptAddress({ received, message, verified }: Pick<Judged, 'received' | 'message' | 'verified'>): string | null {
  const { provider, mailFrom } = received
  if (provider.receiptsTo) return provider.receiptsTo
  // Nobody reads what a fax gateway gets.
  if (verified.isFax) return null
  if (!mayAnswer(message, mailFrom)) return null
  if (verified.method !== 'dkim' || isRegistered(provider, canonicalAddress(mailFrom) ?? '')) return mailFrom
  return mayAnswer(message, verified.from) ? verified.from : null
}

export function tombstoneUntil(now: number): number {
  return now + TOMBSTONE_DAYS * DAY
}
