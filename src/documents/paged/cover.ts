// The cover of records.pdf: from whom, when, how that was shown, what is on which page, and what is not in here and where it is.

import { momentInWords } from '../../dates.js'
import type { Text } from '../../texts.js'
import type { PDFRef } from '../pdf-library.js'
import type { FontBook } from './fonts.js'
import { fixed, PAGE, type Pen, type Style } from './lay-out.js'
import type { Line } from './lay-out-lines.js'
import type { Records } from './records-pdf.js'

const MARGIN = { side: 60, top: 54, bottom: 60 }
const WIDTH = PAGE.width - 2 * MARGIN.side
const LABELS = 130
const NUMBERS = 56

const BODY: Style = { look: 'sans', size: 10.5 }
const BOLD: Style = { look: 'bold', size: 10.5 }
const SMALL: Style = { look: 'sans', size: 9, grey: 0.35 }
const HEADING: Style = { look: 'bold', size: 13 }
const TITLE: Style = { look: 'bold', size: 20 }

/** A paragraph, or a row of two: a label or a name at the left, a value or a page number beside it. */
interface Block {
  readonly style: Style
  readonly text: string
  readonly beside?: string
  /** Where the row is parted, from the left margin. */
  readonly parted?: number
  readonly above?: number
  readonly indent?: number
  /** Names come from strangers: their invisible characters are shown as numbers. */
  readonly isName?: boolean
  /** The item that a click leads to. */
  readonly item?: number
}

/** Where a click leads to an item: a rectangle on a page of the cover. */
export interface CoverLink {
  readonly page: number
  readonly rect: readonly [left: number, bottom: number, right: number, top: number]
  readonly item: number
}

/** What the cover says, in order. `numbers`: for each item the number of its first page, as it is printed. */
export function coverBlocks(records: Records, numbers: readonly number[], text: Text): Block[] {
  const { items, asHtml, asSent } = records
  const heading = (key: string): Block => ({ style: HEADING, text: text(key), above: 18 })
  const blocks: Block[] = [
    { style: TITLE, text: text('readable.title') },
    { style: HEADING, text: records.provider.name, isName: true, above: 2 },
    { style: BODY, text: text('readable.lead'), above: 10 },
    ...facts(records, text),
    heading('readable.contents'),
  ]
  if (items.length === 0) blocks.push({ style: BODY, text: text('readable.noPages'), above: 4 })
  for (const [item, { name }] of items.entries()) {
    blocks.push({ style: BODY, text: name, isName: true, beside: String(numbers[item] ?? ''), parted: WIDTH - NUMBERS, above: 5, item })
  }
  if (asHtml.length > 0) {
    blocks.push(heading('readable.asHtml'), { style: SMALL, text: text('readable.asHtmlHelp'), above: 2 })
    blocks.push(...asHtml.map((name): Block => ({ style: BODY, text: name, isName: true, above: 5 })))
  }
  if (asSent.length > 0) {
    blocks.push(heading('readable.asSent'), { style: SMALL, text: text('readable.asSentHelp'), above: 2 })
    for (const { name, reason } of asSent) {
      blocks.push({ style: BODY, text: name, isName: true, above: 5 })
      blocks.push({ style: SMALL, text: text(`readable.reasons.${reason}`), indent: 12 })
    }
  }
  return [...blocks, { style: SMALL, text: text('readable.originals'), above: 18 }]
}

function facts({ provider, receivedAt, authenticated, intakeNumber, packageNumber }: Records, text: Text): Block[] {
  const { method, domain } = authenticated
  const rows: ReadonlyArray<readonly [key: string, value: string]> = [
    ['from', provider.name],
    ['received', momentInWords(receivedAt, text('readable.language'))],
    ['sender', text(`readable.authenticated.${method}`, { domain: domain ?? '' })],
    ['package', packageNumber],
    ['intake', intakeNumber],
  ]
  return rows.map(([key, beside], index): Block => {
    return { style: BOLD, text: text(`readable.${key}`), beside, parted: LABELS, above: index === 0 ? 12 : 4, isName: key === 'from' }
  })
}

/** Draws the blocks; the pages' contents, and where the links are. */
export function drawCover(blocks: readonly Block[], pen: Pen, book: FontBook): { contents: PDFRef[]; links: CoverLink[] } {
  const pages: string[] = ['']
  const links: CoverLink[] = []
  let y = PAGE.height - MARGIN.top
  const turn = () => {
    pages.push('')
    y = PAGE.height - MARGIN.top
  }
  for (const block of blocks) {
    const [left, right] = columnsOf(block, pen, book)
    const rows = Math.max(left.lines.length, right?.lines.length ?? 0)
    y -= pages.at(-1) === '' ? 0 : (block.above ?? 0)
    // A heading is never the last on its page, and a short row is not torn.
    const together = Math.min(rows, 4) * block.style.size * 1.4 + (block.style === HEADING ? 60 : 0)
    if (y - together < MARGIN.bottom) turn()
    for (let row = 0; row < rows; row++) {
      const height = Math.max(heightOf(left, row, pen), right ? heightOf(right, row, pen) : 0)
      if (y - height < MARGIN.bottom) turn()
      const top = y
      y -= height
      for (const column of right ? [left, right] : [left]) {
        const line = column.lines[row]
        if (line) pages[pages.length - 1] += pen.draw(line, column.style, column.x, y + column.style.size * 0.32, column.end)
      }
      if (block.item !== undefined)
        links.push({ page: pages.length - 1, rect: [MARGIN.side, y, PAGE.width - MARGIN.side, top], item: block.item })
    }
    if (block.item !== undefined) pages[pages.length - 1] += rule(y - 1.5)
  }
  const { context } = pen.document
  return { contents: pages.map((page) => context.register(context.flateStream(page))), links }
}

interface Column {
  readonly lines: readonly Line[]
  readonly style: Style
  readonly x: number
  readonly end: number
}

function columnsOf(block: Block, pen: Pen, book: FontBook): [left: Column, right: Column | null] {
  const { text, beside, parted = WIDTH, indent = 0, style, isName = false } = block
  const [start, middle, end] = [MARGIN.side + indent, MARGIN.side + parted, PAGE.width - MARGIN.side]
  const safe = (words: string, look: Style['look']) =>
    book.drawable(words.normalize('NFC').replace(/\s+/gu, ' ').trim(), look, 'numbers').text
  const gap = beside === undefined ? 0 : 10
  const lines = pen.linesOf(isName ? shortened(safe(text, style.look)) : safe(text, style.look), style, middle - start - gap)
  const left = { lines, style, x: start, end: middle - gap }
  if (beside === undefined) return [left, null]
  const value = safe(beside, 'sans')
  const isNumber = block.item !== undefined
  const x = isNumber ? end - pen.widthOf(value, BODY) : middle
  return [left, { lines: pen.linesOf(value, BODY, end - middle), style: BODY, x, end }]
}

/** Names have an end that tells their type, so what is too long loses its middle. */
function shortened(name: string): string {
  const letters = Array.from(name)
  return letters.length <= MAX_NAME ? name : `${letters.slice(0, MAX_NAME - 60).join('')} … ${letters.slice(-50).join('')}`
}

const MAX_NAME = 600

function heightOf({ lines, style }: Column, row: number, pen: Pen): number {
  const line = lines[row]
  return line ? pen.heightOf(line, style) : 0
}

function rule(y: number): string {
  return `0.82 G 0.5 w ${MARGIN.side} ${fixed(y)} m ${PAGE.width - MARGIN.side} ${fixed(y)} l S\n`
}
