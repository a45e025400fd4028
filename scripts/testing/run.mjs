// Runs test files two processes at a time. Small ones share a process, one after the other, in always the same companies: loading the
// libraries takes each process longer than most files' tests. tap writes what it finds as TAP 14: points, each with its own points in a
// block before it.

import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** What a process's tests may take, where they don't say otherwise themselves. */
const SECONDS = 300
/** For one that does not end at all. */
const MOST_SECONDS = 1200
/** Files in one process. */
const MOST_TOGETHER = 12
/** The point that ends a file's; no test is called so. */
const END = 'end of '
/** A file that sets something for its whole process, or measures it, has one to itself; and so have the long ones. */
const ALONE = /^t\.(?!test\b)|process\.(on|memoryUsage)\(|process\.env\.HEPOEX|usedNative\(/m
const LONG = /^test\/(browser|fuzz|interop|journeys|model|processes|stalls)\//

/**
 * @param files as `test/log.test.ts`; @param tell is called with each file's result when it ends, in whatever order they do.
 * @param environmentOf gives that of the process which a file is run in.
 */
export async function runFiles(files, { house, environmentOf, jobs, tell }) {
  const left = inCompanies(files, (file) => ALONE.test(readFileSync(join(house, file), 'utf8')))
  const work = async () => {
    for (let company = left.shift(); company; company = left.shift()) await runCompany(company, { house, environmentOf, tell })
  }
  await Promise.all(Array.from({ length: jobs }, work))
}

/** Long files first, so that no core is idle at the end; then those of a folder together. */
export function inCompanies(files, isAlone) {
  const long = files.filter((file) => LONG.test(file))
  const companies = []
  for (const file of files.filter((file) => !LONG.test(file))) {
    const last = companies.at(-1)
    const joins = last && !last.isFull && last.files.length < MOST_TOGETHER && dirname(last.files[0]) === dirname(file)
    if (isAlone(file)) companies.push({ files: [file], isFull: true })
    else if (joins) last.files.push(file)
    else companies.push({ files: [file], isFull: false })
  }
  return [...long.map((file) => [file]), ...companies.map(({ files }) => files)]
}

/** Those that come after one at which the process ended are run in another. */
async function runCompany(files, about) {
  for (let left = files; left.length > 0; ) left = left.slice(await runProcess(left, about))
}

/** How many of the files were told of: all, or up to the one at which the process ended. */
async function runProcess(files, { house, environmentOf, tell }) {
  const times = [performance.now()]
  const args = ['--enable-source-maps', writeEntry(files, house)]
  const env = { ...environmentOf(files[0]), TAP: '1', TAP_TIMEOUT: String(SECONDS) }
  const child = spawn(process.execPath, args, { cwd: house, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((done) => child.once('close', (code, signal) => done(code ?? signal)))
  const timer = setTimeout(() => child.kill('SIGKILL'), MOST_SECONDS * 1000)
  const lines = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (isEnd(line) && times.length < files.length) times.push(performance.now())
  }
  const results = readReports(files, lines, await ended)
  clearTimeout(timer)
  times.push(performance.now())
  for (const [index, result] of results.entries())
    tell({ file: files[index], seconds: (times[index + 1] - times[index]) / 1000, ...result })
  return results.length
}

/** The results of a process's files, in order; those after the one at which it ended have none. */
export function readReports(files, lines, code) {
  const parts = [[]]
  for (const line of lines) {
    parts.at(-1).push(line)
    if (isEnd(line)) parts.push([])
  }
  const rest = parts.pop()
  // The plan comes at the very end, for all.
  const results = parts.map((part) => readTap([...part, '1..1'], 0))
  if (results.length < files.length) return [...results, readTap(rest, code === 0 ? 'no word of it' : code)]
  // What goes wrong after all is told as the last one's; what went wrong before it, not again.
  const isTold = results.slice(0, -1).some(({ failed }) => failed > 0)
  return [...results.slice(0, -1), readTap([...parts.at(-1), ...rest], isTold && code === 1 ? 0 : code)]
}

function isEnd(line) {
  return readPoint(line)?.name.startsWith(END) ?? false
}

/** The module that loads them. Each process has one of its own: tap names temporary folders after it. */
function writeEntry(files, house) {
  const entry = join(house, 'test', 'entries', `${files[0].slice('test/'.length).replaceAll('/', '-')}.mjs`)
  const names = files.map((file) => file.slice('test/'.length).replace(/\.ts$/, '.js'))
  mkdirSync(dirname(entry), { recursive: true })
  writeFileSync(
    entry,
    `import t from 'tap'
for (const name of ${JSON.stringify(names)}) {
  await import(\`../\${name}\`)
  await t.test(\`${END}\${name}\`, async () => {})
}
`,
  )
  return entry
}

/** What a file says of itself, and what it ends with: a file that ends early, or without a test, has failed. */
export function readTap(lines, code) {
  const result = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [] }
  let block = []
  let isAfterFailure = false
  for (const line of lines) {
    const point = readPoint(line)
    // What stands in brackets under a failed point says where it failed.
    isAfterFailure &&= !point && line.startsWith('  ')
    if (isAfterFailure) result.failures.push(line)
    else block.push(line)
    if (!point || isEnd(line)) continue
    if (point.directive) result.skips.push(`${point.name} (${point.reason || point.directive})`)
    result[point.directive ? 'skipped' : point.isOk ? 'passed' : 'failed'] += 1
    isAfterFailure = !point.isOk && !point.directive
    if (isAfterFailure) result.failures.push(...block)
    block = []
  }
  const isPlanned = lines.some((line) => /^1\.\.\d+/.test(line))
  if (result.failed > 0 || (code === 0 && isPlanned && result.passed + result.skipped > 0)) return result
  return { ...result, failed: 1, failures: [...lines.slice(-100), `ended with ${code}`] }
}

/** A test point at the top; null: another line. */
function readPoint(line) {
  const match = /^(not )?ok \d+(?: - (.*?))?(?: # time=[\d.]+ms)?(?: # (SKIP|TODO)\b ?(.*))?(?: \{)?$/.exec(line)
  if (!match) return null
  const [, not, name = '', directive, reason = ''] = match
  return { name, isOk: !not, directive, reason }
}
