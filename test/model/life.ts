// Both doors' desks over a real store, as the service puts them together, from a start to a stop or a crash.

import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { type Accounts, createAccounts } from '../../src/accounts/accounts.js'
import { accountLinks } from '../../src/accounts/desk.js'
import { DAY, HOUR } from '../../src/clock.js'
import { papersHere } from '../../src/documents/workshop/papers.js'
import { closedWorkshop } from '../../src/documents/workshop/workshop.js'
import { Mint } from '../../src/hip/mint.js'
import { Breaker, DiskFloor, MemoryBudget } from '../../src/intake/admission.js'
import { type DoorOptions, IntakeDoor } from '../../src/intake/door.js'
import { Post } from '../../src/intake/post.js'
import { providerMailbox } from '../../src/intake/provider-mailbox.js'
import { PeerQuota } from '../../src/intake/quota.js'
import { silentLog } from '../../src/log.js'
import type { QueuedMail } from '../../src/queued-mail.js'
import { packageRemoval } from '../../src/retrieval/removal.js'
import { createRetrieval, type Retrieval } from '../../src/retrieval/retrieval.js'
import type { Round } from '../../src/rounds.js'
import { Semaphore } from '../../src/semaphore.js'
import { StoreError } from '../../src/store/errors.js'
import { openStore, type Store, tables } from '../../src/store/store.js'
import { createTemplates } from '../../src/templates.js'
import { loadTexts } from '../../src/texts.js'
import { realWorld } from '../../src/world.js'
import { TEST_TIME } from '../store/support.js'
import { nobodyWaits } from '../support/desk.js'
import { quickAnswerKey, quickStretch } from '../support/quick-hashes.js'
import { Fuse } from './fuse.js'
import { fusedFiles, type Outside, relay } from './ports.js'

const texts = loadTexts('templates/texts')
const templates = createTemplates(['templates'], texts)
const sender = {
  mailFrom: 'postbox@intake.localhost',
  operatorName: 'Operator',
  operatorContact: 'op@intake.localhost',
  publicUrl: () => 'http://site.test',
  dkim: null,
}

/** From a start to a stop or a crash. */
export interface Life {
  readonly fuse: Fuse
  readonly store: Store
  /** Every file opened since the start. */
  readonly handles: readonly FileHandle[]
  readonly door: IntakeDoor
  readonly post: Post
  readonly accounts: Accounts
  readonly retrieval: Retrieval
  readonly rounds: readonly Round[]
  /** Queued since the start, for the links in them. */
  readonly queued: QueuedMail[]
}

export const paths = (folder: string) => ({ mailboxes: join(folder, 'mailboxes'), keyFile: join(folder, 'keys', 'service.key') })

/** Opens what lies in the folder. */
export async function live(folder: string, outside: Outside): Promise<Life> {
  const fuse = new Fuse()
  const handles: FileHandle[] = []
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
  const post = new Post({ store, courier, templates, texts, papers: papersHere(texts), sender, clock, log: silentLog })
  const stretch = async (code: string, salt: Buffer) => quickStretch(code, salt)
  const door = makeDoor({ store, courier, post, clock, random }, stretch)
  const semaphore = new Semaphore(2)
  const queued: QueuedMail[] = []
  const queueMail: Post['queueMail'] = async (inside, mail) => {
    queued.push(mail)
    await post.queueMail(inside, mail)
  }
  const derive = async (normalised: string, salt: Buffer, key: Buffer) => quickAnswerKey(normalised, salt, key)
  const links = accountLinks(() => 'http://site.test')
  const accounts = createAccounts({
    store,
    clock,
    semaphore,
    queueMail,
    links,
    derive,
    languages: ['en', 'es'],
    removal: packageRemoval({ store, log: silentLog }),
  })
  const retrieval = createRetrieval({
    ...{ store, clock, semaphore, queueMail, log: silentLog, answerCheck: accounts.answerCheck, stretch },
    ...{ texts, publicUrl: () => 'http://site.test', packageDays: 30, requests: nobodyWaits },
    providerMailbox: (inside, row) => providerMailbox({ post, keyring: store.keyring, log: silentLog }, inside, row),
  })
  const own: Round[] = [
    { name: 'claims', everyMs: HOUR, run: () => store.write(({ claims }) => claims.sweep(outside.time)) },
    { name: 'outbox', everyMs: HOUR, run: () => store.write(({ outbox }) => outbox.sweep(outside.time - 30 * DAY)) },
  ]
  return { fuse, store, handles, door, post, accounts, retrieval, queued, rounds: [...own, ...accounts.rounds, ...retrieval.rounds] }
}

type Given = Pick<DoorOptions, 'store' | 'courier' | 'post' | 'clock'> & { readonly random: Outside['random'] }

function makeDoor({ random, ...given }: Given, stretch: (code: string, salt: Buffer) => Promise<Buffer>): IntakeDoor {
  const { store, courier, clock } = given
  const pepperId = store.keyring.currentPepper
  const pepper = { id: pepperId, key: store.keyring.pepper(pepperId, 'code') }
  const mint = new Mint({ pepper, semaphore: new Semaphore(2), size: 0, random, stretch })
  return new IntakeDoor({
    ...{ ...given, mint, requests: nobodyWaits, templates, texts, sender, log: silentLog },
    work: new Semaphore(2),
    breaker: new Breaker({ now: clock.now, probe: () => courier.probe(), firstMs: 30_000 }),
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
    workshop: closedWorkshop,
    disk: new DiskFloor({ blobs: store.blobs, floor: 0, now: clock.now }),
    intakeDomain: 'intake.localhost',
    maxMessageBytes: 52_428_800,
    maxWaiting: 20,
    checkPassword: async () => null,
    isStopping: () => false,
  })
}
