// The postbox number: a person's public alias for telephones, faxes and forms, where an e-mail address is mistaken or cannot be written.
// Eight random characters of Crockford's base32 (no I, L, O, U) and a check character over GF(32), which no one wrong character and no two
// changed places get past. It is written in three groups of three, so that nobody takes it for a package number, and holds letters and
// digits, so that no word and no telephone number looks like one.

import { randomBytes } from 'node:crypto'
import { readRequestNumber } from './request-number.js'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 9
/** x^5 + x^2 + 1, whose x has order 31: the weight of each of the places is another one. */
const POLYNOMIAL = 0b100101
/** What the QR code says besides the number, so that no other code on a page is taken for one. Capitals: the smallest kind of QR code. */
const QR_PREFIX = 'HEPOEX:'
/** Between the two numbers: the smallest kind of QR code has a colon, too. */
const QR_SEPARATOR = ':'

/** A new number in canonical form: nine capitals and digits. */
export function drawPostboxNumber(random: (size: number) => Buffer = randomBytes): string {
  for (;;) {
    const values = Array.from(random(LENGTH - 1), (byte) => byte & 31)
    const number = [...values, checkOf(values)].map((value) => ALPHABET[value]).join('')
    if (isMixed(number)) return number
  }
}

/** What a person typed where a postbox number is asked for. `mistyped`: it is as long as one, and the check character is another one. */
export type TypedNumber = { readonly kind: 'number'; readonly number: string } | { readonly kind: 'mistyped' } | { readonly kind: 'none' }

/** Any case, with hyphens and spaces anywhere, O for 0, I or L for 1, full-width forms. */
export function readPostboxNumber(text: string): TypedNumber {
  if (text.length > 200) return { kind: 'none' }
  return judge(plain(text).replace(/[\s-]+/g, ''))
}

/** 'K7M2QX9DP' as people read it: 'K7M-2QX-9DP'. */
export function formatPostboxNumber(number: string): string {
  return number.replace(/(.{3})(?=.)/g, '$1-')
}

/** What a piece of free text such as a Subject says of postbox numbers. */
export interface FoundNumbers {
  /** Written as we print them, with hyphens: whoever wrote it meant one. Canonical, each once. */
  readonly numbers: readonly string[]
  /** In one piece, or with spaces: a file number may look so by chance. One that nobody has is not to be minded. */
  readonly perhaps: readonly string[]
  /** Something with hyphens is a number but for its check character. */
  readonly isMistyped: boolean
}

/** Every number in a piece of free text. What stands in an e-mail address is none. */
export function findPostboxNumbers(text: string): FoundNumbers {
  const found = { numbers: new Set<string>(), perhaps: new Set<string>() }
  let isMistyped = false
  // Looked for at each place: what only looks like the first group of one may hide the real one behind it.
  for (const match of plain(text).matchAll(
    /(?<![A-Z0-9@._+-])(?=([A-Z0-9]{3})([- ]?)([A-Z0-9]{3})\2([A-Z0-9]{3})(?![A-Z0-9@_+-]|\.[A-Z0-9]))/g,
  )) {
    const [, first = '', separator, second = '', third = ''] = match
    const typed = judge(`${first}${second}${third}`)
    if (typed.kind === 'number') found[separator === '-' ? 'numbers' : 'perhaps'].add(typed.number)
    if (typed.kind === 'mistyped' && separator === '-') isMistyped = true
  }
  return { numbers: [...found.numbers], perhaps: [...found.perhaps].filter((number) => !found.numbers.has(number)), isMistyped }
}

/** What the QR code beside the number says. */
export function postboxQrText(number: string): string {
  return `${QR_PREFIX}${number}`
}

/** What the QR code of a form says: besides the postbox, which request the records answer. Both numbers canonical. */
export function requestQrText(postboxNumber: string, requestNumber: string): string {
  return `${postboxQrText(postboxNumber)}${QR_SEPARATOR}${requestNumber}`
}

/** The postbox number a QR code says, with or without a request; null: it is no code of ours. */
export function readPostboxQrText(text: string): string | null {
  return readRequestQrText(text)?.postboxNumber ?? numberIn(text)
}

/** Both numbers that the QR code of a form says, canonical; null: it is no code of ours, or names no request. */
export function readRequestQrText(text: string): { readonly postboxNumber: string; readonly requestNumber: string } | null {
  const end = QR_PREFIX.length + LENGTH
  if (text.charAt(end) !== QR_SEPARATOR) return null
  const postboxNumber = numberIn(text.slice(0, end))
  const requestNumber = text.slice(end + 1)
  return postboxNumber !== null && readRequestNumber(requestNumber) === requestNumber ? { postboxNumber, requestNumber } : null
}

/** Of 'HEPOEX:' and a number, and nothing else. */
function numberIn(text: string): string | null {
  if (text.length !== QR_PREFIX.length + LENGTH || !text.startsWith(QR_PREFIX)) return null
  const typed = judge(text.slice(QR_PREFIX.length))
  return typed.kind === 'number' ? typed.number : null
}

/** Capitals, plain digits, hyphens and spaces of one kind; nothing that can't be seen. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Dash}/gu, '-')
    .replace(/\s/g, ' ')
    .toUpperCase()
}

function judge(characters: string): TypedNumber {
  const number = characters.replace(/O/g, '0').replace(/[IL]/g, '1')
  const values = Array.from(number, (character) => ALPHABET.indexOf(character))
  if (values.length !== LENGTH || values.includes(-1) || !isMixed(number)) return { kind: 'none' }
  return checkOf(values.slice(0, -1)) === values.at(-1) ? { kind: 'number', number } : { kind: 'mistyped' }
}

/** At least two letters and two digits that stay what they are when O, I and L are read as digits: no word has those. */
function isMixed(number: string): boolean {
  return /[2-9].*[2-9]/.test(number) && /[A-Z].*[A-Z]/.test(number)
}

/** Horner's rule: the sum of the values, each times its own power of x. */
function checkOf(values: readonly number[]): number {
  return values.reduce((sum, value) => timesX(sum ^ value), 0)
}

function timesX(value: number): number {
  const shifted = value << 1
  return shifted & 32 ? shifted ^ POLYNOMIAL : shifted
}
