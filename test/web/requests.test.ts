// The forms that make a clinic send, page by page: choosing one, its steps and what has to be mended in them, sending it, and what became
// of it. Looking changes nothing, and nothing of another person's is found.

import t from 'tap'
import { PURPOSES, RECORD_TYPES, SENSITIVE } from '../../src/documents/forms/content.js'
import { type RequestStep, STEPS, type StepProblem } from '../../src/requests/desk.js'
import { PROBLEMS } from '../../src/web/pages/requests-problems.js'
import { NOW, newWorld, signedIn, texts, Visitor, webServer } from './fakes.js'
import { ACCESS, AUTHORIZATION, REQUEST, requestView, sentView } from './requests-fakes.js'
import { entered, HERE, isLinked, SEEN, SENT } from './requests-support.js'

t.test('anybody reads what the two forms are, takes a blank one, and is told to sign in to fill one in', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  const { payload } = await visitor.get('/forms')
  t.ok(payload.indexOf('Records request') < payload.indexOf('Authorization'), 'the one that nearly everybody needs comes first')
  t.match(payload, 'Nearly always the first one')
  t.match(payload, 'Sign in to fill it in here')
  t.notMatch(payload, 'action="/forms"')
  for (const kind of ['access', 'authorization']) {
    t.match(payload, `href="/forms/${kind}.pdf"`)
    const pdf = await visitor.get(`/forms/${kind}.pdf`, { 'accept-language': 'es' })
    t.match(pdf.headers, { 'content-type': 'application/pdf', 'content-disposition': /^inline; filename="/, 'cache-control': 'no-store' })
  }
  t.strictSame(world.asked, ['requests.blank access es null', 'requests.blank authorization es null'])
})

t.test('too many forms at once: to be asked for again in a moment', async (t) => {
  const world = newWorld()
  world.requests.isBusy = true
  const { statusCode, headers, payload } = await new Visitor(await webServer(world)).get('/forms/access.pdf')
  t.equal(statusCode, 503)
  t.equal(headers['retry-after'], '10')
  t.match(payload, 'The service is busy right now')
})

t.test('a blank form of somebody who is signed in is hers, and an admin’s is nobody’s', async (t) => {
  const { world, visitor, acts } = await entered()
  await visitor.get('/forms/access.pdf')
  t.strictSame(acts(), ['requests.blank access en c1'])
  if (world.account) world.account = { ...world.account, role: 'admin' }
  await visitor.get('/forms/access.pdf')
  t.strictSame(acts(), ['requests.blank access en null'])
  t.match((await visitor.get('/forms')).payload, 'Sign in to see your requests')
})

t.test('who is not signed in is asked to, wherever a request is looked at or changed', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  const visitor = new Visitor(server)
  const routes = server.table().filter(({ path }) => path.startsWith('/forms/{number}'))
  t.ok(routes.length > 10)
  for (const { method, path } of routes) {
    const url = path.replace('{number}', REQUEST).replace('{step}', 'person')
    const answer = method === 'get' ? await visitor.get(url) : await visitor.post(url, {})
    t.match(answer, { statusCode: 303, headers: { location: '/sign-in' } }, `${method} ${path}`)
  }
  t.match(await visitor.post('/forms', { kind: 'access' }), { headers: { location: '/sign-in' } })
  t.strictSame(world.asked, [])
})

t.test('what is another person’s is not found, like what never was, whatever is done to it', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  const visitor = await signedIn(server)
  const routes = server.table().filter(({ path }) => path.startsWith('/forms/{number}'))
  const pageOf = async (number: string, method: string, path: string) => {
    const url = path.replace('{number}', number).replace('{step}', 'person')
    const { statusCode, payload } = method === 'get' ? await visitor.get(url) : await visitor.post(url, { way: 'mailed', answered: 'yes' })
    return { statusCode, payload: payload.replaceAll(number, 'NUMBER') }
  }
  for (const { method, path } of routes) {
    if (world.account) world.account = { ...world.account, id: 'c2' }
    const theirs = await pageOf(REQUEST, String(method), path)
    t.equal(theirs.statusCode, 404, `${method} ${path}`)
    t.strictSame(await pageOf('ZZZZZZZZ', String(method), path), theirs)
  }
  t.strictSame(
    world.asked.filter((line) => line.startsWith('requests.') && !SEEN.test(line)),
    [],
  )
  world.asked.length = 0
  for (const odd of ['x'.repeat(17), 'r7k2%20m9', 'R7K2-M9UX', '%27', '__proto__'])
    t.equal((await visitor.get(`/forms/${odd}`)).statusCode, 404, odd)
  t.notOk(
    world.asked.some((line) => line.startsWith('requests.')),
    'and what is no number reaches no desk',
  )
})

t.test('a number is found as people write it', async (t) => {
  const { visitor } = await entered()
  t.equal((await visitor.get('/forms/r7k2-m9qx')).statusCode, 200)
})

t.test('a form is begun with a button, and there are not too many', async (t) => {
  const { world, visitor, acts } = await entered()
  t.match((await visitor.get('/forms')).payload, /<form method="post" action="\/forms">[\s\S]*name="kind" value="access"/)
  t.strictSame(acts(), [])
  t.match(await visitor.post('/forms', { kind: 'authorization' }), { statusCode: 303, headers: { location: `${HERE}/person` } })
  t.strictSame(acts(), ['requests.begin c1 authorization'])
  world.requests.begun = null
  const full = await visitor.post('/forms', { kind: 'access' })
  t.equal(full.statusCode, 409)
  t.match(full.payload, 'href="#mine"')
  t.match(full.payload, 'You have 20 requests, the most there can be')
  acts()
  const odd = await visitor.post('/forms', { kind: '__proto__' })
  t.equal(odd.statusCode, 422)
  t.match(odd.payload, 'Choose one of the two forms')
  t.strictSame(acts(), [])
})

t.test('the list says where each request stands and what to do next, escaped', async (t) => {
  const { world, visitor } = await entered()
  const over = { at: NOW, packageNumber: null }
  world.requests.list = [
    requestView(NOW, { number: 'DRAFT000', providerName: '' }),
    sentView(NOW, 1, { number: 'SENT0000', providerName: '<b>Clinic</b>' }),
    sentView(NOW, 29, { number: 'NEARLY00' }),
    sentView(NOW, 30, { number: 'LASTDAY0' }),
    sentView(NOW, 31, { number: 'LATE0000' }),
    sentView(NOW, 31, { number: 'LATEAUTH', content: AUTHORIZATION }),
    sentView(NOW, 9, { number: 'ANSWERED', state: 'answered', answered: over }),
    sentView(NOW, 9, { number: 'REVOKED0', state: 'revoked', content: AUTHORIZATION }),
  ]
  const { payload } = await visitor.get('/forms')
  const [, ...items] = payload.split('<li class="hpx-card">')
  const says = [
    [/Not finished/, /Authorization, no clinic chosen yet/, /Begun on November 20, 2026\./, /Finish it/, /href="\/forms\/DRAFT000"/],
    [/Sent/, /&lt;b&gt;Clinic/, /29 days are left, until December 21, 2026\./, /Wait for the answer/, /Number SENT-0000/],
    [/1 day is left, until November 23, 2026\./],
    [/Today, November 22, 2026, is the last day\./],
    [/Late/, /The 30 days ended on November 21, 2026\./, /Send a reminder letter/],
    [/Late/, /Send a reminder letter, or a records request/],
    [/Answered/, /You told us on November 22, 2026/, /See what came/],
    [/Revoked/],
  ]
  t.equal(items.length, says.length)
  for (const [place, patterns] of says.entries()) for (const pattern of patterns) t.match(items[place], pattern)
  t.notMatch(items[6], 'days')
  t.notMatch(items[7], 'What to do next')
  world.requests.list = []
  t.match((await visitor.get('/forms')).payload, 'You have no requests yet')
})

t.test('the list tells of the last button only what is so', async (t) => {
  const { world, visitor } = await entered()
  t.match((await visitor.get(`/forms?saved=${REQUEST}`)).payload, 'It waits for you here until December 20, 2026')
  t.match((await visitor.get('/forms?deleted=ZZZZZZZZ')).payload, 'Nothing of it is kept here')
  for (const query of ['saved=ZZZZZZZZ', `deleted=${REQUEST}`, 'deleted=', 'saved=<b>'])
    t.notMatch((await visitor.get(`/forms?${query}`)).payload, 'nhsuk-notification-banner', query)
  world.requests.list = [sentView(NOW, 1)]
  t.notMatch((await visitor.get(`/forms?saved=${REQUEST}`)).payload, 'nhsuk-notification-banner')
})

/** The value that a page's field has. */
function typedIn(html: string, name: string): string | undefined {
  return (
    new RegExp(`<input[^>]* name="${name}"[^>]* value="([^"]*)"`).exec(html)?.[1] ??
    new RegExp(`<textarea[^>]* name="${name}"[^>]*>([^<]*)<`).exec(html)?.[1]
  )
}

for (const step of STEPS) {
  t.test(`the step ${step}: gives the desk what was typed, and leads on, back or out`, async (t) => {
    const { world, visitor, acts } = await entered()
    const [typed, given] = SENT[step]
    world.requests.saved = { kind: 'saved', next: 'delivery' }
    t.equal((await visitor.post(`${HERE}/${step}`, { ...typed, go: 'next' })).headers.location, `${HERE}/delivery`)
    const [line = ''] = acts()
    t.match(line, `requests.save c1 ${REQUEST} ${step} {`)
    t.match(JSON.parse(line.slice(line.indexOf('{'))), given)
    t.equal((await visitor.post(`${HERE}/${step}`, { ...typed, go: 'later' })).headers.location, `/forms?saved=${REQUEST}`)
    t.equal((await visitor.post(`${HERE}/${step}`, { ...typed, go: 'next', change: '1' })).headers.location, HERE, 'back to all answers')
    world.requests.saved = { kind: 'saved', next: 'check' }
    t.equal((await visitor.post(`${HERE}/${step}`, typed)).headers.location, HERE)
    world.requests.saved = { kind: 'not-draft' }
    t.equal((await visitor.post(`${HERE}/${step}`, typed)).headers.location, `${HERE}?done=not`, 'she is told that it was not kept')
    world.requests.saved = { kind: 'not-found' }
    t.equal((await visitor.post(`${HERE}/${step}`, typed)).statusCode, 404)
  })

  t.test(`the step ${step}: each problem is said beside its field and leads to it, and what was typed stays`, async (t) => {
    const { world, visitor } = await entered()
    const [typed] = SENT[step]
    for (const language of texts.languages) {
      const text = texts.in(language)
      for (const [field, reasons] of Object.entries(PROBLEMS[step])) {
        for (const reason of reasons) {
          world.requests.saved = { kind: 'problems', problems: [{ field, reason }] }
          const { payload, statusCode } = await visitor.post(`${HERE}/${step}?lang=${language}`, typed)
          t.equal(statusCode, 422)
          isLinked(t, payload, field, text(`requests.problem.${step}.${field}.${reason}`))
          t.match(payload, /<title>\s*Error: /)
        }
      }
    }
    const { payload } = await visitor.post(`${HERE}/${step}`, typed)
    for (const [name, value] of Object.entries(typed)) {
      if (/^(records|formats|isUnencryptedAccepted|isPsychotherapyNotes|purpose|way|isAgreed|slug)$/.test(name)) {
        if (value !== '') t.match(payload, new RegExp(`value="${value}"[^>]* (checked|selected)`), name)
      } else t.equal(typedIn(payload, name), value, name)
    }
  })
}

t.test('what the pages have no words for is said in general words', async (t) => {
  const { world, visitor } = await entered()
  const problems: StepProblem[] = [
    { field: 'constructor', reason: 'missing' },
    { field: 'name', reason: 'before-from' },
  ]
  world.requests.saved = { kind: 'problems', problems }
  const { payload, statusCode } = await visitor.post(`${HERE}/person`, {})
  t.equal(statusCode, 422)
  t.equal(payload.split('Check what you wrote here').length, 4, 'twice in the summary, once beside the field')
})

t.test('a step shows what was saved', async (t) => {
  const { visitor } = await entered()
  const page = async (step: RequestStep) => (await visitor.get(`${HERE}/${step}`)).payload
  const person = await page('person')
  const fields = {
    name: 'Maria Example',
    'bornOn-month': '3',
    'bornOn-day': '27',
    'bornOn-year': '1980',
    representativeName: 'Ana Example',
  }
  for (const [name, value] of Object.entries(fields)) t.equal(typedIn(person, name), value)
  t.match(person, '1 Sample Street\nSample Town</textarea>')
  t.match(await page('provider'), /<option value="clinic" selected>Sample Clinic<\/option>/)
  const records = await page('records')
  for (const type of RECORD_TYPES)
    t.equal(new RegExp(`value="${type}" checked`).test(records), ['visits', 'results', 'other'].includes(type), type)
  for (const each of SENSITIVE) t.equal(typedIn(records, `initials-${each}`) ?? '', /hiv|substance/.test(each) ? 'M. E.' : '', each)
  t.match(await page('delivery'), /value="structured" selected[\s\S]*value="pdf" selected/)
  const terms = await page('terms')
  for (const purpose of PURPOSES) t.equal(new RegExp(`value="${purpose}" checked`).test(terms), purpose === 'other')
  t.equal(typedIn(terms, 'expiresOn-year'), '2027')
  const signature = await page('signature')
  t.match(signature, /id="way-drawn"[^>]* checked/)
  t.match(signature, 'You signed this form on November 20, 2026')
  t.match(signature, '<path d="M100 100L300 200L500 50M600 150L602 150"')
  t.match(signature, /<script type="module" src="\/assets\/signature\.js\?v=\w+">/)
  t.notMatch(terms, 'signature.js', 'and only that page has the script')
  t.notMatch(signature, /name="isAgreed"[^>]*checked/, 'agreed to anew with each signature')
})

t.test('an access request has no terms and no initials, and says how many steps there are', async (t) => {
  const { world, visitor } = await entered()
  world.requests.view = requestView(NOW, { content: ACCESS })
  t.equal((await visitor.get(`${HERE}/terms`)).headers.location, HERE)
  t.equal((await visitor.post(`${HERE}/terms`, { purpose: 'care' })).headers.location, HERE)
  const { payload } = await visitor.get(`${HERE}/records`)
  t.match(payload, 'Step 3 of 5')
  t.notMatch(payload, /initials-|isPsychotherapyNotes/)
  t.match((await visitor.get(`${HERE}/signature`)).payload, 'Step 5 of 5')
})

t.test('what is sent has no steps any more, and there is no step of another name', async (t) => {
  const { world, visitor, acts } = await entered()
  t.equal((await visitor.get(`${HERE}/nothing`)).headers.location, HERE)
  t.equal((await visitor.get(`${HERE}/sent`)).headers.location, HERE, 'where the page for a stale form leads')
  world.requests.view = sentView(NOW, 1)
  t.equal((await visitor.get(`${HERE}/person`)).headers.location, HERE)
  t.equal((await visitor.post(`${HERE}/person`, { name: 'x' })).headers.location, `${HERE}?done=not`)
  t.strictSame(acts(), [])
})

t.test('a clinic is written in where none is registered', async (t) => {
  const { world, visitor } = await entered()
  world.providers = []
  const { payload } = await visitor.get(`${HERE}/provider`)
  t.notMatch(payload, 'name="slug"')
  t.match(payload, 'name="name"')
})
