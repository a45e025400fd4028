// The postbox number on its page and on paper.

import t from 'tap'
import { NOW, newWorld, signedIn, Visitor, webServer } from './fakes.js'

const isPdf = (answer: { payload: string; headers: Record<string, unknown> }) =>
  answer.payload.startsWith('%PDF-') && answer.headers['content-type'] === 'application/pdf'

t.test('her number is on her profile, and what she can print is one click away', async (t) => {
  const visitor = await signedIn(await webServer(newWorld()))
  t.match((await visitor.get('/profile')).payload, /K7M-2QX-9DP[\s\S]*href="\/profile\/postbox"/)
  const page = await visitor.get('/profile/postbox')
  t.match(page.payload, /K7M-2QX-9DP/)
  t.match(page.payload, /<option value="clinic">Sample Clinic<\/option>/)
  for (const path of [
    '/profile/cover-sheet.pdf',
    '/profile/cover-sheet.pdf?clinic=clinic',
    '/profile/cover-sheet.pdf?clinic=nobody',
    '/profile/wallet-card.pdf',
  ]) {
    const answer = await visitor.get(path)
    t.ok(isPdf(answer), path)
    t.match(answer.headers, { 'cache-control': 'no-store', 'content-disposition': /^inline; filename="[a-z-]+\.pdf"/ }, path)
  }
})

t.test('without clinics there is nothing to choose', async (t) => {
  const world = { ...newWorld(), providers: [] }
  t.notMatch((await (await signedIn(await webServer(world))).get('/profile/postbox')).payload, /<select/)
})

t.test('who is not signed in is asked to, and an admin has no number', async (t) => {
  const world = newWorld()
  const stranger = new Visitor(await webServer(world))
  for (const path of ['/profile/postbox', '/profile/cover-sheet.pdf', '/profile/wallet-card.pdf'])
    t.match((await stranger.get(path)).headers, { location: '/sign-in' }, path)
  world.account = {
    role: 'admin',
    postboxNumber: null,
    signedInAt: NOW,
    id: 'a1',
    address: 'ann@example.org',
    language: 'en',
    question: 'unset',
    answerState: 'ok',
    reset: null,
    preferences: null,
  }
  t.match((await (await signedIn(await webServer(world))).get('/profile/postbox')).headers, { location: '/admin' })
})

t.test('a clinic types a number: a wrong one is said at once, and nobody learns whose it is', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  for (const [number, reason] of [
    ['', 'Type the patient'],
    ['K7M-2QX-9DQ', 'There is a mistake in this number'],
    ['K7M-2QX', 'nine letters and digits'],
    ['<script>', 'nine letters and digits'],
  ] as const) {
    const answer = await visitor.post('/providers/cover-sheet', { number })
    t.equal(answer.statusCode, 422, number)
    t.ok(answer.payload.includes(reason), number)
    t.notOk(answer.payload.includes('<script>"'), number)
  }
  t.ok(isPdf(await visitor.post('/providers/cover-sheet', { number: 'k7m2qx9dp' })))
  t.ok(isPdf(await visitor.get('/providers/cover-sheet.pdf')))
  t.same(world.asked, [], 'no desk is asked')
})
