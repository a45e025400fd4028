// Holding a message of which nobody knows for whom it is, where its provider wants that: sealed to ourselves, durable before 250 is said,
// told to the provider, who can answer with the id, and to the admins.

import { randomUUID } from 'node:crypto'
import { DAY } from '../clock.js'
import { momentInWords } from '../dates.js'
import type { Message } from '../mail/envelope.js'
import { free } from '../memory.js'
import type { HeldRow } from '../store/held.js'
import type { Tables } from '../store/store.js'
import { type CollectedDocument, summarise } from './collect.js'
import { because, type Disposition, type Reason } from './disposition.js'
import { hashHeldToken, heldIdentity, heldReplyAddress, sealAbout, sealHeld } from './held-mail.js'
import { type Duplicate, type IntakeTools, LEASE_MS, RECEIPT_LANGUAGE, type Received, receiptAddress, tombstoneUntil } from './receive.js'
import { drawReverseToken } from './reverse-path.js'
import { transmissionKeys } from './transmission.js'
import type { Verified } from './trust.js'

/** A verified message with documents, of which it could not be told for whom it is. */
export interface Unrouted {
  readonly why: Disposition
  readonly received: Received
  readonly message: Message
  readonly verified: Verified
  readonly documents: readonly CollectedDocument[]
  /** As sent. */
  readonly raw: readonly Buffer[]
}

/** How long it waits for somebody who knows. */
export const HELD_DAYS = 14

/**
 * What a person can settle, and how the provider is told. Nobody can be asked for whom a message is that is broken, infected or not from
 * whom it says.
 */
const WHY: Readonly<Partial<Record<Reason, string>>> = {
  'no-id': 'mail.held.why.no-id',
  'two-ids': 'mail.held.why.two-ids',
  'unknown-tag': 'mail.held.why.unknown-tag',
  'number-mistyped': 'mail.held.why.number-mistyped',
  'number-unknown': 'mail.held.why.number-unknown',
  'sources-disagree': 'mail.held.why.sources-disagree',
  'consumer-unknown': 'mail.held.why.consumer-unknown',
}

export function isHoldable({ received }: { readonly received: Received }, { reason }: Disposition): boolean {
  return received.provider.unmatched === 'hold' && WHY[reason] !== undefined
}

/** 250 only when the sealed file is durable and its row is committed, with what is told of it. The same message again is a duplicate. */
export async function holdMessage(tools: IntakeTools, unrouted: Unrouted): Promise<Disposition | Duplicate> {
  const { store } = tools
  const { received, message, documents } = unrouted
  const dedupeKey = store.keyring.dedupe(store.keyring.currentDedupe)
  const about = { providerId: received.provider.id, consumerId: '' }
  const { transmission: key } = transmissionKeys(dedupeKey, { ...about, message, documents })
  const owner = randomUUID()
  const leaseMs = tools.leaseMs ?? LEASE_MS
  const claim = await store.write((tables) => tables.claims.take({ key, owner, leaseMs, ...about }))
  if (claim.outcome === 'busy') return because('transmission-busy')
  if (claim.outcome === 'sent') return { reason: 'duplicate', intakeNumber: claim.intakeNumber }
  try {
    return await sealAndKeep(tools, unrouted, { key, owner, leaseMs })
  } finally {
    // Settled by now, unless something broke.
    await store.write((tables) => tables.claims.release(key, owner)).catch(() => {})
  }
}

async function sealAndKeep(
  tools: IntakeTools,
  unrouted: Unrouted,
  claim: { readonly key: string; readonly owner: string; readonly leaseMs: number },
): Promise<Disposition> {
  const { store, clock } = tools
  const { received, why, verified, documents } = unrouted
  const identity = await heldIdentity(store, clock.now())
  const { peer, mailFrom, intakeAddress, receivedAt, intakeNumber, provider } = received
  const summaries = await summarise(documents)
  const pages = summaries.every((each) => each.pages !== null) ? summaries.reduce((sum, each) => sum + (each.pages ?? 0), 0) : null
  const blob = await store.blobs.put(sealHeld({ peer, mailFrom, intakeAddress, receivedAt, verified }, unrouted.raw, identity.recipient))
  for (const bytes of [...documents.map((document) => document.bytes), ...unrouted.raw]) free(bytes)
  const id = randomUUID()
  const token = drawReverseToken()
  const tellTo = receiptAddress(unrouted)
  const row: HeldRow = {
    ...{ id, intakeNumber, providerId: provider.id, state: 'held', reason: why.reason, documents: documents.length, pages },
    ...{ blobKey: blob.key, bytes: blob.bytes, identityId: identity.id, tokenHash: hashHeldToken(store.keyring, token) },
    aboutSealed: sealAbout(store.keyring, id, { tellTo, language: RECEIPT_LANGUAGE }),
    ...{ consumerId: null, receivedAt, expiresAt: receivedAt + HELD_DAYS * DAY, runAt: 0, attempts: 0, endedAt: null },
  }
  const disposition = because('held', why.reason)
  const isKept = await store.write(async (tables) => {
    if (!(await tables.claims.fence(claim.key, claim.owner, claim.leaseMs))) return false
    const keepUntil = tombstoneUntil(clock.now())
    await tables.claims.settleSent(claim.key, claim.owner, { intakeNumber, packageId: id, keepUntil })
    await tables.held.add(row)
    await tell(tools, tables, unrouted, { row, replyTo: heldReplyAddress(token, tools.intakeDomain), tellTo })
    await received.record(tables, disposition)
    return true
  })
  if (isKept) return disposition
  // Another passage of the same message has it.
  await store.discard(blob.key)
  return because('lease-lost')
}

interface Telling {
  readonly row: HeldRow
  readonly replyTo: string
  readonly tellTo: string | null
}

async function tell(tools: IntakeTools, tables: Tables, { why, received }: Unrouted, { row, replyTo, tellTo }: Telling): Promise<void> {
  const { clock, post, texts, sender } = tools
  const { intakeNumber, receivedAt, provider } = received
  await tables.events.append({
    ...{ id: randomUUID(), at: clock.now(), kind: 'held', actor: 'intake', packageId: null, consumerId: null },
    ...{ providerId: provider.id, intakeNumber, details: { reason: why.reason, documents: row.documents } },
  })
  if (tellTo !== null) {
    const text = texts.in(RECEIPT_LANGUAGE)
    await post.queueMail(tables, {
      ...{ template: 'held', to: tellTo, language: RECEIPT_LANGUAGE, replyTo, idempotencyKey: `held/${row.id}` },
      automatic: 'auto-replied',
      values: {
        ...{
          intakeNumber,
          receivedAt: momentInWords(receivedAt, RECEIPT_LANGUAGE),
          expiresOn: momentInWords(row.expiresAt, RECEIPT_LANGUAGE),
        },
        why: text(WHY[why.reason] ?? ''),
      },
    })
  }
  for (const { id, address, language } of await tables.admins.list()) {
    await post.queueMail(tables, {
      ...{ template: 'admin-alert', to: address, language },
      values: {
        time: momentInWords(clock.now(), language),
        about: texts.in(language)('mail.admin-alert.held', { intakeNumber }),
        link: `${sender.publicUrl()}/admin/held`,
      },
      // One a day: the page shows them all.
      idempotencyKey: `admin-alert/held/${new Date(clock.now()).toISOString().slice(0, 10)}/${id}`,
    })
  }
}
