// The post: mails that hold no code wait in the outbox until the relay has taken them. What waits is sealed under our key, since a
// receipt lists digests and a sign-in mail holds a link.

import { randomUUID } from 'node:crypto'
import { type Clock, DAY, HOUR, MINUTE } from '../clock.js'
import type { Papers } from '../documents/workshop/papers.js'
import type { Log } from '../log.js'
import type { Courier, Handoff } from '../mail/courier.js'
import { composeLetter, type DkimKey } from '../mail/letter.js'
import type { MailWriter, QueuedMail } from '../queued-mail.js'
import type { OutboxItem } from '../store/outbox.js'
import type { Store, Tables } from '../store/store.js'
import type { Templates } from '../templates.js'
import type { Texts } from '../texts.js'
import { type Receipt, receiptMail } from './receipt.js'
import { type Letter, untoldAlerts } from './untold.js'

/** Who our mails come from. */
export interface Sender {
  readonly mailFrom: string
  readonly operatorName: string
  /** How to reach the operator, one line. */
  readonly operatorContact: string
  /** Origin of the site; a function, because a free port is known only once the door is open. */
  readonly publicUrl: () => string
  readonly dkim: DkimKey | null
}

/** Waits after the 1st, 2nd, … failed try; the last one repeats until `GIVE_UP_AFTER`. */
const WAITS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR]
/** As long as a mail server keeps trying (RFC 5321 4.5.4.1). */
const GIVE_UP_AFTER = 5 * DAY
/** More than fit into that time: ends what cannot even be read or written, whose age nobody knows. */
const MOST_TRIES = 50
const LEASE_MS = 5 * MINUTE
const AT_ONCE = 10

export interface PostOptions {
  readonly store: Store
  readonly courier: Courier
  readonly templates: Templates
  readonly texts: Texts
  /** Where receipts are drawn. */
  readonly papers: Papers
  readonly sender: Sender
  readonly clock: Clock
  readonly log: Log
  /** How long between looks into the outbox when nobody wakes us. */
  readonly everyMs?: number
}

class DamagedLetterError extends Error {
  override name = 'DamagedLetterError'
}

export class Post {
  readonly #options: PostOptions
  readonly #owner = randomUUID()
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  #stopped = false
  #again = false
  readonly #writers = new Map<string, MailWriter<Tables>>()

  constructor(options: PostOptions) {
    this.#options = options
  }

  /** Queues a mail within the caller's transaction: it is sent if, and only if, that commits. The same key is queued once. */
  async queueMail(tables: Tables, mail: QueuedMail): Promise<void> {
    await this.#queue(tables, mail.idempotencyKey, { kind: 'mail', queuedAt: this.#options.clock.now(), mail: withoutBytes(mail) })
  }

  /** Queues a provider's receipt, likewise. */
  async queueReceipt(tables: Tables, receipt: Receipt): Promise<void> {
    await this.#queue(tables, receiptKey(receipt.intakeNumber), { kind: 'receipt', queuedAt: this.#options.clock.now(), receipt })
  }

  /** Queues, likewise, a mail that its template's writer makes when it is sent. `about` tells the writer what it is about. */
  async queueWritten(tables: Tables, template: string, about: string, idempotencyKey: string): Promise<void> {
    await this.#queue(tables, idempotencyKey, { kind: 'written', queuedAt: this.#options.clock.now(), template, about })
  }

  /** Names who writes the mails of that template. To be called before anything is sent. */
  entrust(template: string, writer: MailWriter<Tables>): void {
    this.#writers.set(template, writer)
  }

  /** Message-ID of the receipt for that intake, for a mail that answers it; null when there was none. */
  async receiptId(tables: Tables, intakeNumber: string): Promise<string | null> {
    const id = await tables.outbox.idOf(receiptKey(intakeNumber))
    return id === null ? null : this.#messageId(id)
  }

  async #queue(tables: Tables, idempotencyKey: string, letter: Letter): Promise<void> {
    const id = randomUUID()
    const payload = this.#options.store.keyring.seal('outbox', id, Buffer.from(JSON.stringify(letter)))
    const kind = letter.kind === 'mail' ? letter.mail.template : letter.kind === 'written' ? letter.template : 'receipt'
    await tables.outbox.add({ id, kind, idempotencyKey, payload, runAt: letter.queuedAt, attempts: 0 })
    this.wake()
  }

  /** Hands a mail to the relay now, past the outbox: for when nothing can be written. Whether the relay took it. */
  async mailNow(mail: QueuedMail): Promise<boolean> {
    const handoff = await this.#options.courier.hand(await this.#compose(mail, randomUUID()), { from: '', to: mail.to })
    this.#options.log.event(handoff.outcome === 'accepted' ? 'mailed' : 'mail-given-up', { kind: mail.template, reason: handoff.outcome })
    return handoff.outcome === 'accepted'
  }

  start(): void {
    this.#stopped = false
    this.#timer = setInterval(() => this.wake(), this.#options.everyMs ?? 15_000)
    this.wake()
  }

  /** Looks into the outbox soon: after the present transaction, not within it. */
  wake(): void {
    if (this.#stopped || this.#timer === null) return
    this.#again = true
    this.#running ??= this.#work().finally(() => {
      this.#running = null
    })
  }

  /** Resolves when what is being sent has been sent or has failed. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    await this.#running
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      await new Promise((resolve) => setImmediate(resolve))
      try {
        if ((await this.sendDue()) === AT_ONCE) this.#again = true
      } catch (error) {
        this.#options.log.failure('outbox', error)
      }
    }
  }

  /** Sends what is due, up to ten mails; how many it tried. */
  async sendDue(): Promise<number> {
    const { store, clock, log } = this.#options
    const items = await store.write((tables) => tables.outbox.lease(this.#owner, LEASE_MS, AT_ONCE, clock.now()))
    for (const item of items) {
      try {
        await this.#send(item)
      } catch (error) {
        log.failure('outbox', error, { kind: item.kind, attempts: item.attempts })
        await this.#later(item, clock.now())
      }
    }
    return items.length
  }

  async #send(item: OutboxItem): Promise<void> {
    const { store, log } = this.#options
    const letter = this.#letterOf(item)
    if (!letter) throw new DamagedLetterError('a waiting mail is damaged')
    const mail = await this.#mailOf(letter)
    if (!mail) {
      await store.write((tables) => tables.outbox.done(item.id, this.#owner))
      return
    }
    const handoff = await this.#options.courier.hand(await this.#compose(mail, item.id), { from: '', to: mail.to })
    if (handoff.outcome === 'accepted') {
      await store.write((tables) => tables.outbox.done(item.id, this.#owner))
      log.event('mailed', { kind: item.kind, attempts: item.attempts })
    } else if (isFinal(handoff)) {
      await this.#giveUp(item, handoff.outcome)
    } else {
      log.event('mail-delayed', { kind: item.kind, attempts: item.attempts, reason: handoff.outcome })
      await this.#later(item, letter.queuedAt)
    }
  }

  /** Null: there is nothing to send any more. */
  async #mailOf(letter: Letter): Promise<QueuedMail | null> {
    if (letter.kind === 'mail') return letter.mail
    if (letter.kind === 'receipt') return receiptMail(letter.receipt, this.#options)
    const writer = this.#writers.get(letter.template)
    if (!writer) throw new Error('a waiting mail has no writer')
    return writer.write(letter.about)
  }

  async #later(item: OutboxItem, queuedAt: number): Promise<void> {
    const { store, clock } = this.#options
    const now = clock.now()
    if (now - queuedAt > GIVE_UP_AFTER || item.attempts >= MOST_TRIES) {
      await this.#giveUp(item, 'too-old')
      return
    }
    const wait = WAITS[Math.min(item.attempts, WAITS.length) - 1] ?? MINUTE
    await store.write((tables) => tables.outbox.retry(item.id, this.#owner, now + wait))
  }

  async #giveUp(item: OutboxItem, reason: string): Promise<void> {
    const { store, texts, sender, clock, log } = this.#options
    await store.write(async (tables) => {
      if (!(await tables.outbox.fail(item.id, this.#owner))) return
      const about = { texts, publicUrl: sender.publicUrl(), at: clock.now() }
      const letter = this.#letterOf(item)
      if (letter?.kind === 'written') await this.#writers.get(letter.template)?.givenUp(tables, letter.about)
      for (const alert of untoldAlerts(letter, await tables.admins.list(), about)) await this.queueMail(tables, alert)
    })
    log.event('mail-given-up', { kind: item.kind, attempts: item.attempts, reason })
  }

  /** Null: it is damaged. */
  #letterOf({ id, payload }: OutboxItem): Letter | null {
    try {
      return JSON.parse(this.#options.store.keyring.open('outbox', id, payload).toString())
    } catch {
      return null
    }
  }

  /** The same at every try, so that a mail program shows a second copy once. */
  #messageId(id: string): string {
    const { mailFrom } = this.#options.sender
    return `${id}@${mailFrom.slice(mailFrom.indexOf('@') + 1)}`
  }

  #compose(mail: QueuedMail, id: string): Promise<Buffer> {
    const { templates, texts, sender } = this.#options
    const values = { operatorName: sender.operatorName, operatorContact: sender.operatorContact, ...mail.values }
    return composeLetter(
      {
        from: { name: sender.operatorName, address: sender.mailFrom },
        to: mail.to,
        subject: texts.in(mail.language)(`${mail.catalogue ?? 'mail'}.${mail.template}.subject`, values),
        text: templates.render(`mail/${mail.template}.txt`, mail.language, values),
        html: templates.render(`mail/${mail.template}.html`, mail.language, values),
        inReplyTo: mail.inReplyTo ?? null,
        messageId: this.#messageId(id),
        attachments: [...(mail.attachments ?? [])],
        automatic: mail.automatic ?? 'auto-generated',
        ...(mail.replyTo !== undefined && { headers: { 'Reply-To': mail.replyTo } }),
      },
      sender.dkim ? { dkim: sender.dkim } : {},
    )
  }
}

function receiptKey(intakeNumber: string): string {
  return `receipt/${intakeNumber}`
}

function isFinal(handoff: Handoff): boolean {
  return handoff.outcome === 'refused' && handoff.permanent
}

/** Attachments are made when the mail is written, not while it waits. */
function withoutBytes(mail: QueuedMail): QueuedMail {
  if (mail.attachments?.length) throw new Error('a waiting mail carries no attachments')
  return mail
}
