// A whole service in a throw-away folder on free ports, as its own process: for the demo, the journeys and the benches.

import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const CLI = join(ROOT, 'scripts', 'hepoex.cjs')

/**
 * Starts `hepoex serve`. `settings` are HEPOEX_ variables without their prefix; `relay` (an smtp:// address) replaces the trying-out
 * folder; `program` is started in place of `hepoex serve` and must say the same on its first line. Resolves once both doors are open.
 */
export async function openHouse({ settings = {}, relay = null, env = {}, program = [CLI, 'serve', '--json'] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'hepoex-'))
  const mailboxes = join(folder, 'mailboxes')
  const environment = {
    // As npm start does.
    MALLOC_ARENA_MAX: '2',
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HEPOEX_'))),
    HEPOEX_MAILBOXES: mailboxes,
    HEPOEX_KEY_FILE: join(folder, 'keys', 'service.key'),
    HEPOEX_SMTP_PORT: '0',
    HEPOEX_WEB_PORT: '0',
    ...(relay && { HEPOEX_RELAY_URL: relay }),
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`HEPOEX_${name}`, String(value)])),
    ...env,
  }
  const house = { folder, mailboxes, environment, program, log: [], output: [], smtpPort: 0, webUrl: '', child: null }
  return Object.assign(house, {
    start: () => start(house),
    stop: (signal = 'SIGTERM') => stop(house, signal),
    cli: (...words) => cli(house, words),
    /** The trying-out mails handed over so far, oldest first, parsed. */
    mails: () => readMaildir(join(mailboxes, 'outgoing', 'new')),
    close: async () => {
      await stop(house, 'SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }).start()
}

async function start(house) {
  const child = spawn(process.execPath, house.program, {
    cwd: house.folder,
    env: house.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  house.child = child
  house.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  createInterface({ input: child.stderr }).on('line', (line) => house.log.push(line))
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      house.output.push(line)
      resolve(line)
    })
  })
  const line = await Promise.race([ready, house.ended.then(() => null)])
  if (line === null) throw new Error(`the service did not start:\n${house.log.join('\n')}`)
  const { smtpPort, webUrl } = JSON.parse(line)
  return Object.assign(house, { smtpPort, webUrl })
}

async function stop(house, signal) {
  if (!house.child || house.child.exitCode !== null || house.child.signalCode !== null) return house.ended
  house.child.kill(signal)
  return house.ended
}

/** Runs one verb against the house's data. Resolves with {code, out, err}. */
async function cli(house, words) {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, ...words], {
      cwd: house.folder,
      env: house.environment,
      maxBuffer: 1 << 28,
    })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    return { code: error.code, out: error.stdout, err: error.stderr }
  }
}

async function readMaildir(folder) {
  const { simpleParser } = await import('mailparser')
  const names = (await readdir(folder).catch(() => [])).sort()
  return Promise.all(
    names.map(async (name) => {
      const raw = await readFile(join(folder, name))
      return { name, raw, ...(await simpleParser(raw)) }
    }),
  )
}

/** Polls until `look` gives something; for what another process does in its own time. Throws after `seconds`. */
export async function until(look, what, seconds = 30) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await sleep(50)
  }
}
