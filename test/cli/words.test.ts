// What holds for every verb: help, JSON, wrong words, bad configuration.

import { access } from 'node:fs/promises'
import t from 'tap'
import { allCommands } from '../../src/cli/run.js'
import { onlyJson, openShell, type Shell } from './support.js'

async function hasData({ mailboxes, keyFile }: Shell): Promise<boolean> {
  const found = await Promise.all([mailboxes, keyFile].map((path) => access(path).then(...[() => true, () => false])))
  return found.includes(true)
}

const commands = await allCommands()

t.test('there are the verbs that are promised', async (t) => {
  t.same(commands.map(({ name }) => name).sort(), [
    ...['admin invite', 'admin list', 'admin remove', 'backup', 'doctor', 'inspect', 'keys rotate', 'package recall'],
    ...['provider add', 'provider list', 'provider resume', 'provider suspend', 'restore', 'serve'],
  ])
})

for (const { name, options } of commands) {
  t.test(`${name} --help says how it is used, names every option, and touches nothing`, async (t) => {
    const shell = await openShell(t)
    for (const flag of ['--help', '-h']) {
      const said = await shell.hepoex(...name.split(' '), flag)
      t.match(said, { code: 0, err: '' })
      t.ok(said.out.startsWith(`Usage: hepoex ${name}`))
      for (const option of [...Object.keys(options), 'json', 'help']) t.ok(said.out.includes(`--${option}`), option)
    }
    t.notOk(await hasData(shell))
  })

  t.test(`${name} --help --json says it on standard error, where it breaks no JSON`, async (t) => {
    const { hepoex } = await openShell(t)
    const said = await hepoex(...name.split(' '), '--json', '--help')
    t.match(said, { code: 0, out: '' })
    t.ok(said.err.startsWith(`Usage: hepoex ${name}`))
  })

  t.test(`${name} with an unknown option is wrong usage: exit 2, the option named, the usage on standard error`, async (t) => {
    const shell = await openShell(t)
    const said = await shell.hepoex(...name.split(' '), '--frobnicate')
    t.match(said, { code: 2, out: '' })
    t.match(said.err, /^hepoex [a-z ]+: Unknown option '--frobnicate'\nUsage: hepoex [a-z]+.*\n$/)
    t.notOk(await hasData(shell))
  })

  t.test(`${name} takes --json without a value`, async (t) => {
    const { hepoex } = await openShell(t)
    t.match(await hepoex(...name.split(' '), '--json=yes'), { code: 2, out: '' })
  })
}

const WRONG: Array<[string, RegExp]> = [
  ['provider list more', /one word too many: "more"/],
  ['provider suspend', /something is missing/],
  ['provider resume one two', /one word too many: "two"/],
  ['admin invite', /something is missing/],
  ['admin remove', /something is missing/],
  ['admin list all', /one word too many: "all"/],
  ['inspect', /something is missing/],
  ['backup', /something is missing/],
  ['backup one two', /one word too many: "two"/],
  ['restore', /something is missing/],
  ['keys rotate now', /one word too many: "now"/],
  ['doctor now', /one word too many: "now"/],
  ['serve now', /one word too many: "now"/],
  ['inspect a.eml --provider=', /--provider is empty/],
  ['inspect a.eml --provider a --provider b', /--provider is given twice/],
]

for (const [words, problem] of WRONG) {
  t.test(`"${words}" is wrong usage and says why`, async (t) => {
    const shell = await openShell(t)
    const said = await shell.hepoex(...words.split(' '))
    t.match(said, { code: 2, out: '', err: problem })
    t.match(said.err, /^Usage: hepoex /m)
    t.notOk(await hasData(shell), 'no data folder is made for a slip of the finger')
  })
}

t.test('no verb and an unknown one are wrong usage, and the verbs are listed on standard error', async (t) => {
  const { hepoex } = await openShell(t)
  for (const words of [[], ['frobnicate'], ['frobnicate', '--help'], ['--json'], ['provider'], ['provider', 'frobnicate'], ['admin']]) {
    const said = await hepoex(...words)
    t.match(said, { code: 2, out: '' }, words.join(' '))
    t.match(said.err, /^ {2}(provider|admin) /m)
  }
  t.match((await hepoex('frobnicate')).err, /^hepoex: there is no verb "frobnicate"\n/)
  t.match((await hepoex('admin')).err, /^hepoex: admin: which of these\?\n/)
  t.notMatch((await hepoex('admin')).err, /provider/, 'only those that begin so')
})

t.test('--help alone, or after half a verb, lists the verbs', async (t) => {
  const { hepoex } = await openShell(t)
  for (const words of [['--help'], ['-h'], ['provider', '--help'], ['admin', '-h']]) {
    const said = await hepoex(...words)
    t.match(said, { code: 0, err: '' }, words.join(' '))
    t.match(said.out, /^ {2}(provider|admin) list /m)
  }
  t.match((await hepoex('--help')).out, /^ {2}doctor /m)
})

for (const words of [
  'serve',
  'provider list',
  'provider suspend x',
  'admin list',
  'admin invite a@b.example',
  'doctor',
  'backup x',
  'restore x',
  'keys rotate',
]) {
  t.test(`${words} with bad configuration ends with one clear line`, async (t) => {
    const shell = await openShell(t)
    const said = await shell.withSettings({ HEPOEX_SMTP_PORT: 'many' }, ...words.split(' '), '--json')
    t.match(said, { code: 1, out: '' })
    t.match(said.err, /^hepoex [a-z ]+: HEPOEX_SMTP_PORT must be a whole number from 0 to 65535\n$/)
    t.notOk(await hasData(shell))
  })
}

t.test('a misspelt setting is not overlooked', async (t) => {
  const { withSettings } = await openShell(t)
  t.match(await withSettings({ HEPOEX_MAILBOX: '/x' }, 'provider', 'list'), { code: 1, err: /HEPOEX_MAILBOX is not a setting/ })
})

for (const words of ['provider list', 'admin list', 'doctor']) {
  t.test(`${words} --json is one line of JSON, and nothing else`, async (t) => {
    const { hepoex } = await openShell(t)
    const said = await hepoex(...words.split(' '), '--json')
    t.ok(Array.isArray(onlyJson(said)))
    t.match(said, { code: 0, err: '' })
  })
}

const TROUBLES: Array<[string, (shell: Shell) => Promise<unknown>, RegExp]> = [
  ['a damaged database', (shell) => damage(shell), /^hepoex provider list: the database is damaged \(SQLITE_NOTADB\): .+backup\n$/],
  [
    'a file where the data folder should be',
    (shell) => shell.write('mailboxes', 'x'),
    /^hepoex provider list: cannot use \S+\/mailboxes \(E[A-Z]+\): .+HEPOEX_MAILBOXES.*\n$/,
  ],
]

for (const [what, make, line] of TROUBLES) {
  t.test(`${what} is told in one clear line`, async (t) => {
    const shell = await openShell(t)
    await make(shell)
    const said = await shell.hepoex('provider', 'list', '--json')
    t.match(said, { code: 1, out: '' })
    t.match(said.err, line)
  })
}

async function damage({ hepoex, write }: Shell): Promise<void> {
  await hepoex('provider', 'list')
  await write('mailboxes/hepoex.db', 'no database at all\n'.repeat(99))
}
