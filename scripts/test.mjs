// What `npm test` runs once the checkout is ready: the linter, the types and the tests, with a table of each suite's counts at the end,
// the line coverage, and in words what was left out.
//   npm test                             everything that needs nothing but Node
//   npm test -- test/hip test/x.test.ts  only these folders and files, without linter, types and coverage

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildTests } from './testing/build.mjs'
import { readCoverage, slimCoverage } from './testing/coverage.mjs'
import { runFiles } from './testing/run.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const asked = process.argv.slice(2)
const say = (text = '') => process.stdout.write(`${text}\n`)

/** What needs more than Node; `npm test` leaves these folders out. */
const APART = {
  'test/browser': 'a browser (Chromium)',
  'test/interop': 'the age command, clamd, qpdf, poppler, mupdf and libtiff',
  'test/processes': 'a few minutes to start the service and end it, again and again',
  'test/stalls': 'Linux and a minute to wait for leases',
  'test/fuzz': 'half a minute for random input',
  'test/model': 'a few minutes for random strings of commands',
}
const LEFT_OUT = [
  `Left out: ${Object.entries(APART)
    .map(([folder, need]) => `${folder}, which needs ${need}`)
    .join('; ')}: .ci/run and .ci/long install what is missing and run them.`,
  'Left out: the long checks (the fault sweep, more of the random input, a corpus of messages, pages as wide as a desk shows them, the benches, the soak): .ci/long runs them.',
]

/** Tests start from the same settings everywhere, whatever is set where they are started. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HEPOEX|TAP)(_|$)/.test(name)))

/** One more than there are cores: many tests wait, for mails, leases and time. */
const JOBS = Math.min(4, availableParallelism() + 1)
const COVERAGE = join(root, '.tap', 'coverage')
/** They walk what has tests of its own, and counting the lines takes their processes a quarter more of the time. */
const JOURNEYS = /^test\/journeys\//
const covered = { ...environment, NODE_V8_COVERAGE: COVERAGE }

/** Suite -> {passed, failed, skipped, seconds}. */
const table = new Map()
const skips = []

function count(suite, counts) {
  const row = table.get(suite) ?? { passed: 0, failed: 0, skipped: 0, seconds: 0 }
  for (const [name, number] of Object.entries(counts)) row[name] += number
  table.set(suite, row)
}

function total(name) {
  return [...table.values()].reduce((sum, row) => sum + row[name], 0)
}

function start(script, args, stdio) {
  const child = spawn(process.execPath, [join(root, 'node_modules', ...script), ...args], { cwd: root, env: environment, stdio })
  const ended = new Promise((done) => child.once('close', (code) => done(code ?? 1)))
  return { child, ended }
}

/** A check that either holds or doesn't; what it says goes straight to the reader. */
async function check(name, script, args) {
  const started = performance.now()
  const code = await start(script, args, ['ignore', 'inherit', 'inherit']).ended
  const seconds = (performance.now() - started) / 1000
  say(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)`)
  count(name, { [code === 0 ? 'passed' : 'failed']: 1, seconds })
}

function filesIn(folder, ending) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort()
}

/** The test files asked for, or all that are not apart. */
function testFiles() {
  const isApart = (file) => Object.keys(APART).some((folder) => file.startsWith(`${folder}/`))
  if (asked.length === 0) return filesIn('test', '.test.ts').filter((file) => !isApart(file))
  return asked.flatMap((path) => {
    const name = relative(root, resolve(path))
    const isThere = existsSync(join(root, name))
    const files = isThere && statSync(join(root, name)).isDirectory() ? filesIn(name, '.test.ts') : isThere ? [name] : []
    if (files.length === 0) {
      say(`FAIL ${name}: there are no tests`)
      count(suiteOf(`${name}/`), { failed: 1 })
    }
    return files
  })
}

/** `test/hip/code.test.ts` belongs to hip; `test/log.test.ts`, like src/log.ts, to no room. */
function suiteOf(file) {
  const [, room, ...rest] = file.split('/')
  return rest.length > 0 ? room : 'ground floor'
}

/** Each file is told in one line, and what failed in it in full. */
async function runTests(files) {
  const house = await buildTests(root)
  rmSync(COVERAGE, { recursive: true, force: true })
  const isCovered = asked.length === 0
  await runFiles(files, {
    ...{ house, jobs: JOBS, environmentOf: (file) => (isCovered && !JOURNEYS.test(file) ? covered : environment) },
    tell: (result) => {
      tellFile(result)
      if (isCovered) slimCoverage(COVERAGE, house)
    },
  })
  return isCovered ? readCoverage(COVERAGE, house) : null
}

function tellFile({ file, seconds, failures, skips: skipped, ...counts }) {
  count(suiteOf(file), { ...counts, seconds })
  for (const skip of skipped) skips.push(`${file}: ${skip}`)
  const isWhole = counts.failed === 0
  const tests = counts.passed + counts.failed
  say(`${isWhole ? 'ok  ' : 'FAIL'} ${file}: ${tests} ${tests === 1 ? 'test' : 'tests'} (${seconds.toFixed(1)} s)`)
  if (!isWhole) say(failures.join('\n'))
}

/** Whether a source holds only types: compiled, nothing is left of it. */
function isEmpty(file) {
  const compiled = readFileSync(join(root, file.replace(/^src/, 'dist').replace(/ts$/, 'js')), 'utf8')
  return compiled.replace(/\/\*[\s\S]*?\*\/|^\/\/.*|export \{\};/gm, '').trim() === ''
}

/** A source that no test loads isn't in the report: its lines count as not covered. */
function tellCoverage(loaded) {
  const sources = filesIn('src', '.ts').filter((file) => !file.endsWith('.d.ts') && !isEmpty(file))
  const unloaded = sources.filter((file) => !loaded.has(file))
  const linesOf = (file) => loaded.get(file) ?? { total: readFileSync(join(root, file), 'utf8').split('\n').length, covered: 0 }
  const sum = (name) => sources.reduce((all, file) => all + linesOf(file)[name], 0)
  say(
    `Line coverage, without the journeys: ${((100 * sum('covered')) / sum('total')).toFixed(1)} % of ${sum('total')} lines in ${sources.length} files of src/.`,
  )
  if (unloaded.length > 0) say(`  loaded by no test: ${unloaded.join(', ')}`)
  const least = sources.filter((file) => loaded.has(file)).sort((a, b) => loaded.get(a).pct - loaded.get(b).pct)
  say(
    `  least covered: ${least
      .slice(0, 5)
      .map((file) => `${file} ${loaded.get(file).pct} %`)
      .join(', ')}`,
  )
}

function tellTable() {
  say(`\n${'suite'.padEnd(14)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(9)}${'seconds'.padStart(9)}`)
  for (const [suite, { passed, failed, skipped, seconds }] of table) {
    say(
      `${suite.padEnd(14)}${String(passed).padStart(8)}${String(failed).padStart(8)}${String(skipped).padStart(9)}${seconds.toFixed(1).padStart(9)}`,
    )
  }
}

/** The types are looked at beside the tests: the compiler needs one core, for as long as a long test. */
async function checkAll() {
  await check('linter', ['@biomejs', 'biome', 'bin', 'biome'], ['check'])
  const [found] = await Promise.all([runTests(testFiles()), check('types', ['typescript', 'bin', 'tsc'], ['--noEmit', '-p', '.'])])
  return found
}

async function checkAsked() {
  const files = testFiles()
  return files.length > 0 ? runTests(files) : null
}

const coverage = await (asked.length === 0 ? checkAll() : checkAsked())
tellTable()
if (skips.length > 0 || asked.length === 0) say()
for (const skip of skips) say(`Skipped: ${skip}`)
if (asked.length === 0) {
  if (coverage) tellCoverage(coverage)
  for (const line of LEFT_OUT) say(line)
}
say(`\ntests: ${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`)
process.exitCode = total('failed') === 0 && total('passed') > 0 ? 0 : 1
