// How soon a person on a slow line sees a page: Chromium behind the line that performance tools call slow 4G, with nothing of the site in
// its cache.

import { chromium } from 'playwright-core'

/** As Lighthouse simulates slow 4G: 150 ms there and back, 1.6 Mbit/s. */
const LINE = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 }
const PATHS = ['/', '/open', '/sign-in', '/help', '/privacy']
const AT_MOST_MS = 1000

/** @param origin of a site that is open. @param check as of bench.mjs. */
export async function benchPages(origin, check) {
  console.log('\nFirst render on slow 4G (150 ms, 1.6 Mbit/s): ms, the middle of five')
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    for (const path of PATHS) {
      const times = []
      for (let round = 0; round < 5; round++) times.push(await firstRender(browser, origin + path))
      const middle = times.sort((one, other) => one - other)[2]
      check(middle < AT_MOST_MS, `pages: ${path} ${middle.toFixed(0)} ms, below ${AT_MOST_MS}`)
    }
  } finally {
    await browser.close()
  }
}

async function firstRender(browser, url) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  try {
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', LINE)
    await page.goto(url, { waitUntil: 'load' })
    return await page.evaluate(
      () =>
        new Promise((resolve) => {
          const look = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime
          const known = look()
          if (known !== undefined) return resolve(known)
          new PerformanceObserver(() => look() !== undefined && resolve(look())).observe({ type: 'paint', buffered: true })
        }),
    )
  } finally {
    await context.close()
  }
}
