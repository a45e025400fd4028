// Paper and pen for the receipt: text flows down one page after another. The page is US Letter with margins wide enough that it prints
// on A4, too.

import { type Color, PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from './pdf-library.js'
import { drawable, embedFace, type Weight, widthOf } from './receipt-fonts.js'

const PAGE = { width: 612, height: 792 }
const MARGIN = { left: 64, top: 54, bottom: 64 }
export const WIDTH = 476

const INK = rgb(0.1, 0.12, 0.15)
const GREY = rgb(0.32, 0.36, 0.41)
const RULE = rgb(0.75, 0.78, 0.81)

export interface Style {
  readonly size: number
  readonly weight?: Weight
  readonly grey?: boolean
  /** Distance from the left margin. */
  readonly indent?: number
  /** Space above, left out at the head of a page. */
  readonly above?: number
}

export class Paper {
  readonly document: PDFDocument
  readonly #fonts: Readonly<Record<Weight | 'digest', PDFFont>>
  #page: PDFPage
  #y: number
  #isWhole = true

  private constructor(document: PDFDocument, fonts: Readonly<Record<Weight | 'digest', PDFFont>>) {
    this.document = document
    this.#fonts = fonts
    this.#page = document.addPage([PAGE.width, PAGE.height])
    this.#y = PAGE.height - MARGIN.top
  }

  static async create(): Promise<Paper> {
    const document = await PDFDocument.create({ updateMetadata: false })
    const fonts = {
      regular: await embedFace(document, 'regular'),
      bold: await embedFace(document, 'bold'),
      // Digests are hexadecimal digits only, which every reader's own Courier has.
      digest: await document.embedFont(StandardFonts.Courier),
    }
    return new Paper(document, fonts)
  }

  /** False once a character without a letter was written as its number (see receipt-fonts.ts). */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** Goes to the next page if less than this is left, so that what belongs together stays together. */
  need(height: number): void {
    if (this.#y - height >= MARGIN.bottom) return
    this.#page = this.document.addPage([PAGE.width, PAGE.height])
    this.#y = PAGE.height - MARGIN.top
  }

  /** A paragraph, wrapped. */
  write(text: string, style: Style): void {
    const { size, indent = 0, above = 0 } = style
    this.#y -= this.#isTop ? 0 : above
    for (const line of this.#wrap(text, style)) {
      this.need(size * 1.45)
      this.#y -= size * 1.45
      this.#draw(line, MARGIN.left + indent, this.#y + size * 0.35, style)
    }
  }

  /** A label and its value beside it, both wrapped. */
  writeRow(label: string, value: string, labelWidth: number, { size, above = 0 }: Style): void {
    const left = this.#wrap(label, { size, weight: 'bold', indent: WIDTH - labelWidth + 10 })
    const right = this.#wrap(value, { size, indent: labelWidth })
    this.#y -= this.#isTop ? 0 : above
    this.need(Math.min(6, Math.max(left.length, right.length)) * size * 1.45)
    for (let line = 0; line < Math.max(left.length, right.length); line++) {
      this.need(size * 1.45)
      this.#y -= size * 1.45
      this.#draw(left[line] ?? '', MARGIN.left, this.#y + size * 0.35, { size, weight: 'bold' })
      this.#draw(right[line] ?? '', MARGIN.left + labelWidth, this.#y + size * 0.35, { size })
    }
  }

  /** 64 hexadecimal digits in one line, so that they can be copied whole. The caller has made sure of the room. */
  writeDigest(label: string, digest: string, { size, indent = 0 }: Style): void {
    this.#y -= size * 1.5
    const at = { y: this.#y + size * 0.35, size, color: INK }
    const labelWidth = widthOf(label, 'regular', size)
    this.#page.drawText(label, { ...at, x: MARGIN.left + indent, font: this.#fonts.regular })
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error('digest is not hexadecimal SHA-256')
    this.#page.drawText(digest, { ...at, x: MARGIN.left + indent + labelWidth + 6, font: this.#fonts.digest })
  }

  rule(above: number, below: number): void {
    this.#y -= above
    this.#page.drawLine({
      start: { x: MARGIN.left, y: this.#y },
      end: { x: MARGIN.left + WIDTH, y: this.#y },
      thickness: 0.7,
      color: RULE,
    })
    this.#y -= below
  }

  /** One line at the foot of each page, once all are written. */
  writeFeet(foot: (page: number, pages: number) => { readonly left: string; readonly right: string }): void {
    const pages = this.document.getPages()
    const style = { size: 8, grey: true }
    for (const [index, page] of pages.entries()) {
      this.#page = page
      const { left, right } = foot(index + 1, pages.length)
      const end = MARGIN.left + WIDTH - widthOf(right, 'regular', style.size)
      this.#draw(this.#drawable(left), MARGIN.left, 44, style)
      this.#draw(right, end, 44, style)
    }
  }

  /** Breaks at spaces; a word longer than the line is broken where the line ends. */
  #wrap(text: string, { size, weight = 'regular', indent = 0 }: Style): string[] {
    const room = WIDTH - indent
    const space = widthOf(' ', weight, size)
    const lines: string[] = []
    let line = ''
    let used = 0
    const add = (part: string, width: number, gap: number) => {
      if (line !== '' && used + gap + width > room) {
        lines.push(line)
        line = ''
      }
      used = line === '' ? width : used + gap + width
      line = line === '' ? part : `${line}${gap > 0 ? ' ' : ''}${part}`
    }
    for (const word of this.#drawable(text).split(' ')) {
      const width = widthOf(word, weight, size)
      if (width <= room) add(word, width, space)
      else for (const [index, letter] of [...word].entries()) add(letter, widthOf(letter, weight, size), index === 0 ? space : 0)
    }
    return [...lines, line]
  }

  #drawable(text: string): string {
    const safe = drawable(text)
    if (!safe.isWhole) this.#isWhole = false
    return safe.text
  }

  get #isTop(): boolean {
    return this.#y === PAGE.height - MARGIN.top
  }

  #draw(text: string, x: number, y: number, { size, weight = 'regular', grey }: Style): void {
    if (text === '') return
    const color: Color = grey ? GREY : INK
    this.#page.drawText(text, { x, y, size, font: this.#fonts[weight], color })
  }
}
