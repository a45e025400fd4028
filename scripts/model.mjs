// The model test: strings of commands from random seeds (messages sent once, again, in parallel, crashes, wrong answers, resets, time),
// checked against a small model of what HePoEx promises. A seed that fails is told with the shortest string that shows it.
//   npm run model                        200 seeds from a random one on
//   npm run model -- --seeds N           more, or fewer
//   npm run model -- --seed S --seeds 1  one seed again
//   npm run model -- --commands C        strings of at most so many, and not 50
//   npm run model -- --seconds T         begins no further seed after T seconds

import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { ROOT } from './house.mjs'

const WORKER = join(ROOT, 'test', 'model', 'worker.ts')
const MOST_FAULTS = 5
const ENOUGH = 200
const PLACES = [
  ...['accepted', 'duplicate', 'transmission-busy', 'notice-stopped', 'notice-not-handed-over', 'consumer-unreachable', 'relay-down'],
  ...['consumer-not-ready', 'storage-failing', 'question', 'refused', 'deleted', 'not-mine', 'expired', 'locked', 'frozen', 'reset'],
  'kept longer',
  'practised',
]

function readOptions() {
  const number = (value) => ({ type: 'string', default: value })
  const options = { seeds: number('200'), seed: { type: 'string' }, seconds: number('3600'), commands: number('50') }
  try {
    const { values } = parseArgs({ options })
    const numbers = [values.seeds, values.seed ?? String(randomInt(1, 2 ** 30)), values.seconds, values.commands].map(Number)
    if (numbers.every((number) => Number.isSafeInteger(number) && number > 0 && number < 2 ** 31)) return numbers
  } catch {
    // An option there is none of: told below, like a value that is no number.
  }
  console.error('Usage: npm run model -- [--seeds N] [--seed S] [--seconds T] [--commands C], each a whole number above 0')
  process.exit(2)
}

const [seeds, first, seconds, commands] = readOptions()
const workers = Math.min(availableParallelism(), seeds)
const totals = { seeds: 0, commands: 0, codes: 0, crashes: 0, failures: 0 }
const reached = new Map()
const faults = []
const started = performance.now()

async function work(index) {
  const count = Math.floor((seeds - index + workers - 1) / workers)
  const args = ['--import', 'tsx', WORKER, first + index, count, workers, seconds, commands].map(String)
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    const { seed, shorter, fault, reached: words, ...counts } = JSON.parse(line)
    if (shorter !== undefined) {
      console.log(`\nseed ${seed}, shorter: ${shorter}`)
      continue
    }
    totals.seeds++
    for (const [name, number] of Object.entries(counts)) totals[name] += number
    for (const [word, number] of Object.entries(words)) reached.set(word, (reached.get(word) ?? 0) + number)
    if (fault === null) continue
    faults.push(seed)
    console.log(`\nseed ${seed}: npm run model -- --seed ${seed} --seeds 1 --commands ${commands}\n${fault}`)
    if (faults.length >= MOST_FAULTS) child.kill()
  }
  const code = await ended
  if (code !== 0 && faults.length === 0) faults.push(`worker ${index}`)
}

console.log(`Seeds ${first} to ${first + seeds - 1}`)
await Promise.all(Array.from({ length: workers }, (_none, index) => work(index)))
const { commands: run, codes, crashes, failures } = totals
console.log(
  `${totals.seeds} seeds from ${first} on: ${run} commands, ${codes} notices handed over, ${crashes} crashes, ${failures} failed steps, ` +
    `${((performance.now() - started) / 1000).toFixed(0)} s`,
)
console.log(
  `Reached: ${[...reached]
    .sort()
    .map(([word, number]) => `${word} ${number}`)
    .join(', ')}`,
)
// So many seeds come everywhere; if not, the commands have lost their way.
const missed = totals.seeds < ENOUGH ? [] : PLACES.filter((place) => !reached.has(place))
if (missed.length > 0) {
  console.log(`Never reached: ${missed.join(', ')}`)
  faults.push('missed')
}
if (totals.seeds === 0 && faults.length === 0) faults.push('nothing ran')
console.log(`model: ${totals.seeds - Math.min(totals.seeds, faults.length)} passed, ${faults.length} failed`)
process.exitCode = faults.length === 0 ? 0 : 1
