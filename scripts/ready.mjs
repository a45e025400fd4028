// Makes a bare clone ready: installs what the lock file names and builds what has changed. Each npm command runs it first. It speaks
// on standard error only, so that a command's own output stays clean.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const say = (text) => process.stderr.write(`hepoex: ${text}\n`)

function requireNode() {
  const [major, minor, patch] = process.versions.node.split('.').map(Number)
  const isOldEnough = major > 20 || (major === 20 && (minor > 18 || (minor === 18 && patch >= 1)))
  if (isOldEnough) return
  say(`Node ${process.versions.node} is too old: install Node 20.18.1 or later (22 or 24 is best).`)
  process.exit(1)
}

function digestOf(paths) {
  const digest = createHash('sha256')
  for (const path of paths)
    digest
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0')
  return digest.digest('hex')
}

function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort()
}

/** Runs `work` unless the stamp says it was done for this very input. */
async function unlessDone(stamp, digest, work) {
  const file = join(root, stamp)
  if (existsSync(file) && readFileSync(file, 'utf8') === digest) return
  rmSync(file, { force: true })
  await work()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, digest)
}

async function run(what, command, args) {
  const started = Date.now()
  say(`${what} …`)
  // node-gyp compiles with one core otherwise.
  const env = { JOBS: 'max', ...process.env }
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  const [status, error] = await Promise.race([once(child, 'close'), once(child, 'error').then(([failure]) => [1, failure])])
  if (status !== 0) {
    say(`${what} failed${error?.code ? ` (${error.code})` : ''}; the lines above say why.`)
    process.exit(1)
  }
  say(`${what}: done in ${((Date.now() - started) / 1000).toFixed(0)} s`)
}

function install() {
  return run('fetching the libraries', 'npm', ['ci', '--no-fund', '--no-audit', '--ignore-scripts'])
}

/** What the install scripts of the libraries do, as npm would have run them. Nothing that is built here meanwhile needs it. */
function compile() {
  return run('compiling the database driver (it takes a few minutes, this once)', 'npm', ['rebuild', '--no-fund', '--no-audit'])
}

async function build() {
  const sources = [...filesBelow('src'), 'tsconfig.json', 'package-lock.json', 'scripts/tsconfig.build.json']
  await unlessDone('dist/.built', digestOf(sources), () =>
    // npm test looks at the types; here they would only be time.
    run('building', process.execPath, ['node_modules/typescript/bin/tsc', '--noCheck', '-p', 'scripts/tsconfig.build.json']),
  )
  const styles = [...filesBelow('src/web').filter((path) => !path.endsWith('.ts')), 'scripts/build-css.mjs', 'package-lock.json']
  await unlessDone('dist/.styled', digestOf(styles), () => run('making the style sheet', process.execPath, ['scripts/build-css.mjs']))
}

export async function makeReady() {
  requireNode()
  await unlessDone('node_modules/.hepoex-installed', `${digestOf(['package-lock.json'])} ${process.versions.modules}`, async () => {
    await install()
    await Promise.all([compile(), build()])
  })
  await build()
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await makeReady()
