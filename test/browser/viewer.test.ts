// Opened records with readable copies, in a browser: the list and every kind of document, on a desk and on a phone.

import type { Frame, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { AT } from '../web/copies-world.js'
import { NUMBER } from '../web/fakes.js'
import { filledWorld } from './samples.js'
import { axeFindings, launch, newContext, openRecords, overflow, picture, startSite, WIDTHS } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

async function isGood(t: Test, page: Page, name: string, width: number): Promise<void> {
  await picture(page, name, width)
  t.strictSame(await axeFindings(page), [], `${name} at ${width}: accessible`)
  t.equal(await overflow(page), 0, `${name} at ${width}: no horizontal scroll`)
}

async function openedAt(t: Test, width: number, complaints: string[] = [], javaScript = true) {
  const world = await filledWorld()
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const context = await newContext(browser, width, complaints, javaScript)
  const page = await context.newPage()
  await openRecords(page, origin)
  return { world, origin, context, page }
}

/** The one frame of a page, once it has loaded. */
async function frameOf(page: Page): Promise<Frame> {
  const frame = await (await page.waitForSelector('main iframe')).contentFrame()
  if (!frame) throw new Error('no frame')
  await frame.waitForLoadState()
  return frame
}

for (const width of WIDTHS) {
  t.test(`the list and every document at ${width} px`, async (t) => {
    const complaints: string[] = []
    const { origin, page } = await openedAt(t, width, complaints)
    await page.waitForLoadState('networkidle')
    await isGood(t, page, 'copies', width)
    for (const [name, index] of Object.entries(AT)) {
      await page.goto(`${origin}/records/view/${index}?package=${NUMBER}`)
      await page.waitForTimeout(name === 'pdf' || name === 'fax' ? 1500 : 200)
      await isGood(t, page, `view ${name}`, width)
    }
    t.strictSame(
      // The frame of an HTML copy says that it would have run a script: that is what its policy is for.
      complaints.filter((line) => !/Blocked script execution|Executing inline script violates/.test(line)),
      [],
    )
  })
}

t.test('a PDF, pages of all records, and an HTML copy are really drawn in their frames', async (t) => {
  const { origin, page } = await openedAt(t, 1280)
  for (const [index, type] of [
    [AT.pdf, 'application/pdf'],
    [AT.fax, 'application/pdf'],
    [AT.ccda, 'text/html'],
  ] as const) {
    await page.goto(`${origin}/records/view/${index}`)
    const frame = await frameOf(page)
    t.notMatch(frame.url(), /^chrome-error/, type)
    t.equal(await frame.evaluate('document.contentType'), type)
  }
  const frame = await frameOf(page)
  t.match(await frame.textContent('h1'), 'Visit of November 20')
  t.equal(await frame.title(), 'Visit of November 20', 'its script did not run')
  t.equal(await frame.evaluate('origin'), 'null', 'it has no part in the site')
})

t.test('on a phone a PDF opens on its own, and the frame is not even loaded', async (t) => {
  const { world, origin, context, page } = await openedAt(t, 390)
  await page.goto(`${origin}/records/view/${AT.pdf}?package=${NUMBER}`)
  await page.waitForLoadState('networkidle')
  t.notOk(await page.isVisible('main iframe'))
  t.notOk(world.asked.includes(`document s1 ${AT.pdf}`))
  t.ok(await page.isVisible('.hpx-view__first img'))
  const opened = context.waitForEvent('page')
  await page.click('.hpx-view__acts .nhsuk-button')
  const alone = await opened
  await alone.waitForLoadState()
  t.equal(new URL(alone.url()).pathname, `/records/documents/${AT.pdf}/view`)
  t.equal(await alone.evaluate('document.contentType'), 'application/pdf')
})

t.test('without scripts, by keyboard alone, she reads one document after the other and comes back', async (t) => {
  const { origin, page } = await openedAt(t, 390, [], false)
  const first = page.locator('.hpx-read').first()
  await first.focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/records/view/${AT.message}?package=${NUMBER}`)
  t.match(await page.textContent('.hpx-text'), 'here are the records you asked for')
  for (const title of ['Blood test results.pdf', 'Fax of March 3', 'IMG_0042.jpg']) {
    await page.locator('a[rel=next]').first().focus()
    await page.keyboard.press('Enter')
    await page.waitForFunction(`document.querySelector('h1').textContent === ${JSON.stringify(title)}`)
  }
  const order: string[] = []
  await page.locator('.nhsuk-back-link').focus()
  for (let stop = 0; stop < 6; stop++) {
    order.push(((await page.evaluate('document.activeElement.textContent')) as string).replace(/\s+/g, ' ').trim())
    await page.keyboard.press('Tab')
  }
  t.strictSame(order, [
    'Back to all documents',
    ...['Previous Fax of March 3', 'Next Visit of November 20', 'Open it on its own', 'Download as sent IMG_0042.jpg', ''],
  ])
  await page.click('.nhsuk-back-link')
  t.equal(new URL(page.url()).pathname, '/records')
  const download = page.waitForEvent('download')
  await page.click('.hpx-everything a[download]')
  t.equal((await download).suggestedFilename(), 'health-records.pdf')
})

t.test('printed, the list is a list, without buttons', async (t) => {
  const { page } = await openedAt(t, 1280)
  await page.emulateMedia({ media: 'print' })
  await picture(page, 'copies printed', 1280)
  for (const selector of ['.hpx-everything', '.hpx-card__acts', 'main form', '.hpx-idle', '.hpx-footer'])
    t.equal(await page.locator(`${selector}:visible`).count(), 0, selector)
  t.equal(await page.locator('.hpx-card__name:visible').count(), 12)
})
