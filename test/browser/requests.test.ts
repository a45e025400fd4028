// Forms and requests in a browser, wide and narrow: each step and each state, what has to be mended, a signature drawn with a mouse and with
// a finger, the keyboard, and the whole way without any script.

import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { blankForm } from '../../src/documents/forms/content.js'
import { type RequestStep, STEPS, type StepProblem } from '../../src/requests/desk.js'
import { PROBLEMS } from '../../src/web/pages/requests-problems.js'
import { NOW, newWorld, type World } from '../web/fakes.js'
import { ACCESS, AUTHORIZATION, REQUEST, requestView, sentView } from '../web/requests-fakes.js'
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
    await page.click('details summary').catch(() => {})
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

/** The strokes that the desk was given last. */
function strokesOf(t: Test, world: World): number[][][] {
  const line = world.asked.findLast((each) => each.startsWith('requests.save')) ?? ''
  const { way, strokes } = JSON.parse(line.slice(line.indexOf('{')))
  t.equal(way, 'drawn')
  return JSON.parse(strokes)
}

function unsigned(): World {
  const world = newWorld()
  world.requests.view = requestView(NOW, { content: { ...ACCESS, signature: null } })
  return world
}

/** Presses a button that sends a form, and waits for the page it leads to. */
async function press(page: Page, selector: string): Promise<void> {
  await Promise.all([page.waitForNavigation(), page.click(selector)])
}

async function toThePad(page: Page, origin: string) {
  await signIn(page, origin)
  await page.goto(`${origin}${HERE}/signature`)
  return boxOf(page)
}

async function boxOf(page: Page) {
  const canvas = page.locator('#strokes')
  await canvas.scrollIntoViewIfNeeded()
  const box = await canvas.boundingBox()
  if (!box) throw new Error('no field')
  return box
}

const inkOf = (page: Page) =>
  page.evaluate(`{
    const canvas = document.querySelector('canvas')
    canvas.getContext('2d').getImageData(0, 0, 1000, 300).data.some((value) => value > 0)
  }`)

t.test('a signature drawn with a mouse goes along as lines, can be cleared, and is drawn again when the page comes back', async (t) => {
  const world = unsigned()
  const { origin, complaints, page } = await open(t, world, 1280)
  let box = await toThePad(page, origin)
  t.equal(await page.locator('#strokes-state').textContent(), 'Nothing is drawn yet.')
  const drag = async (from: [number, number], to: [number, number]) => {
    await page.mouse.move(box.x + box.width * from[0], box.y + box.height * from[1])
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * to[0], box.y + box.height * to[1], { steps: 8 })
    await page.mouse.up()
  }
  await drag([0.1, 0.5], [0.9, 0.5])
  t.equal(await inkOf(page), true)
  await page.click('[data-pad-clear]')
  t.equal(await inkOf(page), false)
  t.equal(await page.locator('input[name=strokes]').inputValue(), '')
  box = await boxOf(page)
  await drag([0.2, 0.2], [0.5, 0.8])
  await drag([0.5, 0.8], [0.8, 0.2])
  await page.mouse.click(box.x + box.width / 2, box.y + 4)
  t.equal(await page.locator('#strokes-state').textContent(), 'Your signature is drawn.')
  world.requests.saved = { kind: 'problems', problems: [{ field: 'isAgreed', reason: 'not-agreed' }] }
  await press(page, 'button[value=next]')
  const strokes = strokesOf(t, world)
  t.equal(strokes.length, 3)
  const near = (point: number[] | undefined, x: number, y: number) => point && Math.hypot((point[0] ?? 0) - x, (point[1] ?? 0) - y) < 12
  t.ok(near(strokes[0]?.[0], 200, 60) && near(strokes[0]?.at(-1), 500, 240), JSON.stringify(strokes[0]))
  t.ok(near(strokes[1]?.at(-1), 800, 60))
  t.equal(strokes[2]?.length, 2, 'a dot has two ends')
  t.ok(strokes.flat(2).every(Number.isInteger))
  t.equal(await inkOf(page), true, 'what was drawn is there again')
  await page.check('#isAgreed')
  world.requests.saved = { kind: 'saved', next: 'check' }
  await press(page, 'button[value=next]')
  t.strictSame(strokesOf(t, world), strokes)
  t.strictSame(complaints, [])
})

t.test('a finger draws and does not scroll, and a signature has its bounds', async (t) => {
  const world = unsigned()
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const context = await browser.newContext({ viewport: { width: 390, height: 600 }, hasTouch: true, isMobile: true })
  const page = await context.newPage()
  const box = await toThePad(page, origin)
  const before = await page.evaluate('scrollY')
  const session = await context.newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: Array<{ x: number; y: number }>) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: points })
  const at = (x: number, y: number) => ({ x: box.x + box.width * x, y: box.y + box.height * y })
  await touch('touchStart', [at(0.5, 0.9)])
  for (let step = 1; step <= 10; step++) await touch('touchMove', [at(0.5, 0.9 - step * 0.08)])
  await touch('touchEnd', [])
  t.equal(await page.evaluate('scrollY'), before)
  t.equal(await page.locator('#strokes-state').textContent(), 'Your signature is drawn.')
  const long = Array.from({ length: 1995 }, (_each, index): [number, number] => [index % 1000, index % 300])
  world.requests.view = requestView(NOW, { content: { ...ACCESS, signature: { kind: 'drawn', strokes: [long], on: '2026-11-20' } } })
  await page.goto(`${origin}${HERE}/signature`)
  Object.assign(box, await boxOf(page))
  await touch('touchStart', [at(0.1, 0.1)])
  for (let step = 0; step < 10; step++) await touch('touchMove', [at(step % 2 === 0 ? 0.9 : 0.1, step / 10)])
  await touch('touchEnd', [])
  t.equal(await page.locator('#strokes-state').textContent(), 'There is no room for more lines. Clear the field to start over.')
  await press(page, 'button[value=next]')
  const points = strokesOf(t, world).flat()
  t.equal(points.length, 2000, 'and the form is not too large to be taken')
  t.ok(points.every(([x = -1, y = -1]) => x >= 0 && x <= 1000 && y >= 0 && y <= 300))
})

t.test('what was drawn outside of the field stays at its edge', async (t) => {
  const world = unsigned()
  const { origin, page } = await open(t, world, 1280)
  const box = await toThePad(page, origin)
  await page.mouse.move(box.x + 20, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(box.x - 300, box.y - 40, { steps: 4 })
  await page.mouse.up()
  await press(page, 'button[value=next]')
  t.strictSame(strokesOf(t, world)[0]?.at(-1), [0, 0])
})

t.test('with a keyboard alone: every field can be reached, and the field to draw in lets go', async (t) => {
  const { origin, page } = await open(t, unsigned(), 1280)
  await signIn(page, origin)
  await page.goto(`${origin}${HERE}/signature`)
  await page.focus('#way')
  for (const key of ['Tab', 'Tab']) await page.keyboard.press(key)
  t.equal(await page.evaluate('document.activeElement.id'), 'strokes')
  t.match(await page.locator('#strokes-hint').textContent(), 'choose “Type my name”')
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.hasAttribute("data-pad-clear")'), true)
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.id'), 'isAgreed')
})

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
  t.match(await page.locator('main').textContent(), '30 days are left')
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
