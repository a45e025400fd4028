// Paper for what people print: text where it is put, lines and boxes. US Letter with margins wide enough that it prints on A4, too.

import { PDFDocument, type PDFFont, type PDFPage, rgb } from '../pdf-library.js'
import { drawable, embedFace, type Weight, widthOf } from '../receipt-fonts.js'

export const SHEET = { width: 612, height: 792 }
/** 72 points an inch. */
export const CENTIMETRE = 72 / 2.54

const BLACK = rgb(0, 0, 0)

export interface Writing {
  readonly x: number
  /** Of the first line's foot, from the bottom of the sheet. */
  readonly y: number
  readonly size: number
  readonly weight?: Weight
  /** Where lines are broken; never, if not given. */
  readonly width?: number
}

export interface SheetAbout {
  readonly title: string
  readonly language: string
  readonly author: string
}

export class Sheet {
  readonly page: PDFPage
  readonly #document: PDFDocument
  readonly #fonts: Readonly<Record<Weight, PDFFont>>

  private constructor(document: PDFDocument, fonts: Readonly<Record<Weight, PDFFont>>) {
    this.#document = document
    this.#fonts = fonts
    this.page = document.addPage([SHEET.width, SHEET.height])
  }

  /** @param at its date, in ms since the epoch. */
  static async create({ title, language, author }: SheetAbout, at: number): Promise<Sheet> {
    const document = await PDFDocument.create({ updateMetadata: false })
    document.setTitle(title, { showInWindowTitleBar: true })
    document.setLanguage(language)
    document.setAuthor(author)
    document.setCreator('HePoEx')
    document.setProducer('HePoEx')
    document.setCreationDate(new Date(at))
    document.setModificationDate(new Date(at))
    return new Sheet(document, { regular: await embedFace(document, 'regular'), bold: await embedFace(document, 'bold') })
  }

  /** Where the next line's foot would be. */
  write(text: string, { x, y, size, weight = 'regular', width = Number.POSITIVE_INFINITY }: Writing): number {
    let foot = y
    for (const line of wrap(drawable(text).text, { weight, size, width })) {
      this.page.drawText(line, { x, y: foot, size, font: this.#fonts[weight], color: BLACK })
      foot -= size * 1.4
    }
    return foot
  }

  line(x: number, y: number, width: number, thickness = 0.8): void {
    this.page.drawLine({ start: { x, y }, end: { x: x + width, y }, thickness, color: BLACK })
  }

  box(x: number, y: number, width: number, height: number, options: { readonly dashed?: boolean } = {}): void {
    const dashes = options.dashed ? { borderDashArray: [4, 3] } : {}
    this.page.drawRectangle({ x, y, width, height, borderWidth: 0.8, borderColor: BLACK, ...dashes })
  }

  async finish(): Promise<Buffer> {
    return Buffer.from(await this.#document.save({ objectsPerTick: Number.POSITIVE_INFINITY, addDefaultPage: false }))
  }
}

/** The size at which the text is that wide at most. */
export function fittingSize(text: string, weight: Weight, most: number, width: number): number {
  return Math.min(most, (most * width) / Math.max(1, widthOf(drawable(text).text, weight, most)))
}

/** Breaks at spaces; a word longer than the line, where the line ends. */
function wrap(text: string, { weight, size, width }: { weight: Weight; size: number; width: number }): string[] {
  const lines: string[] = []
  let line = ''
  const fits = (candidate: string) => widthOf(candidate, weight, size) <= width
  for (const word of text.split(' ')) {
    const candidate = line === '' ? word : `${line} ${word}`
    if (fits(candidate)) {
      line = candidate
      continue
    }
    if (line !== '') lines.push(line)
    line = ''
    for (const letter of word) {
      if (line !== '' && !fits(line + letter)) {
        lines.push(line)
        line = ''
      }
      line += letter
    }
  }
  return [...lines, line]
}
