// As many seeds of the model test as fit into `npm test`; .ci/run runs 200, and `npm run model -- --seeds N` any number.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const SCRIPT = fileURLToPath(new URL('../../scripts/model.mjs', import.meta.url))
const run = (...args: string[]) => spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' })

t.test('whatever happens in whatever order, HePoEx does what the model says', (t) => {
  // So that a machine that is busy with other things ends in time: what fits is run.
  const { status, stdout, stderr } = run('--seeds', '40', '--seconds', '40')
  // Not a comment: of a test that passes, only standard error is shown.
  process.stderr.write(`${stdout.trimEnd().split('\n').at(-3)}\n`)
  t.equal(status, 0, `${stdout}${stderr}`)
  t.match(stdout, /^model: [1-9]\d* passed, 0 failed$/m)
  t.end()
})

t.test('a number that is none is wrong usage', (t) => {
  for (const args of [
    ['--seeds', '0'],
    ['--seeds', 'many'],
    ['--seed', '-1'],
    ['--seconds', '1.5'],
  ]) {
    const { status, stderr } = run(...args)
    t.equal(status, 2, args.join(' '))
    t.match(stderr, /^Usage: npm run model/)
  }
  t.end()
})
