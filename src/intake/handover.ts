// Handing the notice to the relay, and writing down what became of it. The code can't be queued or sent again: when the relay refuses,
// the provider's own server is the queue, and when we can't know whether it took the mail, the package stays for the code that may
// have gone out.

import { randomUUID } from 'node:crypto'
import type { Awaited } from '../awaited-request.js'
import type { Handoff } from '../mail/courier.js'
import { timed } from '../stages.js'
import type { PackageRow } from '../store/packages.js'
import type { Tables } from '../store/store.js'
import { because, type Disposition } from './disposition.js'
import { composeNotice } from './notice.js'
import { type IntakeTools, type Judged, RECEIPT_LANGUAGE, receiptAddress, tombstoneUntil } from './receive.js'
import { describeVerified } from './trust.js'

/** The notice as it will be mailed; made before the fence, so that nothing but the hand-off comes after it. */
export function writeNotice(
  tools: IntakeTools,
  { consumer, verified, received }: Judged,
  sealed: PackageRow,
  code: string,
): Promise<Buffer> {
  const about = {
    consumer,
    code,
    packageNumber: sealed.number,
    expiresAt: sealed.expiresAt,
    isFax: verified.isFax,
    providerName: received.provider.name,
  }
  return composeNotice(about, tools.sender, tools.templates, tools.texts)
}

/** A sealed package whose code is to go out. */
export interface Announcement {
  readonly sealed: PackageRow
  /** Holds the code. */
  readonly notice: Buffer
  /** Of the claim. */
  readonly owner: string
  /** Where the notice comes back to. */
  readonly reversePath: string
  /** What of hers it answers. */
  readonly awaited: Awaited | null
}

/** Sends the notice and commits the outcome. Call it only right after a won fence; whatever it throws, the claim is not given back. */
export async function announce(tools: IntakeTools, judged: Judged, announcement: Announcement): Promise<Disposition> {
  const { consumer, received } = judged
  const { sealed, notice, owner, reversePath, awaited } = announcement
  const envelope = { from: reversePath, to: consumer.address, envelopeId: received.intakeNumber }
  const handoff = await timed(received.stages, 'hand-off', () => tools.courier.hand(notice, envelope))
  const fields = { intakeNumber: received.intakeNumber, packageId: sealed.id }
  if (handoff.outcome === 'accepted') {
    if (tools.breaker.succeeded()) tools.log.event('breaker-closed')
    try {
      await commitSent(tools, judged, { sealed, owner, awaited })
    } catch (error) {
      // A code is out there and we can't say so: to be counted, or each retry of the provider would mail her another one.
      await tools.store.write((tables) => tables.claims.noteUnknown(judged.keys.transmission, owner))
      throw error
    }
    tools.log.event('noticed', fields)
    return because('accepted')
  }
  if (handoff.outcome === 'unknown') {
    const count = await tools.store.write((tables) => tables.claims.noteUnknown(judged.keys.transmission, owner))
    tools.log.event('notice-unknown', { ...fields, count })
    trip(tools)
    return because('notice-not-handed-over', 'unknown')
  }
  tools.log.event('notice-refused', { ...fields, reason: handoff.outcome, ...('replyCode' in handoff && { replyCode: handoff.replyCode }) })
  return settleRefusal(tools, judged, sealed, owner, handoff)
}

/** The relay took the notice: from now on a code is out there, and the same transmission is answered 250. */
async function commitSent(
  tools: IntakeTools,
  judged: Judged,
  { sealed, owner, awaited }: Pick<Announcement, 'sealed' | 'owner' | 'awaited'>,
): Promise<void> {
  const { received, keys, consumer } = judged
  const now = tools.clock.now()
  await tools.store.write(async (tables) => {
    const isResend = (await tables.packages.inGroup(keys.group)).some((row) => row.id !== sealed.id && row.sentAt !== null)
    await tables.packages.markSent(sealed.id, now)
    for (const { number } of awaited?.answers ?? []) await tools.requests.answered(tables, number, sealed.number, now)
    const isFirst = await tables.claims.settleSent(keys.transmission, owner, {
      intakeNumber: received.intakeNumber,
      packageId: sealed.id,
      keepUntil: tombstoneUntil(now),
    })
    await tables.events.append({
      id: randomUUID(),
      at: now,
      kind: 'sent',
      actor: 'intake',
      packageId: sealed.id,
      consumerId: consumer.id,
      providerId: received.provider.id,
      intakeNumber: received.intakeNumber,
      details: { documents: sealed.documents, bytes: sealed.bytes, resend: isResend },
    })
    // Somebody else, to whom we had lost the claim, may have sent it too: the provider gets one receipt for one transmission.
    if (isFirst) await queueReceipt(tools, tables, judged, now, isResend)
    await received.record(tables, because('accepted'))
  })
}

async function queueReceipt(tools: IntakeTools, tables: Tables, judged: Judged, now: number, isResend: boolean): Promise<void> {
  const { received, verified, message, summaries } = judged
  const to = receiptAddress(judged)
  if (to === null) return
  await tools.post.queueReceipt(tables, {
    to,
    language: RECEIPT_LANGUAGE,
    inReplyTo: quotable(message.messageId),
    intakeNumber: received.intakeNumber,
    provider: { name: received.provider.name, intakeAddress: received.intakeAddress },
    receivedAt: received.receivedAt,
    handedOverAt: now,
    authenticated: { ...describeVerified(verified), tls: received.peer.tls },
    documents: summaries,
    resend: isResend,
    operator: tools.operator,
  })
}

/** A Message-ID goes into our own header as it is, or not at all: nothing but visible ASCII, and no longer than a line. */
function quotable(messageId: string | null): string | null {
  return messageId !== null && /^[!-~]{1,900}$/.test(messageId) ? messageId : null
}

type Refusal = Extract<Handoff, { outcome: 'refused' | 'unreachable' }>

async function settleRefusal(
  tools: IntakeTools,
  judged: Judged,
  sealed: PackageRow,
  owner: string,
  handoff: Refusal,
): Promise<Disposition> {
  const isAboutHer = handoff.outcome === 'refused' && handoff.permanent && handoff.about === 'recipient'
  // In both cases the code certainly never left us. A relay that refused after our dot may yet have the mail: that package stays.
  const nothingLeft = isAboutHer || handoff.outcome === 'unreachable'
  const ended = await tools.store.write(async (tables) => {
    await tables.claims.release(judged.keys.transmission, owner)
    return nothingLeft ? tables.packages.end(sealed.id, 'undeliverable', tools.clock.now()) : null
  })
  if (ended?.blobKey) await tools.store.discard(ended.blobKey)
  if (isAboutHer) return because('consumer-unreachable')
  // A mailbox that is full or greylisted is no reason to keep everybody else's mail out.
  if (handoff.outcome === 'unreachable' || handoff.about !== 'recipient') trip(tools)
  return because('notice-not-handed-over', handoff.outcome)
}

function trip(tools: IntakeTools): void {
  if (tools.breaker.failed()) tools.log.event('breaker-opened')
}
