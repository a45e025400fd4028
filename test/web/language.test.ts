// The language of the pages: what was chosen counts for more than what the browser asks for.

import t from 'tap'
import { newWorld, opened, setCookies, signedIn, Visitor, webServer } from './fakes.js'

const SPANISH = { 'accept-language': 'es-MX,es;q=0.9,en;q=0.5' }
const languageOf = (payload: string) => /<html[^>]* lang="(\w+)"/.exec(payload)?.[1]

t.test('the browser is asked first', async (t) => {
  const server = await webServer(newWorld())
  t.equal(languageOf((await new Visitor(server).get('/contact')).payload), 'en')
  const page = await new Visitor(server).get('/contact', SPANISH)
  t.equal(languageOf(page.payload), 'es')
  t.match(page.payload, /<h1>Contacto<\/h1>/)
})

t.test('a choice stays with the browser, for pages and redirects alike', async (t) => {
  const server = await webServer(newWorld())
  const visitor = new Visitor(server)
  const page = await visitor.get('/contact?lang=es')
  t.equal(languageOf(page.payload), 'es')
  const cookie = setCookies(page).find((line) => line.startsWith('hepoex-language')) ?? ''
  t.match(cookie, /Max-Age=31536000.*HttpOnly.*SameSite=Lax/)
  t.equal(languageOf((await visitor.get('/')).payload), 'es')
  t.equal(languageOf((await visitor.get('/', SPANISH)).payload), 'es')
  t.equal(languageOf((await visitor.get('/?lang=en', SPANISH)).payload), 'en')
  t.equal(languageOf((await visitor.get('/', SPANISH)).payload), 'en')
  t.equal((await visitor.get('/profile?lang=es')).statusCode, 303)
  t.equal(languageOf((await visitor.get('/sign-in')).payload), 'es', 'also by way of a redirect')
})

t.test('what is no language of ours is no choice', async (t) => {
  const server = await webServer(newWorld())
  const visitor = new Visitor(server)
  for (const lang of ['xx', '', '__proto__', 'es%00', 'en&lang=es']) {
    const page = await visitor.get(`/?lang=${lang}`)
    t.equal(languageOf(page.payload), 'en', lang)
    t.strictSame(
      setCookies(page).filter((line) => line.startsWith('hepoex-language')),
      [],
      lang,
    )
  }
})

t.test('each page links to itself in the other language, with what it was asked for', async (t) => {
  const visitor = await opened(await webServer(newWorld()))
  const page = await visitor.get('/records/delete?package=ABCD2345EFGH')
  t.match(page.payload, /<span aria-current="true" lang="en">English<\/span>/)
  t.match(
    page.payload,
    /<a href="\/records\/delete\?package=ABCD2345EFGH&amp;lang=es" lang="es" hreflang="es" rel="alternate">Español<\/a>/,
  )
  t.notMatch((await visitor.get('/help?state=SECRET&package=P1&code=SECRET')).payload, /SECRET/, 'but nothing that may be a secret')
  t.match((await visitor.get('/nothing/here')).payload, /<a href="\/\?lang=es"/, 'a page that is not there has no other language')
})

t.test('an error page speaks it, too', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  const page = await visitor.get('/nothing?lang=es')
  t.equal(page.statusCode, 404)
  t.equal(languageOf(page.payload), 'es')
  await visitor.get('/?lang=es')
  t.equal(languageOf((await visitor.get('/nothing')).payload), 'es')
})

t.test('signing in brings her own language to a browser where nothing was chosen', async (t) => {
  const world = newWorld()
  world.signIn = { kind: 'signed-in', session: 'session-1', role: 'consumer', language: 'es' }
  const server = await webServer(world)
  const visitor = await signedIn(server)
  t.equal(languageOf((await visitor.get('/')).payload), 'es')
  const chooser = new Visitor(server)
  await chooser.get('/?lang=en')
  await chooser.post('/sign-in/link/token-1', {})
  t.equal(languageOf((await chooser.get('/')).payload), 'en', 'but not over a choice')
})

t.test('a Host header that is none does not keep a page from having links to its languages', async (t) => {
  const server = await webServer(newWorld())
  for (const host of ['<script>', '"', 'a b', '']) {
    const page = await server.inject({ method: 'GET', url: '/help', headers: { host } })
    t.equal(page.statusCode, 200, host)
    t.match(page.payload, 'href="/help?lang=es"', host)
  }
})
