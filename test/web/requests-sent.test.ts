// The page with all answers, sending the form, and the page of a request that was sent: its days, its answer, its papers and its end.

import t from 'tap'
import { blankForm, type FormContent, RECORD_TYPES } from '../../src/documents/forms/content.js'
import { type RequestState, STEPS } from '../../src/requests/desk.js'
import { NOW, texts } from './fakes.js'
import { ACCESS, AUTHORIZATION, REQUEST, requestView, sentView } from './requests-fakes.js'
import { entered, HERE, isLinked } from './requests-support.js'

const answered = { at: NOW - 86_400_000, packageNumber: 'ABCD2345EFGH' }

t.test('the page with all answers shows each of them, with a way to change it', async (t) => {
  const { visitor } = await entered()
  const { payload } = await visitor.get(HERE)
  const said = [
    'Maria Example',
    'Maria Sample',
    'March 27, 1980',
    '1 Sample Street<br>Sample Town',
    '555 010 0123',
    'MRN-0042',
    'Ana Example (parent)',
  ]
  said.push(
    'Sample Clinic<br>',
    '555 010 0199',
    'Notes of visits<br>',
    'the list of my allergies',
    'From January 31, 2020 to October 1, 2026',
  )
  said.push(
    'HIV or AIDS: M. E.',
    'Data for health apps',
    'Accepted',
    'for my own peace of mind',
    'December 31, 2027',
    'Drawn on November 20, 2026',
  )
  for (const words of said) t.ok(payload.includes(words), words)
  for (const step of STEPS) t.match(payload, `href="${HERE}/${step}?change=1"`)
  t.match((await visitor.get(`${HERE}/person?change=1`)).payload, '<input type="hidden" name="change" value="1">')
})

t.test('it says what of the form holds by itself', async (t) => {
  const { world, visitor } = await entered()
  const show = async (change: Partial<FormContent>, kind: 'access' | 'authorization' = 'authorization') => {
    world.requests.view = requestView(NOW, { content: { ...blankForm(kind), ...change }, missing: ['person'] })
    return (await visitor.get(HERE)).payload
  }
  const blank = await show({})
  for (const words of [
    'Nothing written',
    'From the first day to the last',
    '365 days after you sign',
    'As the clinic likes',
    'Not accepted',
  ])
    t.match(blank, words)
  t.match(await show({}, 'access'), 'All of my records')
  t.match(await show({ from: '2020-01-31' }), 'From January 31, 2020 on')
  t.match(await show({ to: '2020-01-31' }), 'Up to January 31, 2020')
  t.match(await show({ isPsychotherapyNotes: true }), 'Notes of a therapist, kept apart')
  t.match(await show({ signature: { kind: 'typed', name: 'Maria <b>', on: '2026-11-20' } }), 'Maria &lt;b&gt;, on November 20, 2026')
})

t.test('a draft that is not whole says what is missing, and is not sent', async (t) => {
  const { world, visitor } = await entered()
  world.requests.view = requestView(NOW, { missing: ['provider', 'signature'] })
  const { payload } = await visitor.get(HERE)
  for (const step of ['provider', 'signature']) t.match(payload, `<li><a href="${HERE}/${step}?change=1">`)
  t.match(payload, `href="${HERE}/form.pdf"`, 'but can be printed as it is')
  t.notMatch(payload, `action="${HERE}/sent"`)
})

t.test('sent by herself: she says how, and the days count', async (t) => {
  const { world, visitor, acts } = await entered()
  const none = await visitor.post(`${HERE}/sent`, {})
  t.equal(none.statusCode, 422)
  isLinked(t, none.payload, 'way', 'Choose how you sent it')
  for (const odd of ['mailed-by-us', 'pigeon', '']) t.equal((await visitor.post(`${HERE}/sent`, { way: odd })).statusCode, 422, odd)
  t.strictSame(acts(), [])
  t.equal((await visitor.post(`${HERE}/sent`, { way: 'faxed' })).headers.location, `${HERE}?done=sent`)
  t.strictSame(acts(), [`requests.markSent c1 ${REQUEST} faxed`])
  world.requests.view = sentView(NOW, 0)
  const { payload } = await visitor.get(`${HERE}?done=sent`)
  t.match(payload, 'We count the days now')
  t.match(payload, '30 days are left, until December 22, 2026')
  t.match(payload, 'Sent by fax on November 22, 2026')
})

t.test('what cannot be sent says why, and what is sent already shows how it stands', async (t) => {
  const { world, visitor } = await entered()
  for (const kind of ['not-whole', 'not-signed', 'no-provider', 'too-many'] as const) {
    world.requests.sent = { kind }
    for (const act of ['sent', 'mail']) {
      const { statusCode, payload } = await visitor.post(`${HERE}/${act}`, { way: 'mailed' })
      t.equal(statusCode, 409, kind)
      t.match(payload, texts.in('en')(`requests.send.problem.${kind}`))
      t.match(payload, 'id="send"')
    }
  }
  for (const kind of ['not-draft', 'not-found'] as const) {
    world.requests.sent = { kind }
    for (const act of ['sent', 'mail'])
      t.equal((await visitor.post(`${HERE}/${act}`, { way: 'mailed' })).headers.location, `${HERE}?done=not`)
  }
  t.match((await visitor.get(`${HERE}?done=not`)).payload, 'This request has changed')
})

t.test('mailed by us: to whom and what goes is said before, and only where it can be', async (t) => {
  const { world, visitor, acts } = await entered()
  t.match((await visitor.get(HERE)).payload, `href="${HERE}/mail"`)
  const asked = await visitor.get(`${HERE}/mail`)
  t.match(asked.payload, 'Send this form to Sample Clinic?')
  t.match(asked.payload, 'with all that you wrote on it')
  t.strictSame(acts(), [])
  t.equal((await visitor.post(`${HERE}/mail`, {})).headers.location, `${HERE}?done=mailed`)
  t.strictSame(acts(), [`requests.mailIt c1 ${REQUEST}`])
  const unsigned = requestView(NOW, { content: { ...AUTHORIZATION, signature: null } })
  for (const view of [unsigned, requestView(NOW, { canBeMailed: false }), sentView(NOW, 1)]) {
    world.requests.view = view
    t.notMatch((await visitor.get(HERE)).payload, `href="${HERE}/mail"`)
    t.equal((await visitor.get(`${HERE}/mail`)).headers.location, HERE)
  }
  world.requests.view = unsigned
  t.match((await visitor.get(HERE)).payload, 'It is not signed yet')
})

t.test('the reminder letter is there from day 31 on, and before that the page says when', async (t) => {
  const { world, visitor, acts } = await entered()
  for (const days of [0, 29, 30]) {
    world.requests.view = sentView(NOW, days)
    const { payload } = await visitor.get(HERE)
    t.match(payload, /you find a reminder letter here from (December 23|November 24|November 23), 2026/)
    t.notMatch(payload, 'reminder.pdf')
    t.equal((await visitor.get(`${HERE}/reminder.pdf`)).statusCode, 404)
  }
  t.strictSame(acts(), [])
  world.requests.view = sentView(NOW, 31)
  t.match((await visitor.get(HERE)).payload, `href="${HERE}/reminder.pdf"`)
  const letter = await visitor.get(`${HERE}/reminder.pdf`)
  t.match(letter.headers, {
    'content-type': 'application/pdf',
    'content-disposition': 'inline; filename="reminder.pdf"',
    'cache-control': 'no-store',
  })
  t.strictSame(acts(), [`requests.letter c1 ${REQUEST} reminder en`])
  world.requests.view = sentView(NOW, 31, { content: AUTHORIZATION })
  const { payload } = await visitor.get(HERE)
  t.match(payload, 'The law sets no time for an authorization')
  t.match(payload, 'This letter asks the clinic once more')
  t.notMatch(payload, /what the law says|complain to the government/)
  t.equal((await visitor.get(`${HERE}/reminder.pdf`)).statusCode, 200, 'the mail of day 31 says so')
})

t.test('the form is there in any state, in the language of the page', async (t) => {
  const { world, visitor, acts } = await entered()
  for (const view of [requestView(NOW), sentView(NOW, 3)]) {
    world.requests.view = view
    t.match((await visitor.get(`${HERE}/form.pdf`)).headers, {
      'content-disposition': 'inline; filename="request.pdf"',
      'cache-control': 'no-store',
    })
    t.strictSame(acts(), [`requests.pdf c1 ${REQUEST} en`])
  }
  world.requests.hasFile = false
  t.equal((await visitor.get(`${HERE}/form.pdf`)).statusCode, 404)
})

t.test('an answer names its package, and can be taken back', async (t) => {
  const { world, visitor, acts } = await entered()
  world.requests.view = sentView(NOW, 5)
  t.match((await visitor.get(HERE)).payload, `action="${HERE}/answered"`)
  t.equal((await visitor.post(`${HERE}/answered`, { answered: 'yes' })).headers.location, `${HERE}?done=answered`)
  world.requests.view = sentView(NOW, 5, { state: 'answered', answered })
  const { payload } = await visitor.get(`${HERE}?done=answered`)
  t.match(payload, 'It is marked as answered')
  t.match(payload, /A package came on November 21, 2026\. <a href="\/packages">See package ABCD-2345-EFGH<\/a>/)
  t.notMatch(payload, 'days are left')
  t.equal((await visitor.post(`${HERE}/answered`, { answered: 'no' })).headers.location, `${HERE}?done=unanswered`)
  t.strictSame(acts(), [`requests.markAnswered c1 ${REQUEST} true`, `requests.markAnswered c1 ${REQUEST} false`])
  world.requests.view = sentView(NOW, 5, { state: 'answered', answered: { at: NOW, packageNumber: null } })
  t.match((await visitor.get(HERE)).payload, 'You told us on November 22, 2026 that it was answered.')
})

t.test('what came is ticked off against what was asked for', async (t) => {
  const { world, visitor, acts } = await entered()
  const view = (content: FormContent, received: ('visits' | 'other')[]) =>
    sentView(NOW, 5, { state: 'answered', answered, content, received })
  const boxes = (html: string) =>
    [...html.matchAll(/name="received" type="checkbox" value="(\w+)"( checked)?/g)].map(([, type, on]) => [type, Boolean(on)])
  world.requests.view = view(AUTHORIZATION, ['visits'])
  const some = (await visitor.get(HERE)).payload
  t.strictSame(boxes(some), [
    ['visits', true],
    ['results', false],
    ['other', false],
  ])
  t.match(some, 'Still missing: Test and lab results, the list of my allergies.')
  world.requests.view = view({ ...AUTHORIZATION, records: ['visits'] }, ['visits'])
  t.match((await visitor.get(HERE)).payload, 'All that you asked for has come')
  world.requests.view = view(ACCESS, [])
  const all = (await visitor.get(HERE)).payload
  t.strictSame(
    boxes(all).map(([type]) => type),
    RECORD_TYPES.filter((type) => type !== 'all' && type !== 'other'),
  )
  t.notMatch(all, 'Still missing', 'before she has said anything')
  world.requests.view = view({ ...AUTHORIZATION, records: [], isPsychotherapyNotes: true }, [])
  t.strictSame(boxes((await visitor.get(HERE)).payload), [])
  acts()
  t.equal((await visitor.post(`${HERE}/received`, { received: 'visits' })).headers.location, `${HERE}?done=received`)
  t.strictSame(acts(), [`requests.markReceived c1 ${REQUEST} visits`])
})

t.test('ending, revoking and deleting ask first, and say what happens', async (t) => {
  const { world, visitor, acts } = await entered()
  const cases = [
    [sentView(NOW, 5), 'withdraw', 'End this request?', `${HERE}?done=withdrawn`, `requests.withdraw c1 ${REQUEST}`],
    [
      sentView(NOW, 5, { content: AUTHORIZATION }),
      'withdraw',
      'Revoke this authorization?',
      `${HERE}?done=revoked`,
      `requests.withdraw c1 ${REQUEST}`,
    ],
    [requestView(NOW), 'delete', 'Delete this request?', `/forms?deleted=${REQUEST}`, `requests.remove c1 ${REQUEST}`],
  ] as const
  for (const [view, act, title, to, line] of cases) {
    world.requests.view = view
    t.match((await visitor.get(HERE)).payload, `href="${HERE}/${act}"`)
    const asked = (await visitor.get(`${HERE}/${act}`)).payload
    t.match(asked, title)
    t.match(asked, `action="${HERE}/${act}"`)
    t.strictSame(acts(), [])
    t.equal((await visitor.post(`${HERE}/${act}`, {})).headers.location, to)
    t.strictSame(acts(), [line])
  }
  world.requests.view = sentView(NOW, 5)
  t.match((await visitor.get(`${HERE}/delete`)).payload, 'The clinic still has the form')
  world.requests.view = requestView(NOW)
  t.notMatch((await visitor.get(`${HERE}/delete`)).payload, 'The clinic still has the form')
  t.equal((await visitor.get(`${HERE}/withdraw`)).headers.location, HERE, 'a draft is nobody’s to end')
})

t.test('an authorization has a letter that revokes it, once somebody has it', async (t) => {
  const { world, visitor, acts } = await entered()
  for (const state of ['sent', 'answered', 'revoked'] as const) {
    world.requests.view = sentView(NOW, 5, { state, content: AUTHORIZATION, answered: state === 'answered' ? answered : null })
    const { payload } = await visitor.get(HERE)
    t.match(payload, `href="${HERE}/revocation.pdf"`, state)
    t.equal(payload.includes(`href="${HERE}/withdraw"`), state !== 'revoked', state)
    t.equal((await visitor.get(`${HERE}/revocation.pdf`)).headers['content-disposition']?.includes('revocation.pdf'), true)
  }
  t.strictSame(new Set(acts()), new Set([`requests.letter c1 ${REQUEST} revocation en`]))
  for (const view of [requestView(NOW), sentView(NOW, 5)]) {
    world.requests.view = view
    t.notMatch((await visitor.get(HERE)).payload, 'revocation.pdf')
    t.equal((await visitor.get(`${HERE}/revocation.pdf`)).statusCode, 404)
  }
})

t.test('what the desk no longer does says so, and a page says of the last button only what is so', async (t) => {
  const { world, visitor } = await entered()
  world.requests.view = sentView(NOW, 5)
  world.requests.isDone = false
  for (const [act, form] of [
    ['answered', { answered: 'yes' }],
    ['received', {}],
    ['withdraw', {}],
  ] as const)
    t.equal((await visitor.post(`${HERE}/${act}`, form)).headers.location, `${HERE}?done=not`, act)
  t.equal((await visitor.post(`${HERE}/delete`, {})).headers.location, '/forms')
  t.match((await visitor.get(`${HERE}?done=not`)).payload, 'This request has changed')
  const shows = async (state: RequestState, done: string) => {
    world.requests.view =
      state === 'draft' ? requestView(NOW) : sentView(NOW, 5, { state, answered: state === 'answered' ? answered : null })
    return (await visitor.get(`${HERE}?done=${done}`)).payload.includes('nhsuk-notification-banner')
  }
  for (const done of ['answered', 'received', 'withdrawn', 'revoked', 'mailed', 'constructor', '<b>'])
    t.equal(await shows('sent', done), false, done)
  for (const done of ['sent', 'unanswered', 'mailed']) t.equal(await shows('answered', done), false, done)
  t.equal(await shows('draft', 'sent'), false)
  t.equal(await shows('sent', 'sent'), true)
})

t.test('the profile, the packages and the help page lead there', async (t) => {
  const { visitor } = await entered()
  for (const path of ['/profile', '/packages']) t.match((await visitor.get(path)).payload, 'href="/forms#mine"', path)
  t.match((await visitor.get('/help')).payload, /The clinic does not send[\s\S]*href="\/forms"/)
})

t.test('of a list, all that was chosen goes along: formats in their order, each once', async (t) => {
  const { world, visitor, acts } = await entered()
  await visitor.post(`${HERE}/delivery`, { formats: ['images', '', 'pdf', 'images'] })
  await visitor.post(`${HERE}/records`, { records: ['visits', 'results'] })
  world.requests.view = sentView(NOW, 5, { state: 'answered', answered })
  await visitor.post(`${HERE}/received`, { received: ['visits', 'imaging'] })
  const [delivery, records, received] = acts()
  t.match(delivery, '"formats":["images","pdf"]')
  t.match(records, '"records":["visits","results"]')
  t.equal(received, `requests.markReceived c1 ${REQUEST} visits,imaging`)
})
