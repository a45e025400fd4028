// Every page that the table of routes leads to, and what each form says when it is sent empty, in a browser: for a stranger, for somebody
// before her records, for a consumer and for an admin.

import t from 'tap'
import { drawn, enter, isPage, KINDS, type Kind, type Place, placesOf, worldOf } from '../web/every-page.js'
import type { Visitor } from '../web/fakes.js'
import { isGood, launch, newContext, startSite, WIDTHS } from './support.js'

// Some four hundred pages, at all widths.
t.setTimeout(1_800_000)

const browser = await launch()
t.teardown(() => browser.close())

const LEAST: Readonly<Record<Kind, number>> = { stranger: 40, reader: 10, consumer: 15, admin: 5 }

type BrowserPage = Awaited<ReturnType<Awaited<ReturnType<typeof newContext>>['newPage']>>

for (const kind of KINDS) {
  for (const width of WIDTHS) {
    t.test(`${kind}, every page at ${width} px`, async (t) => {
      const { server, origin } = await startSite(worldOf(kind))
      t.teardown(() => server.stop({ timeout: 100 }))
      const guest = await enter(kind, server)
      const complaints: string[] = []
      const context = await newContext(browser, width, complaints)
      const page = await context.newPage()
      let seen = 0
      for (const place of placesOf(kind, server)) {
        if (!isPage((await drawn(server, guest, place)).headers)) continue
        await context.clearCookies()
        await context.addCookies([...guest.cookies].map(([name, value]) => ({ name, value, url: origin })))
        await go(page, origin, place, guest)
        await isGood(t, page, `every ${kind} ${place.method} ${place.path}`, width)
        seen++
      }
      t.ok(seen >= LEAST[kind], `${seen} pages`)
      t.strictSame(complaints, [])
    })
  }
}

/** A form is sent as its page would send it, but for what is filled in. */
async function go(page: BrowserPage, origin: string, { method, path }: Place, guest: Visitor): Promise<void> {
  if (method === 'get') {
    await page.goto(origin + path)
    return
  }
  await page.goto(`${origin}/help`)
  await Promise.all([page.waitForNavigation(), page.evaluate(send(path, guest.cookies.get('hepoex-crumb') ?? ''))])
}

/** For the page: an empty form of its own, sent. */
function send(action: string, crumb: string): string {
  return `{
    const form = document.body.appendChild(document.createElement('form'))
    Object.assign(form, { method: 'post', action: ${JSON.stringify(action)} })
    const input = form.appendChild(document.createElement('input'))
    Object.assign(input, { type: 'hidden', name: 'crumb', value: ${JSON.stringify(crumb)} })
    form.submit()
  }`
}
