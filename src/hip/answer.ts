// normalise_v1: what of a typed answer counts. 'Saint-Étienne', 'saint etienne' and 'SAINT ÉTIENNE ' are one answer, on any keyboard.
//
// It is part of the key of every package, so its result for a text may never change: see FORMAT.md section 2. Letters, marks, digits and
// case come from a table pinned to Unicode 15.0. The one thing asked of the engine is NFKD, which Unicode promises never to change for
// assigned characters (Normalization Stability Policy, unicode.org/policies/stability_policy.html); characters that 15.0 doesn't know
// are therefore taken out before it. Not toLowerCase: it looks at neighbours (Greek final sigma) and its data grow.

import { digitValue, foldOf, kindOf } from './unicode.js'

/** The version of the rules below, kept beside every answer key. Other rules get another number; these stay. */
export const ANSWER_NORMALISATION = 1

/**
 * Letters that no decomposition takes apart, but that other keyboards don't have, and letters that have two code points for two
 * keyboards. Part of normalise_v1: never to be changed.
 */
const MAPPED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ð: 'd', đ: 'd', ɖ: 'd', ɗ: 'd', ƌ: 'd', ø: 'o', ɵ: 'o', ɔ: 'o', ł: 'l', ƚ: 'l', ħ: 'h' },
    ...{ ŧ: 't', ƭ: 't', ʈ: 't', ŋ: 'n', ɲ: 'n', ƞ: 'n', ƀ: 'b', ɓ: 'b', ƈ: 'c', ȼ: 'c', ƒ: 'f', ǥ: 'g', ɠ: 'g', ɣ: 'g', ɨ: 'i' },
    ...{ ȷ: 'j', ɉ: 'j', ƙ: 'k', ĸ: 'k', ƥ: 'p', ɍ: 'r', ʉ: 'u', ʋ: 'v', ƴ: 'y', ɏ: 'y', ƶ: 'z', ɇ: 'e', ǝ: 'e', ə: 'e', ɛ: 'e' },
    // Arabic and Persian keyboards: alef maksura and Farsi yeh for yeh, keheh for kaf.
    ...{ '\u0649': '\u064a', '\u06cc': '\u064a', '\u06a9': '\u0643' },
  }),
)

/**
 * The answer as it enters `deriveAnswerKey`: bare letters and digits, in one case. May be '' (an answer of emoji alone): don't enrol
 * that. Defined for every string, and normalising twice changes nothing.
 */
export function normaliseAnswer(text: string): string {
  const known = keep(text, (point) => kindOf(point) !== 'unassigned')
  const written = keep(known.normalize('NFKD'), (point) => kindOf(point) !== 'other')
  let result = ''
  let keepsMarks = false // whether the last letter or digit was a letter whose marks count
  // Again NFKD: marks that a dropped character kept apart take their one order now that they stand together.
  for (const character of written.normalize('NFKD')) {
    const point = character.codePointAt(0) ?? 0
    const kind = kindOf(point)
    if (kind === 'mark') {
      if (keepsMarks) result += character
      continue
    }
    keepsMarks = kind === 'letter'
    result += kind === 'digit' ? digitValue(point) : foldLetter(point)
  }
  return result
}

/**
 * Whether the text holds code points that Unicode 15.0 doesn't know (or half a surrogate pair). Refuse it when enrolling: such an
 * answer would count less than its owner thinks, as these are dropped.
 */
export function hasUnassigned(text: string): boolean {
  for (const character of text) if (kindOf(character.codePointAt(0) ?? 0) === 'unassigned') return true
  return false
}

function keep(text: string, wanted: (point: number) => boolean): string {
  let kept = ''
  for (const character of text) if (wanted(character.codePointAt(0) ?? 0)) kept += character
  return kept
}

function foldLetter(point: number): string {
  const folded = String.fromCodePoint(foldOf(point))
  return MAPPED.get(folded) ?? folded
}
