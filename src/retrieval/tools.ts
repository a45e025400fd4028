// What the retrieval desk works with, handed down by the service, and the few rules all its steps share.

import { randomUUID } from 'node:crypto'
import type { AnswerCheck } from '../answer-check.js'
import type { AwaitedRequests } from '../awaited-request.js'
import { type Clock, DAY } from '../clock.js'
import type { stretchCode } from '../hip/keys.js'
import type { Log } from '../log.js'
import type { ProviderMailbox, QueuedMail } from '../queued-mail.js'
import type { Semaphore } from '../semaphore.js'
import type { Event } from '../store/events.js'
import type { PackageRow } from '../store/packages.js'
import type { Store, Tables } from '../store/store.js'
import type { Texts } from '../texts.js'
import type { Ended, EndedKind } from './desk.js'

export interface RetrievalTools {
  readonly store: Store
  readonly clock: Clock
  /** Bounds the slow hashes of the whole process; accounts is given the same one. */
  readonly semaphore: Semaphore
  /** Checks answers and counts tries together with the profile's. */
  readonly answerCheck: AnswerCheck
  /** Queues a mail within the caller's transaction. */
  readonly queueMail: (tables: Tables, mail: QueuedMail) => Promise<unknown>
  /** Where the receipt of a package went, or would go now; null: nowhere. Within the caller's transaction. */
  readonly providerMailbox: (tables: Tables, row: Pick<PackageRow, 'id' | 'providerId' | 'intakeNumber'>) => Promise<ProviderMailbox | null>
  /** What packages may have answered. */
  readonly requests: Pick<AwaitedRequests<Tables>, 'reopen'>
  readonly texts: Texts
  /** Origin of the site; a function, because a free port is known only once the door is open. */
  readonly publicUrl: () => string
  /** So long a package is kept, and once more when she asks for it. */
  readonly packageDays: number
  readonly log: Log
  /** The slow hash of a code; another one is for tests that count. */
  readonly stretch?: typeof stretchCode
}

/** For so long the exact state of a package that is over can be told. */
export const KEPT_AFTER_END = 30 * DAY

/** Why a package opens no more; null while it does. Also one whose time has come before the worker got to it. */
export function endedKind(row: PackageRow, now: number): EndedKind | null {
  // A sealed one opens like a sent one: nobody can know that its code did not go out.
  if (row.state === 'sealed' || row.state === 'sent') return row.expiresAt <= now ? 'expired' : null
  return row.state
}

/** Ends at which a wrong person may be the one who reads it: she is not told whose records they were. */
const UNTOLD: ReadonlySet<EndedKind> = new Set(['undeliverable', 'not-mine', 'over'])

/** What whoever has entered the right code is told. */
export async function told({ store }: Pick<RetrievalTools, 'store'>, row: PackageRow, kind: EndedKind): Promise<Ended> {
  const provider = UNTOLD.has(kind) ? null : await store.read.providers.byId(row.providerId)
  return provider ? { kind, sender: { providerName: provider.name, intakeNumber: row.intakeNumber } } : { kind }
}

/** Whether a package is so long over that it is as if it had never been. */
export function isForgotten(row: PackageRow, now: number): boolean {
  return Math.max(row.expiresAt, row.endedAt ?? 0) + KEPT_AFTER_END <= now
}

/** What goes on record. Details hold no health data and no address. */
export interface Recorded {
  readonly at: number
  readonly kind: string
  readonly actor: 'consumer' | 'visitor' | 'operator' | 'system'
  readonly details?: Event['details']
}

/** Puts on record what happened to a package. */
export function recordEvent(
  tables: Tables,
  row: Pick<PackageRow, 'id' | 'consumerId' | 'providerId' | 'intakeNumber'>,
  { at, kind, actor, details = {} }: Recorded,
): Promise<void> {
  const { id, consumerId, providerId, intakeNumber } = row
  return tables.events.append({ id: randomUUID(), at, kind, actor, packageId: id, consumerId, providerId, intakeNumber, details })
}
