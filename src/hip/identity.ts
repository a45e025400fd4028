// Files for the service itself: sealed to an age identity (X25519) of its own, whose secret part is needed only to open them.

import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { encryptTo, openPayload } from './age.js'
import { PackageDamagedError } from './damaged.js'
import type { SealedFile } from './payload.js'

export interface AgeIdentity {
  /** `AGE-SECRET-KEY-1…`: opens what was sealed to the recipient. */
  readonly identity: string
  /** `age1…`: seals. */
  readonly recipient: string
}

export async function newIdentity(): Promise<AgeIdentity> {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** The age file of `source` for that recipient, in small pieces: gather them before writing. The pieces of `source` may have any size. */
export function sealTo(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, recipient: string): AsyncGenerator<Buffer> {
  return encryptTo(source, recipient)
}

/** All of a file that was sealed to the identity. Throws PackageDamagedError when it is somebody else's, or was changed. */
export async function openWith(file: SealedFile, identity: string): Promise<Buffer> {
  const payload = await openPayload(file, async (header) => {
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity)
    try {
      return await decrypter.decryptHeader(header)
    } catch {
      throw new PackageDamagedError('header')
    }
  })
  if (!payload) throw new PackageDamagedError('header')
  const whole = Buffer.allocUnsafeSlow(payload.size)
  let at = 0
  for await (const piece of payload.range(0, payload.size)) at += piece.copy(whole, at)
  return whole
}
