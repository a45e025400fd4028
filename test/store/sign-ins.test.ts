import t, { type Test } from 'tap'
import { sessionsTable } from '../../src/store/sessions.js'
import { type SignIn, type SignIns, signInsTable } from '../../src/store/sign-ins.js'
import { temporaryDatabase } from './support.js'

function signIn(changes: Partial<SignIn> = {}): SignIn {
  return {
    ...{ id: 's1', role: 'consumer', address: 'maria@example.org', language: 'en', mailed: true, tries: 0 },
    ...{ tokenHash: Buffer.alloc(32, 1), codeHash: Buffer.alloc(32, 2), browserHash: Buffer.alloc(32, 3) },
    ...{ createdAt: 1000, expiresAt: 2000, usedAt: null },
    ...changes,
  }
}

async function signInsOf(t: Test, ...rows: SignIn[]) {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (signIns: SignIns) => Promise<T>) => database.write((trx) => work(signInsTable(trx)))
  for (const row of rows) await write((signIns) => signIns.add(row))
  return { read: signInsTable(database.read), write }
}

t.test('a sign-in is used once, and not when it is too old or was never mailed', async (t) => {
  const other = signIn({ id: 's2', tokenHash: Buffer.alloc(32, 9), mailed: false })
  const { write } = await signInsOf(t, signIn(), other)
  t.equal(await write((signIns) => signIns.use('s1', 2000)), null)
  t.equal(await write((signIns) => signIns.use('s2', 1500)), null)
  t.equal(await write((signIns) => signIns.useToken(other.tokenHash, 1500)), null)
  t.strictSame(await write((signIns) => signIns.useToken(signIn().tokenHash, 1500)), signIn({ usedAt: 1500 }))
  t.equal(await write((signIns) => signIns.use('s1', 1500)), null)
})

t.test('a code is tried on every live one of the browser and address, so often', async (t) => {
  const { write } = await signInsOf(t, signIn(), signIn({ id: 's2', tokenHash: Buffer.alloc(32, 9), createdAt: 1001 }))
  const about = { address: 'maria@example.org', browserHash: Buffer.alloc(32, 3), now: 1500, maxTries: 2 }
  const ids = async (changes = {}) =>
    (await write((signIns) => signIns.tryCode({ ...about, ...changes }))).map(({ id, tries }) => `${id} ${tries}`)
  t.strictSame(await ids({ browserHash: Buffer.alloc(32, 4) }), [])
  t.strictSame(await ids({ address: 'other@example.org' }), [])
  t.strictSame(await ids({ now: 2000 }), [])
  t.strictSame(await ids(), ['s2 1', 's1 1'])
  t.strictSame(await ids(), ['s2 2', 's1 2'])
  t.strictSame(await ids(), [])
})

t.test('those asked for are counted with the first one’s time', async (t) => {
  const { read, write } = await signInsOf(t, signIn(), signIn({ id: 's2', tokenHash: Buffer.alloc(32, 9), createdAt: 1500, mailed: false }))
  t.strictSame(await read.askedSince('maria@example.org', 999), { count: 2, oldest: 1000 })
  t.strictSame(await read.askedSince('maria@example.org', 1000), { count: 1, oldest: 1500 })
  t.strictSame(await read.askedSince('maria@example.org', 1500), { count: 0, oldest: null })
  t.equal(await write((signIns) => signIns.forget(1500)), 1)
})

t.test('all of an address end together, in their role', async (t) => {
  const { write } = await signInsOf(t, signIn(), signIn({ id: 's2', role: 'admin', tokenHash: Buffer.alloc(32, 9) }))
  await write((signIns) => signIns.endAll('maria@example.org', 'consumer'))
  t.equal(await write((signIns) => signIns.use('s1', 1500)), null)
  t.match(await write((signIns) => signIns.use('s2', 1500)), { role: 'admin' })
})

t.test('a session lives while it is used, until its end', async (t) => {
  const database = await temporaryDatabase(t)
  const tokenHash = Buffer.alloc(32, 1)
  const session = { tokenHash, role: 'consumer', subjectId: 'c1', signedInBy: 'oidc', createdAt: 0, idleUntil: 100, endsAt: 150 } as const
  const read = sessionsTable(database.read)
  await database.write((trx) => sessionsTable(trx).add(session))
  t.strictSame(await read.live(tokenHash, 99), session)
  t.equal(await read.live(tokenHash, 100), null)
  await database.write((trx) => sessionsTable(trx).touch(tokenHash, 100, 100))
  t.equal(await read.live(tokenHash, 100), null, 'what is over stays over')
  await database.write((trx) => sessionsTable(trx).touch(tokenHash, 99, 100))
  t.match(await read.live(tokenHash, 149), { idleUntil: 150 })
  t.equal(await read.live(tokenHash, 150), null)
  t.equal(await database.write((trx) => sessionsTable(trx).forget(149)), 0)
  t.equal(await database.write((trx) => sessionsTable(trx).forget(150)), 1)
})
