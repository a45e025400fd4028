// What a person chooses and tells of herself: kept, sealed where it names her, and used.

import t from 'tap'
import { ADDRESS, ANSWER, enrol, newWorld, signIn } from './world.js'

const FORM = {
  language: 'es',
  timeZone: 'America/Chicago',
  showProvider: true,
  name: 'Maria Example',
  postalAddress: '1 Sample Street\nSampletown',
}

t.test('what she chose is there when she comes back, and only she is told it', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  t.match(await world.accounts.account(session), {
    language: 'en',
    preferences: { timeZone: null, showProvider: false, person: { name: '', postalAddress: '' } },
  })
  t.strictSame(await world.accounts.savePreferences(session, FORM), { kind: 'saved' })
  const { name, postalAddress } = FORM
  const expected = { language: 'es', preferences: { timeZone: 'America/Chicago', showProvider: true, person: { name, postalAddress } } }
  t.match(await world.accounts.account(session), expected)
  const row = await world.store.read.consumers.byId(consumerId)
  t.ok(row?.personSealed)
  t.notMatch(row?.personSealed?.toString('latin1') ?? '', /Example|Street/, 'sealed')
  const rows = await world.store.database.read('events')
  t.notMatch(JSON.stringify(rows), /Example|Street|Chicago/, 'and not on record')
  t.ok(rows.some(({ kind }) => kind === 'preferences-saved'))
})

t.test('an empty form takes back what she told', async (t) => {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  await world.accounts.savePreferences(session, FORM)
  const empty = { language: 'en', timeZone: null, showProvider: false, name: ' ', postalAddress: '\r\n \n' }
  t.strictSame(await world.accounts.savePreferences(session, empty), { kind: 'saved' })
  t.match(await world.store.read.consumers.byId(consumerId), { personSealed: null, timeZone: null, showProvider: false })
})

t.test('white space is tidied, and control characters go', async (t) => {
  const world = await newWorld(t)
  const { session } = await enrol(world)
  await world.accounts.savePreferences(session, {
    ...FORM,
    name: '  Maria\u0000\t Example\u2028 ',
    postalAddress: ' 1  Sample\r\n\r\nTown\u0007 \r',
  })
  t.match(await world.accounts.account(session), { preferences: { person: { name: 'Maria Example', postalAddress: '1 Sample\nTown' } } })
})

t.test('what cannot be kept is said for each field, and nothing is saved', async (t) => {
  const world = await newWorld(t)
  const { session } = await enrol(world)
  const form = { language: 'xx', timeZone: 'Mars/Olympus', showProvider: true, name: 'x'.repeat(101), postalAddress: 'y'.repeat(401) }
  const outcome = await world.accounts.savePreferences(session, form)
  t.strictSame(outcome, {
    kind: 'problems',
    problems: [
      { field: 'name', reason: 'too-long' },
      { field: 'postalAddress', reason: 'too-long' },
      { field: 'language', reason: 'unknown' },
      { field: 'timeZone', reason: 'unknown' },
    ],
  })
  t.match(await world.accounts.account(session), { language: 'en', preferences: { timeZone: null, showProvider: false } })
})

t.test('only for a consumer who is signed in', async (t) => {
  const world = await newWorld(t)
  t.strictSame(await world.accounts.savePreferences('nobody', FORM), { kind: 'signed-out' })
  await world.store.write(({ admins }) =>
    admins.invite({ id: 'a1', address: 'ann@example.org', language: 'en', invitedAt: 0, firstSignInAt: null }),
  )
  t.strictSame(await world.accounts.savePreferences(await signIn(world, 'ann@example.org', 'admin'), FORM), { kind: 'signed-out' })
})

t.test('mails come in her language and tell the time of her place', async (t) => {
  const world = await newWorld(t)
  const { session } = await enrol(world)
  await world.accounts.savePreferences(session, FORM)
  const next = { question: 'Which song did we sing on the boat?', answer: 'none of the above', again: 'none of the above' }
  t.strictSame(await world.accounts.setQuestion(session, { ...next, presentAnswer: ANSWER }), { kind: 'set' })
  const mail = world.mails.at(-1)
  t.match(mail, { template: 'answer-changed', to: ADDRESS, language: 'es' })
  t.equal(mail?.values.time, '22 de noviembre de 2026 a las 8:05 a.m. CST')
})
