// From a parsed message to the documents worth sealing: every leaf part, and what is packed inside of it. Only what was meant as records
// decides whether there are any.

import { sniffMediaType } from '../documents/media-type.js'
import { cleanNames } from '../documents/names.js'
import { countPages } from '../documents/pages.js'
import { closedWorkshop, type Workshop } from '../documents/workshop/workshop.js'
import type { Message } from '../mail/envelope.js'
import { because, type Disposition } from './disposition.js'
import { isWrapper, type RawDocument, UNPACKING_LIMITS, unpackAll } from './unpack.js'

/** A document on its way into a package. */
export interface CollectedDocument extends RawDocument {
  /** Cleaned, unique within the package. */
  readonly name: string
}

/** Signatures prove things about a message; they are no records by themselves. */
const SIGNATURES = new Set(['application/pkcs7-signature', 'application/x-pkcs7-signature', 'application/pgp-signature'])

/**
 * All documents of a message in its own order, each followed by what was taken out of it; or why there are none. Reads nothing outside
 * the message. `language` is that of the person they are for, where it is known: a file that has no name of its own is called by the title
 * of the record it was in.
 */
export async function collect(
  message: Message,
  workshop: Workshop = closedWorkshop,
  language = 'en',
): Promise<CollectedDocument[] | Disposition> {
  const sent = message.parts.map(
    ({ sentName, mediaType, charset, contentId, bytes, sha256, part, role, origin = 'mime', signs }): RawDocument => ({
      ...{ sentName, charset, contentId, bytes, sha256, part, role, origin },
      ...{ mediaType: sniffMediaType(bytes, mediaType), title: null, within: null, isProtected: false, signer: null, head: null },
      ...(signs && { signs }),
    }),
  )
  if (!sent.some(mayBeRecords)) return because('no-documents')
  const all = await workshop.atBench((bench) => unpackAll(sent, bench, UNPACKING_LIMITS, language))
  // Outlook's wrapper around nothing but the text of the message is no record either.
  if (!all.some((document, index) => mayBeRecords(document) && !isWrapper(all, index))) return because('no-documents')
  const names = cleanNames(all)
  return all.map((document, index) => ({ ...document, name: names[index] ?? `document-${index + 1}` }))
}

function mayBeRecords({ role, bytes, mediaType }: RawDocument): boolean {
  return role === 'attachment' && bytes.length > 0 && !SIGNATURES.has(mediaType)
}

/** What the receipt may say of a document: no name, nothing of its content. */
export interface DocumentSummary {
  readonly mediaType: string
  readonly bytes: number
  /** null where it can't be told. */
  readonly pages: number | null
  readonly sha256: string
  /** It needs a password or a key: the consumer can't read it without the provider's help. Absent in receipts queued before it was added. */
  readonly isProtected?: boolean
}

export async function summarise(documents: readonly CollectedDocument[]): Promise<DocumentSummary[]> {
  const summaries: DocumentSummary[] = []
  for (const { mediaType, bytes, sha256, isProtected } of documents.filter(({ role }) => role === 'attachment')) {
    summaries.push({ mediaType, bytes: bytes.length, pages: await countPages(bytes, mediaType), sha256, isProtected })
  }
  return summaries
}
