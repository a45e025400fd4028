// The letters of our own PDFs: Noto Sans, embedded as a subset. The fonts every reader has write "?" for what is not Western European,
// without a word; and a letter that even Noto Sans lacks is written as its Unicode number rather than left out.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as fontkit from '@cantoo/fontkit'
import type { PDFDocument, PDFFont } from './pdf-library.js'

export type Weight = 'regular' | 'bold'

interface Glyph {
  readonly id: number
  readonly codePoints: number[]
  readonly advanceWidth: number
}

/** A font as pdf-lib uses it. */
type Font = Omit<fontkit.Font, 'layout'> & { layout(text: string): { readonly glyphs: readonly Glyph[] } }

interface Face {
  readonly bytes: Buffer
  readonly font: Font
}

const files: Readonly<Record<Weight, string>> = {
  regular: '400Regular/NotoSans_400Regular.ttf',
  bold: '600SemiBold/NotoSans_600SemiBold.ttf',
}

/** Reading and parsing takes longer than a receipt, so it is done once. What is in here depends on no receipt. */
const faces = new Map<Weight, Face>()

function faceOf(weight: Weight): Face {
  const known = faces.get(weight)
  if (known) return known
  const bytes = readFileSync(createRequire(import.meta.url).resolve(`@expo-google-fonts/noto-sans/${files[weight]}`))
  const font = fontkit.create(bytes)
  if (!('layout' in font)) throw new Error('font file holds more than one font')
  const face = { bytes, font: withPlainLayout(font) }
  faces.set(weight, face)
  return face
}

/**
 * The same font, its text laid out letter by letter where the script allows that: the shaping engine takes most of a receipt's time
 * and does nothing for Latin, Greek and Cyrillic. Each glyph carries the code point it was asked for, so that text copied out of one
 * receipt never depends on an earlier one.
 */
function withPlainLayout(font: fontkit.Font): Font {
  const glyphs = new Map<string, Glyph>()
  const glyphOf = (letter: string): Glyph => {
    const known = glyphs.get(letter)
    if (known) return known
    const codePoint = letter.codePointAt(0) ?? 0
    const found = font.glyphForCodePoint(codePoint)
    const glyph = { id: found?.id ?? 0, advanceWidth: found?.advanceWidth ?? 0, codePoints: [codePoint] }
    glyphs.set(letter, glyph)
    return glyph
  }
  const layout = (text: string): { readonly glyphs: readonly Glyph[] } => {
    if (isSimple(text)) return { glyphs: Array.from(text, glyphOf) }
    return {
      glyphs: font.layout(text).glyphs.map(({ id, codePoints, advanceWidth }) => ({ id, codePoints: [...codePoints], advanceWidth })),
    }
  }
  return Object.create(font, { layout: { value: layout } }) as Font
}

/** Latin, Greek, Cyrillic and the punctuation and currency signs beside them: one character, one glyph. */
function isSimple(text: string): boolean {
  return /^[\u0020-\u052f\u1e00-\u2bff]*$/.test(text)
}

/** Width of a text in points. */
export function widthOf(text: string, weight: Weight, size: number): number {
  const { font } = faceOf(weight)
  let width = 0
  for (const { advanceWidth } of font.layout(text).glyphs) width += advanceWidth
  return (width * size) / font.unitsPerEm
}

/** Makes the face known to the document, as a subset of what is drawn with it. */
export async function embedFace(document: PDFDocument, weight: Weight): Promise<PDFFont> {
  const { bytes, font } = faceOf(weight)
  document.registerFontkit({ create: () => font as fontkit.Font })
  return document.embedFont(bytes, { subset: true })
}

/**
 * Text that can be drawn with any face: composed, on one line, and each character without a letter of its own (an unknown script, an
 * emoji, a control character) written as `[U+738B]`. `isWhole` is false when there was one.
 */
export function drawable(text: string): { readonly text: string; readonly isWhole: boolean } {
  const { font } = faceOf('regular')
  let isWhole = true
  const letters = Array.from(text.normalize('NFC').replace(/\s+/gu, ' ').trim(), (letter) => {
    const codePoint = letter.codePointAt(0) ?? 0
    if (font.hasGlyphForCodePoint(codePoint) && !/[\p{C}\p{Default_Ignorable_Code_Point}]/u.test(letter)) return letter
    isWhole = false
    return `[U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}]`
  })
  return { text: letters.join(''), isWhole }
}
