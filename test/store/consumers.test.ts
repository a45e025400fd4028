import t from 'tap'
import { readPostboxNumber } from '../../src/postbox-number.js'
import { consumersTable, type NewConsumer } from '../../src/store/consumers.js'
import { temporaryDatabase } from './support.js'

const MARIA: NewConsumer = {
  id: 'consumer-1',
  address: 'maria@example.org',
  language: 'en',
  createdAt: 1000,
  answerVersion: null,
}

t.test('registering an address twice gives the first one back', async (t) => {
  const database = await temporaryDatabase(t)
  const register = (consumer: typeof MARIA) => database.write((trx) => consumersTable(trx).register(consumer))
  const kept = await register(MARIA)
  t.match(kept, MARIA)
  t.strictSame(readPostboxNumber(kept.postboxNumber), { kind: 'number', number: kept.postboxNumber })
  t.strictSame(await register({ ...MARIA, id: 'consumer-2', language: 'es' }), kept)
  const read = consumersTable(database.read)
  t.strictSame(await read.byAddress(MARIA.address), kept)
  t.strictSame(await read.byId(MARIA.id), kept)
  t.strictSame(await read.byPostboxNumber(kept.postboxNumber), kept)
  t.equal(await read.byId('consumer-2'), null)
  t.strictSame(await read.list(), [kept])
})

t.test('the answer version changes only from the one that was seen', async (t) => {
  const database = await temporaryDatabase(t)
  const set = (from: number | null, to: number) => database.write((trx) => consumersTable(trx).setAnswerVersion(MARIA.id, from, to))
  await database.write((trx) => consumersTable(trx).register(MARIA))
  t.notOk(await set(1, 2))
  t.ok(await set(null, 1))
  t.notOk(await set(null, 1))
  t.ok(await set(1, 2))
  t.match(await consumersTable(database.read).byId(MARIA.id), { answerVersion: 2 })
})
