// Text in columns (RFC 4180, and what spreadsheets make of it) as a table.

import type { Text } from '../../texts.js'
import { NotConvertibleError } from '../copy.js'
import { escapeHtml } from '../html-page.js'
import { clean } from './attributes.js'
import { decodeText } from './charset.js'
import { type OfficeOptions, officePage } from './page.js'

export interface CsvCopyOptions extends OfficeOptions {
  readonly charset?: string | null
}

const MAX_BYTES = 20 * 1024 * 1024
const MAX_ROWS = 5000
const MAX_COLUMNS = 200
const SEPARATORS = [',', ';', '\t', '|'] as const

/**
 * A page with one table; its first row is the header if it looks like one. Past 5000 rows the page says how many are only in the
 * original. Throws NotConvertibleError: `too-big` for more than 20 MB or 200 columns, `damaged` when there is no text.
 */
export function csvCopy(bytes: Buffer, { charset = null, title = '' }: CsvCopyOptions, text: Text): Buffer {
  if (bytes.length > MAX_BYTES) throw new NotConvertibleError('too-big')
  const source = clean(decodeText(bytes, charset))
  const rows = readRows(source, separatorOf(source))
  if (rows.length === 0) throw new NotConvertibleError('damaged')
  const shown = rows.slice(0, MAX_ROWS)
  const columns = shown.reduce((most, row) => Math.max(most, row.length), 1)
  if (columns > MAX_COLUMNS) throw new NotConvertibleError('too-big')
  const notes = rows.length > shown.length ? [text('office.rowsLeftOut', { shown: shown.length, count: rows.length })] : []
  return officePage({ title: title || text('office.csv'), notes, html: table(shown, columns, text) }, text)
}

function table(rows: readonly (readonly string[])[], columns: number, text: Text): string {
  const [first = [], ...rest] = rows
  const headed = rest.length > 0 && first.length === columns && first.every((cell) => /\p{L}/u.test(cell))
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${Array.from({ length: columns }, (_each, at) => `<${tag}>${escapeHtml(cells[at]?.trim() ?? '')}</${tag.split(' ')[0]}>`).join('')}</tr>`
  const body = [...(headed ? [row(first, 'th scope="col"')] : []), ...(headed ? rest : rows).map((cells) => row(cells, 'td'))].join('')
  const label = escapeHtml(text('office.table', { number: 1 }))
  const style = 'overflow-x:auto;overflow-wrap:break-word'
  return `<div role="group" aria-label="${label}" tabindex="0" style="${style}"><table><tbody>${body}</tbody></table></div>`
}

/** The separator that most of the first lines have, and as often each; a comma when none has. */
function separatorOf(source: string): string {
  const said = /^\s*sep=([^\r\n])\r?\n/i.exec(source.slice(0, 20))?.[1]
  if (said !== undefined) return said
  const lines = source
    .slice(0, 20_000)
    .split(/\r\n|\r|\n/, 20)
    .filter((line) => line.trim() !== '')
  const score = (separator: string) => {
    const counts = lines.map((line) => line.replace(/"[^"]*"/g, '').split(separator).length - 1)
    const alike = counts.filter((count) => count > 0 && count === counts[0]).length
    return alike * 1000 + Math.min(999, counts[0] ?? 0)
  }
  return [...SEPARATORS].sort((left, right) => score(right) - score(left))[0] ?? ','
}

function readRows(source: string, separator: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = source.replace(/^\ufeff/, '').length === source.length ? 0 : 1
  if (/^\s*sep=.\r?\n/i.test(source.slice(at, at + 20))) at = source.indexOf('\n') + 1
  const endRow = () => {
    if (row.some((cell) => cell.trim() !== '')) rows.push(row)
    row = []
  }
  while (at < source.length) {
    const field = readField(source, at, separator)
    row.push(field.value)
    at = field.end
    if (source[at] === separator) at++
    else {
      endRow()
      at += source.startsWith('\r\n', at) ? 2 : 1
    }
  }
  endRow()
  return rows
}

/** One field and where it ends: at a separator, a line end or the end. */
function readField(source: string, start: number, separator: string): { readonly value: string; readonly end: number } {
  const parts: string[] = []
  let at = start
  while (source[at] === '"') {
    const close = source.indexOf('"', at + 1)
    parts.push(source.slice(at + 1, close < 0 ? source.length : close))
    at = close < 0 ? source.length : close + 1
    // A doubled quote stands for one.
    if (source[at] === '"') parts.push('"')
  }
  let end = at
  while (end < source.length && source[end] !== separator && source[end] !== '\n' && source[end] !== '\r') end++
  parts.push(source.slice(at, end))
  return { value: parts.join(''), end }
}
