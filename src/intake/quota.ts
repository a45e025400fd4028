// What one peer may send within a while. Counted in memory: each process counts for itself, and a restart forgets.

import type { Peer } from '../mail/envelope.js'
import { peerKey } from '../networks.js'

export interface QuotaLimits {
  readonly windowMs: number
  /** Messages that MAIL admits within one window. */
  readonly messages: number
  /** Bytes on the wire within one window. */
  readonly bytes: number
  /** Peers remembered at once; the longest known are forgotten first. */
  readonly peers?: number
}

/** Why a peer has to wait; `isFirst` for the first time in this window. */
export interface QuotaRefusal {
  readonly reason: 'too-many-messages' | 'too-many-bytes'
  readonly isFirst: boolean
}

interface Window {
  readonly startedAt: number
  messages: number
  bytes: number
  refusals: number
}

const MOST_PEERS = 20_000

/**
 * Counts messages and bytes of each peer (an IPv4 address, an IPv6 /64) in windows that begin with its first message. A provider that
 * signed in isn't counted: it is known, and its password can be taken away.
 */
export class PeerQuota {
  readonly #limits: QuotaLimits
  readonly #now: () => number
  readonly #windows = new Map<string, Window>()

  constructor(limits: QuotaLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  /** Counts one message, of `size` bytes if that was said; or why it has to wait, and then it isn't counted. */
  take(peer: Peer, size: number | null): QuotaRefusal | null {
    const window = this.#windowOf(peer)
    if (window === null) return null
    // What is under way is not in `bytes` yet: the memory budget keeps that to a few messages.
    const isTooMuch = window.bytes >= this.#limits.bytes || window.bytes + (size ?? 0) > this.#limits.bytes
    const reason = window.messages >= this.#limits.messages ? 'too-many-messages' : isTooMuch ? 'too-many-bytes' : null
    if (reason !== null) return { reason, isFirst: ++window.refusals === 1 }
    window.messages++
    return null
  }

  /** The message that was counted last was not admitted after all. */
  giveBack(peer: Peer): void {
    const window = this.#windowOf(peer)
    if (window !== null && window.messages > 0) window.messages--
  }

  /** Counts the bytes that came with DATA, whatever became of the message. */
  addBytes(peer: Peer, bytes: number): void {
    const window = this.#windowOf(peer)
    if (window !== null) window.bytes += bytes
  }

  #windowOf({ address, signedInAs }: Peer): Window | null {
    if (signedInAs !== null) return null
    const [key, now] = [peerKey(address), this.#now()]
    const known = this.#windows.get(key)
    if (known && now - known.startedAt < this.#limits.windowMs) return known
    this.#windows.delete(key)
    const [oldest] = this.#windows.keys()
    if (oldest !== undefined && this.#windows.size >= (this.#limits.peers ?? MOST_PEERS)) this.#windows.delete(oldest)
    const window = { startedAt: now, messages: 0, bytes: 0, refusals: 0 }
    this.#windows.set(key, window)
    return window
  }
}
