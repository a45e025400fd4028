// Who may come in: connections are counted from the moment the socket is accepted, before greeting or TLS handshake, so that a peer
// cannot fill the house with handshakes it never finishes.

import { peerKey } from './networks.js'

export class Gate {
  readonly #limits: { readonly maxConnections: number; readonly maxConnectionsPerPeer: number }
  readonly #byPeer = new Map<string, number>()
  #total = 0

  constructor(limits: { readonly maxConnections: number; readonly maxConnectionsPerPeer: number }) {
    this.#limits = limits
  }

  /**
   * Lets a peer in and returns how it leaves (once; later calls do nothing), or null when it has to wait outside. Whose address is not
   * known yet (null) counts among all, but under nobody's name.
   */
  enter(address: string | null): (() => void) | null {
    const peer = address === null ? null : peerKey(address)
    const inside = peer === null ? 0 : (this.#byPeer.get(peer) ?? 0)
    if (this.#total >= this.#limits.maxConnections || inside >= this.#limits.maxConnectionsPerPeer) return null
    this.#total++
    if (peer !== null) this.#byPeer.set(peer, inside + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      this.#leave(peer)
    }
  }

  #leave(peer: string | null): void {
    this.#total--
    if (peer === null) return
    const inside = (this.#byPeer.get(peer) ?? 1) - 1
    if (inside > 0) this.#byPeer.set(peer, inside)
    else this.#byPeer.delete(peer)
  }
}
