// The line to sign on: a name that was typed, strokes that were drawn on a screen, or room for a pen. None of it is a field: what was
// signed is not to be typed over.

import { fixed, type Style } from '../paged/lay-out.js'
import type { Block, SignatureMark } from './blocks.js'
import { type FormPage, type FormPaper, LEFT, type Piece, WIDTH } from './paper.js'

type Drawn = Extract<SignatureMark, { kind: 'drawn' }>

const LABEL: Style = { look: 'sans', size: 8 }
const DATE: Style = { look: 'sans', size: 11 }
const NAME = { most: 17, least: 8 }
const ROOM = { height: 54, name: WIDTH * 0.68, gap: 16 }
/** The field that strokes are drawn on, see content.ts. */
const FIELD = { width: 1000, height: 300 }
const MOST_POINTS = 20_000

export function signaturePiece(block: Extract<Block, { kind: 'signature' }>, paper: FormPaper): Piece {
  const right = LEFT + ROOM.name + ROOM.gap
  const rest = WIDTH - ROOM.name - ROOM.gap
  const labels = [
    { x: LEFT, lines: paper.linesOf(block.label, LABEL, ROOM.name) },
    { x: right, lines: paper.linesOf(block.dateLabel, LABEL, rest) },
  ]
  const below = Math.max(...labels.map(({ lines }) => paper.heightOf(lines, LABEL)))
  return {
    ...{ height: ROOM.height + 2 + below, above: 4 },
    draw: (page, top) => {
      const foot = top - ROOM.height
      drawMark(block.mark, paper, page, foot)
      page.rule(LEFT, foot, ROOM.name, 0.8)
      if (block.date !== '') page.text('P', paper.linesOf(block.date, DATE, rest).slice(0, 1), DATE, right, foot + 20)
      page.rule(right, foot, rest, 0.8)
      for (const { x, lines } of labels) page.text('P', lines, LABEL, x, foot - 2)
    },
  }
}

function drawMark(mark: SignatureMark, paper: FormPaper, page: FormPage, foot: number): void {
  if (mark.kind === 'drawn') page.figure(mark.alt, strokesOf(mark, foot))
  if (mark.kind !== 'typed') return
  let size = NAME.most
  while (size > NAME.least && paper.linesOf(mark.name, { look: 'sans', size }, ROOM.name).length > 1) size--
  const style: Style = { look: 'sans', size }
  const lines = paper.linesOf(mark.name, style, ROOM.name).slice(0, 4)
  page.text('P', lines, style, LEFT, foot + paper.heightOf(lines, style) + 3, LEFT + ROOM.name)
}

/** As one path with round ends; a stroke of one point is a dot. What is no place on the field is moved to its edge. */
function strokesOf({ strokes }: Drawn, foot: number): string {
  const scale = (ROOM.height - 4) / FIELD.height
  const x = (value: number) => fixed(LEFT + 4 + Math.min(FIELD.width, Math.max(0, value)) * scale)
  const y = (value: number) => fixed(foot + 2 + (FIELD.height - Math.min(FIELD.height, Math.max(0, value))) * scale)
  let points = 0
  let path = ''
  for (const stroke of strokes) {
    const places = stroke.filter((point) => point.every(Number.isFinite)).slice(0, Math.max(0, MOST_POINTS - points))
    points += places.length
    const [first] = places
    if (!first) continue
    path += `${x(first[0])} ${y(first[1])} m\n`
    for (const [across, down] of places.length === 1 ? [first] : places.slice(1)) path += `${x(across)} ${y(down)} l\n`
  }
  return path === '' ? '' : `q 0 G 1.3 w 1 J 1 j\n${path}S Q\n`
}
