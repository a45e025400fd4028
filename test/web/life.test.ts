// The pages about the life of a postbox: what they ask their desk, and what they say to its answers.

import t from 'tap'
import type { AnswerRefusal, ChangeOutcome } from '../../src/accounts/life-desk.js'
import { NOW, newWorld, signedIn, Visitor, webServer } from './fakes.js'

const PATHS = ['/profile/practice', '/profile/address', '/profile/close', '/profile/recovery-sheet.pdf']

/** What a visitor reads, without tags. */
const words = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

t.test('these pages are for whoever is signed in', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  const stranger = new Visitor(server)
  for (const path of PATHS) t.match((await stranger.get(path)).headers, { location: '/sign-in' }, path)
  for (const path of ['/profile/practice', '/profile/practice/mails', '/profile/address', '/profile/address/cancel', '/profile/close'])
    t.match((await stranger.post(path, {})).headers, { location: '/sign-in' }, path)
  const visitor = await signedIn(server)
  world.life.practice = { kind: 'signed-out' }
  t.match((await visitor.get('/profile/practice')).headers, { location: '/sign-in' }, 'the session ended this moment')
})

t.test('her profile leads to them, and says when an address waits', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  const page = (await visitor.get('/profile')).payload
  for (const path of PATHS) t.ok(page.includes(`href="${path}"`), path)
  t.notMatch(words(page), /A new e-mail address waits|Try it now/)
  world.life.addressChange = { newAddress: 'x@new.example', isOldConfirmed: false, isNewConfirmed: false, expiresAt: NOW }
  t.match(words((await visitor.get('/profile?done=saved')).payload), /Try it now.*A new e-mail address waits/)
})

t.test('practising: an empty answer costs no try, and every outcome is said', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  world.asked.length = 0
  t.equal((await visitor.post('/profile/practice', { answer: '  ' })).statusCode, 422)
  t.notOk(world.asked.some((line) => line.startsWith('practise')))
  const cases: Array<[AnswerRefusal, number, RegExp]> = [
    [{ kind: 'wrong', triesLeft: 3, waitUntil: null }, 422, /You have 3 tries left/],
    [{ kind: 'wrong', triesLeft: 1, waitUntil: NOW + 60_000 }, 422, /You have 1 try left. You can try again in 1 minute/],
    [{ kind: 'wait', until: NOW + 120_000 }, 429, /You can try again in 2 minutes/],
    [{ kind: 'busy' }, 503, /was not counted as a try/],
  ]
  for (const [refusal, status, text] of cases) {
    world.life.practised = refusal
    const answer = await visitor.post('/profile/practice', { answer: 'zebra stripes' })
    t.equal(answer.statusCode, status)
    t.match(words(answer.payload), text)
    t.equal('retry-after' in answer.headers, !(refusal.kind === 'wrong' && refusal.waitUntil === null))
    t.notMatch(answer.payload, /zebra/, 'what she typed is not shown again')
  }
  for (const kind of ['locked', 'frozen', 'unset'] as const) {
    world.life.practised = { kind }
    t.match((await visitor.post('/profile/practice', { answer: 'x' })).headers, { location: '/profile' }, kind)
    world.life.practice = { kind }
    t.match((await visitor.get('/profile/practice')).headers, { location: '/profile' }, kind)
  }
  world.life.practised = null
  t.match((await visitor.post('/profile/practice', { answer: 'x' })).headers, { location: '/profile/practice?done=right' })
  world.life.practised = { kind: 'signed-out' }
  t.match((await visitor.post('/profile/practice', { answer: 'x' })).headers, { location: '/sign-in' })
})

t.test('reminders are switched off and on', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  for (const [mails, done] of [
    ['off', 'stopped'],
    ['on', 'started'],
    ['', 'stopped'],
  ] as const)
    t.match((await visitor.post('/profile/practice/mails', { mails })).headers, { location: `/profile/practice?done=${done}` })
  t.strictSame(
    world.asked.filter((line) => line.startsWith('setPracticeMails')),
    ['setPracticeMails session-1 false', 'setPracticeMails session-1 true', 'setPracticeMails session-1 false'],
  )
})

t.test('a new address: what is missing or wrong is said, and the rest leads to what is still to do', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  const post = (form: Record<string, string>) => visitor.post('/profile/address', form)
  const empty = await post({})
  t.equal(empty.statusCode, 422)
  t.match(words(empty.payload), /Type your new e-mail address.*Type your answer/)
  const form = { address: 'new@home.example', presentAnswer: 'the answer' }
  const cases: Array<[ChangeOutcome, number, RegExp]> = [
    [{ kind: 'not-an-address' }, 422, /not a complete e-mail address/],
    [{ kind: 'same-address' }, 422, /address you have now/],
    [{ kind: 'too-often', until: NOW + 3_600_000 }, 429, /You can do it again in 1 hour/],
    [{ kind: 'wrong', triesLeft: 2, waitUntil: null }, 422, /You have 2 tries left/],
    [{ kind: 'busy' }, 503, /not counted as a try/],
    [{ kind: 'reset' }, 409, /You can’t change your address now .*being replaced/],
    [{ kind: 'locked' }, 409, /Your answer is locked/],
    [{ kind: 'frozen' }, 409, /closed for good/],
    [{ kind: 'unset' }, 409, /First choose a secret question/],
  ]
  for (const [outcome, status, text] of cases) {
    world.life.changed = outcome
    const answer = await post(form)
    t.equal(answer.statusCode, status, outcome.kind)
    t.match(words(answer.payload), text)
    t.notMatch(answer.payload, /the answer"/, 'her answer is not shown again')
  }
  for (const kind of ['started', 'pending'] as const) {
    world.life.changed = { kind }
    t.match((await post(form)).headers, { location: '/profile/address' }, kind)
  }
  const { account } = world
  for (const [change, text] of [
    [{ reset: { effectiveAt: NOW } }, /being replaced/],
    [{ answerState: 'locked' }, /Your answer is locked/],
    [{ question: 'unset' }, /First choose a secret question/],
  ] as const) {
    world.account = account && { ...account, ...change }
    t.match(words((await visitor.get('/profile/address')).payload), text)
  }
})

t.test('the mailed links draw a button; pressing it says how far it is', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  const visitor = new Visitor(server)
  t.match((await visitor.get('/confirm-address/abc')).payload, /action="\/confirm-address\/abc"/)
  for (const [outcome, status, text] of [
    [{ kind: 'half', proved: 'old' }, 200, /open the e-mail in your new mailbox/],
    [{ kind: 'half', proved: 'new' }, 200, /open the e-mail in your old mailbox/],
    [{ kind: 'changed' }, 200, /Your address has changed/],
    [{ kind: 'over' }, 410, /does not work any more/],
    [{ kind: 'reset' }, 409, /being replaced/],
  ] as const) {
    world.life.confirmed = outcome
    const answer = await visitor.post('/confirm-address/abc', {})
    t.equal(answer.statusCode, status)
    t.match(words(answer.payload), text)
  }
  await (await signedIn(server)).post('/confirm-address/abc', {})
  t.equal(world.asked.at(-1), 'confirmAddress abc session-1', 'the browser’s own session is told, so that it may stay')
  t.match((await visitor.get('/cancel-address/abc')).payload, /action="\/cancel-address\/abc"/)
  t.equal((await visitor.post('/cancel-address/abc', {})).statusCode, 200)
  world.life.addressCancelled = false
  t.equal((await visitor.post('/cancel-address/abc', {})).statusCode, 410)
  const hers = await signedIn(server)
  t.match((await hers.post('/profile/address/cancel', {})).headers, { location: '/profile/address' })
  world.life.addressCancelled = true
  t.match((await hers.post('/profile/address/cancel', {})).headers, { location: '/profile/address?done=cancelled' })
})

t.test('closing says what goes and what stays, and takes her answer', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  const visitor = await signedIn(server)
  t.match(words((await visitor.get('/profile/close')).payload), /This goes for good.*This stays.*Close my postbox for good/)
  t.match(words((await visitor.post('/profile/close', { presentAnswer: ' ' })).payload), /Type your answer/)
  t.notOk(world.asked.some((line) => line.startsWith('close')))
  for (const [outcome, status, text] of [
    [{ kind: 'wrong', triesLeft: 2, waitUntil: null }, 422, /You have 2 tries left/],
    [{ kind: 'changed' }, 409, /Nothing was closed/],
    [{ kind: 'locked' }, 409, /sign in by e-mail again/],
    [{ kind: 'frozen' }, 409, /72 hours/],
  ] as const) {
    world.life.closed = outcome
    const answer = await visitor.post('/profile/close', { presentAnswer: 'x' })
    t.equal(answer.statusCode, status, outcome.kind)
    t.match(words(answer.payload), text)
  }
  world.life.closed = { kind: 'closed' }
  t.match(words((await visitor.post('/profile/close', { presentAnswer: 'x' })).payload), /Your postbox is closed/)
  t.notOk(
    [...visitor.cookies.keys()].some((name) => name.endsWith('account')),
    'nobody is signed in any more',
  )
  const { account } = world
  world.account = account && { ...account, question: 'unset' }
  const fresh = await signedIn(server)
  t.notMatch((await fresh.get('/profile/close')).payload, /name="presentAnswer"/, 'who has no question has no answer')
  world.account = account && { ...account, answerState: 'frozen' }
  t.equal((await fresh.get('/profile/close')).statusCode, 409)
})

t.test('the recovery sheet is a PDF for nobody else', async (t) => {
  const visitor = await signedIn(await webServer(newWorld()))
  const sheet = await visitor.get('/profile/recovery-sheet.pdf')
  t.match(sheet.headers, { 'content-type': 'application/pdf', 'cache-control': 'no-store' })
  t.match(sheet.payload, /^%PDF-/)
})
