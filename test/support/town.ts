// The whole service in this process, with a relay that keeps what it takes, and the people around it: a clinic that mails, a person with
// a browser. Everything goes over real sockets.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { createTransport, type SentMessageInfo } from 'nodemailer'
import type { Test } from 'tap'
import { Visitor } from '../../scripts/visitor.mjs'
import { providerRegistry } from '../../src/accounts/providers.js'
import { loadConfig } from '../../src/config.js'
import { closedWorkshop, type Workshop } from '../../src/documents/workshop/workshop.js'
import { createLog } from '../../src/log.js'
import { type Service, startService } from '../../src/service/service.js'
import type { Provider } from '../../src/store/providers.js'
import { quickAnswerKey } from './quick-hashes.js'
import { type RelayBehaviour, startRelay, type TestRelay } from './relay.js'
import { refusingResolver } from './resolver.js'

export interface Mail {
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly headers: Map<string, unknown>
}

export interface Letter {
  readonly from?: string
  readonly subject: string
  readonly text?: string
  readonly messageId?: string
  /** The whole message, instead of all the others. */
  readonly raw?: string
  readonly attachments: ReadonlyArray<{ readonly filename: string; readonly contentType: string; readonly content: Buffer }>
}

export interface Town {
  readonly folder: string
  readonly relay: TestRelay
  service: Service
  readonly provider: Provider
  /** Lines the service logged so far. */
  readonly log: string[]
  /** Stops the service and starts it again on the same data. */
  restart(): Promise<void>
  /** Mails the relay took for that address, parsed, oldest first. */
  mails(to: string): Promise<Mail[]>
  /** The first mail for that address whose subject or text matches; waits for it. */
  mail(to: string, pattern: RegExp): Promise<Mail>
  visitor(): Visitor
  /** Registers on the site: address, mailed link, question and answer. */
  register(address: string, question: string, answer: string): Promise<Visitor>
  /** Mails as the clinic, signed in over STARTTLS. Rejects with `responseCode` when refused. */
  send(letter: Letter): Promise<SentMessageInfo>
}

export interface TownOptions {
  readonly relay?: RelayBehaviour
  readonly settings?: Record<string, string>
  readonly storageWaitMs?: number
  /** Documents are unpacked and copied by real workers: a second more for the first message. */
  readonly copies?: true
  /** Or by these. */
  readonly workshop?: Workshop
  /** The slow hash of answers as it is; otherwise a quick one, which decides alike. */
  readonly slowHashes?: true
}

export const SENDER = 'records@clinic.example'

export async function openTown(t: Test, options: TownOptions = {}): Promise<Town> {
  const folder = await mkdtemp(join(tmpdir(), 'hepoex-town-'))
  const relay = await startRelay(options.relay)
  const log: string[] = []
  const config = loadConfig({
    HEPOEX_MAILBOXES: join(folder, 'mailboxes'),
    HEPOEX_KEY_FILE: join(folder, 'keys', 'service.key'),
    HEPOEX_RELAY_URL: relay.url,
    HEPOEX_SMTP_PORT: '0',
    HEPOEX_WEB_PORT: '0',
    HEPOEX_OPERATOR_NAME: 'Sample Postbox',
    ...options.settings,
  })
  const { storageWaitMs, copies, workshop = copies ? null : closedWorkshop, slowHashes } = options
  const start = () =>
    startService({
      ...{ config, log: createLog({ write: (line) => log.push(line) }), graceMs: 2_000, resolver: refusingResolver() },
      // Most towns see one message: four codes more would be half of their work.
      codesAhead: 0,
      ...(storageWaitMs !== undefined && { storageWaitMs }),
      ...(workshop && { workshop }),
      ...(!slowHashes && { deriveAnswer: async (...about) => quickAnswerKey(...about) }),
    })
  const service = await start()
  t.teardown(async () => {
    await town.service.stop()
    await relay.close()
    await rm(folder, { recursive: true, force: true })
  })
  const registry = providerRegistry({ store: service.store, now: () => Date.now() })
  const added = await registry.add({
    name: 'Sample Clinic',
    slug: 'clinic',
    senders: [SENDER],
    auth: ['password'],
    networks: [],
    unmatched: 'reject',
  })
  if (added.kind !== 'added' || !added.smtpPassword) throw new Error('the provider was not added')
  const { provider, smtpPassword } = added
  const mails = (to: string) => Promise.all(relay.messages.filter((message) => message.to === to).map(parse))
  const town: Town = {
    ...{ folder, relay, service, provider, log, mails },
    restart: async () => {
      await town.service.stop()
      town.service = await start()
    },
    mail: async (to, pattern) => {
      for (;;) {
        // Asked for before the look, so that none comes in between unseen.
        const next = relay.next()
        const found = (await mails(to)).find(({ subject, text }) => pattern.test(subject) || pattern.test(text))
        if (found) return found
        await next
      }
    },
    visitor: () => new Visitor(town.service.webUrl),
    register: (address, question, answer) => register(town, address, question, answer),
    send: (letter) => send(town, smtpPassword, letter),
  }
  return town
}

async function parse({ raw, from, to }: { raw: string; from: string; to: string }): Promise<Mail> {
  const { subject, text, html, headers } = await simpleParser(raw)
  return { from, to, subject: subject ?? '', text: text ?? '', html: html || '', headers }
}

async function register(town: Town, address: string, question: string, answer: string): Promise<Visitor> {
  const visitor = town.visitor()
  await visitor.submit(await visitor.open('/sign-in'), { address })
  const mail = await town.mail(address, /\/sign-in\/link\//)
  await visitor.submit(await visitor.open(mail.text.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? ''))
  const set = await visitor.submit(await visitor.open('/profile/question'), { question, answer, again: answer })
  if (set.status !== 200) throw new Error(`the question was not set: ${set.status}`)
  return visitor
}

async function send(town: Town, password: string, letter: Letter): Promise<SentMessageInfo> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: town.service.smtpPort,
    requireTLS: true,
    auth: { user: town.provider.smtpUser ?? '', pass: password },
    tls: { ca: await readFile(join(town.folder, 'keys', 'smtp-tls.pem')), servername: 'intake.localhost' },
  })
  try {
    return await transport.sendMail({
      from: SENDER,
      to: `${town.provider.slug}@intake.localhost`,
      text: 'See the files.',
      envelope: { from: letter.from ?? SENDER, to: [`${town.provider.slug}@intake.localhost`] },
      ...letter,
      attachments: [...letter.attachments],
    })
  } finally {
    transport.close()
  }
}

/** Link and code of a notice. */
export function readNotice({ text }: Mail): { path: string; code: string } {
  return { path: text.match(/\/open\/\w+/)?.[0] ?? '', code: text.match(/\d{4} \d{4} \d{4} \d{4}/)?.[0] ?? '' }
}
