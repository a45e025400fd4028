// An intake desk on a real store in a temporary folder, with a courier that keeps what it is handed, a clock that stands still, and one
// provider and one consumer who has set her answer.

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { papersHere } from '../../src/documents/workshop/papers.js'
import { closedWorkshop } from '../../src/documents/workshop/workshop.js'
import { Mint } from '../../src/hip/mint.js'
import { Breaker, DiskFloor, MemoryBudget } from '../../src/intake/admission.js'
import { type DoorOptions, IntakeDoor } from '../../src/intake/door.js'
import { Post } from '../../src/intake/post.js'
import { PeerQuota } from '../../src/intake/quota.js'
import { type Log, silentLog } from '../../src/log.js'
import type { Courier, Envelope, Handoff } from '../../src/mail/courier.js'
import type { Peer } from '../../src/mail/envelope.js'
import { isAcceptance, type Reply } from '../../src/mail/reply.js'
import { Semaphore } from '../../src/semaphore.js'
import type { Provider } from '../../src/store/providers.js'
import { openStore, type Store } from '../../src/store/store.js'
import { createTemplates } from '../../src/templates.js'
import { loadTexts } from '../../src/texts.js'
import { quickStretch } from './quick-hashes.js'

export const QUESTION = 'The boat in the story?'
export const CONSUMER = 'pat@home.example'

/** Keeps what it is handed; `answer` says what the relay says. */
export class FakeCourier implements Courier {
  readonly handed: Array<{ raw: string; to: string; from: string; envelopeId?: string }> = []
  answer: (to: string) => Handoff | Promise<Handoff> = () => ({ outcome: 'accepted', reply: '250 ok' })
  alive = true

  async hand(raw: Buffer, envelope: Envelope): Promise<Handoff> {
    this.handed.push({ raw: raw.toString(), ...envelope })
    return this.answer(envelope.to)
  }

  async probe(): Promise<boolean> {
    return this.alive
  }

  async offersDsn(): Promise<boolean | null> {
    return this.alive
  }

  async close(): Promise<void> {}

  /** The codes mailed so far, in order. */
  codes(to = CONSUMER): string[] {
    return this.handed
      .filter((mail) => mail.to === to)
      .flatMap(({ raw }) => raw.match(/\b\d{4} \d{4} \d{4} \d{4}\b/)?.[0].replaceAll(' ', '') ?? [])
  }
}

/** Nobody has asked for anything. */
export const nobodyWaits: DoorOptions['requests'] = { find: async () => null, answered: async () => {}, reopen: async () => {} }

export interface Bench {
  readonly folder: string
  readonly store: Store
  readonly courier: FakeCourier
  readonly door: IntakeDoor
  readonly post: Post
  readonly provider: Provider
  readonly consumerId: string
  readonly clock: { now(): number; at: number }
  readonly options: DoorOptions
  /** Sends one message as the door would: MAIL, RCPT, DATA. */
  send(raw: Buffer, how?: Partial<Sending>): Promise<Reply>
}

export interface Sending {
  readonly peer: Partial<Peer>
  readonly mailFrom: string
  readonly to: string
  readonly size: number | null
}

export const PROVIDER: Provider = {
  id: 'provider-1',
  slug: 'clinic',
  name: 'Sample Clinic',
  state: 'active',
  auth: ['password', 'dmarc', 'network'],
  senders: ['records@clinic.example'],
  faxSenders: [],
  fax: null,
  networks: ['192.0.2.0/24'],
  receiptsTo: null,
  pickedUp: false,
  unmatched: 'reject',
  smtpUser: 'clinic',
  smtpPasswordHash: null,
  createdAt: 1,
}

export async function makeBench(t: Test, change: Partial<DoorOptions> & { provider?: Partial<Provider>; log?: Log } = {}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'hepoex-desk-'))
  const store = await openStore({ mailboxes: join(folder, 'mailboxes'), keyFile: join(folder, 'keys', 'service.key') })
  const courier = new FakeCourier()
  const clock = { at: Date.UTC(2026, 10, 22, 10), now: () => clock.at }
  const texts = loadTexts('templates/texts')
  const templates = createTemplates(['templates'], texts)
  const log = change.log ?? silentLog
  const sender = {
    mailFrom: 'postbox@intake.localhost',
    operatorName: 'Operator',
    operatorContact: 'op@intake.localhost',
    publicUrl: () => 'http://site.test',
    dkim: null,
  }
  const papers = papersHere(texts)
  const post = new Post({ store, courier, templates, texts, papers, sender, clock, log })
  const pepperId = store.keyring.currentPepper
  const pepper = { id: pepperId, key: store.keyring.pepper(pepperId, 'code') }
  const stretch = async (code: string, salt: Buffer) => quickStretch(code, salt)
  const mint = new Mint({ pepper, size: 0, semaphore: new Semaphore(2), stretch })
  const { provider: providerChange, ...optionChange } = change
  const provider = { ...PROVIDER, ...providerChange }
  const options: DoorOptions = {
    ...{ store, courier, post, mint, templates, texts, sender, clock, log },
    work: new Semaphore(2),
    breaker: new Breaker({ now: () => clock.now(), probe: () => courier.probe() }),
    resolver: async () => {
      throw Object.assign(new Error('no network in tests'), { code: 'ENOTFOUND' })
    },
    operator: { name: 'Operator', email: 'op@intake.localhost', phone: '', fax: '' },
    hostname: 'intake.localhost',
    packageDays: 30,
    budget: new MemoryBudget(200_000_000),
    quota: new PeerQuota({ windowMs: 60_000, messages: 10_000, bytes: 1e12 }, () => clock.now()),
    storage: { isSound: true },
    virusScan: null,
    requests: nobodyWaits,
    workshop: closedWorkshop,
    disk: new DiskFloor({ blobs: store.blobs, floor: 0, now: () => clock.now() }),
    intakeDomain: 'intake.localhost',
    maxMessageBytes: 52_428_800,
    maxWaiting: 20,
    checkPassword: async () => null,
    isStopping: () => false,
    ...optionChange,
  }
  const door = new IntakeDoor(options)
  await store.write((tables) => tables.providers.add(provider))
  const consumerId = await enrol(store, CONSUMER, clock.at)
  t.teardown(async () => {
    await post.stop()
    mint.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  const bench: Bench = {
    folder,
    store,
    courier,
    door,
    post,
    provider,
    consumerId,
    clock,
    options,
    send: (raw, how) => send(door, provider, raw, how),
  }
  return bench
}

async function send(door: IntakeDoor, provider: Provider, raw: Buffer, how: Partial<Sending> = {}): Promise<Reply> {
  const { peer = {}, mailFrom = 'records@clinic.example', to = `${provider.slug}@intake.localhost`, size = null } = how
  const whole: Peer = {
    address: '198.51.100.7',
    ehlo: 'mx.clinic.example',
    tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
    signedInAs: provider.id,
    ...peer,
  }
  const transaction = await door.mail(whole, mailFrom, size)
  if ('replyCode' in transaction) return transaction
  try {
    return (await door.rcpt(transaction, to)) ?? (await door.data(transaction, [raw]))
  } finally {
    door.release(transaction)
  }
}

/** A consumer with a question and an answer key, as the accounts desk would leave her. Returns her id. */
export async function enrol(store: Store, address: string, at: number): Promise<string> {
  const id = `consumer-${address}`
  const salt = randomBytes(16)
  const pepperId = store.keyring.currentPepper
  // The slow hash of a real answer is the accounts desk's affair: any 32 bytes seal alike.
  const answerKey = randomBytes(32)
  await store.write(async (tables) => {
    await tables.consumers.register({ id, address, language: 'en', createdAt: at, answerVersion: null })
    await tables.answers.add({
      consumerId: id,
      version: 1,
      normalisation: 1,
      salt,
      questionSealed: store.keyring.seal('question', `${id}/1`, Buffer.from(QUESTION)),
      answerKeySealed: store.keyring.seal('answer-key', `${id}/1`, answerKey),
      pepperId,
      wrongInRow: 0,
      wrongTotal: 0,
      nextTryAt: 0,
      lockedAt: null,
      frozenAt: null,
      createdAt: at,
      retiredAt: null,
    })
    await tables.consumers.setAnswerVersion(id, null, 1)
  })
  return id
}

export function accepted(reply: Reply): boolean {
  return isAcceptance(reply)
}
