// From a draft to a request that was sent: she says how, or has us mail it. What waits to be mailed names the request and nothing else;
// the form is made when it goes out.

import { DAY } from '../clock.js'
import { dayInWords } from '../dates.js'
import { formatPostboxNumber } from '../postbox-number.js'
import type { MailWriter, QueuedMail } from '../queued-mail.js'
import { formatRequestNumber } from '../request-number.js'
import { type LimitRules, limitKey } from '../store/limits.js'
import type { RequestRow } from '../store/requests.js'
import type { Tables } from '../store/store.js'
import { inLanguage } from '../texts.js'
import { keptWithConsent } from './consent.js'
import { daysAfter, dayThere, momentOn } from './days.js'
import type { SendOutcome, SentWay } from './desk.js'
import { makeForm } from './files.js'
import { canBeMailed, missingSteps } from './listing.js'
import { ANSWER_DAYS, DRAFT_KEPT, hersByNumber, type Kept, openKept, type RequestTools, recordEvent, SENT_KEPT } from './tools.js'

interface Sending {
  readonly consumerId: string
  readonly number: string
  readonly way: SentWay
}

/** See RequestsDesk.markSent. */
export function markSent(tools: RequestTools, sending: Sending): Promise<SendOutcome> {
  return tools.store.write((tables) => send(tools, tables, sending))
}

/** See RequestsDesk.mailIt. In one transaction: it is sent if, and only if, the mail waits in the outbox. */
export function mailIt(tools: RequestTools, consumerId: string, number: string): Promise<SendOutcome> {
  return tools.store.write((tables) => send(tools, tables, { consumerId, number, way: 'mailed-by-us' }))
}

async function send(tools: RequestTools, tables: Tables, { consumerId, number, way }: Sending): Promise<SendOutcome> {
  const row = await hersByNumber(tables, consumerId, number)
  if (!row) return { kind: 'not-found' }
  if (row.state !== 'draft') return { kind: 'not-draft' }
  const refusal = await whyNot(tools, tables, row, way)
  if (refusal) return { kind: refusal }
  const now = tools.clock.now()
  const zone = (await tables.consumers.byId(consumerId))?.timeZone ?? null
  const dueAt = momentOn(daysAfter(dayThere(now, zone), ANSWER_DAYS), zone)
  const sent = { state: 'sent', sentWay: way, sentAt: now, dueAt } as const
  const { content } = openKept(tools.store.keyring, row)
  const keptUntil = keptWithConsent(content, { ...row, sentAt: now }, now + SENT_KEPT)
  if (!(await tables.requests.change(row, { ...sent, updatedAt: now, keptUntil }))) return { kind: 'not-draft' }
  // One that came back is mailed again under another key.
  if (way === 'mailed-by-us') await tools.queueForm(tables, row.id, `${FORM_MAIL}/${row.id}/${row.version}`)
  await recordEvent(tables, row, { at: now, kind: 'request-sent', actor: 'consumer', details: { way } })
  return { kind: 'sent' }
}

async function whyNot(tools: RequestTools, tables: Tables, row: RequestRow, way: SentWay) {
  const { store, clock } = tools
  const { content }: Kept = openKept(store.keyring, row)
  if (missingSteps(content).length > 0) return 'not-whole'
  if (way !== 'mailed-by-us') return null
  if (!(await canBeMailed(tools, tables, row))) return 'no-provider'
  if (content.signature === null) return 'not-signed'
  const key = limitKey(store.keyring, 'request-mails', row.consumerId)
  return (await tables.limits.take(key, clock.now(), MAIL_RULES)) === null ? null : 'too-many'
}

/** A form that was mailed may be deleted and another one begun: without a limit, one person could fill a clinic's mailbox. */
const MAIL_RULES: LimitRules = { free: 10, delay: DAY, maxDelay: DAY, forget: DAY }

/** Template of the mail to the provider. */
export const FORM_MAIL = 'request-form'

/** Writes the mails that `mailIt` queues; `about` is the id of the request. */
export function formMails(tools: RequestTools): MailWriter<Tables> {
  return {
    write: (requestId) => writeFormMail(tools, requestId),
    givenUp: (tables, requestId) => cameBack(tools, tables, requestId),
  }
}

/** Null: she has withdrawn or deleted it meanwhile, or the provider takes part no more. */
async function writeFormMail(tools: RequestTools, requestId: string): Promise<QueuedMail | null> {
  const { read } = tools.store
  const row = await read.requests.byId(requestId)
  // One that was answered meanwhile goes all the same: she may take the answer back, and then it counts as sent.
  if (row?.sentWay !== 'mailed-by-us' || (row.state !== 'sent' && row.state !== 'answered')) return null
  const provider = row.providerId === null ? null : await read.providers.byId(row.providerId)
  const mailbox = provider && (await tools.providerMailbox(read, provider.id))
  const consumer = await read.consumers.byId(row.consumerId)
  if (!mailbox) throw new NoMailboxError('the provider has no mailbox for requests any more')
  // As she read and signed it; what a clinic has to know stands on each in English, too.
  const form = consumer && (await makeForm(tools, row, consumer.language))
  if (!form) return null
  const intakeAddress = `${provider.slug}@${tools.intakeDomain}`
  return {
    ...{ template: FORM_MAIL, catalogue: 'request-mails', to: mailbox.to, language: mailbox.language },
    values: {
      ...{ requestNumber: formatRequestNumber(row.number), postboxNumber: formatPostboxNumber(consumer.postboxNumber), intakeAddress },
      authorization: row.kind === 'authorization' ? 'yes' : '',
      dueOn: dayInWords(row.dueAt ?? 0, mailbox.language),
      helpLink: inLanguage(`${tools.publicUrl()}/help`, mailbox.language),
    },
    // An answer with the records attached comes in by itself: its subject has the postbox number in it.
    replyTo: intakeAddress,
    idempotencyKey: `${FORM_MAIL}/${row.id}`,
    attachments: [{ name: form.name, mediaType: 'application/pdf', bytes: form.bytes }],
  }
}

/** A person has to see to it: the mail is tried again for days, and then she is told. */
class NoMailboxError extends Error {
  override name = 'NoMailboxError'
}

/** The relay refuses it for good: it was never sent, and she is told. What was answered meanwhile, or withdrawn, stays so. */
async function cameBack(tools: RequestTools, tables: Tables, requestId: string): Promise<void> {
  const row = await tables.requests.byId(requestId)
  if (row?.state !== 'sent' || row.sentWay !== 'mailed-by-us') return
  const now = tools.clock.now()
  const unsent = { state: 'draft', sentWay: null, sentAt: null, dueAt: null } as const
  if (!(await tables.requests.change(row, { ...unsent, updatedAt: now, keptUntil: now + DRAFT_KEPT }))) return
  await recordEvent(tables, row, { at: now, kind: 'request-came-back', actor: 'system' })
  const consumer = await tables.consumers.byId(row.consumerId)
  if (!consumer) return
  const { address, language } = consumer
  await tools.queueMail(tables, {
    ...{ template: 'request-came-back', catalogue: 'request-mails', to: address, language },
    values: { requestNumber: formatRequestNumber(row.number), link: requestLink(tools, row.number, language) },
    idempotencyKey: `request-came-back/${row.id}/${row.version}`,
  })
}

/** The page of that request, in her language. */
export function requestLink({ publicUrl }: Pick<RequestTools, 'publicUrl'>, number: string, language: string): string {
  return inLanguage(`${publicUrl()}/forms/${number}`, language)
}
