// Whose records are these? The consumer named by the Subject, by the tag of the intake address, or by the QR code on the first pages. Sources
// that disagree, or two different people in one of them, are never ranked: a wrong guess would hand one person's records to another.

import { canonicalAddress, parseAddress, readAddresses } from '../mail/address.js'
import type { Message } from '../mail/envelope.js'
import { isDormant } from '../postbox-life.js'
import { type FoundNumbers, findPostboxNumbers, readPostboxNumber } from '../postbox-number.js'
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

/** Somebody was named. `consumer` is null when nobody has that id or number; then `unknown` says why. */
type Named = { readonly consumer: Consumer } | { readonly consumer: null; readonly unknown: Disposition }

/**
 * The consumer whom Subject and tag name; `no-id` without a detail when neither names anybody. She must have registered, and set her
 * question: before that nothing can be sealed for her. While she is resetting her answer, or it is frozen, the sender's server is asked
 * to wait, so that nothing is sealed under an answer that dies. Of a postbox that nobody has used for long nobody knows whether its
 * address is still hers.
 */
export async function routeTo(tables: Tables, message: Message, tag: string | null, now: number): Promise<Consumer | Disposition> {
  const bySubject = await namedInSubject(tables, message.subject)
  if (bySubject && 'reason' in bySubject) return bySubject
  const byTag = tag === null ? null : await namedByTag(tables, tag)
  if (byTag && 'reason' in byTag) return byTag
  // The tag was meant: one that names nobody is not overlooked.
  if (byTag?.consumer === null) return bySubject ? because('unknown-tag') : byTag.unknown
  const named = bySubject ?? byTag
  if (named === null) return because('no-id')
  if (named.consumer === null) return named.unknown
  if (byTag !== null && byTag.consumer.id !== named.consumer.id) return because('sources-disagree', 'subject-and-tag')
  return checkReady(tables, named.consumer, now)
}

/** Whether a message names nobody, so that its pages may be asked. */
export function namesNobody(routed: Consumer | Disposition): boolean {
  return 'reason' in routed && routed.reason === 'no-id' && routed.detail === undefined
}

/**
 * The consumer whose postbox number the pages show. @param routed what Subject and tag say: the pages settle what these leave open, and
 * never who is right.
 */
export async function routeByPages(
  tables: Tables,
  numbers: readonly string[],
  routed: Consumer | Disposition,
  now: number,
): Promise<Consumer | Disposition> {
  const [number, ...others] = new Set(numbers)
  if (number === undefined) return routed
  if (others.length > 0) return because('sources-disagree', 'pages')
  const consumer = await tables.consumers.byPostboxNumber(number)
  if (!namesNobody(routed))
    return 'reason' in routed || routed.id === consumer?.id ? routed : because('sources-disagree', 'subject-and-pages')
  return consumer ? checkReady(tables, consumer, now) : because('number-unknown', 'pages')
}

/** What a Subject says of people, before anybody is looked up. */
export interface SubjectNames extends FoundNumbers {
  /** Canonical; null: none. */
  readonly address: string | null
}

/** The one HePoEx id in the Subject, however often it stands there and whatever surrounds it, and the postbox numbers. */
export function readSubject(subject: string): SubjectNames | Disposition {
  const { addresses, isDoubtful } = readAddresses(subject)
  // The rest of o’brien@ is the whole of brien@, who may be somebody else.
  if (isDoubtful) return because('no-id', 'doubtful-address')
  if (addresses.length > 1) return because('two-ids')
  const found = findPostboxNumbers(subject)
  return found.numbers.length > 1 ? because('two-ids', 'numbers') : { address: addresses[0] ?? null, ...found }
}

async function namedInSubject(tables: Tables, subject: string): Promise<Named | Disposition | null> {
  const read = readSubject(subject)
  if ('reason' in read) return read
  const [number] = read.numbers
  const [owner, ...others] = await ownersOf(tables, [...read.numbers, ...read.perhaps])
  if (others.length > 0) return because('two-ids', 'numbers')
  if (read.address !== null) {
    const named = await namedByAddress(tables, read.address)
    // A number that nobody has stands for nothing: the clinic's own file numbers may look like one.
    return owner && owner.id !== named.consumer?.id ? because('sources-disagree', 'subject') : named
  }
  // One that is written as ours are was meant, whoever has another one in the same Subject.
  if (number !== undefined && owner?.postboxNumber !== number) return because('number-unknown')
  if (owner) return { consumer: owner }
  return read.isMistyped ? because('number-mistyped') : null
}

async function ownersOf(tables: Tables, numbers: readonly string[]): Promise<Consumer[]> {
  const owners = await Promise.all(numbers.map((number) => tables.consumers.byPostboxNumber(number)))
  return owners.filter((owner) => owner !== null)
}

async function namedByAddress(tables: Tables, address: string): Promise<Named> {
  const consumer = await tables.consumers.byAddress(address)
  return consumer ? { consumer } : { consumer, unknown: because('consumer-unknown') }
}

async function namedByTag(tables: Tables, tag: string): Promise<Named | Disposition> {
  const typed = readPostboxNumber(tag)
  if (typed.kind === 'mistyped') return because('number-mistyped', 'tag')
  if (typed.kind === 'number') {
    const consumer = await tables.consumers.byPostboxNumber(typed.number)
    return consumer ? { consumer } : { consumer, unknown: because('number-unknown', 'tag') }
  }
  const address = canonicalAddress(tag)
  return address === null ? because('unknown-tag') : namedByAddress(tables, address)
}

/** Whether records can be sealed for her now. */
export async function checkReady(tables: Tables, consumer: Consumer, now: number): Promise<Consumer | Disposition> {
  if (consumer.answerVersion === null) return because('consumer-unknown', 'no-question-yet')
  const life = await tables.lives.of(consumer.id)
  if (isDormant(life?.unusedAskedAt ?? null, now)) return because('consumer-dormant')
  if (await tables.resets.pending(consumer.id)) return because('consumer-not-ready', 'reset-pending')
  const answer = await tables.answers.get(consumer.id, consumer.answerVersion)
  if (!answer) return because('internal', 'no-answer-row')
  if (answer.frozenAt !== null && answer.frozenAt <= now) return because('consumer-not-ready', 'answer-frozen')
  return consumer
}
