// A paragraph becomes lines: broken at spaces, between Chinese and Japanese characters, where a dictionary finds words in scripts without
// spaces, and anywhere at all in a word that is longer than the line.

import { type Directions, directionsOf } from './bidi.js'
import { graphemesOf, isSimple } from './fonts.js'
import type { Look } from './fonts-list.js'
import type { Shaper } from './lay-out-shape.js'

/** A line of text, without the spaces that it was broken at being counted. */
export interface Line {
  /** The paragraph that it is a part of, and which part. */
  readonly paragraph: string
  readonly start: number
  readonly end: number
  /** null: all of it reads from left to right. */
  readonly directions: Directions | null
  /** In thousandths of the font size, without spaces at the end. */
  readonly width: number
}

/** Longer paragraphs are cut: whoever writes a book in one line gets a break here and there. */
const MAX_PARAGRAPH = 8192

const words = new Intl.Segmenter('en', { granularity: 'word' })
/** Thai, Lao, Khmer, Myanmar: words follow each other without a space. */
const UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]/
const EAST_ASIAN = /[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]|[\ud840-\ud88d][\udc00-\udfff]/
/** What a line must not begin or end with. */
const CLOSING =
  /^[\u3001\u3002\u3005\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u3019\u30fb\u30fc\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d)\].,:;!?%\u2019\u201d]/
const OPENING = /[\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\uff08\uff3b\uff5b([\u2018\u201c]$/

/** One empty line for an empty text. `room` in thousandths of the font size. The text has no line breaks and is drawable. */
export function linesOf(text: string, look: Look, room: number, shaper: Shaper): Line[] {
  return piecesOf(text).flatMap((paragraph) => breakUp(paragraph, look, room, shaper))
}

function breakUp(paragraph: string, look: Look, room: number, shaper: Shaper): Line[] {
  const directions = isSimple(paragraph) ? null : directionsOf(paragraph)
  const lines: Line[] = []
  let start = 0
  let end = 0
  let width = 0
  let spaces = 0
  const close = () => {
    lines.push({ paragraph, start, end, directions, width })
    start = end
    width = 0
    spaces = 0
  }
  const add = (part: string, own: number, after: number) => {
    if (end > start && width + spaces + own > room) close()
    width += spaces + own
    spaces = after
    end += part.length
  }
  for (const part of partsOf(paragraph)) {
    const word = part.trimEnd()
    const own = shaper.widthOf(word, look)
    const after = word.length === part.length ? 0 : shaper.widthOf(part.slice(word.length), look)
    if (own <= room) add(part, own, after)
    else {
      for (const letter of graphemesOf(word)) add(letter, shaper.widthOf(letter, look), 0)
      end += part.length - word.length
      spaces = after
    }
  }
  if (end > start || lines.length === 0) close()
  return lines
}

/** Words with the spaces behind them. */
function partsOf(paragraph: string): string[] {
  const spaced = paragraph.match(/^\s+|\S+\s*/g) ?? []
  return spaced.flatMap((part) => {
    if (UNSPACED.test(part)) return joined(Array.from(words.segment(part), ({ segment }) => segment))
    return EAST_ASIAN.test(part) ? joined(part.match(EAST_ASIAN_PARTS) ?? [part]) : [part]
  })
}

const EAST_ASIAN_PARTS = new RegExp(
  `(?:${EAST_ASIAN.source})[\\ufe00-\\ufe0f\\u0300-\\u036f\\u3099\\u309a]*\\s*|(?:(?!${EAST_ASIAN.source})[\\s\\S])+?(?=${EAST_ASIAN.source}|$)`,
  'g',
)

/** Puts what must not begin a line to the part before it, and what must not end one to the part behind it. */
function joined(parts: readonly string[]): string[] {
  const result: string[] = []
  for (const part of parts) {
    const last = result.at(-1)
    // A run of closing marks as long as a line would never break; a few are enough.
    if (last !== undefined && last.length < 16 && (CLOSING.test(part) || /^\s/.test(part) || OPENING.test(last)))
      result[result.length - 1] = last + part
    else result.push(part)
  }
  return result
}

function piecesOf(text: string): string[] {
  if (text.length <= MAX_PARAGRAPH) return [text]
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const space = text.lastIndexOf(' ', at + MAX_PARAGRAPH)
    let end = text.length - at <= MAX_PARAGRAPH ? text.length : space > at ? space + 1 : at + MAX_PARAGRAPH
    if (/[\udc00-\udfff]/.test(text.charAt(end))) end-- // never between the halves of a character
    pieces.push(text.slice(at, end))
    at = end
  }
  return pieces
}
