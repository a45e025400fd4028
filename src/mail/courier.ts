// Hands one composed mail to the relay (RFC 5321), or into a Maildir for trying out. What matters is what is known afterwards: a mail
// with a code must not be sent twice in doubt, nor be taken for sent. Reads no mail, keeps no copy, logs nothing.

import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { RelayCourier } from './relay.js'

/**
 * What became of a mail. `accepted`: the relay has taken it on. `refused`: it said no; `about` is `recipient` when it said so of
 * the address. `unreachable`: certainly not sent. `unknown`: the connection failed after our final dot, so it may have been sent.
 */
export type Handoff =
  | { readonly outcome: 'accepted'; readonly reply: string }
  | { readonly outcome: 'refused'; readonly permanent: boolean; readonly about: 'recipient' | 'other'; readonly replyCode: number }
  | { readonly outcome: 'unreachable' }
  | { readonly outcome: 'unknown' }

export interface Envelope {
  /** The reverse-path; '' is the null reverse-path. */
  readonly from: string
  readonly to: string
  /**
   * Names this mail to whoever reports about it (RFC 3461 4.4). Where it is given, and the relay offers DSN, the relay is asked to
   * report failures alone, and to return the header alone: a report should not carry the text about.
   */
  readonly envelopeId?: string
}

export interface Courier {
  /** One mail to one recipient. Never rejects. */
  hand(raw: Buffer, envelope: Envelope): Promise<Handoff>
  /** Whether mail could be handed over now; at most five seconds. */
  probe(): Promise<boolean>
  /** Whether a relay would keep what is asked with an `envelopeId` (RFC 3461); null: mail could not be handed over now, or goes to no relay. */
  offersDsn(): Promise<boolean | null>
  /** Hands nothing more over; mails on their way are finished. */
  close(): Promise<void>
}

export interface RelayOptions {
  readonly timeoutsMs: {
    /** For everything up to the relay's 354, and once more for the text up to our dot. */
    readonly beforeDot: number
    /** For the answer to our dot (RFC 5321 4.5.3.2.6 grants ten minutes; we cannot hold the provider so long). */
    readonly afterDot: number
  }
  readonly ehlo: string
  /** Milliseconds that only grow; the system's if not given. */
  readonly monotonic?: () => number
}

/**
 * A courier to `smtp://user:password@host:port` or `smtps://…`. Over `smtp:` STARTTLS is required with a certificate that holds,
 * unless the relay is on this machine. Throws on a URL that is none; the error does not quote it.
 */
export function relayCourier(url: string, options: RelayOptions): Courier {
  return new RelayCourier(url, options)
}

/** A courier into a Maildir, made if missing: each mail a file of its own, readable by its owner only, durable before it is `accepted`. */
export function maildirCourier(folder: string): Courier {
  let count = 0
  const ready = async () => {
    for (const name of ['tmp', 'new', 'cur']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
  }
  return {
    async hand(raw) {
      try {
        await ready()
        const name = `${Math.floor(Date.now() / 1000)}.P${process.pid}Q${++count}R${randomBytes(6).toString('hex')}.${maildirHost()}`
        await deliver(folder, name, raw)
        return { outcome: 'accepted', reply: '250 in the Maildir' }
      } catch {
        return { outcome: 'unreachable' }
      }
    },
    async probe() {
      return await ready().then(
        () => true,
        () => false,
      )
    },
    async offersDsn() {
      return null
    },
    async close() {},
  }
}

async function deliver(folder: string, name: string, raw: Buffer): Promise<void> {
  const temporary = join(folder, 'tmp', name)
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(raw)
    await file.sync()
  } catch (error) {
    await unlink(temporary)
    throw error
  } finally {
    await file.close()
  }
  await rename(temporary, join(folder, 'new', name))
  const directory = await open(join(folder, 'new'), 'r')
  await directory.sync().finally(() => directory.close())
}

/** In a Maildir name `/` and `:` are written as octal (cr.yp.to/proto/maildir.html). */
function maildirHost(): string {
  return hostname().replace(/\//g, '\\057').replace(/:/g, '\\072')
}
