// Signing in with an OpenID Connect provider in a browser: another site, as browsers see it, so that policies and cookies are tried.

import t from 'tap'
import { openIssuer } from '../support/issuer.js'
import { openTown } from '../support/town.js'
import { launch, newContext } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

t.test('a browser goes to the provider and comes back, and nothing is refused by a policy', async (t) => {
  const issuer = await openIssuer(t)
  const town = await openTown(t, { settings: { ...issuer.settings, HEPOEX_WEB_HOST: 'localhost' } })
  await issuer.admit(town.service.webUrl)
  const complaints: string[] = []
  const context = await newContext(browser, 390, complaints)
  // The provider's own pages would have a font from elsewhere.
  await context.route(/^https:/, (route) => route.abort())
  const page = await context.newPage()
  await page.goto(`${town.service.webUrl}/sign-in`)
  await page.click('a[href="/sign-in/with"]')
  await page.fill('[name=login]', 'maria@example.org')
  await page.fill('[name=password]', 'any')
  await page.click('[type=submit]')
  await page.click('[type=submit]')
  await page.waitForURL('**/sign-in/with/return?*')
  // Loaded again it is the same page: nothing was used up.
  await page.reload()
  await page.click('main form button')
  await page.waitForURL('**/profile')
  t.match(await page.textContent('main'), /maria@example\.org/)
  await page.goto(`${town.service.webUrl}/profile/passkeys/add`)
  t.match(await page.textContent('main'), /sign in again first/)
  t.strictSame(
    complaints.filter((line) => line.startsWith(town.service.webUrl)),
    [],
  )
})
