// Characters become glyphs: letter by letter where the script allows that, which is quick, and by HarfBuzz where letters join, stack or
// change places.

import { ClusterLevel, Direction, Buffer as ShapingBuffer, shape } from 'harfbuzzjs'
import { type FontBook, graphemesOf, isInvisible, isSimple } from './fonts.js'
import { type EmbeddedFace, type FontCase, NOTHING } from './fonts-embed.js'
import type { Face } from './fonts-faces.js'
import type { Look } from './fonts-list.js'

/** One glyph of a line. Lengths in thousandths of the font size. */
export interface Glyph {
  readonly face: EmbeddedFace
  readonly number: number
  /** How far the pen moves on; as far as the font knows, `width`. */
  readonly advance: number
  readonly width: number
  /** Below 1, drawn narrower by this; above, larger. 1 for most. */
  readonly scale: number
  /** Where it is drawn from the pen's place. */
  readonly x: number
  readonly y: number
  /** On the first glyph of several that stand for one text. */
  readonly group: Group | null
}

export interface Group {
  readonly text: string
  readonly glyphs: number
  /** Sum of the advances. */
  readonly advance: number
}

/** Of one glyph, in ISO 32000-1 9.10.3 limited; longer ones are known as a group's text only, which some readers don't look at. */
const MAX_TEXT = 32

/** A column of a text in columns, in thousandths of the font size, and the characters that take two. */
const COLUMN = 600
const WIDE = /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]$/

/** Hebrew, Arabic, Thaana and their forms. */
const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** Kept at a time. */
const MAX_WORDS = 20_000

export class Shaper {
  readonly #book: FontBook
  readonly #fonts: FontCase
  readonly #letters = new Map<Look, Map<string, Glyph>>()
  readonly #words = new Map<string, readonly Glyph[]>()
  readonly #buffer = new ShapingBuffer()

  constructor(book: FontBook, fonts: FontCase) {
    this.#book = book
    this.#fonts = fonts
  }

  /** The glyphs of a text of one direction as they stand on the line, from left to right. */
  glyphsOf(text: string, look: Look, isRtl: boolean): Glyph[] {
    if (!isRtl && isSimple(text)) return Array.from(text, (letter) => this.#letter(letter, look))
    // Letters join within words only, and words come again.
    const words = text.match(/\s+|\S+/g) ?? []
    return (isRtl ? words.reverse() : words).flatMap((word) => this.#word(word, look, isRtl))
  }

  #word(word: string, look: Look, isRtl: boolean): readonly Glyph[] {
    if (!isRtl && isSimple(word)) return Array.from(word, (letter) => this.#letter(letter, look))
    const key = `${look} ${isRtl} ${word}`
    const known = this.#words.get(key)
    if (known) return known
    const runs = this.#runsOf(word, look)
    const glyphs = (isRtl ? runs.reverse() : runs).flatMap(({ face, text }) => this.#shape(face, text, isRtl))
    if (this.#words.size >= MAX_WORDS) this.#words.clear()
    this.#words.set(key, glyphs)
    return glyphs
  }

  /** In thousandths of the font size. Of a word; it is measured in the direction that its letters have. */
  widthOf(text: string, look: Look): number {
    let width = 0
    if (isSimple(text)) for (const letter of text) width += this.#letter(letter, look).advance
    else for (const glyph of this.glyphsOf(text, look, RTL.test(text))) width += glyph.advance
    return width
  }

  #letter(letter: string, look: Look): Glyph {
    const letters = this.#letters.get(look) ?? new Map<string, Glyph>()
    this.#letters.set(look, letters)
    const known = letters.get(letter)
    if (known) return known
    const face = this.#fonts.faceOf(this.#faceOf(letter, look))
    const index = face.face.font.nominalGlyph(letter.codePointAt(0) ?? 0) ?? 0
    const width = face.widthOf(index)
    const isWide = WIDE.test(letter)
    const cell = look === 'mono' ? COLUMN * (isWide ? 2 : 1) : width
    const scale = isWide || width > cell ? cell / width : 1
    const glyph = { face, number: face.numberOf(index, letter), advance: cell, width: width * scale, scale, x: 0, y: 0, group: null }
    letters.set(letter, glyph)
    return glyph
  }

  /** Stretches that one face draws. What none draws whole is taken apart: a mark may come from another face than its letter. */
  #runsOf(text: string, look: Look): Array<{ readonly face: Face; text: string }> {
    const runs: Array<{ readonly face: Face; text: string }> = []
    const add = (face: Face, part: string) => {
      const last = runs.at(-1)
      if (last?.face === face) last.text += part
      else runs.push({ face, text: part })
    }
    for (const grapheme of graphemesOf(text)) {
      const face = this.#book.faceOf(grapheme, look)
      if (face) add(face, grapheme)
      else for (const letter of grapheme) add(this.#faceOf(letter, look, runs.at(-1)?.face), letter)
    }
    return runs
  }

  /** Invisible characters have no letter anywhere; the face beside them carries them. */
  #faceOf(letter: string, look: Look, beside?: Face): Face {
    const face = this.#book.faceOf(letter, look) ?? beside ?? this.#book.faceOf(' ', look)
    if (!face) throw new Error('no face for a text that was not made drawable')
    return face
  }

  #shape(face: Face, text: string, isRtl: boolean): Glyph[] {
    const buffer = this.#buffer
    buffer.reset()
    buffer.addText(text)
    buffer.guessSegmentProperties()
    buffer.setDirection(isRtl ? Direction.RTL : Direction.LTR)
    // A letter and its marks stay together: a mark alone is lost between words when text is copied.
    buffer.setClusterLevel(ClusterLevel.MONOTONE_GRAPHEMES)
    shape(face.font, buffer)
    const scale = 1000 / face.unitsPerEm
    const infos = buffer.getGlyphInfos()
    const positions = buffer.getGlyphPositions()
    const embedded = this.#fonts.faceOf(face)
    const starts = [...new Set(infos.map(({ cluster }) => cluster))].sort((one, other) => one - other)
    const ends = new Map(starts.map((start, index) => [start, starts[index + 1] ?? text.length]))
    const glyphs = infos.map(({ codepoint: id, cluster }, index) => {
      const { xAdvance = 0, xOffset = 0, yOffset = 0 } = positions[index] ?? {}
      const isNothing = xAdvance === 0 && isInvisible(text.charAt(cluster))
      const width = isNothing ? 0 : embedded.widthOf(id)
      // As the font has it, rounding included, wherever that is what was meant: then the glyphs need not be placed one by one.
      const advance = xAdvance === embedded.advanceOf(id) ? embedded.widthOf(id) : xAdvance * scale
      return { id, advance, width, x: xOffset * scale, y: yOffset * scale }
    })
    const drawn: Glyph[] = []
    for (let at = 0; at < glyphs.length; ) {
      const start = infos[at]?.cluster ?? 0
      let next = at + 1
      while (next < glyphs.length && infos[next]?.cluster === start) next++
      const members = glyphs.slice(at, next)
      const meaning = text.slice(start, ends.get(start))
      const isGroup = members.length > 1 || meaning.length > MAX_TEXT
      const group = { text: meaning, glyphs: members.length, advance: members.reduce((sum, { advance }) => sum + advance, 0) }
      for (const [index, { id, ...place }] of members.entries()) {
        const number = embedded.numberOf(id, index > 0 || meaning.length > MAX_TEXT ? NOTHING : meaning, place.width)
        drawn.push({ ...place, face: embedded, number, scale: 1, group: isGroup && index === 0 ? group : null })
      }
      at = next
    }
    return drawn
  }
}
