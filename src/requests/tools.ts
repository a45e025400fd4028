// What the requests desk works with, handed down by the service, and what all its steps share: what lies sealed in a row, and for how long
// it lies there.

import { randomUUID } from 'node:crypto'
import { type Clock, DAY } from '../clock.js'
import { blankForm, type FormContent, type RecordType } from '../documents/forms/content.js'
import type { Papers } from '../documents/workshop/papers.js'
import type { Log } from '../log.js'
import type { QueuedMail } from '../queued-mail.js'
import type { Consumer } from '../store/consumers.js'
import type { Event } from '../store/events.js'
import type { Keyring } from '../store/keyring.js'
import type { RequestRow } from '../store/requests.js'
import type { Store, Tables } from '../store/store.js'
import type { Texts } from '../texts.js'

/** The craft that makes the PDFs. */
export type FormPdfs = Omit<Papers, 'receipt'>

export interface RequestTools {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly texts: Texts
  readonly pdfs: FormPdfs
  /** Queues a mail within the caller's transaction. */
  readonly queueMail: (tables: Tables, mail: QueuedMail) => Promise<unknown>
  /** Queues, likewise, the mail with the form of the request of that id: it is written only when it is sent. */
  readonly queueForm: (tables: Tables, requestId: string, idempotencyKey: string) => Promise<unknown>
  /** What she told us of herself, for forms; empty texts where she did not. */
  readonly personOf: (consumer: Consumer) => { readonly name: string; readonly postalAddress: string }
  /** Where a registered provider is written to about requests; null: nowhere, or it is registered no more. Within the caller's transaction. */
  readonly providerMailbox: (tables: Tables, providerId: string) => Promise<{ readonly to: string; readonly language: string } | null>
  /** Origin of the site; a function, because a free port is known only once the door is open. */
  readonly publicUrl: () => string
  readonly operatorName: string
  /** Domain of the intake addresses. */
  readonly intakeDomain: string
}

/** The law's 30 days (45 CFR 164.524(b)(2)). */
export const ANSWER_DAYS = 30

/** From its last change on. */
export const DRAFT_KEPT = 30 * DAY
/** Thirteen months from the day it was sent: the time an authorization of a year runs, and a month to see to the rest. */
export const SENT_KEPT = 396 * DAY
/** Six months after it was answered, revoked or withdrawn; of a consent that runs longer, see consent.ts. */
export const OVER_KEPT = 183 * DAY

/** Until when a request is kept that is open again. Never shorter than before, nor so that it is deleted at once. */
export function openUntil({ sentAt, keptUntil }: Pick<RequestRow, 'sentAt' | 'keptUntil'>, now: number): number {
  return sentAt === null ? now + DRAFT_KEPT : Math.max(sentAt + SENT_KEPT, now + DRAFT_KEPT, keptUntil)
}

/** What lies sealed in a row. */
export interface Kept {
  readonly content: FormContent
  /** What of it has come, as she ticked it off. */
  readonly received: readonly RecordType[]
  /** Canonical numbers of packages that came, and are not the answer, as she said. */
  readonly notAnswers: readonly string[]
}

export function openKept(keyring: Keyring, { id, kind, contentSealed }: RequestRow): Kept {
  const plain = keyring.open('request', id, contentSealed)
  const kept: Omit<Kept, 'notAnswers'> & Partial<Kept> = JSON.parse(plain.toString())
  plain.fill(0)
  // What was added since has its empty value.
  return { notAnswers: [], ...kept, content: { ...blankForm(kind), ...kept.content } }
}

export function sealKept(keyring: Keyring, id: string, kept: Kept): Buffer {
  return keyring.seal('request', id, Buffer.from(JSON.stringify(kept)))
}

/** Hers, by its number; null: there is none, or it is another person's. */
export async function hersByNumber(tables: Tables, consumerId: string, number: string): Promise<RequestRow | null> {
  const row = await tables.requests.byNumber(number)
  return row?.consumerId === consumerId ? row : null
}

/** Puts on record what happened to a request. Details hold nothing of what she wrote. */
export function recordEvent(
  tables: Tables,
  { number, consumerId, providerId }: Pick<RequestRow, 'number' | 'consumerId' | 'providerId'>,
  { at, kind, actor, details = {} }: { at: number; kind: string; actor: 'consumer' | 'intake' | 'system'; details?: Event['details'] },
): Promise<void> {
  const about = { packageId: null, consumerId, providerId, intakeNumber: null }
  return tables.events.append({ id: randomUUID(), at, kind, actor, ...about, details: { request: number, ...details } })
}
