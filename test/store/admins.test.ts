import t from 'tap'
import { type Admin, type Admins, adminsTable } from '../../src/store/admins.js'
import { temporaryDatabase } from './support.js'

const ADMIN: Admin = { id: 'a1', address: 'admin@example.org', language: 'en', invitedAt: 1000, firstSignInAt: null }

t.test('admins are invited, listed, seen for the first time and removed', async (t) => {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (admins: Admins) => Promise<T>) => database.write((trx) => work(adminsTable(trx)))
  const read = adminsTable(database.read)
  t.strictSame(await write((admins) => admins.invite(ADMIN)), ADMIN)
  t.strictSame(await write((admins) => admins.invite({ ...ADMIN, id: 'a2' })), ADMIN, 'once')
  t.strictSame(await read.list(), [ADMIN])
  await write((admins) => admins.noteSignIn('a1', 2000))
  await write((admins) => admins.noteSignIn('a1', 3000))
  t.match(await read.byAddress(ADMIN.address), { firstSignInAt: 2000 })
  t.match(await read.byId('a1'), { address: ADMIN.address })
  t.ok(await write((admins) => admins.remove('a1')))
  t.notOk(await write((admins) => admins.remove('a1')))
  t.equal(await read.byId('a1'), null)
})
