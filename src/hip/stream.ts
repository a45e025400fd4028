// The payload of an age file: STREAM over ChaCha20-Poly1305 (c2sp.org/age, "Payload"), by OpenSSL. Chunks of 64 KiB, each under a nonce
// of its number and a flag on the last one, so that none can be changed, moved, dropped or added. No byte of a chunk is released before
// its tag is checked.

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { PackageDamagedError } from './damaged.js'

/** Plaintext bytes of every chunk but the last. */
export const CHUNK = 65536
export const TAG = 16
/** Bytes of a full chunk in the file. */
export const SEALED_CHUNK = CHUNK + TAG
/** Chunks handled at a time: 1 MiB, under 1 ms of work. */
export const BATCH = 16
/** Batches between two turns of the event loop: 4 MiB, a few milliseconds. */
export const BREATH = 4

const ALGORITHM = 'chacha20-poly1305'
const OPTIONS = { authTagLength: TAG }

/** The key of one payload. `nonce`: the 16 bytes between header and payload, fresh for every file. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32))
}

/**
 * The payload of `source`, whose pieces may have any size, in pieces of about 1 MiB. Lets the event loop turn every 4 MiB even when
 * `source` never waits. A piece may be overwritten by its source once the next one is asked for.
 */
export async function* sealPayload(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, key: Buffer): AsyncGenerator<Buffer> {
  const batch = new Batch(key)
  const held = Buffer.alloc(CHUNK) // a chunk is sealed only when a byte after it is seen: until then it may be the last
  let used = 0
  let batches = 0
  for await (const given of source) {
    let piece = given
    while (piece.length > 0) {
      if (used === CHUNK) {
        batch.add(held, false)
        used = 0
      } else if (used === 0 && piece.length > CHUNK) {
        batch.add(piece.subarray(0, CHUNK), false)
        piece = piece.subarray(CHUNK)
      } else {
        const taken = Math.min(CHUNK - used, piece.length)
        held.set(piece.subarray(0, taken), used)
        used += taken
        piece = piece.subarray(taken)
      }
      if (!batch.full) continue
      yield batch.take()
      if (++batches % BREATH === 0) await setImmediate()
    }
  }
  batch.add(held.subarray(0, used), true)
  held.fill(0)
  yield batch.take()
}

/** Opens one chunk of the payload. Throws PackageDamagedError when it isn't chunk `index`, or its being the last isn't `last`. */
export function openChunk(key: Buffer, index: number, last: boolean, sealed: Buffer): Buffer {
  const end = sealed.length - TAG
  const decipher = createDecipheriv(ALGORITHM, key, chunkNonce(index, last), OPTIONS)
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
  } catch {
    throw new PackageDamagedError('payload')
  }
  return plain
}

/** An 11-byte big-endian counter and the flag of the last chunk. */
export function chunkNonce(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(index, 5, 6) // 48 bits of 64 KiB: more than any file
  nonce[11] = last ? 1 : 0
  return nonce
}

/** Sealed chunks gathered into one buffer: a piece per chunk would cost more in hand-overs than in encryption. */
class Batch {
  readonly #key: Buffer
  #sealed = Buffer.allocUnsafeSlow(BATCH * SEALED_CHUNK)
  #length = 0
  #index = 0

  constructor(key: Buffer) {
    this.#key = key
  }

  get full(): boolean {
    return this.#length === this.#sealed.length
  }

  add(plain: Uint8Array, last: boolean): void {
    const cipher = createCipheriv(ALGORITHM, this.#key, chunkNonce(this.#index++, last), OPTIONS)
    const body = cipher.update(plain)
    cipher.final()
    this.#sealed.set(body, this.#length)
    this.#sealed.set(cipher.getAuthTag(), this.#length + body.length)
    this.#length += body.length + TAG
  }

  take(): Buffer {
    const sealed = this.#sealed.subarray(0, this.#length)
    this.#sealed = Buffer.allocUnsafeSlow(BATCH * SEALED_CHUNK)
    this.#length = 0
    return sealed
  }
}
