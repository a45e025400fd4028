import t from 'tap'
import { type Consumer, consumersTable } from '../../src/store/consumers.js'
import { temporaryDatabase } from './support.js'

const MARIA: Consumer = { id: 'consumer-1', address: 'maria@example.org', language: 'en', createdAt: 1000, answerVersion: null }

t.test('registering an address twice gives the first one back', async (t) => {
  const database = await temporaryDatabase(t)
  const register = (consumer: Consumer) => database.write((trx) => consumersTable(trx).register(consumer))
  t.strictSame(await register(MARIA), MARIA)
  t.strictSame(await register({ ...MARIA, id: 'consumer-2', language: 'es' }), MARIA)
  const read = consumersTable(database.read)
  t.strictSame(await read.byAddress(MARIA.address), MARIA)
  t.strictSame(await read.byId(MARIA.id), MARIA)
  t.equal(await read.byId('consumer-2'), null)
  t.strictSame(await read.list(), [MARIA])
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
