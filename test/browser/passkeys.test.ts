// Passkeys in a browser with a device that a program plays (a virtual authenticator), against the whole service.

import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openTown, type Town } from '../support/town.js'
import { axeFindings, launch, newContext, overflow, picture } from './support.js'

const PERSON = 'maria@example.org'

const browser = await launch()
t.teardown(() => browser.close())

/** `localhost`, as browsers have no passkeys for an address in digits. */
const openHere = (t: Test) => openTown(t, { settings: { HEPOEX_WEB_HOST: 'localhost' } })

/** A page of a browser with a phone that says yes to everything; `device` names it for the protocol. */
async function withDevice(context: BrowserContext) {
  const page = await context.newPage()
  const protocol = await context.newCDPSession(page)
  await protocol.send('WebAuthn.enable')
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  } as const
  const { authenticatorId } = await protocol.send('WebAuthn.addVirtualAuthenticator', { options })
  return { page, protocol, authenticatorId }
}

async function signInByMail(page: Page, town: Town): Promise<void> {
  await page.goto(`${town.service.webUrl}/sign-in`)
  await page.fill('[name=address]', PERSON)
  await page.click('form[action="/sign-in"] button')
  const mail = await town.mail(PERSON, /\/sign-in\/link\//)
  await page.goto(town.service.webUrl + (mail.text.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? ''))
  await page.click('main form button')
  await page.waitForURL('**/profile')
}

async function isGood(t: Test, page: Page, name: string): Promise<void> {
  await picture(page, name, 390)
  t.strictSame(await axeFindings(page), [], `${name}: accessible`)
  t.equal(await overflow(page), 0, `${name}: no horizontal scroll`)
}

async function signInByPasskey(page: Page, town: Town): Promise<void> {
  await page.goto(`${town.service.webUrl}/sign-in`)
  await page.click('form[data-passkey] button')
}

t.test('added after a sign-in by mail, it signs her in without an address, until she removes it', async (t) => {
  const town = await openHere(t)
  const complaints: string[] = []
  const context = await newContext(browser, 390, complaints)
  const { page, protocol, authenticatorId } = await withDevice(context)
  // The phone would say yes to the address field before the button can be pressed.
  await page.addInitScript('if (globalThis.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false')
  await signInByMail(page, town)
  await isGood(t, page, 'profile without passkeys')
  await page.click('a[href="/profile/passkeys/add"]')
  await isGood(t, page, 'passkey add')
  t.notOk(await page.isVisible('[data-passkey-without]'))
  await page.fill('[name=name]', 'my phone')
  await page.click('main form button')
  await page.waitForURL('**/profile?done=passkey-added')
  t.match(await page.textContent('main'), /my phone/)
  await isGood(t, page, 'profile with a passkey')
  t.match((await town.mail(PERSON, /passkey was added/)).text, /opens none of your documents/)
  const { credentials } = await protocol.send('WebAuthn.getCredentials', { authenticatorId })
  t.match(credentials, [{ isResidentCredential: true, rpId: 'localhost' }])
  const [credential] = credentials
  t.equal(Buffer.from(credential?.userHandle ?? '', 'base64').length, 64)

  await page.goto(`${town.service.webUrl}/profile`)
  await page.click('form[action="/sign-out"] button')
  await page.waitForURL('**/signed-out')
  const posts: string[] = []
  page.on(
    'request',
    (request) => request.url().endsWith('/sign-in/passkey') && request.method() === 'POST' && posts.push(request.postData() ?? ''),
  )
  await signInByPasskey(page, town)
  await page.waitForURL('**/profile')
  t.match(await page.textContent('main'), new RegExp(PERSON))
  t.match(await page.textContent('main'), /Last used/)

  // The same answer of the device once more, from the same browser.
  const sessions = async () => (await town.service.store.database.read('sessions')).length
  const before = await sessions()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const replayed = await context.request.post(`${town.service.webUrl}/sign-in/passkey`, { data: posts[0] ?? '', headers })
  t.equal(replayed.status(), 422)
  t.match(await replayed.text(), /could not sign you in with that passkey/)
  t.equal(await sessions(), before)

  await page.goto(`${town.service.webUrl}/profile`)
  await page.click('a[href$="/remove"]')
  await isGood(t, page, 'passkey remove')
  await page.click('main form button')
  await page.waitForURL('**/profile?done=passkey-removed')
  t.notMatch(await page.textContent('main'), /my phone/)
  t.match((await town.mail(PERSON, /passkey was removed/)).text, /signs nobody in any more/)
  await page.click('form[action="/sign-out"] button')
  await page.waitForURL('**/signed-out')
  await signInByPasskey(page, town)
  await page.waitForSelector('.nhsuk-error-summary')
  t.match(await page.title(), /^Error: /)
  await isGood(t, page, 'passkey unknown')

  const events = await town.service.store.database.read('events').whereNot({ kind: 'answer-set' }).orderBy('at')
  t.strictSame(
    events.filter(({ kind }) => kind === 'signed-in').map(({ details }) => details),
    ['{}', '{"by":"passkey"}'],
  )
  for (const kind of ['passkey-added', 'passkey-removed']) t.equal(events.filter((each) => each.kind === kind).length, 1, kind)
  t.ok(town.log.some((line) => line.includes('"reason":"passkey-over"')))
  t.ok(town.log.some((line) => line.includes('"reason":"passkey-unknown"')))
  t.notMatch(town.log.join('\n'), /my phone|maria@/)
  t.strictSame(complaints, [])
})

t.test('beside the address field the browser offers the passkey by itself', async (t) => {
  const town = await openHere(t)
  const { page } = await withDevice(await newContext(browser, 390, []))
  await signInByMail(page, town)
  await page.goto(`${town.service.webUrl}/profile/passkeys/add`)
  await page.click('main form button')
  await page.waitForURL('**/profile?done=passkey-added')
  await page.click('form[action="/sign-out"] button')
  await page.waitForURL('**/signed-out')
  await page.goto(`${town.service.webUrl}/sign-in`)
  await page.waitForURL('**/profile')
  t.match(await page.textContent('main'), /Last used/)
})

t.test('a device that says no is told calmly, and the page stays as it is', async (t) => {
  const town = await openHere(t)
  const context = await newContext(browser, 390, [])
  const { page, protocol, authenticatorId } = await withDevice(context)
  await protocol.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await page.goto(`${town.service.webUrl}/sign-in`)
  await page.click('form[data-passkey] button')
  await page.waitForSelector('[data-passkey-failed]:not([hidden])')
  t.equal(new URL(page.url()).pathname, '/sign-in')
})

t.test('without JavaScript, or at another name of the site, the page is as it is without passkeys', async (t) => {
  const town = await openHere(t)
  const plain = await (await newContext(browser, 390, [], false)).newPage()
  await plain.goto(`${town.service.webUrl}/sign-in`)
  t.notOk(await plain.isVisible('form[data-passkey]'))
  t.ok(await plain.isVisible('[name=address]'))
  const other = await (await newContext(browser, 390, [])).newPage()
  await other.goto(`${town.service.webUrl.replace('localhost', 'postbox.localhost')}/sign-in`)
  await other.waitForLoadState('networkidle')
  t.notOk(await other.isVisible('form[data-passkey]'))
})

t.test('at an address in digits nothing is offered', async (t) => {
  const town = await openTown(t)
  const visitor = town.visitor()
  t.notMatch((await visitor.open('/sign-in')).html, /passkey/i)
  await visitor.submit(await visitor.open('/sign-in'), { address: PERSON })
  const mail = await town.mail(PERSON, /\/sign-in\/link\//)
  await visitor.submit(await visitor.open(mail.text.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? ''))
  t.notMatch((await visitor.open('/profile')).html, /passkey/i)
  t.equal((await visitor.open('/profile/passkeys/add')).status, 404)
})

t.test('a page of the sign-in costs less than 25 KB of script', async (t) => {
  const town = await openHere(t)
  const page = await (await newContext(browser, 390, [])).newPage()
  const sizes: number[] = []
  page.on('response', async (response) => {
    if (response.url().includes('.js')) sizes.push(Number(response.headers()['content-length']))
  })
  await page.goto(`${town.service.webUrl}/sign-in`, { waitUntil: 'networkidle' })
  t.equal(sizes.length, 4)
  t.ok(sizes.reduce((sum, size) => sum + size, 0) < 25_000, sizes.join(' '))
})
