// smtp-server, set up for a mail exchanger that strangers connect to: what it must not do by itself is switched off, and its hooks lead
// to the session. It never listens: the listener hands it accepted sockets.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerAuthentication,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server'
import type { MailDoor } from '../intake/desk.js'
import type { Log } from '../log.js'
import { isAcceptance, type Reply } from '../mail/reply.js'
import { MailConnection } from './connection.js'
import type { SmtpLimits } from './limits.js'
import { SHUTTING_DOWN, TEMPORARY_PROBLEM, wireText } from './replies.js'
import { MailSession } from './session.js'

export interface MailServerOptions {
  readonly door: MailDoor
  readonly log: Log
  readonly tls: { readonly cert: string; readonly key: string }
  readonly hostname: string
  readonly maxMessageBytes: number
  readonly limits: SmtpLimits
  /** Whether connections come with TLS already spoken. */
  readonly secure: boolean
}

/** The library would go down to TLS 1.0. */
export const TLS_OPTIONS = { minVersion: 'TLSv1.2', honorCipherOrder: true } as const

type Done = (error?: Error | null) => void
type SignedIn = (error: Error | null, response?: { user: string }) => void
type Received = (error: Error | null, message?: string) => void

interface Seat {
  readonly connection: MailConnection
  readonly session: MailSession
  readonly over: () => void
}

export class MailServer extends SMTPServer {
  readonly #options: MailServerOptions
  readonly #seats = new Map<string, Seat>()

  constructor(options: MailServerOptions) {
    super(settings(options))
    this.#options = options
    this.on('error', (error) => this.#socketFailed(error))
  }

  /**
   * Begins a session on an accepted socket, with the peer at `address`. `over` is called when it has ended, whatever became of the socket
   * itself.
   */
  admit(socket: Socket | TLSSocket, address: string, over: () => void = () => {}): void {
    const connection = new MailConnection(this, socket, this.#options, address)
    this.#seats.set(connection.id, { connection, session: new MailSession(this.#options, connection), over })
    this.connections.add(connection)
    connection.on('error', (error: Error) => this.#socketFailed(error))
    connection.init()
  }

  /** Ends every connection that is not in the middle of a message. */
  stop(): void {
    for (const { connection } of this.#seats.values()) connection.stop()
  }

  /** Resolves when no session is left: all that MAIL reserved has been given back, or is with a desk still at work. */
  async empty(): Promise<void> {
    while (this.#seats.size > 0) await once(this, 'session-over')
  }

  /** Ends every connection, with a word. */
  endAll(): void {
    for (const { connection } of this.#seats.values()) connection.end(SHUTTING_DOWN, 'stopping')
  }

  override onSecure(socket: Socket | TLSSocket, session: SMTPServerSession, callback: Done): void {
    // The cipher's own `version` is the oldest protocol that knows it, not the one spoken.
    if ('getProtocol' in socket) this.#seat(session)?.session.secured(`${socket.getProtocol()} ${socket.getCipher().standardName}`)
    callback()
  }

  override onAuth(auth: SMTPServerAuthentication, session: SMTPServerSession, callback: SignedIn): void {
    this.#answer(
      session,
      (seat) => seat.session.signIn(auth),
      (answer) => ('user' in answer ? callback(null, answer) : callback(refusal(answer))),
    )
  }

  override onMailFrom(path: SMTPServerAddress, session: SMTPServerSession, callback: Done): void {
    this.#answer(
      session,
      (seat) => seat.session.mail(path),
      (answer) => callback(answer && refusal(answer)),
    )
  }

  override onRcptTo(path: SMTPServerAddress, session: SMTPServerSession, callback: Done): void {
    this.#answer(
      session,
      (seat) => seat.session.rcpt(path, session),
      (answer) => callback(answer && refusal(answer)),
    )
  }

  override onData(stream: SMTPServerDataStream, session: SMTPServerSession, callback: Received): void {
    this.#answer(
      session,
      (seat) => seat.session.data(stream),
      (answer, seat) => {
        if (answer === null) return
        const say = () => (isAcceptance(answer) ? callback(null, wireText(answer)) : callback(refusal(answer)))
        if (seat === undefined) say()
        else seat.connection.answerMessage(answer, say)
      },
    )
  }

  override onClose(session: SMTPServerSession): void {
    const seat = this.#seat(session)
    this.#seats.delete(session.id)
    seat?.session.closed()
    seat?.over()
    this.emit('session-over')
  }

  #seat(session: SMTPServerSession): Seat | undefined {
    return this.#seats.get(session.id)
  }

  /** Asks the session, which never rejects, and hands its answer to the library. */
  #answer<T>(session: SMTPServerSession, ask: (seat: Seat) => Promise<T | Reply>, say: (answer: T | Reply, seat?: Seat) => void): void {
    const seat = this.#seat(session)
    if (seat === undefined) {
      say(TEMPORARY_PROBLEM)
      return
    }
    ask(seat)
      .then((answer) => say(answer, seat))
      .catch((error: unknown) => this.#options.log.failure('smtp', error))
  }

  /** A peer that goes away, or fails at TLS, is everyday life on port 25; only what is not a socket's own error is ours. */
  #socketFailed(error: Error): void {
    if (!('code' in error)) this.#options.log.failure('smtp', error)
  }
}

function settings({ tls, hostname, maxMessageBytes, limits, secure }: MailServerOptions): SMTPServerOptions {
  return {
    ...TLS_OPTIONS,
    ...tls, // without them the library speaks TLS with a key that everybody has
    secure,
    name: hostname,
    banner: '',
    heloResponse: '%s',
    logger: false,
    size: maxMessageBytes,
    hideSize: true, // not hidden, but put in by our own connection
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: true, // by default no mail is taken without a password
    allowInsecureAuth: false,
    disabledCommands: ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'],
    disableReverseLookup: true,
    maxCommandLength: 4096,
    // A backstop: the connection has its own deadline for each command.
    socketTimeout: 2 * limits.commandMs,
  }
}

/** An error the library turns into this reply, word for word. */
function refusal(reply: Reply): Error {
  return Object.assign(new Error(wireText(reply)), { responseCode: reply.replyCode })
}
