// The receipt as a PDF for the patient's chart: what came in, when, from whom as far as that is proven, and what became of it. It names no
// person and no file, and says "handed to the mail system", never "delivered": a bounce may come later.

import type { Text } from '../texts.js'
import { type DescribedDocument, describeDocument } from './describe.js'
import { Paper } from './receipt-layout.js'

export interface ReceiptDocument extends DescribedDocument {
  /** Hex, lower case. */
  readonly sha256: string
}

/** All that a receipt says. Times in ms since the epoch. */
export interface Receipt {
  readonly intakeNumber: string
  readonly provider: { readonly name: string; readonly intakeAddress: string }
  readonly receivedAt: number
  /** When the notice was handed to the mail system. */
  readonly handedOverAt: number
  readonly authenticated: {
    readonly method: 'password' | 'network' | 'spf' | 'dkim' | 'fax'
    /** The domain that passed; null where none is meant. */
    readonly domain: string | null
    /** As in Peer; null on a plain connection. */
    readonly tls: string | null
  }
  readonly documents: readonly ReceiptDocument[]
  readonly operator: { readonly name: string; readonly email: string; readonly phone: string; readonly fax: string }
  /** The same documents were sent before: this is a new package with a new code. */
  readonly resend: boolean
}

const LABEL_WIDTH = 150
const BODY = { size: 10 }

/** A PDF of one page or more; the same bytes for the same receipt. `text` looks up the texts of the provider's language. */
export async function receiptPdf(receipt: Receipt, text: Text): Promise<Buffer> {
  const paper = await Paper.create()
  writeHead(paper, receipt, text)
  writeFacts(paper, receipt, text)
  writeAdvice(paper, receipt, text)
  writeDocuments(paper, receipt, text)
  if (!paper.isWhole) paper.write(text('receipt.missingLetters'), { size: 8.5, grey: true, above: 8 })
  paper.writeFeet((page, pages) => ({
    left: text('receipt.footer', { intakeNumber: receipt.intakeNumber }),
    right: text('receipt.page', { page, pages }),
  }))
  describeFile(paper, receipt, text)
  return Buffer.from(await paper.document.save({ objectsPerTick: Number.POSITIVE_INFINITY, addDefaultPage: false }))
}

function writeHead(paper: Paper, { operator, resend }: Receipt, text: Text): void {
  paper.write(operator.name, { size: 10, grey: true })
  paper.write(text('receipt.title'), { size: 19, weight: 'bold', above: 2 })
  paper.rule(10, 8)
  paper.write(text('receipt.lead'), BODY)
  paper.write(text('receipt.proves'), { ...BODY, above: 4 })
  if (resend) paper.write(text('receipt.resend'), { ...BODY, weight: 'bold', above: 4 })
}

function writeFacts(paper: Paper, { intakeNumber, provider, receivedAt, handedOverAt, authenticated }: Receipt, text: Text): void {
  const { tls } = authenticated
  const rows: ReadonlyArray<readonly [key: string, value: string]> = [
    ['intakeNumber', intakeNumber],
    ['received', inUtc(receivedAt)],
    ['handedOver', inUtc(handedOverAt)],
    ['provider', provider.name],
    ['intakeAddress', provider.intakeAddress],
    ['sender', describeAuthentication(authenticated, text)],
    ['connection', tls === null ? text('receipt.notEncrypted') : text('receipt.encrypted', { tls })],
  ]
  for (const [index, [key, value]] of rows.entries()) {
    paper.writeRow(text(`receipt.${key}`), value, LABEL_WIDTH, { ...BODY, above: index === 0 ? 12 : 2 })
  }
}

/** How the sender was shown to be one of the provider's, as a sentence. */
export function describeAuthentication({ method, domain }: Receipt['authenticated'], text: Text): string {
  return text(`receipt.authenticated.${method}`, { domain: domain ?? '' })
}

function writeAdvice(paper: Paper, { operator }: Receipt, text: Text): void {
  paper.write(text('receipt.keep'), { ...BODY, above: 10 })
  const ways = [
    operator.email,
    operator.phone && text('receipt.phone', { number: operator.phone }),
    operator.fax && text('receipt.fax', { number: operator.fax }),
  ].filter(Boolean)
  if (ways.length > 0) paper.write(text('receipt.contact', { name: operator.name, ways: ways.join(', ') }), { ...BODY, above: 4 })
}

function writeDocuments(paper: Paper, { documents }: Receipt, text: Text): void {
  paper.need(80)
  paper.rule(12, 4)
  paper.write(text('receipt.documents', { count: documents.length }), { size: 12.5, weight: 'bold', above: 2 })
  paper.write(text('receipt.digestHelp'), { size: 8.5, grey: true, above: 1 })
  if (documents.some(({ isProtected }) => isProtected)) paper.write(text('receipt.protectedHelp'), { ...BODY, above: 2 })
  if (documents.length === 0) paper.write(text('receipt.noDocuments'), { ...BODY, above: 2 })
  for (const [index, document] of documents.entries()) {
    paper.need(34)
    paper.write(`${index + 1}. ${describeDocument(document, text)}`, { ...BODY, above: 4 })
    paper.writeDigest(text('receipt.digest'), document.sha256, { size: 8.5, indent: 16 })
  }
}

function describeFile({ document }: Paper, { intakeNumber, handedOverAt, operator }: Receipt, text: Text): void {
  document.setTitle(`${text('receipt.title')}: ${intakeNumber}`, { showInWindowTitleBar: true })
  document.setSubject(text('receipt.footer', { intakeNumber }))
  document.setLanguage(text('receipt.language'))
  document.setAuthor(operator.name)
  document.setCreator('HePoEx')
  document.setProducer('HePoEx')
  document.setCreationDate(new Date(handedOverAt))
  document.setModificationDate(new Date(handedOverAt))
}

/** `2026-11-22 14:03:07 UTC`: read the same in every country. */
function inUtc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
