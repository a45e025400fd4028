// What runs the tests must not take a file for whole that isn't.

import t from 'tap'
import { readTap } from '../scripts/testing/run.mjs'

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
