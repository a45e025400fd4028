// What runs the tests must not take a file for whole that isn't.

import t from 'tap'
import { inCompanies, readReports, readTap } from '../scripts/testing/run.mjs'

const GOOD = ['TAP version 14', '# Subtest: a', '    ok 1 - x', '    1..1', 'ok 1 - a # time=1.5ms', '', '1..1', '# { total: 1, pass: 1 }']

t.test('points at the top are counted, and what failed is told', async (t) => {
  t.match(readTap(GOOD, 0), { passed: 1, failed: 0, skipped: 0, failures: [] })
  const bad = [
    '# Subtest: b',
    '    not ok 1 - y',
    '    1..1',
    'not ok 1 - b',
    '  ---',
    '  at: here',
    '  ...',
    'ok 2 - c # SKIP no root',
    '1..2',
  ]
  const result = readTap(bad, 1)
  t.match(result, { passed: 0, failed: 1, skipped: 1, skips: ['c (no root)'] })
  t.ok(result.failures.includes('    not ok 1 - y') && result.failures.includes('  at: here'))
})

t.test('a file that dies, has no plan, or tests nothing has failed', async (t) => {
  t.equal(readTap(GOOD, 'SIGKILL').failed, 1)
  t.equal(readTap(GOOD, 1).failed, 1)
  t.equal(readTap(GOOD.slice(0, 5), 0).failed, 1)
  t.equal(readTap(['TAP version 14', '1..0'], 0).failed, 1)
  t.match(readTap([], 0), { failed: 1, failures: ['ended with 0'] })
})

const END = (name: string) => `ok 9 - end of ${name}`

t.test('files in one process are told apart', async (t) => {
  const first = ['ok 1 - a', END('a.js'), 'ok 3 - b', 'ok 4 - c', END('b.js')]
  t.match(readReports(['a', 'b'], [...first, '1..5'], 0), [
    { passed: 1, failed: 0 },
    { passed: 2, failed: 0 },
  ])
  const bad = first.with(0, 'not ok 1 - a')
  t.match(readReports(['a', 'b'], [...bad, '1..5'], 1), [
    { passed: 0, failed: 1 },
    { passed: 2, failed: 0 },
  ])
  t.match(readReports(['a', 'b'], [END('a.js'), 'ok 3 - b', END('b.js'), '1..5'], 0), [
    { passed: 0, failed: 1 },
    { passed: 1, failed: 0 },
  ])
})

t.test('a process that ends early is the fault of the file it was at', async (t) => {
  const lines = ['ok 1 - a', END('a.js'), 'ok 3 - b']
  for (const code of [0, 1, 'SIGKILL']) t.match(readReports(['a', 'b', 'c'], lines, code), [{ failed: 0 }, { failed: 1 }])
  for (const code of [0, 1]) t.match(readReports(['a', 'b', 'c'], [...lines, '1..3'], code), [{ failed: 0 }, { failed: 1 }])
})

t.test('what goes wrong after all tests is the last one’s fault', async (t) => {
  const lines = ['ok 1 - a', END('a.js'), 'ok 3 - b', END('b.js')]
  t.match(readReports(['a', 'b'], [...lines, 'not ok 5 - left open', '1..5'], 1), [{ failed: 0 }, { failed: 1 }])
  for (const code of [1, 13, 'SIGKILL']) t.match(readReports(['a', 'b'], [...lines, '1..4'], code), [{ failed: 0 }, { failed: 1 }])
  t.match(readReports(['a', 'b'], lines, 0), [{ failed: 0 }, { failed: 1 }])
})

t.test('long files come first, and no company has more than twelve of one folder', async (t) => {
  const small = Array.from({ length: 15 }, (_each, index) => `test/mail/${index + 1}.test.ts`)
  const files = ['test/journeys/a.test.ts', ...small, 'test/store/a.test.ts', 'test/web/a.test.ts', 'test/web/b.test.ts']
  t.same(
    inCompanies(files, (file) => file === 'test/mail/2.test.ts').map((company) => company.length),
    [1, 1, 1, 12, 1, 1, 2],
  )
  t.same(inCompanies(files, () => false).flat(), files)
})
