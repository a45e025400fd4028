// Her packages in a browser, wide and narrow: the lists, keeping one longer, records of somebody else, and the mail that asks again.

import t from 'tap'
import { DAY } from '../../src/clock.js'
import { NOW, NUMBER, newWorld, packageEntry } from '../web/fakes.js'
import { enterCode, isGood, launch, newContext, openRecords, signIn, startSite, WIDTHS } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

function worldWithPackages() {
  const world = newWorld()
  const ended = (number: string, kind: 'expired' | 'recalled' | 'undeliverable') =>
    packageEntry({ number, extendsTo: null, receivedAt: NOW - 40 * DAY, ended: { kind, at: NOW - 10 * DAY } })
  world.packages = {
    entries: [
      packageEntry({ providerName: 'Sample Clinic for Ear, Nose and Throat of the Upper Valley' }),
      packageEntry({ number: 'K7M2K7M2K7M2', documents: 1, extendsTo: null }),
      packageEntry({ number: 'QXABQXABQXAB', lastOpenedAt: NOW - DAY, receivedAt: NOW - 3 * DAY }),
      ended('EXP1RED00000', 'expired'),
      { ...ended('TAKENBACK000', 'recalled'), lastOpenedAt: null },
      { ...ended('B0UNCED00000', 'undeliverable'), lastOpenedAt: NOW - 20 * DAY },
    ],
    isMore: true,
  }
  return world
}

for (const width of WIDTHS) {
  t.test(`her list, and keeping one longer, at ${width} px`, async (t) => {
    const world = worldWithPackages()
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await page.goto(`${origin}/packages`)
    await isGood(t, page, 'packages signed out', width)
    await signIn(page, origin)
    await page.goto(`${origin}/packages`)
    await isGood(t, page, 'packages', width)
    await page.goto(`${origin}/packages/${NUMBER}/extend`)
    await isGood(t, page, 'packages extend', width)
    const [first, ...others] = world.packages.entries
    if (!first) throw new Error('no package')
    world.packages = { entries: [{ ...first, extendsTo: null, expiresAt: NOW + 59 * DAY }, ...others], isMore: false }
    await page.click('main form button')
    await isGood(t, page, 'packages kept', width)
    await page.goto(`${origin}/packages?done=not-kept`)
    await isGood(t, page, 'packages not kept', width)
    world.packages = { entries: [], isMore: false }
    await page.goto(`${origin}/packages`)
    await isGood(t, page, 'packages none', width)
    t.strictSame(complaints, [])
  })

  t.test(`the end of the records at ${width} px`, async (t) => {
    const world = newWorld()
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await openRecords(page, origin)
    await isGood(t, page, 'records with ways on', width)
    if (world.records) world.records = { ...world.records, expiresAt: NOW + 59 * DAY, extendsTo: null }
    await page.click('form[action^="/records/extend"] button')
    await isGood(t, page, 'records kept longer', width)
    await page.click('a[href^="/records/not-mine"]')
    await isGood(t, page, 'not mine', width)
    await page.click('main form button')
    await isGood(t, page, 'not mine done', width)
    t.strictSame(complaints, [])
  })

  t.test(`asking again at ${width} px`, async (t) => {
    const world = newWorld()
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await page.goto(`${origin}/open/${NUMBER}`)
    await page.click('details summary')
    await isGood(t, page, 'code lost', width)
    const sender = { providerName: 'Sample Clinic', intakeNumber: '20261122-K7M2QXAB' }
    for (const kind of ['expired', 'recalled', 'frozen', 'not-mine'] as const) {
      world.code = kind === 'not-mine' ? { kind } : { kind, sender }
      await enterCode(page, origin)
      await page.click('details summary')
      await isGood(t, page, `ask again ${kind}`, width)
    }
    t.strictSame(complaints, [])
  })
}
