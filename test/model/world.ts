// The whole of HePoEx in this process: both doors' desks over a real store in a folder of its own, as `service.ts` puts them together,
// but with a clock, a relay and random digits that the run decides, quick hashes, and a fuse in every port.

import { createHash } from 'node:crypto'
import * as nodeFiles from 'node:fs/promises'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Accounts, createAccounts } from '../../src/accounts/accounts.js'
import { accountLinks } from '../../src/accounts/desk.js'
import { Mint } from '../../src/hip/mint.js'
import { Breaker, DiskFloor, MemoryBudget } from '../../src/intake/admission.js'
import { IntakeDoor } from '../../src/intake/door.js'
import { Post } from '../../src/intake/post.js'
import { PeerQuota } from '../../src/intake/quota.js'
import { silentLog } from '../../src/log.js'
import type { Courier, Handoff } from '../../src/mail/courier.js'
import type { Reply } from '../../src/mail/reply.js'
import type { QueuedMail } from '../../src/queued-mail.js'
import { createRetrieval, type Retrieval } from '../../src/retrieval/retrieval.js'
import type { Round } from '../../src/rounds.js'
import { Semaphore } from '../../src/semaphore.js'
import { StoreError } from '../../src/store/errors.js'
import { openStore, type Store, tables } from '../../src/store/store.js'
import { createTemplates } from '../../src/templates.js'
import { loadTexts } from '../../src/texts.js'
import { type Files, realWorld } from '../../src/world.js'
import { quickAnswerKey, quickStretch } from '../accounts/world.js'
import { setTime, TEST_TIME } from '../store/support.js'
import { PROVIDER } from '../support/desk.js'
import { Fuse } from './fuse.js'

export const CONSUMER = 'pat@home.example'
export const START = Date.UTC(2026, 10, 22, 10)
export const FIRST = { question: 'Which boat is in the story?', answer: 'The Wandering Albatross' }
const HOUR = 3_600_000

const texts = loadTexts('templates/texts')
const templates = createTemplates(['templates'], texts)
const sender = {
  mailFrom: 'postbox@intake.localhost',
  operatorName: 'Operator',
  operatorContact: 'op@intake.localhost',
  publicUrl: () => 'http://site.test',
  dkim: null,
}

/** What the relay does with a notice; with `-crash` the power goes before anybody hears of it, with `-arrived` it has the mail on its way although it does not say so. */
export type RelayOutcome =
  | 'accepted'
  | 'accepted-crash'
  | 'put-off'
  | 'put-off-otherwise'
  | 'put-off-arrived'
  | 'refused-address'
  | 'refused-otherwise'
  | 'unreachable'
  | 'unknown'
  | 'unknown-arrived'

const HANDOFFS: Readonly<Record<RelayOutcome, Handoff>> = {
  accepted: { outcome: 'accepted', reply: '250 ok' },
  'accepted-crash': { outcome: 'accepted', reply: '250 ok' },
  'put-off': { outcome: 'refused', permanent: false, about: 'recipient', replyCode: 450 },
  'put-off-otherwise': { outcome: 'refused', permanent: false, about: 'other', replyCode: 421 },
  'put-off-arrived': { outcome: 'refused', permanent: false, about: 'other', replyCode: 451 },
  'refused-address': { outcome: 'refused', permanent: true, about: 'recipient', replyCode: 550 },
  'refused-otherwise': { outcome: 'refused', permanent: true, about: 'other', replyCode: 535 },
  unreachable: { outcome: 'unreachable' },
  unknown: { outcome: 'unknown' },
  'unknown-arrived': { outcome: 'unknown' },
}

/** A notice as it was handed to the relay. */
export interface Handed {
  readonly outcome: RelayOutcome
  readonly number: string
  readonly code: string
  /** Whether it lies in her mailbox now. */
  readonly hasArrived: boolean
}

/** What outlives a crash, and what only the test can see: the time, the mailboxes of the people, and when files were written. */
export interface Outside {
  time: number
  /** Of the notices still to be handed over; afterwards every one is accepted. */
  plan: RelayOutcome[]
  readonly handed: Handed[]
  /** Other mails, by whom they are for. */
  readonly mails: Array<{ readonly to: string; readonly raw: string }>
  readonly written: Map<string, number>
  readonly random: (size: number) => Buffer
  /** Peers are counted apart: each visit comes from another address. */
  visits: number
}

/** From a start to a stop or a crash. */
export interface Life {
  readonly fuse: Fuse
  readonly store: Store
  /** Every file opened since the start. */
  readonly handles: readonly nodeFiles.FileHandle[]
  readonly door: IntakeDoor
  readonly post: Post
  readonly accounts: Accounts
  readonly retrieval: Retrieval
  readonly rounds: readonly Round[]
  /** Queued since the start, for the links in them. */
  readonly queued: QueuedMail[]
}

/** Random bytes that a seed decides. */
export function seededBytes(seed: number): (size: number) => Buffer {
  let count = 0
  return (size) => {
    const blocks: Buffer[] = []
    for (let length = 0; length < size; length += 32) blocks.push(createHash('sha256').update(`${seed}/${count++}`).digest())
    return Buffer.concat(blocks).subarray(0, size)
  }
}

const paths = (folder: string) => ({ mailboxes: join(folder, 'mailboxes'), keyFile: join(folder, 'keys', 'service.key') })

/** Opens what lies in the folder. */
async function live(folder: string, outside: Outside): Promise<Life> {
  const fuse = new Fuse()
  const handles: nodeFiles.FileHandle[] = []
  const clock = { now: () => outside.time }
  const { random } = outside
  const world = { clock, random, files: fusedFiles(fuse, outside, folder, handles), statement: realWorld.statement }
  const opened = await openStore({ ...paths(folder), world })
  const failure = () => new StoreError('io', 'SQLITE_IOERR')
  const store: Store = {
    ...opened,
    read: tables(opened.database.read, TEST_TIME),
    write: (work) => fuse.step(() => opened.database.write((trx) => work(tables(trx, TEST_TIME))), failure),
  }
  const courier = relay(fuse, outside)
  const post = new Post({ store, courier, templates, texts, sender, clock, log: silentLog })
  const semaphore = new Semaphore(2)
  const pepperId = store.keyring.currentPepper
  const pepper = { id: pepperId, key: store.keyring.pepper(pepperId, 'code') }
  const stretch = async (code: string, salt: Buffer) => quickStretch(code, salt)
  const mint = new Mint({ pepper, semaphore, size: 0, random, stretch })
  const door = new IntakeDoor({
    ...{ store, courier, post, mint, templates, texts, sender, clock, log: silentLog },
    work: new Semaphore(2),
    breaker: new Breaker({ now: clock.now, probe: () => courier.probe() }),
    resolver: async () => {
      throw Object.assign(new Error('no network in tests'), { code: 'ENOTFOUND' })
    },
    operator: { name: 'Operator', email: 'op@intake.localhost', phone: '', fax: '' },
    hostname: 'intake.localhost',
    packageDays: 30,
    budget: new MemoryBudget(1_000_000_000),
    quota: new PeerQuota({ windowMs: 60_000, messages: 1_000_000, bytes: 1e15 }, clock.now),
    storage: { isSound: true },
    virusScan: null,
    disk: new DiskFloor({ blobs: store.blobs, floor: 0, now: clock.now }),
    intakeDomain: 'intake.localhost',
    maxMessageBytes: 52_428_800,
    maxWaiting: 20,
    checkPassword: async () => null,
    isStopping: () => false,
  })
  const queued: QueuedMail[] = []
  const queueMail: Post['queueMail'] = async (inside, mail) => {
    queued.push(mail)
    await post.queueMail(inside, mail)
  }
  const derive = async (normalised: string, salt: Buffer, key: Buffer) => quickAnswerKey(normalised, salt, key)
  const links = accountLinks(() => 'http://site.test')
  const accounts = createAccounts({ store, clock, semaphore, queueMail, links, derive })
  const retrieval = createRetrieval({ store, clock, semaphore, queueMail, log: silentLog, answerCheck: accounts.answerCheck, stretch })
  const own: Round[] = [
    { name: 'claims', everyMs: HOUR, run: () => store.write(({ claims }) => claims.sweep(outside.time)) },
    { name: 'outbox', everyMs: HOUR, run: () => store.write(({ outbox }) => outbox.sweep(outside.time - 30 * 24 * HOUR)) },
  ]
  return { fuse, store, handles, door, post, accounts, retrieval, queued, rounds: [...own, ...accounts.rounds, ...retrieval.rounds] }
}

/** Files whose every change may be the last one, and whose times follow the clock of the run. */
function fusedFiles(fuse: Fuse, outside: Outside, folder: string, handles: nodeFiles.FileHandle[]): Files {
  const failure = () => Object.assign(new Error('broken disk'), { code: 'EIO' })
  const within = (path: unknown) => String(path).slice(folder.length)
  return {
    ...nodeFiles,
    open: (path, ...rest) =>
      fuse.step(async () => {
        const handle = await nodeFiles.open(path, ...rest)
        handles.push(handle)
        return handle
      }, failure),
    mkdir: nodeFiles.mkdir,
    rename: (from, to) =>
      fuse.step(async () => {
        await nodeFiles.rename(from, to)
        outside.written.set(within(to), outside.time)
      }, failure),
    unlink: (path) => fuse.step(() => nodeFiles.unlink(path), failure),
    stat: (async (path: string) => {
      const about = await nodeFiles.stat(path)
      const at = outside.written.get(within(path))
      return at === undefined ? about : Object.assign(about, { mtimeMs: at })
    }) as typeof nodeFiles.stat,
  }
}

/** Her mailbox and the clinic's, behind a relay that does what was planned for it. */
function relay(fuse: Fuse, outside: Outside): Courier {
  return {
    hand: (raw, { to }) =>
      fuse.step(async () => {
        const text = raw.toString()
        const [code] = text.match(/\b\d{4} \d{4} \d{4} \d{4}\b/) ?? []
        if (to !== CONSUMER || code === undefined) {
          outside.mails.push({ to, raw: text })
          return HANDOFFS.accepted
        }
        const planned = outside.plan.shift() ?? 'accepted'
        if (planned === 'accepted-crash') fuse.arm(0, 'crash')
        const outcome = planned === 'accepted-crash' ? 'accepted' : planned
        const number = text.match(/\/open\/(\w{12})/)?.[1] ?? ''
        const hasArrived = outcome === 'accepted' || outcome.endsWith('-arrived')
        outside.handed.push({ outcome, number, code: code.replaceAll(' ', ''), hasArrived })
        return HANDOFFS[outcome]
      }),
    probe: async () => true,
    offersDsn: async () => false,
    close: async () => {},
  }
}

/** A data folder with one provider and one consumer who has set her answer, made once and copied for each run. */
let template: Promise<string> | null = null
async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hepoex-model-'))
  const outside = newOutside(0)
  await (await openStore(paths(folder))).close()
  const opened = await openStore(paths(folder))
  await setTime(opened.database, START)
  await opened.write((inside) => inside.providers.add(PROVIDER))
  await opened.close()
  const life = await live(folder, outside)
  const session = await signIn(life, outside)
  if (session === null) throw new Error('not signed in')
  const set = await life.accounts.setQuestion(session, { ...FIRST, again: FIRST.answer })
  if (set.kind !== 'set') throw new Error('question not set')
  await life.store.close()
  return folder
}

function newOutside(seed: number): Outside {
  return { time: START, plan: [], handed: [], mails: [], written: new Map(), random: seededBytes(seed), visits: 0 }
}

/** Asks for the mail and follows its link. Null: asked too often today. */
export async function signIn(life: Life, outside: Outside): Promise<string | null> {
  const asked = await life.accounts.askSignIn(CONSUMER, 'browser', visitor(outside), 'en')
  if (asked.kind === 'wait') return null
  const link = String(life.queued.filter(({ template: name }) => name === 'sign-in').at(-1)?.values.link)
  const outcome = await life.accounts.byLink(link.split('/').at(-1) ?? '')
  if (outcome.kind !== 'signed-in') throw new Error(`the link did not sign in: ${outcome.kind}`)
  return outcome.session
}

/** An address nobody came from before. */
export function visitor(outside: Outside): string {
  const visit = ++outside.visits
  return `10.${visit >> 16}.${(visit >> 8) & 255}.${visit & 255}`
}

export class World {
  #folder: string
  #life: Life
  readonly outside: Outside
  session: string | null = null
  /** So far. */
  commands = 0
  crashes = 0
  failures = 0
  /** How often what was reached: reasons of replies, states of packages. */
  readonly reached: Record<string, number> = {}

  private constructor(folder: string, life: Life, outside: Outside) {
    this.#folder = folder
    this.#life = life
    this.outside = outside
  }

  static async open(seed: number): Promise<World> {
    template ??= makeTemplate()
    const folder = await copyOf(await template)
    const outside = newOutside(seed)
    return new World(folder, await live(folder, outside), outside)
  }

  /** Removes the template; a world opened afterwards makes a new one. */
  static async tidy(): Promise<void> {
    const folder = await template
    template = null
    if (folder !== null) await rm(folder, { recursive: true, force: true })
  }

  get life(): Life {
    return this.#life
  }

  get folder(): string {
    return this.#folder
  }

  /** Sends one message as the mail door would: MAIL, RCPT, DATA. */
  async send(raw: Buffer): Promise<Reply> {
    const { door } = this.#life
    const peer = { address: '198.51.100.7', ehlo: 'mx.clinic.example', tls: 'TLSv1.3', signedInAs: PROVIDER.id }
    const transaction = await door.mail(peer, 'records@clinic.example', raw.length)
    if ('replyCode' in transaction) return transaction
    try {
      return (await door.rcpt(transaction, 'clinic@intake.localhost')) ?? (await door.data(transaction, [raw]))
    } finally {
      door.release(transaction)
    }
  }

  reach(what: string | undefined): void {
    if (what !== undefined) this.reached[what] = (this.reached[what] ?? 0) + 1
  }

  async advance(ms: number): Promise<void> {
    this.outside.time += ms
    await setTime(this.#life.store.database, this.outside.time)
  }

  /** Stops in order and starts again on the same folder. */
  async restart(): Promise<void> {
    await leave(this.#life)
    this.#life = await live(this.#folder, this.outside)
  }

  /** The power goes; a new start finds what the disk held at that moment, the database's log not yet folded in. */
  async crash(): Promise<void> {
    const { fuse } = this.#life
    this.crashes++
    fuse.kill()
    await fuse.quiet()
    const folder = await copyOf(this.#folder)
    await leave(this.#life)
    await rm(this.#folder, { recursive: true, force: true })
    this.#folder = folder
    this.#life = await live(folder, this.outside)
  }

  async close(): Promise<void> {
    await leave(this.#life)
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Every file of the data folder. */
  async files(): Promise<Array<{ readonly name: string; readonly bytes: Buffer }>> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true })
    const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return Promise.all(names.map(async (name) => ({ name: name.slice(this.#folder.length), bytes: await readFile(name) })))
  }
}

/** A process that ends closes its files; this one goes on, and must close what a broken step left open. */
async function leave({ store, handles }: Life): Promise<void> {
  for (const handle of handles) if (handle.fd >= 0) await handle.close()
  await store.close()
}

/** All but SQLite's shared memory, which no disk keeps. */
async function copyOf(folder: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'hepoex-model-'))
  await cp(folder, copy, { recursive: true, filter: (name) => !name.endsWith('-shm') })
  return copy
}
