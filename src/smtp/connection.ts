// One connection of smtp-server, with what the library leaves out: a deadline for each command (its idle timeout starts anew with every
// byte), a limit on refused commands of any kind, and enhanced status codes. All replies pass through `send`, so it is the one place.

import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { SMTPServer } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection'
import { isAcceptance, isTemporary, type Reply } from '../mail/reply.js'
import type { SmtpLimits } from './limits.js'
import { SHUTTING_DOWN, TIMED_OUT, TOO_MANY_COMMANDS, TOO_MANY_ERRORS, wireText, worded } from './replies.js'

/** What a connection tells its session, and asks it. */
export interface ConnectionObserver {
  /** After each reply. */
  replied(): void
  /** Whether it is we who owe the peer an answer, or DATA is under way: then the deadline for commands does not run. */
  isBusy(): boolean
  /** We end the connection; `reason` is a closed word for the log. */
  ended(reason: EndReason): void
}

export type EndReason = 'idle' | 'errors' | 'chatter' | 'stopping' | 'cut' | 'refused'

export interface ConnectionOptions {
  readonly limits: SmtpLimits
  readonly maxMessageBytes: number
}

export class MailConnection extends SMTPConnection {
  readonly #limits: SmtpLimits
  readonly #maxMessageBytes: number
  #observer: ConnectionObserver | null = null
  #deadline: NodeJS.Timeout | undefined
  #errors = 0
  #commands = 0
  #excused = false
  #stopping = false
  #ended = false

  /** @param address the peer's, when it isn't the socket's own. */
  constructor(server: SMTPServer, socket: Socket | TLSSocket, options: ConnectionOptions, address?: string) {
    super(server, socket, address === undefined ? {} : { remoteAddress: address })
    this.#limits = options.limits
    this.#maxMessageBytes = options.maxMessageBytes
  }

  /** Set once, before the first reply. */
  observe(observer: ConnectionObserver): void {
    this.#observer = observer
    this.#awaitCommand()
  }

  override send(replyCode: number, data?: string | string[] | null): void {
    super.send(replyCode, Array.isArray(data) ? this.#capabilities(data) : data && worded(replyCode, data), false)
    if (replyCode === 421) this.#end('refused')
    if (this.#ended) return
    this.#observer?.replied()
    this.#awaitCommand()
    if (this.#stopping && !this.#observer?.isBusy()) this.end(SHUTTING_DOWN, 'stopping')
    else if (!this.#excused && replyCode !== 334) this.#count(replyCode)
  }

  /**
   * Says what became of a message. It never counts as a refused command: twelve messages with a mistyped id are no attack. One that was
   * taken makes up for earlier errors.
   */
  answerMessage(reply: Reply, say: () => void): void {
    this.#commands = 0
    if (isAcceptance(reply)) this.#errors = 0
    this.#excused = true
    say()
    this.#excused = false
  }

  /** Ends the connection in the middle of DATA, with the reply to that message. */
  cut(reply: Reply): void {
    // RFC 5321 3.8: 421 says that we hang up; a permanent refusal keeps its own code, or the peer would send it all again.
    this.end(isTemporary(reply) ? { ...reply, replyCode: 421 } : reply, 'cut')
  }

  /** No new command is taken; a message under way still gets its answer. */
  stop(): void {
    this.#stopping = true
    if (!this.#observer?.isBusy()) this.end(SHUTTING_DOWN, 'stopping')
  }

  end(reply: Reply, reason: EndReason): void {
    if (this.#ended) return
    this.#end(reason)
    super.send(reply.replyCode, wireText(reply), false)
    this.close()
  }

  /** The connection is over: no timer of ours may outlive it. */
  forget(): void {
    this.#ended = true
    clearTimeout(this.#deadline)
  }

  #end(reason: EndReason): void {
    if (this.#ended) return
    this.forget()
    this.#observer?.ended(reason)
  }

  #count(replyCode: number): void {
    this.#commands++
    if (replyCode >= 400) this.#errors++
    if (this.#errors >= this.#limits.maxErrors) this.end(TOO_MANY_ERRORS, 'errors')
    else if (this.#commands > this.#limits.maxIdleCommands) this.end(TOO_MANY_COMMANDS, 'chatter')
  }

  #awaitCommand(): void {
    clearTimeout(this.#deadline)
    if (this.#ended) return
    this.#deadline = setTimeout(() => {
      if (this.#observer?.isBusy()) this.#awaitCommand()
      else this.end(TIMED_OUT, 'idle')
    }, this.#limits.commandMs).unref()
  }

  /**
   * EHLO's list. SIZE is put in here because a limit that the library knew would be enforced by it, past the desk's words and log;
   * AUTH is shown only once a password would be hidden by TLS. RFC 9422 LIMITS: one intake address a message.
   */
  #capabilities(lines: readonly string[]): string[] {
    const shown = lines.filter((line) => this.secure || !line.startsWith('AUTH '))
    return [...shown.map((line) => (line === 'SIZE' ? `SIZE ${this.#maxMessageBytes}` : line)), 'LIMITS RCPTMAX=1']
  }
}
