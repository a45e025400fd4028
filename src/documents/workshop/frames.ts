// What the service and its workers say to each other, over a pipe: values of JSON with buffers among them. A worker has read a stranger's
// bytes and may be anybody's by now, so what comes from it is bounded and is nothing but data.
//
// A frame: u32 length of the JSON, u32 number of buffers, u32 length of each; the JSON; the buffers. Big-endian. In the JSON a buffer is
// {"$buffer": index}.

export interface FrameLimits {
  readonly maxJson: number
  readonly maxBuffers: number
  /** Of all buffers of a frame together. */
  readonly maxBytes: number
}

/** A thousand unpacked files, and the pages of a message twice over. */
export const FRAME_LIMITS: FrameLimits = { maxJson: 8 << 20, maxBuffers: 10_000, maxBytes: 320 << 20 }

const MAX_DEPTH = 12

/** The pieces of a frame, to be written one after the other. Buffers are not copied. Throws RangeError on a value that is nested too deep. */
export function frame(value: unknown): Buffer[] {
  const buffers: Buffer[] = []
  const json = Buffer.from(JSON.stringify(lift(value, buffers, 0)))
  const head = Buffer.alloc(8 + buffers.length * 4)
  head.writeUInt32BE(json.length, 0)
  head.writeUInt32BE(buffers.length, 4)
  for (const [index, buffer] of buffers.entries()) head.writeUInt32BE(buffer.length, 8 + index * 4)
  return [head, json, ...buffers.filter((buffer) => buffer.length > 0)]
}

function lift(value: unknown, buffers: Buffer[], depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('frame: nested too deep')
  if (Buffer.isBuffer(value)) return { $buffer: buffers.push(value) - 1 }
  if (Array.isArray(value)) return value.map((each) => lift(each, buffers, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, lift(each, buffers, depth + 1)]))
}

/** Puts frames together out of what a pipe gives. */
export class FrameReader {
  readonly #limits: FrameLimits
  readonly #done: (value: unknown) => void
  /** What is being filled, and how far; the pieces of the frame that are whole. */
  #target = Buffer.alloc(8)
  #filled = 0
  #whole: Buffer[] = []
  #sizes: number[] = []
  #stage: 'counts' | 'sizes' | 'body' = 'counts'

  constructor(done: (value: unknown) => void, limits: FrameLimits = FRAME_LIMITS) {
    this.#done = done
    this.#limits = limits
  }

  /** Throws RangeError or SyntaxError when this is no frame, or one past the limits: nothing more can be read then. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(this.#target, this.#filled, at)
      this.#filled += copied
      at += copied
      while (this.#filled === this.#target.length) this.#next()
    }
  }

  #next(): void {
    const full = this.#target
    this.#filled = 0
    if (this.#stage === 'counts') {
      const [json, buffers] = [full.readUInt32BE(0), full.readUInt32BE(4)]
      if (json === 0 || json > this.#limits.maxJson || buffers > this.#limits.maxBuffers) throw new RangeError('frame: too much')
      this.#sizes = [json]
      this.#stage = buffers > 0 ? 'sizes' : 'body'
      this.#target = Buffer.alloc(buffers > 0 ? buffers * 4 : json)
    } else if (this.#stage === 'sizes') {
      for (let at = 0; at < full.length; at += 4) this.#sizes.push(full.readUInt32BE(at))
      const total = this.#sizes.slice(1).reduce((sum, size) => sum + size, 0)
      if (total > this.#limits.maxBytes) throw new RangeError('frame: too much')
      this.#stage = 'body'
      this.#target = Buffer.alloc(this.#sizes[0] ?? 0)
    } else this.#piece(full)
  }

  #piece(full: Buffer): void {
    this.#whole.push(full)
    const size = this.#sizes[this.#whole.length]
    if (size !== undefined) {
      this.#target = Buffer.allocUnsafeSlow(size)
      return
    }
    const [json = Buffer.alloc(0), ...buffers] = this.#whole
    this.#whole = []
    this.#stage = 'counts'
    this.#target = Buffer.alloc(8)
    this.#done(lower(JSON.parse(json.toString('utf8')), buffers, 0))
  }
}

function lower(value: unknown, buffers: readonly Buffer[], depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('frame: nested too deep')
  if (Array.isArray(value)) return value.map((each) => lower(each, buffers, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  if (Object.hasOwn(value, '$buffer')) {
    const buffer = buffers[Number((value as { $buffer: unknown }).$buffer)]
    if (!buffer) throw new RangeError('frame: no such buffer')
    return buffer
  }
  // Object.fromEntries makes own properties: a name like __proto__ changes nothing.
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, lower(each, buffers, depth + 1)]))
}
