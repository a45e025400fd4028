// index.html of a package: the page for somebody who has unpacked the ZIP and wants to read, perhaps years later, on a computer that has
// never heard of us. It stands alone, and leads to every document as it was sent and to its readable copy.

import { momentInWords } from '../dates.js'
import type { Text } from '../texts.js'
import { describeDocument } from './describe.js'
import { escapeHtml, htmlPage } from './html-page.js'

/** One document, as the manifest will describe it. */
export interface IndexedDocument {
  readonly name: string
  readonly title?: string
  readonly mediaType: string
  readonly bytes: number
  readonly role: 'body' | 'attachment'
  readonly pages?: number | null
  /** Index of the document that it was unpacked from. */
  readonly within?: number
  readonly protected?: true
  readonly signer?: { readonly name: string; readonly address: string; readonly isIntact: boolean }
  readonly copy?:
    | { readonly kind: 'pages'; readonly first: number; readonly count: number }
    | { readonly kind: 'html' }
    | { readonly kind: 'as-sent'; readonly reason: string }
  /** Names in the ZIP, with forward slashes; `copy` is null where it has no page of its own. */
  readonly files: { readonly document: string; readonly copy: string | null }
}

export interface IndexedPackage {
  readonly provider: string
  /** As people write it. */
  readonly packageReference: string
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
  /** records.pdf; null when there is none. */
  readonly records: { readonly pages: number } | null
  readonly documents: readonly IndexedDocument[]
}

/** index.html, UTF-8, with links relative to it. Its texts are `readable-index`, and `receipt` for types and sizes. */
export function packageIndex(contents: IndexedPackage, text: Text): Buffer {
  const { provider, packageReference: reference, receivedAt, records, documents } = contents
  const language = text('readable-index.language')
  const lead = text('readable-index.lead', { provider, time: momentInWords(receivedAt, language), reference })
  const title = text('readable-index.title')
  const body = [
    element('h1', title),
    element('p', lead),
    ...(records ? [`<p>${link('records.pdf', text('readable-index.everything', { count: records.pages }))}</p>`] : []),
    `<p class="note">${escapeHtml(text('readable-index.stand-alone'))}</p>`,
    element('h2', text('readable-index.documents', { count: documents.length })),
    ...documents.map((document) => section(document, contents, text)),
    `<p class="note">${escapeHtml(text('readable-index.checks'))}</p>`,
  ]
  return htmlPage({ title: `${title} – ${provider}`, language, body: body.join('\n') })
}

function section(document: IndexedDocument, { documents, provider, records }: IndexedPackage, text: Text): string {
  const { name, mediaType, bytes, pages = null, within, copy, files } = document
  const title = titleOf(document, text)
  const container = within === undefined ? undefined : documents[within]
  const facts = [
    describeDocument({ mediaType, bytes, pages }, text),
    ...(title === name ? [] : [text('readable-index.file', { name })]),
    ...(container ? [text('readable-index.within', { container: titleOf(container, text) })] : []),
  ]
  const about = text('readable-index.about', { title })
  const links = [link(files.document, text('readable-index.sent'), about)]
  if (files.copy !== null) links.unshift(link(files.copy, text('readable-index.read'), about))
  if (copy?.kind === 'pages' && records)
    links.unshift(link('records.pdf', text('readable-index.read-pages', copy), about, `#page=${copy.first}`))
  return [
    element('h3', title),
    `<p class="note">${facts.map(escapeHtml).join('<br>')}</p>`,
    ...notes(document, provider, text).map((note) => element('p', note)),
    `<p>${links.join('<br>')}</p>`,
  ].join('\n')
}

interface Titled {
  readonly name: string
  readonly role: 'body' | 'attachment'
  readonly title?: string | null
  readonly within?: number | null
}

/** What a document is called where people read: its own title, else what the text of a message is called, else its name. */
export function titleOf({ title, name, role, within }: Titled, text: Text): string {
  if (title) return title
  if (role !== 'body') return name
  return text(typeof within === 'number' ? 'readable-index.inner-message' : 'readable-index.message')
}

function notes({ protected: isProtected, signer, copy }: IndexedDocument, provider: string, text: Text): string[] {
  const who = signer?.name || signer?.address
  const found: string[] = []
  if (who) found.push(text(`readable-index.${signer?.isIntact ? 'signed' : 'not-intact'}`, { signer: who, provider }))
  if (isProtected) found.push(text('readable-index.protected', { provider }))
  else if (copy?.kind === 'as-sent') found.push(text('readable-index.as-sent'))
  return found
}

function element(name: 'h1' | 'h2' | 'h3' | 'p', content: string): string {
  return `<${name}>${escapeHtml(content)}</${name}>`
}

/** @param about what tells this link from others of the same words; for those who hear it. @param fragment of the URL, with its `#`. */
function link(file: string, words: string, about = '', fragment = ''): string {
  const href = file.split('/').map(encodeURIComponent).join('/') + fragment
  const label = about === '' ? '' : ` aria-label="${escapeHtml(words + about)}"`
  return `<a href="${escapeHtml(href)}"${label}>${escapeHtml(words)}</a>`
}
