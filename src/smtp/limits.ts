// What one peer may cost. smtp-server itself only knows an idle timeout (which one byte every few seconds keeps from ever firing) and
// a total of connections; all else that bounds a peer is here, each number with its reason. Tests pass tiny ones.

import { MINUTE, SECOND } from '../clock.js'

export interface SmtpLimits {
  /** Connections of all peers together; past it 421. */
  readonly maxConnections: number
  /** Connections of one IPv4 address or IPv6 /64; past it 421. */
  readonly maxConnectionsPerPeer: number
  /** Refused commands since the last message taken; then 421. */
  readonly maxErrors: number
  /** Commands of any kind since the last message taken; then 421. NOOP and RSET cost us a little each and end nothing. */
  readonly maxIdleCommands: number
  /** Wrong passwords in one connection; then 421. */
  readonly maxSignInFailures: number
  /** MAIL commands in one connection; then 421 and the peer connects anew. */
  readonly maxTransactions: number
  /** From our reply to the end of the next command, for a TLS handshake, and from MAIL to DATA whatever is said in between. */
  readonly commandMs: number
  /** From a listed proxy's connection to the end of its PROXY header. */
  readonly proxyHeaderMs: number
  /** TLS handshake on the port that begins with one. */
  readonly handshakeMs: number
  /** All of DATA, up to the final dot. */
  readonly dataMs: number
  /** Over each window of DATA at least `minBytesPerSecond` must come in. */
  readonly rateWindowMs: number
  readonly minBytesPerSecond: number
  /** Dot-stuffed lines in one message: each costs the parser a turn of the event loop (measured: 4 MB of `..` lines, 2.9 s of CPU). */
  readonly maxDotLines: number
}

export const DEFAULT_LIMITS: SmtpLimits = Object.freeze({
  maxConnections: 300,
  // A Postfix or a fax gateway opens 20 to one destination; several clinics may stand behind one address.
  maxConnectionsPerPeer: 50,
  maxErrors: 10,
  maxIdleCommands: 100,
  maxSignInFailures: 3,
  maxTransactions: 100,
  commandMs: 5 * MINUTE, // RFC 5321 4.5.3.2.7
  proxyHeaderMs: 5 * SECOND,
  handshakeMs: 30 * SECOND,
  // 50 MB over half a megabit a second take 15 minutes.
  dataMs: 30 * MINUTE,
  rateWindowMs: 30 * SECOND,
  minBytesPerSecond: 500,
  maxDotLines: 100_000,
})
