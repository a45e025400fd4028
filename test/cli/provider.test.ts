import t from 'tap'
import { onlyJson, openShell, type Shell } from './support.js'

const GOOD = ['--name', 'Sample Clinic', '--sender', 'records@clinic.example']

/** Registers the Sample Clinic with these options; what `--json` says. */
async function add({ hepoex }: Shell, ...more: string[]) {
  const said = await hepoex('provider', 'add', ...GOOD, '--json', ...more)
  if (said.code !== 0) throw new Error(said.err)
  return onlyJson(said)
}

t.test('a provider is added: id, slug and intake address, and no password where none was asked for', async (t) => {
  const shell = await openShell(t)
  const added = await add(shell)
  t.same(Object.keys(added), ['id', 'slug', 'intakeAddress'])
  t.match(added, { slug: 'sample-clinic', intakeAddress: 'sample-clinic@intake.localhost' })
  t.match(await shell.look((store) => store.read.providers.byId(added.id)), {
    ...{ name: 'Sample Clinic', auth: ['dmarc'], unmatched: 'reject', receiptsTo: null, senders: ['records@clinic.example'] },
    ...{ networks: [], state: 'active', smtpUser: null },
  })
})

t.test('every option counts, and those that may come again do', async (t) => {
  const shell = await openShell(t, { HEPOEX_INTAKE_DOMAIN: 'in.example.org' })
  const added = await add(
    shell,
    ...['--slug', 'Sample', '--sender', 'Fax.Example.org', '--auth', 'network', '--auth', 'password'],
    ...['--network', '192.0.2.0/24', '--network', '2001:db8::/48', '--receipts', 'Chart@clinic.example', '--unmatched', 'reject'],
  )
  t.same(Object.keys(added), ['id', 'slug', 'intakeAddress', 'smtpUser', 'smtpPassword'])
  t.equal(added.intakeAddress, 'sample@in.example.org')
  t.match(await shell.look((store) => store.read.providers.byId(added.id)), {
    ...{ slug: 'sample', senders: ['records@clinic.example', 'fax.example.org'], auth: ['network', 'password'] },
    ...{ networks: ['192.0.2.0/24', '2001:db8::/48'], receiptsTo: 'chart@clinic.example' },
  })
})

t.test('a provider that wants to be told when it was picked up is, and is listed so', async (t) => {
  const shell = await openShell(t)
  await add(shell, '--picked-up')
  t.match(onlyJson(await shell.hepoex('provider', 'list', '--json')), [{ pickedUp: true }])
  const said = await shell.hepoex('provider', 'add', ...GOOD, '--slug', 'other', '--picked-up=yes')
  t.equal(said.code, 2, 'it takes no value')
})

t.test('a fax gateway and its number are registered, alone or beside senders, and listed', async (t) => {
  const shell = await openShell(t)
  const words = [
    '--name',
    'Sample Clinic',
    '--fax-sender',
    'Fax@Gateway.example',
    '--fax-sender',
    'fax.example.org',
    '--fax',
    '+1 555 010 0199',
  ]
  const said = await shell.hepoex('provider', 'add', ...words, '--unmatched', 'hold', '--json')
  t.equal(said.code, 0)
  const [listed] = onlyJson(await shell.hepoex('provider', 'list', '--json'))
  t.match(listed, {
    ...{ senders: [], faxSenders: ['fax@gateway.example', 'fax.example.org'], fax: '+1 555 010 0199', unmatched: 'hold' },
  })
  t.match((await shell.hepoex('provider', 'list')).out, /\(dmarc: fax@gateway\.example \(fax\), fax\.example\.org \(fax\)\)/)
})

t.test('the SMTP password is shown once and stands in no file', async (t) => {
  const shell = await openShell(t)
  const said = await shell.hepoex('provider', 'add', ...GOOD, '--auth', 'password')
  const password = /^SMTP password {2}(\S{16,})$/m.exec(said.out)?.[1] ?? ''
  t.match(said.out, /^Sample Clinic may send to sample-clinic@intake\.localhost\nSMTP user {6}\S+\nSMTP password {2}\S{16,}\n$/)
  t.match(said.err, /shown this once/)
  for (const words of [['list'], ['list', '--json'], ['suspend', 'sample-clinic', '--json'], ['resume', 'sample-clinic']]) {
    const { out, err } = await shell.hepoex('provider', ...words)
    t.notOk(password === '' || `${out}${err}`.includes(password), words.join(' '))
  }
  const { readdir, readFile } = await import('node:fs/promises')
  const { join } = await import('node:path')
  const files = (await readdir(shell.folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  t.ok(files.length > 0)
  for (const { parentPath, name } of files) t.notOk((await readFile(join(parentPath, name))).includes(password), name)
})

const USAGE: Array<[string, string[], RegExp]> = [
  ['no name', ['--sender', 'a@b.example'], /--name is missing/],
  ['an empty name', ['--name', ' ', '--sender', 'a@b.example'], /--name is empty/],
  ['a name without a value', ['--name', '--sender', 'a@b.example'], /Option '--name' argument is ambiguous\n/],
  ['two names', [...GOOD, '--name', 'Other'], /--name is given twice/],
  ['no sender', ['--name', 'Sample Clinic'], /--sender is missing/],
  ['an empty sender', [...GOOD, '--sender', ''], /--sender is empty/],
  ['two senders after one option', [...GOOD, 'b@c.example'], /one word too many: "b@c\.example".+again for each/],
  ['an unknown way to recognise', [...GOOD, '--auth', 'spf'], /--auth takes dmarc, password or network/],
  ['an empty slug', [...GOOD, '--slug='], /--slug is empty/],
  ['two addresses for receipts', [...GOOD, '--receipts', 'a@b.example', '--receipts', 'c@d.example'], /--receipts is given twice/],
  ['an empty address for receipts', [...GOOD, '--receipts', ''], /--receipts is empty/],
  ['something else for unmatched', [...GOOD, '--unmatched', 'bounce'], /--unmatched takes reject or hold/],
]

for (const [what, words, problem] of USAGE) {
  t.test(`${what} is wrong usage: exit 2, a clear line, and nobody is added`, async (t) => {
    const shell = await openShell(t)
    const said = await shell.hepoex('provider', 'add', '--json', ...words)
    t.match(said, { code: 2, out: '', err: problem })
    t.match(said.err, /^hepoex provider add: .+\nUsage: hepoex provider add .+\n$/)
    t.same(onlyJson(await shell.hepoex('provider', 'list', '--json')), [])
  })
}

const REFUSED: Array<[string, string[], RegExp]> = [
  ['a name of two lines', ['--name', 'Sample\nClinic', '--sender', 'a@b.example'], /name must be one line/],
  ['a name with nothing for a slug', ['--name', '診療所', '--sender', 'a@b.example'], /slug must be .+--slug/],
  ['a slug that is none', [...GOOD, '--slug', 'a b'], /slug must be/],
  ['a slug with another use', [...GOOD, '--slug', 'postmaster'], /slug has another use/],
  ['a sender that is no address', [...GOOD, '--sender', 'two@at@signs'], /not an e-mail address/],
  ['a sender that is no domain', [...GOOD, '--sender', 'clinic'], /neither an address nor a domain/],
  ['a public mail domain', [...GOOD, '--sender', 'gmail.com'], /anybody may have a mailbox at gmail\.com/],
  ['recognising by network without one', [...GOOD, '--auth', 'network'], /at least one --network/],
  ['a network nobody looks at', [...GOOD, '--network', '192.0.2.0/24'], /only looked at with --auth network/],
  ['a network that is none', [...GOOD, '--auth', 'network', '--network', '192.0.2.0/33'], /not in CIDR form/],
  ['a network of everybody', [...GOOD, '--auth', 'network', '--network', '0.0.0.0/0'], /too wide/],
  ['receipts to no address', [...GOOD, '--receipts', 'chart'], /receipts is not an e-mail address/],
]

for (const [what, words, problem] of REFUSED) {
  t.test(`${what} is refused: exit 1, one clear line, and nobody is added`, async (t) => {
    const shell = await openShell(t)
    const said = await shell.hepoex('provider', 'add', '--json', ...words)
    t.match(said, { code: 1, out: '', err: problem })
    t.match(said.err, /^hepoex provider add: .+\n$/)
    t.same(onlyJson(await shell.hepoex('provider', 'list', '--json')), [])
  })
}

t.test('a slug is given once', async (t) => {
  const shell = await openShell(t)
  await add(shell)
  const said = await shell.hepoex('provider', 'add', ...GOOD)
  t.match(said, { code: 1, out: '', err: /this slug is taken .+--slug/ })
})

t.test('an empty list says how to begin', async (t) => {
  const { hepoex } = await openShell(t)
  t.same(await hepoex('provider', 'list'), { code: 0, out: 'There are no providers yet: hepoex provider add --help\n', err: '' })
})

t.test('the list shows each provider, a line each, or all of it as JSON', async (t) => {
  const shell = await openShell(t)
  const { id } = await add(shell, '--auth', 'password')
  await add(shell, '--slug', 'second')
  const listed = onlyJson(await shell.hepoex('provider', 'list', '--json'))
  t.equal(listed.length, 2)
  const about = listed.find((each: { id: string }) => each.id === id)
  t.same(about, {
    ...{ id, slug: 'sample-clinic', name: 'Sample Clinic', state: 'active', auth: ['password'], senders: ['records@clinic.example'] },
    ...{
      faxSenders: [],
      fax: null,
      networks: [],
      receiptsTo: null,
      pickedUp: false,
      unmatched: 'reject',
      intakeAddress: 'sample-clinic@intake.localhost',
    },
  })
  const { out } = await shell.hepoex('provider', 'list')
  t.equal(out.trimEnd().split('\n').length, 2)
  t.match(
    out,
    new RegExp(`^${id}  active     sample-clinic@intake\\.localhost  Sample Clinic  \\(password: records@clinic\\.example\\)$`, 'm'),
  )
})

for (const by of ['id', 'slug', 'SLUG']) {
  t.test(`a provider is suspended and resumed by its ${by}`, async (t) => {
    const shell = await openShell(t)
    const { id, slug } = await add(shell)
    const word = by === 'id' ? id : by === 'slug' ? slug : slug.toUpperCase()
    const state = () => shell.look(async (store) => (await store.read.providers.byId(id))?.state)
    t.same(onlyJson(await shell.hepoex('provider', 'suspend', word, '--json')), { id, slug, state: 'suspended' })
    t.equal(await state(), 'suspended')
    t.match(await shell.hepoex('provider', 'resume', word), { code: 0, out: 'Sample Clinic (sample-clinic) is active\n' })
    t.equal(await state(), 'active')
  })
}

t.test('nobody is suspended or resumed under a name that is not there', async (t) => {
  const shell = await openShell(t)
  await add(shell)
  for (const verb of ['suspend', 'resume']) {
    const said = await shell.hepoex('provider', verb, 'another', '--json')
    t.match(said, { code: 1, out: '', err: /^hepoex provider \w+: there is no such provider: .+list.+\n$/ })
  }
})
