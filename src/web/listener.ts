// The HTTP server below hapi, and what one peer may cost it before a single page is asked for: room for headers, time, connections.
// Each number with its reason; tests pass tiny ones.

import { createServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { SECOND } from '../clock.js'
import { Gate } from '../gate.js'
import type { Log } from '../log.js'
import { contains } from '../networks.js'

export interface HttpBounds {
  /** Request line and header fields together; past it 400 and the end. */
  readonly headerBytes: number
  /** From the connection, or the end of the request before, to the last header field. */
  readonly headersMs: number
  /** The body of a form; one that takes longer reaches no desk. hapi says 408 only when the rest has come, so the next one ends it. */
  readonly bodyMs: number
  /** The whole request, body and all; past it the end. */
  readonly requestMs: number
  /** How long a connection may wait for its next request. */
  readonly keepAliveMs: number
  /** How often the two times above are looked at: how late they may be noticed. */
  readonly lookMs: number
  /** Connections of all peers together; past it they are closed unheard. */
  readonly connections: number
  /** Connections of one IPv4 address or IPv6 /64; past it they are closed unheard. Trusted proxies, who bring everybody, are exempt. */
  readonly connectionsPerPeer: number
}

export const DEFAULT_BOUNDS: HttpBounds = Object.freeze({
  // All our cookies are below 2 KB; other sites on the same host set some, too.
  headerBytes: 16_384,
  headersMs: 20 * SECOND,
  // The biggest form is 64 KB.
  bodyMs: 15 * SECOND,
  requestMs: 60 * SECOND,
  keepAliveMs: 5 * SECOND,
  lookMs: 5 * SECOND,
  // Each is a file descriptor, and over TLS some 50 KB of memory.
  connections: 2000,
  // A browser opens six; a whole clinic may stand behind one address.
  connectionsPerPeer: 100,
})

/** Forward secrecy and authenticated encryption only (RFC 9325 4.2); Node's own list for TLS 1.2 ends in CBC and RSA key exchange. */
const CIPHERS = [
  ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
].join(':')

/** Also for a certificate that comes later. */
export const TLS_SETTINGS = { minVersion: 'TLSv1.2', ciphers: CIPHERS, honorCipherOrder: true } as const

export interface ListenerOptions {
  /** PEM texts; null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly trustedProxies: readonly string[]
  readonly log: Log
  readonly bounds: HttpBounds
}

/** Not yet listening. */
export function createListener({ tls, trustedProxies, log, bounds }: ListenerOptions): Server {
  const options: ServerOptions = {
    maxHeaderSize: bounds.headerBytes,
    headersTimeout: bounds.headersMs,
    requestTimeout: bounds.requestMs,
    keepAliveTimeout: bounds.keepAliveMs,
    connectionsCheckingInterval: bounds.lookMs,
    insecureHTTPParser: false,
  }
  const server = tls
    ? createTlsServer({
        ...options,
        ...tls,
        ...TLS_SETTINGS,
        handshakeTimeout: bounds.headersMs,
      })
    : createServer(options)
  const refused = (peer = '') => log.event('page-refused', { reason: 'too-many-connections', peer })
  server.maxConnections = bounds.connections
  server.on('drop', (about) => refused(about?.remoteAddress))
  keepGate(server, trustedProxies, bounds, refused)
  return server
}

/** Too slow, or no HTTP: the socket goes once hapi has said its last word. To be called after hapi has taken the listener on. */
export function endBroken(server: Server): void {
  // Who never closes the other half would keep the socket for ever.
  server.on('clientError', (_error: Error, socket: Socket) => socket.writableEnded && socket.destroySoon())
  // Words written before a handshake has ended would wait for its end.
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
}

/** Sockets are counted as they are accepted, before a handshake or a request. */
function keepGate(
  server: Server,
  trustedProxies: readonly string[],
  { connections, connectionsPerPeer }: HttpBounds,
  refused: (peer: string) => void,
): void {
  const gate = new Gate({ maxConnections: connections, maxConnectionsPerPeer: connectionsPerPeer })
  server.prependListener('connection', (socket: Socket) => {
    const peer = socket.remoteAddress ?? ''
    if (contains(trustedProxies, peer)) return
    const leave = gate.enter(peer)
    if (leave) return void socket.once('close', leave)
    socket.destroy()
    refused(peer)
  })
}
