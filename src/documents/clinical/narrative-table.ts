// Tables of narratives. A plain one, with one row of heads and no merged cells, folds into cards on a phone; any other keeps its shape
// and scrolls within itself, since its meaning is in its shape.

import type { Text } from '../../texts.js'
import type { XmlElement } from '../xml.js'
import { element, escaped, foldClass, type Html, joined, NOTHING, scrolling } from './html.js'

interface Cell {
  readonly isHead: boolean
  readonly content: Html
  /** Of the content, for the label on a phone. */
  readonly words: string
  readonly colspan: number
  readonly rowspan: number
  readonly id: string | undefined
}

interface Row {
  readonly cells: readonly Cell[]
  readonly id: string | undefined
}

interface Table {
  readonly caption: Html
  readonly captionWords: string
  /** Text and elements between the rows, where none belongs. */
  readonly stray: readonly Html[]
  readonly heads: readonly Row[]
  readonly rows: readonly Row[]
}

type Inside = (part: XmlElement) => Html
type IdOf = (part: XmlElement) => string | undefined

const LABEL_LENGTH = 120

/** `inside` renders what is in a part, `idOf` gives its id in the page. */
export function tableHtml(source: XmlElement, label: string, text: Text, inside: Inside, idOf: IdOf): Html {
  const id = idOf(source)
  const table = readTable(source, inside, idOf)
  const before = joined(table.stray.map((piece) => element('div', {}, piece)))
  if (table.rows.length === 0 && table.heads.length === 0)
    return joined([before, table.caption === '' ? NOTHING : element('div', { id }, table.caption)])
  const columns = Math.max(...[...table.heads, ...table.rows].slice(0, 5000).map(width))
  if (columns > 2 && isPlain(table)) return joined([before, plainTable(table, columns, id)])
  const shaped = shapedTable(table, id)
  if (columns <= 2) return joined([before, shaped])
  const name = table.captionWords !== '' ? table.captionWords : label
  return joined([before, scrolling(text('clinical.narrative.table', { name }), shaped)])
}

function readTable(source: XmlElement, inside: Inside, idOf: IdOf): Table {
  const heads: Row[] = []
  const rows: Row[] = []
  const stray: Html[] = []
  let caption = NOTHING
  let captionWords = ''
  const read = (part: XmlElement, into: Row[]) => {
    for (const child of part.children) {
      if (typeof child === 'string') {
        if (child.trim() !== '') stray.push(escaped(child))
      } else if (child.name === 'tr') into.push(readRow(child, stray, inside, idOf))
      else if (child.name === 'thead') read(child, heads)
      else if (child.name === 'tbody' || child.name === 'tfoot') read(child, rows)
      else if (child.name === 'caption' && caption === '') {
        caption = inside(child)
        captionWords = shorten(beginning(child))
      } else if (child.name !== 'col' && child.name !== 'colgroup') stray.push(inside(child))
    }
  }
  read(source, rows)
  return { caption, captionWords, stray, ...liftHeads(heads, rows) }
}

function readRow(source: XmlElement, stray: Html[], inside: Inside, idOf: IdOf): Row {
  const cells: Cell[] = []
  for (const child of source.children) {
    if (typeof child !== 'string') {
      const content = inside(child)
      cells.push({
        isHead: child.name === 'th',
        content,
        words: shorten(beginning(child)),
        colspan: span(child, 'colspan', 100),
        rowspan: span(child, 'rowspan', 5000),
        id: idOf(child),
      })
    } else if (child.trim() !== '') stray.push(escaped(child))
  }
  return { cells, id: idOf(source) }
}

function span({ attributes }: XmlElement, name: string, most: number): number {
  const given = attributes.get(name) ?? attributes.get(name === 'colspan' ? 'colSpan' : 'rowSpan') ?? '1'
  return /^\d{1,5}$/.test(given) ? Math.min(Math.max(Number(given), 1), most) : 1
}

/** A first row of heads only, in a table that has no `thead`, is its row of heads. */
function liftHeads(heads: readonly Row[], rows: readonly Row[]): Pick<Table, 'heads' | 'rows'> {
  const [first] = rows
  const isHead = heads.length === 0 && first && rows.length > 1 && first.cells.length > 1 && first.cells.every((cell) => cell.isHead)
  return isHead ? { heads: [first], rows: rows.slice(1) } : { heads, rows }
}

function width({ cells }: Row): number {
  return cells.reduce((sum, { colspan }) => sum + colspan, 0)
}

function isPlain({ heads, rows }: Table): boolean {
  const [head] = heads
  if (!head || heads.length > 1 || head.cells.some((cell) => isMerged(cell))) return false
  return rows.every(({ cells }) => {
    if (cells.length === 1) return cells[0]?.rowspan === 1
    return cells.length <= head.cells.length && !cells.some(isMerged)
  })
}

function isMerged({ colspan, rowspan }: Cell): boolean {
  return colspan > 1 || rowspan > 1
}

function plainTable({ caption, heads, rows }: Table, columns: number, id: string | undefined): Html {
  const labels = heads[0]?.cells.map(({ words }) => words) ?? []
  return element('table', { class: foldClass(columns), role: 'table', id }, [
    caption === '' ? NOTHING : element('caption', {}, caption),
    element(
      'thead',
      { role: 'rowgroup' },
      heads.map((row) => foldingRow(row, [], true)),
    ),
    element(
      'tbody',
      { role: 'rowgroup' },
      rows.map((row) => foldingRow(row, labels, false)),
    ),
  ])
}

function foldingRow({ cells, id }: Row, labels: readonly string[], isHeads: boolean): Html {
  const written = cells.map((cell, index) => {
    const attributes = { id: cell.id, colspan: cells.length === 1 && cell.colspan > 1 ? cell.colspan : null }
    // A head without a word is none: it would be announced as nothing.
    if (isHeads && cell.words !== '') return element('th', { role: 'columnheader', scope: 'col', ...attributes }, cell.content)
    const label = cells.length === 1 ? '' : labels[index]
    if (cell.isHead && cell.words !== '')
      return element('th', { role: 'rowheader', scope: 'row', 'data-label': label, ...attributes }, cell.content)
    return element('td', { role: 'cell', 'data-label': label, ...attributes }, cell.content)
  })
  return element('tr', { role: 'row', id }, written)
}

function shapedTable({ caption, heads, rows }: Table, id: string | undefined): Html {
  const row = (isHeads: boolean) => (one: Row) =>
    element(
      'tr',
      { id: one.id },
      one.cells.map((cell) => {
        const isHead = (cell.isHead || isHeads) && cell.words !== ''
        const attributes = { id: cell.id, colspan: cell.colspan > 1 ? cell.colspan : null, rowspan: cell.rowspan > 1 ? cell.rowspan : null }
        return element(isHead ? 'th' : 'td', attributes, cell.content)
      }),
    )
  return element('table', { id }, [
    caption === '' ? NOTHING : element('caption', {}, caption),
    heads.length === 0 ? NOTHING : element('thead', {}, heads.map(row(true))),
    element('tbody', {}, rows.map(row(false))),
  ])
}

/** Enough of its text for a label, however much there is and however deep tables are nested. */
function beginning(source: XmlElement): string {
  let words = ''
  const waiting: Array<XmlElement | string> = [source]
  for (let next = waiting.pop(); next !== undefined && words.length < 4 * LABEL_LENGTH; next = waiting.pop()) {
    if (typeof next === 'string') words += next.slice(0, 4 * LABEL_LENGTH).trim() === '' ? ' ' : next.trimStart().slice(0, 4 * LABEL_LENGTH)
    else if (next.name === 'br') words += ' '
    else for (let index = Math.min(next.children.length, 500) - 1; index >= 0; index--) waiting.push(next.children[index] ?? '')
  }
  return words
}

function shorten(words: string): string {
  const bare = words.replace(/\s+/g, ' ').trim()
  return bare.length <= LABEL_LENGTH ? bare : `${bare.slice(0, LABEL_LENGTH).replace(/[\ud800-\udbff]$/, '')}…`
}
