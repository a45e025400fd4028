// Random access to the payload of an age file. Chunks stand alone, so a document far into a package costs only the chunks it lies in; but
// that the file is whole is known only from its last chunk, so that one is opened first: a file cut short at a chunk's edge, or with
// something added, is refused before anything is released.

import { setImmediate } from 'node:timers/promises'
import { PackageDamagedError } from './damaged.js'
import { BREATH, CHUNK, openChunk, SEALED_CHUNK, TAG } from './stream.js'

const READ = 16 // chunks asked of the file at a time: 1 MiB

/** Random access to the bytes of a sealed file, wherever they are kept. */
export interface SealedFile {
  /** Length in bytes. */
  readonly size: number
  /**
   * Exactly `length` bytes from `offset` on, fewer only when the file has become shorter. They may lie in `target`, which has room for
   * them, instead of a new buffer. What it throws passes through hip/ as it is.
   */
  read(offset: number, length: number, target?: Buffer): Promise<Buffer>
}

export class Payload {
  /** Length of the plaintext in bytes. */
  readonly size: number
  readonly #file: SealedFile
  readonly #start: number
  readonly #key: Buffer
  readonly #lastIndex: number
  // The chunk that was read last by a small read: directories are read in scraps of 46 bytes.
  #recent: { readonly index: number; readonly plain: Buffer } | null = null

  private constructor(file: SealedFile, start: number, key: Buffer) {
    const length = file.size - start
    this.#file = file
    this.#start = start
    this.#key = key
    this.#lastIndex = Math.max(0, Math.ceil(length / SEALED_CHUNK) - 1)
    this.size = length - (this.#lastIndex + 1) * TAG
  }

  /** @param start where the payload begins in the file. Throws PackageDamagedError when the file doesn't end with its last chunk. */
  static async open(file: SealedFile, start: number, key: Buffer): Promise<Payload> {
    const payload = new Payload(file, start, key)
    const lastLength = payload.size - payload.#lastIndex * CHUNK
    // Only an empty payload may have an empty last chunk.
    if (lastLength < 0 || (lastLength === 0 && payload.#lastIndex > 0)) throw new PackageDamagedError('payload')
    await payload.#chunk(payload.#lastIndex)
    return payload
  }

  /**
   * The plaintext from `start` up to `end` (not included) in pieces of at most 64 KiB, each checked before it is released. Throws
   * PackageDamagedError at the first chunk that was changed, and RangeError beyond the end of the plaintext.
   */
  async *range(start: number, end: number): AsyncGenerator<Buffer> {
    if (start < 0 || end < start || end > this.size) throw new RangeError('reading payload: out of range')
    let sinceBreath = 0
    const first = Math.floor(start / CHUNK)
    // One buffer for all reads: what is opened from it is a copy. A new one each time, and a big file would grow the process by far more.
    const target = Buffer.allocUnsafeSlow(Math.min(READ, Math.ceil(end / CHUNK) - first) * SEALED_CHUNK)
    for (let index = first; index * CHUNK < end; ) {
      const count = Math.min(READ, Math.ceil(end / CHUNK) - index)
      const sealed = await this.#sealed(index, count, target)
      for (let place = 0; place < count; place++, index++) {
        const plain = this.#open(index, sealed.subarray(place * SEALED_CHUNK, (place + 1) * SEALED_CHUNK))
        yield plain.subarray(Math.max(0, start - index * CHUNK), Math.min(CHUNK, end - index * CHUNK))
      }
      sinceBreath += count
      if (sinceBreath < BREATH) continue
      sinceBreath = 0
      await setImmediate() // a file in memory never waits by itself
    }
  }

  /** `length` bytes of plaintext from `start` on, for small things; throws as `range` does. */
  async read(start: number, length: number): Promise<Buffer> {
    const index = Math.floor(start / CHUNK)
    const offset = start - index * CHUNK
    if (length > 0 && start >= 0 && start + length <= this.size && offset + length <= CHUNK) {
      return (await this.#chunk(index)).subarray(offset, offset + length)
    }
    const pieces: Buffer[] = []
    for await (const piece of this.range(start, start + length)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async #chunk(index: number): Promise<Buffer> {
    if (this.#recent?.index === index) return this.#recent.plain
    const plain = this.#open(index, await this.#sealed(index, 1))
    this.#recent = { index, plain }
    return plain
  }

  #open(index: number, sealed: Buffer): Buffer {
    return openChunk(this.#key, index, index === this.#lastIndex, sealed)
  }

  async #sealed(index: number, count: number, target?: Buffer): Promise<Buffer> {
    const offset = this.#start + index * SEALED_CHUNK
    const length = Math.min(count * SEALED_CHUNK, this.#file.size - offset)
    const sealed = await this.#file.read(offset, length, target)
    if (sealed.length !== length) throw new PackageDamagedError('payload')
    return sealed
  }
}
