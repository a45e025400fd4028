// Ways through the site in a browser, with and without scripts.

import { Readable } from 'node:stream'
import t from 'tap'
import { PDFDocument } from '../../src/documents/pdf-library.js'
import { ANSWER, CODE, document, NUMBER, newWorld } from '../web/fakes.js'
import { launch, newContext, openRecords, picture, startSite } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

t.test('without scripts the records open through code and answer, and close again', async (t) => {
  const world = newWorld()
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const page = await (await newContext(browser, 390, [], false)).newPage()
  await page.goto(`${origin}/open`)
  await page.fill('[name=number]', 'abcd 2345 efgh')
  await page.click('main button')
  await page.fill('[name=code]', 'Code: 4821-0073 9155 6241.')
  await page.click('main button')
  await page.fill('[name=answer]', ANSWER)
  await page.click('main button')
  t.equal(new URL(page.url()).pathname, '/records')
  t.match(await page.textContent('main'), 'Blood test results.pdf')
  const download = page.waitForEvent('download')
  await page.click('a[href^="/records/documents/0?"]')
  t.equal((await download).suggestedFilename(), 'Blood test results.pdf')
  await page.click('form[action="/records/sign-out"] button')
  t.equal(new URL(page.url()).pathname, '/signed-out')
  t.ok(world.asked.includes(`enterCode ${NUMBER} ${CODE} 127.0.0.1`))
  t.ok(world.asked.includes('signOut s1'))
})

t.test('the code is grouped while it is typed, and what was pasted stays readable', async (t) => {
  const { server, origin } = await startSite(newWorld())
  t.teardown(() => server.stop({ timeout: 100 }))
  const complaints: string[] = []
  const page = await (await newContext(browser, 390, complaints)).newPage()
  await page.goto(`${origin}/open/${NUMBER}`)
  await page.locator('[name=code]').pressSequentially(CODE)
  t.equal(await page.inputValue('[name=code]'), '4821 0073 9155 6241')
  // A digit put into the middle stays where it was typed.
  await page.evaluate("document.querySelector('[name=code]').setSelectionRange(5, 5)")
  await page.keyboard.type('9')
  t.equal(await page.inputValue('[name=code]'), '4821 9007 3915 5624 1')
  t.equal(await page.evaluate("document.querySelector('[name=code]').selectionStart"), 6)
  await page.fill('[name=code]', 'Code: 4821-0073 9155 6241.')
  t.equal(await page.inputValue('[name=code]'), 'Code: 4821-0073 9155 6241.')
  await page.click('main button')
  t.match(new URL(page.url()).pathname, /\/question$/)
  t.strictSame(complaints, [])
})

t.test('after a wrong code, reloading and going back send no form again', async (t) => {
  const world = newWorld()
  world.code = { kind: 'refused' }
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const page = await (await newContext(browser, 390, [])).newPage()
  await page.goto(`${origin}/open/${NUMBER}`)
  await page.fill('[name=code]', CODE)
  await page.click('main form button')
  await page.waitForSelector('.nhsuk-error-summary')
  await page.reload()
  t.equal(await page.locator('.nhsuk-error-summary').count(), 0)
  await page.fill('[name=code]', CODE)
  await page.click('main form button')
  await page.waitForSelector('.nhsuk-error-summary')
  await page.goto(`${origin}/help`)
  await page.goBack()
  t.match(await page.title(), /^Enter your code/)
  t.equal(world.asked.filter((line) => line.startsWith('enterCode')).length, 2)
})

t.test('times are shown in the time zone of the reader', async (t) => {
  const { server, origin } = await startSite(newWorld())
  t.teardown(() => server.stop({ timeout: 100 }))
  const page = await (await newContext(browser, 1280, [])).newPage()
  await openRecords(page, origin)
  t.match(await page.textContent('main'), /November 21, 2026 at 9:05\sAM/)
})

t.test('a PDF opens in the browser although it is sandboxed', async (t) => {
  const world = newWorld()
  const pdf = await PDFDocument.create()
  pdf.addPage([300, 200]).drawText('A small sample')
  const bytes = Buffer.from(await pdf.save())
  if (world.records) world.records = { ...world.records, documents: [document('a.pdf', 'application/pdf', bytes.length)] }
  world.documentStream = () => Readable.from([bytes])
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const complaints: string[] = []
  const context = await newContext(browser, 1280, complaints)
  const page = await context.newPage()
  await openRecords(page, origin)
  const opened = context.waitForEvent('page')
  await page.click('a[href^="/records/documents/0/view"]')
  const view = await opened
  await view.waitForLoadState()
  await view.waitForTimeout(1500)
  await picture(view, 'pdf view', 1280)
  t.notMatch(view.url(), /^chrome-error/)
  t.equal(await view.evaluate('document.contentType'), 'application/pdf')
  t.strictSame(complaints, [])
})

t.test('before the session ends there is a warning, and a way to stay', async (t) => {
  const world = newWorld()
  if (world.records) world.records = { ...world.records, idleUntil: world.records.receivedAt + 86_400_000 + 130_000 }
  const { server, origin } = await startSite(world)
  t.teardown(() => server.stop({ timeout: 100 }))
  const page = await (await newContext(browser, 390, [])).newPage()
  await openRecords(page, origin)
  t.notOk(await page.isVisible('.hpx-idle'))
  // Two minutes before the end; until then there are ten seconds, enough for the look above.
  await page.waitForSelector('.hpx-idle', { state: 'visible' })
  await picture(page, 'idle', 390)
  const before = world.asked.filter((line) => line === 'records s1').length
  const stayed = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/records')
  await page.click('.hpx-idle a')
  await stayed
  t.equal(world.asked.filter((line) => line === 'records s1').length, before + 1)
})
