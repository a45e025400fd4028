// The whole of HePoEx in this process, in a folder of its own, but with a clock, a relay and random digits that the run decides, quick
// hashes, and a fuse in every port.

import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reply } from '../../src/mail/reply.js'
import { openStore } from '../../src/store/store.js'
import { setTime } from '../store/support.js'
import { PROVIDER } from '../support/desk.js'
import { type Life, live, paths } from './life.js'
import { CONSUMER, type Outside, seededBytes } from './ports.js'

export const START = Date.UTC(2026, 10, 22, 10)
export const FIRST = { question: 'Which boat is in the story?', answer: 'The Wandering Albatross' }

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
  answersChosen = 0
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
