// A held fax, settled by an admin in a browser, against the whole service.

import { createTransport } from 'nodemailer'
import t from 'tap'
import { providerRegistry } from '../../src/accounts/providers.js'
import { drawPage, tiffOf } from '../documents/paged/tiff-files.js'
import { openTown } from '../support/town.js'
import { launch, newContext, picture } from './support.js'

const PERSON = 'pat@home.example'
const ADMIN = 'ann@operator.example'
const GATEWAY = 'fax@gateway.example'

const browser = await launch()
t.teardown(() => browser.close())

t.test('an admin signs in, sees that a fax waits, looks at its first page and sends it on', async (t) => {
  const town = await openTown(t, { copies: true })
  const registry = providerRegistry({ store: town.service.store, now: () => Date.now() })
  await registry.add({
    ...{ name: 'Lakeside Clinic', slug: 'lakeside', senders: [], faxSenders: [GATEWAY], receiptsTo: 'records@lakeside.example' },
    ...{ auth: ['network'], networks: ['127.0.0.1/32'], unmatched: 'hold' },
  })
  await town.register(PERSON, 'Whose boat is in the story?', 'The Wandering Albatross')
  const admin = { id: 'admin-1', address: ADMIN, language: 'en', invitedAt: 1, firstSignInAt: null }
  await town.service.store.write((tables) => tables.admins.invite(admin))
  const transport = createTransport({ host: '127.0.0.1', port: town.service.smtpPort, ignoreTLS: true })
  const content = tiffOf([{ bitmap: drawPage(1728, 2200, 5), tags: { 282: 204, 283: 196, 296: 2 } }])
  const attachments = [{ filename: 'fax.tif', contentType: 'image/tiff', content }]
  await transport.sendMail({ from: GATEWAY, to: 'lakeside@intake.localhost', subject: 'New fax', text: 'Fax', attachments })
  transport.close()
  const page = await (await newContext(browser, 1280, [])).newPage()
  await page.goto(`${town.service.webUrl}/admin/sign-in`)
  await page.fill('[name=address]', ADMIN)
  await page.click('main form button')
  const mail = await town.mail(ADMIN, /\/sign-in\/link\//)
  await page.goto(town.service.webUrl + (mail.text.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? ''))
  await page.click('main form button')
  await page.click('a[href="/admin/held"]')
  await page.click('a[href^="/admin/held/"]')
  await page.fill('[name=look-why]', 'the clinic cannot be reached')
  await page.click('form[action$="/look"] button')
  await page.waitForFunction('document.images.length === 1 && document.images[0].naturalWidth > 1000')
  await picture(page, 'held first page', 1280)
  await page.goBack()
  await page.fill('[name=to]', PERSON)
  await page.fill('[name=why]', 'the number of the clinic is on the page')
  await page.click('form[action$="/assign"] button')
  t.match(await page.textContent('main'), /It is being sent on/)
  t.match((await town.mail(PERSON, /\/open\//)).text, /It came by fax/)
})
