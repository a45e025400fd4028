// The pages in Spanish on a phone: longer words find room, and times are written by the script as the server writes them.

import t from 'tap'
import { copiesWorld } from '../web/copies-world.js'
import { NUMBER } from '../web/fakes.js'
import { axeFindings, launch, newContext, openRecords, overflow, picture, signIn, startSite } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

const PUBLIC = ['/', '/privacy', '/providers', '/providers/cover-sheet', '/help', '/forms', `/open/${NUMBER}`, '/sign-in', '/nothing']
const PHONE = 390

t.test('pages in Spanish are accessible and no wider than a phone', async (t) => {
  const world = copiesWorld()
  world.signIn = { kind: 'signed-in', session: 'session-1', role: 'consumer', language: 'es' }
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const complaints: string[] = []
  const page = await (await newContext(browser, PHONE, complaints, true, 'es-US')).newPage()
  const isGood = async (name: string) => {
    await picture(page, `spanish ${name}`, PHONE)
    t.equal(await page.locator('html').getAttribute('lang'), 'es', `${name}: language`)
    t.strictSame(await axeFindings(page), [], `${name}: accessible`)
    t.equal(await overflow(page), 0, `${name}: no horizontal scroll`)
  }
  for (const path of PUBLIC) {
    await page.goto(origin + path)
    await isGood(path)
  }
  await openRecords(page, origin)
  await isGood('/records')
  // New York in November.
  t.match(await page.locator('time[data-local]').first().textContent(), /^\d+ de \p{L}+ de 2026(,| a las) 9:05\sa\.\s?m\.$/u)
  await signIn(page, origin)
  for (const path of ['/profile', '/profile/question', '/profile/postbox']) {
    await page.goto(origin + path)
    await isGood(path)
  }
  t.strictSame(complaints, [])
})
