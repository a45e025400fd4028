// Every page in a browser, wide and narrow: accessible, no wider than the screen, nothing refused by its own policy.

import t from 'tap'
import { heldEntry, NOW, NUMBER, newWorld } from '../web/fakes.js'
import { adminWorld, enterCode, isGood, launch, newContext, openRecords, signIn, startSite, WIDTHS } from './support.js'

// A hundred pages and more, at all widths.
t.setTimeout(1_800_000)

const browser = await launch()
t.teardown(() => browser.close())

const PUBLIC = [
  '/',
  '/privacy',
  '/providers',
  '/providers/cover-sheet',
  '/provider',
  '/help',
  '/packages',
  '/forms',
  '/open',
  `/open/${NUMBER}`,
  '/sign-in',
  '/admin/sign-in',
]

for (const width of WIDTHS) {
  t.test(`pages for everybody at ${width} px`, async (t) => {
    const { server, origin } = await startSite(newWorld())
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    for (const path of [
      ...PUBLIC,
      '/sign-in/link/abc',
      '/cancel-reset/abc',
      '/signed-out',
      '/nothing',
      '/outgoing',
      '/outgoing/m1',
      '/open/nonsense',
      '/records',
    ]) {
      await page.goto(origin + path)
      await isGood(t, page, `public ${path}`, width)
    }
    t.strictSame(complaints, [])
  })

  t.test(`code, question and records at ${width} px`, async (t) => {
    const world = newWorld()
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await page.goto(`${origin}/open/${NUMBER}`)
    await page.fill('[name=code]', '1234')
    await page.click('main button')
    await isGood(t, page, 'code wrong', width)
    t.equal(await page.evaluate('document.activeElement.className'), 'nhsuk-error-summary', 'the summary of problems has the focus')
    t.match(await page.title(), /^Error: /)
    await enterCode(page, origin)
    await isGood(t, page, 'question', width)
    world.answer = { kind: 'wrong', triesLeft: 4, waitUntil: NOW + 40_000 }
    world.question = {
      kind: 'question',
      question: 'What stood on the stove that night, and what was the weather?',
      triesLeft: 4,
      waitUntil: NOW + 40_000,
    }
    await page.fill('[name=answer]', 'no')
    await page.click('main button')
    await isGood(t, page, 'question wrong', width)
    world.answer = newWorld().answer
    await openRecords(page, origin)
    await isGood(t, page, 'records', width)
    await page.click('details summary')
    await isGood(t, page, 'records keep', width)
    await page.goto(`${origin}/records/delete`)
    await isGood(t, page, 'delete', width)
    await page.click('main button')
    await isGood(t, page, 'deleted', width)
    t.strictSame(complaints, [])
  })

  t.test(`ends at ${width} px`, async (t) => {
    const world = newWorld()
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    for (const kind of ['expired', 'recalled', 'undeliverable', 'not-mine', 'deleted', 'locked', 'frozen', 'over'] as const) {
      world.code = { kind }
      await enterCode(page, origin)
      await isGood(t, page, `ended ${kind}`, width)
    }
    t.strictSame(complaints, [])
  })

  t.test(`profile at ${width} px`, async (t) => {
    const world = newWorld()
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await page.goto(`${origin}/sign-in`)
    await page.fill('[name=address]', 'maria@example.org')
    await page.click('main button')
    await isGood(t, page, 'sign-in code', width)
    await signIn(page, origin)
    await isGood(t, page, 'profile', width)
    for (const path of ['/profile/question', '/profile/reset', '/profile/postbox', '/profile?done=saved']) {
      await page.goto(origin + path)
      await isGood(t, page, path, width)
    }
    const { account } = world
    if (!account) throw new Error('no account')
    for (const state of [
      { question: 'unset' as const },
      { answerState: 'locked' as const },
      { answerState: 'frozen' as const },
      { reset: { effectiveAt: NOW + 90_000_000 } },
      { reset: { effectiveAt: NOW } },
    ]) {
      world.account = { ...account, ...state }
      await page.goto(`${origin}/profile`)
      await isGood(t, page, `profile ${JSON.stringify(state)}`, width)
    }
    world.account = account
    world.set = {
      kind: 'problems',
      problems: [
        { field: 'answer', reason: 'common' },
        { field: 'again', reason: 'differs' },
      ],
    }
    await page.goto(`${origin}/profile/question`)
    await page.click('main form button')
    await isGood(t, page, 'profile question problems', width)
    t.strictSame(complaints, [])
  })

  t.test(`intake log at ${width} px`, async (t) => {
    const { server, origin } = await startSite(adminWorld())
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await signIn(page, origin)
    await isGood(t, page, 'admin', width)
    await page.click('a[rel=next]')
    await isGood(t, page, 'admin older', width)
    t.strictSame(complaints, [])
  })

  t.test(`held mail at ${width} px`, async (t) => {
    const world = adminWorld()
    world.held = [heldEntry(), heldEntry({ id: 'held-2', reason: 'sources-disagree', isAssigned: true, pages: null })]
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await signIn(page, origin)
    await page.goto(`${origin}/admin/held`)
    await isGood(t, page, 'held', width)
    await page.goto(`${origin}/admin/held/held-1`)
    await isGood(t, page, 'held one', width)
    await page.click('form[action$="/assign"] button')
    await isGood(t, page, 'held one problems', width)
    t.equal(await page.locator('.nhsuk-error-summary li').count(), 2)
    await page.fill('[name=to]', 'maria@example.org')
    await page.fill('[name=why]', 'asked by telephone')
    await page.click('form[action$="/assign"] button')
    await isGood(t, page, 'held done', width)
    await page.goto(`${origin}/admin/held/held-2`)
    await isGood(t, page, 'held assigned', width)
    t.strictSame(complaints, [])
  })

  t.test(`a clinic's cover sheet at ${width} px`, async (t) => {
    const { server, origin } = await startSite(newWorld())
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    await page.goto(`${origin}/providers/cover-sheet`)
    await page.fill('[name=number]', 'K7M-2QX-9DQ')
    await page.click('main form button')
    await isGood(t, page, 'cover sheet problem', width)
    t.strictSame(complaints, [])
  })

  t.test(`passkeys and a provider at ${width} px`, async (t) => {
    const world = newWorld()
    const unreachable = { kind: 'unreachable', detail: 'timeout' } as const
    world.oidc = { name: 'Sample Login', start: unreachable, finish: { kind: 'unverified' } }
    world.passkeys = [
      { id: 'm1', name: 'the telephone with the cracked screen in the kitchen', createdAt: NOW, lastUsedAt: NOW },
      { id: 'm2', name: null, createdAt: NOW, lastUsedAt: null },
    ]
    const { server, origin } = await startSite(world)
    t.teardown(() => server.stop({ timeout: 100 }))
    const complaints: string[] = []
    const page = await (await newContext(browser, width, complaints)).newPage()
    for (const path of ['/sign-in', '/sign-in/with', '/sign-in/with/return?code=a&state=b', '/sign-in/with/return?error=access_denied']) {
      await page.goto(origin + path)
      await isGood(t, page, `ways ${path}`, width)
    }
    await page.goto(`${origin}/sign-in/with/return?code=a&state=b`)
    await page.click('main form button')
    await isGood(t, page, 'ways over', width)
    await signIn(page, origin)
    await isGood(t, page, 'ways profile', width)
    for (const path of ['/profile?done=passkey-added', '/profile/passkeys/add', '/profile/passkeys/m1/remove']) {
      await page.goto(origin + path)
      await isGood(t, page, `ways ${path}`, width)
    }
    world.toAdd = { kind: 'stale' }
    await page.goto(`${origin}/profile/passkeys/add`)
    await isGood(t, page, 'ways stale', width)
    t.strictSame(complaints, [])
  })
}
