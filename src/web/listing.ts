// The documents of a package as a person finds them: what was unpacked below what it came from, each with a title, facts and notes in plain
// words, and with how it can be read here.

import type { ManifestDocument } from '../hip/manifest.js'
import type { Records } from '../retrieval/desk.js'
import type { Text } from '../texts.js'
import { mayShow } from './download.js'
import { kindOfMedia, type Words } from './words.js'

/**
 * How the browser shows a document. `pdf`, `image`, `text`: the document itself; `html`: its copy; `pages`: its pages in records.pdf.
 * null: not at all.
 */
export type Shown = 'pdf' | 'image' | 'text' | 'html' | 'pages' | null

export interface Note {
  readonly kind: 'locked' | 'signed' | 'warning' | 'plain'
  readonly text: string
}

export interface Listed {
  /** In the package. */
  readonly index: number
  /** In the list, from 1. */
  readonly place: number
  readonly title: string
  /** When the title is another. */
  readonly fileName: string | null
  /** `Fax or scan (TIFF), 3 pages, 1.2 MB` */
  readonly facts: string
  readonly notes: readonly Note[]
  readonly hasThumbnail: boolean
  /** What to draw where there is no thumbnail. */
  readonly icon: 'sheet' | 'folder' | 'lock'
  readonly shown: Shown
  readonly bytes: number
  /** Title of what it was unpacked from, when that isn't what it stands below. */
  readonly from: string | null
  /** What was unpacked from it, and from that, on one level; empty below another one. */
  readonly inner: readonly Listed[]
}

export interface Listing {
  /** As shown: those that came by themselves, with what was unpacked from them below. */
  readonly documents: readonly Listed[]
  /** All of them in the order of the list, for going from one to the next. */
  readonly inOrder: readonly Listed[]
  /** How many are to be read here, and are not among the pages of records.pdf. */
  readonly apart: number
  /** Sealed with readable copies; a package from before there were any is shown as it was then. */
  readonly hasCopies: boolean
}

/** @param words of the page's language, as `t`. */
export function listDocuments(records: Records, words: Words, t: Text): Listing {
  const { documents } = records
  const contents = documents.map((): number[] => [])
  for (const [index, { within }] of documents.entries()) if (within !== undefined) contents[within]?.push(index)
  const inOrder: Listed[] = []
  const add = (index: number, top: number): Listed => {
    const place = inOrder.length + 1
    const inner: Listed[] = []
    const listed = { ...describe(records, index, top, contents[index]?.length ?? 0, words, t), place, inner }
    inOrder.push(listed)
    if (index === top) for (const below of descendants(index, contents)) inner.push(add(below, top))
    return listed
  }
  const shown = documents.flatMap(({ within }, index) => (within === undefined ? [add(index, index)] : []))
  const apart = documents.filter(({ copy }, index) => copy?.kind !== 'pages' && contents[index]?.length === 0).length
  const hasCopies = records.readable !== null || documents.some(({ copy }) => copy !== undefined)
  return { documents: shown, inOrder, apart, hasCopies }
}

/** What was unpacked from a document, each followed by what was unpacked from that. Without recursion: messages nest as deep as one likes. */
function descendants(index: number, contents: readonly (readonly number[])[]): number[] {
  const found: number[] = []
  const open = [...(contents[index] ?? [])].reverse()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.push(next)
    open.push(...[...(contents[next] ?? [])].reverse())
  }
  return found
}

function describe(records: Records, index: number, top: number, unpacked: number, words: Words, t: Text): Omit<Listed, 'place' | 'inner'> {
  const document = records.documents[index]
  if (!document) throw new RangeError('listing: no such document')
  const { name, mediaType, bytes, within, thumbnail } = document
  const title = titleOf(document, t)
  const icon = document.protected ? 'lock' : unpacked > 0 ? 'folder' : 'sheet'
  const kind = words.kindOf(mediaType)
  const pages = pagesOf(document)
  const container = within === undefined || within === top ? undefined : records.documents[within]
  return {
    ...{ index, title, icon, bytes, hasThumbnail: thumbnail !== undefined, shown: shownAs(document) },
    fileName: title === name || document.role === 'body' ? null : name,
    facts:
      pages === null
        ? t('web.records.facts', { kind, size: words.size(bytes) })
        : t('web.records.facts-pages', { kind, pages: words.pages(pages), size: words.size(bytes) }),
    notes: notesOn(document, unpacked, records, t),
    from: container ? titleOf(container, t) : null,
  }
}

/** Its own title, else what the message's text is called, else its name. */
export function titleOf({ title, role, within, name }: ManifestDocument, t: Text): string {
  if (title !== undefined) return title
  if (role !== 'body') return name
  return t(within === undefined ? 'web.records.message' : 'web.records.inner-message')
}

/** How the browser can show it: its readable copy, unless it draws the document itself just as well. */
export function shownAs({ mediaType, copy, protected: isProtected }: ManifestDocument): Shown {
  if (copy?.kind === 'html') return 'html'
  if (isProtected) return null
  const kind = mayShow(mediaType) ? kindOfMedia(mediaType) : null
  if (kind === 'pdf' || kind === 'image' || kind === 'text') return kind
  return copy?.kind === 'pages' ? 'pages' : null
}

function pagesOf({ pages, copy }: ManifestDocument): number | null {
  return pages ?? (copy?.kind === 'pages' ? copy.count : null)
}

function notesOn(document: ManifestDocument, unpacked: number, { providerName: provider, readable }: Records, t: Text): Note[] {
  const { protected: isProtected, signer, copy } = document
  const who = signer?.name || signer?.address
  const notes: Note[] = []
  if (isProtected) notes.push({ kind: 'locked', text: t('web.notes.locked', { provider }) })
  if (who && signer?.isIntact) notes.push({ kind: 'signed', text: t('web.notes.signed', { signer: who }) })
  if (who && !signer?.isIntact) notes.push({ kind: 'warning', text: t('web.notes.not-intact', { signer: who, provider }) })
  if (unpacked > 0) notes.push({ kind: 'plain', text: t('web.notes.unpacked', { count: unpacked }) })
  else if (copy?.kind === 'html' && readable) notes.push({ kind: 'plain', text: t('web.notes.apart') })
  else if (copy?.kind === 'as-sent' && !isProtected) notes.push({ kind: 'plain', text: asSent(document, copy.reason, provider, t) })
  return notes
}

/** Why there is no copy, where that says something, and what to do. */
function asSent({ mediaType }: ManifestDocument, reason: string, provider: string, t: Text): string {
  if (mayShow(mediaType)) return t('web.notes.apart')
  const why = AS_SENT.find(([, reasons]) => reasons.includes(reason))?.[0]
  const kind = kindOfMedia(mediaType)
  const how = kind === 'other' ? t('web.notes.which-program', { provider }) : t('web.notes.open-with', { what: t(`web.programs.${kind}`) })
  return why === undefined ? how : `${t(`web.notes.${why}`)} ${how}`
}

/** Reasons that say something to a reader (documents/copy.ts has them all; a later writer may have others). */
const AS_SENT: ReadonlyArray<readonly [note: string, reasons: readonly string[]]> = [
  ['damaged', ['damaged']],
  ['too-long', ['too-many-pages', 'too-big']],
]
