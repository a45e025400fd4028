// From a parsed message to the documents worth sealing. Every leaf part goes in, the message's own text too; only what was meant as
// records decides whether there are any.

import { sniffMediaType } from '../documents/media-type.js'
import { cleanNames } from '../documents/names.js'
import { countPages } from '../documents/pages.js'
import type { Message, Part } from '../mail/envelope.js'
import { because, type Disposition } from './disposition.js'

/** A document on its way into a package. */
export interface CollectedDocument {
  /** Cleaned, unique within the package. */
  readonly name: string
  /** As sent; null when none was given. */
  readonly sentName: string | null
  /** What the bytes are; what they were declared to be where that can't be told. */
  readonly mediaType: string
  readonly bytes: Buffer
  /** Hex SHA-256. */
  readonly sha256: string
  /** The way in: `mime`. */
  readonly origin: string
  /** Section path in the message. */
  readonly part: string
  readonly role: 'body' | 'attachment'
}

/** Signatures prove things about a message; they are no records by themselves. */
const SIGNATURES = new Set(['application/pkcs7-signature', 'application/x-pkcs7-signature', 'application/pgp-signature'])

/** All documents of a message in its own order, or why there are none. Reads nothing outside the message. */
export function collect(message: Message): CollectedDocument[] | Disposition {
  const parts = message.parts.map((part) => ({ ...part, mediaType: sniffMediaType(part.bytes, part.mediaType) }))
  if (!parts.some(countsAsRecords)) return because('no-documents')
  const names = cleanNames(parts)
  return parts.map((part, index) => ({
    name: names[index] ?? `document-${index + 1}`,
    sentName: part.sentName,
    mediaType: part.mediaType,
    bytes: part.bytes,
    sha256: part.sha256,
    origin: 'mime',
    part: part.part,
    role: part.role,
  }))
}

function countsAsRecords(part: Part): boolean {
  return part.role === 'attachment' && part.bytes.length > 0 && !SIGNATURES.has(part.mediaType)
}

/** What the receipt may say of a document: no name, nothing of its content. */
export interface DocumentSummary {
  readonly mediaType: string
  readonly bytes: number
  /** null where it can't be told. */
  readonly pages: number | null
  readonly sha256: string
}

export async function summarise(documents: readonly CollectedDocument[]): Promise<DocumentSummary[]> {
  const summaries: DocumentSummary[] = []
  for (const { mediaType, bytes, sha256 } of documents.filter(({ role }) => role === 'attachment')) {
    summaries.push({ mediaType, bytes: bytes.length, pages: await countPages(bytes, mediaType), sha256 })
  }
  return summaries
}
