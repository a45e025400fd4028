// An admin's pages, the trying-out mail, health and metrics: who may see what.

import t from 'tap'
import type { WebDeps } from '../../src/web/deps.js'
import { NOW, NUMBER, newWorld, signedIn, Visitor, type World, webServer } from './fakes.js'

function adminWorld(): World {
  const world = newWorld()
  world.account = {
    role: 'admin',
    postboxNumber: null,
    signedInAt: NOW,
    id: 'a1',
    address: 'admin@example.org',
    language: 'en',
    question: 'unset',
    answerState: 'ok',
    reset: null,
    preferences: null,
  }
  world.signIn = { kind: 'signed-in', session: 'session-a', role: 'admin', language: 'en' }
  return world
}

t.test('an admin is led to the overview after signing in, and from the profile', async (t) => {
  const visitor = new Visitor(await webServer(adminWorld()))
  t.equal((await visitor.post('/sign-in/link/abc', {})).headers.location, '/admin')
  t.equal((await visitor.get('/profile')).headers.location, '/admin')
})

t.test('for a consumer there is no admin page; a stranger is asked to sign in', async (t) => {
  for (const path of ['/admin', '/admin/log']) {
    t.equal((await (await signedIn(await webServer(newWorld()))).get(path)).statusCode, 404)
    t.equal((await new Visitor(await webServer(newWorld())).get(path)).headers.location, '/admin/sign-in')
  }
})

const outgoing: NonNullable<WebDeps['outgoing']> = {
  list: async () => [{ id: 'm1', at: NOW, from: 'postbox@example.org', to: 'maria@example.org', subject: 'A package for you' }],
  read: async (id) =>
    id === 'm1'
      ? {
          id,
          at: NOW,
          from: 'postbox@example.org',
          to: 'maria@example.org',
          subject: 'A package for you',
          text: `<b>Code</b> http://localhost:8080/open/${NUMBER}. See https://example.org/x`,
        }
      : null,
}

t.test('the trying-out mail is seen on this machine only', async (t) => {
  const server = await webServer(newWorld(), { outgoing })
  const status = async (remoteAddress: string, headers: Record<string, string>) =>
    (await server.inject({ url: '/outgoing', remoteAddress, headers })).statusCode
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'x.localhost:1'])
    t.equal(await status('127.0.0.1', { host }), 200, host)
  t.equal(await status('::1', { host: 'localhost' }), 200)
  t.equal(await status('::ffff:127.0.0.1', { host: 'localhost' }), 200)
  for (const host of ['postbox.example.org', 'example.org:8080', '127.0.0.1.example.org', 'localhost.example.org', '10.0.0.1', ''])
    t.equal(await status('127.0.0.1', { host }), 404, host)
  t.equal(await status('10.0.0.9', { host: 'localhost' }), 404)
  for (const header of ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'via'])
    t.equal(await status('127.0.0.1', { host: 'localhost', [header]: '127.0.0.1' }), 404, header)
})

t.test('without trying-out mail there is no such page, and no link to it', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  t.equal((await visitor.get('/outgoing', { host: 'localhost' })).statusCode, 404)
  t.notMatch((await visitor.get('/')).payload, '/outgoing')
})

t.test('a mail is shown as text; only links to this site are links', async (t) => {
  const server = await webServer(newWorld(), { outgoing })
  const { payload } = await server.inject({ url: '/outgoing/m1', headers: { host: 'localhost:8080' } })
  t.match(payload, `<a href="/open/${NUMBER}">http://localhost:8080/open/${NUMBER}</a>.`)
  t.match(payload, '&lt;b&gt;Code')
  t.notMatch(payload, 'href="https://example.org')
  const byNumber = await server.inject({ url: '/outgoing/m1', headers: { host: '127.0.0.1:8080' } })
  t.match(byNumber.payload, `<a href="/open/${NUMBER}">`)
  const otherPort = await server.inject({ url: '/outgoing/m1', headers: { host: 'localhost:9090' } })
  t.notMatch(otherPort.payload, `<a href="/open/${NUMBER}">`)
  t.equal((await server.inject({ url: '/outgoing/m2', headers: { host: 'localhost' } })).statusCode, 404)
})

t.test('healthz says alive; readyz says ready only when it is, and reasons only here', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  t.equal((await server.inject('/healthz')).payload, 'ok\n')
  t.equal((await server.inject('/readyz')).statusCode, 200)
  world.ready = false
  const here = await server.inject({ url: '/readyz', headers: { host: 'localhost' } })
  t.equal(here.statusCode, 503)
  t.match(here.payload, 'mail-door')
  const there = await server.inject({ url: '/readyz', headers: { host: 'postbox.example.org' } })
  t.equal(there.statusCode, 503)
  t.notMatch(there.payload, 'mail-door')
  t.equal(here.headers['set-cookie'], undefined)
})

t.test('metrics are seen here, or with the token', async (t) => {
  const server = await webServer(newWorld(), { metrics: { render: async () => 'hepoex_up 1\n', token: 'secret-token' } })
  const status = async (headers: Record<string, string>) => (await server.inject({ url: '/metrics', headers })).statusCode
  t.equal(await status({ host: 'localhost' }), 200)
  t.equal(await status({ host: 'postbox.example.org' }), 404)
  t.equal(await status({ host: 'postbox.example.org', authorization: 'Bearer secret-token' }), 200)
  t.equal(await status({ host: 'postbox.example.org', authorization: 'Bearer secret-tokem' }), 404)
  t.equal((await (await webServer(newWorld())).inject({ url: '/metrics', headers: { host: 'localhost' } })).statusCode, 404)
})
