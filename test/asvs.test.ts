// The walk through OWASP's ASVS in SECURITY.md: every item of level 2 is there once, the sums are right, and what it points to exists.

import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'

const TEXT = readFileSync('SECURITY.md', 'utf8')

/** Items of 4.0.3 at level 2 (level 1 included), section by section. The numbers that are missing were deleted, or are of level 3. */
const SECTIONS: Readonly<Record<string, string>> = {
  ...{ '1.1': '1-7', '1.2': '1-4', '1.4': '1 4 5', '1.5': '1-4', '1.6': '1-4', '1.7': '1 2', '1.8': '1 2', '1.9': '1 2', '1.10': '1' },
  ...{ '1.11': '1 2', '1.12': '2', '1.14': '1-6' },
  ...{
    '2.1': '1-12',
    '2.2': '1-3',
    '2.3': '1-3',
    '2.4': '1-5',
    '2.5': '1-7',
    '2.6': '1-3',
    '2.7': '1-6',
    '2.8': '1-7',
    '2.9': '1-3',
    '2.10': '1-4',
  },
  ...{ '3.1': '1', '3.2': '1-4', '3.3': '1-4', '3.4': '1-5', '3.5': '1-3', '3.7': '1' },
  ...{ '4.1': '1-3 5', '4.2': '1 2', '4.3': '1-3' },
  ...{ '5.1': '1-5', '5.2': '1-8', '5.3': '1-10', '5.4': '1-3', '5.5': '1-4' },
  ...{ '6.1': '1-3', '6.2': '1-6', '6.3': '1 2', '6.4': '1 2' },
  ...{ '7.1': '1-4', '7.2': '1 2', '7.3': '1 3 4', '7.4': '1-3' },
  ...{ '8.1': '1-4', '8.2': '1-3', '8.3': '1-8' },
  ...{ '9.1': '1-3', '9.2': '1-4' },
  ...{ '10.2': '1 2', '10.3': '1-3' },
  ...{ '11.1': '1-8' },
  ...{ '12.1': '1-3', '12.2': '1', '12.3': '1-6', '12.4': '1 2', '12.5': '1 2', '12.6': '1' },
  ...{ '13.1': '1 3-5', '13.2': '1-3 5 6', '13.3': '1 2', '13.4': '1 2' },
  ...{ '14.1': '1-4', '14.2': '1-6', '14.3': '2 3', '14.4': '1-7', '14.5': '1-4' },
}

function expand(ranges: string): number[] {
  return ranges.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

const ROWS = [...TEXT.matchAll(/^\| (\d+\.\d+\.\d+) \| ([^|]+) \| (yes|no|n\/a) \| (.+) \|$/gm)].map(
  ([, item = '', what = '', met = '', shown = '']) => ({ item, what, met, shown }),
)

t.test('every item of level 2 is there, in order, once', (t) => {
  const items = Object.entries(SECTIONS).flatMap(([section, ranges]) => expand(ranges).map((number) => `${section}.${number}`))
  t.strictSame(
    ROWS.map(({ item }) => item),
    items,
  )
  t.end()
})

t.test('the summary counts them right', (t) => {
  const count = (rows: typeof ROWS) => ['yes', 'no', 'n/a'].map((met) => String(rows.filter((row) => row.met === met).length))
  const sums = [...TEXT.matchAll(/^\| (?:V(\d+) [^|]*|all (\d+)) \| (\d+) \| (\d+) \| (\d+) \|$/gm)]
  t.equal(sums.length, 15)
  for (const [, chapter, all, ...counts] of sums) {
    const rows = ROWS.filter(({ item }) => chapter === undefined || item.startsWith(`${chapter}.`))
    t.strictSame(counts, count(rows), `chapter ${chapter}`)
    if (all !== undefined) t.equal(Number(all), ROWS.length)
  }
  t.end()
})

t.test('every yes is shown by a test, a source, or an item that is', (t) => {
  const refersTo = new Map(ROWS.map((row) => [row.item, row]))
  for (const { item, met, shown } of ROWS.filter((row) => row.met === 'yes')) {
    const others = shown.match(/\d+\.\d+\.\d+/g) ?? []
    const isShown = /`[\w./-]+`|the same tests?/.test(shown) || others.some((other) => refersTo.get(other)?.met === 'yes')
    t.ok(isShown, `${item} ${met}`)
  }
  t.end()
})

/** Files and folders of the house, tests without their ending; then what stands in quotation marks behind them. */
const REFERENCE = /`((?:test|src|templates|scripts|\.ci)\/[\w./-]+|[\w-]+\.(?:md|json))`(?: "([^"]+)")?/g

t.test('every file and every test that is named exists', (t) => {
  let tests = 0
  for (const { item, shown } of ROWS) {
    for (const [, path = '', name] of shown.matchAll(REFERENCE)) {
      const file = path.startsWith('test/') ? `${path}.test.ts` : path
      if (!t.ok(existsSync(file), `${item}: ${file}`) || name === undefined) continue
      const text = readFileSync(file, 'utf8')
      const isThere = file.endsWith('.md') ? new RegExp(`^(#+ |\\*\\*)${name}\\b`, 'm').test(text) : text.includes(`t.test('${name}'`)
      t.ok(isThere, `${item}: ${file} has "${name}"`)
      tests++
    }
  }
  t.ok(tests > 100, `${tests} tests and headings`)
  t.end()
})
