// The notice's reverse-path: an address at our own door that nobody can guess (VERP), so that what comes back is known to be about that
// one notice whatever it quotes. The token says nothing about the code, and only a keyed hash of it is kept.

import { createHmac, randomBytes } from 'node:crypto'
import type { Keyring } from '../store/keyring.js'
import type { ReversePath } from '../store/reverse-paths.js'
import { readIntakeAddress } from './route.js'

/** The local part that no provider may have: what comes back for notices. */
export const BOUNCE_SLUG = 'n'

/** Whom a notice and its receipt went to. */
export interface NoticeAddresses {
  /** Canonical. */
  readonly noticeTo: string
  /** Null: there was nowhere to send a receipt. */
  readonly receiptTo: string | null
  /** Language of the receipt. */
  readonly language: string
}

/** 128 random bits, in digits that survive being turned to lower case on the way. */
export function drawReverseToken(): string {
  return randomBytes(16).toString('hex')
}

/** `n+TOKEN@domain` */
export function reversePathOf(token: string, intakeDomain: string): string {
  return `${BOUNCE_SLUG}+${token}@${intakeDomain}`
}

/** The token of such an address; '' when it has none or a malformed one, null when it is no address of this kind at all. */
export function readReverseToken(address: string, intakeDomain: string): string | null {
  return readTokenAddress(address, intakeDomain, BOUNCE_SLUG)
}

/** The same for any local part of our own that is followed by a token. */
export function readTokenAddress(address: string, intakeDomain: string, slug: string): string | null {
  const read = readIntakeAddress(address, intakeDomain)
  if (read?.slug !== slug) return null
  return /^[0-9a-f]{32}$/.test(read.tag ?? '') ? (read.tag ?? '') : ''
}

/** 32 bytes to keep in place of the token. */
export function hashReverseToken(keyring: Keyring, token: string): Buffer {
  return createHmac('sha256', keyring.subkey('reverse-path')).update(token).digest()
}

/** The row by which what comes back finds its package. */
export function reversePathRow(
  keyring: Keyring,
  about: { readonly token: string; readonly packageId: string; readonly addresses: NoticeAddresses; readonly expiresAt: number },
): ReversePath {
  const { token, packageId, addresses, expiresAt } = about
  const addressesSealed = keyring.seal('reverse-path', packageId, Buffer.from(JSON.stringify(addresses)))
  return { tokenHash: hashReverseToken(keyring, token), packageId, addressesSealed, expiresAt }
}

/** Throws KeyringError when the row was not sealed here. */
export function openAddresses(keyring: Keyring, { packageId, addressesSealed }: ReversePath): NoticeAddresses {
  return JSON.parse(keyring.open('reverse-path', packageId, addressesSealed).toString()) as NoticeAddresses
}
