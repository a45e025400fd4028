// Reading what comes back for a mail we sent: delivery status notifications (RFC 3464, RFC 6533), qmail's bounces in plain text (QSBMF,
// cr.yp.to/proto/qsbmf.txt) and automatic replies (RFC 3834). Takes out addresses and numbers only: such a message may quote all of
// the mail it is about, and nothing of that is handed on.

import { canonicalAddress } from './address.js'
import { isAutoReply } from './automatic.js'
import type { Message, Part } from './envelope.js'

/** RFC 3464 2.3.3. */
export type DeliveryAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'

/** What is reported of one recipient. Null: not said, said twice, or not readable. */
export interface ReportedRecipient {
  /** Canonical. The address it was last about, which need not be the one we wrote to. */
  readonly finalRecipient: string | null
  readonly action: DeliveryAction | null
  /** RFC 3463, for instance `5.1.1`; three numbers and nothing else. */
  readonly status: string | null
}

export type ReturnedMail =
  | { readonly kind: 'report'; readonly recipients: readonly ReportedRecipient[] }
  /** A vacation notice or its like. */
  | { readonly kind: 'auto-reply' }
  | { readonly kind: 'unclear' }

const ACTIONS: readonly string[] = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] satisfies DeliveryAction[]
const STATUS_PARTS = ['message/delivery-status', 'message/global-delivery-status']

/** What a message that came back to our reverse-path says. Never throws. */
export function readReturned(message: Message): ReturnedMail {
  const statusParts = message.parts.filter(({ mediaType }) => STATUS_PARTS.includes(mediaType))
  // Looked for first: Postfix and Exim call their own reports `Auto-Submitted: auto-replied`.
  if (statusParts.length > 0) {
    const isWhole = !message.defects.some(({ part }) => statusParts.some((each) => each.part === part))
    const recipients = statusParts.flatMap(readStatusPart)
    return isWhole && recipients.length > 0 ? { kind: 'report', recipients } : { kind: 'unclear' }
  }
  const text = message.parts.find(({ role, mediaType }) => role === 'body' && mediaType === 'text/plain')
  const failed = text ? readQsbmf(text.bytes.toString('utf8')) : []
  if (failed.length > 0) return { kind: 'report', recipients: failed }
  return { kind: isAutoReply(message) || isVacation(message) ? 'auto-reply' : 'unclear' }
}

/** Programs older than RFC 3834, and Exchange. */
function isVacation(message: Message): boolean {
  if (['x-autoreply', 'x-autorespond', 'x-autoresponder'].some((name) => message.count(name) > 0)) return true
  return /^auto[_-]?reply\b/i.test(message.field('precedence')?.trim() ?? '')
}

/** Groups of fields with an empty line between; the first is about the message, the others about a recipient each (RFC 3464 2.1). */
function readStatusPart({ bytes }: Part): ReportedRecipient[] {
  const groups = bytes
    .toString('utf8')
    .replace(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n/)
    .map(readFields)
  return groups.filter((fields) => fields.has('action') || fields.has('final-recipient')).map(toRecipient)
}

function readFields(group: string): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const line of group.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const [, name, value = ''] = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line) ?? []
    if (name) fields.set(name.toLowerCase(), [...(fields.get(name.toLowerCase()) ?? []), value.trim()])
  }
  return fields
}

function toRecipient(fields: ReadonlyMap<string, readonly string[]>): ReportedRecipient {
  const only = (name: string) => {
    const [value = '', ...more] = fields.get(name) ?? []
    return more.length === 0 ? value.replace(/\([^()]*\)/g, '').trim() : ''
  }
  // RFC 3464 2.3.2: a type before the address. Some write the address in angle brackets, as in a path.
  const [, address = ''] = /^(?:rfc822|utf-8)[ \t]*;[ \t]*<?([^<>]*)>?$/i.exec(fields.get('final-recipient')?.join('\n') ?? '') ?? []
  return { finalRecipient: canonicalAddress(address), action: toAction(only('action')), status: toStatus(only('status')) }
}

function toAction(value: string): DeliveryAction | null {
  const action = value.toLowerCase()
  return ACTIONS.includes(action) ? (action as DeliveryAction) : null
}

function toStatus(value: string): string | null {
  return /^[245]\.\d{1,3}\.\d{1,3}$/.test(value) ? value : null
}

/**
 * QSBMF: paragraphs, the first beginning `Hi. This is the`; one for each recipient that failed for good, beginning with its address in
 * brackets; then a paragraph that begins with a dash, and behind it the message itself.
 */
function readQsbmf(text: string): ReportedRecipient[] {
  const paragraphs = text
    .replace(/\r\n?/g, '\n')
    .trimStart()
    .split(/\n{2,}/)
  const end = paragraphs.findIndex((paragraph) => paragraph.startsWith('-'))
  if (!paragraphs[0]?.startsWith('Hi. This is the') || end < 0) return []
  const about = paragraphs.slice(1, end).filter((paragraph) => paragraph.startsWith('<'))
  return about.map((paragraph) => {
    const [, address = ''] = /^<([^<>\n]*)>:\n/.exec(paragraph) ?? []
    return { finalRecipient: canonicalAddress(address), action: 'failed', status: qsbmfStatus(paragraph) }
  })
}

/** qmail's own reasons end in `(#5.1.1)`; what another server said is quoted. A message that waited too long failed for a passing reason. */
function qsbmfStatus(paragraph: string): string | null {
  const own = [...paragraph.matchAll(/#([245]\.\d{1,3}\.\d{1,3})\b/g)].at(-1)?.[1]
  if (own) return own
  const [, quoted] = /^Remote host said: ([245])\d\d\b/m.exec(paragraph) ?? []
  return quoted ? `${quoted}.0.0` : null
}
