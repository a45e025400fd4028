// A real browser before the web door. It must be installed: without it these tests fail, they do not pass quietly.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { buildCss } from '../../scripts/build-css.mjs'
import { ANSWER, CODE, NOW, NUMBER, newWorld, type WebServer, type World, webServer } from '../web/fakes.js'

const axe = readFileSync(fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8')

/** A phone's; a desk's and the narrowest as well in the long checks, since more pages take more time. */
export const WIDTHS: readonly number[] = process.env.ALL_WIDTHS === '1' ? [1280, 390, 320] : [390]

/** What the browser asks for; LANGUAGE_OF_PAGES names another. */
const LANGUAGE = process.env.LANGUAGE_OF_PAGES ?? 'en'
const LOCALE = `${LANGUAGE}-US`

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** The site over a socket, with paper desks. */
export async function startSite(world: World): Promise<{ server: WebServer; origin: string }> {
  await buildCss()
  // Who signs in has registered in that language.
  if (world.signIn.kind === 'signed-in' && LANGUAGE !== 'en') world.signIn = { ...world.signIn, language: LANGUAGE }
  const mail = { id: 'm1', at: NOW, from: 'postbox@example.org', to: 'maria@example.org', subject: 'A package for you' }
  const text = `Hello,\n\nSample Clinic sent you records.\n\nYour code: 4821 0073 9155 6241\n\nOpen them here: http://localhost/open/${NUMBER}\n`
  const server = await webServer(world, { outgoing: { list: async () => [mail], read: async () => ({ ...mail, text }) } })
  await server.start()
  return { server, origin: server.info.uri }
}

/** A context whose pages report what goes wrong in them into `complaints`. */
export async function newContext(
  browser: Browser,
  width: number,
  complaints: string[],
  javaScriptEnabled = true,
  locale = LOCALE,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width, height: 844 },
    javaScriptEnabled,
    locale,
    timezoneId: 'America/New_York',
  })
  context.on('page', (page) => {
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
    // A page that is meant to be 4xx is told in the console, too; everything else there is a complaint.
    page.on('console', (line) => {
      if (line.type() === 'error' && !/Failed to load resource.*(4\d\d|50[03])/.test(line.text()))
        complaints.push(`${page.url()}: ${line.text()}`)
    })
    page.on('request', (request) => {
      // The browser's own PDF viewer is made of chrome: pages.
      if (!/^chrome(-extension)?:|^http:\/\/(127\.0\.0\.1|localhost):/.test(request.url()))
        complaints.push(`asked another host: ${request.url()}`)
    })
  })
  return context
}

/** Rules that the page breaks, as one line each. Given to the page as a function call, which its policy does not forbid. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const engine = (
      globalThis as unknown as {
        axe: { run(options: object): Promise<{ violations: Array<{ id: string; help: string; nodes: Array<{ html: string }> }> }> }
      }
    ).axe
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations } = await engine.run({ runOnly: { type: 'tag', values: tags } })
    return violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes
          .map(({ html }) => html)
          .join(' | ')
          .slice(0, 400)}`,
    )
  })
}

/** How many pixels wider than its window the page is. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { documentElement } = (globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } })
      .document
    return documentElement.scrollWidth - documentElement.clientWidth
  })
}

/** Saves a picture when the variable SHOTS names a folder. */
export async function picture(page: Page, name: string, width: number): Promise<void> {
  if (process.env.SHOTS)
    await page.screenshot({ path: `${process.env.SHOTS}/${name.replaceAll(/[^\w-]+/g, '_')}-${width}.png`, fullPage: true })
}

/** It can be used by everybody, at that width; and has its picture taken. */
export async function isGood(t: Test, page: Page, name: string, width: number): Promise<void> {
  await picture(page, name, width)
  t.strictSame(await axeFindings(page), [], `${name} at ${width}: accessible`)
  t.equal(await overflow(page), 0, `${name} at ${width}: no horizontal scroll`)
}

export async function enterCode(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/open/${NUMBER}`)
  await page.fill('[name=code]', CODE)
  await page.click('main button')
}

export async function openRecords(page: Page, origin: string): Promise<void> {
  await enterCode(page, origin)
  await page.fill('[name=answer]', ANSWER)
  await page.click('main button')
}

export async function signIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/sign-in/link/token-1`)
  await page.click('main button')
}

/** One entry of each disposition. */
export function adminWorld(): World {
  const world = newWorld()
  world.account = {
    role: 'admin',
    postboxNumber: null,
    signedInAt: NOW,
    id: 'a1',
    address: 'admin@example.org',
    language: 'en',
    question: 'unset',
    answerState: 'ok',
    reset: null,
    preferences: null,
  }
  world.signIn = { kind: 'signed-in', session: 'session-a', role: 'admin', language: 'en' }
  return world
}
