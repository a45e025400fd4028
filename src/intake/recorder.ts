// What is said and written down of one message's passage: the reply, a line in the service's log, and a row in the intake log.

import type { Clock } from '../clock.js'
import { megabytesOfFiles } from '../config.js'
import type { Log } from '../log.js'
import { maskAddress } from '../mail/address.js'
import type { Peer } from '../mail/envelope.js'
import type { Reply } from '../mail/reply.js'
import type { StageTimes } from '../stages.js'
import { type IntakeKey, messageKey, personKey } from '../store/intake-keys.js'
import type { Provider } from '../store/providers.js'
import type { Store, Tables } from '../store/store.js'
import type { Text, Texts } from '../texts.js'
import { type Disposition, outcomeOf, type Reason, replyFor } from './disposition.js'
import { drawIntakeNumber } from './number.js'
import type { Findings } from './receive.js'

/** What a log row says beyond the disposition. */
export interface Passage {
  readonly intakeNumber: string
  readonly peer: Peer
  readonly provider: Provider | null
  readonly intakeAddress: string | null
  readonly startedAt: number
  readonly bytes: number
  readonly findings: Findings
}

/** Dispositions whose log row is written by the transaction that makes them true. */
const OWN_ROW: ReadonlySet<Reason> = new Set(['accepted', 'bounce', 'held', 'held-answered'])

export const NOTHING_FOUND: Findings = { how: null, consumer: null, documents: 0, packageId: null }

export interface RecorderOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly texts: Texts
  readonly maxMessageBytes: number
  /** Told how long the steps of each message took. */
  readonly noteStages?: ((times: StageTimes) => void) | undefined
}

export class Recorder {
  readonly #options: RecorderOptions
  readonly #text: Text

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#text = options.texts.in('en')
  }

  /** One begins now, under a number of its own. */
  passage(peer: Peer, provider: Provider | null, intakeAddress: string | null, bytes: number): Passage {
    const startedAt = this.#options.clock.now()
    const intakeNumber = drawIntakeNumber(startedAt)
    return { intakeNumber, peer, provider, intakeAddress, startedAt, bytes, findings: NOTHING_FOUND }
  }

  /** Writes the log row, unless the transaction that made the disposition true did, then gives the reply. */
  async settle(disposition: Disposition, passage: Passage): Promise<Reply> {
    if (!OWN_ROW.has(disposition.reason)) await this.#options.store.write((tables) => this.append(tables, disposition, passage))
    return this.say(disposition, passage)
  }

  /** The reply, and a line in the log. */
  say(disposition: Disposition, passage: Passage): Reply {
    const reply = this.reply(disposition, passage)
    const { stages } = passage.findings
    if (stages) this.#options.noteStages?.(stages)
    this.#options.log.event(outcomeOf(disposition.reason), {
      intakeNumber: passage.intakeNumber,
      reason: disposition.reason,
      ...(disposition.detail && { detail: disposition.detail }),
      peer: passage.peer.address,
      ...(passage.provider && { providerSlug: passage.provider.slug }),
      bytes: passage.bytes,
      documents: passage.findings.documents,
      durationMs: this.#duration(passage),
      replyCode: reply.replyCode,
    })
    return reply
  }

  /** The row of the intake log, within the caller's transaction. */
  append(tables: Tables, disposition: Disposition, passage: Passage): Promise<void> {
    const { findings, peer } = passage
    const { replyCode, enhancedCode, text } = this.reply(disposition, passage)
    const row = {
      number: passage.intakeNumber,
      at: passage.startedAt,
      providerId: passage.provider?.id ?? null,
      consumerId: findings.consumer?.id ?? null,
      outcome: outcomeOf(disposition.reason),
      reason: disposition.reason,
      detail: disposition.detail ?? null,
      replyCode,
      enhancedCode,
      replyText: text,
      bytes: passage.bytes,
      documents: findings.documents,
      peer: peer.address,
      tls: peer.tls,
      how: findings.how,
      consumerMasked: findings.consumer ? maskAddress(findings.consumer.address) : null,
      intakeAddress: passage.intakeAddress,
      durationMs: this.#duration(passage),
      packageId: findings.packageId,
      ...(findings.stages && { stages: findings.stages }),
    }
    return tables.intakes.append(row, this.#keys(findings))
  }

  /** What the row is found by, in place of what it may not hold. */
  #keys({ names = [], messageId = null }: Findings): IntakeKey[] {
    const { keyring } = this.#options.store
    const people = names.map((name) => personKey(keyring, name))
    return messageId === null ? people : [...people, messageKey(keyring, messageId)]
  }

  #duration(passage: Passage): number {
    return Math.max(0, this.#options.clock.now() - passage.startedAt)
  }

  /** The disposition in words. */
  reply(disposition: Disposition, passage: Passage): Reply {
    const named =
      'intakeNumber' in disposition && typeof disposition.intakeNumber === 'string' ? disposition.intakeNumber : passage.intakeNumber
    const megabytes = megabytesOfFiles(this.#options.maxMessageBytes)
    return replyFor(disposition.reason, this.#text, { intakeNumber: named, megabytes })
  }
}
