// The pages of passkeys and of a provider to sign in with, before paper desks.

import t from 'tap'
import { SECOND } from '../../src/clock.js'
import { NOW, newWorld, setCookies, signedIn, Visitor, type World, webServer } from './fakes.js'

const PROVIDER = { name: 'Sample <Login>' }
const FLOW = { state: 'state-1', nonce: 'nonce-1', verifier: 'verifier-1', until: NOW + 600 * SECOND }

function worldWith(finish: NonNullable<World['oidc']>['finish']): World {
  const world = newWorld()
  world.oidc = { ...PROVIDER, start: { kind: 'go', url: 'https://login.example.org/auth?state=state-1', flow: FLOW }, finish }
  return world
}

t.test('passkeys are on the page of people, not on that of admins, and not where they can’t work', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  const { payload } = await visitor.get('/sign-in')
  t.match(payload, 'action="/sign-in/passkey"')
  t.match(payload, 'autocomplete="username webauthn"')
  t.match(payload, 'data-options="{&quot;challenge&quot;:&quot;43&quot;}"', 'asked with the random value of this browser')
  t.match(payload, /src="\/assets\/passkeys\.js\?v=/)
  world.passkeysOffered = false
  for (const path of ['/admin/sign-in', '/sign-in']) {
    const other = await visitor.get(path)
    t.notMatch(other.payload, /passkey|webauthn/, path)
    t.match(other.payload, 'autocomplete="email"')
  }
})

t.test('no other page loads those scripts', async (t) => {
  const visitor = await signedIn(await webServer(newWorld()))
  for (const path of ['/', '/open', '/profile', '/help']) t.notMatch((await visitor.get(path)).payload, /passkeys\.js|simplewebauthn/, path)
})

t.test('a passkey signs in and ends the session that was there before', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  world.asked.length = 0
  const answer = await visitor.post('/sign-in/passkey', { response: '{"id":"a"}' })
  t.equal(answer.headers.location, '/profile')
  t.strictSame(world.asked, ['passkeys.signIn {"id":"a"} 43 127.0.0.1', 'signOut session-1'])
})

t.test('whatever was wrong with a passkey, the page says the same, and the log says why', async (t) => {
  const lines: string[] = []
  const log = { event: (name: string, fields: object = {}) => void lines.push(`${name} ${JSON.stringify(fields)}`), failure: () => {} }
  const world = newWorld()
  const visitor = new Visitor(await webServer(world, { log }))
  const pages = new Set<string>()
  for (const reason of ['unreadable', 'over', 'unknown', 'invalid', 'counter'] as const) {
    world.passkey = { kind: 'refused', reason }
    const answer = await visitor.post('/sign-in/passkey', { response: 'SECRET' })
    t.equal(answer.statusCode, 422)
    t.match(answer.payload, 'href="#passkey"')
    t.match(answer.payload, 'id="passkey"')
    t.notMatch(answer.payload, /SECRET/)
    pages.add(answer.payload)
    t.match(lines.pop(), `"reason":"passkey-${reason}"`)
  }
  t.equal(pages.size, 1)
  world.passkey = { kind: 'wait', until: NOW + 60 * SECOND }
  const answer = await visitor.post('/sign-in/passkey', {})
  t.equal(answer.statusCode, 429)
  t.equal(answer.headers['retry-after'], '60')
  t.equal((await visitor.get('/sign-in/passkey')).headers.location, '/sign-in', 'the page can be reloaded')
})

t.test('the profile lists passkeys under their names, and leads to adding and removing', async (t) => {
  const world = newWorld()
  world.passkeys = [
    { id: 'm1', name: '<b>phone</b>', createdAt: NOW, lastUsedAt: NOW },
    { id: 'm2', name: null, createdAt: NOW, lastUsedAt: null },
  ]
  const visitor = await signedIn(await webServer(world))
  const { payload } = await visitor.get('/profile')
  for (const text of ['&lt;b&gt;phone&lt;/b&gt;', 'Passkey without a name', 'Not used yet', 'Last used November 22, 2026'])
    t.match(payload, text)
  for (const path of ['/profile/passkeys/m1/remove', '/profile/passkeys/m2/remove', '/profile/passkeys/add'])
    t.match(payload, `href="${path}"`)
  world.passkeysOffered = false
  t.notMatch((await visitor.get('/profile')).payload, 'href="/profile/passkeys/add"')
  t.match((await visitor.get('/profile')).payload, '/profile/passkeys/m1/remove', 'what is there can be removed all the same')
  world.passkeys = []
  t.notMatch((await visitor.get('/profile')).payload, /passkey/i)
})

t.test('adding: the form, and what may be wrong with it', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  t.match((await visitor.get('/profile/passkeys/add')).payload, 'data-passkey="add"')
  world.asked.length = 0
  t.equal(
    (await visitor.post('/profile/passkeys/add', { response: '{}', name: 'my phone' })).headers.location,
    '/profile?done=passkey-added',
  )
  t.match(world.asked, ['account session-1', 'passkeys.add session-1 43 {} my phone'])
  t.match((await visitor.get('/profile?done=passkey-added')).payload, 'Passkey added')
  for (const [added, field] of [
    ['refused', 'passkey'],
    ['known', 'passkey'],
    ['name-too-long', 'name'],
  ] as const) {
    world.added = added
    const answer = await visitor.post('/profile/passkeys/add', { response: 'SECRET', name: 'keep "this"' })
    t.equal(answer.statusCode, 422)
    t.match(answer.payload, `href="#${field}"`)
    t.match(answer.payload, 'value="keep &quot;this&quot;"')
    t.notMatch(answer.payload, 'SECRET')
  }
})

t.test('who can’t add one now is told what to do', async (t) => {
  for (const kind of ['stale', 'full', 'not-offered', 'signed-out'] as const) {
    const world = newWorld()
    const visitor = await signedIn(await webServer(world))
    world.toAdd = { kind }
    world.added = kind
    for (const answer of [await visitor.get('/profile/passkeys/add'), await visitor.post('/profile/passkeys/add', {})]) {
      t.equal(answer.statusCode, { stale: 409, full: 409, 'not-offered': 404, 'signed-out': 303 }[kind] ?? 0, kind)
      if (kind === 'stale') t.match(answer.payload, 'href="/sign-in"')
      if (kind === 'signed-out') break
    }
  }
})

t.test('removing: a button first; what is gone is gone', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  const page = await visitor.get('/profile/passkeys/m1/remove')
  t.match(page.payload, 'my phone, added November 21, 2026')
  t.match(page.payload, 'action="/profile/passkeys/m1/remove"')
  t.notOk(world.asked.some((line) => line.startsWith('passkeys.remove')))
  t.equal((await visitor.get('/profile/passkeys/other/remove')).statusCode, 404)
  t.equal((await visitor.post('/profile/passkeys/m1/remove', {})).headers.location, '/profile?done=passkey-removed')
  t.equal(world.asked.at(-1), 'passkeys.remove session-1 m1')
  world.removed = false
  t.equal((await visitor.post('/profile/passkeys/m1/remove', {})).headers.location, '/profile')
})

t.test('the button of a provider is a link that starts, and coming back draws a button', async (t) => {
  const world = worldWith({ kind: 'signed-in', session: 'session-o', role: 'consumer', language: 'en' })
  const visitor = new Visitor(await webServer(world))
  const { payload } = await visitor.get('/sign-in')
  t.match(payload, 'Continue with Sample &lt;Login&gt;')
  t.notMatch((await visitor.get('/admin/sign-in')).payload, 'Continue with')
  t.match(payload, 'href="/sign-in/with"')
  const started = await visitor.get('/sign-in/with')
  t.equal(started.headers.location, 'https://login.example.org/auth?state=state-1')
  t.ok(visitor.cookies.has('hepoex-flow'))
  t.notMatch([...visitor.cookies.values()].join(), /state-1|nonce-1|verifier-1/)
  t.ok(setCookies(started).some((line) => /^hepoex-flow=.*HttpOnly; SameSite=Strict/.test(line)))
  const back = '/sign-in/with/return?code=a%22b&state=state-1'
  t.match((await visitor.get(back)).payload, 'action="/sign-in/with/return?code=a%22b&amp;state=state-1"')
  t.equal((await visitor.get(back, { host: '<script>' })).statusCode, 200, 'also with a Host header that is none')
  t.strictSame(world.asked, [])
  const answer = await visitor.post(back, {})
  t.equal(answer.headers.location, '/profile')
  t.strictSame(world.asked, ['oidc.finish ?code=a%22b&state=state-1 state-1 127.0.0.1 en'])
  t.notOk(visitor.cookies.has('hepoex-flow'), 'once')
  t.equal((await visitor.post(back, {})).statusCode, 409)
})

t.test('each end has a page of its own, which leads to signing in by mail', async (t) => {
  const ends = [
    [{ kind: 'over' }, 409],
    [{ kind: 'unverified' }, 422],
    [{ kind: 'failed', detail: 'invalid-response' }, 422],
    [{ kind: 'unreachable', detail: 'timeout' }, 503],
    [{ kind: 'wait', until: NOW + 60 * SECOND }, 429],
  ] as const
  for (const [finish, status] of ends) {
    const visitor = new Visitor(await webServer(worldWith(finish)))
    await visitor.get('/sign-in/with')
    const answer = await visitor.post('/sign-in/with/return?code=SECRET&state=x', {})
    t.equal(answer.statusCode, status, finish.kind)
    t.match(answer.payload, 'href="/sign-in"')
    t.notMatch(answer.payload, /SECRET/)
    if (status === 429) t.equal(answer.headers['retry-after'], '60')
    t.notOk(visitor.cookies.has('hepoex-flow'))
  }
})

t.test('who stopped at the provider, or it broke there, reads so at once', async (t) => {
  const world = worldWith({ kind: 'over' })
  const visitor = new Visitor(await webServer(world))
  t.match((await visitor.get('/sign-in/with/return?error=access_denied&state=x')).payload, 'You did not sign in')
  t.equal((await visitor.get('/sign-in/with/return?error=%3Cscript%3E')).statusCode, 422)
  if (world.oidc) world.oidc.start = { kind: 'unreachable', detail: 'timeout' }
  const down = await visitor.get('/sign-in/with')
  t.equal(down.statusCode, 503)
  t.match(down.payload, 'does not answer')
  t.strictSame(world.asked, [])
})

t.test('without a provider its pages are not there', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  for (const path of ['/sign-in/with', '/sign-in/with/return']) t.equal((await visitor.get(path)).statusCode, 404)
  t.equal((await visitor.post('/sign-in/with/return', {})).statusCode, 404)
})
