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
