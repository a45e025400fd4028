// The pages about the life of a postbox in a browser, wide and narrow: accessible, no wider than the screen.

import t from 'tap'
import { NOW, newWorld } from '../web/fakes.js'
import { isGood, launch, newContext, signIn, startSite, WIDTHS } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

const PENDING = {
  newAddress: 'maria.guadalupe.sanchez-hernandez@mail.a-rather-long-name.example.org',
  isOldConfirmed: true,
  isNewConfirmed: false,
  expiresAt: NOW + 86_400_000,
}

for (const width of WIDTHS) {
  t.test(`practice, address and closing at ${width} px`, async (t) => {
    const world = newWorld()
    const { life } = world
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await signIn(page, origin)
    const look = async (path: string, name: string) => {
      await page.goto(origin + path)
      await isGood(t, page, `life ${name}`, width)
    }
    const press = async (form: string, name: string) => {
      await page.click(`form[action="${form}"] button`)
      await isGood(t, page, `life ${name}`, width)
    }
    await look('/profile?done=saved', 'saved')
    await look('/profile/practice', 'practice')
    life.practised = { kind: 'wrong', triesLeft: 4, waitUntil: NOW + 60_000 }
    await page.fill('[name=answer]', 'no')
    await press('/profile/practice', 'practice wrong')
    t.equal(await page.evaluate('document.activeElement.className'), 'nhsuk-error-summary')
    await press('/profile/practice/mails', 'practice mails')
    await look('/profile/address', 'address')
    await press('/profile/address', 'address problems')
    t.equal(await page.locator('.nhsuk-error-summary li').count(), 2)
    await page.click('details summary')
    await isGood(t, page, 'life address lost', width)
    life.addressChange = PENDING
    await look('/profile/address', 'address pending')
    await look('/profile', 'profile pending')
    await look('/confirm-address/abc', 'confirm')
    await press('/confirm-address/abc', 'half')
    await look('/cancel-address/abc', 'stop')
    await press('/cancel-address/abc', 'stopped')
    await look('/profile/close', 'close')
    await press('/profile/close', 'close problem')
    await page.fill('[name=presentAnswer]', 'the answer')
    await press('/profile/close', 'closed')
    t.strictSame(complaints, [])
  })
}
