// What becomes of a message: every reason there is, with its reply (RFC 5321 4.2, RFC 3463, RFC 7372). The reason is for our log;
// the text is for the clerk who reads the bounce, and comes from the catalogue (`replies.<reason>`).

import { type Reply, reply } from '../mail/reply.js'
import type { Text } from '../texts.js'

export type Outcome = 'accepted' | 'held' | 'rejected' | 'deferred'

/** Reply code and enhanced code of each reason. 4xx: the sender's server tries again by itself; 5xx: a person has to act. */
const REPLIES = {
  accepted: [250, '2.6.0'],
  duplicate: [250, '2.6.0'],
  bounce: [250, '2.0.0'],
  held: [250, '2.6.0'],
  'held-answered': [250, '2.0.0'],
  'held-over': [554, '5.6.0'],

  'relay-down': [451, '4.4.1'],
  'short-of-memory': [452, '4.3.1'],
  'short-of-disk': [452, '4.3.1'],
  'storage-failing': [451, '4.3.0'],
  busy: [452, '4.3.1'],
  'too-many-messages': [451, '4.7.0'],
  'too-many-bytes': [451, '4.7.0'],
  'message-too-big': [552, '5.3.4'],
  'tls-required': [530, '5.7.0'],
  stopping: [421, '4.3.2'],

  'unknown-intake-address': [550, '5.1.1'],
  'provider-suspended': [550, '5.2.1'],
  'too-many-recipients': [452, '4.5.3'],
  'null-sender': [550, '5.7.1'],
  'bounces-only': [550, '5.7.1'],
  'bounce-too-big': [552, '5.3.4'],
  'bounce-too-soon': [451, '4.3.2'],

  'bare-line-end': [554, '5.6.0'],
  'malformed-message': [554, '5.6.0'],
  'truncated-part': [554, '5.6.0'],
  'two-from': [554, '5.6.0'],
  'two-subjects': [554, '5.6.0'],
  loop: [554, '5.4.6'],
  infected: [554, '5.7.1'],
  'scan-failed': [451, '4.3.0'],

  'sender-not-registered': [550, '5.7.1'],
  'sender-not-authenticated': [550, '5.7.26'],
  'authentication-unavailable': [451, '4.7.0'],
  'auto-reply': [550, '5.7.1'],

  // Not 5.1.1: mail programs read that as "the clinic's intake address is wrong".
  'no-id': [554, '5.6.0'],
  'two-ids': [554, '5.6.0'],
  'number-mistyped': [554, '5.6.0'],
  'number-unknown': [554, '5.6.0'],
  'sources-disagree': [554, '5.6.0'],
  'unknown-tag': [554, '5.6.0'],
  'consumer-unknown': [554, '5.6.0'],
  'consumer-dormant': [554, '5.6.0'],
  'consumer-not-ready': [451, '4.2.1'],
  'no-documents': [554, '5.6.1'],
  'fax-failed': [554, '5.6.1'],
  'fax-behind-link': [554, '5.6.1'],

  'transmission-busy': [451, '4.3.2'],
  'lease-lost': [451, '4.3.2'],
  'notice-stopped': [451, '4.4.1'],
  'notice-not-handed-over': [451, '4.4.1'],
  'consumer-unreachable': [554, '5.6.0'],
  deadline: [451, '4.4.2'],
  internal: [451, '4.3.0'],
} as const satisfies Record<string, readonly [number, string]>

export type Reason = keyof typeof REPLIES

/** A decision about a message: the pipeline stops at the first one. */
export interface Disposition {
  readonly reason: Reason
  /** A closed word that narrows the reason for the log, for instance `no-boundary`; never quoted content. */
  readonly detail?: string
}

export function because(reason: Reason, detail?: string): Disposition {
  return detail === undefined ? { reason } : { reason, detail }
}

export function outcomeOf(reason: Reason): Outcome {
  if (reason === 'held') return 'held'
  const [replyCode] = REPLIES[reason]
  return replyCode < 300 ? 'accepted' : replyCode < 500 ? 'deferred' : 'rejected'
}

/** Thrown inside the pipeline by a step that is out of time or out of the world it needs; carries its Disposition. */
export class Stopped extends Error {
  override name = 'Stopped'
  readonly disposition: Disposition
  constructor(disposition: Disposition, options?: ErrorOptions) {
    super(disposition.reason, options)
    this.disposition = disposition
  }
}

/** Words a disposition: `values` fill the text, for instance the size limit or the intake number. */
export function replyFor(reason: Reason, text: Text, values: Readonly<Record<string, string | number>>): Reply {
  const [replyCode, enhancedCode] = REPLIES[reason]
  return reply(replyCode, enhancedCode, text(`replies.${reason}`, values))
}

export const REASONS = Object.keys(REPLIES) as readonly Reason[]
