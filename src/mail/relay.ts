// The SMTP client side (RFC 5321) of the courier, over nodemailer's connection. It watches for the one moment after which nobody
// can say whether a mail was sent: our final dot. Until the whole text has left this process, the last bytes and the dot are held back.

import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import type { Courier, Envelope, Handoff, RelayOptions } from './courier.js'

interface RelayAddress {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly isLoopback: boolean
  readonly user: string
  readonly pass: string
}

/** What nodemailer's errors carry. */
interface RelayError {
  readonly code?: string
  readonly command?: string
  readonly responseCode?: number
  readonly response?: string
}

type Phase = 'before-data' | 'data' | 'after-dot'

const PROBE_MS = 5000
const FLUSH_POLL_MS = 5
const QUIT_MS = 1000

export class RelayCourier implements Courier {
  readonly #relay: RelayAddress
  readonly #options: RelayOptions
  readonly #underway = new Set<Promise<Handoff>>()
  #isClosed = false

  constructor(url: string, options: RelayOptions) {
    this.#relay = readRelayUrl(url)
    this.#options = options
  }

  async hand(raw: Buffer, envelope: Envelope): Promise<Handoff> {
    if (this.#isClosed) return { outcome: 'unreachable' }
    const handing = new Delivery(this.#relay, this.#options, raw, envelope).run()
    this.#underway.add(handing)
    return await handing.finally(() => this.#underway.delete(handing))
  }

  async probe(): Promise<boolean> {
    return (await this.#greet()) !== null
  }

  async offersDsn(): Promise<boolean | null> {
    const answer = await this.#greet()
    return answer === null ? null : /^\d{3}[ -]DSN\b/im.test(answer)
  }

  /** The relay's answer to EHLO, all lines of it; null: it does not answer. */
  async #greet(): Promise<string | null> {
    if (this.#isClosed) return null
    const connection = new SMTPConnection(connectionOptions(this.#relay, this.#options, PROBE_MS))
    return await new Promise((resolve) => {
      const timer = setTimeout(() => done(null), PROBE_MS)
      const done = (answer: string | null) => {
        clearTimeout(timer)
        resolve(answer)
        connection.close()
      }
      connection.on('error', () => done(null))
      connection.once('end', () => done(null))
      connection.connect((error) => {
        if (error) return done(null)
        const answer = connection.lastServerResponse || ''
        // RSET is the cheapest question after EHLO that this client knows how to ask.
        connection.reset((failed) => done(failed ? null : answer))
      })
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled([...this.#underway])
  }
}

/** One mail on its way to the relay, over a connection of its own. */
class Delivery {
  readonly #connection: SMTPConnection
  readonly #relay: RelayAddress
  readonly #options: RelayOptions
  readonly #raw: Buffer
  readonly #envelope: Envelope
  /** Pulls one piece at a time, so that a piece asked for means the one before it is on its way. */
  readonly #text = Readable.from(this.#pieces(), { objectMode: false, highWaterMark: 1 })
  #phase: Phase = 'before-data'
  /** When this phase is over, by the monotonic clock. */
  #dueAt = 0
  #timer: NodeJS.Timeout | undefined
  #settle: (handoff: Handoff) => void = () => {}

  constructor(relay: RelayAddress, options: RelayOptions, raw: Buffer, envelope: Envelope) {
    this.#connection = new SMTPConnection(connectionOptions(relay, options, options.timeoutsMs.beforeDot))
    this.#relay = relay
    this.#options = options
    this.#raw = raw
    this.#envelope = envelope
  }

  run(): Promise<Handoff> {
    return new Promise((resolve) => {
      this.#settle = (handoff) => {
        clearTimeout(this.#timer)
        this.#settle = () => {}
        this.#takeLeave(handoff)
        resolve(handoff)
      }
      this.#enter('before-data')
      this.#connection.on('error', (error) => this.#fail(error))
      this.#connection.once('end', () => this.#fail({}))
      this.#connection.connect((error) => (error ? this.#fail(error) : this.#signIn()))
    })
  }

  #signIn(): void {
    const { user, pass } = this.#relay
    if (user === '') this.#send()
    else this.#connection.login({ user, pass }, (error) => (error ? this.#fail(error) : this.#send()))
  }

  #send(): void {
    const { from, to, envelopeId } = this.#envelope
    const envelope = {
      ...{ from, to, size: this.#raw.length, use8BitMime: this.#raw.some((byte) => byte > 0x7f) },
      // The client leaves this out where the relay does not offer DSN.
      ...(envelopeId !== undefined && { dsn: { ret: 'HDRS', envid: envelopeId, notify: 'FAILURE' } }),
    }
    this.#connection.send(envelope, this.#text, (error, info) => {
      if (error) this.#fail(error)
      else this.#settle({ outcome: 'accepted', reply: printable(info?.response ?? '') })
    })
  }

  /** Asked for only after the relay's 354. The end of the text, and so the dot, goes when everything before it has left. */
  async *#pieces(): AsyncGenerator<Buffer> {
    this.#enter('data')
    const held = Math.max(0, this.#raw.length - 2)
    yield this.#raw.subarray(0, held)
    await immediate()
    const socket = this.#connection._socket
    while (socket && !socket.destroyed && this.#text.readableLength + socket.writableLength > 0) await sleep(FLUSH_POLL_MS)
    if (!socket || socket.destroyed) throw new Error('handing over: connection lost before the dot')
    // A process that stood still must not send its dot late, whichever timer is heard first: the lease it held may be somebody else's.
    if (this.#now() > this.#dueAt) throw new Error('handing over: too late for the dot')
    this.#enter('after-dot')
    yield this.#raw.subarray(held)
  }

  #now(): number {
    return this.#options.monotonic?.() ?? performance.now()
  }

  #takeLeave({ outcome }: Handoff): void {
    if (outcome === 'unreachable' || outcome === 'unknown') {
      this.#connection.close()
      return
    }
    this.#connection.quit()
    // A relay that does not answer QUIT would hold its socket, and the process, for minutes.
    setTimeout(() => this.#connection.close(), QUIT_MS).unref()
  }

  #enter(phase: Phase): void {
    this.#phase = phase
    clearTimeout(this.#timer)
    const { beforeDot, afterDot } = this.#options.timeoutsMs
    const wait = phase === 'after-dot' ? afterDot : beforeDot
    this.#dueAt = this.#now() + wait
    this.#timer = setTimeout(() => this.#fail({}), wait)
  }

  #fail(error: RelayError): void {
    this.#settle(outcomeOf(error, this.#phase))
  }
}

/** Reads a relay's URL. Throws without quoting it: it may hold a password. */
export function readRelayUrl(url: string): RelayAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (!parsed || !/^smtps?:$/.test(parsed.protocol) || parsed.hostname === '') throw new Error('relay url: not smtp://host or smtps://host')
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  const secure = parsed.protocol === 'smtps:'
  return {
    host,
    secure,
    port: Number(parsed.port) || (secure ? 465 : parsed.username ? 587 : 25),
    isLoopback: host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')),
    user: decodeURIComponent(parsed.username),
    pass: decodeURIComponent(parsed.password),
  }
}

function connectionOptions(relay: RelayAddress, { ehlo, timeoutsMs }: RelayOptions, patienceMs: number): SMTPConnectionOptions {
  return {
    host: relay.host,
    port: relay.port,
    secure: relay.secure,
    name: ehlo,
    // Nobody listens in on the way to our own machine, and its certificate is seldom one for `localhost`.
    requireTLS: !relay.isLoopback,
    opportunisticTLS: relay.isLoopback,
    tls: { rejectUnauthorized: !relay.isLoopback, minVersion: 'TLSv1.2' },
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    dnsTimeout: patienceMs,
    // Silence is judged by our own timers; this one is only there so that no socket outlives them.
    socketTimeout: timeoutsMs.beforeDot + timeoutsMs.afterDot + PROBE_MS,
    logger: false,
  }
}

function outcomeOf({ code, command, responseCode, response }: RelayError, phase: Phase): Handoff {
  // A relay that will not encrypt, or answers what is no SMTP, has not been asked to take anything.
  if (responseCode === undefined || responseCode < 400 || code === 'ETLS' || code === 'EPROTOCOL') {
    if (phase === 'after-dot') return { outcome: 'unknown' }
    // The address alone can make the client refuse before it asks: it needs SMTPUTF8 and the relay has none, or it is malformed.
    return code === 'EENVELOPE' ? { outcome: 'refused', permanent: true, about: 'recipient', replyCode: 553 } : { outcome: 'unreachable' }
  }
  const permanent = responseCode >= 500
  return {
    outcome: 'refused',
    permanent,
    about: isAboutRecipient(command, phase, responseCode, response ?? '') ? 'recipient' : 'other',
    replyCode: responseCode,
  }
}

/**
 * RFC 3463: x.1.y speaks of an address, x.2.y of a mailbox, x.7.y of policy: `550 5.7.1 relaying denied` at RCPT is our own fault.
 * Without an enhanced code a refusal at RCPT is about the recipient, unless its number says otherwise (RFC 5321 4.2.2).
 */
function isAboutRecipient(command: string | undefined, phase: Phase, replyCode: number, response: string): boolean {
  const [, subject, detail] = /^\d{3}[ -][245]\.(\d{1,3})\.(\d{1,3})\b/.exec(response) ?? []
  // x.1.7 and x.1.8 are about the sender's address.
  if (subject !== undefined) return (subject === '1' && detail !== '7' && detail !== '8') || subject === '2'
  return command === 'RCPT TO' && phase === 'before-data' && [450, 452, 550, 551, 552, 553].includes(replyCode)
}

function printable(response: string): string {
  return response.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 500)
}
