// Rows of fields to write into: a label above each, a frame that is printed, and the value as it fits.

import type { Style } from '../paged/lay-out.js'
import type { Line } from '../paged/lay-out-lines.js'
import type { TextField } from './blocks.js'
import type { Box } from './fields.js'
import { baselineOf, type Fitted, fitted, paragraphsOf } from './fit.js'
import { type FormPage, type FormPaper, LEFT, type Piece, WIDTH } from './paper.js'

/** A value that its field could not show whole. */
export interface Unfitted {
  readonly label: string
  readonly paragraphs: readonly string[]
}

const LABEL: Style = { look: 'sans', size: 8 }
const GAP = 10
const PADDING = { side: 4, top: 3 }
/** A line of a field in the largest size. */
const LINE = 13.6
/** What one signs off with in a small box. */
const INITIALS = 9.5

interface Placed {
  readonly field: TextField
  readonly x: number
  readonly width: number
  readonly label: readonly Line[]
  readonly value: Fitted
}

export function rowOfFields(fields: readonly TextField[], paper: FormPaper, mark: string, unfitted: Unfitted[]): Piece {
  const placed = placedIn(fields, paper, mark, unfitted)
  const labels = Math.max(...placed.map(({ label }) => paper.heightOf(label, LABEL)))
  const boxes = Math.max(...placed.map(({ field, value }) => heightOf(paper, field, value)))
  return {
    ...{ height: labels + 1.5 + boxes, above: 4 },
    draw: (page, top) => {
      for (const one of placed) {
        const { label, x, width } = one
        // At the foot of the labels' row, beside a label of two lines.
        page.text('P', label, LABEL, x, top - labels + paper.heightOf(label, LABEL), x + width)
        drawField(paper, page, one, { x, y: top - labels - 1.5 - boxes, width, height: boxes })
      }
    },
  }
}

/** A small box for a digit or initials, which are no longer than it. */
export function writingBox(paper: FormPaper, page: FormPage, box: Box, field: { name: string; value: string; tooltip: string }): void {
  const style: Style = { look: 'bold', size: INITIALS }
  const [text = ''] = paragraphsOf(paper.book, field.value)
  const [line] = text === '' ? [] : paper.pen.linesOf(text, style, box.width - 4)
  const x = line ? (box.width - (line.width * style.size) / 1000) / 2 : 0
  const picture = line ? paper.pen.draw(line, style, x, (box.height - style.size) / 2 + 1.8, box.width - x) : ''
  page.frame(box.x, box.y, box.width, box.height)
  const shown = { isMultiline: false, isRightToLeft: false, size: INITIALS, picture }
  paper.fields.addText(page, box, { ...shown, name: field.name, value: text, tooltip: field.tooltip })
}

function placedIn(fields: readonly TextField[], paper: FormPaper, mark: string, unfitted: Unfitted[]): Placed[] {
  const shares = fields.reduce((sum, { share = 1 }) => sum + share, 0)
  let x = LEFT
  return fields.map((field) => {
    const width = ((WIDTH - GAP * (fields.length - 1)) * (field.share ?? 1)) / shares
    const left = x
    x += width + GAP
    const paragraphs = paragraphsOf(paper.book, field.value)
    const inside = width - 2 * PADDING.side
    const value = fitted(paper.pen, paragraphs, { width: inside, lines: field.lines ?? 1 })
    if (!value.isWhole) unfitted.push({ label: field.label, paragraphs })
    const marked = value.isWhole ? value : withMark(paper, value, mark, inside)
    return { field, x: left, width, label: paper.linesOf(field.label, LABEL, width), value: marked }
  })
}

/** Its last line says where it goes on. */
function withMark(paper: FormPaper, value: Fitted, mark: string, width: number): Fitted {
  const [line] = paper.linesOf(mark, { look: 'sans', size: value.size }, width)
  return line ? { ...value, lines: [...value.lines.slice(0, -1), line] } : value
}

function heightOf(paper: FormPaper, { lines = 1 }: TextField, { lines: shown, size }: Fitted): number {
  return Math.max(lines * LINE, paper.heightOf(shown, { look: 'sans', size })) + 2 * PADDING.top - 1
}

function drawField(paper: FormPaper, page: FormPage, { field, value }: Placed, box: Box): void {
  const style: Style = { look: 'sans', size: value.size }
  const isMultiline = (field.lines ?? 1) > 1 || value.lines.length > 1
  const filled = paper.heightOf(value.lines, style)
  // On one line in the middle; several begin at the top, as viewers have it.
  let y = isMultiline ? box.height - PADDING.top : (box.height + filled) / 2
  let picture = ''
  for (const line of value.lines) {
    const height = paper.pen.heightOf(line, style)
    picture += paper.pen.draw(line, style, PADDING.side, y - height + baselineOf(height, style.size), box.width - PADDING.side)
    y -= height
  }
  page.frame(box.x, box.y, box.width, box.height)
  const isRightToLeft = value.lines[0]?.directions?.isRtl === true
  const { name, label: tooltip, value: whole } = field
  paper.fields.addText(page, box, { name, tooltip, value: whole, isMultiline, isRightToLeft, size: value.size, picture })
}
