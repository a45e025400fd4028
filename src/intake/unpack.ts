// Files that hold files: an attached mail, a ZIP, Outlook's winmail.dat. What is inside becomes documents of their own, beside the file
// as it was sent. Mails are read by the mail room, everything else in the workshop; whatever can't be opened stays as it is.

import { createHash } from 'node:crypto'
import { sniffMediaType } from '../documents/media-type.js'
import { CONTAINERS, unpack as openContainer, RECORDS_WITH_FILES, signerOf } from '../documents/workshop/client.js'
import type { Bench } from '../documents/workshop/workshop.js'
import type { Message } from '../mail/envelope.js'
import { parseMessage, UnparsableError } from '../mail/message.js'
import { decodeWords } from '../mail/words.js'

/** A document before it has a name: one that was sent, or one that was taken out of another. */
export interface RawDocument {
  /** As sent, decoded, not cleaned; null when none was given. */
  readonly sentName: string | null
  /** As sniffed. */
  readonly mediaType: string
  readonly charset: string | null
  readonly contentId: string | null
  readonly bytes: Buffer
  /** Hex SHA-256. */
  readonly sha256: string
  /** The way in: `mime`, `zip/notes.txt`, `rfc822/2`, `tnef/scan.tif`. */
  readonly origin: string
  /** Section path of the part of the message it came in or with. */
  readonly part: string
  readonly role: 'body' | 'attachment'
  /** What its container calls it; null when it says nothing. */
  readonly title: string | null
  /** Index, in the list of all, of the document it was taken out of; null: it was sent as it is. */
  readonly within: number | null
  /** It can't be opened without a password or key that the sender has. */
  readonly isProtected: boolean
  /** Who signed it, if it says so and can be read. */
  readonly signer: { readonly name: string | null; readonly address: string | null; readonly isIntact: boolean } | null
  /** Of a signature that stands beside what it signs: that, as it was sent. Gone once the signer is known. */
  readonly signs?: Buffer
  /** Of an attached mail that was opened: what a mail program shows above it, in lines. */
  readonly head: string | null
}

export interface UnpackingLimits {
  readonly depth: number
  /** Files taken out of all documents of a message together, and their bytes. */
  readonly files: number
  readonly bytes: number
}

/** What a person packs by hand is far below these; a bomb is not. */
export const UNPACKING_LIMITS: UnpackingLimits = { depth: 5, files: 1000, bytes: 100_000_000 }

interface Taken {
  readonly files: ReadonlyArray<Omit<RawDocument, 'part' | 'within' | 'isProtected' | 'signer' | 'head'>>
  readonly isProtected: boolean
  readonly signer: RawDocument['signer']
  readonly head: string | null
}

const NOTHING: Taken = { files: [], isProtected: false, signer: null, head: null }

/** Wrappers of the message itself: Outlook and S/MIME pack its own text and files into one part. */
const WRAPPERS: ReadonlySet<string> = new Set(['application/ms-tnef', 'application/pkcs7-mime'])

/** Whether a document is only a wrapper of what is `within` it; `all` as unpackAll gives it. */
export function isWrapper(all: readonly RawDocument[], index: number): boolean {
  const document = all[index]
  if (document === undefined || !all.some(({ within }) => within === index)) return false
  if (WRAPPERS.has(document.mediaType)) return true
  // What S/MIME wraps is a whole entity of its own.
  return document.mediaType === 'message/rfc822' && document.within !== null && all[document.within]?.mediaType === 'application/pkcs7-mime'
}

/**
 * The documents, and those inside them, each right behind the one it came out of. What would pass the limits, or can't be read whole, is
 * not taken out at all: it stays in its container, which is sealed as it was sent. What has no name gets one in `language`.
 */
export async function unpackAll(
  documents: readonly RawDocument[],
  bench: Bench,
  limits: UnpackingLimits = UNPACKING_LIMITS,
  language = 'en',
): Promise<RawDocument[]> {
  const all: RawDocument[] = []
  let left = { files: limits.files, bytes: limits.bytes }
  /** @param isMessage it is a part of the message itself, or all of it in a wrapper. */
  const add = async ({ signs, ...document }: RawDocument, depth: number, isMessage: boolean): Promise<void> => {
    const place = all.push(document) - 1
    if (signs) all[place] = { ...document, signer: await signerOf(bench, document.bytes, signs) }
    if (depth >= limits.depth || document.role === 'body') return
    const isWrapped = isMessage && (WRAPPERS.has(document.mediaType) || document.within !== null)
    const taken = await takeOut(document, bench, left, language)
    const bytes = taken.files.reduce((sum, file) => sum + file.bytes.length, 0)
    if (signs || taken.files.length > left.files || bytes > left.bytes) return
    left = { files: left.files - taken.files.length, bytes: left.bytes - bytes }
    all[place] = { ...document, isProtected: taken.isProtected, signer: taken.signer, head: taken.head }
    for (const file of taken.files) {
      const origin = document.within === null ? file.origin : `${document.origin}/${file.origin}`
      // Text of an attached mail is a document like any other: only the message's own speaks to her.
      const role = isWrapped ? file.role : 'attachment'
      const inner = { ...file, origin, role, part: document.part, within: place, isProtected: false, signer: null, head: null }
      await add(inner, depth + 1, isWrapped && file.mediaType === 'message/rfc822' && document.mediaType === 'application/pkcs7-mime')
    }
  }
  for (const document of documents) await add(document, 0, true)
  return all
}

async function takeOut(document: RawDocument, bench: Bench, left: { files: number; bytes: number }, language: string): Promise<Taken> {
  const { bytes, mediaType } = document
  if (mediaType === 'message/rfc822') return takeOutOfMail(document)
  if (!CONTAINERS.has(mediaType) && !RECORDS_WITH_FILES.has(mediaType)) return NOTHING
  const limits = { maxFiles: left.files, maxBytes: left.bytes }
  const unpacked = await openContainer(bench, { bytes, mediaType, limits, language })
  if (unpacked.kind === 'protected') return { ...NOTHING, isProtected: true }
  if (unpacked.kind === 'as-sent') return NOTHING
  const files = unpacked.files.map((file) => ({
    sentName: file.name,
    mediaType: sniffMediaType(file.bytes, file.mediaType),
    charset: null,
    contentId: null,
    bytes: file.bytes,
    sha256: digest(file.bytes),
    origin: plain(file.way),
    role: file.role,
    title: file.title,
  }))
  return { ...NOTHING, files, signer: unpacked.signer }
}

/** A mail that was attached: its parts, or nothing when one of them is missing or damaged. */
async function takeOutOfMail({ bytes }: RawDocument): Promise<Taken> {
  try {
    const message = await parseMessage([bytes])
    if (message.defects.length > 0) return NOTHING
    const files = message.parts.map((part) => ({
      sentName: part.sentName ?? (part.role === 'body' ? bodyName(part.mediaType) : null),
      mediaType: sniffMediaType(part.bytes, part.mediaType),
      charset: part.charset,
      contentId: part.contentId,
      bytes: part.bytes,
      sha256: part.sha256,
      origin: `rfc822/${part.part}`,
      role: part.role,
      title: null,
      ...(part.signs && { signs: part.signs }),
    }))
    // Empty text says nothing, and no reader of the mail would show it.
    return { ...NOTHING, files: files.filter(({ bytes: inner }) => inner.length > 0), head: headOf(message) }
  } catch (error) {
    if (error instanceof UnparsableError) return NOTHING
    throw error
  }
}

/** As mail programs show it; field names are the standard's (RFC 5322 3.6). null: it has none of these fields. */
function headOf(message: Message): string | null {
  const fields = ['From', 'To', 'Cc', 'Date'].flatMap((name) => {
    const value = message.field(name.toLowerCase())
    return value ? [`${name}: ${decodeWords(value)}`] : []
  })
  if (message.subject !== '') fields.push(`Subject: ${message.subject}`)
  return fields.length > 0 ? fields.join('\n') : null
}

function bodyName(mediaType: string): string {
  return mediaType === 'text/html' ? 'message.html' : 'message.txt'
}

/** A way in is written into the manifest and shown by tools: no control characters, and of a bounded length. */
function plain(way: string): string {
  return way.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, 300)
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
