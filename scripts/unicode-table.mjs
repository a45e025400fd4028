// Writes src/hip/unicode-15.ts, the pinned Unicode 15.0 table of normalise_v1. It was run once; the table never changes again, as every
// answer key made so far depends on it. Kept so that a reader can check where the table comes from:
//
//   npm pack @unicode/unicode-15.0.0 && tar xf unicode-unicode-15.0.0-*.tgz
//   node scripts/unicode-table.mjs package > table.ts && npx biome format --write table.ts && diff table.ts src/hip/unicode-15.ts

import { resolve } from 'node:path'

const folder = process.argv[2]
if (!folder) {
  process.stderr.write('usage: node scripts/unicode-table.mjs FOLDER_OF_THE_UNPACKED_@unicode/unicode-15.0.0\n')
  process.exit(2)
}

const load = async (path) => (await import(resolve(folder, `${path}.mjs`))).default
const points = async (...paths) => new Set((await Promise.all(paths.map((path) => load(`${path}/code-points`)))).flat())

const LIMIT = 0x110000
const BARE_SCRIPTS = ['Latin', 'Greek', 'Cyrillic', 'Arabic', 'Hebrew']
// Letters by category that stand for an apostrophe, an accent or a stretched line: they are dropped like punctuation.
const ORNAMENTS = new Set([0x0640, 0xa78b, 0xa78c])

const unassigned = await points('General_Category/Unassigned', 'General_Category/Surrogate')
const letters = await points('General_Category/Letter', 'General_Category/Letter_Number')
const marks = await points('General_Category/Mark')
const digits = await points('General_Category/Decimal_Number')
const bare = await points(...BARE_SCRIPTS.map((script) => `Script/${script}`))
const common = await points('Script/Common')

function kindOf(point) {
  if (unassigned.has(point)) return 'U'
  if (marks.has(point)) return 'M'
  if (digits.has(point)) return 'D'
  if (!letters.has(point) || ORNAMENTS.has(point)) return 'O'
  if (point >= 0x02b0 && point <= 0x02ff && common.has(point)) return 'O'
  return bare.has(point) ? 'B' : 'K'
}

/** Runs of one kind: its letter and its length in base 36, '1' left out. */
function kinds() {
  let text = ''
  for (let start = 0; start < LIMIT; ) {
    const kind = kindOf(start)
    let end = start + 1
    while (end < LIMIT && kindOf(end) === kind) end++
    if (kind === 'D' && (end - start) % 10 !== 0) throw new Error('digits do not come in tens')
    text += kind + (end - start === 1 ? '' : (end - start).toString(36))
    start = end
  }
  return text
}

/** [point, simple lower case of simple upper case] for every letter where the two differ. */
async function foldedPairs() {
  const upper = await load('Simple_Case_Mapping/Uppercase/code-points')
  const lower = await load('Simple_Case_Mapping/Lowercase/code-points')
  const fold = (point) => {
    const raised = upper.get(point) ?? point
    return lower.get(raised) ?? raised
  }
  const pairs = []
  for (const point of [...letters].sort((a, b) => a - b)) {
    const character = String.fromCodePoint(point)
    if (character.normalize('NFKD') === character && fold(point) !== point) pairs.push([point, fold(point)])
  }
  return pairs
}

/** Runs of evenly spaced points with one distance to their lower case: gap from the last point, count, step, distance, in base 36. */
async function folds() {
  const pairs = await foldedPairs()
  const runs = []
  let last = 0
  for (let at = 0; at < pairs.length; ) {
    const [start, target] = pairs[at]
    const step = at + 1 < pairs.length ? pairs[at + 1][0] - start : 1
    let count = 1
    const fits = (pair) => pair && pair[0] === start + count * step && pair[1] - pair[0] === target - start
    while (step <= 2 && fits(pairs[at + count])) count++
    runs.push([start - last, count, count > 1 ? step : 1, target - start].map((number) => number.toString(36)).join(' '))
    last = start + (count - 1) * (count > 1 ? step : 1)
    at += count
  }
  return runs.join(',')
}

const lines = (text) =>
  text
    .match(/.{1,120}/g)
    .map((line) => `  '${line}'`)
    .join(' +\n')

process.stdout.write(`// Written by scripts/unicode-table.mjs from the Unicode Character Database 15.0.0 (unicode.org/license.txt). Pinned: part of
// normalise_v1, never to be changed or written anew. FORMAT.md section 2 says what it means.

/** Every code point's kind, as runs: a letter and the run's length in base 36 (none: 1). */
export const KINDS =
${lines(kinds())}

/** Case folds of single letters, as runs: gap from the last point, count, step, distance to the folded letter, in base 36. */
export const FOLDS =
${lines(await folds())}
`)
