// Signing a form in a browser: with a mouse, with a finger, and with a keyboard alone.

import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { NOW, newWorld, type World } from '../web/fakes.js'
import { ACCESS, REQUEST, requestView } from '../web/requests-fakes.js'
import { launch, newContext, signIn, startSite } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

const HERE = `/forms/${REQUEST}`

async function open(t: Test, world: World, width: number, script = true) {
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const complaints: string[] = []
  const page = await (await newContext(browser, width, complaints, script)).newPage()
  return { origin, complaints, page }
}

/** Presses a button that sends a form, and waits for the page it leads to. */
async function press(page: Page, selector: string): Promise<void> {
  await Promise.all([page.waitForNavigation(), page.click(selector)])
}

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
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.id'), 'typedName')
  await page.keyboard.type('M')
  t.equal(await page.isChecked('#way'), true, 'who types has chosen')
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.id'), 'strokes')
  t.match(await page.locator('#strokes-hint').textContent(), 'choose “Type my name”')
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.hasAttribute("data-pad-clear")'), true)
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.id'), 'isAgreed')
})
