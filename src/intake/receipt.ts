// The receipt: what the provider keeps for the chart. It names no person and no file, and it says "handed to the mail system", never
// "delivered", because that is all we know.

import { localeOf } from '../dates.js'
import { describeDocument } from '../documents/describe.js'
import { describeAuthentication, type Receipt as PdfReceipt } from '../documents/receipt-pdf.js'
import type { Papers } from '../documents/workshop/papers.js'
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
export async function receiptMail(receipt: Receipt, { texts, papers }: { texts: Texts; papers: Papers }): Promise<QueuedMail> {
  const text = texts.in(receipt.language)
  // What is on paper, and nothing else of what the outbox holds.
  const { intakeNumber, provider, receivedAt, handedOverAt, authenticated, documents, operator, resend } = receipt
  const pdf: PdfReceipt = { intakeNumber, provider, receivedAt, handedOverAt, authenticated, documents, operator, resend }
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
    attachments: [
      { name: `receipt-${intakeNumber}.pdf`, mediaType: 'application/pdf', bytes: await papers.receipt(pdf, receipt.language) },
    ],
  }
}

function inUtc(at: number, language: string): string {
  return `${new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeStyle: 'medium', timeZone: 'UTC' }).format(at)} UTC`
}
