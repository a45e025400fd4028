// What people change in their browsers and devices: large text, own colours, no motion, a keyboard in place of a mouse, a slow line.

import type { Page } from 'playwright-core'
import t from 'tap'
import { NUMBER, newWorld } from '../web/fakes.js'
import { axeFindings, launch, newContext, openRecords, overflow, picture, signIn, startSite } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

/** One of each kind of page: text, form, list, settings. */
const PATHS = ['/', '/help', `/open/${NUMBER}`, '/sign-in', '/profile', '/profile/details', '/records', '/packages']

async function everywhere(page: Page, origin: string, work: (path: string) => Promise<void>): Promise<void> {
  await signIn(page, origin)
  await openRecords(page, origin)
  for (const path of PATHS) {
    await page.goto(origin + path)
    await work(path)
  }
}

async function site(t: { teardown(work: () => unknown): void }): Promise<string> {
  const { server, origin } = await startSite(newWorld())
  t.teardown(() => server.stop({ timeout: 100 }))
  return origin
}

t.test('at four times the size nothing has to be scrolled sideways, nor with wide letters and lines', async (t) => {
  const origin = await site(t)
  // 1280 pixels at 400 %: WCAG 2.2, 1.4.10.
  const page = await (await newContext(browser, 320, [])).newPage()
  await everywhere(page, origin, async (path) => {
    t.equal(await overflow(page), 0, `${path} at 320`)
    // WCAG 2.2, 1.4.12.
    await page.evaluate(() => {
      const { document } = globalThis as unknown as { document: { body: { querySelectorAll(what: string): Iterable<{ style: Style }> } } }
      interface Style {
        lineHeight: string
        letterSpacing: string
        wordSpacing: string
      }
      for (const { style } of document.body.querySelectorAll('*'))
        Object.assign(style, { lineHeight: '1.5', letterSpacing: '0.12em', wordSpacing: '0.16em' })
    })
    await picture(page, `spaced ${path}`, 320)
    t.equal(await overflow(page), 0, `${path} with wide letters`)
  })
})

t.test('in colours of her own every focus shows, and nothing is lost', async (t) => {
  const origin = await site(t)
  const page = await (await newContext(browser, 390, [])).newPage()
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' })
  await everywhere(page, origin, async (path) => {
    await picture(page, `forced colours ${path}`, 390)
    // Its own colours are the browser's business: what axe computes of them from the style sheet says nothing.
    const findings = (await axeFindings(page)).filter((each) => !each.startsWith('color-contrast:'))
    t.strictSame(findings, [], path)
    for (const { what, outline } of await focusOutlines(page))
      t.notMatch(outline, /^(rgba\(0, 0, 0, 0\)|transparent) .*|.* 0px$/, `${path}: ${what}`)
  })
})

t.test('nothing moves by itself', async (t) => {
  const origin = await site(t)
  const page = await (await newContext(browser, 390, [])).newPage()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await everywhere(page, origin, async (path) => {
    const moving = await page.evaluate(() => {
      const { document, getComputedStyle } = globalThis as unknown as {
        document: { getAnimations(): unknown[]; documentElement: object }
        getComputedStyle(of: object): { scrollBehavior: string }
      }
      return { animations: document.getAnimations().length, scroll: getComputedStyle(document.documentElement).scrollBehavior }
    })
    t.strictSame(moving, { animations: 0, scroll: 'auto' }, path)
  })
})

t.test('with the keyboard alone all that can be pressed is reached, in the order of the page, and seen', async (t) => {
  const origin = await site(t)
  const page = await (await newContext(browser, 390, [])).newPage()
  await everywhere(page, origin, async (path) => {
    const wanted = await page.evaluate(focusableCount)
    const reached = await tabThrough(page, wanted)
    t.equal(reached.length, wanted, `${path}: ${wanted} places to go to`)
    t.strictSame(
      reached.map(({ place }) => place),
      reached.map((_each, index) => index),
      `${path}: in order`,
    )
    for (const { what, isSeen } of reached) t.ok(isSeen, `${path}: the focus shows on ${what}`)
  })
})

t.test('a page is light: style sheets below 60 KB, scripts below 25 KB, nothing from elsewhere', async (t) => {
  const origin = await site(t)
  const complaints: string[] = []
  const page = await (await newContext(browser, 390, complaints)).newPage()
  let sizes = { css: 0, js: 0 }
  page.on('response', async (response) => {
    const bytes = Number(response.headers()['content-length'] ?? 0)
    if (/\.css(\?|$)/.test(response.url())) sizes.css += bytes
    if (/\.js(\?|$)/.test(response.url())) sizes.js += bytes
  })
  await everywhere(page, origin, async (path) => {
    // A browser that has nothing of it yet.
    const session = await page.context().newCDPSession(page)
    await session.send('Network.clearBrowserCache')
    await session.detach()
    sizes = { css: 0, js: 0 }
    await page.reload({ waitUntil: 'networkidle' })
    t.ok(sizes.css > 1000 && sizes.css < 60_000, `${path}: ${sizes.css} bytes of style`)
    t.ok(sizes.js > 1000 && sizes.js < 25_000, `${path}: ${sizes.js} bytes of script`)
  })
  t.strictSame(complaints, [])
})

const FOCUSABLE = 'a[href], button, input:not([type=hidden]), select, textarea, summary'

function focusableCount(): number {
  interface Element {
    checkVisibility(): boolean
  }
  const { document } = globalThis as unknown as { document: { querySelectorAll(what: string): Iterable<Element> } }
  const places = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
  return places.filter((each) => each.checkVisibility()).length
}

interface Reached {
  readonly what: string
  readonly place: number
  readonly isSeen: boolean
}

/** Where the Tab key leads, from the top of the page. */
async function tabThrough(page: Page, most: number): Promise<Reached[]> {
  const reached: Reached[] = []
  for (let count = 0; count < most; count++) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate((selector) => {
      interface Style {
        outlineStyle: string
        outlineWidth: string
        boxShadow: string
        borderColor: string
      }
      interface Focused {
        outerHTML: string
        matches(selector: string): boolean
        checkVisibility(): boolean
      }
      const { document, getComputedStyle } = globalThis as unknown as {
        document: { activeElement: Focused | null; querySelectorAll(what: string): Iterable<Focused> }
        getComputedStyle(of: object): Style
      }
      const { activeElement } = document
      if (!activeElement?.matches(selector)) return null
      const style = getComputedStyle(activeElement)
      const place = [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility()).indexOf(activeElement)
      const hasOutline = style.outlineStyle !== 'none' && style.outlineWidth !== '0px'
      return { what: activeElement.outerHTML.slice(0, 120), place, isSeen: hasOutline || style.boxShadow !== 'none' }
    }, FOCUSABLE)
    if (found) reached.push(found)
  }
  return reached
}

/** Colour, style and width of the outline of everything that is focused in turn. */
async function focusOutlines(page: Page): Promise<Array<{ what: string; outline: string }>> {
  return page.evaluate((selector) => {
    interface Place {
      outerHTML: string
      focus(options: object): void
      checkVisibility(): boolean
    }
    const { document, getComputedStyle } = globalThis as unknown as {
      document: { querySelectorAll(what: string): Iterable<Place> }
      getComputedStyle(of: object): { outlineColor: string; outlineStyle: string; outlineWidth: string }
    }
    return [...document.querySelectorAll(selector)]
      .filter((each) => each.checkVisibility())
      .map((each) => {
        each.focus({ focusVisible: true })
        const { outlineColor, outlineStyle, outlineWidth } = getComputedStyle(each)
        return { what: each.outerHTML.slice(0, 100), outline: `${outlineColor} ${outlineStyle} ${outlineWidth}` }
      })
  }, FOCUSABLE)
}
