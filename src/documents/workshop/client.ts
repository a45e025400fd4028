// The jobs of the workshop, as functions: what goes in, and what may come out. A worker's word is data of a stranger, so each answer is
// read field by field, and one of another shape counts as a crash.

import type { Unpacking, UnpackLimits } from '../containers/unpack.js'
import type { AsSentReason, Copy } from '../copy.js'
import type { Outcome } from './worker-process.js'
import type { Bench } from './workshop.js'

export interface CopyInput {
  readonly bytes: Buffer
  /** As sniffed. */
  readonly mediaType: string
  /** As declared; null: not said. */
  readonly charset: string | null
  /** For the head of a copy in HTML; plain text. */
  readonly title: string
  /** Of the consumer. */
  readonly language: string
  /** Pictures that an HTML text of a mail may show, by Content-ID. */
  readonly images: ReadonlyArray<{ readonly contentId: string; readonly mediaType: string; readonly bytes: Buffer }>
}

/** Why a document stays as it was sent. */
export interface AsSent {
  readonly kind: 'as-sent'
  readonly reason: AsSentReason
}

/** What goes into records.pdf; see paged/records-pdf. */
export interface RecordsInput {
  readonly language: string
  readonly providerName: string
  /** ms since the epoch. */
  readonly receivedAt: number
  readonly intakeNumber: string
  readonly packageNumber: string
  readonly authenticated: { readonly method: 'password' | 'network' | 'spf' | 'dkim' | 'fax'; readonly domain: string | null }
  readonly items: ReadonlyArray<{ readonly name: string; readonly pdf: Buffer; readonly pages: number }>
  readonly asHtml: readonly string[]
  readonly asSent: ReadonlyArray<{ readonly name: string; readonly reason: AsSentReason }>
}

export interface Records {
  readonly pdf: Buffer
  readonly pages: number
  /** For each item, its first page in the whole, from 1. */
  readonly firstPages: readonly number[]
}

/** Files that are nothing but a wrapping of others, as sniffed: what is inside is what a person wants to see. */
export const CONTAINERS: ReadonlySet<string> = new Set([
  'application/zip',
  'application/ms-tnef',
  'application/vnd.ms-outlook',
  'application/pkcs7-mime',
  'application/cms',
])

/** Structured records that say something themselves and may have documents inside, too. */
export const RECORDS_WITH_FILES: ReadonlySet<string> = new Set([
  'application/cda+xml',
  'application/fhir+json',
  'application/fhir+ndjson',
  'application/fhir+xml',
  'text/hl7v2',
])

/** Of two pages: more are no cover sheet. */
const MOST_CODES = 16

/** Opens one container, one level. What has no name gets one in `language`. Never rejects. */
export async function unpack(
  bench: Bench,
  input: { readonly bytes: Buffer; readonly mediaType: string; readonly limits: UnpackLimits; readonly language: string },
): Promise<Unpacking> {
  const outcome = await bench.run('unpack', input)
  const read = outcome.ok ? readUnpacking(outcome.value) : null
  return read ?? { kind: 'as-sent', reason: 'damaged' }
}

/** Who signed `content`, as a signature beside it says; null where it names nobody, or can't be read. Never rejects. */
export async function signerOf(bench: Bench, signature: Buffer, content: Buffer): Promise<Signer> {
  const outcome = await bench.run('signer', { signature, content })
  return outcome.ok ? readSigner(outcome.value) : null
}

/** The readable copy of a document, without its thumbnail. Never rejects. */
export async function copy(bench: Bench, input: CopyInput): Promise<Copy | AsSent> {
  const outcome = await bench.run('copy', input)
  return whole(outcome, readCopy)
}

/** The texts of the QR codes on a document's first two pages; none where it has no pages or can't be read. Never rejects. */
export async function barcodes(bench: Bench, input: { readonly bytes: Buffer; readonly mediaType: string }): Promise<string[]> {
  const outcome = await bench.run('barcodes', input)
  return outcome.ok && Array.isArray(outcome.value) ? outcome.value.slice(0, MOST_CODES).filter(isText) : []
}

/** A document's first page as a PNG to be read; null where there is none. Never rejects. */
export async function firstPage(bench: Bench, input: { readonly bytes: Buffer; readonly mediaType: string }): Promise<Buffer | null> {
  const outcome = await bench.run('firstPage', input)
  return outcome.ok && Buffer.isBuffer(outcome.value) && isPicture(outcome.value) ? outcome.value : null
}

/** A picture of a PDF's first page; null where there is none. Never rejects. */
export async function thumbnail(bench: Bench, pdf: Buffer): Promise<Buffer | null> {
  const outcome = await bench.run('thumbnail', { pdf })
  return outcome.ok && Buffer.isBuffer(outcome.value) && isPicture(outcome.value) ? outcome.value : null
}

/** All pages as one PDF, or why it can't be made: the copies of the documents are lost with it then, the documents are not. */
export async function assemble(bench: Bench, input: RecordsInput): Promise<Records | AsSentReason> {
  const outcome = await bench.run('assemble', input)
  return outcome.ok ? (readRecords(outcome.value, input.items.length) ?? 'crashed') : outcome.reason
}

export type PaperJob = 'receipt' | 'form' | 'reminder' | 'revocation'

/** One of our own papers as a PDF, or why no worker made it. Never rejects. */
export async function paper(bench: Bench, job: PaperJob, input: object): Promise<Buffer | AsSentReason> {
  const outcome = await bench.run(job, input)
  if (!outcome.ok) return outcome.reason
  return isPdf(outcome.value) ? outcome.value : 'crashed'
}

function whole(outcome: Outcome, read: (value: unknown) => Copy | null): Copy | AsSent {
  if (!outcome.ok) return { kind: 'as-sent', reason: outcome.reason }
  return read(outcome.value) ?? { kind: 'as-sent', reason: 'crashed' }
}

function readCopy(value: unknown): Copy | null {
  const { kind, pdf, pages, html } = fieldsOf(value)
  if (kind === 'pages' && isPdf(pdf) && isCount(pages) && pages > 0) return { kind, pdf, pages, thumbnail: null }
  return kind === 'html' && Buffer.isBuffer(html) && html.length > 0 ? { kind, html } : null
}

function readRecords(value: unknown, items: number): Records | null {
  const { pdf, pages, firstPages } = fieldsOf(value)
  if (!isPdf(pdf) || !isCount(pages) || !Array.isArray(firstPages) || firstPages.length !== items) return null
  return firstPages.every((page) => isCount(page) && page >= 1 && page <= pages) ? { pdf, pages, firstPages } : null
}

function readUnpacking(value: unknown): Unpacking | null {
  const { kind, reason, files, signer } = fieldsOf(value)
  if (kind === 'protected') return { kind }
  if (kind === 'as-sent') return { kind, reason: reason === 'too-big' || reason === 'too-many' ? reason : 'damaged' }
  if (kind !== 'unpacked' || !Array.isArray(files)) return null
  const read = files.map(readFile)
  return read.every((file) => file !== null) ? { kind, files: read, signer: readSigner(signer) } : null
}

type InnerFile = Extract<Unpacking, { kind: 'unpacked' }>['files'][number]
type Signer = Extract<Unpacking, { kind: 'unpacked' }>['signer']

function readFile(value: unknown): InnerFile | null {
  const { name, mediaType, bytes, way, role, title } = fieldsOf(value)
  if (!isTextOrNull(name) || !isText(mediaType) || !Buffer.isBuffer(bytes) || !isText(way) || !isTextOrNull(title)) return null
  return role === 'body' || role === 'attachment' ? { name, mediaType, bytes, way, role, title } : null
}

function readSigner(value: unknown): Signer {
  const { name, address, isIntact } = fieldsOf(value)
  return isTextOrNull(name) && isTextOrNull(address) && typeof isIntact === 'boolean' ? { name, address, isIntact } : null
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? (value as Record<string, unknown>) : {}
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 10_000
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isPdf(value: unknown): value is Buffer {
  return Buffer.isBuffer(value) && value.subarray(0, 5).toString('latin1') === '%PDF-'
}

function isPicture(bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, 4)
  return head === '\x89PNG' || head.startsWith('\xff\xd8\xff')
}
