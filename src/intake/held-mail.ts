// What is kept of a message that could not be routed: the message as it was sent, and how it came, in one file sealed to the service's own
// age identity; and the address by which its provider can say whose it is.

import { createHmac, randomUUID } from 'node:crypto'
import { newIdentity, openWith, sealTo } from '../hip/identity.js'
import type { Peer } from '../mail/envelope.js'
import type { HeldRow, IdentityRow } from '../store/held.js'
import type { Keyring } from '../store/keyring.js'
import type { Store } from '../store/store.js'
import { readTokenAddress } from './reverse-path.js'
import type { Verified } from './trust.js'

/** The local part that no provider may have: answers to "we could not route this". */
export const HELD_SLUG = 'h'

/** How a held message came: what sealing it later needs to know. */
export interface KeptEnvelope {
  readonly peer: Peer
  readonly mailFrom: string
  readonly intakeAddress: string
  readonly receivedAt: number
  readonly verified: Verified
}

/** Who hears what becomes of it. */
export interface HeldAbout {
  /** null: nobody but the admins. */
  readonly tellTo: string | null
  readonly language: string
}

/** `h+TOKEN@domain` */
export function heldReplyAddress(token: string, intakeDomain: string): string {
  return `${HELD_SLUG}+${token}@${intakeDomain}`
}

/** The token of such an address; '' when it has none or a malformed one, null when it is no address of this kind at all. */
export function readHeldToken(address: string, intakeDomain: string): string | null {
  return readTokenAddress(address, intakeDomain, HELD_SLUG)
}

/** 32 bytes to keep in place of the token. */
export function hashHeldToken(keyring: Keyring, token: string): Buffer {
  return createHmac('sha256', keyring.subkey('held-reply')).update(token).digest()
}

/** The identity that held mail is sealed to; made when it is first needed. */
export async function heldIdentity(store: Store, now: number): Promise<IdentityRow> {
  const known = await store.read.held.identity()
  if (known) return known
  const id = randomUUID()
  const { identity, recipient } = await newIdentity()
  const identitySealed = store.keyring.seal('held', id, Buffer.from(identity))
  const row: IdentityRow = { id, recipient, identitySealed, createdAt: now }
  // Two at once may make one each: every row says which one it is sealed to.
  await store.write(({ held }) => held.addIdentity(row))
  return row
}

/** The bytes of the sealed file, in pieces: u32 length of the envelope's JSON, the JSON, the message. */
export function sealHeld(envelope: KeptEnvelope, raw: readonly Buffer[], recipient: string): AsyncGenerator<Buffer> {
  const json = Buffer.from(JSON.stringify(envelope))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return sealTo([length, json, ...raw], recipient)
}

/** Throws PackageDamagedError, KeyringError or BlobError when the file is not what was held. */
export async function openHeld(store: Store, row: HeldRow): Promise<{ envelope: KeptEnvelope; raw: Buffer }> {
  const identity = await store.read.held.identityById(row.identityId)
  if (!identity || row.blobKey === null) throw new Error('held mail: nothing to open')
  const secret = store.keyring.open('held', identity.id, identity.identitySealed)
  const blob = await store.blobs.open(row.blobKey)
  try {
    const whole = await openWith(blob, secret.toString('latin1'))
    const length = whole.readUInt32BE(0)
    return { envelope: JSON.parse(whole.toString('utf8', 4, 4 + length)) as KeptEnvelope, raw: whole.subarray(4 + length) }
  } finally {
    secret.fill(0)
    await blob.close()
  }
}

export function sealAbout(keyring: Keyring, id: string, about: HeldAbout): Buffer {
  return keyring.seal('held', id, Buffer.from(JSON.stringify(about)))
}

/** Throws KeyringError when the row was not sealed here. */
export function openAbout(keyring: Keyring, { id, aboutSealed }: HeldRow): HeldAbout {
  return JSON.parse(keyring.open('held', id, aboutSealed).toString()) as HeldAbout
}
