// Runs test files, each in a process of its own, two at a time. tap writes what it finds as TAP 14: points, each with its own points in a
// block before it.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What a file's tests may take, where they don't say otherwise themselves. */
const SECONDS = 300
/** For one that does not end at all. */
const MOST_SECONDS = 1200

/**
 * @param files as `test/log.test.ts`; @param tell is called with each file's result when it ends, in whatever order they do.
 * @param environment of the processes; coverage is written where its NODE_V8_COVERAGE says.
 */
export async function runFiles(files, { house, environment, jobs, tell }) {
  const left = [...files]
  const work = async () => {
    for (let file = left.shift(); file; file = left.shift()) tell(await runFile(file, house, environment))
  }
  await Promise.all(Array.from({ length: jobs }, work))
}

async function runFile(file, house, environment) {
  const started = performance.now()
  const args = ['--enable-source-maps', join(house, file.replace(/\.ts$/, '.js'))]
  const env = { ...environment, TAP: '1', TAP_TIMEOUT: String(SECONDS) }
  const child = spawn(process.execPath, args, { cwd: house, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((done) => child.once('close', (code, signal) => done(code ?? signal)))
  const timer = setTimeout(() => child.kill('SIGKILL'), MOST_SECONDS * 1000)
  const lines = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(line)
  const code = await ended
  clearTimeout(timer)
  return { file, seconds: (performance.now() - started) / 1000, ...readTap(lines, code) }
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
    if (!point) continue
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
