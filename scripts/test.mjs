// What `npm test` runs once the checkout is ready: the linter, the types and the tests, with a table of each suite's counts at the end,
// the line coverage, and in words what was left out.
//   npm test                             everything that needs nothing but Node
//   npm test -- test/hip test/x.test.ts  only these folders and files, without linter, types and coverage

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const asked = process.argv.slice(2)
const say = (text = '') => process.stdout.write(`${text}\n`)

/** What needs more than Node; tap's configuration in package.json leaves these folders out too. */
const APART = {
  'test/browser': 'a browser (Chromium)',
  'test/interop': 'the age command, clamd, qpdf, poppler, mupdf and libtiff',
  'test/stalls': 'Linux and a minute to wait for leases',
  'test/fuzz': 'half a minute for random input',
  'test/model': 'half a minute for random strings of commands',
}
const LEFT_OUT = [
  `Left out: ${Object.entries(APART)
    .map(([folder, need]) => `${folder}, which needs ${need}`)
    .join('; ')}: .ci/run installs what is missing and runs them.`,
  'Left out: the long checks (the fault sweep, more of the random input, a corpus of messages, the benches, the soak): .ci/long runs them.',
]

/** Tests start from the same settings everywhere, whatever is set where they are started. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HEPOEX|TAP)(_|$)/.test(name)))

const TAP = ['tap', 'dist', 'esm', 'run.mjs']

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

/**
 * Runs the files with tap, which reports in TAP 14: for each file an indented block and then one point, `ok 3 - test/log.test.ts`. A
 * file is told in one line, and what failed in it in full.
 */
async function runTests(files) {
  const coverage = asked.length > 0 ? '--disable-coverage' : '--coverage-report=none'
  const { child, ended } = start(TAP, ['--reporter=tap', '--no-color', coverage, ...files], ['ignore', 'pipe', 'inherit'])
  const silent = new Set(files)
  let block = []
  for await (const line of createInterface({ input: child.stdout })) {
    const point = readPoint(line, 0)
    if (line.startsWith('# Subtest: ')) block = []
    if (!point) block.push(line)
    else if (silent.delete(point.name)) tellFile(point, block)
    else if (!point.isOk) say(`FAIL ${point.name}`)
    if (point) block = []
  }
  const code = await ended
  for (const file of silent) {
    say(`FAIL ${file}: it did not run`)
    count(suiteOf(file), { failed: 1 })
  }
  // Whatever tap found wrong that no file shows must not pass as a success.
  if (code !== 0 && total('failed') === 0) count('tap', { failed: 1 })
  if (files.length > 0 && total('passed') === 0) count('tap', { failed: 1 })
}

/** Lines covered of each source that was loaded, from what tap's processes wrote down; null when there is nothing. */
async function readCoverage() {
  const [folder, summary] = [join(root, '.tap', 'coverage'), join(root, '.tap', 'report', 'coverage-summary.json')]
  for (const name of readdirSync(folder, { withFileTypes: true }).map((entry) => entry.name)) {
    const { execArgv = [] } = JSON.parse(readFileSync(join(root, '.tap', 'processinfo', name), 'utf8'))
    // Another compiler lays the same source out differently: its ranges, merged with the others, would mark lines at random.
    if (execArgv.includes('tsx')) rmSync(join(folder, name))
  }
  rmSync(summary, { force: true })
  await start(TAP, ['report', 'json-summary'], ['ignore', 'ignore', 'ignore']).ended
  return existsSync(summary) ? JSON.parse(readFileSync(summary, 'utf8')) : null
}

/** A test point at this depth; null: another line. */
function readPoint(line, indent) {
  const match = /^( *)(not )?ok \d+(?: - (.*?))?(?: # time=([\d.]+)ms)?(?: # (SKIP|TODO)\b ?(.*))?(?: \{)?$/.exec(line)
  if (match?.[1]?.length !== indent) return null
  const [, , not, name = '', milliseconds = '0', directive, reason = ''] = match
  return { name, isOk: !not, seconds: Number(milliseconds) / 1000, directive, reason }
}

function tellFile({ name: file, isOk, seconds }, block) {
  const counts = { passed: 0, failed: 0, skipped: 0, seconds }
  const failures = []
  let lines = []
  let isAfterFailure = false
  for (const line of block) {
    const point = readPoint(line, 4)
    // What stands in deeper brackets under a failed point says where it failed.
    isAfterFailure &&= !point && line.startsWith('      ')
    if (isAfterFailure) failures.push(line)
    else lines.push(line)
    if (!point) continue
    if (point.directive) skips.push(`${file}: ${point.name} (${point.reason || point.directive})`)
    counts[point.directive ? 'skipped' : point.isOk ? 'passed' : 'failed'] += 1
    isAfterFailure = !point.isOk && !point.directive
    if (isAfterFailure) failures.push(...lines)
    lines = []
  }
  if (counts.failed === 0 && (!isOk || counts.passed + counts.skipped === 0)) counts.failed = 1
  count(suiteOf(file), counts)
  const isWhole = counts.failed === 0
  const tests = counts.passed + counts.failed
  say(`${isWhole ? 'ok  ' : 'FAIL'} ${file}: ${tests} ${tests === 1 ? 'test' : 'tests'} (${seconds.toFixed(1)} s)`)
  if (!isWhole) say((failures.length > 0 ? failures : block).join('\n'))
}

/** Whether a source holds only types: compiled, nothing is left of it. */
function isEmpty(file) {
  const compiled = readFileSync(join(root, file.replace(/^src/, 'dist').replace(/ts$/, 'js')), 'utf8')
  return compiled.replace(/\/\*[\s\S]*?\*\/|^\/\/.*|export \{\};/gm, '').trim() === ''
}

/** A source that no test loads isn't in the report: its lines count as not covered. */
function tellCoverage(report) {
  const loaded = new Map(Object.entries(report).map(([file, { lines }]) => [relative(root, file), lines]))
  const sources = filesIn('src', '.ts').filter((file) => !file.endsWith('.d.ts') && !isEmpty(file))
  const unloaded = sources.filter((file) => !loaded.has(file))
  const linesOf = (file) => loaded.get(file) ?? { total: readFileSync(join(root, file), 'utf8').split('\n').length, covered: 0 }
  const sum = (name) => sources.reduce((all, file) => all + linesOf(file)[name], 0)
  say(`Line coverage: ${((100 * sum('covered')) / sum('total')).toFixed(1)} % of ${sum('total')} lines in ${sources.length} files of src/.`)
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

if (asked.length === 0) {
  await check('linter', ['@biomejs', 'biome', 'bin', 'biome'], ['check'])
  await check('types', ['typescript', 'bin', 'tsc'], ['--noEmit', '-p', '.'])
}
const files = testFiles()
if (files.length > 0) await runTests(files)
tellTable()
if (skips.length > 0 || asked.length === 0) say()
for (const skip of skips) say(`Skipped: ${skip}`)
if (asked.length === 0) {
  const report = await readCoverage()
  if (report) tellCoverage(report)
  for (const line of LEFT_OUT) say(line)
}
say(`\ntests: ${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`)
process.exitCode = total('failed') === 0 && total('passed') > 0 ? 0 : 1
