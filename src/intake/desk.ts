// The intake desk as the mail door sees it: what smtp/ asks when it hears a command. All decisions are on this side; the door only
// speaks the protocol. A Reply handed back means "refused, with these words".

import type { Peer } from '../mail/envelope.js'
import type { Reply } from '../mail/reply.js'

/** One MAIL and what follows it, up to the end of DATA or a reset (RFC 5321 3.3). */
export interface Transaction {
  readonly id: string
  readonly peer: Peer
  /** The reverse-path; '' is the null reverse-path. */
  readonly mailFrom: string
  /** Bytes of the memory budget that `release` gives back. The door keeps an eighth and 64 KiB more at most: SIZE is an estimate. */
  readonly reservedBytes: number
  /** The one intake address, null before RCPT was accepted. Set by `rcpt`. */
  rcptTo: string | null
}

/**
 * Why the door itself gave up on a message's bytes. `bare-line-end`: a CR or LF alone, a NUL, or dot-stuffed lines by the hundred
 * thousand; `no-memory`: more bytes than the transaction reserved; `deadline`: too slow.
 */
export type DataRefusal = 'message-too-big' | 'bare-line-end' | 'no-memory' | 'deadline'

export interface MailDoor {
  /** SMTP AUTH (RFC 4954). The id of the provider that signed in; null: user or password is wrong. */
  signIn(user: string, password: string, peer: Peer): Promise<string | null>

  /** MAIL: admission. `size` is the SIZE parameter in bytes (RFC 1870), or null when none was given. */
  mail(peer: Peer, mailFrom: string, size: number | null): Promise<Transaction | Reply>

  /** RCPT: only the provider's slug is judged. null: accepted, and `transaction.rcptTo` is set. */
  rcpt(transaction: Transaction, address: string): Promise<Reply | null>

  /**
   * DATA is whole in memory, without dot-stuffing and without the final dot. `receiveMs`: how long its bytes took to come. Never throws.
   */
  data(transaction: Transaction, raw: Buffer[], receiveMs?: number): Promise<Reply>

  /**
   * DATA went past a limit or broke SMTP (`kind`) after `bytes` bytes: logs it and gives the reply. The message is gone already.
   */
  refuseData(transaction: Transaction, kind: DataRefusal, bytes: number): Promise<Reply>

  /** Gives back what MAIL reserved. Called once for each Transaction, whatever happened: after DATA, RSET, QUIT, a lost connection. */
  release(transaction: Transaction): void
}
