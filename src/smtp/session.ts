// One SMTP session: turns smtp-server's hooks into questions to the intake desk, and the desk's answers into replies. It decides nothing.
// It is also the one place where an exception stops: smtp-server would tell the peer its message.

import type { SMTPServerAddress, SMTPServerAuthentication, SMTPServerDataStream, SMTPServerEnvelope, SMTPServerSession } from 'smtp-server'
import type { MailDoor, Transaction } from '../intake/desk.js'
import type { Log } from '../log.js'
import type { Peer } from '../mail/envelope.js'
import type { Reply } from '../mail/reply.js'
import { collect } from './collector.js'
import { canonicalPath, cleanEhlo, hasUnknown, isMissingSmtpUtf8, sizeOf } from './command.js'
import type { ConnectionObserver, EndReason, MailConnection } from './connection.js'
import type { SmtpLimits } from './limits.js'
import {
  NEEDS_MAIL,
  NEEDS_SMTPUTF8,
  TEMPORARY_PROBLEM,
  TIMED_OUT,
  TOO_MANY_SIGN_IN_FAILURES,
  TOO_MANY_TRANSACTIONS,
  UNKNOWN_PARAMETER,
  WRONG_PASSWORD,
} from './replies.js'

export interface SessionDeps {
  readonly door: MailDoor
  readonly log: Log
  readonly limits: SmtpLimits
  readonly maxMessageBytes: number
}

/** A transaction, and the library's envelope it belongs to: RSET, EHLO and STARTTLS make a new envelope without telling us. */
interface Open {
  readonly transaction: Transaction
  readonly envelope: SMTPServerEnvelope
  /** NOOP is a command too: without it one now and then would keep what MAIL reserved for hours. */
  readonly patience: NodeJS.Timeout
}

export class MailSession implements ConnectionObserver {
  readonly #deps: SessionDeps
  readonly #connection: MailConnection
  #tls: string | null = null
  #signedInAs: string | null = null
  #signInFailures = 0
  #transactions = 0
  #open: Open | null = null
  #pending = 0
  #inData = false
  #closed = false

  constructor(deps: SessionDeps, connection: MailConnection) {
    this.#deps = deps
    this.#connection = connection
    connection.observe(this)
  }

  /** After each TLS handshake. What was said before it is forgotten (RFC 3207 4.2). */
  secured(tls: string): void {
    this.#tls = tls
    this.#signedInAs = null
    this.#dropStale()
  }

  /** AUTH. The provider's id, or the refusal. */
  async signIn(auth: SMTPServerAuthentication): Promise<{ user: string } | Reply> {
    const result = await this.#ask(async () => {
      const { username, password } = auth
      if (!username || !password) return WRONG_PASSWORD
      const user = await this.#deps.door.signIn(username, password, this.#peer())
      return user === null ? WRONG_PASSWORD : { user }
    })
    if ('user' in result) this.#signedInAs = result.user
    else if (result === WRONG_PASSWORD && ++this.#signInFailures >= this.#deps.limits.maxSignInFailures) return TOO_MANY_SIGN_IN_FAILURES
    return result
  }

  /** MAIL. null: accepted. */
  mail(path: SMTPServerAddress): Promise<Reply | null> {
    return this.#ask(async () => {
      this.#dropOpen()
      if (++this.#transactions > this.#deps.limits.maxTransactions) return TOO_MANY_TRANSACTIONS
      if (hasUnknown(path, 'MAIL')) return UNKNOWN_PARAMETER
      if (isMissingSmtpUtf8(path.address, path)) return NEEDS_SMTPUTF8
      const { envelope } = this.#connection.session
      const answer = await this.#deps.door.mail(this.#peer(), canonicalPath(path.address), sizeOf(path))
      if ('replyCode' in answer) return answer
      const patience = setTimeout(() => this.#losePatience(), this.#deps.limits.commandMs).unref()
      this.#open = { transaction: answer, envelope, patience }
      return null
    })
  }

  /** RCPT. null: accepted. */
  rcpt(path: SMTPServerAddress, session: SMTPServerSession): Promise<Reply | null> {
    return this.#ask(async () => {
      if (this.#open === null) return NEEDS_MAIL
      if (hasUnknown(path, 'RCPT')) return UNKNOWN_PARAMETER
      if (isMissingSmtpUtf8(path.address, session.envelope.mailFrom)) return NEEDS_SMTPUTF8
      return this.#deps.door.rcpt(this.#open.transaction, canonicalPath(path.address))
    })
  }

  /** DATA. null: there is nobody left to answer, or the connection was cut with its reply. */
  async data(stream: SMTPServerDataStream): Promise<Reply | null> {
    this.#inData = true
    clearTimeout(this.#open?.patience)
    const cut = { now: false }
    const answer = await this.#ask(() => this.#receive(stream, cut))
    this.#inData = false
    this.#dropOpen()
    if (answer === null || !cut.now) return answer
    this.#connection.cut(answer)
    return null
  }

  /** The socket is closed. A question still with the desk is let finish; its answer goes nowhere. */
  closed(): void {
    this.#closed = true
    this.#connection.forget()
    if (this.#pending === 0) this.#dropOpen()
  }

  replied(): void {
    this.#dropStale()
  }

  isBusy(): boolean {
    return this.#pending > 0 || this.#inData
  }

  ended(reason: EndReason): void {
    this.#deps.log.event('disconnected', { peer: this.#connection.remoteAddress, tls: this.#tls, reason, count: this.#transactions })
  }

  async #receive(stream: SMTPServerDataStream, cut: { now: boolean }): Promise<Reply | null> {
    const transaction = this.#open?.transaction
    if (transaction === undefined) throw new Error('DATA without a transaction')
    const { door, limits, maxMessageBytes } = this.#deps
    const began = performance.now()
    const collected = await collect(stream, { ...limits, maxMessageBytes, reservedBytes: transaction.reservedBytes })
    if (collected.kind === 'gone') return null
    if (collected.kind === 'whole') return door.data(transaction, collected.raw, performance.now() - began)
    cut.now = !collected.atDot
    return door.refuseData(transaction, collected.refusal, collected.bytes)
  }

  /** Every question to the desk goes through here. A bug, ours or the desk's, is 451 to the peer and its stack in the log. */
  async #ask<T>(question: () => Promise<T>): Promise<T | Reply> {
    this.#pending++
    try {
      return await question()
    } catch (error) {
      this.#deps.log.failure('smtp', error, { peer: this.#connection.remoteAddress })
      return TEMPORARY_PROBLEM
    } finally {
      this.#pending--
      if (this.#closed && this.#pending === 0) this.#dropOpen()
    }
  }

  #dropStale(): void {
    if (this.#open !== null && !this.#inData && this.#open.envelope !== this.#connection.session.envelope) this.#dropOpen()
  }

  /** A transaction that has not come to its DATA. */
  #losePatience(): void {
    if (!this.#inData) this.#connection.end(TIMED_OUT, 'idle')
  }

  /** Each transaction leaves `#open` once, and here alone. */
  #dropOpen(): void {
    const open = this.#open
    if (open === null) return
    this.#open = null
    clearTimeout(open.patience)
    try {
      this.#deps.door.release(open.transaction)
    } catch (error) {
      this.#deps.log.failure('smtp', error)
    }
  }

  #peer(): Peer {
    const { remoteAddress: address, hostNameAppearsAs, session } = this.#connection
    const [ehlo, protocol] = [cleanEhlo(hostNameAppearsAs), session.transmissionType]
    return Object.freeze({ address, ehlo, protocol, tls: this.#tls, signedInAs: this.#signedInAs })
  }
}
