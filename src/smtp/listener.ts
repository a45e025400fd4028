// The mail door: listens for SMTP (STARTTLS) and, if wanted, for SMTP over TLS (RFC 8314 3.3), and hands each connection to smtp-server.
// Sockets are accepted here, not by the library, because it counts no connections per peer. Nothing is decided here.

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { MailDoor } from '../intake/desk.js'
import type { Log } from '../log.js'
import { Gate } from './gate.js'
import { DEFAULT_LIMITS, type SmtpLimits } from './limits.js'
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

/** Takes an accepted socket on, and says when its connection is over. */
type Welcome = (socket: Socket, over: () => void) => void

/** How long before the end of the grace period the last ones hear 421, so that it can still reach them. */
const LAST_WORDS_MS = 200

class Listener implements MailListener {
  readonly #deps: MailListenerDeps
  readonly #limits: SmtpLimits
  readonly #gate: Gate
  readonly #sockets = new Set<Socket>()
  readonly #servers: readonly MailServer[]
  readonly #handshakes: ReturnType<typeof createTlsServer>
  readonly #listening: Server[] = []
  #closing = false

  constructor(deps: MailListenerDeps) {
    this.#deps = deps
    this.#limits = { ...DEFAULT_LIMITS, ...deps.limits }
    this.#gate = new Gate(this.#limits)
    const options = { ...deps, limits: this.#limits }
    const [plain, secure] = [new MailServer({ ...options, secure: false }), new MailServer({ ...options, secure: true })]
    this.#servers = [plain, secure]
    this.#handshakes = createTlsServer({ ...TLS_OPTIONS, ...deps.tls, handshakeTimeout: this.#limits.handshakeMs })
    this.#handshakes.on('secureConnection', (socket: TLSSocket) => (this.#closing ? socket.destroy() : secure.admit(socket)))
    this.#handshakes.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  async start(): Promise<{ port: number; smtpsPort: number | null }> {
    const { host, port, smtpsPort } = this.#deps
    const [plain] = this.#servers
    try {
      const smtp = await this.#listen(host, port, (socket, over) => plain?.admit(socket, over))
      const smtps = smtpsPort === null ? null : await this.#listen(host, smtpsPort, (socket) => this.#handshakes.emit('connection', socket))
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
    const leave = this.#gate.enter(socket.remoteAddress ?? '')
    socket.on('error', () => {}) // reported by whoever reads from it
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
    welcome(socket, over)
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
