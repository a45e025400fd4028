// A mail to a provider that was given up: its server takes no receipt of ours, or no correction. Then a person has to tell it.

import { momentInWords } from '../dates.js'
import type { QueuedMail } from '../queued-mail.js'
import type { Admin } from '../store/admins.js'
import type { Texts } from '../texts.js'
import type { Receipt } from './receipt.js'

/** What waits in the outbox, sealed. `written`: its template's writer makes it when it is sent. */
export type Letter =
  | { kind: 'mail'; queuedAt: number; mail: QueuedMail }
  | { kind: 'receipt'; queuedAt: number; receipt: Receipt }
  | { kind: 'written'; queuedAt: number; template: string; about: string }

/**
 * One alert to each admin. Of receipts once a day and intake address: a wrong address loses every one of them. Of corrections, and of what
 * is said of held mail, always, since a person waits for her records. Nothing for other mails, which whoever asked asks for again, and for one that can't be read (null).
 */
export function untoldAlerts(
  letter: Letter | null,
  admins: readonly Admin[],
  { texts, publicUrl, at }: { readonly texts: Texts; readonly publicUrl: string; readonly at: number },
): QueuedMail[] {
  const about = letter && aboutOf(letter, at)
  if (!about) return []
  const { key, matter, values } = about
  return admins.map(({ id, address, language }) => ({
    template: 'admin-alert',
    to: address,
    language,
    values: { time: momentInWords(at, language), about: texts.in(language)(matter, values), link: `${publicUrl}/admin` },
    idempotencyKey: `admin-alert/${key}/${id}`,
  }))
}

function aboutOf(letter: Letter, at: number) {
  if (letter.kind === 'receipt') {
    const { intakeNumber, provider } = letter.receipt
    const values = { intakeNumber, intakeAddress: provider.intakeAddress }
    const key = `receipt/${new Date(at).toISOString().slice(0, 10)}/${provider.intakeAddress}`
    return { key, matter: 'mail.admin-alert.receipt-given-up', values } as const
  }
  // Its writer tells whoever has to know.
  if (letter.kind === 'written') return null
  const { template, values } = letter.mail
  const matter = Object.hasOwn(MATTERS, template) ? MATTERS[template as keyof typeof MATTERS] : undefined
  if (matter === undefined) return null
  const { intakeNumber = '' } = values
  return { key: `${template}/${intakeNumber}`, matter, values: { intakeNumber } }
}

/** Mails to a provider that a person has to do in their place. */
const MATTERS = {
  undeliverable: 'mail.admin-alert.correction-given-up',
  reported: 'mail.admin-alert.reported-given-up',
  held: 'mail.admin-alert.held-given-up',
  'held-ended': 'mail.admin-alert.held-ended-given-up',
} as const
