// Whose records are these? The consumer named by the Subject. Sources that disagree, or two different ids, are never ranked: a wrong
// guess would hand one person's records to another.

import { canonicalAddress, parseAddress, readAddresses } from '../mail/address.js'
import type { Message } from '../mail/envelope.js'
import type { Consumer } from '../store/consumers.js'
import type { Tables } from '../store/store.js'
import { because, type Disposition } from './disposition.js'

/** An intake address taken apart: `slug` or `slug+tag` at our own domain. */
export interface IntakeAddress {
  readonly slug: string
  /** What stands after the first `+`; null when there is none. Judged after trust. */
  readonly tag: string | null
}

/** Takes a RCPT address apart; null: not an address, or not at our intake domain. */
export function readIntakeAddress(address: string, intakeDomain: string): IntakeAddress | null {
  const parsed = parseAddress(address)
  if (!parsed || parsed.domain !== intakeDomain) return null
  const [slug = '', ...tag] = parsed.local.toLowerCase().split('+')
  return slug === '' ? null : { slug, tag: tag.length > 0 ? tag.join('+') : null }
}

/** The one HePoEx id in the Subject, canonical, however often it stands there and whatever surrounds it. */
export function idInSubject(message: Message): string | Disposition {
  const { addresses: ids, isDoubtful } = readAddresses(message.subject)
  // The rest of o’brien@ is the whole of brien@, who may be somebody else.
  if (isDoubtful) return because('no-id', 'doubtful-address')
  if (ids.length > 1) return because('two-ids')
  return ids[0] ?? because('no-id')
}

/**
 * The consumer a message is for. She must have registered, and set her question: before that nothing can be sealed for her. While she
 * is resetting her answer, or it is frozen, the sender's server is asked to wait, so that nothing is sealed under an answer that dies.
 */
export async function routeTo(tables: Tables, message: Message, tag: string | null, now: number): Promise<Consumer | Disposition> {
  const id = idInSubject(message)
  if (typeof id !== 'string') return id
  // No tag has a meaning yet; one that was written was meant, so it is not overlooked.
  if (tag !== null && canonicalAddress(tag) !== id) return because('unknown-tag')
  const consumer = await tables.consumers.byAddress(id)
  if (!consumer || consumer.answerVersion === null) return because('consumer-unknown', consumer ? 'no-question-yet' : undefined)
  if (await tables.resets.pending(consumer.id)) return because('consumer-not-ready', 'reset-pending')
  const answer = await tables.answers.get(consumer.id, consumer.answerVersion)
  if (!answer) return because('internal', 'no-answer-row')
  if (answer.frozenAt !== null && answer.frozenAt <= now) return because('consumer-not-ready', 'answer-frozen')
  return consumer
}
