// A mail listener with a scripted desk behind it, and the directions of a dialog that work them:
//
//   with maxErrors 3           a limit (of SmtpLimits), or maxMessageBytes
//   with proxies 127.0.0.1     who must begin with a PROXY header
//   door as scripted           nothing to do: the dialog counts on this desk's answers (clinic@ is taken, nobody@ is not)
//   door data throws           the desk breaks at that call; `door data 554 5.6.0 No` : it answers so; `door data waits`, `door data goes on`
//   door saw data 1            that call was made so many times by now (waits for it)
//   door after 400             so many milliseconds later
//   door heard mail size=12    the last such call was about this (a pattern)
//   listener closes 1000       begins to close with so many milliseconds of grace; `listener closed` waits until it has

import { EventEmitter, once } from 'node:events'
import type { MailDoor, Transaction } from '../../src/intake/desk.js'
import type { Log } from '../../src/log.js'
import { describeError } from '../../src/log.js'
import type { Peer } from '../../src/mail/envelope.js'
import { type Reply, reply } from '../../src/mail/reply.js'
import type { SmtpLimits } from '../../src/smtp/limits.js'
import { createMailListener, type MailListener } from '../../src/smtp/listener.js'
import type { Dialog } from '../support/dialog.js'
import { type TestTls, testTls } from '../support/tls.js'

const REFUSALS: Readonly<Record<string, Reply>> = {
  'message-too-big': reply(552, '5.3.4', 'The message is too large, at most 1 MB of files'),
  'bare-line-end': reply(554, '5.6.0', 'The message has broken line ends'),
  'no-memory': reply(452, '4.3.1', 'No room for the message now'),
  deadline: reply(451, '4.4.2', 'The message came too slowly'),
}

/** Bytes as they can be matched in one line. */
function visible(raw: readonly Buffer[]): string {
  return JSON.stringify(Buffer.concat(raw).toString('latin1'))
}

export class ScriptedDoor implements MailDoor {
  readonly counts = new Map<string, number>()
  readonly heard = new Map<string, string>()
  readonly #script = new Map<string, string>()
  readonly #changes = new EventEmitter()
  readonly #open = new Set<Transaction>()
  readonly #maxBytes: number
  /** What no dialog may ever cause. */
  readonly mistakes: string[] = []
  /** Bytes of the budget that transactions hold now. */
  reserved = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  direct(call: string, how: string): void {
    this.#script.set(call, how)
    this.#changes.emit('change')
  }

  async waitFor(call: string, count: number): Promise<void> {
    while ((this.counts.get(call) ?? 0) < count) await once(this.#changes, 'change', { signal: AbortSignal.timeout(60_000) })
    await new Promise((resolve) => setImmediate(resolve))
    const seen = this.counts.get(call) ?? 0
    if (seen !== count) throw new Error(`${call} was called ${seen} times`)
  }

  async signIn(user: string, password: string, peer: Peer): Promise<string | null> {
    const scripted = await this.#play('signIn', `user=${user} tls=${peer.tls}`)
    if (scripted) throw new Error('signIn gives no reply')
    return user === 'clinic' && password === 'right' ? 'provider-1' : null
  }

  async mail(peer: Peer, mailFrom: string, size: number | null): Promise<Transaction | Reply> {
    const about = `from=<${mailFrom}> size=${size} peer=${peer.address} ehlo=${peer.ehlo} with=${peer.protocol} tls=${peer.tls} signedInAs=${peer.signedInAs}`
    const scripted = await this.#play('mail', about)
    if (scripted) return scripted
    if (size !== null && size > this.#maxBytes) return REFUSALS['message-too-big'] ?? reply(552, '5.3.4', 'too big')
    const transaction: Transaction = {
      id: String(this.counts.get('mail')),
      peer,
      mailFrom,
      reservedBytes: size ?? this.#maxBytes,
      rcptTo: null,
    }
    this.#open.add(transaction)
    this.reserved += transaction.reservedBytes
    return transaction
  }

  async rcpt(transaction: Transaction, address: string): Promise<Reply | null> {
    const scripted = await this.#play('rcpt', `to=<${address}>`)
    this.#expectOpen(transaction, 'rcpt')
    if (scripted) return scripted
    if (transaction.rcptTo !== null) return reply(452, '4.5.3', 'One intake address a message')
    if (!address.startsWith('clinic@') && !address.startsWith('klinik-ü@')) return reply(550, '5.1.1', 'No such intake address')
    transaction.rcptTo = address
    return null
  }

  async data(transaction: Transaction, raw: Buffer[]): Promise<Reply> {
    const scripted = await this.#play('data', visible(raw))
    this.#expectOpen(transaction, 'data')
    return scripted ?? reply(250, '2.6.0', 'Taken as intake 1')
  }

  async refuseData(transaction: Transaction, kind: string, bytes: number): Promise<Reply> {
    const scripted = await this.#play('refuseData', `${kind} bytes=${bytes}`)
    this.#expectOpen(transaction, 'refuseData')
    return scripted ?? REFUSALS[kind] ?? reply(554, '5.0.0', kind)
  }

  release(transaction: Transaction): void {
    this.#note('release', '')
    this.#expectOpen(transaction, 'release')
    this.#open.delete(transaction)
    this.reserved -= transaction.reservedBytes
  }

  async #play(call: string, about: string): Promise<Reply | null> {
    this.#note(call, about)
    const how = this.#script.get(call)
    if (how === 'throws') throw new TypeError('Cannot read properties of undefined (reading secretAnswer)')
    while (this.#script.get(call) === 'waits') await once(this.#changes, 'change')
    const [, code, enhanced, text] = /^(\d{3}) (\S+) (.*)$/.exec(how ?? '') ?? []
    return code && enhanced && text ? reply(Number(code), enhanced, text) : null
  }

  #note(call: string, about: string): void {
    this.heard.set(call, about)
    this.counts.set(call, (this.counts.get(call) ?? 0) + 1)
    this.#changes.emit('change')
  }

  #expectOpen(transaction: Transaction, call: string): void {
    if (!this.#open.has(transaction)) this.mistakes.push(`${call} on a transaction that was released`)
  }
}

export interface Stage {
  readonly door: ScriptedDoor
  readonly listener: MailListener
  readonly tls: TestTls
  readonly port: number
  readonly smtpsPort: number
  /** Lines of the log, as objects. */
  readonly log: ReadonlyArray<Record<string, unknown>>
  direct(who: string, what: string): Promise<void>
}

export type StageOptions = Partial<SmtpLimits> & { readonly maxMessageBytes?: number; readonly proxies?: readonly string[] }

/** The limits that the `with` lines of a dialog set. */
export function settingsOf({ steps }: Dialog): StageOptions {
  const pairs = steps.filter(({ who }) => who === 'with').map(({ what }) => what.split(' '))
  return Object.fromEntries(pairs.map(([name, value]) => [name, name === 'proxies' ? [value] : Number(value)]))
}

/** Starts a listener on free ports. The caller closes it. */
export async function openStage(options: StageOptions = {}, tls = testTls()): Promise<Stage> {
  const { maxMessageBytes = 1_000_000, proxies = [], ...limits } = options
  const door = new ScriptedDoor(maxMessageBytes)
  const log: Array<Record<string, unknown>> = []
  const listener = createMailListener({
    ...{ door, tls, maxMessageBytes, proxies, limits, log: recordingLog(log) },
    ...{ host: '127.0.0.1', port: 0, smtpsPort: 0, hostname: 'intake.example.org' },
  })
  const { port, smtpsPort } = await listener.start()
  let closing: Promise<void> | null = null
  const direct = async (who: string, what: string): Promise<void> => {
    const [verb = '', name = '', rest = ''] = /^(\S+) ?(\S*) ?(.*)$/.exec(what)?.slice(1) ?? []
    if (who === 'with') return
    if (who === 'listener' && verb === 'closes') closing = listener.close(Number(name))
    else if (who === 'listener' && verb === 'closed') await closing
    else if (who === 'door' && verb === 'saw') await door.waitFor(name, Number(rest))
    else if (who === 'door' && verb === 'after') await new Promise((resolve) => setTimeout(resolve, Number(name)))
    else if (who === 'door' && verb === 'heard') expectHeard(door.heard.get(name) ?? '', rest)
    else if (who === 'door') door.direct(verb, `${name} ${rest}`.trim())
    else throw new Error('not a direction')
  }
  return { door, listener, tls, port, smtpsPort: smtpsPort ?? 0, log, direct }
}

function expectHeard(about: string, pattern: string): void {
  if (!new RegExp(pattern).test(about)) throw new Error(`the desk heard: ${about}`)
}

function recordingLog(lines: Array<Record<string, unknown>>): Log {
  return {
    event: (name, fields = {}) => lines.push({ event: name, ...fields }),
    failure: (where, error, fields = {}) => lines.push({ event: 'failed', where, ...describeError(error), ...fields }),
  }
}
