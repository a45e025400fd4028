// Signing in with an OpenID Connect provider, over real sockets, and all the ways in which that comes to nothing.

import t, { type Test } from 'tap'
import { linksOf } from '../../scripts/visitor.mjs'
import { TRY_RULES } from '../../src/accounts/answer-check.js'
import { type Issuer, openIssuer, signInThere } from '../support/issuer.js'
import { openTown, type Town } from '../support/town.js'

const PERSON = 'maria@example.org'

async function openBoth(t: Test, how: { inIdToken?: boolean } = {}): Promise<{ town: Town; issuer: Issuer }> {
  const issuer = await openIssuer(t, how)
  const town = await openTown(t, { settings: issuer.settings })
  await issuer.admit(town.service.webUrl)
  return { town, issuer }
}

const events = (town: Town) => town.service.store.database.read('events').whereNot({ kind: 'provider-added' }).orderBy('at')
const refusals = (town: Town) => town.log.filter((line) => line.includes('sign-in-refused'))

for (const inIdToken of [false, true]) {
  t.test(`a verified address signs in and registers, ${inIdToken ? 'from the ID token' : 'from the userinfo page'}`, async (t) => {
    const { town } = await openBoth(t, { inIdToken })
    const visitor = town.visitor()
    t.match((await visitor.open('/sign-in')).html, /Continue with Sample Login/)
    const back = await signInThere(visitor, 'Maria@EXAMPLE.org')
    t.equal(new URL(back.url).pathname, '/sign-in/with/return')
    t.match(back.html, /Almost done/)
    t.equal((await events(town)).length, 0, 'coming back alone does nothing')
    const profile = await visitor.submit(back)
    t.equal(new URL(profile.url).pathname, '/profile')
    t.match(profile.html, PERSON)
    t.strictSame(
      (await events(town)).map(({ kind, details }) => [kind, details]),
      [
        ['registered', '{"by":"oidc"}'],
        ['signed-in', '{"by":"oidc"}'],
      ],
    )
    t.match(await visitor.open('/profile/passkeys/add'), { status: 404 }, 'no passkeys at an address in digits')
    // The very same form again, from the same browser.
    t.equal((await visitor.submit(back)).status, 409)
    t.notMatch(town.log.join('\n'), /maria|code=|eyJ/i)
  })
}

t.test('it is the same person as by mail, whose locked answer stays locked', async (t) => {
  const { town } = await openBoth(t)
  await town.register(PERSON, 'Whose boat is in the story?', 'The Wandering Albatross')
  const { store } = town.service
  const consumer = await store.read.consumers.byAddress(PERSON)
  const id = consumer?.id ?? ''
  for (let tries = 0; tries < TRY_RULES.lockAt; tries++)
    await store.write(({ answers }) => answers.reserveTry(id, 1, Date.now() + tries * 1e8, TRY_RULES))
  t.ok((await store.read.answers.get(id, 1))?.lockedAt)
  const visitor = town.visitor()
  const profile = await visitor.submit(await signInThere(visitor, PERSON))
  t.match(profile.html, /Your answer is locked/)
  t.ok((await store.read.answers.get(id, 1))?.lockedAt)
  t.equal((await store.read.consumers.list()).length, 1)
})

for (const login of ['unchecked maria@example.org', 'text maria@example.org', 'nobody', 'maria@mailbox', 'not-an-address']) {
  t.test(`"${login}" is nobody's address here, and she is told to use mail`, async (t) => {
    const { town } = await openBoth(t)
    const visitor = town.visitor()
    const page = await visitor.submit(await signInThere(visitor, login))
    t.equal(page.status, 422)
    t.match(page.html, /did not tell us an e-mail address that it has checked/)
    t.ok(linksOf(page.html).some(({ href }) => href === '/sign-in'))
    t.strictSame(await town.service.store.read.consumers.list(), [])
    t.match(refusals(town), [/oidc-unverified/])
  })
}

t.test('with another state, in another browser, or without having started, nothing comes of it', async (t) => {
  const { town } = await openBoth(t)
  const visitor = town.visitor()
  const back = await signInThere(visitor, PERSON)
  const stranger = town.visitor()
  const elsewhere = await stranger.submit(await stranger.open(new URL(back.url).pathname + new URL(back.url).search))
  t.equal(elsewhere.status, 409, 'the cookie is in the browser that started')
  const forged = new URL(back.url)
  forged.searchParams.set('state', 'A'.repeat(43))
  t.equal((await visitor.submit(await visitor.open(forged.pathname + forged.search))).status, 422)
  t.equal((await visitor.submit(back)).status, 409, 'and with that it is over')
  t.strictSame(await town.service.store.read.consumers.list(), [])
  t.match(refusals(town), [/oidc-over/, /oidc-failed.*invalid-response/, /oidc-over/])
})

t.test('a code that the provider did not give signs nobody in', async (t) => {
  const { town } = await openBoth(t)
  const visitor = town.visitor()
  const forged = new URL((await signInThere(visitor, PERSON)).url)
  forged.searchParams.set('code', 'made-up')
  t.equal((await visitor.submit(await visitor.open(forged.pathname + forged.search))).status, 422)
  t.match(refusals(town), [/oidc-failed.*response-body-error/])
})

t.test('who stops there is told that nothing was changed', async (t) => {
  const { town } = await openBoth(t)
  const visitor = town.visitor()
  const asked = await visitor.open('/sign-in/with')
  const abort = linksOf(asked.html).find(({ href }) => href?.endsWith('/abort'))
  const page = await visitor.open(new URL(abort?.href ?? '', asked.url).href)
  t.equal(page.status, 200)
  t.match(page.html, /You did not sign in/)
  const odd = await visitor.open('/sign-in/with/return?error=server_error&error_description=SECRET')
  t.equal(odd.status, 422)
  t.notMatch(odd.html, /SECRET/)
})

t.test('while the provider is down signing in by mail works, and its button says so', async (t) => {
  const { town, issuer } = await openBoth(t)
  await issuer.close()
  const visitor = town.visitor()
  const page = await visitor.open('/sign-in/with')
  t.equal(page.status, 503)
  t.match(page.html, /Sample Login does not answer/)
  t.match(refusals(town), [/oidc-unreachable.*no-connection/])
  t.ok(await town.register(PERSON, 'Whose boat is in the story?', 'The Wandering Albatross'))
})

t.test('down when she comes back, it is told as well', async (t) => {
  const { town, issuer } = await openBoth(t)
  const visitor = town.visitor()
  const back = await signInThere(visitor, PERSON)
  await issuer.close()
  t.equal((await visitor.submit(back)).status, 503)
  t.strictSame(await town.service.store.read.consumers.list(), [])
})

t.test('without a provider there is no such way', async (t) => {
  const town = await openTown(t)
  const visitor = town.visitor()
  t.notMatch((await visitor.open('/sign-in')).html, /Continue with/)
  for (const path of ['/sign-in/with', '/sign-in/with/return?code=a&state=b']) t.equal((await visitor.open(path)).status, 404, path)
})
