// Forms and requests in a browser, wide and narrow: each step and each state, what has to be mended, and the whole way
// without any script.

import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { blankForm } from '../../src/documents/forms/content.js'
import { type RequestStep, STEPS, type StepProblem } from '../../src/requests/desk.js'
import { PROBLEMS } from '../../src/web/pages/requests-problems.js'
import { NOW, newWorld, type World } from '../web/fakes.js'
import { AUTHORIZATION, REQUEST, requestView, sentView } from '../web/requests-fakes.js'
import { isGood, launch, newContext, signIn, startSite, WIDTHS } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

const HERE = `/forms/${REQUEST}`
const answered = { at: NOW, packageNumber: 'ABCD2345EFGH' }

async function open(t: Test, world: World, width: number, script = true) {
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const complaints: string[] = []
  const page = await (await newContext(browser, width, complaints, script)).newPage()
  return { origin, complaints, page }
}

for (const width of WIDTHS) {
  t.test(`the forms and each step at ${width} px`, async (t) => {
    const world = newWorld()
    const { origin, complaints, page } = await open(t, world, width)
    const look = async (path: string, name: string) => {
      await page.goto(origin + path)
      await isGood(t, page, `requests ${name}`, width)
    }
    await look('/forms', 'signed out')
    await signIn(page, origin)
    world.requests.list = []
    await look('/forms', 'none')
    world.requests.view = requestView(NOW, {
      content: blankForm('access'),
      missing: ['person', 'provider', 'signature'],
      canBeMailed: false,
    })
    await look(HERE, 'check missing')
    await look(`${HERE}/signature`, 'step signature empty')
    world.requests.view = requestView(NOW)
    for (const step of STEPS) await look(`${HERE}/${step}`, `step ${step}`)
    await look(HERE, 'check')
    await press(page, `form[action="${HERE}/sent"] button`)
    await isGood(t, page, 'requests check way', width)
    await look(`${HERE}/mail`, 'mail')
    await look(`${HERE}/delete`, 'delete')
    t.strictSame(complaints, [])
  })

  t.test(`what has to be mended at ${width} px`, async (t) => {
    const world = newWorld()
    const { origin, complaints, page } = await open(t, world, width)
    await signIn(page, origin)
    for (const step of STEPS) {
      world.requests.saved = { kind: 'problems', problems: firstOfEach(step) }
      await page.goto(`${origin}${HERE}/${step}`)
      await press(page, 'button[value=next]')
      await isGood(t, page, `requests mend ${step}`, width)
      t.equal(await page.evaluate('document.activeElement.className'), 'nhsuk-error-summary', `${step}: the summary has the focus`)
      for (const { field } of firstOfEach(step)) {
        await page.click(`.nhsuk-error-summary a[href="#${field}"]`)
        t.equal(await page.evaluate('document.activeElement.id'), field, `${step}: the link leads to ${field}`)
      }
    }
    t.strictSame(complaints, [])
  })

  t.test(`what became of it at ${width} px`, async (t) => {
    const world = newWorld()
    const { origin, complaints, page } = await open(t, world, width)
    await signIn(page, origin)
    const states = {
      waiting: sentView(NOW, 3),
      late: sentView(NOW, 40),
      'late authorization': sentView(NOW, 40, { content: AUTHORIZATION }),
      answered: sentView(NOW, 12, { state: 'answered', answered, received: ['visits', 'results'] }),
      revoked: sentView(NOW, 12, { state: 'revoked', content: AUTHORIZATION }),
      withdrawn: sentView(NOW, 12, { state: 'withdrawn' }),
    }
    for (const [name, view] of Object.entries(states)) {
      world.requests.view = view
      await page.goto(`${origin}${HERE}?done=received`)
      await page.click('details summary')
      await isGood(t, page, `requests ${name}`, width)
    }
    world.requests.view = states.late
    await page.goto(`${origin}${HERE}/withdraw`)
    await isGood(t, page, 'requests withdraw', width)
    world.requests.list = [requestView(NOW, { providerName: '' }), ...Object.values(states)]
    await page.goto(`${origin}/forms?saved=${REQUEST}`)
    await isGood(t, page, 'requests list', width)
    t.strictSame(complaints, [])
  })
}

const firstOfEach = (step: RequestStep): StepProblem[] =>
  Object.entries(PROBLEMS[step]).flatMap(([field, [reason]]) => (reason ? [{ field, reason }] : []))

t.test('in Spanish each step and state finds room on a phone', async (t) => {
  const world = newWorld()
  world.signIn = { kind: 'signed-in', session: 'session-1', role: 'consumer', language: 'es' }
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const page = await (await newContext(browser, 320, [], true, 'es-US')).newPage()
  await signIn(page, origin)
  for (const path of ['/forms', HERE, ...STEPS.map((step) => `${HERE}/${step}`), `${HERE}/mail`]) {
    await page.goto(origin + path)
    t.equal(await page.locator('html').getAttribute('lang'), 'es')
    await isGood(t, page, `requests spanish ${path}`, 320)
  }
  world.requests.view = sentView(NOW, 40)
  await page.goto(origin + HERE)
  await isGood(t, page, 'requests spanish late', 320)
})

/** Presses a button that sends a form, and waits for the page it leads to. */
async function press(page: Page, selector: string): Promise<void> {
  await Promise.all([page.waitForNavigation(), page.click(selector)])
}

t.test('all of it without a script: from the choice of a form to the list of what came', async (t) => {
  const world = newWorld()
  world.requests.list = []
  const { origin, page } = await open(t, world, 390, false)
  await signIn(page, origin)
  await page.goto(`${origin}/forms`)
  world.requests.view = requestView(NOW, { content: blankForm('authorization'), missing: ['person'] })
  await press(page, 'main section:nth-of-type(2) button')
  const next = async (step: RequestStep | 'check') => {
    world.requests.saved = { kind: 'saved', next: step }
    await press(page, 'button[value=next]')
  }
  await page.fill('[name=name]', 'Maria Example')
  await page.fill('[name=bornOn-month]', '3')
  await page.fill('[name=bornOn-day]', '27')
  await page.fill('[name=bornOn-year]', '1980')
  await next('provider')
  await page.fill('[name=name]', 'Sample Hospital')
  await next('records')
  await page.check('[name=records][value=other]')
  await page.fill('[name=otherRecords]', 'allergies')
  await page.fill('[name=initials-hiv]', 'M. E.')
  await next('delivery')
  await page.selectOption('#formats-2', 'pdf')
  await page.check('[name=isUnencryptedAccepted]')
  await next('terms')
  await page.check('[name=purpose][value=other]')
  await page.fill('[name=otherPurpose]', 'for me')
  await next('signature')
  t.equal(await page.locator('#way-drawn').isVisible(), false, 'what needs a script is not offered')
  t.equal(await page.locator('canvas').isVisible(), false)
  await page.check('#way')
  await page.fill('[name=typedName]', 'Maria Example')
  await page.check('[name=isAgreed]')
  world.requests.view = requestView(NOW)
  await next('check')
  t.equal(new URL(page.url()).pathname, HERE)
  await page.check('[name=way][value=handed-over]')
  world.requests.view = sentView(NOW, 0)
  await press(page, `form[action="${HERE}/sent"] button`)
  t.equal(await page.locator('form[action$="/answered"]').count(), 1, 'the days count')
  world.requests.view = sentView(NOW, 0, { state: 'answered', answered })
  await press(page, `form[action="${HERE}/answered"] button`)
  await page.check('[name=received][value=imaging]')
  await press(page, `form[action="${HERE}/received"] button`)
  const saved = world.asked.filter((line) => line.startsWith('requests.save')).map((line) => line.slice(line.indexOf('{')))
  t.match(
    saved.map((line) => JSON.parse(line)),
    [
      { name: 'Maria Example', bornOn: { month: '3', day: '27', year: '1980' } },
      { slug: '', name: 'Sample Hospital' },
      { records: ['other'], otherRecords: 'allergies', initials: { hiv: 'M. E.' } },
      { formats: ['pdf'], isUnencryptedAccepted: true },
      { purpose: 'other', otherPurpose: 'for me' },
      { way: 'typed', typedName: 'Maria Example', strokes: '', isAgreed: true },
    ],
  )
  t.ok(world.asked.includes(`requests.markSent c1 ${REQUEST} handed-over`))
  t.ok(world.asked.includes(`requests.markReceived c1 ${REQUEST} imaging`))
})
