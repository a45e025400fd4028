// Who is asking: the address of the visitor, seen through proxies only where those are trusted.

import type { Request } from '@hapi/hapi'
import { isLoopbackHost } from '../config.js'
import { contains } from '../networks.js'

/**
 * Address of the visitor. X-Forwarded-For is believed only as far as trusted proxies wrote it: read from the right, the first
 * address that is not a trusted proxy's is the visitor. Whatever stands left of it may be invented.
 */
export function peerOf(request: Request, trustedProxies: readonly string[]): string {
  let peer = plain(request.info.remoteAddress)
  if (trustedProxies.length === 0) return peer
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((part) => plain(part.trim()))
    .filter(Boolean)
  while (contains(trustedProxies, peer)) {
    const next = forwarded.pop()
    if (next === undefined || !isAddress(next)) return peer
    peer = next
  }
  return peer
}

/**
 * Whether the request was made on this machine for this machine. The Host header is checked too: a page of another site may
 * point its own name at 127.0.0.1 (DNS rebinding). Anything a proxy passed on counts as foreign.
 */
export function isLocal(request: Request): boolean {
  const forwarded = ['forwarded', 'via', 'x-real-ip'].some((name) => request.headers[name] !== undefined)
  if (forwarded || Object.keys(request.headers).some((name) => name.startsWith('x-forwarded-'))) return false
  const host = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(request.info.host)?.[1] ?? ''
  return isLoopbackHost(plain(request.info.remoteAddress)) && isLoopbackHost(host)
}

/** IPv4-mapped IPv6 addresses (a dual-stack socket shows them) as plain IPv4. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}

function isAddress(text: string): boolean {
  return contains(['0.0.0.0/0', '::/0'], text)
}
