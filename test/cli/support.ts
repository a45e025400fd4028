// The command line in a temporary folder of its own: in this process, or as the real one.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { run } from '../../src/cli/run.js'
import { openStore, type Store } from '../../src/store/store.js'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Shell {
  readonly folder: string
  readonly mailboxes: string
  readonly keyFile: string
  readonly environment: Readonly<Record<string, string>>
  /** One command in this process, its output not on a terminal. */
  readonly hepoex: (...words: string[]) => Promise<Said>
  /** The same on a terminal. */
  readonly onTerminal: (...words: string[]) => Promise<Said>
  /** Like `hepoex`, with these variables too. */
  readonly withSettings: (settings: Readonly<Record<string, string>>, ...words: string[]) => Promise<Said>
  /** One command as a process of its own, started as npx starts it. */
  readonly process: (...words: string[]) => Promise<Said>
  /** Looks into the data. */
  readonly look: <T>(work: (store: Store) => Promise<T>) => Promise<T>
  /** Writes a file into the folder; its path. */
  readonly write: (name: string, content: string | Buffer) => Promise<string>
}

const SCRIPT = 'scripts/hepoex.cjs'

/** @param change settings, by their full names. */
export async function openShell(t: Test, change: Readonly<Record<string, string>> = {}): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), 'hepoex-cli-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const [mailboxes, keyFile] = [join(folder, 'mailboxes'), join(folder, 'keys', 'service.key')]
  const environment = { HEPOEX_MAILBOXES: mailboxes, HEPOEX_KEY_FILE: keyFile, HEPOEX_SMTP_PORT: '0', HEPOEX_WEB_PORT: '0', ...change }
  const hepoex = (words: string[], isTerminal = false, settings = {}) => inProcess(words, { ...environment, ...settings }, isTerminal)
  return {
    ...{ folder, mailboxes, keyFile, environment },
    hepoex: (...words) => hepoex(words),
    onTerminal: (...words) => hepoex(words, true),
    withSettings: (settings, ...words) => hepoex(words, false, settings),
    process: (...words) => asProcess(words, environment),
    look: async (work) => {
      const store = await openStore({ mailboxes, keyFile })
      return work(store).finally(() => store.close())
    },
    write: async (name, content) => {
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, name), content)
      return join(folder, name)
    },
  }
}

async function inProcess(words: string[], environment: Record<string, string>, isTerminal: boolean): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(words, {
    out: (line) => out.push(`${line}\n`),
    err: (line) => err.push(`${line}\n`),
    environment,
    isTerminal,
  })
  return { code, out: out.join(''), err: err.join('') }
}

/** The words that start the command line as a process of its own, unseen by the test runner, which would slow it down by measuring it. */
export function asWords(words: readonly string[], nodeWords: readonly string[] = []): [command: string, words: string[]] {
  return ['env', ['-u', 'NODE_OPTIONS', process.execPath, ...nodeWords, SCRIPT, ...words]]
}

/** This process's environment without settings of a service that may be set up on this machine. */
export function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries.filter(([name]) => !/^(HEPOEX_|TAP)/.test(name)))
}

function asProcess(words: string[], environment: Record<string, string>): Promise<Said> {
  const env = { ...cleanEnvironment(), ...environment }
  return new Promise((resolve) => {
    execFile(...asWords(words), { env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err })
    })
  })
}

/** What one line of JSON says; throws when there is more on standard output, or less. */
export function onlyJson({ out }: Said): ReturnType<typeof JSON.parse> {
  if (!/^[^\n]+\n$/.test(out)) throw new Error('not one line on standard output')
  return JSON.parse(out)
}

export interface Serving {
  readonly child: ChildProcess
  readonly out: string[]
  readonly err: string[]
  /** The first line of standard output. */
  readonly first: Promise<string>
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

/** Starts the service as a process of its own; killed at the end of the test. */
export function serve(t: Test, { environment }: Shell, settings: Record<string, string> = {}, ...words: string[]): Serving {
  const env = { ...cleanEnvironment(), ...environment, ...settings }
  const child = spawn(...asWords(['serve', ...words]), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err]: [string[], string[]] = [[], []]
  createInterface({ input: child.stderr }).on('line', (line) => err.push(line))
  const lines = createInterface({ input: child.stdout }).on('line', (line) => out.push(line))
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  const first = Promise.race([once(lines, 'line').then(([line]) => String(line)), ended.then(() => '')])
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, out, err, first, ended }
}
