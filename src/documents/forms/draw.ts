// Blocks become pieces of known height, which `paper.ts` puts on pages.

import type { Style } from '../paged/lay-out.js'
import { QR_EDGE } from '../sheets/cover-sheet.js'
import { qrOperators, quietZoneOf } from '../sheets/qr-code.js'
import type { Block, Choice, FormModel } from './blocks.js'
import { rowOfFields, type Unfitted, writingBox } from './draw-fields.js'
import { signaturePiece } from './draw-signature.js'
import { circle } from './fields.js'
import { type FormPage, type FormPaper, LEFT, type Piece, WIDTH } from './paper.js'
import type { Role } from './tags.js'

type TextBlock = Extract<Block, { kind: 'title' | 'heading' | 'paragraph' | 'strong' | 'small' | 'point' }>

const TEXTS: Readonly<Record<TextBlock['kind'], { readonly role: Role; readonly style: Style; readonly above: number }>> = {
  title: { role: 'H1', style: { look: 'bold', size: 17 }, above: 12 },
  heading: { role: 'H2', style: { look: 'bold', size: 11 }, above: 10 },
  paragraph: { role: 'P', style: { look: 'sans', size: 9.5 }, above: 4 },
  strong: { role: 'P', style: { look: 'bold', size: 9.5 }, above: 4 },
  point: { role: 'P', style: { look: 'sans', size: 9 }, above: 2.5 },
  small: { role: 'P', style: { look: 'sans', size: 8 }, above: 3 },
}
const CHOICE: Style = { look: 'sans', size: 9.5 }
const MARK = { edge: 10, writing: { width: 34, height: 15 }, gap: 6 }
const GUTTER = 14
const POINT = { indent: 10, radius: 1.4 }

/** Draws the model, and what did not fit into its fields after it. */
export async function drawModel(model: FormModel, paper: FormPaper): Promise<Buffer> {
  const unfitted: Unfitted[] = []
  paper.place(model.blocks.flatMap((block) => piecesOf(block, paper, model, unfitted)))
  if (unfitted.length > 0) paper.place(continuation(model, paper, unfitted))
  return paper.finish(model.foot)
}

function piecesOf(block: Block, paper: FormPaper, model: FormModel, unfitted: Unfitted[]): Piece[] {
  switch (block.kind) {
    case 'fields':
      return [rowOfFields(block.fields, paper, model.continued.mark, unfitted)]
    case 'choices':
      return choicesOf(block, paper)
    case 'postbox':
      return [postboxPiece(block, paper)]
    case 'signature':
      return [signaturePiece(block, paper)]
    case 'together':
      return [joined(block.blocks.flatMap((inner) => piecesOf(inner, paper, model, unfitted)))]
    default:
      return [textPiece(block, paper)]
  }
}

function textPiece({ kind, text }: TextBlock, paper: FormPaper): Piece {
  const { role, style, above } = TEXTS[kind]
  const indent = kind === 'point' ? POINT.indent : 0
  const lines = paper.linesOf(text, style, WIDTH - indent)
  const isHeading = kind === 'heading'
  return {
    ...{ height: paper.heightOf(lines, style), above, isWithNext: isHeading },
    draw: (page, top) => {
      if (kind === 'point') page.artifact(dot(LEFT + POINT.indent / 2, top - style.size * 0.72, POINT.radius))
      page.text(role, lines, style, LEFT + indent, top)
    },
  }
}

function dot(x: number, y: number, radius: number): string {
  return `q 0 g ${circle(x, y, radius)} f Q\n`
}

function choicesOf({ choices, columns, title }: Extract<Block, { kind: 'choices' }>, paper: FormPaper): Piece[] {
  const width = (WIDTH - (columns - 1) * GUTTER) / columns
  const pieces: Piece[] = []
  for (let at = 0; at < choices.length; at += columns) {
    const row = choices.slice(at, at + columns).map((choice) => choicePiece(choice, title, width, paper))
    pieces.push({
      ...{ height: Math.max(...row.map(({ height }) => height)), above: 3 },
      draw: (page, top) => {
        for (const [column, { draw }] of row.entries()) draw(page, LEFT + column * (width + GUTTER), top)
      },
    })
  }
  return pieces
}

function choicePiece({ mark, text }: Choice, title: string, width: number, paper: FormPaper) {
  const isWriting = mark.kind === 'write'
  const markWidth = isWriting ? MARK.writing.width : MARK.edge
  const indent = markWidth + MARK.gap
  const lines = paper.linesOf(text, CHOICE, width - indent)
  const height = Math.max(paper.heightOf(lines, CHOICE), isWriting ? MARK.writing.height : 0)
  const tooltip = `${title}: ${text}`
  const draw = (page: FormPage, x: number, top: number) => {
    if (isWriting) writingBox(paper, page, { x, y: top - MARK.writing.height, ...MARK.writing }, { ...mark, tooltip })
    else tickBox(paper, page, x, top - MARK.edge - 1.5, mark, tooltip)
    page.text('P', lines, CHOICE, x + indent, top, x + width)
  }
  return { height, draw }
}

function tickBox(
  paper: FormPaper,
  page: FormPage,
  x: number,
  y: number,
  mark: Exclude<Choice['mark'], { kind: 'write' }>,
  tooltip: string,
) {
  const box = { x, y, width: MARK.edge, height: MARK.edge }
  const middle = MARK.edge / 2
  if (mark.kind === 'check') {
    page.frame(x, y, MARK.edge, MARK.edge, 0.8)
    paper.fields.addCheck(page, box, { ...mark, tooltip })
  } else {
    page.artifact(`q 0 G 0.8 w ${circle(x + middle, y + middle, middle)} h S Q\n`)
    paper.fields.addRadio(page, box, { ...mark, tooltip })
  }
}

function postboxPiece({ title, qr, number, lines }: Extract<Block, { kind: 'postbox' }>, paper: FormPaper): Piece {
  const styles = { title: TEXTS.heading.style, number: { look: 'bold', size: 19 }, line: TEXTS.paragraph.style } as const
  const quiet = qr === null ? 0 : quietZoneOf(qr.text, QR_EDGE)
  const indent = qr === null ? 12 : 2 * quiet + QR_EDGE + 4
  const room = WIDTH - indent - 12
  const words = [
    { role: 'H2', style: styles.title, lines: paper.linesOf(title, styles.title, room) },
    ...(number === '' ? [] : [{ role: 'P', style: styles.number, lines: paper.linesOf(number, styles.number, room) } as const]),
    ...lines.map((line) => ({ role: 'P', style: styles.line, lines: paper.linesOf(line, styles.line, room) }) as const),
  ] as const
  const height = words.reduce((sum, { lines: own, style }) => sum + paper.heightOf(own, style), 14)
  const whole = Math.max(height, qr === null ? 0 : QR_EDGE + 2 * quiet)
  return {
    ...{ height: whole, above: 8 },
    draw: (page, top) => {
      page.frame(LEFT, top - whole, WIDTH, whole, 1)
      if (qr) page.figure(qr.alt, qrOperators(qr.text, { x: LEFT + quiet, y: top - (whole + QR_EDGE) / 2, edge: QR_EDGE }))
      let y = top - (whole - height) / 2 - 7
      for (const { role, style, lines: own } of words) y = page.text(role, own, style, LEFT + indent, y, LEFT + indent + room)
    },
  }
}

function joined(pieces: readonly Piece[]): Piece {
  const [first] = pieces
  const above = first?.above ?? 0
  return {
    ...{ height: pieces.reduce((height, piece) => height + piece.height + piece.above, -above), above },
    draw: (page, top) => {
      let y = top + above
      for (const piece of pieces) {
        y -= piece.above
        piece.draw(page, y)
        y -= piece.height
      }
    },
  }
}

/** Line by line, since such a value may be longer than a page. */
function continuation({ continued }: FormModel, paper: FormPaper, unfitted: readonly Unfitted[]): Piece[] {
  const { style } = TEXTS.paragraph
  const rows = unfitted.flatMap(({ label, paragraphs }) => [
    { ...textPiece({ kind: 'strong', text: label }, paper), isWithNext: true },
    ...paragraphs.flatMap((paragraph) =>
      paper.pen.linesOf(paragraph, style, WIDTH).map((line): Piece => {
        const draw: Piece['draw'] = (page, top) => void page.text('P', [line], style, LEFT, top)
        return { height: paper.pen.heightOf(line, style), above: 0, draw }
      }),
    ),
  ])
  return [textPiece({ kind: 'heading', text: continued.title }, paper), ...rows]
}
