// From the notice to the records: what each answer of the desk becomes, and what a desk is never asked for.

import t from 'tap'
import { SECOND } from '../../src/clock.js'
import { ANSWER, CODE, NOW, NUMBER, newWorld, opened, Visitor, webServer } from './fakes.js'

t.test('a reference typed in any way leads to its page', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  for (const typed of ['ABCD-2345-EFGH', 'abcd2345efgh', ' abcd 2345 efgh ']) {
    const answer = await visitor.get(`/open?number=${encodeURIComponent(typed)}`)
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, `/open/${NUMBER}`)
  }
})

t.test('what is no reference gets the form again, with what was typed', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  const typed = await visitor.get('/open?number=ABCD-23')
  t.equal(typed.statusCode, 422)
  t.match(typed.payload, 'value="ABCD-23"')
  t.match(typed.payload, '<title>Error: ')
  t.equal((await visitor.get('/open?number=')).statusCode, 422)
  t.equal((await visitor.get('/open/nonsense')).statusCode, 404)
  t.equal((await visitor.get('/open/nonsense/question')).statusCode, 404)
  t.equal((await visitor.post('/open/nonsense', { code: CODE })).statusCode, 404)
})

t.test('the code has one text field, without a length limit', async (t) => {
  const { payload } = await new Visitor(await webServer(newWorld())).get(`/open/${NUMBER}`)
  const [input = ''] = /<input[^>]*name="code"[^>]*>/.exec(payload) ?? []
  t.match(input, 'type="text"')
  t.match(input, 'inputmode="numeric"')
  t.match(input, 'autocomplete="one-time-code"')
  t.notMatch(payload, 'maxlength')
})

t.test('a code is taken however it was pasted', async (t) => {
  const shapes = [
    '4821007391556241',
    '4821 0073 9155 6241',
    '4821-0073-9155-6241',
    'Code: 4821-0073 9155 6241.',
    '  4821\u00a00073\u20139155\u202f6241\n',
    '4821.0073.9155.6241',
    'Your code is\r\n4821 0073\r\n9155 6241',
    '٤٨٢١٠٠٧٣٩١٥٥٦٢٤١',
    '４８２１００７３９１５５６２４１',
  ]
  for (const shape of shapes) {
    const world = newWorld()
    const answer = await new Visitor(await webServer(world)).post(`/open/${NUMBER}`, { code: shape })
    t.equal(answer.statusCode, 303, shape)
    t.equal(answer.headers.location, `/open/${NUMBER}/question`)
    t.strictSame(world.asked, [`enterCode ${NUMBER} ${CODE} 127.0.0.1`])
  }
})

t.test('what cannot be a code is said at once and reaches no desk', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  for (const [typed, said] of [
    ['', 'Enter the code'],
    ['hello', 'Enter the code'],
    ['4821 0073 9155 624', 'We found 15 digits'],
    ['1', 'We found 1 digit.'],
    ['48210073915562411', 'We found 17 digits'],
  ] as const) {
    const answer = await visitor.post(`/open/${NUMBER}`, { code: typed })
    t.equal(answer.statusCode, 422, typed)
    t.match(answer.payload, said)
    t.match(answer.payload, `value="${typed}"`)
    t.match(answer.payload, 'nhsuk-error-summary')
    t.match(answer.payload, 'href="#code"')
    t.match(answer.payload, '<title>Error: ')
  }
  t.strictSame(world.asked, [])
})

t.test('a wrong code and an unknown reference get one and the same page', async (t) => {
  const world = newWorld()
  world.code = { kind: 'refused' }
  const visitor = new Visitor(await webServer(world))
  const one = await visitor.post(`/open/${NUMBER}`, { code: CODE })
  const other = await visitor.post('/open/ZZZZZZZZZZZZ', { code: CODE })
  t.equal(one.statusCode, 422)
  t.match(one.payload, 'do not go together')
  const neutral = (html: string) =>
    html.replaceAll('ABCD-2345-EFGH', '').replaceAll('ZZZZ-ZZZZ-ZZZZ', '').replaceAll(NUMBER, '').replaceAll('ZZZZZZZZZZZZ', '')
  t.equal(neutral(one.payload), neutral(other.payload))
})

t.test('too many wrong codes: the wait as a time, and Retry-After', async (t) => {
  const world = newWorld()
  world.code = { kind: 'wait', until: NOW + 150 * SECOND }
  const answer = await new Visitor(await webServer(world)).post(`/open/${NUMBER}`, { code: CODE })
  t.equal(answer.statusCode, 429)
  t.equal(answer.headers['retry-after'], '150')
  t.match(answer.payload, 'in 3 minutes')
})

t.test('busy: 503, Retry-After, and the code stays in its field', async (t) => {
  const world = newWorld()
  world.code = { kind: 'busy' }
  const answer = await new Visitor(await webServer(world)).post(`/open/${NUMBER}`, { code: CODE })
  t.equal(answer.statusCode, 503)
  t.match(answer.headers['retry-after'], /^\d+$/)
  t.match(answer.payload, `value="${CODE}"`)
})

t.test('each end after a right code has its own page that says what to do', async (t) => {
  const ends = [
    ['expired', 410, 'This package has expired'],
    ['deleted', 410, 'This package was deleted'],
    ['recalled', 410, 'This package was taken back'],
    ['undeliverable', 410, 'This package was withdrawn'],
    ['not-mine', 410, 'This package was reported'],
    ['locked', 423, 'Your answer is locked'],
    ['frozen', 410, 'cannot be opened any more'],
    ['over', 409, 'Please enter your code again'],
  ] as const
  for (const [kind, status, said] of ends) {
    const world = newWorld()
    world.code = { kind }
    const atCode = await new Visitor(await webServer(world)).post(`/open/${NUMBER}`, { code: CODE })
    t.equal(atCode.statusCode, status, kind)
    t.match(atCode.payload, said)
    const later = newWorld()
    const visitor = new Visitor(await webServer(later))
    await visitor.post(`/open/${NUMBER}`, { code: CODE })
    later.question = { kind }
    t.match((await visitor.get(`/open/${NUMBER}/question`)).payload, said, `${kind} on the question page`)
    t.notOk(visitor.cookies.has('hepoex-ticket'))
  }
})

t.test('the question page shows the question, and the tries when they become few', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  const many = await visitor.get(`/open/${NUMBER}/question`)
  t.match(many.payload, 'What stood on the stove that night')
  t.notMatch(many.payload, 'tries left')
  world.question = { kind: 'question', question: 'Which?', triesLeft: 1, waitUntil: NOW + 61 * SECOND }
  const few = await visitor.get(`/open/${NUMBER}/question`)
  t.match(few.payload, '1 try left')
  t.match(few.payload, 'in 2 minutes')
})

t.test('the question of one package is not shown on the page of another', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  world.asked.length = 0
  const answer = await visitor.get('/open/ZZZZZZZZZZZZ/question')
  t.equal(answer.statusCode, 409)
  t.match(answer.payload, 'a browser opens only one package at a time', 'the time may not be up')
  t.strictSame(world.asked, [])
})

t.test('a ticket that ran out, or none, leads back to the code', async (t) => {
  const world = newWorld()
  let now = NOW
  const visitor = new Visitor(await webServer(world, { now: () => now }))
  t.equal((await visitor.get(`/open/${NUMBER}/question`)).statusCode, 409)
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  world.asked.length = 0
  now += 601 * SECOND
  const late = await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  t.equal(late.statusCode, 409)
  t.match(late.payload, `href="/open/${NUMBER}"`)
  t.strictSame(world.asked, [])
})

t.test('the right answer opens the records, and the ticket is gone', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  const answer = await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/records')
  t.ok(visitor.cookies.has('hepoex-pass'))
  t.notOk(visitor.cookies.has('hepoex-ticket'))
  t.equal(world.asked.at(-1), `enterAnswer p1 ${ANSWER} 127.0.0.1`)
})

t.test('going back from the open records leads to them again, not to a question that is over', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  world.asked.length = 0
  t.equal((await visitor.get(`/open/${NUMBER}/question`)).headers.location, '/records')
  t.equal((await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })).headers.location, '/records')
  t.equal((await visitor.get('/open/ZZZZZZZZZZZZ/question')).statusCode, 409, 'not to those of another package')
  t.strictSame(world.asked, [])
})

t.test('the question page of another package leaves the ticket alone', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  t.equal((await visitor.post('/open/ZZZZZZZZZZZZ/question', { answer: ANSWER })).statusCode, 409)
  t.equal((await visitor.get(`/open/${NUMBER}/question`)).statusCode, 200)
})

t.test('an empty answer costs no try', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  for (const answer of ['', '   ']) t.equal((await visitor.post(`/open/${NUMBER}/question`, { answer })).statusCode, 422)
  t.notOk(world.asked.some((line) => line.startsWith('enterAnswer')))
})

t.test('a wrong answer: the tries left, the wait, and never the answer on the page', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  world.answer = { kind: 'wrong', triesLeft: 4, waitUntil: null }
  const wrong = await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  t.equal(wrong.statusCode, 422)
  t.match(wrong.payload, 'You have 4 tries left')
  t.match(wrong.payload, 'href="#answer"')
  t.notMatch(wrong.payload, ANSWER)
  world.answer = { kind: 'wrong', triesLeft: 1, waitUntil: NOW + 3600 * SECOND }
  const slowed = await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  t.match(slowed.payload, 'You have 1 try left. You can try again in 1 hour')
  t.equal(slowed.headers['retry-after'], '3600')
  world.answer = { kind: 'wait', until: NOW + 20 * SECOND }
  const wait = await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  t.equal(wait.statusCode, 429)
  t.equal(wait.headers['retry-after'], '20')
  t.match(wait.payload, 'in 20 seconds')
})

t.test('the try that locks shows the locked page', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  world.answer = { kind: 'wrong', triesLeft: 0, waitUntil: null }
  world.question = { kind: 'locked' }
  const answer = await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  t.equal(answer.statusCode, 423)
  t.match(answer.payload, 'Sign in to unlock')
})

t.test('busy and damaged are said, and neither counts', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  world.answer = { kind: 'busy' }
  const busy = await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  t.equal(busy.statusCode, 503)
  t.match(busy.payload, 'not counted as a try')
  world.answer = { kind: 'damaged' }
  const damaged = await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  t.equal(damaged.statusCode, 500)
  t.match(damaged.payload, 'the stored package is damaged')
})

t.test('GET and HEAD consume nothing', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  const paths = [
    '/',
    '/open',
    `/open/${NUMBER}`,
    `/open/${NUMBER}?code=${CODE}`,
    `/open/${NUMBER}/question`,
    '/sign-in',
    '/sign-in/code',
    '/sign-in/link/token-1',
    '/cancel-reset/token-1',
    '/signed-out',
    '/sign-out',
    '/records/sign-out',
  ]
  for (const method of ['GET', 'HEAD'] as const) for (const path of paths) await visitor.get(path, {}, method)
  t.strictSame(world.asked, [])
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  for (const method of ['GET', 'HEAD'] as const)
    await visitor.get(`/open/${NUMBER}/question?answer=${encodeURIComponent(ANSWER)}`, {}, method)
  t.notOk(world.asked.some((line) => line.startsWith('enterAnswer')))
})
