// Judging a message: whether it is whole, from whom it says, for whom, and what is in it. Nothing is written down here.

import { authenticate } from '../mail/authenticate.js'
import type { Message } from '../mail/envelope.js'
import { parseMessage, UnparsableError } from '../mail/message.js'
import { free } from '../memory.js'
import { findRequestNumbers } from '../request-number.js'
import { timed } from '../stages.js'
import type { Consumer } from '../store/consumers.js'
import { type CollectedDocument, collect, summarise } from './collect.js'
import { because, type Disposition } from './disposition.js'
import { missesFax } from './fax.js'
import { checkForm } from './form.js'
import { isHoldable, type Unrouted } from './hold.js'
import { namesIn, namesOnPages } from './named.js'
import { NO_NUMBERS, numbersOnPages, type PageNumbers } from './page-numbers.js'
import type { Findings, IntakeTools, Judged, Received } from './receive.js'
import { namesNobody, routeByPages, routeTo } from './route.js'
import { transmissionKeys } from './transmission.js'
import { type Verified, verify } from './trust.js'

/** `raw` is emptied, and its memory given back once nobody reads it any more. */
export async function judge(
  tools: IntakeTools,
  received: Received,
  raw: Buffer[],
  findings: Findings,
): Promise<Judged | Unrouted | Disposition> {
  // One buffer, and the pieces freed: a big message is not held twice while it is read.
  if (raw.length > 1) for (const piece of raw.splice(0, raw.length, Buffer.concat(raw))) free(piece)
  const trusted = await readTrusted(tools, received, raw, findings)
  const found = 'reason' in trusted ? trusted : await tools.virusScan?.look([raw])
  const whole = raw.splice(0)
  if ('reason' in trusted) {
    for (const bytes of whole) free(bytes)
    return trusted
  }
  const { message, verified } = trusted
  // The encoded bytes have been read for the last time, unless they may have to be held.
  const mayBeHeld = received.provider.unmatched === 'hold'
  if (!mayBeHeld) freeUnneeded(message, whole)
  if (found) return found
  findings.how = verified.method
  const judged = await judgeContents(tools, { received, message, verified, raw: whole }, findings)
  if (mayBeHeld && !('why' in judged)) freeUnneeded(message, whole)
  return judged
}

/** A message in its proper form, from whom it says; or why it is not. What it names is noted either way, for the log alone. */
export async function readTrusted(
  { hostname, resolver }: Pick<IntakeTools, 'hostname' | 'resolver'>,
  { peer, mailFrom, provider, intakeAddress, tag, stages }: Received,
  raw: Buffer[],
  findings: Partial<Findings> = {},
): Promise<Pick<Judged, 'message' | 'verified'> | Disposition> {
  const message = await timed(stages, 'parse', () => parse(raw))
  if ('reason' in message) return message
  findings.names = namesIn(message.subject, tag)
  findings.messageId = message.messageId
  const malformed = checkForm(message)
  if (malformed) return malformed
  const about = { peerAddress: peer.address, ehlo: peer.ehlo, mailFrom, hostname, resolver }
  const verified = await verify({
    provider,
    peer,
    message,
    intakeAddress,
    tag,
    authenticate: () => timed(stages, 'authenticate', () => authenticate(raw, about)),
  })
  return 'reason' in verified ? verified : { message, verified }
}

/** Half of what a big message holds in memory. Parts that needed no decoding lie in it, and what was signed is read once more. */
function freeUnneeded(message: Message, raw: readonly Buffer[]): void {
  const isNeeded = ({ buffer }: Buffer) => message.parts.some(({ bytes, signs }) => bytes.buffer === buffer || signs?.buffer === buffer)
  for (const bytes of raw) if (!isNeeded(bytes)) free(bytes)
}

type Trusted = Pick<Unrouted, 'received' | 'message' | 'verified' | 'raw'>

async function judgeContents(tools: IntakeTools, trusted: Trusted, findings: Findings): Promise<Judged | Unrouted | Disposition> {
  const { received, message, verified } = trusted
  const named = await routeTo(tools.store.read, message, received.tag, tools.clock.now())
  // What is held must be worth it: a message without documents is refused, whomever it is for.
  if ('reason' in named && !namesNobody(named) && !isHoldable(trusted, named)) return named
  if (!('reason' in named)) findings.consumer = named
  const defect = message.defects[0]
  if (defect) return because(defect.reason, defect.detail)
  const language = 'reason' in named ? undefined : named.language
  const documents = await timed(received.stages, 'collect', () => collect(message, tools.workshop, language))
  const faxless = verified.isFax ? missesFax(message, documents) : null
  if (faxless) return faxless
  if ('reason' in documents) return documents
  // As they are sealed: a scanner may give up on a message where a person's mail program does not.
  const infected = await tools.virusScan?.look(documents.map(({ bytes }) => [bytes]))
  if (infected) return infected
  findings.documents = documents.length
  const pages = await readPages(tools, documents, verified, named)
  findings.names = namesOnPages(findings.names, pages.postboxes)
  const consumer = await routeByPages(tools.store.read, pages.postboxes, named, tools.clock.now())
  if ('reason' in consumer) {
    // Whom the Subject named is not put on record as the one it was for: the pages say another.
    findings.consumer = null
    return isHoldable(trusted, consumer) ? { ...trusted, why: consumer, documents } : consumer
  }
  findings.consumer = consumer
  return judgedFor(tools, { received, message, verified, requestNumbers: pages.requests }, consumer, documents)
}

/** All that sealing needs, once it is known for whom. */
export async function judgedFor(
  { store }: Pick<IntakeTools, 'store'>,
  { received, message, verified, requestNumbers }: Pick<Judged, 'received' | 'message' | 'verified' | 'requestNumbers'>,
  consumer: Consumer,
  documents: readonly CollectedDocument[],
): Promise<Judged> {
  const dedupeKey = store.keyring.dedupe(store.keyring.currentDedupe)
  const keys = transmissionKeys(dedupeKey, { providerId: received.provider.id, consumerId: consumer.id, message, documents })
  // An answer to the mail with a form has its number in the Subject.
  const numbers = [...requestNumbers, ...findRequestNumbers(message.subject)]
  return { received, message, verified, requestNumbers: numbers, consumer, documents, summaries: await summarise(documents), keys }
}

/**
 * The pages are asked when nothing else names her, and of every fax: what a gateway writes into the Subject is not what the sender meant,
 * so the two have to agree.
 */
async function readPages(
  { workshop }: IntakeTools,
  documents: readonly CollectedDocument[],
  { isFax }: Verified,
  named: Consumer | Disposition,
): Promise<PageNumbers> {
  return namesNobody(named) || isFax ? numbersOnPages(workshop, documents) : NO_NUMBERS
}

/** A message that can't be read at all is refused. */
export async function parse(raw: readonly Buffer[]): Promise<Message | Disposition> {
  try {
    return await parseMessage(raw)
  } catch (error) {
    if (error instanceof UnparsableError) return because('malformed-message', error.detail)
    throw error
  }
}
