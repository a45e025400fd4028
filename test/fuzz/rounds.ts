// The kinds of things that are tried, each made of a seed and a number, and the rounds in which they are run.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { command, configure, serve } from './command.js'
import { FuzzHouse } from './house.js'
import { invite, shout, visit } from './http.js'
import { missing, readMessage, sealAndOpen } from './message.js'
import { type MadeMessage, makeMessage } from './mime.js'
import { mutate } from './mutate.js'
import { hasPython, Python } from './python.js'
import type { Random } from './random.js'
import { READERS } from './readers.js'
import { type Limits, type Tally, tryOne } from './runner.js'
import { converse, sendMessage } from './smtp.js'

/** How much the service may grow after its first round, in bytes. */
const MOST_GROWTH = 200_000_000
const AT_ONCE = 8
const COLLECTION_MS = 30_000
/** A look whether all is back waits for it where it is not. */
const REST_MS = 120_000
/** So long the documents of one message may be copied (documents/workshop): a mail of hundreds of small files takes its time. */
const COPIES_MS = 20_000

export interface Course extends Limits {
  /** Number of the first one of each kind. */
  readonly from: number
  /** Real messages to damage; none: only made ones. */
  readonly samples: readonly Buffer[]
}

/** In this process: content through parser, sealer and opener, compared with what went in and with what another reader sees. */
export async function tryMessages(tally: Tally, course: Course, count: number): Promise<void> {
  const python = hasPython ? new Python() : null
  try {
    for (let at = course.from; at < course.from + count; at++) {
      await tryOne(tally, course, 'mime', at, (random) => tryMessage(random, python, course.samples))
    }
  } finally {
    python?.close()
  }
}

async function tryMessage(random: Random, python: Python | null, samples: readonly Buffer[]): Promise<void> {
  const made = oneMessage(random, samples)
  const { said, documents, isReadAlone } = await readMessage(made.raw)
  // A clean message may be nothing but its text.
  if (made.leaves && !documents && said !== 'no-documents') throw new Error(`a whole message was refused: ${said}`)
  if (!documents) return
  if (random.chance(0.1)) await sealAndOpen(documents)
  // The door lets no broken line ends in; over them readers differ.
  const isBroken = /\r(?!\n)|(?<!\r)\n|\0/.test(made.raw.toString('latin1'))
  const lost = missing(documents, made, python && !isBroken && !isReadAlone ? await python.read(made.raw) : null)
  if (lost) throw new Error(lost)
}

function oneMessage(random: Random, samples: readonly Buffer[]): MadeMessage {
  if (samples.length > 0 && random.chance(0.5)) return { raw: mutate(random, random.pick(samples), random.pick(samples)), leaves: null }
  const made = makeMessage(random)
  return random.chance(0.5) ? { raw: mutate(random, made.raw), leaves: null } : made
}

/** In this process: each reader of foreign bytes in turn. */
export async function tryReaders(tally: Tally, course: Course, count: number): Promise<void> {
  for (let at = course.from; at < course.from + count; at++) {
    for (const [kind, reader] of Object.entries(READERS)) await tryOne(tally, course, kind, at, reader)
  }
}

/** In this process: settings and command lines. */
export async function tryWords(tally: Tally, course: Course, count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hepoex-fuzz-'))
  try {
    for (let at = course.from; at < course.from + count; at++) {
      await tryOne(tally, course, 'settings', at, configure)
      if (at % 5 === 0) await tryOne(tally, course, 'command', at, (random) => command(random, folder))
      // Most of a start is loading, whatever it was given.
      const start = { ...course, patience: 4 * course.patience }
      if (at % 50 === 0) await tryOne(tally, start, 'serve', at, (random) => serve(random, folder))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Over sockets, against the service as its own process. */
export class HouseRounds {
  readonly #world: FuzzHouse
  readonly #python = hasPython ? new Python() : null
  #least = Number.POSITIVE_INFINITY
  /** The most bytes that were resident after a round. */
  peak = 0

  private constructor(world: FuzzHouse) {
    this.#world = world
  }

  static async open(): Promise<HouseRounds> {
    return new HouseRounds(await FuzzHouse.open())
  }

  async close(): Promise<void> {
    this.#python?.close()
    await this.#world.close()
  }

  async trySmtp(tally: Tally, course: Course, count: number): Promise<void> {
    await this.#atOnce(course, count, (at) =>
      at % 2 === 0
        ? tryOne(tally, { ...course, patience: course.patience + COPIES_MS }, 'message', at, (random) =>
            sendMessage(random, this.#world, this.#python, course.samples),
          )
        : tryOne(tally, course, 'conversation', at, (random) => converse(random, this.#world, course.patience)),
    )
    await tryOne(tally, { ...course, patience: REST_MS }, 'rest after mail', course.from, () => this.#rest())
  }

  async tryHttp(tally: Tally, course: Course, count: number): Promise<void> {
    const guests = await invite(this.#world, `fuzz${course.seed}-${course.from}`)
    await this.#atOnce(course, count, (at) =>
      tryOne(tally, course, 'request', at, (random) => visit(random, this.#world, guests, course.patience)),
    )
    const few = Math.ceil(count / 20)
    await this.#atOnce(course, few, (at) => tryOne(tally, course, 'no HTTP', at, (random) => shout(random, this.#world, course.patience)))
    await tryOne(tally, { ...course, patience: REST_MS }, 'rest after requests', course.from, () => this.#rest())
  }

  async #atOnce({ from }: Course, count: number, one: (at: number) => Promise<void>): Promise<void> {
    for (let at = from; at < from + count; at += AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, from + count - at) }, (_, index) => one(at + index)))
    }
  }

  async #rest(): Promise<void> {
    await this.#world.checkRest()
    let now = await this.#world.memory()
    this.peak = Math.max(this.peak, now)
    if (this.#least === Number.POSITIVE_INFINITY) this.#least = now
    // What nobody holds any more is collected when there is nothing to do, and not at once.
    for (const end = performance.now() + COLLECTION_MS; now - this.#least > MOST_GROWTH && performance.now() < end; await sleep(1000))
      now = await this.#world.memory()
    if (now - this.#least > MOST_GROWTH) throw new Error(`the service grew from ${this.#least} to ${now} bytes`)
  }
}

/** All messages (.eml) below a folder. They are read, never kept. */
export async function readSamples(folder: string): Promise<Buffer[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.eml')).sort()
  const samples = await Promise.all(names.map((name) => readFile(join(folder, name))))
  return samples.filter(({ length }) => length < 1_000_000)
}
