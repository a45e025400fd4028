import t from 'tap'
import { onlyJson, openShell } from './support.js'

const ADMIN = 'admin@example.org'

t.test('an invitation is queued for the service to mail; its link is shown on a terminal, once', async (t) => {
  const shell = await openShell(t, { HEPOEX_PUBLIC_URL: 'http://site.localhost' })
  const said = await shell.onTerminal('admin', 'invite', 'Admin@Example.org')
  t.equal(said.code, 0)
  t.match(said.out, /^admin@example\.org may read the intake log; .+\nSign in \(once, within 24 hours\): http:\/\/site\.localhost\/\S+\n$/)
  t.match(await shell.look((store) => store.read.outbox.pending()), { count: 1 })
})

t.test('the link goes neither into a pipe nor into JSON', async (t) => {
  const shell = await openShell(t)
  t.same(await shell.hepoex('admin', 'invite', ADMIN), {
    code: 0,
    out: 'admin@example.org may read the intake log; a sign-in link is on its way\n',
    err: '',
  })
  for (const said of [await shell.hepoex('admin', 'invite', ADMIN, '--json'), await shell.onTerminal('admin', 'invite', ADMIN, '--json')]) {
    t.same(onlyJson(said), { address: ADMIN })
    t.equal(said.err, '')
  }
})

t.test('admins are listed, and removed with their links', async (t) => {
  const shell = await openShell(t)
  t.match(await shell.hepoex('admin', 'list'), { code: 0, out: /^There are no admins yet: .+\n$/ })
  await shell.hepoex('admin', 'invite', ADMIN)
  await shell.hepoex('admin', 'invite', 'second@example.org')
  t.equal((await shell.hepoex('admin', 'list')).out, 'admin@example.org\nsecond@example.org\n')
  t.same(onlyJson(await shell.hepoex('admin', 'remove', 'ADMIN@example.org', '--json')), { address: ADMIN, removed: true })
  t.same(onlyJson(await shell.hepoex('admin', 'list', '--json')), [{ address: 'second@example.org' }])
  t.match(await shell.hepoex('admin', 'remove', 'second@example.org'), { code: 0, out: /^second@example\.org can no longer .+\n$/ })
})

t.test('what is no address, and who is no admin, is refused in one line', async (t) => {
  const shell = await openShell(t)
  for (const verb of ['invite', 'remove'])
    t.same(await shell.hepoex('admin', verb, 'admin'), { code: 1, out: '', err: `hepoex admin ${verb}: that is not an e-mail address\n` })
  t.match(await shell.hepoex('admin', 'remove', ADMIN), {
    code: 1,
    out: '',
    err: /^hepoex admin remove: there is no such admin: .+list.+\n$/,
  })
})

t.test('a DKIM key that cannot be read is told before anybody is invited', async (t) => {
  const shell = await openShell(t)
  const settings = { HEPOEX_DKIM_DOMAIN: 'example.org', HEPOEX_DKIM_SELECTOR: 's1', HEPOEX_DKIM_KEY: '/nowhere/dkim.pem' }
  const said = await shell.withSettings(settings, 'admin', 'invite', ADMIN)
  t.same(said, { code: 1, out: '', err: 'hepoex admin invite: HEPOEX_DKIM_KEY: /nowhere/dkim.pem cannot be read\n' })
  t.same(onlyJson(await shell.hepoex('admin', 'list', '--json')), [])
})
