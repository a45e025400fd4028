// Runs things made at random one after the other and keeps what went wrong, so that one bad thing does not hide the next.

import { Random } from './random.js'

export interface Fault {
  readonly kind: string
  /** Its number: with the seed and the kind it is made again. */
  readonly at: number
  readonly what: string
}

export interface Tally {
  readonly counts: Map<string, number>
  readonly faults: Fault[]
  /** Milliseconds of the slowest one, and which it was. */
  slowest: { readonly kind: string; readonly at: number; readonly ms: number }
}

export function newTally(): Tally {
  return { counts: new Map(), faults: [], slowest: { kind: '', at: 0, ms: 0 } }
}

export interface Limits {
  readonly seed: number
  /** Nothing may take longer than this, in milliseconds. */
  readonly patience: number
}

export class Hang extends Error {
  override name = 'Hang'
}

/** Does one thing of that kind; whatever it throws, and a hang, is a fault. */
export async function tryOne(
  tally: Tally,
  { seed, patience }: Limits,
  kind: string,
  at: number,
  work: (random: Random) => Promise<unknown>,
): Promise<void> {
  const began = performance.now()
  tally.counts.set(kind, (tally.counts.get(kind) ?? 0) + 1)
  try {
    await inTime(work(new Random(seed, `${kind} ${at}`)), patience)
  } catch (error) {
    tally.faults.push({ kind, at, what: describe(error) })
  }
  const ms = performance.now() - began
  if (ms > tally.slowest.ms) tally.slowest = { kind, at, ms }
  if (ms > patience) tally.faults.push({ kind, at, what: `took ${Math.round(ms)} ms` })
}

/** As `work` settles; rejects with Hang when it does not. */
export async function inTime<T>(work: Promise<T>, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Hang(`nothing after ${patience} ms`)), 2 * patience)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [`${error.name}: ${error.message.slice(0, 300)}`, ...frames.slice(0, 4).map((line) => line.trim())].join(' | ')
}

/** One line that says how to have it again. */
export function tell({ kind, at, what }: Fault, seed: number): string {
  return `${kind} ${at} of seed ${seed}: ${what}`
}
