import t from 'tap'
import { alertAdmins } from '../../src/intake/alert.js'
import { StoreError } from '../../src/store/errors.js'
import { type Bench, makeBench } from '../support/desk.js'

const at = Date.UTC(2026, 10, 22, 10)

async function invite({ store }: Bench, ...addresses: string[]): Promise<void> {
  for (const address of addresses)
    await store.write((tables) => tables.admins.invite({ id: address, address, language: 'en', invitedAt: 1, firstSignInAt: null }))
}

function tools({ store, post, options }: Bench) {
  return { store, post, texts: options.texts, publicUrl: () => 'https://site.test', operatorEmail: 'op@site.test' }
}

t.test('every admin gets one mail, however often it happens that day', async (t) => {
  const bench = await makeBench(t)
  await invite(bench, 'a@site.test', 'b@site.test')
  for (let count = 0; count < 3; count++)
    t.equal(await alertAdmins(tools(bench), { about: 'mail.admin-alert.storage', at: at + count }), true)
  await bench.post.sendDue()
  t.same(bench.courier.handed.map(({ to }) => to).sort(), ['a@site.test', 'b@site.test'])
  t.match(bench.courier.handed[0]?.raw, /could not write to its disk/)
  await alertAdmins(tools(bench), { about: 'mail.admin-alert.storage', at: at + 86_400_000 })
  await bench.post.sendDue()
  t.equal(bench.courier.handed.length, 4, 'the next day it is told again')
})

t.test('without an admin the operator is told', async (t) => {
  const bench = await makeBench(t)
  t.equal(await alertAdmins(tools(bench), { about: 'mail.admin-alert.storage', at }), true)
  await bench.post.sendDue()
  t.match(bench.courier.handed, [{ to: 'op@site.test' }])
})

t.test('when nothing can be written the mail goes out past the outbox', async (t) => {
  const bench = await makeBench(t)
  await invite(bench, 'a@site.test')
  const store = { ...bench.store, write: () => Promise.reject(new StoreError('io', 'SQLITE_IOERR')) }
  t.equal(await alertAdmins({ ...tools(bench), store }, { about: 'mail.admin-alert.storage', at }), true)
  t.match(bench.courier.handed, [{ to: 'a@site.test', from: '' }])
  bench.courier.answer = () => ({ outcome: 'unreachable' }) as never
  t.equal(await alertAdmins({ ...tools(bench), store }, { about: 'mail.admin-alert.storage', at }), false, 'nobody will hear of it')
})
