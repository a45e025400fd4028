// One person's whole way on a phone, in each language: registers, is sent records, opens, reads and saves them, says that some are not
// hers, deletes others. The whole service, real mails, a real browser.

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { buildCss } from '../../scripts/build-css.mjs'
import { TEXTS } from '../../src/folders.js'
import { loadTexts, type Text } from '../../src/texts.js'
import { PDF } from '../support/raw.js'
import { type Mail, openTown, type Town } from '../support/town.js'
import { axeFindings, launch, newContext, overflow, picture } from './support.js'

const WIDTH = 390
const PERSON = 'maria@example.org'
const [QUESTION, ANSWER] = ['What did I drop into the lake that summer, and who laughed?', 'the ladle, and Aunt Rosa']

await buildCss()
const browser = await launch()
t.teardown(() => browser.close())
const texts = loadTexts(TEXTS)

/** What one journey goes with. */
interface Way {
  readonly t: Test
  readonly town: Town
  readonly page: Page
  readonly say: Text
  readonly language: string
}

for (const language of texts.languages) {
  t.test(`the whole way in ${language}`, async (t) => {
    const town = await openTown(t, { copies: true })
    const complaints: string[] = []
    const page = await (await newContext(browser, WIDTH, complaints)).newPage()
    const way: Way = { t, town, page, say: texts.in(language), language }
    await register(way)
    const first = await sendRecords(way, 1)
    await open(way, first)
    await readAndSave(way)
    await report(way)
    await open(way, await sendRecords(way, 2))
    await remove(way)
    t.strictSame(complaints, [], 'nothing went wrong in the browser, and no other host was asked')
  })
}

async function isGood({ t, page, language }: Way, name: string, heading: string): Promise<void> {
  await picture(page, `${language} ${name}`, WIDTH)
  t.equal(await page.textContent('h1'), heading, `${name}: ${heading}`)
  t.equal(await page.getAttribute('html', 'lang'), language, `${name}: in ${language}`)
  t.strictSame(await axeFindings(page), [], `${name}: accessible`)
  t.equal(await overflow(page), 0, `${name}: no sideways scroll`)
}

const linkIn = ({ text }: Mail, path: RegExp) => new RegExp(`http\\S+${path.source}\\S*`).exec(text)?.[0] ?? ''

async function register(way: Way): Promise<void> {
  const { town, page, say, language } = way
  await page.goto(`${town.service.webUrl}/?lang=${language}`)
  await isGood(way, 'home', say('web.home.title'))
  await page.click('main a[href="/sign-in"]')
  await page.fill('[name=address]', PERSON)
  await page.click('main form button')
  const mail = await town.mail(PERSON, /\/sign-in\/link\//)
  way.t.equal(mail.subject, say('mail.sign-in.subject'))
  await page.goto(linkIn(mail, /\/sign-in\/link\//))
  await page.click('main form button')
  await isGood(way, 'profile of a new person', say('web.profile.title'))
  await page.click('main a[href="/profile/question"]')
  await page.fill('[name=question]', QUESTION)
  await page.fill('[name=answer]', ANSWER)
  await page.fill('[name=again]', ANSWER)
  await page.click('main form button')
  await page.goto(`${town.service.webUrl}/profile/details`)
  await isGood(way, 'details', say('settings.details.title'))
  way.t.equal(await page.inputValue('[name=language]'), language, 'her language is the one she registered in')
  way.t.equal(await page.inputValue('[name=timeZone]'), 'America/New_York', 'the time zone of her phone is offered')
  await page.check('[name=showProvider]')
  await page.click('main form button')
  await isGood(way, 'profile', say('web.profile.title'))
}

/** The clinic mails; she is told. */
async function sendRecords({ t, town, say }: Way, nth: number): Promise<Mail> {
  await town.send({
    subject: PERSON,
    text: `Letter ${nth}: see the attached results.`,
    attachments: [{ filename: `results-${nth}.pdf`, contentType: 'application/pdf', content: PDF }],
  })
  const notice = (await town.mails(PERSON)).findLast(({ subject }) => subject === say('mail.notice.subject'))
  if (!notice) throw new Error('no notice')
  t.match(notice.text, /Sample Clinic/, 'the notice names the clinic, as she chose')
  t.match(notice.text, say('mail.notice.code'))
  return notice
}

async function open(way: Way, notice: Mail): Promise<void> {
  const { page, say } = way
  await page.goto(linkIn(notice, /\/open\//))
  await isGood(way, 'code', say('web.open.code-title'))
  await page.fill('[name=code]', /\d{4} \d{4} \d{4} \d{4}/.exec(notice.text)?.[0] ?? '')
  await page.click('main form button')
  await isGood(way, 'question', say('web.question.title'))
  await page.fill('[name=answer]', ANSWER.toUpperCase())
  await page.click('main form button')
  await isGood(way, 'records', say('web.records.title'))
}

async function readAndSave({ t, page }: Way): Promise<void> {
  await page.click('main a[href^="/records/view/0"]')
  t.match(await page.textContent('main'), /Letter 1: see the attached results/)
  await page.goBack()
  const download = page.waitForEvent('download')
  await page.click('main a[href^="/records/documents/1?"]')
  const saved = await download
  t.equal(saved.suggestedFilename(), 'results-1.pdf')
  t.ok((await readFile(await saved.path())).equals(PDF), 'the file is what the clinic sent')
}

async function report(way: Way): Promise<void> {
  const { t, town, page, say } = way
  await page.click('main a[href^="/records/not-mine"]')
  await isGood(way, 'not mine', say('packages.not-mine.title'))
  await page.click('main form button')
  t.match(await page.textContent('main'), say('packages.not-mine.done-text'))
  await page.goto(`${town.service.webUrl}/records`)
  t.not(await page.textContent('h1'), say('web.records.title'), 'closed at once')
}

async function remove(way: Way): Promise<void> {
  const { page, say } = way
  await page.click('main a[href^="/records/delete"]')
  await isGood(way, 'delete', say('web.delete.title'))
  await page.click('main form button')
  await isGood(way, 'deleted', say('web.delete.done-title'))
}
