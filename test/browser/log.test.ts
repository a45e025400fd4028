// The intake log in a browser: its filter, and rows that come while somebody looks.

import t from 'tap'
import { NOW } from '../web/fakes.js'
import { logEntry } from '../web/log-fakes.js'
import { adminWorld, isGood, launch, newContext, signIn, startSite, WIDTHS } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

for (const width of WIDTHS) {
  t.test(`filtering and following at ${width} px`, async (t) => {
    const world = adminWorld()
    world.log.entries = Array.from({ length: 60 }, (_each, index) => logEntry(index, NOW))
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await signIn(page, origin)
    await page.goto(`${origin}/admin/log`)
    await isGood(t, page, 'log', width)
    await page.click('summary')
    await isGood(t, page, 'log filter', width)
    await page.fill('[name=from]', 'yesterday')
    await page.click('form[action="/admin/log"] button')
    t.equal(await page.inputValue('[name=from]'), 'yesterday')
    await isGood(t, page, 'log problem', width)
    await page.fill('[name=from]', '2026-11-01')
    await page.selectOption('[name=outcome]', 'rejected')
    await page.click('form[action="/admin/log"] button')
    t.equal(new URL(page.url()).search, '?from=2026-11-01&outcome=rejected')
    await isGood(t, page, 'log filtered', width)

    world.log.arrivals.push(logEntry(900, NOW, { providerName: '<b id=evil>New Clinic</b>' }))
    await page.click('[data-log-live]')
    await page.waitForSelector(`#row-${logEntry(900, NOW).number}`)
    t.match(await page.textContent('tbody tr:first-child'), /<b id=evil>New Clinic<\/b>/)
    t.equal(await page.locator('#evil').count(), 0, 'as text')
    t.equal(await page.getAttribute('tbody tr:first-child a', 'href'), `/admin/log/${logEntry(900, NOW).number}`)
    t.match(await page.textContent('[data-log-state]'), /New messages at the top: 1/)
    await isGood(t, page, 'log followed', width)
    world.account = null
    await page.locator('[data-log-state]', { hasText: 'session' }).waitFor()
    t.equal(await page.textContent('[data-log-live]'), 'Follow live')
    t.strictSame(complaints, [])
  })
}

t.test('without scripts there is a link to refresh, and no button that does nothing', async (t) => {
  const { server, origin } = await startSite(adminWorld())
  t.teardown(() => server.stop({ timeout: 100 }))
  const page = await (await newContext(browser, 390, [], false)).newPage()
  await signIn(page, origin)
  await page.goto(`${origin}/admin/log?outcome=held`)
  t.equal(await page.locator('[data-log-live]').isVisible(), false)
  await page.click('main a:text("Refresh")')
  t.equal(new URL(page.url()).search, '?outcome=held')
})
