// The PDFs: the form as it stands, a blank one, and the two letters. Each is made when it is asked for, and kept nowhere.

import { DAY } from '../clock.js'
import { blankForm, type FormAbout, type FormContent, type FormKind, type FormPostbox } from '../documents/forms/content.js'
import type { LetterAbout } from '../documents/forms/letters.js'
import { formatPostboxNumber, postboxQrText, requestQrText } from '../postbox-number.js'
import { formatRequestNumber } from '../request-number.js'
import type { Consumer } from '../store/consumers.js'
import type { Provider } from '../store/providers.js'
import type { RequestRow } from '../store/requests.js'
import { dayThere, zoneOf } from './days.js'
import type { FormFile, LetterKind, RequestsDesk, SentWay } from './desk.js'
import { lettersOf } from './listing.js'
import { hersByNumber, openKept, type RequestTools } from './tools.js'

/** See RequestsDesk.pdf. */
export async function formFile(tools: RequestTools, consumerId: string, number: string, language: string): Promise<FormFile | null> {
  const row = await hersByNumber(tools.store.read, consumerId, number)
  return row && makeForm(tools, row, language)
}

/** The form of that request; null: she has closed her postbox. */
export async function makeForm(
  tools: RequestTools,
  row: RequestRow,
  language: string,
  copy: Pick<FormAbout, 'signedOnPaper'> | null = null,
): Promise<FormFile | null> {
  const { content } = openKept(tools.store.keyring, row)
  const found = await aboutOf(tools, row, content)
  if (!found) return null
  const about = content.signature === null ? { ...found, ...copy } : found
  // What was sent is the same whenever it is looked at.
  const bytes = await tools.pdfs[copy ? 'copy' : 'form'](about, language, row.sentAt ?? tools.clock.now())
  return { bytes, name: `${FILE_NAMES[row.kind]}-${formatRequestNumber(row.number)}.pdf` }
}

/** The same, to go with records under it: says of a signature on paper what is known of it. */
export async function consentCopy(tools: RequestTools, row: RequestRow, language: string): Promise<FormFile | null> {
  const consumer = await tools.store.read.consumers.byId(row.consumerId)
  const signedOnPaper = row.sentAt === null ? '' : dayThere(row.sentAt, consumer?.timeZone ?? null)
  return makeForm(tools, row, language, { signedOnPaper })
}

/** See RequestsDesk.blank. One of nobody is drawn once a day: however many ask for it, those who are signed in don't wait behind them. */
export function blankFiles(tools: RequestTools): RequestsDesk['blank'] {
  const kept = new Map<string, { readonly day: number; readonly bytes: Promise<Buffer> }>()
  const ofNobody = (kind: FormKind, language: string): Promise<Buffer> => {
    const key = `${kind} ${language}`
    const day = Math.floor(tools.clock.now() / DAY)
    const present = kept.get(key)
    if (present?.day === day) return present.bytes
    const bytes = drawBlank(tools, kind, language, null)
    kept.set(key, { day, bytes })
    bytes.catch(() => kept.delete(key))
    return bytes
  }
  return async (kind, language, consumerId) => {
    const consumer = consumerId === null ? null : await tools.store.read.consumers.byId(consumerId)
    const bytes = await (consumer ? drawBlank(tools, kind, language, consumer) : ofNobody(kind, language))
    return { bytes, name: `${FILE_NAMES[kind]}.pdf` }
  }
}

function drawBlank(tools: RequestTools, kind: FormKind, language: string, consumer: Consumer | null): Promise<Buffer> {
  const postbox = consumer && postboxOf(tools, consumer, null, postboxQrText(consumer.postboxNumber))
  const about = { ...publisher(tools), content: blankForm(kind), postbox, requestNumber: null }
  return tools.pdfs.form(about, language, tools.clock.now())
}

/** See RequestsDesk.letter. */
export async function letterFile(
  tools: RequestTools,
  about: { readonly consumerId: string; readonly number: string; readonly letter: LetterKind },
  language: string,
): Promise<FormFile | null> {
  const row = await hersByNumber(tools.store.read, about.consumerId, about.number)
  const consumer = row && (await tools.store.read.consumers.byId(row.consumerId))
  if (!consumer || !lettersOf(row, { now: tools.clock.now(), zone: consumer.timeZone }).includes(about.letter)) return null
  const form = await aboutOf(tools, row, openKept(tools.store.keyring, row).content)
  if (!form) return null
  const whole: LetterAbout = {
    ...form,
    requestNumber: formatRequestNumber(row.number),
    sent: sentIn(row),
    // She has signed the form, and nothing that came after it: a letter is signed by hand.
    ...{ signature: null, timeZone: zoneOf(consumer.timeZone) },
  }
  const bytes = await tools.pdfs[about.letter](whole, language, tools.clock.now())
  return { bytes, name: `${about.letter}-${formatRequestNumber(row.number)}.pdf` }
}

/** Null: it was never said to be sent, though it was, since there is its answer. */
function sentIn({ sentWay, sentAt, dueAt }: RequestRow): LetterAbout['sent'] {
  return sentWay === null || sentAt === null || dueAt === null ? null : { way: sentWay as SentWay, at: sentAt, dueAt }
}

const FILE_NAMES: Readonly<Record<FormKind, string>> = { access: 'access-request', authorization: 'authorization' }

async function aboutOf(tools: RequestTools, row: RequestRow, content: FormContent): Promise<FormAbout | null> {
  const { consumers, providers } = tools.store.read
  const consumer = await consumers.byId(row.consumerId)
  if (!consumer) return null
  const provider = row.providerId === null ? null : await providers.byId(row.providerId)
  // An address at which nothing is taken from it is none.
  const active = provider?.state === 'active' ? provider : null
  const postbox = postboxOf(tools, consumer, active, requestQrText(consumer.postboxNumber, row.number))
  return { ...publisher(tools), content, postbox, requestNumber: formatRequestNumber(row.number) }
}

function postboxOf({ intakeDomain }: RequestTools, consumer: Consumer, provider: Provider | null, qrText: string): FormPostbox {
  return {
    ...{ address: consumer.address, number: formatPostboxNumber(consumer.postboxNumber), qrText },
    intakeAddress: provider && `${provider.slug}@${intakeDomain}`,
    intakeFax: provider?.fax ?? null,
  }
}

function publisher({ operatorName, publicUrl }: RequestTools): Pick<FormAbout, 'operatorName' | 'site'> {
  return { operatorName, site: publicUrl() }
}
