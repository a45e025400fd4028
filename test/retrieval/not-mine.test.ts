// Records that are somebody else's, and a provider that wants to know when hers were opened.

import t, { type Test } from 'tap'
import { ADDRESS, addPackage, CODE, DAY, enrol, MINUTE, newWorld, open, PEER, SITE } from '../accounts/world.js'
import { answeredRequest, provider } from '../store/support.js'

const CLINIC = { to: 'records@clinic.example', language: 'en', inReplyTo: 'receipt-1@postbox.example.org' }

async function worldWithPackage(t: Test, { pickedUp = false } = {}) {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  await world.store.write(async (tables) => {
    await tables.providers.add(provider({ pickedUp }))
    for (const name of ['one', 'two'])
      await tables.admins.invite({ id: name, address: `${name}@postbox.example.org`, language: 'en', invitedAt: 1, firstSignInAt: null })
  })
  world.mailbox = CLINIC
  const row = await addPackage(world, consumerId, { intakeNumber: '20261122-AAAAAAAA' })
  world.mails.length = 0
  return { world, consumerId, row }
}

t.test('a reported package and its twins open no more, for anybody, and the file is gone; the record stays', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  const twin = await addPackage(world, consumerId, { groupId: row.groupId, intakeNumber: '20261123-BBBBBBBB' })
  const other = await addPackage(world, consumerId)
  const [pass, twins] = [await open(world, row), await open(world, twin)]
  t.ok(await world.retrieval.notMine(pass))
  for (const each of [pass, twins]) t.equal(await world.retrieval.records(each), null)
  for (const each of [row, twin]) {
    t.strictSame(await world.retrieval.enterCode(each.number, CODE, PEER), { kind: 'not-mine' })
    t.match(await world.store.read.packages.byId(each.id), { state: 'not-mine', endedAt: world.time, blobKey: null })
    const events = await world.store.read.events.forPackage(each.id)
    t.match(
      events.filter(({ kind }) => kind !== 'opened'),
      [{ kind: 'not-mine', actor: 'consumer' }],
    )
  }
  t.ok(await open(world, other))
})

t.test('the provider is told by intake number, every admin, and she; none of them who she is', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  await addPackage(world, consumerId, { groupId: row.groupId, intakeNumber: '20261123-BBBBBBBB' })
  const pass = await open(world, row)
  world.mails.length = 0
  await world.retrieval.notMine(pass)
  const numbers = '20261122-AAAAAAAA, 20261123-BBBBBBBB'
  t.match(world.mails, [
    { template: 'reported', ...CLINIC, values: { intakeNumber: row.intakeNumber, intakeNumbers: numbers } },
    { template: 'admin-alert', to: 'one@postbox.example.org', values: { about: /the provider was told/, link: `${SITE}/admin` } },
    { template: 'admin-alert', to: 'two@postbox.example.org', values: { about: new RegExp(numbers) } },
    { template: 'not-mine', to: ADDRESS, language: 'en' },
  ])
  t.equal(world.mails.length, 4)
  t.notMatch(JSON.stringify(world.mails.map(({ values }) => values)), /maria|Clinic/)
})

t.test('where the provider cannot be written to, the admins read that they have to tell it', async (t) => {
  const { world, row } = await worldWithPackage(t)
  world.mailbox = null
  const pass = await open(world, row)
  world.mails.length = 0
  await world.retrieval.notMine(pass)
  t.match(world.mails, [{ template: 'admin-alert', values: { about: /could not be told by mail/ } }, {}, { template: 'not-mine' }])
})

t.test('it is reported once: the second of two presses finds the session over', async (t) => {
  const { world, row } = await worldWithPackage(t)
  const pass = await open(world, row)
  world.mails.length = 0
  t.strictSame((await Promise.all([world.retrieval.notMine(pass), world.retrieval.notMine(pass)])).sort(), [false, true])
  t.notOk(await world.retrieval.notMine(pass))
  t.equal(world.mails.length, 4)
})

t.test('only who has opened it can report it', async (t) => {
  const { world, row } = await worldWithPackage(t)
  t.notOk(await world.retrieval.notMine({ id: 'none', key: Buffer.alloc(32).toString('base64') }))
  t.match(await world.store.read.packages.byId(row.id), { state: 'sent' })
})

const pickedUp = (mails: ReadonlyArray<{ template: string }>) => mails.filter(({ template }) => template === 'picked-up')

t.test('a provider that wants to know is told of the first opening: when, and nothing else', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t, { pickedUp: true })
  const twin = await addPackage(world, consumerId, { groupId: row.groupId })
  world.time += MINUTE
  await open(world, row)
  t.match(pickedUp(world.mails), [{ ...CLINIC }])
  t.strictSame(Object.keys(world.mails.find(({ template }) => template === 'picked-up')?.values ?? {}).sort(), [
    ...['intakeNumber', 'receivedAt', 'time'],
  ])
  await open(world, row)
  await open(world, twin)
  t.equal(pickedUp(world.mails).length, 1, 'never again, not for a twin either')
})

t.test('a provider that does not want to know, or has no mailbox, is told nothing', async (t) => {
  const quiet = await worldWithPackage(t)
  await open(quiet.world, quiet.row)
  t.strictSame(pickedUp(quiet.world.mails), [])
  const homeless = await worldWithPackage(t, { pickedUp: true })
  homeless.world.mailbox = null
  await open(homeless.world, homeless.row)
  t.strictSame(pickedUp(homeless.world.mails), [])
})

t.test('a request that it answered is open again, whichever of the twins closed it', async (t) => {
  const { world, consumerId, row } = await worldWithPackage(t)
  const twin = await addPackage(world, consumerId, { groupId: row.groupId })
  await world.store.write(({ requests }) => requests.add(answeredRequest(world.store, consumerId, twin.number)))
  t.ok(await world.retrieval.notMine(await open(world, row)))
  t.match(await world.store.read.requests.byId('request-1'), {
    state: 'sent',
    answeredAt: null,
    answeredBy: null,
    keptUntil: Date.UTC(2026, 10, 20) + 396 * DAY,
  })
})
