// A book of letters for one text: every letter in it has a face that draws it, or is written as its Unicode number. Nothing is ever replaced
// by "?" and nothing is left out.

import { type Face, faceOf, lists } from './fonts-faces.js'
import { baseFamilies, eastAsianFamilies, type Family, type Look, scriptFamilies, symbolFamilies } from './fonts-list.js'

/**
 * Written as numbers in names, where they could only deceive; in running text obeyed. Overrides (U+202D, U+202E) and tags, which turn
 * letters around or hide words, are numbers everywhere.
 */
export type Invisibles = 'numbers' | 'obeyed'

/** Latin, Greek, Cyrillic with what is used beside them, Chinese, kana and Hangul: one character, one glyph, from left to right. */
const SIMPLE =
  /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u2100-\u2bff\u3000-\u3029\u3030-\u3098\u309b-\u312f\u3400-\ua48f\uac00-\ud7a3\uff01-\uffe6]*$/

const OBEYED = /^(?:[\u00ad\u061c\u200b-\u200f\u202a-\u202c\u2060-\u2064\u2066-\u2069\ufeff]|[\ufe00-\ufe0f])$/
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** No shaping and no reordering needed. */
export function isSimple(text: string): boolean {
  return SIMPLE.test(text)
}

/** User-perceived characters; their marks belong to them. */
export function graphemesOf(text: string): string[] {
  return isSimple(text) ? [...text] : Array.from(graphemes.segment(text), ({ segment }) => segment)
}

/** Characters that draw nothing themselves, and so need no letter in a font. */
export function isInvisible(letter: string): boolean {
  return OBEYED.test(letter)
}

/** Joiners of letters and choices between their forms: harmless, and some scripts can't do without. */
const HARMLESS = /^(?:[\u200c\u200d]|[\ufe00-\ufe0f])$/

/** A name without what could deceive: invisible and control characters are written as numbers. For bookmarks and titles. */
export function plainName(name: string): string {
  const letters = Array.from(name.normalize('NFC').replace(/\s+/gu, ' ').trim())
  return letters.map((letter) => (isHidden(letter) && !HARMLESS.test(letter) ? numberOf(letter) : letter)).join('')
}

export class FontBook {
  /** For each code point the faces that have it, best first; one for most. */
  readonly #faces: ReadonlyMap<Look, ReadonlyMap<number, Face>>

  private constructor(faces: ReadonlyMap<Look, ReadonlyMap<number, Face>>) {
    this.#faces = faces
  }

  /** Opens the fonts that these texts need, in the looks that they are drawn with. Labels and digits come along. */
  static async open(texts: Iterable<string>, looks: readonly Look[]): Promise<FontBook> {
    const codePoints = new Set(Array.from('[U+0123456789ABCDEF] ', (letter) => letter.codePointAt(0) ?? 0))
    for (const text of texts) for (const letter of new Set(text)) codePoints.add(letter.codePointAt(0) ?? 0)
    const eastAsian = await eastAsianOrder(codePoints)
    const faces = new Map<Look, ReadonlyMap<number, Face>>()
    for (const look of looks) {
      const found = new Map<number, Face>()
      for (const codePoint of codePoints) {
        const face = await findFace(codePoint, look, eastAsian)
        if (face) found.set(codePoint, face)
      }
      faces.set(look, found)
    }
    return new FontBook(faces)
  }

  /** The face that draws a grapheme whole; null when none has all of it. */
  faceOf(grapheme: string, look: Look): Face | null {
    const faces = this.#faces.get(look)
    const first = faces?.get(grapheme.codePointAt(0) ?? 0) ?? null
    if (grapheme.length === 1) return first
    const visible = Array.from(grapheme).filter((letter) => !isInvisible(letter))
    const codePoints = (visible.length === 0 ? [...grapheme] : visible).map((letter) => letter.codePointAt(0) ?? 0)
    const candidates = codePoints.map((codePoint) => faces?.get(codePoint))
    return candidates.find((face) => face !== undefined && codePoints.every((codePoint) => face.has(codePoint))) ?? null
  }

  /** The text with each character that can't be drawn written as `[U+738B]`. `isWhole` is false when there was one. */
  drawable(text: string, look: Look, invisibles: Invisibles): { readonly text: string; readonly isWhole: boolean } {
    const faces = this.#faces.get(look)
    let isWhole = true
    let drawn = ''
    for (const letter of text) {
      const codePoint = letter.codePointAt(0) ?? 0
      const isPlain = codePoint >= 0x20 && codePoint < 0x7f
      if (
        isPlain ||
        (faces?.has(codePoint) && !isHidden(letter)) ||
        (invisibles === 'obeyed' ? isInvisible(letter) : HARMLESS.test(letter))
      )
        drawn += letter
      else {
        isWhole = false
        drawn += numberOf(letter)
      }
    }
    return { text: drawn, isWhole }
  }
}

function numberOf(letter: string): string {
  return `[U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`
}

function isHidden(letter: string): boolean {
  return /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(letter)
}

async function findFace(codePoint: number, look: Look, eastAsian: readonly Family[]): Promise<Face | null> {
  for (const family of familiesFor(codePoint, look, eastAsian)) {
    const face = await faceOf(family, codePoint)
    if (face?.has(codePoint)) return face
  }
  return null
}

/** A script's own family comes before the base: it shapes the script, where the base may just have some of the letters. */
function familiesFor(codePoint: number, look: Look, eastAsian: readonly Family[]): readonly Family[] {
  const base = baseFamilies[look]
  if (codePoint < 0x530) return base
  const letter = String.fromCodePoint(codePoint)
  const own = scriptFamilies.filter(([script]) => script.test(letter)).map(([, family]) => family)
  if (own.length > 0) return [...own, ...base]
  return isEastAsian(codePoint) ? [...eastAsian, ...base, ...symbolFamilies] : [...base, ...symbolFamilies, ...eastAsian]
}

/** Chinese, Japanese, Korean and the wide forms beside them. */
function isEastAsian(codePoint: number): boolean {
  return (codePoint >= 0x2e80 && codePoint <= 0xd7ff) || (codePoint >= 0xf900 && codePoint <= 0xffef) || codePoint >= 0x20000
}

/** Kana mean Japanese, Hangul Korean; without them the family that has most of the characters, simplified Chinese when that is equal. */
async function eastAsianOrder(codePoints: ReadonlySet<number>): Promise<readonly Family[]> {
  const { simplified, traditional, japanese, korean } = eastAsianFamilies
  const all = [...codePoints].filter(isEastAsian)
  const has = (script: RegExp) => all.some((codePoint) => script.test(String.fromCodePoint(codePoint)))
  if (has(/[\p{Script=Hiragana}\p{Script=Katakana}]/u)) return [japanese, simplified, traditional, korean]
  if (has(/\p{Script=Hangul}/u)) return [korean, simplified, traditional, japanese]
  const count = async (family: Family) => (await Promise.all(all.map((codePoint) => lists(family, codePoint)))).filter(Boolean).length
  if (all.length === 0 || (await count(simplified)) >= (await count(traditional))) return [simplified, traditional, japanese, korean]
  return [traditional, simplified, japanese, korean]
}
