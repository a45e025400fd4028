// The mail door: listens for SMTP (STARTTLS) and, if wanted, for SMTP over TLS (RFC 8314 3.3), and hands each connection to smtp-server.
// Sockets are accepted here, not by the library, because it counts no connections per peer. Nothing is decided here.

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { Gate } from '../gate.js'
import type { MailDoor } from '../intake/desk.js'
import type { Log } from '../log.js'
import { contains } from '../networks.js'
import { DEFAULT_LIMITS, type SmtpLimits } from './limits.js'
import { takeProxyHeader } from './proxy-header.js'
import { TOO_MANY_CONNECTIONS, wireText } from './replies.js'
import { MailServer, TLS_OPTIONS } from './server.js'

export interface MailListenerDeps {
  readonly door: MailDoor
  readonly log: Log
  /** PEM; see ensureMailTls. */
  readonly tls: { readonly cert: string; readonly key: string }
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** null: no listener with implicit TLS. */
  readonly smtpsPort: number | null
  /** Said in the greeting. */
  readonly hostname: string
  /** Announced as SIZE; bytes of the message as it is on the wire. */
  readonly maxMessageBytes: number
  readonly limits?: Partial<SmtpLimits>
  /** Addresses and networks of proxies, which must say in a PROXY header whose connection they pass on. From others it is no command. */
  readonly proxies?: readonly string[]
}

export interface MailListener {
  /** Binds the ports. Rejects (with the system's error code) when one cannot be had, and then holds neither. */
  start(): Promise<{ readonly port: number; readonly smtpsPort: number | null }>
  /** Takes a new certificate for the connections to come. */
  reloadTls(tls: { readonly cert: string; readonly key: string }): void
  /**
   * Accepts no more, lets messages under way finish and ends all else with 421. Resolves when every connection is over, at the latest
   * after `graceMs`; what is still open then is ended too. A message whose desk is still at work then hears 421 and comes again.
   */
  close(graceMs: number): Promise<void>
}

export function createMailListener(deps: MailListenerDeps): MailListener {
  return new Listener(deps)
}

/** Takes an accepted socket on, with the peer's address, and says when its connection is over. */
type Welcome = (socket: Socket, address: string, over: () => void) => void

/** How long before the end of the grace period the last ones hear 421, so that it can still reach them. */
const LAST_WORDS_MS = 200

/** The other end of a socket: what two connections to one port cannot have in common. */
function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

class Listener implements MailListener {
  readonly #deps: MailListenerDeps
  readonly #limits: SmtpLimits
  readonly #gate: Gate
  readonly #sockets = new Set<Socket>()
  readonly #servers: readonly MailServer[]
  readonly #handshakes: ReturnType<typeof createTlsServer>
  readonly #listening: Server[] = []
  /** Peers of connections that begin with TLS, by the other end of the socket: Node does not say which socket a TLSSocket came from. */
  readonly #behindTls = new Map<string, string>()
  /** Sockets of proxies that have not said yet whose connection it is. */
  readonly #unnamed = new Set<Socket>()
  #closing = false

  constructor(deps: MailListenerDeps) {
    this.#deps = deps
    this.#limits = { ...DEFAULT_LIMITS, ...deps.limits }
    this.#gate = new Gate(this.#limits)
    const options = { ...deps, limits: this.#limits }
    const [plain, secure] = [new MailServer({ ...options, secure: false }), new MailServer({ ...options, secure: true })]
    this.#servers = [plain, secure]
    this.#handshakes = createTlsServer({ ...TLS_OPTIONS, ...deps.tls, handshakeTimeout: this.#limits.handshakeMs })
    this.#handshakes.on('secureConnection', (socket: TLSSocket) => {
      if (this.#closing) socket.destroy()
      else secure.admit(socket, this.#behindTls.get(endOf(socket)) ?? socket.remoteAddress ?? '')
    })
    this.#handshakes.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  async start(): Promise<{ port: number; smtpsPort: number | null }> {
    const { host, port, smtpsPort } = this.#deps
    const [plain] = this.#servers
    try {
      const smtp = await this.#listen(host, port, (socket, address, over) => plain?.admit(socket, address, over))
      const smtps = smtpsPort === null ? null : await this.#listen(host, smtpsPort, (socket, address) => this.#shakeHands(socket, address))
      return { port: smtp, smtpsPort: smtps }
    } catch (error) {
      for (const server of this.#listening) server.close()
      throw error
    }
  }

  reloadTls(tls: { cert: string; key: string }): void {
    for (const server of this.#servers) server.updateSecureContext({ ...TLS_OPTIONS, ...tls })
    this.#handshakes.setSecureContext({ ...TLS_OPTIONS, ...tls })
  }

  async close(graceMs: number): Promise<void> {
    const over = Promise.all(this.#listening.map((server) => new Promise((resolve) => server.close(resolve))))
    this.#closing = true
    for (const server of this.#servers) server.stop()
    for (const socket of this.#unnamed) socket.destroy()
    const warned = setTimeout(() => this.#endAll(), Math.max(0, graceMs - LAST_WORDS_MS))
    const last = setTimeout(() => this.#destroyAll(), graceMs)
    await over
    await Promise.all(this.#servers.map((server) => server.empty()))
    clearTimeout(warned)
    clearTimeout(last)
  }

  async #listen(host: string, port: number, welcome: Welcome): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, welcome))
    server.listen(port, host)
    await once(server, 'listening')
    // For instance out of file descriptors: the sockets we have are served on.
    server.on('error', (error) => this.#deps.log.failure('smtp', error))
    this.#listening.push(server)
    return (server.address() as AddressInfo).port
  }

  #accept(socket: Socket, welcome: Welcome): void {
    socket.on('error', () => {}) // reported by whoever reads from it
    const address = socket.remoteAddress ?? ''
    if (contains(this.#deps.proxies ?? [], address)) this.#askProxy(socket, welcome)
    else this.#letIn(socket, address, welcome)
  }

  /** A listed proxy is believed; who the peer is decides what it may have, so nothing is said before. */
  async #askProxy(socket: Socket, welcome: Welcome): Promise<void> {
    const proxy = socket.remoteAddress ?? ''
    const leave = this.#gate.enter(null)
    if (leave === null) return this.#turnAway(socket)
    this.#unnamed.add(socket)
    try {
      const address = await takeProxyHeader(socket, this.#limits.proxyHeaderMs)
      leave()
      if (!socket.destroyed) this.#letIn(socket, address ?? proxy, welcome)
    } catch {
      leave()
      this.#deps.log.event('disconnected', { peer: proxy, reason: 'proxy-header' })
      socket.destroy()
    } finally {
      this.#unnamed.delete(socket)
    }
  }

  #letIn(socket: Socket, address: string, welcome: Welcome): void {
    const leave = this.#gate.enter(address)
    if (leave === null) {
      this.#turnAway(socket)
      return
    }
    const over = () => {
      this.#sockets.delete(socket)
      leave()
    }
    this.#sockets.add(socket)
    // Not enough by itself: smtp-server takes all listeners off a socket that it upgrades to TLS.
    socket.once('close', over)
    welcome(socket, address, over)
  }

  #shakeHands(socket: Socket, address: string): void {
    const end = endOf(socket)
    this.#behindTls.set(end, address)
    socket.once('close', () => this.#behindTls.delete(end))
    this.#handshakes.emit('connection', socket)
  }

  /** In the clear also on the TLS port: who cannot read it sees the connection end all the same. */
  #turnAway(socket: Socket): void {
    socket.end(`${TOO_MANY_CONNECTIONS.replyCode} ${wireText(TOO_MANY_CONNECTIONS)}\r\n`)
    socket.destroySoon()
  }

  #endAll(): void {
    for (const server of this.#servers) server.endAll()
  }

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
