// Automatic answers (RFC 3834): telling one when it comes in, and when we may send one ourselves. Two programs that answer each
// other's answers never stop.

import { canonicalAddress } from './address.js'
import type { Message } from './envelope.js'

/** The message is an answer some program made (a vacation notice, a receipt): never records. A program's own letter is not (`auto-generated`). */
export function isAutoReply(message: Message): boolean {
  return autoSubmitted(message) === 'auto-replied'
}

/**
 * Whether a receipt may be sent for it, to the reverse-path (RFC 3834 2 and 4): not to the null path, a mailing list or a mailer,
 * and not when the message asks for none. A program's own letter may be answered: fax gateways and scanners send nothing else.
 */
export function mayAnswer(message: Message, mailFrom: string): boolean {
  if (canonicalAddress(mailFrom) === null || isMachineAddress(mailFrom)) return false
  if (!['no', 'auto-generated', ''].includes(autoSubmitted(message))) return false
  if (/^(bulk|list|junk|auto[_-]?reply)\b/i.test(field(message, 'precedence'))) return false
  if (/\b(all|oof|autoreply)\b/i.test(field(message, 'x-auto-response-suppress'))) return false
  return !LIST_FIELDS.some((name) => message.count(name) > 0)
}

// RFC 2369, RFC 2919, and what list and vacation programs add (RFC 3834 2: "any other indication").
const LIST_FIELDS = ['list-id', 'list-help', 'list-unsubscribe', 'list-post', 'list-owner', 'mailing-list', 'x-autoreply', 'x-autorespond']

/** RFC 3834 5: a keyword, then parameters. Lower case; '' when absent. */
function autoSubmitted(message: Message): string {
  const [keyword = ''] = field(message, 'auto-submitted')
    .replace(/\([^()]*\)/g, '')
    .split(';')
  return keyword.trim().toLowerCase()
}

function isMachineAddress(address: string): boolean {
  const [local = ''] = address.toLowerCase().split('@')
  // RFC 3834 2: mailer-daemon, owner-x and x-request; and the names programs use that nobody reads.
  return /^(mailer-daemon|postmaster|owner-.*|.*-(request|owner|bounces?)|(no|do[-_.]?not)[-_.]?reply|bounces?)([+=].*)?$/.test(local)
}

function field(message: Message, name: string): string {
  return message.field(name)?.trim() ?? ''
}
