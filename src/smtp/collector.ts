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
const MAX_SLAB_BYTES = 4 * 1024 * 1024
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
  readonly #pile: Pile
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
    // Without SIZE the most there may be was reserved.
    this.#pile = new Pile(limits.reservedBytes < limits.maxMessageBytes ? limits.reservedBytes : null)
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
 * Bytes in order, copied together into slabs: a peer that sends a byte a packet would make 50 million Buffers of one message, and each
 * slice kept as it came keeps a whole read buffer alive. When the size was announced, all of it is one slab, which nobody need join.
 */
class Pile {
  readonly #firstSlab: number
  #slabs: Buffer[] = []
  #slab: Buffer | null = null
  #used = 0

  /** @param announced bytes to come, or null when nobody said. */
  constructor(announced: number | null) {
    this.#firstSlab = announced === null ? SLAB_BYTES : announced + SLAB_BYTES
  }

  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      this.#slab ??= Buffer.allocUnsafeSlow(this.#nextSlab())
      const copied = chunk.copy(this.#slab, this.#used, at)
      this.#used += copied
      at += copied
      if (this.#used === this.#slab.length) this.#closeSlab()
    }
  }

  take(): Buffer[] {
    this.#closeSlab()
    const slabs = this.#slabs
    this.clear()
    return slabs
  }

  clear(): void {
    this.#slabs = []
    this.#slab = null
    this.#used = 0
  }

  /** Each twice the one before, so that small messages take little and big ones few. */
  #nextSlab(): number {
    const last = this.#slabs.at(-1)
    return last ? Math.min(Math.max(last.length * 2, SLAB_BYTES), MAX_SLAB_BYTES) : this.#firstSlab
  }

  #closeSlab(): void {
    if (this.#slab === null || this.#used === 0) return
    this.#slabs.push(this.#slab.subarray(0, this.#used))
    this.#slab = null
    this.#used = 0
  }
}
