// The command line and the environment, with words nobody would type: an exit code of 0, 1 or 2, and never a stack.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../../scripts/house.mjs'
import type { Io } from '../../src/cli/command.js'
import { run } from '../../src/cli/run.js'
import { ConfigError, loadConfig } from '../../src/config.js'
import type { Random } from './random.js'

const WORDS = [
  'provider',
  'add',
  'list',
  'suspend',
  'resume',
  'admin',
  'invite',
  'remove',
  'inspect',
  'doctor',
  'x',
  '',
  '--',
  '-',
  '-h',
  '--help',
  '--json',
  '__proto__',
  'constructor',
]
const OPTIONS = [
  '--name',
  '--sender',
  '--auth',
  '--network',
  '--slug',
  '--receipts',
  '--unmatched',
  '--json',
  '--help',
  '--provider',
  '--name=',
  '--__proto__',
  '--json=x',
  '--no-json',
  '-j',
]
const VALUES = [
  ...[
    'Clinic',
    '',
    ' ',
    'a@b.example',
    'clinic.example',
    'example',
    'gmail.com',
    'password',
    'network',
    'dmarc',
    '127.0.0.0/8',
    '0.0.0.0/0',
    '::/0',
    '1.2.3.4/33',
  ],
  ...[
    'reject',
    'hold',
    'n',
    'x'.repeat(300),
    '\u0000',
    '\ud800',
    'é',
    `"${'a'.repeat(60)}\u0007"@b.example`,
    '/nowhere.eml',
    '.',
    '{{x}}',
    '%s%n',
    '\r\n',
  ],
]

/** What no person should have to read. */
const STACK = /\n\s+at |node:internal|node_modules|UnhandledPromise|\[object /

/** Settings whose values may be tried without reaching beyond this machine. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  RELAY_URL: [
    'smtp://127.0.0.1:9',
    'smtps://u:p%zz@127.0.0.1:9',
    'smtp://',
    'http://x',
    'smtp://127.0.0.1:99999',
    'x',
    'smtp://[::1',
    'smtp://a:%25@127.0.0.1:9/?x',
  ],
  SMTP_HOST: ['127.0.0.1', '::1', '0.0.0.0', 'a b', '', '1.2.3.4.5'],
  SMTP_PORT: ['0', '-1', '65536', '1e3', '0x10', ' 25 ', '٣'],
  SMTPS_PORT: ['0', '', 'x'],
  WEB_HOST: ['127.0.0.1', '::', 'localhost'],
  WEB_PORT: ['0', '99999999999999999999'],
  PUBLIC_URL: [
    'http://localhost',
    'https://127.0.0.1:1',
    'https://x.example/path',
    'javascript:x',
    'http://u:p@localhost',
    'http://[',
    'http://xn--',
  ],
  INTAKE_DOMAIN: ['intake.localhost', 'ü.localhost', '..', '-a.localhost', 'x'.repeat(300), '127.0.0.1', '[::1]'],
  MAIL_FROM: ['a@intake.localhost', 'a', '@', '"a b"@x.localhost', 'a@b@c', `${'a'.repeat(65)}@x.localhost`],
  OPERATOR_NAME: ['x', '\u0000', 'a\nb', '{{x}}', 'x'.repeat(300)],
  OPERATOR_EMAIL: ['x', 'a@b.localhost'],
  TRUSTED_PROXIES: ['127.0.0.1', '10.0.0.0/8, ::1', ',', '1.2.3.4/99', 'x'],
  DKIM_DOMAIN: ['x.localhost', '', '..'],
  DKIM_SELECTOR: ['s', '%'],
  DKIM_KEY: ['/nowhere', '.'],
  TLS_CERT: ['/nowhere', '.'],
  TLS_KEY: ['/nowhere'],
  MAX_MESSAGE_BYTES: ['65536', '0', '1e9', '-5', 'NaN', '999999999999'],
  PACKAGE_DAYS: ['1', '0', '3650', '3651', '1.5'],
  EVENT_YEARS: ['6', 'x'],
  DNS_SERVERS: ['127.0.0.1:9', '127.0.0.1:0', '::1', '[::1]:99999', '[::1', ','],
  DATABASE_URL: ['postgres://x'],
  OPERATR_NAME: ['x'],
}

export function randomEnvironment(random: Random, folder: string): Record<string, string> {
  const share = random.pick([0, 0.05, 0.2])
  const names = Object.keys(SETTINGS).filter(() => random.chance(share))
  const settings = Object.fromEntries(names.map((name) => [`HEPOEX_${name}`, random.pick(SETTINGS[name] ?? [''])]))
  return {
    ...settings,
    HEPOEX_MAILBOXES: `${folder}/mailboxes`,
    HEPOEX_KEY_FILE: `${folder}/keys/${random.pick(['service.key', 'service.key', 'ü/x.key'])}`,
  }
}

/** Reads an environment; whatever is wrong with it is one line. */
export async function configure(random: Random): Promise<void> {
  const environment = randomEnvironment(random, '/nowhere')
  for (const name of Object.keys(environment)) if (random.chance(0.1)) environment[name] = random.text(60)
  try {
    loadConfig(environment)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    if (/[\r\n]/.test(error.message)) throw new Error('the message has several lines')
  }
}

/** Runs one command line in this process. `serve` is left out: it would stay. */
export async function command(random: Random, folder: string): Promise<void> {
  const said: string[] = []
  const words = [
    ...(random.chance(0.8)
      ? random.pick([
          ['provider', 'add'],
          ['provider', 'list'],
          ['provider', 'suspend'],
          ['admin', 'invite'],
          ['admin', 'remove'],
          ['admin', 'list'],
          ['inspect'],
          ['doctor'],
        ])
      : []),
    ...random.several(8, () => random.pick(random.pick([WORDS, OPTIONS, VALUES]))),
  ]
  const environment = randomEnvironment(random, folder)
  // The name of a domain that is looked up, and of a relay that is tried, must not lead away from this machine.
  const isAway = words[0] === 'doctor' && environment.HEPOEX_INTAKE_DOMAIN !== undefined
  if (isAway) environment.HEPOEX_DNS_SERVERS = '127.0.0.1:9'
  const io: Io = { out: (line) => said.push(line), err: (line) => said.push(line), environment, isTerminal: random.chance(0.5) }
  const code: number = await run(words, io)
  if (![0, 1, 2].includes(code)) throw new Error(`exit code ${code}`)
  if (code !== 0 && said.length === 0) throw new Error(`exit code ${code} without a word`)
  const text = said.join('\n')
  if (STACK.test(text) || text.includes('"frames"')) throw new Error(`${words.join(' ').slice(0, 200)}: ${text.slice(0, 400)}`)
}

/** Starts the service as its own process, in any environment, and stops it once it says that it is there. */
export async function serve(random: Random, folder: string): Promise<void> {
  const settings = randomEnvironment(random, folder)
  // On this machine only, and on ports that nobody else has.
  const isOpen = (host = '') => ['0.0.0.0', '::'].includes(host)
  for (const name of ['HEPOEX_SMTP_HOST', 'HEPOEX_WEB_HOST']) if (isOpen(settings[name])) delete settings[name]
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HEPOEX_')))
  // No system lets a process have a NUL in its environment.
  const sane = Object.fromEntries(Object.entries(settings).filter(([, value]) => !value.includes('\0')))
  const environment = { ...own, HEPOEX_SMTP_PORT: '0', HEPOEX_WEB_PORT: '0', ...sane }
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'hepoex.cjs'), 'serve', '--json'], { cwd: folder, env: environment })
  const said = { out: '', err: '' }
  child.stdout.on('data', (piece) => {
    said.out += piece
    child.kill('SIGTERM')
  })
  child.stderr.on('data', (piece) => {
    said.err += piece
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const isRight = said.out === '' ? code === 1 && said.err !== '' : code === 0 && said.out.trim().split('\n').length === 1
  if (!isRight || STACK.test(said.err) || said.err.includes('"frames"')) throw new Error(`serve ended with ${code}: ${said.out}${said.err}`)
}
