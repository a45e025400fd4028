// Pieces of HTML that can't be anything but safe: text becomes Html only by being escaped, and elements only by being built here.

import { escapeHtml } from '../html-page.js'

declare const safe: unique symbol
/** Markup that was built or escaped here. Never cast to it elsewhere. */
export type Html = string & { readonly [safe]: true }

export const NOTHING = '' as Html
export const LINE_BREAK = '<br>' as Html

/** What one cell, term or item may be made of. */
export type Content = Html | readonly Html[]

/** null and '' are left out, true stands for an attribute without a value. */
export type Attributes = Readonly<Record<string, string | number | true | null | undefined>>

export function escaped(text: string): Html {
  return escapeHtml(text) as Html
}

export function joined(pieces: readonly Html[], between: Html = NOTHING): Html {
  return pieces.filter((piece) => piece !== '').join(between) as Html
}

/** Names of elements and attributes come from the code, never from a document. */
export function element(name: string, attributes: Attributes, content: Content = NOTHING): Html {
  const inside = typeof content === 'string' ? content : content.join('')
  return `<${name}${attributesOf(attributes)}>${inside}</${name}>` as Html
}

export function emptyElement(name: string, attributes: Attributes = {}): Html {
  return `<${name}${attributesOf(attributes)}>` as Html
}

function attributesOf(attributes: Attributes): string {
  let written = ''
  for (const name in attributes) {
    const value = attributes[name]
    if (value === null || value === undefined || value === '') continue
    written += value === true ? ` ${name}` : ` ${name}="${escapeHtml(String(value))}"`
  }
  return written
}

/** Lines of text, one below the other. Empty ones are left out. */
export function lines(texts: ReadonlyArray<string | undefined>): Html {
  return joined(
    texts.filter((text) => text !== undefined && text.trim() !== '').map((text) => escaped(text?.trim() ?? '')),
    LINE_BREAK,
  )
}

/** Text with its own line breaks and columns kept. */
export function preformatted(text: string): Html {
  return element('pre', {}, escaped(text.replace(/\r\n?/g, '\n')))
}

export function paragraph(text: string, className?: string): Html {
  return element('p', { class: className }, escaped(text))
}

/** A list of terms and what they are; entries without content are left out, and so is a list of nothing. */
export function facts(entries: ReadonlyArray<readonly [term: string, content: Html]>): Html {
  const shown = entries.filter(([, content]) => content !== '')
  if (shown.length === 0) return NOTHING
  return element(
    'dl',
    { class: 'facts' },
    shown.map(([term, content]) => `${element('dt', {}, escaped(term))}${element('dd', {}, content)}` as Html),
  )
}

export interface Column {
  readonly label: string
  /** The cells of this column say what the row is about. */
  readonly heads?: true
}

/**
 * A table that becomes one card a row on a phone: there each cell names its column. Roles, because `display: block` takes away what
 * a table says of itself to a screen reader. Columns in which nothing stands are left out; a table without rows is nothing.
 */
export function foldingTable(caption: string, columns: readonly Column[], rows: ReadonlyArray<readonly Html[]>): Html {
  if (rows.length === 0) return NOTHING
  const used = columns.map((column, index) => ({ column, index })).filter(({ index }) => rows.some((row) => (row[index] ?? '') !== ''))
  const heads = used.map(({ column }) => element('th', { role: 'columnheader', scope: 'col' }, escaped(column.label)))
  const body = rows.map((row) =>
    element(
      'tr',
      { role: 'row' },
      used.map(({ column, index }) => foldingCell(column, row[index] ?? NOTHING)),
    ),
  )
  return element('table', { class: foldClass(used.length), role: 'table' }, [
    caption === '' ? NOTHING : element('caption', {}, escaped(caption)),
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, heads)),
    element('tbody', { role: 'rowgroup' }, body),
  ])
}

/** Two columns fit on a phone as they are. The more there are, the wider a screen must be not to fold them. */
export function foldClass(columns: number): string | null {
  if (columns <= 2) return null
  if (columns <= 6) return 'fold'
  return columns <= 12 ? 'fold wide' : 'fold cards'
}

function foldingCell({ label, heads }: Column, content: Html): Html {
  if (heads) return element('th', { role: 'rowheader', scope: 'row', 'data-label': label }, content)
  return element('td', { role: 'cell', 'data-label': label }, content)
}

/** Something wider than a phone: it scrolls by itself, also by keyboard. `label` names it. */
export function scrolling(label: string, content: Html): Html {
  return element('div', { class: 'scroll', role: 'group', tabindex: 0, 'aria-label': label }, content)
}
