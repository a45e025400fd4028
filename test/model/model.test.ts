// Two hundred seeds of the model test, with short strings of commands; `npm run model -- --seeds N` runs any number, with longer ones.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const SCRIPT = fileURLToPath(new URL('../../scripts/model.mjs', import.meta.url))
const run = (...args: string[]) => spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' })

t.setTimeout(900_000)

t.test('whatever happens in whatever order, HePoEx does what the model says', (t) => {
  const { status, stdout, stderr } = run('--seeds', '200', '--commands', '16')
  // Not a comment: of a test that passes, only standard error is shown.
  process.stderr.write(`${stdout.trimEnd().split('\n').at(-3)}\n`)
  t.equal(status, 0, `${stdout}${stderr}`)
  t.match(stdout, /^model: 200 passed, 0 failed$/m)
  t.end()
})

t.test('a number that is none is wrong usage', (t) => {
  for (const args of [
    ['--seeds', '0'],
    ['--seeds', 'many'],
    ['--seed', '-1'],
    ['--seconds', '1.5'],
    ['--commands', '0'],
  ]) {
    const { status, stderr } = run(...args)
    t.equal(status, 2, args.join(' '))
    t.match(stderr, /^Usage: npm run model/)
  }
  t.end()
})
