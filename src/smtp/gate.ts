// Who may come in: connections are counted from the moment the socket is accepted, before greeting or TLS handshake, so that a peer
// cannot fill the house with handshakes it never finishes.

import { peerKey } from '../networks.js'

export class Gate {
  readonly #limits: { readonly maxConnections: number; readonly maxConnectionsPerPeer: number }
  readonly #byPeer = new Map<string, number>()
  #total = 0

  constructor(limits: { readonly maxConnections: number; readonly maxConnectionsPerPeer: number }) {
    this.#limits = limits
  }

  /** Lets a peer in and returns how it leaves (once; later calls do nothing), or null when it has to wait outside. */
  enter(address: string): (() => void) | null {
    const peer = peerKey(address)
    const inside = this.#byPeer.get(peer) ?? 0
    if (this.#total >= this.#limits.maxConnections || inside >= this.#limits.maxConnectionsPerPeer) return null
    this.#total++
    this.#byPeer.set(peer, inside + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      this.#leave(peer)
    }
  }

  #leave(peer: string): void {
    this.#total--
    const inside = (this.#byPeer.get(peer) ?? 1) - 1
    if (inside > 0) this.#byPeer.set(peer, inside)
    else this.#byPeer.delete(peer)
  }
}
