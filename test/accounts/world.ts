// Both desks over a real store in a throw-away folder, with a clock that stands still and slow hashes that are quick and counted.

import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Accounts, createAccounts } from '../../src/accounts/accounts.js'
import { accountLinks } from '../../src/accounts/desk.js'
import { TEXTS } from '../../src/folders.js'
import { normaliseAnswer } from '../../src/hip/answer.js'
import { codeSecret, codeVerifier, derivePassphrase } from '../../src/hip/keys.js'
import { drawPackageNumber } from '../../src/hip/number.js'
import { type PackageContents, seal } from '../../src/hip/seal.js'
import { silentLog } from '../../src/log.js'
import type { ProviderMailbox, QueuedMail } from '../../src/queued-mail.js'
import { reopenAnswered } from '../../src/requests/awaited.js'
import { packageRemoval } from '../../src/retrieval/removal.js'
import { createRetrieval, type Retrieval } from '../../src/retrieval/retrieval.js'
import type { RetrievalTools } from '../../src/retrieval/tools.js'
import { Semaphore } from '../../src/semaphore.js'
import type { PackageRow } from '../../src/store/packages.js'
import { openStore, type Store } from '../../src/store/store.js'
import { loadTexts } from '../../src/texts.js'
import { quickAnswerKey, quickStretch } from '../support/quick-hashes.js'

export const SITE = 'https://postbox.example.org'
const texts = loadTexts(TEXTS)

/** What the retrieval desk needs besides, where it does not matter. */
export const RETRIEVAL_SETTINGS: Pick<RetrievalTools, 'texts' | 'publicUrl' | 'packageDays' | 'providerMailbox' | 'requests'> = {
  ...{ texts, publicUrl: () => SITE, packageDays: 30 },
  providerMailbox: async () => null,
  requests: { reopen: reopenAnswered },
}

export const NOW = Date.UTC(2026, 10, 22, 14, 5)
export const ADDRESS = 'maria@example.org'
export const QUESTION = 'What fell into the lake that summer?'
export const ANSWER = 'Grandpa’s straw hat'
export const CODE = '4821007391556241'
export const PEER = '192.0.2.7'
export const BROWSER = 'browser-1'
export const DOCUMENT = Buffer.from('%PDF-1.4 a small sample')

export interface World {
  readonly store: Store
  readonly accounts: Accounts
  readonly retrieval: Retrieval
  readonly mails: QueuedMail[]
  /** Slow hashes run so far. */
  readonly hashes: { answers: number; codes: number }
  /** Milliseconds since the epoch; tests move it. */
  time: number
  /** Names of what was logged as broken. */
  readonly failures: string[]
  semaphore: Semaphore
  /** Where every provider gets its mail. */
  mailbox: ProviderMailbox | null
}

export interface WorldOptions {
  readonly semaphore?: Semaphore
  /** One that is there already, for a second start on the same data. */
  readonly folder?: string
  /** Between the desks and the store, for tests that count. */
  readonly between?: (store: Store) => Store
  /** Thrown by the answer's hash. */
  readonly broken?: { error: Error | null }
}

export async function newWorld(t: Test, options: WorldOptions = {}): Promise<World> {
  const folder = options.folder ?? t.testdir()
  const opened = await openStore({ mailboxes: join(folder, 'mailboxes'), keyFile: join(folder, 'service.key') })
  t.teardown(() => opened.close())
  const store = options.between?.(opened) ?? opened
  const semaphore = options.semaphore ?? new Semaphore(2)
  const hashes = { answers: 0, codes: 0 }
  const mails: QueuedMail[] = []
  const failures: string[] = []
  const state: { time: number; mailbox: ProviderMailbox | null } = { time: NOW, mailbox: null }
  const clock = { now: () => state.time }
  const queueMail = async (_tables: unknown, mail: QueuedMail) => {
    mails.push(mail)
  }
  const derive = async (normalised: string, salt: Buffer, pepper: Buffer) => {
    hashes.answers++
    await new Promise((resolve) => setImmediate(resolve))
    if (options.broken?.error) throw options.broken.error
    return quickAnswerKey(normalised, salt, pepper)
  }
  const stretch = async (code: string, salt: Buffer) => {
    hashes.codes++
    await new Promise((resolve) => setImmediate(resolve))
    return quickStretch(code, salt)
  }
  const log = { ...silentLog, failure: (where: string, error: unknown) => failures.push(`${where} ${(error as Error).name}`) }
  const links = accountLinks(() => 'https://postbox.example.org')
  const accounts = createAccounts({
    store,
    clock,
    semaphore,
    queueMail,
    links,
    derive,
    languages: ['en', 'es'],
    removal: packageRemoval({ store, log }),
  })
  const retrieval = createRetrieval({
    ...{ ...RETRIEVAL_SETTINGS, store, clock, semaphore, queueMail, log, answerCheck: accounts.answerCheck, stretch },
    providerMailbox: async () => state.mailbox,
  })
  return Object.assign(state, { store, accounts, retrieval, mails, hashes, failures, semaphore })
}

/** Signs in by the link of a fresh mail. */
export async function signIn(world: World, address = ADDRESS, role: 'consumer' | 'admin' = 'consumer'): Promise<string> {
  await world.accounts.askSignIn(address, BROWSER, PEER, 'en', role)
  const outcome = await world.accounts.byLink(tokenOf(world.mails.at(-1)))
  if (outcome.kind !== 'signed-in') throw new Error('not signed in')
  return outcome.session
}

/** What a link in a mail carries. */
export function tokenOf(mail: QueuedMail | undefined, value = 'link'): string {
  return String(mail?.values[value]).split('/').at(-1) ?? ''
}

/** A consumer with a question, signed in. */
export async function enrol(world: World, address = ADDRESS): Promise<{ session: string; consumerId: string }> {
  const session = await signIn(world, address)
  const set = await world.accounts.setQuestion(session, { question: QUESTION, answer: ANSWER, again: ANSWER })
  if (set.kind !== 'set') throw new Error('question not set')
  const account = await world.accounts.account(session)
  return { session, consumerId: account?.id ?? '' }
}

/** Seals a package for her under her present answer, as intake would. */
export async function addPackage(
  world: World,
  consumerId: string,
  changes: Partial<PackageRow> = {},
  packed: Partial<PackageContents> = {},
): Promise<PackageRow> {
  const { store, time } = world
  const { keyring } = store
  const consumer = await store.read.consumers.byId(consumerId)
  const version = consumer?.answerVersion ?? 0
  const answer = await store.read.answers.get(consumerId, version)
  if (!answer) throw new Error('not enrolled')
  const salt = createHash('sha256').update(randomUUID()).digest().subarray(0, 16)
  const k = quickStretch(CODE, salt)
  const answerKey = keyring.open('answer-key', `${consumerId}/${version}`, answer.answerKeySealed)
  const number = drawPackageNumber()
  const blob = await store.blobs.put(seal({ ...contents(number, time), ...packed }, derivePassphrase(codeSecret(k), answerKey)))
  const row: PackageRow = {
    ...{ id: randomUUID(), number, groupId: randomUUID(), consumerId, providerId: 'provider-1', intakeNumber: 'intake-1' },
    ...{
      answerVersion: version,
      salt,
      verifier: codeVerifier(k, keyring.pepper(keyring.currentPepper, 'code')),
      pepperId: keyring.currentPepper,
    },
    ...{ state: 'sent', blobKey: blob.key, bytes: blob.bytes, documents: 1, receivedAt: time, sealedAt: time, sentAt: time },
    ...{ expiresAt: time + 30 * 86_400_000, firstOpenedAt: null, lastOpenedAt: null, endedAt: null },
    ...{ extendedAt: null, remindedDays: null },
    ...changes,
  }
  await store.write((tables) => tables.packages.add(row))
  return row
}

export function contents(packageNumber: string, at: number): PackageContents {
  const moment = new Date(at).toISOString()
  const provider = { name: 'Sample Clinic', intakeAddress: 'sample-clinic@intake.example.org' }
  const sha256 = createHash('sha256').update(DOCUMENT).digest('hex')
  return {
    manifest: { packageNumber, intakeNumber: 'intake-1', provider, receivedAt: moment, sealedAt: moment, authentication: {} },
    documents: [
      {
        name: 'letter.pdf',
        sentName: null,
        mediaType: 'application/pdf',
        bytes: DOCUMENT,
        sha256,
        origin: 'mime',
        part: '2',
        role: 'attachment',
      },
    ],
  }
}

/** Enters number and code; throws unless they lead to the question. */
export async function ticketFor(world: World, row: PackageRow) {
  const outcome = await world.retrieval.enterCode(row.number, CODE, PEER)
  if (outcome.kind !== 'question') throw new Error(`no ticket: ${outcome.kind}`)
  return outcome.ticket
}

/** Opens the package; throws unless it opens. */
export async function open(world: World, row: PackageRow, answer = ANSWER) {
  const outcome = await world.retrieval.enterAnswer(await ticketFor(world, row), answer, PEER)
  if (outcome.kind !== 'opened') throw new Error(`not opened: ${outcome.kind}`)
  return outcome.pass
}

export const normalisedAnswer = normaliseAnswer(ANSWER)
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
