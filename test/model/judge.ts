// Whether what was said and mailed for a message may be so.

import { type Model, PACKAGE_LIFE, type Transmission } from './model.js'

const LEASE = 4 * 60_000
/** Hand-offs of one transmission that may have arrived, after which no further one is allowed. */
const MOST_UNKNOWN = 3

/** What came of one delivery. */
export interface Delivered {
  /** In order. Null outcome of a copy: the world ended before it was answered. */
  readonly replies: ReadonlyArray<{ readonly reason: string; readonly intakeNumber: string } | null>
  readonly handed: ReadonlyArray<{ readonly outcome: string; readonly number: string; readonly code: string; readonly hasArrived: boolean }>
  /** A step failed or the world ended on the way. */
  readonly isDisturbed: boolean
}

const RELAY_FAILURES = new Set(['put-off-otherwise', 'put-off-arrived', 'refused-otherwise', 'unreachable', 'unknown', 'unknown-arrived'])
const REPLIES: Readonly<Record<string, string>> = { accepted: 'accepted', 'refused-address': 'consumer-unreachable' }

/** Judges what was mailed and said for copies of one transmission, and takes it over. Throws when it may not be so. */
export function judgeDelivery(model: Model, key: string, docs: number, copies: number, delivered: Delivered): void {
  const wasSent = model.transmission(key, docs).sentAt !== null
  const wasHeld = model.transmission(key, docs).heldUntil > model.now
  const expected = expectedReplies(model, model.transmission(key, docs), copies, delivered)
  const mayHand = !wasSent && !expected.isPutOff
  for (const each of delivered.handed) {
    if (!mayHand) throw new Error(`a notice went out although ${wasSent ? 'its transmission was sent' : 'mail was put off'}`)
    handOver(model, key, docs, each)
  }
  const transmission = model.transmission(key, docs)
  transmission.touchedAt = model.now
  for (const reply of delivered.replies) {
    if (reply === null) continue
    if (!expected.reasons.has(reply.reason)) throw new Error(`said ${reply.reason}, expected ${[...expected.reasons].join(' or ')}`)
    if (reply.reason === 'accepted') model.receipts.add(reply.intakeNumber)
    if (reply.reason === 'duplicate')
      Object.assign(transmission, { sentAt: transmission.sentAt ?? transmission.maybeSentAt, maybeSentAt: null })
  }
  if (delivered.isDisturbed) disturb(model, transmission, delivered)
  else settle(model, transmission, copies, delivered, wasHeld)
}

/** What may be said at all. */
function expectedReplies(model: Model, transmission: Transmission, copies: number, { handed, isDisturbed }: Delivered) {
  const reasons = new Set<string>()
  const isFailed = model.relayFailed !== null && model.relayFailed.until > model.now
  const isPutOff = isFailed && model.relayFailed?.isSure === true
  if (isFailed) reasons.add('relay-down')
  if (isPutOff) return { reasons, isPutOff }
  if (isDisturbed) for (const reason of ['internal', 'storage-failing', 'lease-lost']) reasons.add(reason)
  if (model.isNotReady) return { reasons: reasons.add('consumer-not-ready'), isPutOff: true }
  if (transmission.sentAt !== null) return { reasons: reasons.add('duplicate'), isPutOff }
  for (const { outcome } of handed) reasons.add(REPLIES[outcome] ?? 'notice-not-handed-over')
  if (transmission.maybeSentAt !== null || handed.some(({ outcome }) => outcome === 'accepted')) reasons.add('duplicate')
  if (transmission.heldUntil > model.now || copies > 1) reasons.add('transmission-busy')
  if (transmission.unknownAtMost + handed.length >= MOST_UNKNOWN) reasons.add('notice-stopped')
  if (copies > 1 && handed.some(({ outcome }) => RELAY_FAILURES.has(outcome))) reasons.add('relay-down')
  return { reasons, isPutOff }
}

/** One notice at the relay. */
function handOver(model: Model, key: string, docs: number, handed: Delivered['handed'][number]): void {
  const transmission = model.transmission(key, docs)
  if (transmission.sentAt !== null) throw new Error('a second code of a transmission that was sent')
  if (transmission.unknownAtLeast >= MOST_UNKNOWN) throw new Error('a further code after three that may have arrived')
  // If the one before had been written down as sent, this one would not have gone out.
  transmission.maybeSentAt = null
  const { outcome, number, code, hasArrived } = handed
  if (outcome === 'accepted') transmission.sentAt = model.now
  if (outcome.startsWith('unknown')) {
    transmission.unknownAtLeast++
    transmission.unknownAtMost = Math.max(transmission.unknownAtMost + 1, transmission.unknownAtLeast)
  }
  if (RELAY_FAILURES.has(outcome)) model.relayFailed = { until: model.now + 30_000, isSure: true }
  else if (outcome === 'accepted') model.relayFailed = null
  if (!hasArrived) return
  const { version } = model.account
  model.mailed.push({
    number,
    code,
    key,
    docs,
    version,
    expiresAt: model.now + PACKAGE_LIFE,
    ended: null,
    wasOpened: false,
    wasExtended: false,
  })
}

/** Nothing broke: every copy was answered, and what had to be done was done. */
function settle(model: Model, transmission: Transmission, copies: number, { replies, handed }: Delivered, wasHeld: boolean): void {
  if (replies.includes(null) || replies.length !== copies) throw new Error('a copy was not answered')
  const reasons = replies.map((reply) => reply?.reason)
  const count = (reason: string) => reasons.filter((each) => each === reason).length
  const accepted = handed.filter(({ outcome }) => outcome === 'accepted').length
  if (count('accepted') !== accepted) throw new Error(`accepted ${count('accepted')} times, taken by the relay ${accepted} times`)
  const refused = handed.length - accepted
  const saidRefused = count('notice-not-handed-over') + count('consumer-unreachable')
  if (saidRefused !== refused) throw new Error(`said refused ${saidRefused} times, refused by the relay ${refused} times`)
  if (reasons.every((reason) => reason === 'transmission-busy')) {
    if (!wasHeld) throw new Error('busy with nothing')
    return
  }
  // Whoever dealt with it gave it back.
  if (!reasons.every((reason) => reason === 'relay-down' || reason === 'consumer-not-ready')) transmission.heldUntil = 0
  if (reasons.every((reason) => reason === 'notice-stopped'))
    transmission.unknownAtLeast = Math.max(transmission.unknownAtLeast, MOST_UNKNOWN)
  if (handed.length === 0 && !reasons.includes('relay-down')) model.relayFailed = null
}

/** Something broke: it may still be held, a notice that was about to go may count, and `sent` may not have been written down. */
function disturb(model: Model, transmission: Transmission, { replies, handed }: Delivered): void {
  const last = handed.at(-1)
  transmission.heldUntil = model.now + LEASE
  transmission.unknownAtMost++
  if (model.relayFailed) model.relayFailed = { ...model.relayFailed, isSure: false }
  if (last?.outcome !== 'accepted' || replies.some((reply) => reply?.reason === 'accepted' || reply?.reason === 'duplicate')) return
  Object.assign(transmission, { sentAt: null, maybeSentAt: model.now })
  transmission.unknownAtLeast++
}
