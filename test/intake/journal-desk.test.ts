// What an admin finds in the intake log, of messages as they come: by whom they name, by what they are called, by words.

import t from 'tap'
import { DAY } from '../../src/clock.js'
import type { JournalEntry } from '../../src/intake/journal-desk.js'
import { type JournalDesk, type JournalFilter, journalDesk, MESSAGE_TOKEN, PERSON_TOKEN } from '../../src/intake/journal-desk.js'
import { formatPostboxNumber } from '../../src/postbox-number.js'
import { type Bench, CONSUMER, makeBench } from '../support/desk.js'
import { rawMessage } from '../support/raw.js'

const ALL: JournalFilter = { from: 0, to: 9e14 }

function deskOf({ store, clock, options }: Bench): JournalDesk {
  return journalDesk({ store, clock, texts: options.texts, maxMessageBytes: options.maxMessageBytes })
}

async function found(desk: JournalDesk, filter: Partial<JournalFilter>): Promise<JournalEntry[]> {
  const outcome = await desk.open({ ...ALL, ...filter })
  if (outcome.kind !== 'open') throw new Error(outcome.kind)
  const rows = await outcome.view.page(undefined, 50)
  t.equal(outcome.view.totals.messages, rows.length, 'and the total is the same')
  return rows
}

async function reasonsFor(desk: JournalDesk, typed: string): Promise<string[]> {
  const read = await desk.personToken(typed)
  if (typeof read === 'string') throw new Error(read)
  t.match(read.token, PERSON_TOKEN)
  return (await found(desk, { person: read.token })).map(({ reason }) => reason).sort()
}

t.test('a person is found by id and by number, whatever the message named and whatever became of it', async (t) => {
  const bench = await makeBench(t)
  const desk = deskOf(bench)
  const number = (await bench.store.read.consumers.byId(bench.consumerId))?.postboxNumber ?? ''
  const send = (message: Parameters<typeof rawMessage>[0], how = {}) => bench.send(rawMessage(message), how)
  let id = 0
  const next = () => `<${++id}@clinic.example>`
  await send({ messageId: next() })
  await send({ messageId: next(), subject: formatPostboxNumber(number) })
  await send({ messageId: next(), subject: `${CONSUMER} and sam@home.example` })
  await send({ messageId: next(), subject: null }, { to: `clinic+${number}@intake.localhost` })
  await send({ messageId: next(), from: 'stranger@evil.example' })
  await send({ messageId: next(), subject: 'nobody@home.example' })
  const hers = ['accepted', 'accepted', 'accepted', 'sender-not-registered', 'two-ids']
  t.strictSame(await reasonsFor(desk, ` ${CONSUMER.toUpperCase()} `), hers, 'by her id')
  t.strictSame(await reasonsFor(desk, formatPostboxNumber(number).toLowerCase()), hers, 'by her number')
  t.strictSame(await reasonsFor(desk, 'nobody@home.example'), ['consumer-unknown'], 'who never registered')
  t.strictSame(await reasonsFor(desk, 'sam@home.example'), ['two-ids'])
  t.strictSame(await reasonsFor(desk, 'other@home.example'), [])
  t.equal(await desk.personToken('K7M-2QX-9DD'), 'mistyped')
  for (const typed of ['', 'maria', 'a@b@c', '\0']) t.equal(await desk.personToken(typed), 'neither')
  const kept = JSON.stringify(await bench.store.database.read('intake_keys'))
  t.notMatch(kept, /home\.example|clinic\.example/, 'and no name is kept')
})

t.test('a message is found by its Message-ID, also one that was refused for its sender', async (t) => {
  const bench = await makeBench(t)
  const desk = deskOf(bench)
  await bench.send(rawMessage({ messageId: '<One.Two@clinic.example>' }))
  await bench.send(rawMessage({ messageId: '<"><script>alert(1)</script>@evil.example>', from: 'x@evil.example' }))
  for (const typed of ['<One.Two@clinic.example>', ' One.Two@clinic.example ']) {
    const token = desk.messageToken(typed) ?? ''
    t.match(token, MESSAGE_TOKEN)
    t.strictSame(
      (await found(desk, { message: token })).map(({ reason }) => reason),
      ['accepted'],
    )
  }
  t.strictSame(await found(desk, { message: desk.messageToken('one.two@clinic.example') ?? '' }), [], 'in its own case')
  for (const typed of ['', 'two words', '<>', 'x'.repeat(1000)]) t.equal(desk.messageToken(typed), null)
})

t.test('words are looked for in providers and in replies', async (t) => {
  const bench = await makeBench(t, { provider: { name: 'Clínica Ñandú & Söhne' } })
  const desk = deskOf(bench)
  await bench.store.write((tables) =>
    tables.providers.add({ ...bench.provider, id: 'p2', slug: 'lab', name: 'Lakeside Laboratory', smtpUser: null }),
  )
  await bench.send(rawMessage())
  await bench.send(rawMessage({ messageId: '<2@clinic.example>', subject: 'nobody@home.example' }))
  await bench.send(rawMessage(), { to: 'nothing@intake.localhost' })
  const reasonsOf = async (text: string) => (await found(desk, { text })).map(({ reason }) => reason).sort()
  t.strictSame(await reasonsOf('clinica nandu'), ['accepted', 'consumer-unknown'])
  t.strictSame(await reasonsOf('Nobody is registered'), ['consumer-unknown'])
  t.strictSame(await reasonsOf('5.1.1'), ['unknown-intake-address'])
  t.strictSame(await reasonsOf('lakeside'), [])
  t.strictSame(await reasonsOf('% _'), [], 'what SQL would take for a pattern is text')
  t.strictSame((await found(desk, { text: 'nobody', provider: 'clinic', outcome: 'rejected' })).length, 1)
  t.strictSame(await desk.open({ ...ALL, provider: 'nobody' }), { kind: 'unknown-provider' })
  t.strictSame(
    (await found(desk, { provider: '-' })).map(({ reason }) => reason),
    ['unknown-intake-address'],
  )
  await bench.store.write(async (tables) => {
    for (let index = 0; index < 31; index++)
      await tables.providers.add({ ...bench.provider, id: `many-${index}`, slug: `many-${index}`, smtpUser: null })
  })
  t.strictSame(await desk.open({ ...ALL, text: 'many' }), { kind: 'too-wide', count: 31 })
})

t.test('the other filters, and one message with the name of its provider', async (t) => {
  const bench = await makeBench(t)
  const desk = deskOf(bench)
  await bench.send(rawMessage())
  bench.clock.at += DAY
  await bench.send(rawMessage({ messageId: '<2@clinic.example>', subject: 'Records' }))
  const [newest, oldest] = await found(desk, {})
  t.match([newest?.reason, oldest?.reason], ['no-id', 'accepted'])
  t.strictSame(await found(desk, { number: oldest?.number ?? '' }), [oldest])
  t.strictSame(await found(desk, { to: bench.clock.at }), [oldest])
  t.strictSame(await found(desk, { how: 'password', size: 'small', outcome: 'accepted', reason: 'accepted' }), [oldest])
  t.strictSame(await found(desk, { how: 'none' }), [])
  t.strictSame(await desk.one(oldest?.number ?? ''), oldest)
  t.equal(oldest?.providerName, 'Sample Clinic')
  t.equal(await desk.one('nothing'), null)
  t.strictSame(await desk.providers(), [{ slug: 'clinic', name: 'Sample Clinic' }])
  const seq = await desk.newest()
  await bench.send(rawMessage({ messageId: '<3@clinic.example>' }))
  t.match(await desk.since(ALL, seq, 10), { entries: [{ reason: 'accepted', providerName: 'Sample Clinic' }] })
  t.match(await desk.since({ ...ALL, outcome: 'held' }, seq, 10), { entries: [] })
  t.match(await desk.since({ ...ALL, provider: 'gone' }, seq, 10), { entries: [] })
})

t.test('that the log was taken away is put on record', async (t) => {
  const bench = await makeBench(t)
  await deskOf(bench).noteExport('admin-1', { format: 'csv', by: ['outcome', 'person'] })
  t.match(await bench.store.database.read('events').where({ kind: 'log-exported' }), [
    { actor: 'admin-1', details: '{"format":"csv","by":"outcome person"}' },
  ])
})
