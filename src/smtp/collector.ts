// Takes the bytes of DATA into memory: exactly as sent (signatures are checked over them), no more of them than was agreed, and not for
// longer than is decent. What cannot be kept is dropped at once and read on to the final dot within bounds, so that the peer hears a
// proper reply instead of a lost connection.

import type { Readable } from 'node:stream'
import type { DataRefusal } from '../intake/desk.js'
import type { SmtpLimits } from './limits.js'
import { LineEnds } from './line-ends.js'

/** `atDot`: the peer has sent its final dot and waits; otherwise it is still sending, and the connection must go. */
export type Collected =
  | { readonly kind: 'whole'; readonly raw: Buffer[] }
  | { readonly kind: 'refused'; readonly refusal: DataRefusal; readonly bytes: number; readonly atDot: boolean }
  | { readonly kind: 'gone' }

export type CollectLimits = Pick<SmtpLimits, 'dataMs' | 'rateWindowMs' | 'minBytesPerSecond' | 'maxDotLines'> & {
  readonly maxMessageBytes: number
  /** What MAIL reserved of the memory budget. */
  readonly reservedBytes: number
}

const SLAB_BYTES = 65_536
const LINE_FEED = 10
const DOT = 46

/** Reads `stream` to its end. Never rejects. */
export function collect(stream: Readable, limits: CollectLimits): Promise<Collected> {
  return new Promise((resolve) => new Collector(stream, limits, resolve))
}

class Collector {
  readonly #stream: Readable
  readonly #limits: CollectLimits
  readonly #resolve: (collected: Collected) => void
  readonly #pile = new Pile()
  readonly #lineEnds = new LineEnds()
  readonly #deadline: NodeJS.Timeout
  readonly #rate: NodeJS.Timeout
  #refusal: DataRefusal | null = null
  #bytes = 0
  #bytesAtWindow = 0
  #dotLines = 0
  #lastByte = LINE_FEED
  #done = false

  constructor(stream: Readable, limits: CollectLimits, resolve: (collected: Collected) => void) {
    this.#stream = stream
    this.#limits = limits
    this.#resolve = resolve
    this.#deadline = setTimeout(() => this.#cut('deadline'), limits.dataMs).unref()
    this.#rate = setInterval(() => setImmediate(() => this.#checkRate()), limits.rateWindowMs).unref()
    stream.on('data', (chunk: Buffer) => this.#take(chunk))
    stream.once('end', () => this.#end())
    stream.once('error', () => this.#finish({ kind: 'gone' }))
    stream.once('close', () => this.#finish({ kind: 'gone' }))
  }

  #take(chunk: Buffer): void {
    if (this.#done) return
    this.#bytes += chunk.length
    this.#countDotLine(chunk)
    if (this.#refusal === null) this.#keep(chunk)
    if (this.#bytes > 2 * this.#limits.maxMessageBytes) this.#cut(this.#refusal ?? 'message-too-big')
    else if (this.#dotLines > this.#limits.maxDotLines) this.#cut(this.#refusal ?? 'bare-line-end')
  }

  #keep(chunk: Buffer): void {
    this.#lineEnds.push(chunk)
    if (this.#bytes > this.#limits.maxMessageBytes) this.#refuse('message-too-big')
    else if (this.#lineEnds.broken) this.#refuse('bare-line-end')
    else if (this.#bytes > withSlack(this.#limits.reservedBytes)) this.#refuse('no-memory')
    else this.#pile.add(chunk)
  }

  /** smtp-server hands on what it has wherever it takes out a stuffed dot, so the next chunk begins with the dot that was meant. */
  #countDotLine(chunk: Buffer): void {
    if (this.#lastByte === LINE_FEED && chunk[0] === DOT) this.#dotLines++
    this.#lastByte = chunk[chunk.length - 1] ?? this.#lastByte
  }

  #refuse(refusal: DataRefusal): void {
    this.#refusal = refusal
    this.#pile.clear()
  }

  #end(): void {
    this.#lineEnds.end()
    if (this.#refusal === null && this.#lineEnds.broken) this.#refuse('bare-line-end')
    if (this.#refusal === null) this.#finish({ kind: 'whole', raw: this.#pile.take() })
    else this.#finish({ kind: 'refused', refusal: this.#refusal, bytes: this.#bytes, atDot: true })
  }

  /**
   * Runs after the sockets were read once more, so that a moment when this process was busy is not taken for a slow peer. A peer
   * whose message is refused already may have fallen silent because it takes `\n.\n` for the end: it hears that refusal.
   */
  #checkRate(): void {
    const bytes = this.#bytes - this.#bytesAtWindow
    this.#bytesAtWindow = this.#bytes
    if (bytes * 1000 < this.#limits.minBytesPerSecond * this.#limits.rateWindowMs) this.#cut(this.#refusal ?? 'deadline')
  }

  #cut(refusal: DataRefusal): void {
    this.#finish({ kind: 'refused', refusal, bytes: this.#bytes, atDot: false })
    this.#stream.destroy()
  }

  #finish(collected: Collected): void {
    if (this.#done) return
    this.#done = true
    clearTimeout(this.#deadline)
    clearInterval(this.#rate)
    if (collected.kind !== 'whole') this.#pile.clear()
    this.#resolve(collected)
  }
}

/** The SIZE parameter is the sender's estimate (RFC 1870 3): a little more is no lie. */
function withSlack(reservedBytes: number): number {
  return reservedBytes * 1.125 + SLAB_BYTES
}

/**
 * Chunks in order. A peer that sends a byte a packet would make 50 million Buffers of one message, and a slice of a few bytes may keep a
 * whole read buffer alive: whatever is small, or a small part of what it is cut from, is copied together.
 */
class Pile {
  #chunks: Buffer[] = []
  #slab: Buffer | null = null
  #from = 0
  #to = 0

  add(chunk: Buffer): void {
    if (chunk.length >= 4096 && chunk.length * 2 >= chunk.buffer.byteLength) {
      this.#closeSlab()
      this.#chunks.push(chunk)
      return
    }
    for (let at = 0; at < chunk.length; ) {
      this.#slab ??= Buffer.allocUnsafeSlow(SLAB_BYTES)
      const copied = chunk.copy(this.#slab, this.#to, at)
      this.#to += copied
      at += copied
      if (this.#to === SLAB_BYTES) this.#closeSlab()
    }
  }

  take(): Buffer[] {
    this.#closeSlab()
    const chunks = this.#chunks
    this.clear()
    return chunks
  }

  clear(): void {
    this.#chunks = []
    this.#slab = null
    this.#from = 0
    this.#to = 0
  }

  /** What was copied so far is a chunk; the rest of the slab serves the next small ones. */
  #closeSlab(): void {
    if (this.#slab === null || this.#from === this.#to) return
    this.#chunks.push(this.#slab.subarray(this.#from, this.#to))
    this.#from = this.#to
    if (this.#to < SLAB_BYTES) return
    this.#slab = null
    this.#from = 0
    this.#to = 0
  }
}
