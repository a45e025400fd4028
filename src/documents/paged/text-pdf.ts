// A plain text as pages: every script is drawn, long lines are wrapped, form feeds are page breaks. A text that was written in columns keeps
// them: its letters are all of one width.

import { type CopyLimits, NotConvertibleError } from '../copy.js'
import { PDFDocument, type PDFRef } from '../pdf-library.js'
import { FontBook } from './fonts.js'
import { PAGE, Pen, type Style } from './lay-out.js'
import { decodeText } from './text-pdf-charset.js'

const MARGIN = { side: 48, top: 48, bottom: 54 }
const WIDTH = PAGE.width - 2 * MARGIN.side
const TAB = 8
/** Lines with a gap inside that make a text one of columns. */
const COLUMN_LINES = 2

const sizes: Readonly<Record<'sans' | 'mono', number>> = { sans: 10.5, mono: 10 }

export interface PlainText {
  /** As declared by the sender; null or anything when it wasn't. */
  readonly charset: string | null
  readonly title?: string
}

/** Pages of a text. Throws NotConvertibleError: `too-many-pages`, or `damaged` where the text can't be drawn. */
export async function textPdf(bytes: Buffer, { charset, title }: PlainText, limits: CopyLimits): Promise<{ pdf: Buffer; pages: number }> {
  try {
    const text = decodeText(bytes, charset).replace(/\r\n?|[\n\v\u0085\u2028\u2029]/g, '\n')
    const document = await PDFDocument.create({ updateMetadata: false })
    if (title !== undefined) document.setTitle(title, { showInWindowTitleBar: true })
    const pages = await drawText(document, text, limits.maxPages)
    return { pdf: Buffer.from(await document.save({ addDefaultPage: false, objectsPerTick: Number.POSITIVE_INFINITY })), pages }
  } catch (error) {
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
}

async function drawText(document: PDFDocument, text: string, maxPages: number): Promise<number> {
  const look = isInColumns(text) ? 'mono' : 'sans'
  const style: Style = { look, size: sizes[look] }
  const book = await FontBook.open([text], [look])
  const pen = new Pen(document, book)
  const contents: PDFRef[] = []
  let operators = ''
  let y = PAGE.height - MARGIN.top
  const turn = () => {
    if (contents.length >= maxPages) throw new NotConvertibleError('too-many-pages')
    contents.push(document.context.register(document.context.flateStream(operators)))
    operators = ''
    y = PAGE.height - MARGIN.top
  }
  for (const [index, part] of text.replace(/\n$/, '').split('\f').entries()) {
    if (index > 0) turn()
    // A form feed on a line of its own leaves no empty line behind.
    for (const row of (index > 0 ? part.replace(/^\n/, '') : part).split('\n')) {
      const drawn = book.drawable(withoutTabs(row), look, 'obeyed').text
      for (const line of pen.linesOf(drawn, style, WIDTH)) {
        const height = pen.heightOf(line, style)
        if (y - height < MARGIN.bottom) turn()
        y -= height
        operators += pen.draw(line, style, MARGIN.side, y + style.size * 0.3, PAGE.width - MARGIN.side)
      }
    }
  }
  turn()
  pen.finish()
  for (const content of contents) pen.addPage(content)
  return contents.length
}

/** Tabs or wide gaps between words, in more lines than one, or lines drawn with characters. */
function isInColumns(text: string): boolean {
  if (/[\u2500-\u257f]/.test(text)) return true
  return (text.match(/^.*\S(?:\t| {3,})\s*\S.*$/gm) ?? []).length >= COLUMN_LINES
}

/** Tabs as spaces, up to the next eighth column. */
function withoutTabs(row: string): string {
  if (!row.includes('\t')) return row
  let column = 0
  return Array.from(row, (letter) => {
    if (letter !== '\t') {
      column++
      return letter
    }
    const gap = TAB - (column % TAB)
    column += gap
    return ' '.repeat(gap)
  }).join('')
}
