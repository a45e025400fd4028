// The page around a converted document: our heading, what there is to say, then the document.

import type { Text } from '../../texts.js'
import { escapeHtml, htmlPage } from '../html-page.js'
import { clean } from './attributes.js'

/** What every converter of this folder takes. */
export interface OfficeOptions {
  /** The heading of the page, plain text; the kind of document without one. */
  readonly title?: string
}

interface Piece {
  readonly title: string
  /** Sentences of ours that come before the document. */
  readonly notes?: readonly string[]
  /** Safe HTML. */
  readonly html: string
}

/** A whole document. */
export function officePage({ title, notes = [], html }: Piece, text: Text): Buffer {
  const heading = clean(title).replace(/\s+/g, ' ').trim() || text('office.document')
  const said = notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('')
  return htmlPage({ title: heading, language: text('office.language'), body: `<h1>${escapeHtml(heading)}</h1>${said}${html}` })
}

/** A part of a document that is still to be cleaned, under a heading of ours at its highest level; '' when there is nothing in it. */
export function section(heading: string, html: string): string {
  return html === '' ? '' : `<h1>${escapeHtml(heading)}</h1>${html}`
}
