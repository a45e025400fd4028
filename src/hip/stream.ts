// The payload of an age file: STREAM over ChaCha20-Poly1305 (c2sp.org/age, "Payload"), by OpenSSL. Chunks of 64 KiB, each under a nonce
// of its number and a flag on the last one, so that none can be changed, moved, dropped or added. No byte of a chunk is released before
// its tag is checked.

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { PackageDamagedError } from './damaged.js'

/** Plaintext bytes of every chunk but the last. */
export const CHUNK = 65536
export const TAG = 16
/** Bytes of a full chunk in the file. */
export const SEALED_CHUNK = CHUNK + TAG
/** Chunks between two turns of the event loop: 2 MiB, a few milliseconds. */
export const BREATH = 32

const ALGORITHM = 'chacha20-poly1305'
const OPTIONS = { authTagLength: TAG }

/** The key of one payload. `nonce`: the 16 bytes between header and payload, fresh for every file. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32))
}

/**
 * Seals a payload piece by piece: `push` what comes, whatever its size, and `end` once. Body and tag of a chunk are handed on as two
 * buffers: joining them would copy the whole file once more, and a quarter of the CPU went into the memory for it. Whoever writes them to
 * a disk gathers them anyway.
 */
export class ChunkSealer {
  readonly #key: Buffer
  readonly #held = Buffer.alloc(CHUNK) // a chunk is sealed only when a byte after it is seen: until then it may be the last
  #used = 0
  #index = 0

  constructor(key: Buffer) {
    this.#key = key
  }

  /** Body and tag, in turn, of each chunk that `piece` completes. It may be overwritten once they have been taken. */
  *push(piece: Uint8Array): Generator<Buffer> {
    let rest = piece
    while (rest.length > 0) {
      if (this.#used === CHUNK) {
        yield* this.#seal(this.#held, false)
        this.#used = 0
      } else if (this.#used === 0 && rest.length > CHUNK) {
        yield* this.#seal(rest.subarray(0, CHUNK), false)
        rest = rest.subarray(CHUNK)
      } else {
        const taken = Math.min(CHUNK - this.#used, rest.length)
        this.#held.set(rest.subarray(0, taken), this.#used)
        this.#used += taken
        rest = rest.subarray(taken)
      }
    }
  }

  /** Body and tag of the last chunk. */
  end(): Buffer[] {
    const sealed = this.#seal(this.#held.subarray(0, this.#used), true)
    this.#held.fill(0)
    return sealed
  }

  #seal(plain: Uint8Array, last: boolean): Buffer[] {
    const cipher = createCipheriv(ALGORITHM, this.#key, chunkNonce(this.#index++, last), OPTIONS)
    const body = cipher.update(plain)
    cipher.final() // nothing: a stream cipher holds nothing back
    return [body, cipher.getAuthTag()]
  }
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
