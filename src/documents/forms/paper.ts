// The paper of the forms: pages of US Letter with margins wide enough that they print on A4, too. What is drawn is tagged as it is drawn;
// frames and feet are not.

import { FontBook } from '../paged/fonts.js'
import { fixed, Pen, type Style } from '../paged/lay-out.js'
import type { Line } from '../paged/lay-out-lines.js'
import { PDFDocument, PDFName, type PDFRef } from '../pdf-library.js'
import { type FormModel, stringsIn } from './blocks.js'
import { Fields } from './fields.js'
import { baselineOf } from './fit.js'
import { ARTIFACT, END, type Role, Tags } from './tags.js'

export const PAGE = { width: 612, height: 792 }
export const LEFT = 54
export const WIDTH = PAGE.width - 2 * LEFT
const TOP = PAGE.height - 46
const BOTTOM = 52
const FOOT: Style = { look: 'sans', size: 7.5 }

/** What is never torn apart by the end of a page. */
export interface Piece {
  readonly height: number
  /** Space above, left out at the head of a page. */
  readonly above: number
  /** A heading: it does not stand alone at the foot of a page. */
  readonly isWithNext?: boolean
  /** @param top of the piece, without the space above. */
  draw(page: FormPage, top: number): void
}

export class FormPage {
  readonly ref: PDFRef
  readonly key: number
  readonly widgets: PDFRef[] = []
  readonly #tags: Tags
  readonly #pen: Pen
  operators = ''

  constructor(ref: PDFRef, key: number, tags: Tags, pen: Pen) {
    this.ref = ref
    this.key = key
    this.#tags = tags
    this.#pen = pen
  }

  /** Lines below each other, as one element of the structure; gives where they end. */
  text(role: Role, lines: readonly Line[], style: Style, x: number, top: number, right = LEFT + WIDTH): number {
    let y = top
    this.operators += this.#tags.open(role, this)
    for (const line of lines) {
      const height = this.#pen.heightOf(line, style)
      this.operators += this.#pen.draw(line, style, x, y - height + baselineOf(height, style.size), right)
      y -= height
    }
    this.operators += END
    return y
  }

  /** A drawing that means something. */
  figure(alt: string, operators: string): void {
    this.operators += this.#tags.open('Figure', this, alt) + operators + END
  }

  /** One that means nothing. */
  artifact(operators: string): void {
    this.operators += ARTIFACT + operators + END
  }

  frame(x: number, y: number, width: number, height: number, thickness = 0.6): void {
    this.artifact(`q 0 G ${thickness} w ${[x, y, width, height].map(fixed).join(' ')} re S Q\n`)
  }

  rule(x: number, y: number, width: number, thickness = 0.6): void {
    this.artifact(`q 0 G ${thickness} w ${fixed(x)} ${fixed(y)} m ${fixed(x + width)} ${fixed(y)} l S Q\n`)
  }
}

export class FormPaper {
  readonly document: PDFDocument
  readonly book: FontBook
  readonly pen: Pen
  readonly fields: Fields
  readonly #tags: Tags
  readonly #pages: FormPage[] = []
  #y = 0

  private constructor(document: PDFDocument, book: FontBook) {
    this.document = document
    this.book = book
    this.pen = new Pen(document, book)
    this.#tags = new Tags(document)
    this.fields = new Fields(document, this.#tags, this.pen.resources)
    this.#turn()
  }

  /** @param at its date, in ms since the epoch. */
  static async create(model: FormModel, at: number): Promise<FormPaper> {
    const document = await PDFDocument.create({ updateMetadata: false })
    document.setTitle(model.title, { showInWindowTitleBar: true })
    document.setLanguage(model.language)
    document.setAuthor(model.author)
    document.setCreator('HePoEx')
    document.setProducer('HePoEx')
    document.setCreationDate(new Date(at))
    document.setModificationDate(new Date(at))
    const foot = model.foot(1, 1)
    return new FormPaper(document, await FontBook.open([...stringsIn(model), ...stringsIn(foot), '…'], ['sans', 'bold']))
  }

  /** The lines of a text of ours or of a value, in `width` points; `\n` begins a new one. */
  linesOf(text: string, style: Style, width = WIDTH): Line[] {
    const drawn = text.split('\n').map((line) => this.book.drawable(line.normalize('NFC'), style.look, 'obeyed').text)
    return drawn.flatMap((line) => this.pen.linesOf(line, style, width))
  }

  /** Of lines below each other, in points. */
  heightOf(lines: readonly Line[], style: Style): number {
    return lines.reduce((height, line) => height + this.pen.heightOf(line, style), 0)
  }

  /** Puts pieces below each other, and goes to the next page where one does not fit. */
  place(pieces: readonly Piece[]): void {
    for (const [index, piece] of pieces.entries()) {
      let needed = 0
      for (let next = index; next < pieces.length; next++) {
        const one = pieces[next] as Piece
        needed += one.height + (next === index && this.#y === TOP ? 0 : one.above)
        if (!one.isWithNext) break
      }
      if (this.#y - needed < BOTTOM && this.#y !== TOP) this.#turn()
      this.#y -= this.#y === TOP ? 0 : piece.above
      piece.draw(this.#page, this.#y)
      this.#y -= piece.height
    }
  }

  /** The whole file. Nothing can be drawn afterwards. */
  async finish(foot: FormModel['foot']): Promise<Buffer> {
    for (const [index, page] of this.#pages.entries()) this.#drawFoot(page, foot(index + 1, this.#pages.length))
    this.fields.finish()
    this.#tags.finish()
    this.pen.finish()
    const { context } = this.document
    for (const [index, { node }] of this.document.getPages().entries()) {
      const { operators, widgets, key } = this.#pages[index] as FormPage
      node.set(PDFName.of('Resources'), this.pen.resources)
      node.set(PDFName.of('Contents'), context.register(context.flateStream(operators)))
      node.set(PDFName.of('Annots'), context.obj(widgets))
      node.set(PDFName.of('StructParents'), context.obj(key))
      node.set(PDFName.of('Tabs'), PDFName.of('S'))
    }
    return Buffer.from(await this.document.save({ objectsPerTick: Number.POSITIVE_INFINITY, addDefaultPage: false }))
  }

  get #page(): FormPage {
    return this.#pages.at(-1) as FormPage
  }

  #turn(): void {
    const { ref } = this.document.addPage([PAGE.width, PAGE.height])
    this.#pages.push(new FormPage(ref, this.#tags.addPage(), this.#tags, this.pen))
    this.#y = TOP
  }

  #drawFoot(page: FormPage, { left, right }: { readonly left: string; readonly right: string }): void {
    const [first] = this.linesOf(left, FOOT, WIDTH - 90)
    const [last] = this.linesOf(right, FOOT, 90)
    if (!first || !last) return
    const end = LEFT + WIDTH - (last.width * FOOT.size) / 1000
    page.artifact(this.pen.draw(first, FOOT, LEFT, 32) + this.pen.draw(last, FOOT, end, 32))
  }
}
