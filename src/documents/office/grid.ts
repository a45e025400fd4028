// Tables of data: where each cell lies once spans are counted (WHATWG HTML 4.9.12), and which of them are headers of others.

import { type Element, element, type Node } from './tree.js'

export interface Cell {
  readonly element: Element
  readonly colspan: number
  readonly rowspan: number
  /** `col` or `row`: it is a header that way; null for data. */
  scope: 'col' | 'row' | null
}

export interface Table {
  readonly caption: Element | null
  readonly rows: readonly (readonly Cell[])[]
  readonly columns: number
  /** What stood between the rows, where nothing may: browsers show it before the table. */
  readonly stray: readonly Node[]
}

const MAX_SPAN = 100
const MAX_AREA = 400_000

export function readTable(table: Element): Table {
  const found = { caption: null as Element | null, rows: [] as Element[], stray: [] as Node[] }
  collect(table, found)
  const spans = found.rows.flatMap(cellsOf).reduce((area, cell) => area + span(cell, 'colspan') * span(cell, 'rowspan'), 0)
  const rows = found.rows
    .map((row, index) =>
      cellsOf(row).map((cell): Cell => {
        // Spans without measure would cost more than the table is worth.
        const [colspan, rowspan] =
          spans > MAX_AREA ? [1, 1] : [span(cell, 'colspan'), Math.min(span(cell, 'rowspan'), found.rows.length - index)]
        return { element: cell, colspan, rowspan, scope: null }
      }),
    )
    .filter((row, _index, all) => row.some((cell) => cell.element.content) || all.some((each) => each.some((cell) => cell.rowspan > 1)))
  return { caption: found.caption, rows, columns: nameHeaders(rows), stray: found.stray }
}

/** A table that only places things: one cell a row, or one row, or tables inside. It is read out, and folds, better without being one. */
export function isLayout(table: Table, element: Element): boolean {
  const { rows } = table
  if (rows.some((row) => row.some((cell) => cell.element.table))) return true
  if (rows.every((row) => row.filter((cell) => cell.element.content).length <= 1)) return true
  if (rows.some((row) => row.some((cell) => cell.element.tag === 'th'))) return false
  return rows.length === 1 || /^(?:presentation|none)$/i.test(element.attributes.get('role') ?? '')
}

/** Rows and cells may lie in forms and other elements; a cell without a row makes one. */
function collect(parent: Element, found: { caption: Element | null; rows: Element[]; stray: Node[] }): void {
  let loose: Element | null = null
  for (const child of parent.children) {
    if (typeof child === 'string') {
      if (child.trim() !== '') found.stray.push(child)
      continue
    }
    if (child.tag === 'td' || child.tag === 'th') {
      loose ??= found.rows[found.rows.push(element('tr')) - 1] ?? null
      loose?.children.push(child)
      continue
    }
    loose = null
    if (child.tag === 'tr') found.rows.push(child)
    else if (child.tag === 'caption' && found.caption === null) found.caption = child
    else if (child.tag !== 'table' && holdsRows(child)) collect(child, found)
    else if (child.content || child.attributes.has('id')) found.stray.push(child)
  }
}

function holdsRows(parent: Element): boolean {
  return parent.children.some(
    (child) => typeof child !== 'string' && (/^(?:tr|td|th)$/.test(child.tag) || (!/^(?:table)$/.test(child.tag) && holdsRows(child))),
  )
}

/** What lies in a row without being a cell becomes one. */
function cellsOf(row: Element): Element[] {
  return row.children.flatMap((child) => {
    if (typeof child === 'string') return child.trim() === '' ? [] : [cellAround(child)]
    return child.tag === 'td' || child.tag === 'th' ? [child] : child.content ? [cellAround(child)] : []
  })
}

function cellAround(node: Node): Element {
  const inside = typeof node === 'string' ? { block: false, table: false } : node
  return { ...element('td', new Map(), [node]), content: true, block: inside.block, table: inside.table }
}

function span(cell: Element, name: 'colspan' | 'rowspan'): number {
  const said = cell.attributes.get(name) ?? ''
  return /^\s*\d{1,6}\s*$/.test(said) ? Math.min(MAX_SPAN, Math.max(1, Number(said))) : 1
}

/** Sets the scope of each header that is one of something; the number of columns. */
function nameHeaders(rows: readonly (readonly Cell[])[]): number {
  const places = place(rows)
  const lastData = new Map<number, number>()
  for (const { cell, row, column } of places) {
    if (isHeader(cell)) continue
    for (let at = column; at < column + cell.colspan; at++) lastData.set(at, Math.max(lastData.get(at) ?? 0, row + cell.rowspan - 1))
  }
  const dataFrom = rows.map((row) => row.length - [...row].reverse().findIndex((cell) => !isHeader(cell)) - 1)
  let columns = 0
  for (const { cell, row, column } of places) {
    columns = Math.max(columns, column + cell.colspan)
    if (!isHeader(cell)) continue
    const below = Array.from({ length: cell.colspan }, (_each, index) => lastData.get(column + index) ?? -1).some(
      (last) => last >= row + cell.rowspan,
    )
    const cells = rows[row] ?? []
    const right = cells.some((each) => !isHeader(each)) && (dataFrom[row] ?? -1) > cells.indexOf(cell)
    const headsRow = /^(?:row|rowgroup)$/i.test(cell.element.attributes.get('scope') ?? '') || (row > 0 && right)
    cell.scope = right && headsRow ? 'row' : below ? 'col' : right ? 'row' : null
  }
  return columns
}

function isHeader(cell: Cell): boolean {
  return cell.element.tag === 'th' && cell.element.content
}

interface Placed {
  readonly cell: Cell
  readonly row: number
  readonly column: number
}

function place(rows: readonly (readonly Cell[])[]): Placed[] {
  const placed: Placed[] = []
  const taken = rows.map(() => new Set<number>())
  rows.forEach((cells, row) => {
    let column = 0
    for (const cell of cells) {
      while (taken[row]?.has(column)) column++
      placed.push({ cell, row, column })
      for (let down = 1; down < cell.rowspan; down++) {
        for (let across = 0; across < cell.colspan; across++) taken[row + down]?.add(column + across)
      }
      column += cell.colspan
    }
  })
  return placed
}
