// How many faxes of a cover sheet find their owner: made from a seed, read as intake reads them.

import { parseArgs } from 'node:util'
import { barcodes } from '../../src/documents/paged/barcodes.js'
import { readPostboxQrText } from '../../src/postbox-number.js'
import { type FaxCase, faxCases, faxOf, type Scan, scanOf } from '../support/faxes.js'

const { values } = parseArgs({ options: { cases: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } } })
const [cases, seed] = [Number(values.cases), Number(values.seed)]
if (![cases, seed].every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error('Usage: npm run faxes -- [--cases N] [--seed S], each a whole number above 0')
  process.exit(2)
}

const LEAST_RIGHT = 0.95
const MOST_MS = 300

const tally = { right: 0, missed: 0, wrong: 0 }
const times: number[] = []
let scan: Scan | null = null
let drawn = ''
for (const fax of faxCases(cases, seed)) {
  if (scan === null || drawn !== `${fax.number}${fax.sheet}`) scan = await scanOf(fax.number, fax.sheet)
  drawn = `${fax.number}${fax.sheet}`
  const { bytes, mediaType } = await faxOf(scan, fax)
  const started = performance.now()
  const numbers = (await barcodes(bytes, mediaType)).map(readPostboxQrText)
  times.push((performance.now() - started) / (fax.isSecond ? 2 : 1))
  const verdict = numbers.length === 0 ? 'missed' : numbers.every((number) => number === fax.number) ? 'right' : 'wrong'
  tally[verdict]++
  if (verdict !== 'right') console.log(`${verdict}: ${inWords(fax)}`)
}
// The first one reads the libraries.
const sorted = times.slice(1).sort((one, other) => one - other)
const median = sorted[Math.floor(sorted.length / 2)] ?? 0
const late = sorted[Math.floor(sorted.length * 0.95)] ?? 0
console.log(`${cases} faxes, seed ${seed}: ${tally.right} right, ${tally.missed} not read, ${tally.wrong} wrong`)
console.log(
  `a page: ${median.toFixed(0)} ms in the middle, ${late.toFixed(0)} ms at the 95th of 100 (on a quiet machine at most ${MOST_MS})`,
)
process.exitCode = tally.wrong === 0 && tally.right >= LEAST_RIGHT * cases ? 0 : 1

function inWords({ sheet, coding, rows, skew, noise, isUpsideDown, isSecond, seed: own }: FaxCase): string {
  const also = [isUpsideDown ? 'upside down' : '', isSecond ? 'second page' : ''].filter(Boolean)
  return [
    `${sheet} in ${coding}`,
    `${rows} rows`,
    `${skew.toFixed(2)}°`,
    `${(100 * noise).toFixed(2)} % noise`,
    ...also,
    `seed ${own}`,
  ].join(', ')
}
