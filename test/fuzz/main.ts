// The longer fuzzing, for scripts/fuzz.mjs: rounds of everything until the time is up, and a report.

import { parseArgs } from 'node:util'
import { HouseRounds, readSamples, tryMessages, tryReaders, tryWords } from './rounds.js'
import { newTally, type Tally, tell } from './runner.js'

const USAGE = 'Usage: npm run fuzz -- [--minutes N] [--seed S] [--from N] [--only KIND] [--patience SECONDS] [--corpus FOLDER]'
const KINDS = ['mime', 'readers', 'words', 'smtp', 'http'] as const
/** Things of each kind in one round: a round takes half a minute or so. */
const ROUND = { mime: 300, readers: 60, words: 100, smtp: 160, http: 400 }

const say = (text: string) => process.stdout.write(`${text}\n`)
// mailauth prints a line for each signature with a length limit.
console.log = () => {}

function given() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      from: { type: 'string', default: '0' },
      only: { type: 'string' },
      patience: { type: 'string', default: '5' },
      corpus: { type: 'string' },
    },
  })
  const [minutes, seed, from, patience] = [values.minutes, values.seed, values.from, values.patience].map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const kinds = KINDS.filter((kind) => values.only === undefined || kind === values.only)
  if (![minutes, seed, from, patience].every((number) => number >= 0) || patience === 0 || kinds.length === 0)
    throw new TypeError('wrong option')
  return { minutes, seed, from, patience: patience * 1000, kinds, corpus: values.corpus ?? null }
}

async function main(): Promise<number> {
  const { minutes, seed, kinds, corpus, ...course } = given()
  const samples = corpus === null ? [] : await readSamples(corpus)
  say(`seed ${seed}, ${minutes} minutes, ${kinds.join(', ')}${corpus === null ? '' : `, ${samples.length} messages of the corpus`}`)
  const tally = newTally()
  const began = performance.now()
  const house = kinds.includes('smtp') || kinds.includes('http') ? await HouseRounds.open() : null
  const run = {
    mime: tryMessages,
    readers: tryReaders,
    words: tryWords,
    smtp: (...all: Parameters<typeof tryWords>) => house?.trySmtp(...all),
    http: (...all: Parameters<typeof tryWords>) => house?.tryHttp(...all),
  }
  try {
    for (let round = 0; round === 0 || performance.now() - began < minutes * 60_000; round++) {
      const before = tally.faults.length
      for (const kind of kinds) await run[kind](tally, { ...course, seed, samples, from: course.from + round * ROUND[kind] }, ROUND[kind])
      for (const fault of tally.faults.slice(before)) say(`fault: ${tell(fault, seed)}`)
      say(`round ${round + 1}: ${tally.faults.length} faults after ${Math.round((performance.now() - began) / 1000)} s`)
    }
  } finally {
    await house?.close()
  }
  return report(tally, (performance.now() - began) / 1000, house?.peak ?? 0)
}

function report(tally: Tally, seconds: number, peak: number): number {
  for (const [kind, count] of tally.counts) say(`${String(count).padStart(8)}  ${kind}`)
  const { kind, at, ms } = tally.slowest
  say(`${seconds.toFixed(0)} s, slowest: ${kind} ${at} with ${ms.toFixed(0)} ms`)
  if (peak > 0) say(`the service held at most ${(peak / 1e6).toFixed(0)} MB after a round`)
  const all = [...tally.counts.values()].reduce((sum, count) => sum + count, 0)
  say(`fuzz: ${all - tally.faults.length} passed, ${tally.faults.length} failed`)
  return tally.faults.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  console.error(USAGE)
  process.exitCode = 2
}
