// Rows of passkeys and of used challenges: what a condition in the database decides.

import t from 'tap'
import { consumersTable } from '../../src/store/consumers.js'
import { type Passkey, passkeysTable } from '../../src/store/passkeys.js'
import { usedChallengesTable } from '../../src/store/used-challenges.js'
import { temporaryDatabase } from './support.js'

const PASSKEY: Passkey = {
  ...{ id: 'k1', consumerId: 'c1', credentialId: 'abc', publicKey: Buffer.from([1, 2]), counter: 0, transports: ['usb', 'nfc'] },
  ...{ name: null, createdAt: 10, lastUsedAt: null },
}

t.test('a credential is of one person only, and removed by her alone', async (t) => {
  const database = await temporaryDatabase(t)
  const write = <Value>(work: (table: ReturnType<typeof passkeysTable>) => Promise<Value>) =>
    database.write((trx) => work(passkeysTable(trx)))
  await database.write(async (trx) => {
    for (const id of ['c1', 'c2'])
      await consumersTable(trx).register({ id, address: `${id}@home.example`, language: 'en', createdAt: 1, answerVersion: null })
  })
  t.equal(await write((table) => table.add(PASSKEY)), true)
  t.equal(await write((table) => table.add({ ...PASSKEY, id: 'k2', consumerId: 'c2' })), false)
  t.strictSame(await passkeysTable(database.read).byCredential('abc'), PASSKEY)
  t.equal(await passkeysTable(database.read).byCredential('abd'), null)
  t.strictSame(await passkeysTable(database.read).of('c2'), [])
  t.equal(await write((table) => table.remove('k1', 'c2')), false)
  t.equal(await write((table) => table.remove('k1', 'c1')), true)
  t.equal(await write((table) => table.use('k1', 1, 20)), false, 'what was removed is not used')
})

t.test('a counter only goes up, once it counts', async (t) => {
  const database = await temporaryDatabase(t)
  await database.write(async (trx) => {
    await consumersTable(trx).register({ id: 'c1', address: 'c1@home.example', language: 'en', createdAt: 1, answerVersion: null })
    await passkeysTable(trx).add(PASSKEY)
  })
  const use = (counter: number) => database.write((trx) => passkeysTable(trx).use('k1', counter, 20))
  for (const [counter, isGood] of [
    [0, true],
    [0, true],
    [3, true],
    [3, false],
    [2, false],
    [0, false],
    [4, true],
  ] as const)
    t.equal(await use(counter), isGood, String(counter))
  t.match(await passkeysTable(database.read).of('c1'), [{ counter: 4, lastUsedAt: 20 }])
})

t.test('a challenge is used once, by whoever is first, until it is forgotten', async (t) => {
  const database = await temporaryDatabase(t)
  const hash = Buffer.alloc(32, 1)
  const use = () => database.write((trx) => usedChallengesTable(trx).use(hash, 100))
  const outcomes = await Promise.all([use(), use(), use()])
  t.strictSame(outcomes.sort(), [false, false, true])
  t.equal(await database.write((trx) => usedChallengesTable(trx).forget(99)), 0)
  t.equal(await database.write((trx) => usedChallengesTable(trx).forget(100)), 1)
})
