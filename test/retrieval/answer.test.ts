import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ANSWER, addPackage, enrol, MINUTE, newWorld, open, PEER, QUESTION, ticketFor } from '../accounts/world.js'

async function worldWithPackage(t: Test) {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  world.mails.length = 0
  return { world, consumerId, session, row: await addPackage(world, consumerId) }
}

t.test('the ticket shows the question and the tries left', async (t) => {
  const { world, row } = await worldWithPackage(t)
  const ticket = await ticketFor(world, row)
  t.strictSame(await world.retrieval.question(ticket), { kind: 'question', question: QUESTION, triesLeft: 10, waitUntil: null })
  t.strictSame(await world.retrieval.enterAnswer(ticket, 'wrong answer', PEER), { kind: 'wrong', triesLeft: 9, waitUntil: null })
  t.match(await world.retrieval.question(ticket), { triesLeft: 9 })
})

t.test('a ticket is good for ten minutes', async (t) => {
  const { world, row } = await worldWithPackage(t)
  const ticket = await ticketFor(world, row)
  world.time += 10 * MINUTE
  t.strictSame(await world.retrieval.question(ticket), { kind: 'over' })
  t.strictSame(await world.retrieval.enterAnswer(ticket, ANSWER, PEER), { kind: 'over' })
})

t.test('a package that was recalled after the code was entered opens no more', async (t) => {
  const { world, row } = await worldWithPackage(t)
  const ticket = await ticketFor(world, row)
  await world.store.write(({ packages }) => packages.end(row.id, 'recalled', world.time))
  const before = world.hashes.answers
  t.strictSame(await world.retrieval.question(ticket), { kind: 'recalled' })
  t.strictSame(await world.retrieval.enterAnswer(ticket, ANSWER, PEER), { kind: 'recalled' })
  t.equal(world.hashes.answers, before)
})

t.test('the first opening is put on record and mailed, the second one is put on record', async (t) => {
  const { world, row } = await worldWithPackage(t)
  await open(world, row)
  t.match(world.mails, [{ template: 'opened', to: 'maria@example.org', values: { packageReference: /^\w{4}-\w{4}-\w{4}$/, time: /UTC$/ } }])
  t.match(await world.store.read.packages.byId(row.id), { firstOpenedAt: world.time, lastOpenedAt: world.time })
  const first = world.time
  world.time += MINUTE
  await open(world, row)
  t.equal(world.mails.length, 1)
  t.match(await world.store.read.packages.byId(row.id), { firstOpenedAt: first, lastOpenedAt: world.time })
  const kinds = (await world.store.read.events.forPackage(row.id)).map(({ kind }) => kind)
  t.strictSame(kinds, ['opened', 'opened'])
})

t.test('a damaged file costs no try, is logged and put on record', async (t) => {
  const { world, row, consumerId } = await worldWithPackage(t)
  const key = row.blobKey ?? ''
  const file = join(t.testdirName, 'mailboxes', 'packages', key.slice(0, 2), key)
  await writeFile(file, 'age-encryption.org/v1\n-> not a stanza')
  const outcome = await world.retrieval.enterAnswer(await ticketFor(world, row), ANSWER, PEER)
  t.strictSame(outcome, { kind: 'damaged' })
  t.match(await world.store.read.answers.get(consumerId, 1), { wrongInRow: 0, wrongTotal: 0 })
  t.strictSame(world.failures, ['retrieval PackageDamagedError'])
  t.match(await world.store.read.events.forPackage(row.id), [{ kind: 'damaged' }])
  t.match(await world.store.read.packages.byId(row.id), { state: 'sent', firstOpenedAt: null })
})

t.test('a missing file and a file of another package are damaged too', async (t) => {
  const { world, row, consumerId } = await worldWithPackage(t)
  const other = await addPackage(world, consumerId, { blobKey: row.blobKey })
  t.strictSame(await world.retrieval.enterAnswer(await ticketFor(world, other), ANSWER, PEER), { kind: 'damaged' })
  await world.store.blobs.delete(row.blobKey ?? '')
  t.strictSame(await world.retrieval.enterAnswer(await ticketFor(world, row), ANSWER, PEER), { kind: 'damaged' })
  t.strictSame(world.failures, ['retrieval PackageDamagedError', 'retrieval BlobMissingError'])
})

t.test('a ticket without the right half of the code opens nothing', async (t) => {
  const { world, row } = await worldWithPackage(t)
  const ticket = { ...(await ticketFor(world, row)), codeSecret: Buffer.alloc(32, 1).toString('base64') }
  t.strictSame(await world.retrieval.enterAnswer(ticket, ANSWER, PEER), { kind: 'damaged' })
})

t.test('neither the code nor the answer nor the passphrase lies anywhere in the database', async (t) => {
  const { world, row } = await worldWithPackage(t)
  const pass = await open(world, row)
  const records = await world.retrieval.records(pass)
  const tables = ['openings', 'packages', 'events', 'answers', 'consumers', 'limits', 'outbox']
  const rows = await Promise.all(tables.map((table) => world.store.database.read(table)))
  const text = JSON.stringify(rows, (_key, value) => (value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value))
  t.match(records?.passphrase, /^hepoex1-[a-z2-7]{52}$/)
  for (const secret of [
    records?.passphrase ?? '',
    '4821007391556241',
    'straw',
    QUESTION,
    Buffer.from(pass.key, 'base64').toString('latin1'),
  ])
    t.notOk(text.includes(secret))
})
