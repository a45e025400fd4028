// The receipt: what the provider keeps for the chart. It names no person and no file, and it says "handed to the mail system", never
// "delivered", because that is all we know.

import { localeOf } from '../dates.js'
import { describeDocument } from '../documents/describe.js'
import { describeAuthentication, type Receipt as PdfReceipt, receiptPdf } from '../documents/receipt-pdf.js'
import type { QueuedMail } from '../queued-mail.js'
import type { Texts } from '../texts.js'
import type { DocumentSummary } from './collect.js'

/** All a receipt says; waits sealed in the outbox. */
export interface Receipt {
  readonly to: string
  readonly language: string
  /** Message-ID of the message received; null when it had none. */
  readonly inReplyTo: string | null
  readonly intakeNumber: string
  readonly provider: { readonly name: string; readonly intakeAddress: string }
  readonly receivedAt: number
  readonly handedOverAt: number
  readonly authenticated: {
    readonly method: 'password' | 'network' | 'spf' | 'dkim' | 'fax'
    readonly domain: string | null
    readonly tls: string | null
  }
  readonly documents: readonly DocumentSummary[]
  /** The same documents were sent before: this is a new package with a new code. */
  readonly resend: boolean
  readonly operator: { readonly name: string; readonly email: string; readonly phone: string; readonly fax: string }
}

/** The receipt as a mail, with its PDF for the chart. */
export async function receiptMail(receipt: Receipt, { texts }: { texts: Texts }): Promise<QueuedMail> {
  const text = texts.in(receipt.language)
  const pdf: PdfReceipt = { ...receipt, documents: [...receipt.documents] }
  return {
    template: 'receipt',
    to: receipt.to,
    language: receipt.language,
    idempotencyKey: `receipt/${receipt.intakeNumber}`,
    automatic: 'auto-replied',
    inReplyTo: receipt.inReplyTo,
    values: {
      intakeNumber: receipt.intakeNumber,
      receivedAt: inUtc(receipt.receivedAt, receipt.language),
      handedOverAt: inUtc(receipt.handedOverAt, receipt.language),
      documentLines: receipt.documents.map((document, index) => `${index + 1}. ${describeDocument(document, text)}`).join('\n'),
      authenticatedBy: describeAuthentication(receipt.authenticated, text),
      resend: receipt.resend ? 'yes' : '',
      protected: receipt.documents.some(({ isProtected }) => isProtected) ? 'yes' : '',
    },
    attachments: [{ name: `receipt-${receipt.intakeNumber}.pdf`, mediaType: 'application/pdf', bytes: await receiptPdf(pdf, text) }],
  }
}

/**
 * Makes receipts for nobody, so that the first real one does not hold the event loop: fonts are read and code is compiled at first use,
 * which takes ten times as long.
 */
export async function practiseReceipts(texts: Texts): Promise<void> {
  const receipt: Receipt = {
    ...{ to: 'nobody@localhost', language: 'en', inReplyTo: null, intakeNumber: '20000101-00000000', receivedAt: 0, handedOverAt: 0 },
    provider: { name: 'Practice', intakeAddress: 'practice@localhost' },
    authenticated: { method: 'password', domain: null, tls: null },
    documents: [{ mediaType: 'application/pdf', bytes: 1, pages: 1, sha256: '0'.repeat(64) }],
    resend: false,
    operator: { name: 'Practice', email: '', phone: '', fax: '' },
  }
  for (let times = 0; times < 5; times++) await receiptMail(receipt, { texts })
}

function inUtc(at: number, language: string): string {
  return `${new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeStyle: 'medium', timeZone: 'UTC' }).format(at)} UTC`
}
