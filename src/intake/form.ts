// The form of a message, whoever sent it: what RFC 5322 3.6 asks of its header, and what no reading of it may guess at.

import { isAutoReply } from '../mail/automatic.js'
import type { Message } from '../mail/envelope.js'
import { because, type Disposition } from './disposition.js'

/** RFC 5321 6.3: a message that has passed this many servers is going round in circles. */
const MOST_RECEIVED_FIELDS = 50

/** null: exactly one sender and at most one Subject, no loop, and not an automatic answer. */
export function checkForm(message: Message): Disposition | null {
  if (message.count('received') > MOST_RECEIVED_FIELDS) return because('loop')
  if (message.count('from') !== 1 || message.from.length !== 1) return because('two-from', message.from.length === 0 ? 'none' : 'several')
  if (message.count('subject') > 1) return because('two-subjects')
  return isAutoReply(message) ? because('auto-reply') : null
}
