import t, { type Test } from 'tap'
import { type Providers, providersTable } from '../../src/store/providers.js'
import { provider, temporaryDatabase } from './support.js'

async function providersOf(t: Test) {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (providers: Providers) => Promise<T>) => database.write((trx) => work(providersTable(trx)))
  return { read: providersTable(database.read), write }
}

const withPassword = provider({
  auth: ['password', 'network'],
  faxSenders: ['fax.gateway.example'],
  fax: '+1 555 010 0199',
  networks: ['192.0.2.0/24'],
  smtpUser: 'user-1',
  smtpPasswordHash: Buffer.from([1]),
})

t.test('a provider comes back as it was put in, by every key', async (t) => {
  const { read, write } = await providersOf(t)
  await write((providers) => providers.add(withPassword))
  t.strictSame(await read.byId('provider-1'), withPassword)
  t.strictSame(await read.bySlug('sample-clinic'), withPassword)
  t.strictSame(await read.bySmtpUser('user-1'), withPassword)
  t.equal(await read.bySlug('nobody'), null)
})

t.test('a taken slug, user or id is said by name', async (t) => {
  const { write } = await providersOf(t)
  await write((providers) => providers.add(withPassword))
  const add = (changes: Parameters<typeof provider>[0]) => write((providers) => providers.add(provider(changes)))
  await t.rejects(add({ id: 'provider-2' }), { name: 'DuplicateError', field: 'slug' })
  await t.rejects(add({ id: 'provider-2', slug: 'other', smtpUser: 'user-1' }), { name: 'DuplicateError', field: 'smtpUser' })
  await t.rejects(add({ slug: 'other' }), { name: 'DuplicateError', field: 'id' })
})

t.test('several providers may do without an SMTP user', async (t) => {
  const { read, write } = await providersOf(t)
  await write(async (providers) => {
    await providers.add(provider({ name: 'Zebra' }))
    await providers.add(provider({ id: 'provider-2', slug: 'other', name: 'Aardvark' }))
  })
  t.strictSame(
    (await read.list()).map((each) => each.name),
    ['Aardvark', 'Zebra'],
  )
})

t.test('a provider is suspended and resumed', async (t) => {
  const { read, write } = await providersOf(t)
  await write((providers) => providers.add(provider()))
  t.ok(await write((providers) => providers.setState('provider-1', 'suspended')))
  t.match(await read.byId('provider-1'), { state: 'suspended' })
  t.notOk(await write((providers) => providers.setState('provider-2', 'suspended')))
})
