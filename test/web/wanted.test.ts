// Signing in on the way to a form leads back to it; anything else leads to the profile, as ever.

import t from 'tap'
import { MINUTE } from '../../src/clock.js'
import { NOW, newWorld, signedIn, Visitor, webServer } from './fakes.js'
import { REQUEST } from './requests-fakes.js'

const HERE = `/forms/${REQUEST}`
const signIn = (visitor: Visitor) => visitor.post('/sign-in/link/token-1', {})

t.test('who had to sign in for a page about forms is led there, once', async (t) => {
  const server = await webServer(newWorld())
  for (const path of [HERE, `${HERE}/person`, `${HERE}/withdraw`]) {
    const visitor = new Visitor(server)
    t.equal((await visitor.get(path)).headers.location, '/sign-in')
    t.equal((await signIn(visitor)).headers.location, path)
    t.notOk(visitor.cookies.has('hepoex-wanted'))
    t.equal((await signIn(visitor)).headers.location, '/profile')
  }
  const visitor = new Visitor(server)
  t.equal((await visitor.post(`${HERE}/person`, { name: 'Maria' })).headers.location, '/sign-in', 'her session was over while she wrote')
  t.equal((await signIn(visitor)).headers.location, `${HERE}/person`)
})

t.test('from the page with both forms she comes back to it', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  t.match((await visitor.get('/forms')).payload, 'href="/sign-in?for=forms"')
  await visitor.get('/sign-in?for=forms')
  t.equal((await signIn(visitor)).headers.location, '/forms')
})

t.test('files, other pages, and what somebody wrote into a link lead nowhere in particular', async (t) => {
  const server = await webServer(newWorld())
  for (const path of [
    `${HERE}/form.pdf`,
    '/profile/postbox',
    '/sign-in',
    '/sign-in?for=//evil.example',
    '/forms/..%2f..%2fx/y',
    `${HERE}/a.b`,
  ]) {
    const visitor = new Visitor(server)
    await visitor.get(path)
    t.equal((await signIn(visitor)).headers.location, '/profile', path)
  }
})

t.test('not after a quarter of an hour, nor somebody new, who has a question to choose first, nor an admin', async (t) => {
  const world = newWorld()
  let now = NOW
  const server = await webServer(world, { now: () => now })
  const later = new Visitor(server)
  await later.get(HERE)
  now += 15 * MINUTE
  t.equal((await signIn(later)).headers.location, '/profile')
  const fresh = new Visitor(server)
  await fresh.get(HERE)
  if (world.account) world.account = { ...world.account, question: 'unset' }
  t.equal((await signIn(fresh)).headers.location, '/profile')
  if (world.account) world.account = { ...world.account, role: 'admin' }
  world.signIn = { kind: 'signed-in', session: 'session-1', role: 'admin', language: 'en' }
  const admin = new Visitor(server)
  await admin.get(HERE)
  t.equal((await signIn(admin)).headers.location, '/admin')
  t.ok(await signedIn(server))
})
