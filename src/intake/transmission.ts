// Recognising a message that was sent before. A provider's server that never saw our 250 sends the same message again: that is one
// transmission, sealed once. The same documents under a new Message-ID are a resend, which is how a lost code is replaced.

import { createHmac } from 'node:crypto'
import type { Message } from '../mail/envelope.js'
import type { CollectedDocument } from './collect.js'

export interface TransmissionKeys {
  /** One message, whatever headers its servers added on the way. */
  readonly transmission: string
  /** The same documents from the same provider for the same consumer, in any message: the group of a package and its twins. */
  readonly group: string
}

/**
 * Keyed digests (HMAC-SHA256): a plain one at rest would confirm a guess at a document. Each field is written with its length before
 * it, so that no two lists of fields read the same.
 */
export function transmissionKeys(
  dedupeKey: Buffer,
  about: { providerId: string; consumerId: string; message: Message; documents: readonly CollectedDocument[] },
): TransmissionKeys {
  const { providerId, consumerId, message, documents } = about
  // As sent: whether a container could be opened must not make another transmission of the same message.
  const sent = documents.filter(({ within }) => within === null)
  const attached = sent.filter(({ role }) => role === 'attachment').map(({ sha256 }) => sha256)
  const all = sent.map(({ sha256 }) => sha256)
  // A scanner may send no Message-ID at all; then the date and the Subject tell one transmission from the next.
  const mark = message.messageId ? ['id', message.messageId] : ['date', message.date ?? '', message.subject]
  return {
    transmission: digest(dedupeKey, ['hepoex transmission v1', providerId, consumerId, ...mark, ...all]),
    group: digest(dedupeKey, ['hepoex group v1', providerId, consumerId, ...attached]),
  }
}

function digest(key: Buffer, fields: readonly string[]): string {
  const mac = createHmac('sha256', key)
  for (const field of fields) {
    const bytes = Buffer.from(field, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    mac.update(length).update(bytes)
  }
  return mac.digest('base64url')
}
