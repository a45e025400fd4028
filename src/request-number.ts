// The number of a request for records: how its form, the fax of its form and the person speak of it. Eight characters of Crockford's base32
// (no I, L, O, U). It is no secret and opens nothing; what matters is that no two requests have the same one, and that it is easy to say.

import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 8

/** A new number in canonical form: eight capitals and digits. Whoever keeps it makes sure that it is new. */
export function drawRequestNumber(random: (size: number) => Buffer = randomBytes): string {
  return Array.from(random(LENGTH), (byte) => ALPHABET[byte & 31]).join('')
}

/** 'R7K2M9QX' as people read it: 'R7K2-M9QX'. */
export function formatRequestNumber(number: string): string {
  return number.replace(/(.{4})(?=.)/g, '$1-')
}

/** The canonical number a person typed, in any case, with hyphens and spaces anywhere, O for 0, I or L for 1; null: it is none. */
export function readRequestNumber(text: string): string | null {
  if (text.length > 200) return null
  const number = text
    .normalize('NFKC')
    .replace(/[\s\p{Cf}\p{Dash}]/gu, '')
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  return number.length === LENGTH && [...number].every((character) => ALPHABET.includes(character)) ? number : null
}

/** The canonical numbers in a piece of free text, such as the Subject of an answer, written as we write them; each once. */
export function findRequestNumbers(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Dash}/gu, '-')
  const found = plain.matchAll(/(?<![A-Za-z0-9@._+-])[A-Za-z0-9]{4}-[A-Za-z0-9]{4}(?![A-Za-z0-9@_+-]|\.[A-Za-z0-9])/g)
  return [...new Set(Array.from(found, ([number]) => readRequestNumber(number) ?? []).flat())]
}
