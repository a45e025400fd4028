// Reads little-endian fields one after another. What claims to be longer than the bytes there are is damage, told by StopUnpacking.

import { StopUnpacking } from './inner-file.js'

export class ByteCursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.take(1).readUInt8()
  }

  u16(): number {
    return this.take(2).readUInt16LE()
  }

  u32(): number {
    return this.take(4).readUInt32LE()
  }

  /** A view, no copy. */
  take(length: number): Buffer {
    if (length > this.left) throw new StopUnpacking('damaged')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** What is left, without moving on. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#at)
  }
}
