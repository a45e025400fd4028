// Look-ups in the pinned Unicode 15.0 table. An answer typed in ten years must give today's bytes, so nothing here asks the running
// engine what a letter is: its Unicode version moves on with every release of Node.

import { FOLDS, KINDS } from './unicode-15.js'

/** `letter-bare`: a Latin, Greek, Cyrillic, Arabic or Hebrew letter; `letter`: one of any other script; `other`: all else assigned. */
export type Kind = 'letter-bare' | 'letter' | 'mark' | 'digit' | 'other' | 'unassigned'

const NAMES: Readonly<Record<string, Kind>> = {
  B: 'letter-bare',
  K: 'letter',
  M: 'mark',
  D: 'digit',
  O: 'other',
  U: 'unassigned',
}

interface Run {
  readonly start: number
  readonly kind: Kind
}

const RUNS: readonly Run[] = readRuns()
const FOLDED: ReadonlyMap<number, number> = readFolds()

/** What the code point is in Unicode 15.0. Surrogates and noncharacters count as unassigned. */
export function kindOf(point: number): Kind {
  return runOf(point).kind
}

/** The value, 0 to 9, of a code point whose kind is `digit`. */
export function digitValue(point: number): number {
  // Decimal digits come in contiguous tens, zero first (Unicode 15.0, section 4.6).
  return (point - runOf(point).start) % 10
}

/** The code point's upper case's lower case (simple mappings, whatever stands around it); itself when it has none. */
export function foldOf(point: number): number {
  return FOLDED.get(point) ?? point
}

function runOf(point: number): Run {
  let low = 0
  let high = RUNS.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((RUNS[middle]?.start ?? Number.POSITIVE_INFINITY) <= point) low = middle
    else high = middle - 1
  }
  return RUNS[low] ?? { start: 0, kind: 'unassigned' } // unreachable: the first run starts at 0
}

function readRuns(): Run[] {
  const runs: Run[] = []
  let start = 0
  for (const [, kind = '', length] of KINDS.matchAll(/([A-Z])([0-9a-z]*)/g)) {
    runs.push({ start, kind: NAMES[kind] ?? 'unassigned' })
    start += length ? Number.parseInt(length, 36) : 1
  }
  return runs
}

function readFolds(): Map<number, number> {
  const folds = new Map<number, number>()
  let point = 0
  for (const run of FOLDS.split(',')) {
    const [gap = 0, count = 0, step = 0, distance = 0] = run.split(' ').map((number) => Number.parseInt(number, 36))
    point += gap
    for (let index = 0; index < count; index++) folds.set(point + index * step, point + index * step + distance)
    point += (count - 1) * step
  }
  return folds
}
