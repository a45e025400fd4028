// Runs what README.md tells a newcomer to type: the fenced `sh` blocks in their order, each as one script, from the top of a fresh clone
// of the last commit. A comment on the line before a block says otherwise:
//   <!-- not run: reason -->      leaves the block out, and says why
//   <!-- run: until "text" -->    starts it, waits for the text in its output, and lets it run on until the end
// With --installed the clone is given the libraries of this checkout, which saves installing them again.
// Fails when a command fails, takes longer than a quarter of an hour, or ends that should have run on.

import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const LIMIT_MS = 900_000
const GRACE_MS = 40_000
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const say = (text = '') => process.stdout.write(`${text}\n`)

/** The blocks of a README: {line, script, notRun, until}; the latter two are null unless a comment says so. Throws on a comment it can't read. */
function blocksOf(text) {
  const lines = text.split('\n')
  const blocks = []
  for (let index = 0; index < lines.length; index++) {
    const indent = /^( *)```sh\s*$/.exec(lines[index])?.[1]
    if (indent === undefined) continue
    const end = lines.findIndex((line, at) => at > index && line.trim() === '```')
    if (end === -1) throw new Error(`README.md:${index + 1}: the block has no end`)
    const script = lines
      .slice(index + 1, end)
      .map((line) => line.slice(indent.length))
      .join('\n')
    blocks.push({ line: index + 1, script, ...readComment(lines.slice(0, index).findLast((line) => line.trim() !== '') ?? '', index) })
    index = end
  }
  return blocks
}

function readComment(text, line) {
  const said = /^\s*<!-- *((?:not )?run\b.*?) *-->\s*$/.exec(text)?.[1]
  const notRun = /^not run: (.+)$/.exec(said ?? '')?.[1] ?? null
  const until = /^run: until "(.+)"$/.exec(said ?? '')?.[1] ?? null
  if (said !== undefined && notRun === null && until === null)
    throw new Error(`README.md:${line}: not a comment this script knows: ${said}`)
  return { notRun, until }
}

/** A newcomer's environment: nothing of a service that is set up here already, nor of the command that started this one. */
function newcomer(folder) {
  const foreign = /^(HEPOEX_|TAP|NODE_OPTIONS$|INIT_CWD$|npm_(lifecycle|package|command|execpath|node_execpath))/
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return { ...Object.fromEntries(own), XDG_CONFIG_HOME: join(folder, 'config') }
}

/** Starts a script in a process group of its own. `ended` resolves with null (done) or with what went wrong. */
function start(script, cwd, env) {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const run = { child, isOver: false, hasPassed: false, ended: null, onLine: () => {} }
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      say(`    | ${line}`)
      run.onLine(line)
    })
  }
  run.ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.code})`))
    child.once('close', (code, signal) => resolve(code === 0 ? null : `ended with ${signal ?? `exit code ${code}`}`))
  }).finally(() => {
    run.isOver = true
  })
  return run
}

function signal(run, name) {
  try {
    process.kill(-run.child.pid, name)
  } catch {
    // All of them are gone already.
  }
}

/** Ends all processes of a run: first kindly, then not. */
async function end(run) {
  signal(run, 'SIGTERM')
  const forced = setTimeout(() => signal(run, 'SIGKILL'), GRACE_MS)
  await run.ended
  clearTimeout(forced)
}

/** Resolves with what went wrong; null: nothing. */
async function follow({ until }, run) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(`took longer than ${LIMIT_MS / 60_000} minutes`), LIMIT_MS)
  })
  const seen = new Promise((resolve) => {
    run.onLine = (line) => until !== null && line.includes(until) && resolve(null)
  })
  const ended = run.ended.then((problem) => (until === null ? problem : (problem ?? `ended before it said "${until}"`)))
  const problem = await Promise.race([late, seen, ended])
  clearTimeout(timer)
  if (problem !== null) await end(run)
  return problem
}

/** Every block that was started: {block, run}. */
const begun = []
const folder = mkdtempSync(join(tmpdir(), 'hepoex-readme-'))
const counts = { passed: 0, failed: 0 }

function settle(block, problem) {
  counts[problem === null ? 'passed' : 'failed'] += 1
  say(`${problem === null ? 'ok  ' : 'FAIL'} README.md:${block.line}${problem === null ? '' : `: ${problem}`}\n`)
}

async function runBlock(block, clone, env) {
  for (const line of block.script.split('\n')) say(`$ ${line}`)
  const run = start(block.script, clone, env)
  begun.push({ block, run })
  const problem = await follow(block, run)
  run.hasPassed = problem === null
  settle(block, problem)
  return problem === null
}

async function main() {
  const clone = join(folder, 'hepoex')
  const cloned = spawnSync('git', ['clone', '--quiet', root, clone], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (cloned.status !== 0 || !existsSync(join(clone, 'README.md'))) throw new Error('no README.md in a fresh clone')
  if (process.argv.includes('--installed'))
    cpSync(join(root, 'node_modules'), join(clone, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  const readme = readFileSync(join(clone, 'README.md'), 'utf8')
  if (readme !== readFileSync(join(root, 'README.md'), 'utf8'))
    say('Note: README.md has changes that are not committed; they are not looked at.')
  const env = newcomer(folder)
  for (const block of blocksOf(readme)) {
    if (block.notRun !== null) say(`Not run, README.md:${block.line}: ${block.notRun}\n`)
    else if (!(await runBlock(block, clone, env))) break
  }
  const gone = begun.filter(({ block, run }) => block.until !== null && run.hasPassed && run.isOver)
  for (const { block } of gone) settle(block, 'ended, though it should have run on')
}

async function tidy() {
  // All of them: a block may have left something running that it started in the background.
  await Promise.all(begun.map(({ run }) => end(run)))
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => tidy().then(() => process.exit(130)))
try {
  await main()
} catch (error) {
  say(`FAIL ${error.message}`)
  counts.failed += 1
} finally {
  await tidy()
}
say(`readme: ${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
