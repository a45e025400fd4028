// Secrets that stand for a person for a while: tokens in links and cookies, and the characters she types. Only keyed hashes of them
// are kept, one kind never reads as another.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Keyring } from '../store/keyring.js'

export type TokenKind =
  | 'sign-in-link'
  | 'sign-in-code'
  | 'browser'
  | 'session'
  | 'reset-cancel'
  | 'address-change'
  | 'smtp-password'
  | 'passkey-challenge'
  | 'used-challenge'
  | 'oidc-state'

/** 256 random bits, for a link or a cookie. */
export function drawToken(): string {
  return randomBytes(32).toString('base64url')
}

/** 32 bytes to keep in place of the token. */
export function hashToken(keyring: Keyring, kind: TokenKind, token: string): Buffer {
  return createHmac('sha256', keyring.subkey('token')).update(`${kind}\0${token}`).digest()
}

/** The token of a reset's cancel link: made again from its id, so that every mail about the reset carries the same link. */
export function cancelToken(keyring: Keyring, resetId: string): string {
  return createHmac('sha256', keyring.subkey('token')).update(`reset-cancel-token\0${resetId}`).digest('base64url')
}

/**
 * 64 bytes by which her devices know whose a passkey is (Web Authentication 5.4.3). They tell nobody anything, and are the same each time,
 * so that nothing has to be written before the first passkey is there.
 */
export function userHandle(keyring: Keyring, consumerId: string): Buffer {
  return createHmac('sha512', keyring.subkey('token')).update(`user-handle\0${consumerId}`).digest()
}

export function sameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

// Crockford's base32: no I, L, O or U, so that it survives a telephone and a hasty eye.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 8 characters, 40 random bits: enough with five tries. */
export function drawCharacters(): string {
  return Array.from(randomBytes(8), (byte) => ALPHABET[byte & 31]).join('')
}

/** `ABCD-EFGH` */
export function formatCharacters(characters: string): string {
  return `${characters.slice(0, 4)}-${characters.slice(4)}`
}

/** What was typed, in one spelling; '' when it cannot be 8 characters of ours. */
export function readCharacters(text: string): string {
  if (text.length > 100) return ''
  const bare = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Dash}]+/gu, '')
  const read = bare.replace(/O/g, '0').replace(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(read) ? read : ''
}
