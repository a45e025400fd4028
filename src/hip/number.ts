// The package number: it finds a package's row, stands in the notice's link and is not secret. Crockford's base32 leaves out I, L, O
// and U, so it can be read over the telephone.

import { randomBytes } from 'node:crypto'
import type { RandomBytes } from './code.js'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 12

/** A new package number: 12 characters, 60 random bits, in canonical upper case. */
export function drawPackageNumber(random: RandomBytes = randomBytes): string {
  return Array.from(random(LENGTH), (byte) => ALPHABET[byte & 31]).join('')
}

/**
 * The canonical number in what a person typed: any case, with hyphens or spaces anywhere, O for 0, I or L for 1, full-width forms.
 * Null when it is not a package number. The value may come from a link: it is bounded and holds nothing but the alphabet.
 */
export function readPackageNumber(text: string): string | null {
  if (text.length > 200) return null
  const number = text
    .normalize('NFKC')
    .replace(/[\s\p{Dash}]+/gu, '')
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  return number.length === LENGTH && /^[0-9A-HJKMNP-TV-Z]+$/.test(number) ? number : null
}

/** 'ABCDEFGHJKMN' as people read it: 'ABCD-EFGH-JKMN'. */
export function formatPackageNumber(number: string): string {
  return number.replace(/(.{4})(?=.)/g, '$1-')
}
