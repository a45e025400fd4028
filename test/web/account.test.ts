// Signing in by mail, the profile, the secret question and its reset.

import t from 'tap'
import type { Account } from '../../src/accounts/desk.js'
import { SECOND } from '../../src/clock.js'
import { NOW, newWorld, opened, signedIn, Visitor, type World, webServer } from './fakes.js'

function worldWith(account: Partial<Account>): World {
  const world = newWorld()
  if (world.account) world.account = { ...world.account, ...account }
  return world
}

t.test('asking for a mail leads to the page for its characters, whoever asks', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  const answer = await visitor.post('/sign-in', { address: ' maria@example.org ' })
  t.equal(answer.headers.location, '/sign-in/code')
  t.strictSame(world.asked, ['askSignIn maria@example.org 22 127.0.0.1 en consumer'])
  t.match((await visitor.get('/sign-in/code')).payload, 'maria@example.org')
})

t.test('an admin asks with the role of an admin', async (t) => {
  const world = newWorld()
  await new Visitor(await webServer(world)).post('/admin/sign-in', { address: 'admin@example.org' })
  t.match(world.asked[0], / admin$/)
})

t.test('what is no address is said, with what was typed', async (t) => {
  const world = newWorld()
  world.ask = { kind: 'not-an-address' }
  const answer = await new Visitor(await webServer(world)).post('/sign-in', { address: '"><b>maria' })
  t.equal(answer.statusCode, 422)
  t.match(answer.payload, 'value="&quot;&gt;&lt;b&gt;maria"')
})

t.test('too many mails: the wait and Retry-After', async (t) => {
  const world = newWorld()
  world.ask = { kind: 'wait', until: NOW + 7200 * SECOND }
  const answer = await new Visitor(await webServer(world)).post('/sign-in', { address: 'maria@example.org' })
  t.equal(answer.statusCode, 429)
  t.equal(answer.headers['retry-after'], '7200')
  t.match(answer.payload, 'in 2 hours')
})

t.test('the characters sign in, in the browser that asked, for the address it asked for', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post('/sign-in', { address: 'maria@example.org' })
  const answer = await visitor.post('/sign-in/code', { code: 'abcd-2345' })
  t.equal(answer.headers.location, '/profile')
  t.equal(world.asked.at(-1), 'byCode abcd-2345 maria@example.org 127.0.0.1')
  t.ok(visitor.cookies.has('hepoex-account'))
  t.notOk(visitor.cookies.has('hepoex-asked'))
})

t.test('in another browser, or too late, the characters are not even looked at', async (t) => {
  const world = newWorld()
  let now = NOW
  const visitor = new Visitor(await webServer(world, { now: () => now }))
  t.equal((await visitor.post('/sign-in/code', { code: 'ABCD2345' })).statusCode, 409)
  await visitor.post('/sign-in', { address: 'maria@example.org' })
  now += 16 * 60 * SECOND
  t.equal((await visitor.post('/sign-in/code', { code: 'ABCD2345' })).statusCode, 409)
  t.notOk(world.asked.some((line) => line.startsWith('byCode')))
})

t.test('wrong characters: the tries left; used up: ask again', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post('/sign-in', { address: 'maria@example.org' })
  world.signIn = { kind: 'wrong', triesLeft: 1 }
  t.match((await visitor.post('/sign-in/code', { code: 'ABCD2345' })).payload, 'You have 1 try left')
  t.equal((await visitor.post('/sign-in/code', { code: ' ' })).statusCode, 422)
  world.signIn = { kind: 'over' }
  t.match((await visitor.post('/sign-in/code', { code: 'ABCD2345' })).payload, 'does not work any more')
})

t.test('a mailed link acts only when its button is pressed', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  const page = await visitor.get('/sign-in/link/tok%2Fen')
  t.match(page.payload, 'action="/sign-in/link/tok%2Fen"')
  t.strictSame(world.asked, [])
  const answer = await visitor.post('/sign-in/link/tok%2Fen', {})
  t.equal(answer.headers.location, '/profile')
  t.strictSame(world.asked, ['byLink tok/en'])
})

t.test('a sign-in that unlocked the answer says so', async (t) => {
  const world = newWorld()
  world.signIn = { kind: 'signed-in', session: 'session-1', role: 'consumer', language: 'en', unlocked: true }
  const visitor = new Visitor(await webServer(world))
  const answer = await visitor.post('/sign-in/link/token-1', {})
  t.equal(answer.headers.location, '/profile?done=unlocked')
  t.match((await visitor.get('/profile?done=unlocked')).payload, 'Your answer works again')
})

t.test('the link pressed a second time leads who is signed in to the profile', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  world.signIn = { kind: 'over' }
  t.equal((await visitor.post('/sign-in/link/token-1', {})).headers.location, '/profile')
  world.account = null
  t.equal((await visitor.post('/sign-in/link/token-1', {})).statusCode, 409)
})

for (const path of ['/sign-out', '/records/sign-out']) {
  t.test(`${path} signs out of everything that is open in this browser`, async (t) => {
    const world = newWorld()
    const visitor = await opened(await webServer(world))
    await visitor.post('/sign-in/link/token-1', {})
    t.strictSame([...visitor.cookies.keys()].sort(), ['hepoex-account', 'hepoex-crumb', 'hepoex-pass'])
    t.equal((await visitor.post(path, {})).headers.location, '/signed-out')
    t.ok(world.asked.includes('signOut session-1'))
    t.ok(world.asked.includes('signOut s1'))
    t.strictSame([...visitor.cookies.keys()], ['hepoex-crumb'])
  })
}

t.test('whoever is not signed in is led to signing in', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  world.account = null
  for (const path of ['/profile', '/profile/question', '/profile/reset', '/profile/reset/finish']) {
    t.equal((await new Visitor(await webServer(newWorld())).get(path)).headers.location, '/sign-in', path)
  }
  t.equal((await visitor.get('/profile')).headers.location, '/sign-in')
  t.notOk(visitor.cookies.has('hepoex-account'))
})

t.test('the first question needs no present answer, a later one does', async (t) => {
  const first = worldWith({ question: 'unset' })
  const visitor = await signedIn(await webServer(first))
  t.notMatch((await visitor.get('/profile/question')).payload, 'name="presentAnswer"')
  const answer = await visitor.post('/profile/question', {
    question: 'What?',
    answer: 'blue kettle',
    again: 'blue kettle',
    presentAnswer: 'x',
  })
  t.equal(answer.headers.location, '/profile?done=saved')
  t.equal(first.asked.at(-1), 'setQuestion session-1 {"question":"What?","answer":"blue kettle","again":"blue kettle"}')
  const later = newWorld()
  const other = await signedIn(await webServer(later))
  t.match((await other.get('/profile/question')).payload, 'name="presentAnswer"')
  await other.post('/profile/question', { question: 'What?', answer: 'blue kettle', again: 'blue kettle', presentAnswer: 'old' })
  t.match(later.asked.at(-1), '"presentAnswer":"old"')
})

t.test('each problem of a question is said at its field; the question is kept, answers are not', async (t) => {
  const problems = [
    ...(['empty', 'too-short', 'too-long'] as const).map((reason) => ({ field: 'question' as const, reason })),
    ...(['empty', 'too-short', 'too-long', 'common', 'repeated', 'date', 'from-address', 'in-question', 'unknown-characters'] as const).map(
      (reason) => ({ field: 'answer' as const, reason }),
    ),
    { field: 'again' as const, reason: 'differs' as const },
    { field: 'presentAnswer' as const, reason: 'empty' as const },
    { field: 'presentAnswer' as const, reason: 'wrong' as const, triesLeft: 3 },
  ]
  for (const problem of problems) {
    const world = newWorld()
    const visitor = await signedIn(await webServer(world))
    world.set = { kind: 'problems', problems: [problem] }
    const { payload, statusCode } = await visitor.post('/profile/question', {
      question: 'Keep this?',
      answer: 'hide-this',
      again: 'hide-this',
      presentAnswer: 'hide-this',
    })
    t.equal(statusCode, 422, `${problem.field} ${problem.reason}`)
    t.match(payload, `href="#${problem.field}"`)
    t.match(payload, `id="${problem.field}-error"`)
    t.match(payload, 'value="Keep this?"')
    t.notMatch(payload, 'hide-this')
  }
})

t.test('a wait, busy and a lock while setting the question', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  world.set = { kind: 'wait', until: NOW + 60 * SECOND }
  t.equal((await visitor.post('/profile/question', {})).headers['retry-after'], '60')
  world.set = { kind: 'busy' }
  t.equal((await visitor.post('/profile/question', {})).statusCode, 503)
  world.set = { kind: 'locked' }
  t.equal((await visitor.post('/profile/question', {})).headers.location, '/profile')
  world.set = { kind: 'signed-out' }
  t.equal((await visitor.post('/profile/question', {})).headers.location, '/sign-in')
})

t.test('a reset is explained, started by a button, and can be stopped', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  t.match((await visitor.get('/profile/reset')).payload, '72 hours')
  t.notOk(world.asked.includes('startReset session-1'))
  t.equal((await visitor.post('/profile/reset', {})).headers.location, '/profile')
  t.ok(world.asked.includes('startReset session-1'))
  t.equal((await visitor.post('/profile/reset/cancel', {})).headers.location, '/profile?done=cancelled')
  t.ok(world.asked.includes('cancelReset session-1'))
})

t.test('the mailed link stops a reset for somebody who is not signed in, by its button', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  t.match((await visitor.get('/cancel-reset/token-9')).payload, 'Keep your old answer?')
  t.strictSame(world.asked, [])
  t.match((await visitor.post('/cancel-reset/token-9', {})).payload, 'stay as they are')
  t.strictSame(world.asked, ['cancelReset token-9'])
  world.cancelled = false
  t.equal((await visitor.post('/cancel-reset/token-9', {})).statusCode, 410)
})

t.test('after the 72 hours a new question is chosen without the old answer, not before', async (t) => {
  const early = await signedIn(await webServer(worldWith({ reset: { effectiveAt: NOW + 1 } })))
  t.equal((await early.get('/profile/reset/finish')).headers.location, '/profile')
  t.equal((await early.get('/profile/question')).statusCode, 200)
  const world = worldWith({ reset: { effectiveAt: NOW }, answerState: 'frozen' })
  const ready = await signedIn(await webServer(world))
  t.notMatch((await ready.get('/profile/reset/finish')).payload, 'name="presentAnswer"')
  t.equal((await ready.post('/profile/reset/finish', { question: 'Q', answer: 'A', again: 'A' })).headers.location, '/profile?done=saved')
  t.equal(world.asked.at(-1), 'finishReset session-1 {"question":"Q","answer":"A","again":"A"}')
})
