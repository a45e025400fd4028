// Admission at MAIL: nobody should upload 25 MB to be told "busy". What a message may take is reserved before its first byte.

import type { Blobs } from '../store/blobs.js'
import { because, type Disposition } from './disposition.js'

/**
 * A budget of bytes held by messages under way. Who finds it spent stands in line for a while: a sender that says no SIZE reserves the
 * most there may be, and most such messages are small and soon over.
 */
export class MemoryBudget {
  #free: number
  readonly #waitMs: number
  readonly #share: number
  readonly #held = new Map<string, number>()
  readonly #line: Array<Reservation & { readonly settle: (isAdmitted: boolean) => void }> = []

  /**
   * @param waitMs how long `reserve` may stand in line.
   * @param share what one holder may have of it: a few connections that ask for the most and then say nothing must not be all.
   */
  constructor(bytes: number, waitMs = 0, share = bytes) {
    this.#free = bytes
    this.#waitMs = waitMs
    this.#share = share
  }

  get free(): number {
    return this.#free
  }

  /**
   * Whether the bytes could be reserved, now or within the wait; give them back with `release`. First come, first served, but for
   * those who have their share. `holder` null has no share to keep to.
   */
  async reserve(bytes: number, holder: string | null = null): Promise<boolean> {
    const wanted = { bytes, holder }
    const isNext = this.#line.every((entry) => this.#hasItsShare(entry))
    if (isNext && this.#fits(wanted)) {
      this.#take(wanted)
      return true
    }
    if (this.#waitMs === 0) return false
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(false), this.#waitMs)
      const settle = (isAdmitted: boolean) => {
        clearTimeout(timer)
        const at = this.#line.indexOf(entry)
        if (at >= 0) this.#line.splice(at, 1)
        resolve(isAdmitted)
        // The first in line may have been too big for what is free; the next one may not be.
        if (!isAdmitted) this.#serve()
      }
      const entry = { ...wanted, settle }
      this.#line.push(entry)
    })
  }

  /** The same bytes and holder as were reserved. */
  release(bytes: number, holder: string | null = null): void {
    this.#free += bytes
    if (holder !== null) {
      const left = (this.#held.get(holder) ?? 0) - bytes
      if (left > 0) this.#held.set(holder, left)
      else this.#held.delete(holder)
    }
    this.#serve()
  }

  #serve(): void {
    for (const entry of [...this.#line]) {
      if (this.#hasItsShare(entry)) continue
      if (!this.#fits(entry)) return
      this.#take(entry)
      entry.settle(true)
    }
  }

  #fits(wanted: Reservation): boolean {
    return wanted.bytes <= this.#free && !this.#hasItsShare(wanted)
  }

  #hasItsShare({ bytes, holder }: Reservation): boolean {
    return holder !== null && (this.#held.get(holder) ?? 0) + bytes > this.#share
  }

  #take({ bytes, holder }: Reservation): void {
    this.#free -= bytes
    if (holder !== null) this.#held.set(holder, (this.#held.get(holder) ?? 0) + bytes)
  }
}

interface Reservation {
  readonly bytes: number
  readonly holder: string | null
}

/**
 * Open after a hand-off that failed: for a second nothing is admitted, then the relay is probed once before the next message. Each further
 * failure doubles that, up to `openMs`, until a hand-off goes well. A relay that is down would otherwise cost a parse, a slow hash and a
 * sealed package at each retry of each provider; one lost connection must not put everybody's mail off for long.
 */
export class Breaker {
  readonly #now: () => number
  readonly #probe: () => Promise<boolean>
  readonly #firstMs: number
  readonly #openMs: number
  /** How long it was open last; 0: hand-offs go well. */
  #wait = 0
  #openUntil = 0
  #suspect = false
  #probing: Promise<boolean> | null = null

  constructor(options: { now: () => number; probe: () => Promise<boolean>; firstMs?: number; openMs?: number }) {
    this.#now = options.now
    this.#probe = options.probe
    this.#openMs = options.openMs ?? 30_000
    this.#firstMs = Math.min(this.#openMs, options.firstMs ?? 1000)
  }

  /** The last hand-off failed, and none has gone well since. */
  get isSuspect(): boolean {
    return this.#suspect
  }

  /** A hand-off failed. True when this opened the breaker, for the log. */
  failed(): boolean {
    const wasClosed = !this.#suspect
    this.#suspect = true
    const now = this.#now()
    // Those under way together fail together: that is one failure.
    if (now < this.#openUntil) return wasClosed
    this.#wait = this.#wait === 0 ? this.#firstMs : Math.min(this.#openMs, 2 * this.#wait)
    this.#openUntil = now + this.#wait
    return wasClosed
  }

  /** A hand-off went well. True when this closed the breaker. */
  succeeded(): boolean {
    const wasOpen = this.#suspect
    this.#wait = 0
    this.#close()
    return wasOpen
  }

  /** Whether the relay may be counted on. Probes it (one probe for all who ask) when it failed a while ago. */
  async allows(): Promise<boolean> {
    if (!this.#suspect) return true
    if (this.#now() < this.#openUntil) return false
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = null
    })
    const alive = await this.#probing
    // A relay that answers a probe has not yet taken a mail.
    if (alive) this.#close()
    else this.failed()
    return alive
  }

  #close(): void {
    this.#suspect = false
    this.#openUntil = 0
  }
}

/** Free space that is left alone, so that the database can still write. */
export const DISK_FLOOR = 200_000_000

/** Free space on the disk, read at most once a second. */
export class DiskFloor {
  readonly #blobs: Pick<Blobs, 'freeBytes'>
  readonly #floor: number
  readonly #now: () => number
  #readAt = Number.NEGATIVE_INFINITY
  #free = 0

  /** @param floor bytes that must stay free, so that the database can still write. */
  constructor(options: { blobs: Pick<Blobs, 'freeBytes'>; floor: number; now: () => number }) {
    this.#blobs = options.blobs
    this.#floor = options.floor
    this.#now = options.now
  }

  async hasRoomFor(bytes: number): Promise<boolean> {
    if (this.#now() - this.#readAt > 1000) {
      this.#free = await this.#blobs.freeBytes()
      this.#readAt = this.#now()
    }
    return this.#free - bytes >= this.#floor
  }
}

/** The most a bounce may have: a report, and the header of a notice or all of it. */
export const BOUNCE_BYTES = 1024 * 1024

/** The size a MAIL with the null reverse-path reserves: as `sizeToReserve`, of less. */
export function bounceToReserve(size: number | null, maxMessageBytes: number): number | Disposition {
  const most = Math.min(BOUNCE_BYTES, maxMessageBytes)
  if (size !== null && size > most) return because('bounce-too-big')
  return size === null || size === 0 ? most : size
}

/** The size a MAIL reserves: what SIZE says (RFC 1870), or the most there may be. null: too big. */
export function sizeToReserve(size: number | null, maxMessageBytes: number): number | Disposition {
  if (size !== null && size > maxMessageBytes) return because('message-too-big')
  // SIZE=0 is "unknown" to some clients; a message of no bytes is none.
  return size === null || size === 0 ? maxMessageBytes : size
}
