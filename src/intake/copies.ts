// Readable copies of documents: the pages of all that has pages in one PDF, structured texts as pages of HTML, and a small picture of
// each first page. A convenience: whatever goes wrong costs a copy, never a document, and sealing never waits longer than the workshop's
// limits.

import type { AsSentReason, Copy } from '../documents/copy.js'
import { type AsSent, assemble, CONTAINERS, copy, type Records, type RecordsInput, thumbnail } from '../documents/workshop/client.js'
import type { Bench, Workshop } from '../documents/workshop/workshop.js'
import type { CollectedDocument } from './collect.js'

/** What became of one document, as the package says it. */
export type Made =
  /** In records.pdf: `first` counts from 1. `thumbnail` is PNG or JPEG. */
  | { readonly kind: 'pages'; readonly first: number; readonly count: number }
  | { readonly kind: 'html'; readonly html: Buffer }
  | { readonly kind: 'as-sent'; readonly reason: AsSentReason }

export interface Copies {
  /** One for each document, in order. null: what it holds is there as documents of their own, or it says nothing. */
  readonly made: ReadonlyArray<Made | null>
  readonly thumbnails: ReadonlyArray<Buffer | null>
  readonly records: Records | null
}

export type CopiesAbout = Omit<RecordsInput, 'items' | 'asHtml' | 'asSent'>

/** Of all pages together: as much again as a message may hold. More is left as it was sent. */
const MAX_COPIED_BYTES = 100_000_000
/** Of the pictures in a mail's HTML. */
const MAX_IMAGE_BYTES = 5_000_000

/**
 * Never rejects for a document's sake.
 * @param titles what each document is called in its copy, and in records.pdf.
 */
export function makeCopies(
  workshop: Workshop,
  documents: readonly CollectedDocument[],
  about: CopiesAbout,
  titles: readonly string[] = documents.map(({ title, name }) => title ?? name),
): Promise<Copies> {
  return workshop.atBench(async (bench) => {
    const copies: Array<Copy | AsSent | null> = []
    let left = MAX_COPIED_BYTES
    for (const [index, document] of documents.entries()) {
      const made = needsCopy(documents, index)
        ? await copyOf(bench, document, documents, { title: titles[index] ?? '', language: about.language })
        : null
      const bytes = made?.kind === 'pages' ? made.pdf.length : made?.kind === 'html' ? made.html.length : 0
      copies.push(bytes > left ? { kind: 'as-sent', reason: 'too-big' } : made)
      if (bytes <= left) left -= bytes
    }
    return bindTogether(bench, documents, copies, about, titles)
  })
}

/** Not for a container that was opened: its files have copies. Nor for nothing at all. */
function needsCopy(documents: readonly CollectedDocument[], index: number): boolean {
  const document = documents[index]
  if (document === undefined || document.bytes.length === 0) return false
  const isMere = CONTAINERS.has(document.mediaType) || (document.mediaType === 'message/rfc822' && document.head === null)
  return !isMere || !documents.some(({ within }) => within === index)
}

async function copyOf(
  bench: Bench,
  document: CollectedDocument,
  all: readonly CollectedDocument[],
  about: { readonly title: string; readonly language: string },
): Promise<Copy | AsSent> {
  if (document.isProtected) return { kind: 'as-sent', reason: 'protected' }
  const { bytes, mediaType, charset, head } = document
  // Of an attached mail that was opened, who wrote it and when is what its parts don't say.
  if (head !== null) {
    return copy(bench, { ...about, bytes: Buffer.from(head), mediaType: 'text/plain', charset: 'utf-8', images: [] })
  }
  return copy(bench, { ...about, bytes, mediaType, charset, images: mediaType === 'text/html' ? imagesFor(all) : [] })
}

/** The pictures a mail's HTML may point to. */
function imagesFor(all: readonly CollectedDocument[]) {
  let left = MAX_IMAGE_BYTES
  return all.flatMap(({ contentId, mediaType, bytes }) => {
    if (contentId === null || !mediaType.startsWith('image/') || bytes.length > left) return []
    left -= bytes.length
    return [{ contentId, mediaType, bytes }]
  })
}

async function bindTogether(
  bench: Bench,
  documents: readonly CollectedDocument[],
  copies: ReadonlyArray<Copy | AsSent | null>,
  about: CopiesAbout,
  titles: readonly string[],
): Promise<Copies> {
  const named = copies.map((made, index) => ({ made, name: titles[index] ?? '' }))
  const items = named.flatMap(({ made, name }) => (made?.kind === 'pages' ? [{ name, pdf: made.pdf, pages: made.pages }] : []))
  const asHtml = named.flatMap(({ made, name }) => (made?.kind === 'html' ? [name] : []))
  const asSent = named.flatMap(({ made, name }) => (made?.kind === 'as-sent' ? [{ name, reason: made.reason }] : []))
  const bound = items.length > 0 ? await assemble(bench, { ...about, items, asHtml, asSent }) : null
  const records = typeof bound === 'string' ? null : bound
  const thumbnails: Array<Buffer | null> = []
  for (const [index, made] of copies.entries()) {
    thumbnails.push(made?.kind === 'pages' && documents[index]?.role === 'attachment' ? await thumbnail(bench, made.pdf) : null)
  }
  let item = 0
  const made = copies.map((one): Made | null => {
    if (one?.kind !== 'pages') return one
    const first = records?.firstPages[item++]
    if (first === undefined) return { kind: 'as-sent', reason: typeof bound === 'string' ? bound : 'crashed' }
    return { kind: 'pages', first, count: one.pages }
  })
  return { made, thumbnails, records }
}
