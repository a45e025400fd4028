// What a message named, as the intake log keeps it: a keyed hash, so that an admin who is told an address, a postbox number or a
// Message-ID finds the message, and nobody who has the database alone can read or try any. The key is never rotated.

import { createHmac } from 'node:crypto'
import type { Keyring } from './keyring.js'

/** Somebody as a message names her, registered or not. */
export interface PersonName {
  readonly kind: 'address' | 'postbox'
  /** Canonical. */
  readonly value: string
}

/** Of a row of the log. `kind` says what has to go when somebody closes her postbox. */
export interface IntakeKey {
  readonly hash: Buffer
  readonly kind: 'person' | 'message'
}

export function personKey(keyring: Pick<Keyring, 'subkey'>, { kind, value }: PersonName): IntakeKey {
  return { hash: hashOf(keyring, kind, value), kind: 'person' }
}

/** @param messageId without its angle brackets. */
export function messageKey(keyring: Pick<Keyring, 'subkey'>, messageId: string): IntakeKey {
  return { hash: hashOf(keyring, 'message', messageId), kind: 'message' }
}

/** By whatever a message may have named her. */
export function keysOfPerson(
  keyring: Pick<Keyring, 'subkey'>,
  { address, postboxNumber }: { readonly address: string; readonly postboxNumber: string },
): IntakeKey[] {
  return [personKey(keyring, { kind: 'address', value: address }), personKey(keyring, { kind: 'postbox', value: postboxNumber })]
}

/** 128 bits: no two names meet, and three of them in each row stay small. */
function hashOf(keyring: Pick<Keyring, 'subkey'>, kind: string, value: string): Buffer {
  return createHmac('sha256', keyring.subkey('intake-log')).update(`${kind}\0${value}`).digest().subarray(0, 16)
}
