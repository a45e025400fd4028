// What the accounts desk works with, handed down by the service.

import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.js'
import type { QueuedMail } from '../queued-mail.js'
import type { Semaphore } from '../semaphore.js'
import type { Event } from '../store/events.js'
import type { Store, Tables } from '../store/store.js'
import type { AccountLinks } from './desk.js'

/** Queues a mail within the caller's transaction. */
export type QueueMail = (tables: Tables, mail: QueuedMail) => Promise<unknown>

export interface AccountTools {
  readonly store: Store
  readonly clock: Clock
  /** Bounds the slow hashes of the whole process. */
  readonly semaphore: Semaphore
  readonly queueMail: QueueMail
  readonly links: AccountLinks
}

/** Puts on record what happened to an account. `details` hold no address and nothing she wrote. */
export function recordEvent(
  tables: Tables,
  about: { at: number; kind: string; actor: string; consumerId?: string; providerId?: string; details?: Event['details'] },
): Promise<void> {
  const { at, kind, actor, consumerId = null, providerId = null, details = {} } = about
  return tables.events.append({ id: randomUUID(), at, kind, actor, packageId: null, consumerId, providerId, intakeNumber: null, details })
}
