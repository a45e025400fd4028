// Builds HTML from what the reader of RTF hands on: paragraphs, tables, and texts that stand apart (page heads, notes, boxes).

import { escapeHtml } from '../html-page.js'
import type { Look } from './rtf-group.js'
import type { RtfSink } from './rtf-reader.js'
import type { FlowKind } from './rtf-words.js'

interface Flow {
  readonly kind: 'body' | FlowKind
  readonly blocks: string[]
  runs: { text: string; look: Look | null }[]
  /** The cell that is being filled, the row of cells, the table of rows. */
  cell: string[]
  cells: string[]
  rows: string[]
}

/** HTML that still has to be cleaned. */
export class RtfPage implements RtfSink {
  readonly #stack: Flow[] = [flow('body')]
  readonly #apart = { head: new Set<string>(), foot: new Set<string>(), note: [] as string[] }
  readonly #carried: string[] = []

  /** The HTML that was carried in the RTF. */
  get carried(): string {
    return this.#carried.join('')
  }

  /** Body, page heads, page feet and notes, each as HTML. */
  finish(): { readonly body: string; readonly heads: string; readonly feet: string; readonly notes: string } {
    while (this.#stack.length > 1) this.end()
    const { head, foot, note } = this.#apart
    return { body: this.#close(this.#flow), heads: [...head].join(''), feet: [...foot].join(''), notes: note.join('') }
  }

  text(text: string, look: Look): void {
    const { runs } = this.#flow
    const last = runs[runs.length - 1]
    if (last?.look && alike(last.look, look)) last.text += escapeHtml(text)
    else runs.push({ text: escapeHtml(text), look })
  }

  html(text: string): void {
    this.#carried.push(text)
  }

  paragraph(look: Look): void {
    const written = this.#runs()
    if (written.trim() === '') return
    const block = `<p${look.align === '' ? '' : ` align="${look.align}"`}>${written}</p>`
    if (look.inTable) this.#flow.cell.push(block)
    else {
      this.#endTable()
      this.#flow.blocks.push(block)
    }
  }

  line(): void {
    this.#flow.runs.push({ text: '<br>', look: null })
  }

  cell(look: Look): void {
    this.paragraph({ ...look, inTable: true })
    const { cell, cells } = this.#flow
    cells.push(cell.join(''))
    this.#flow.cell = []
  }

  row(isHeader: boolean): void {
    const { cell, cells, rows } = this.#flow
    if (cell.length > 0) cells.push(cell.join(''))
    const tag = isHeader ? 'th' : 'td'
    if (cells.length > 0) rows.push(`<tr>${cells.map((each) => `<${tag}>${each}</${tag}>`).join('')}</tr>`)
    this.#flow.cell = []
    this.#flow.cells = []
  }

  begin(kind: FlowKind): void {
    if (kind === 'note') this.#flow.runs.push({ text: `<sup>[${this.#apart.note.length + 1}]</sup>`, look: null })
    this.#stack.push(flow(kind))
  }

  end(): void {
    const ended = this.#stack.pop() ?? flow('body')
    const html = this.#close(ended)
    if (html === '') return
    if (ended.kind === 'head' || ended.kind === 'foot') this.#apart[ended.kind].add(html)
    else if (ended.kind === 'note') this.#apart.note.push(`<li>${html}</li>`)
    else this.#flow.blocks.push(`<div>${html}</div>`)
  }

  picture(bytes: Buffer | null): void {
    const source = bytes === null ? '' : `data:;base64,${bytes.toString('base64')}`
    this.#flow.runs.push({ text: `<img src="${source}">`, look: null })
  }

  embedded(): void {
    this.#flow.runs.push({ text: '<object></object>', look: null })
  }

  get #flow(): Flow {
    return this.#stack[this.#stack.length - 1] ?? flow('body')
  }

  #close(ended: Flow): string {
    this.#stack.push(ended)
    const rest = this.#runs()
    if (rest.trim() !== '') ended.cell.push(`<p>${rest}</p>`)
    if (ended.cell.length > 0 || ended.cells.length > 0) this.row(false)
    this.#endTable()
    this.#stack.pop()
    return ended.blocks.join('')
  }

  #endTable(): void {
    const current = this.#flow
    // A cell that no row has ended is text, not a table.
    if (current.cells.length > 0 || current.cell.length > 0) this.row(false)
    if (current.rows.length > 0) current.blocks.push(`<table>${current.rows.join('')}</table>`)
    current.rows = []
  }

  #runs(): string {
    const { runs } = this.#flow
    this.#flow.runs = []
    return runs.map(({ text, look }) => (look === null ? text : dressed(text, look))).join('')
  }
}

function flow(kind: Flow['kind']): Flow {
  return { kind, blocks: [], runs: [], cell: [], cells: [], rows: [] }
}

function alike(one: Look, other: Look): boolean {
  return (
    one === other ||
    (one.bold === other.bold &&
      one.italic === other.italic &&
      one.underline === other.underline &&
      one.strike === other.strike &&
      one.script === other.script &&
      one.link === other.link)
  )
}

function dressed(text: string, { bold, italic, underline, strike, script, link }: Look): string {
  let html = text
  if (script !== '') html = `<${script}>${html}</${script}>`
  if (strike) html = `<s>${html}</s>`
  if (underline && link === null) html = `<u>${html}</u>`
  if (italic) html = `<em>${html}</em>`
  if (bold) html = `<strong>${html}</strong>`
  return link === null ? html : `<a href="${escapeHtml(link)}">${html}</a>`
}
