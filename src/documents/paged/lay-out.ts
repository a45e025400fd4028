// Paper and pen: lines of text on pages that print on A4 and on US Letter alike. The pages take shape as operators of a content stream
// (ISO 32000-1 9.4); each is compressed as soon as it is full.

import { type PDFDocument, PDFHexString, PDFName, type PDFRef } from '../pdf-library.js'
import type { FontBook } from './fonts.js'
import { FontCase, hexOf } from './fonts-embed.js'
import type { Look } from './fonts-list.js'
import { type Line, linesOf } from './lay-out-lines.js'
import { type Glyph, Shaper } from './lay-out-shape.js'

/** As wide as A4, as high as Letter. Points. */
export const PAGE = { width: 595, height: 792 }

export interface Style {
  readonly look: Look
  /** Points. */
  readonly size: number
  /** 0 is black. */
  readonly grey?: number
}

/** Lines are at least this far apart, in parts of the font size. */
const LEADING = 1.36

/** Draws text for one document. Call `finish` once, when all is drawn. */
export class Pen {
  readonly document: PDFDocument
  /** The fonts of everything drawn with this pen: /Resources of a page or a form. */
  readonly resources: PDFRef
  readonly #fonts: FontCase
  readonly #shaper: Shaper

  constructor(document: PDFDocument, book: FontBook) {
    this.document = document
    this.resources = document.context.nextRef()
    this.#fonts = new FontCase(document)
    this.#shaper = new Shaper(book, this.#fonts)
  }

  /** The lines of a paragraph in `width` points; at least one. Whatever has no letter must be made drawable before (see fonts.ts). */
  linesOf(text: string, { look, size }: Style, width: number): Line[] {
    return linesOf(text, look, (width * 1000) / size, this.#shaper)
  }

  /** In points; of a word. */
  widthOf(text: string, { look, size }: Style): number {
    return (this.#shaper.widthOf(text, look) * size) / 1000
  }

  /** How far the next line is below this one, in points: some scripts are taller than Latin. */
  heightOf(line: Line, { look, size }: Style): number {
    if (line.directions === null) return size * LEADING
    const faces = new Set(this.#glyphsOf(line, look).map(({ face }) => face.face))
    return size * Math.max(LEADING, ...Array.from(faces, ({ ascent, descent }) => ascent + descent))
  }

  /** The operators that draw a line with its left end at `x` (or its right end at `right`, when it reads from the right). */
  draw(line: Line, { look, size, grey = 0 }: Style, x: number, y: number, right?: number): string {
    const glyphs = this.#glyphsOf(line, look)
    if (glyphs.length === 0) return ''
    const isRight = line.directions?.isRtl && right !== undefined
    // With the spaces that the line was broken at: they are its left end.
    const left = isRight ? right - (glyphs.reduce((width, { advance }) => width + advance, 0) * size) / 1000 : x
    return `BT ${fixed(grey)} g ${textOperators(glyphs, size, left, y)}ET\n`
  }

  /** A page of the paper's size with this content, at the end of the document. */
  addPage(content: PDFRef): void {
    const page = this.document.addPage([PAGE.width, PAGE.height])
    page.node.set(PDFName.of('Resources'), this.resources)
    page.node.set(PDFName.of('Contents'), content)
  }

  /** Writes the fonts. Throws when that fails. */
  finish(): void {
    this.#fonts.finish()
    const { context } = this.document
    context.assign(this.resources, context.obj({ Font: context.obj(this.#fonts.references()) }))
  }

  #glyphsOf({ paragraph, start, end, directions }: Line, look: Look): Glyph[] {
    if (directions === null) return this.#shaper.glyphsOf(paragraph.slice(start, end), look, false)
    return directions
      .inLine(start, end)
      .flatMap((stretch) => this.#shaper.glyphsOf(paragraph.slice(stretch.start, stretch.end), look, stretch.isRtl))
  }
}

/** Glyphs that follow each other as their widths say share one string; the others are put in their place. */
function textOperators(glyphs: readonly Glyph[], size: number, left: number, y: number): string {
  let operators = ''
  let string = ''
  let font = ''
  let scale = 1
  let pen = 0 // where the next glyph belongs
  let drawn = Number.NaN // where it would be drawn
  let rise = 0
  let members = 0
  let end = 0
  const say = (operator: string) => {
    if (string !== '') operators += `<${string}> Tj\n`
    string = ''
    operators += operator
  }
  const move = (x: number, up: number) => {
    if (Math.abs(drawn - x) < 0.5 && rise === up) return
    say(`1 0 0 1 ${fixed(left + (x * size) / 1000)} ${fixed(y + (up * size) / 1000)} Tm\n`)
    drawn = x
    rise = up
  }
  // Readers take the first and the last glyph of a group for its edges; marks drawn there would tear the word apart.
  const anchor = (x: number, number: number) => {
    move(x, 0)
    say(`3 Tr <${hexOf(number)}> Tj 0 Tr\n`)
  }
  for (const glyph of glyphs) {
    const { face, group } = glyph
    const own = `/${face.key} ${fixed(size * Math.max(1, glyph.scale))} Tf\n`
    if (font !== own) say(own)
    font = own
    const narrowed = Math.min(1, glyph.scale)
    if (scale !== narrowed) say(`${fixed(narrowed * 100)} Tz\n`)
    scale = narrowed
    if (group) {
      say(`/Span << /ActualText ${PDFHexString.fromText(group.text).toString()} >> BDC\n`)
      members = group.glyphs
      end = pen + group.advance
      if (glyph.x !== 0 || glyph.y !== 0) anchor(pen, face.anchor)
    }
    move(pen + glyph.x, glyph.y)
    string += hexOf(glyph.number)
    drawn += glyph.width
    pen += glyph.advance
    if (members > 0 && --members === 0) {
      if (Math.abs(drawn - end) >= 0.5 || rise !== 0) anchor(end, face.anchor)
      say('EMC\n')
    }
  }
  say('')
  return scale === 1 ? operators : `${operators}100 Tz\n`
}

/** A number as a content stream has it: no exponent, three digits behind the point. */
export function fixed(value: number): string {
  return String(Math.round(value * 1000) / 1000)
}
