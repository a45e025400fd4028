import t, { type Test } from 'tap'
import { type NewProvider, providerRegistry, verifySmtpPassword } from '../../src/accounts/providers.js'
import { NOW, newWorld } from './world.js'

const CLINIC: NewProvider = {
  name: 'Sample Clinic & Söhne',
  senders: ['Clinic.Example.org', 'Front.Desk@example.com'],
  auth: ['dmarc'],
  networks: [],
  unmatched: 'reject',
}

async function registryOf(t: Test) {
  const { store } = await newWorld(t)
  return { store, registry: providerRegistry({ store, now: () => NOW }) }
}

t.test('a provider is registered with its slug made from the name', async (t) => {
  const { registry, store } = await registryOf(t)
  const added = await registry.add(CLINIC)
  t.match(added, {
    kind: 'added',
    smtpPassword: null,
    provider: {
      ...{ name: CLINIC.name, slug: 'sample-clinic-sohne', state: 'active', auth: ['dmarc'], smtpUser: null, createdAt: NOW },
      ...{ senders: ['clinic.example.org', 'front.desk@example.com'], receiptsTo: null, unmatched: 'reject' },
    },
  })
  t.match(await registry.list(), [{ slug: 'sample-clinic-sohne' }])
  t.match(await store.database.read('events'), [{ kind: 'provider-added', actor: 'operator', at: NOW }])
})

t.test('each mistake is refused with its reason and a line that says what to do', async (t) => {
  const { registry } = await registryOf(t)
  const mistakes: Array<[Partial<NewProvider>, string]> = [
    [{ name: ' ' }, 'name'],
    [{ name: 'two\nlines' }, 'name'],
    [{ name: '診療所' }, 'slug'],
    [{ slug: 'a' }, 'slug'],
    [{ slug: 'under_score' }, 'slug'],
    [{ slug: '-edge' }, 'slug'],
    [{ slug: 'plus+tag' }, 'slug'],
    [{ slug: 'x'.repeat(41) }, 'slug'],
    [{ slug: 'N' }, 'slug-reserved'],
    [{ slug: 'postmaster' }, 'slug-reserved'],
    [{ name: 'Abuse' }, 'slug-reserved'],
    [{ senders: [] }, 'no-sender'],
    [{ senders: ['two@at@signs'] }, 'sender'],
    [{ senders: ['com'] }, 'sender'],
    [{ senders: ['clinic example'] }, 'sender'],
    [{ senders: ['gmail.com'] }, 'public-domain'],
    [{ senders: ['clinic.example.org', '@Outlook.com'] }, 'public-domain'],
    [{ senders: ['mx.yahoo.co.uk'] }, 'public-domain'],
    [{ faxSenders: ['gmail.com'] }, 'public-domain'],
    [{ faxSenders: ['two@at@signs'] }, 'sender'],
    [{ fax: 'none' }, 'fax'],
    [{ fax: '12' }, 'fax'],
    [{ slug: 'h' }, 'slug-reserved'],
    [{ auth: [] }, 'no-auth'],
    [{ auth: ['network'] }, 'no-network'],
    [{ networks: ['192.0.2.0/24'] }, 'unused-network'],
    [{ auth: ['network'], networks: ['192.0.2.0/33'] }, 'network'],
    [{ auth: ['network'], networks: ['0.0.0.0/0'] }, 'network'],
    [{ auth: ['network'], networks: ['::/0'] }, 'network'],
    [{ receiptsTo: 'nobody' }, 'receipts'],
  ]
  for (const [change, reason] of mistakes) {
    const outcome = await registry.add({ ...CLINIC, ...change })
    t.match(outcome, { kind: 'refused', reason, problem: /\w{3}/ }, JSON.stringify(change))
  }
  t.strictSame(await registry.list(), [])
})

t.test('a single address at a public mail domain is fine', async (t) => {
  const { registry } = await registryOf(t)
  t.match(await registry.add({ ...CLINIC, senders: ['Sample.Clinic@gmail.com'] }), { kind: 'added' })
})

t.test('networks are kept in one spelling', async (t) => {
  const { registry } = await registryOf(t)
  const added = await registry.add({ ...CLINIC, auth: ['network'], networks: ['192.0.2.77/24', '2001:DB8::1', '192.0.2.0/24'] })
  t.match(added, { provider: { networks: ['192.0.2.0/24', '2001:db8::1/128'] } })
})

t.test('a slug is taken once', async (t) => {
  const { registry } = await registryOf(t)
  await registry.add({ ...CLINIC, auth: ['password'] })
  t.match(await registry.add({ ...CLINIC, auth: ['password'] }), { kind: 'refused', reason: 'slug-taken' })
})

t.test('a fax gateway may be all that a provider sends through', async (t) => {
  const { registry } = await registryOf(t)
  const added = await registry.add({
    ...CLINIC,
    senders: [],
    faxSenders: ['Fax.Example.org'],
    fax: ' +1 (555) 010-0199 ',
    unmatched: 'hold',
  })
  t.match(added, { provider: { senders: [], faxSenders: ['fax.example.org'], fax: '+1 (555) 010-0199', unmatched: 'hold' } })
})

t.test('the SMTP password is shown once, kept as a hash, and checked', async (t) => {
  const { registry, store } = await registryOf(t)
  const added = await registry.add({ ...CLINIC, auth: ['password'] })
  if (added.kind !== 'added' || added.smtpPassword === null) return t.fail('no password')
  const { provider, smtpPassword } = added
  t.match(smtpPassword, /^[\w-]{24,}$/)
  t.notOk(JSON.stringify(provider).includes(smtpPassword))
  t.equal(await verifySmtpPassword(store, 'sample-clinic-sohne', smtpPassword), provider.id)
  t.equal(await verifySmtpPassword(store, 'sample-clinic-sohne', `${smtpPassword}x`), null)
  t.equal(await verifySmtpPassword(store, 'another-clinic', smtpPassword), null)
  t.equal(await verifySmtpPassword(store, 'sample-clinic-sohne', ''), null)
})

t.test('a provider without a password is nobody to SMTP AUTH', async (t) => {
  const { registry, store } = await registryOf(t)
  await registry.add(CLINIC)
  t.equal(await verifySmtpPassword(store, 'sample-clinic-sohne', ''), null)
})

t.test('suspending and resuming is put on record', async (t) => {
  const { registry, store } = await registryOf(t)
  const added = await registry.add(CLINIC)
  const id = added.kind === 'added' ? added.provider.id : ''
  t.ok(await registry.suspend(id))
  t.match(await registry.list(), [{ state: 'suspended' }])
  t.ok(await registry.resume(id))
  t.match(await registry.list(), [{ state: 'active' }])
  t.notOk(await registry.suspend('nobody'))
  const kinds = (await store.database.read('events').orderBy('id')).map(({ kind }) => kind).sort()
  t.strictSame(kinds, ['provider-added', 'provider-resumed', 'provider-suspended'])
})
