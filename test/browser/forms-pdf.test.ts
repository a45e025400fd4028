// The forms in a browser's own viewer: opened, drawn, and filled in by keyboard.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t from 'tap'
import { formPdf } from '../../src/documents/forms/form-pdf.js'
import { AT, aboutOf, blankAbout, filled, NAMES, named, TYPED, texts } from '../documents/forms/samples.js'
import { launch, newContext, picture } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

t.test('each form opens in the viewer, filled in and blank, and something is on its pages', async (t) => {
  const english = texts.in('en')
  const files: Record<string, Buffer> = {
    blank: await formPdf(blankAbout('access'), english, AT),
    authorization: await formPdf(aboutOf(filled('authorization', { signature: TYPED })), texts.in('es'), AT),
  }
  for (const script of Object.keys(NAMES)) files[script] = await formPdf(aboutOf(named(script)), english, AT)
  const origin = await served(files)
  const complaints: string[] = []
  const context = await newContext(browser, 1280, complaints)
  for (const name of Object.keys(files)) {
    const page = await context.newPage()
    await page.goto(`${origin}/${name}.pdf`)
    t.equal(await page.evaluate('document.contentType'), 'application/pdf', name)
    t.ok(await isShown(page), `${name} is drawn`)
    await picture(page, `form ${name}`, 1280)
    await page.close()
  }
  const page = await context.newPage()
  await page.goto(`${origin}/none.pdf`)
  t.notOk(await isShown(page, 3), 'and what can’t be opened is told from it')
  t.strictSame(complaints, [])
})

t.test('a blank form takes what is typed into it', async (t) => {
  const origin = await served({ blank: await formPdf(blankAbout('access'), texts.in('en'), AT) })
  const page = await (await newContext(browser, 1280, [])).newPage()
  await page.goto(`${origin}/blank.pdf`)
  t.ok(await isShown(page))
  // Its first field is the postbox number, below the title on the left.
  const clip = { x: 440, y: 230, width: 240, height: 60 }
  await page.mouse.click(520, 274)
  await page.waitForTimeout(500)
  const before = await page.screenshot({ clip, caret: 'hide' })
  await page.keyboard.type('K7M-2QX-9DP')
  await page.waitForTimeout(1000)
  const after = await page.screenshot({ clip, caret: 'hide' })
  await picture(page, 'form typed into', 1280)
  t.ok(after.length > before.length + 400, `${before.length} and ${after.length} bytes`)
})

/** Bytes of a picture with a form on it: an empty page, or the viewer's word that it can't open a file, has far less. */
const LEAST = 40_000

async function isShown(page: Page, seconds = 20): Promise<boolean> {
  for (let second = 0; second < seconds; second++) {
    await page.waitForTimeout(1000)
    if ((await page.screenshot()).length > LEAST) return true
  }
  return false
}

async function served(files: Readonly<Record<string, Buffer>>): Promise<string> {
  const server = createServer((request, response) => {
    const name = /^\/(\w+)\.pdf$/.exec(request.url ?? '')?.[1] ?? ''
    response.writeHead(200, { 'content-type': 'application/pdf' })
    response.end(files[name] ?? Buffer.from('%PDF-1.7\nnothing in it\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
