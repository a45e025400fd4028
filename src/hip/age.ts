// age files (c2sp.org/age) with one passphrase. typage writes and reads the header through its public interface; OpenSSL does scrypt and
// the payload (stream.ts), as the library's own would stop the event loop for the length of the job.
//
// Two sentences of age's own comments are about a service like ours:
// - "this AEAD is not robust, so an attacker could craft a message that decrypts under two different keys [...] the use case (an online
//   decryption oracle) is not recommended" (scrypt.go). A retrieval page is such an oracle. But it opens only files that this service
//   made and kept; nobody can hand it one. What is tried on it are answers, not keys: each is compared with a keyed hash before the
//   file is touched, tries are counted and capped, and every refusal reads the same. The passphrase itself has 256 bits.
// - "Its use is not recommended for automated systems" (ScryptRecipient). That is about passphrases that people or scripts choose. Ours
//   is never chosen: it is derived, 256 bits, from a random code and a keyed hash, and it is a passphrase at all so that its owner can
//   open her file in any year with any age program and nothing of ours.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ReadableStream } from 'node:stream/web'
import { setImmediate } from 'node:timers/promises'
import { Decrypter, Encrypter, type Identity, type Recipient, Stanza } from 'age-encryption'
import { PackageDamagedError } from './damaged.js'
import { Payload, type SealedFile } from './payload.js'
import { stretch } from './scrypt.js'
import { BREATH, ChunkSealer, payloadKey, TAG } from './stream.js'

/** The stanza's scrypt work factor. Small, as what it stretches has 256 bits already: 10 ms and 4 MB for each sealing and opening. */
export const WORK_FACTOR = 12
// A reader takes up to 18, what age itself writes (256 MB, 0.7 s): room for later versions, and for holding us against age's own files.
// A file planted in the store costs no more than that, and not before somebody has got code and answer right.
const MAX_WORK_FACTOR = 18

const ALGORITHM = 'chacha20-poly1305'
const ZERO_NONCE = Buffer.alloc(12) // the wrapping key is used once: its scrypt salt is fresh
const NONCE = 16
const MAX_HEADER = 65536

/** Reads the file key out of a whole header; null when it is for somebody else. Throws when the header is malformed. */
export type HeaderReader = (header: Buffer) => Promise<Uint8Array | null>

/**
 * The age file of `source` under `passphrase`, in small pieces (bodies of 64 KiB and tags of 16 bytes): gather them before writing. The pieces of `source` may have any size, and may be
 * overwritten once the next is asked for. Lets the event loop turn every 2 MiB even when `source` never waits. Throws when the passphrase
 * is empty.
 */
export async function* encrypt(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  passphrase: string,
  workFactor: number = WORK_FACTOR,
): AsyncGenerator<Buffer> {
  if (passphrase === '') throw new Error('encrypting: empty passphrase')
  yield* encryptTo(source, new PassphraseRecipient(passphrase, workFactor))
}

/** The same for another recipient: an object, or its public text (`age1…`). */
export async function* encryptTo(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  recipient: Recipient | string,
): AsyncGenerator<Buffer> {
  const { header, fileKey } = await writeHeader(recipient)
  // A nonce of our own: the library has drawn and used one in making the header, and no key and nonce may be used twice.
  const nonce = randomBytes(NONCE)
  const key = payloadKey(fileKey, nonce)
  fileKey.fill(0)
  const sealer = new ChunkSealer(key)
  let pieces = 0
  try {
    yield Buffer.concat([header, nonce])
    for await (const piece of source) {
      for (const sealed of sealer.push(piece)) {
        yield sealed
        if (++pieces % (2 * BREATH) === 0) await setImmediate()
      }
    }
    yield* sealer.end()
  } finally {
    key.fill(0)
  }
}

/**
 * The payload of an age file, for reading anywhere in it; null when `readHeader` says the header is for somebody else. Reads the first
 * 64 KiB and the last chunk. Throws PackageDamagedError when the header is malformed or the file doesn't end with its last chunk.
 */
export async function openPayload(file: SealedFile, readHeader: HeaderReader): Promise<Payload | null> {
  const start = await file.read(0, Math.min(file.size, MAX_HEADER))
  const headerEnd = endOfHeader(start)
  if (headerEnd === null || headerEnd + NONCE > start.length) throw new PackageDamagedError('header')
  const fileKey = await readHeader(start.subarray(0, headerEnd))
  if (!fileKey) return null
  const key = payloadKey(fileKey, start.subarray(headerEnd, headerEnd + NONCE))
  fileKey.fill(0)
  return Payload.open(file, headerEnd + NONCE, key)
}

/**
 * A HeaderReader for files with one scrypt stanza. A wrong passphrase and a stanza that was changed look the same (null): only the
 * stanza's own tag could tell, and it is keyed with the passphrase.
 */
export function passphraseReader(passphrase: string): HeaderReader {
  return async (header) => {
    const identity = new PassphraseIdentity(passphrase)
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity)
    try {
      return await decrypter.decryptHeader(header)
    } catch {
      // The library has one class of error for all; whether it got as far as asking, and what it was told, tells them apart.
      if (identity.refused) return null
      throw identity.failure ?? new PackageDamagedError('header')
    }
  }
}

async function writeHeader(recipient: Recipient | string): Promise<{ header: Buffer; fileKey: Uint8Array }> {
  const listener = new Listener()
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  encrypter.addRecipient(listener)
  // The library gives no header alone, but that of an empty file, before its nonce and the tag of its empty chunk. It must be a web
  // stream: the library takes a Node one for nothing at all.
  const nothing = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() })
  const pieces: Uint8Array[] = []
  for await (const piece of (await encrypter.encrypt(nothing)) as unknown as AsyncIterable<Uint8Array>) pieces.push(piece)
  const empty = Buffer.concat(pieces)
  const header = empty.subarray(0, empty.length - NONCE - TAG)
  if (!listener.fileKey || endOfHeader(header) !== header.length) throw new Error('encrypting: the library wrote no header')
  return { header, fileKey: listener.fileKey }
}

/** Where the header ends: after the line that begins with '---'. Whether the lines are right, the library says. */
function endOfHeader(start: Buffer): number | null {
  const mac = start.indexOf('\n---')
  const end = mac < 0 ? -1 : start.indexOf('\n', mac + 1)
  return end < 0 ? null : end + 1
}

/** Writes no stanza, and keeps the file key that the library drew for those who do. */
class Listener implements Recipient {
  fileKey: Uint8Array | null = null

  wrapFileKey(fileKey: Uint8Array): Stanza[] {
    this.fileKey = Uint8Array.from(fileKey)
    return []
  }
}

/** Writes the one scrypt stanza. */
class PassphraseRecipient implements Recipient {
  readonly #passphrase: string
  readonly #workFactor: number

  constructor(passphrase: string, workFactor: number) {
    this.#passphrase = passphrase
    this.#workFactor = workFactor
  }

  async wrapFileKey(fileKey: Uint8Array): Promise<Stanza[]> {
    const salt = randomBytes(16)
    const cipher = createCipheriv(ALGORITHM, await wrapKey(this.#passphrase, salt, this.#workFactor), ZERO_NONCE, { authTagLength: TAG })
    const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()])
    return [new Stanza(['scrypt', base64(salt), String(this.#workFactor)], body)]
  }
}

/** Reads the one scrypt stanza. `refused`: there was none, or its body didn't open under this passphrase. `failure`: what it threw. */
class PassphraseIdentity implements Identity {
  readonly #passphrase: string
  refused = false
  failure: unknown

  constructor(passphrase: string) {
    this.#passphrase = passphrase
  }

  async unwrapFileKey(stanzas: Stanza[]): Promise<Uint8Array | null> {
    try {
      const stanza = stanzas.find(({ args }) => args[0] === 'scrypt')
      const fileKey = stanza ? await this.#unwrap(stanza, stanzas.length) : null
      this.refused = fileKey === null
      return fileKey
    } catch (error) {
      this.failure = error
      throw error
    }
  }

  async #unwrap({ args, body }: Stanza, stanzas: number): Promise<Uint8Array | null> {
    const [, writtenSalt = '', writtenFactor = ''] = args
    const salt = Buffer.from(writtenSalt, 'base64')
    const factor = Number(writtenFactor)
    // The stanza must stand alone (a password vouches for the file), its base64 be canonical, and its body be exactly a wrapped file key
    // before it is opened (partitioning oracle attacks): c2sp.org/age, "scrypt recipient stanza".
    const wellFormed = stanzas === 1 && args.length === 3 && salt.length === 16 && base64(salt) === writtenSalt && body.length === 32
    if (!wellFormed || !/^[1-9][0-9]*$/.test(writtenFactor) || factor > MAX_WORK_FACTOR) throw new PackageDamagedError('header')
    const decipher = createDecipheriv(ALGORITHM, await wrapKey(this.#passphrase, salt, factor), ZERO_NONCE, { authTagLength: TAG })
    decipher.setAuthTag(body.subarray(16))
    const fileKey = decipher.update(body.subarray(0, 16))
    try {
      decipher.final()
    } catch {
      return null
    }
    return Uint8Array.from(fileKey)
  }
}

function wrapKey(passphrase: string, salt: Buffer, workFactor: number): Promise<Buffer> {
  return stretch(passphrase, Buffer.concat([Buffer.from('age-encryption.org/v1/scrypt'), salt]), workFactor, 32)
}

/** Without padding, as age writes it. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
