// The whole service against a visitor who means harm, over real sockets: what a GET may change, whose name links carry, what a stranger
// learns of who is registered, and what a restart forgets.

import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { formsOf, type Visitor, wordsOf } from '../../scripts/visitor.mjs'
import { providerRegistry } from '../../src/accounts/providers.js'
import type { Store } from '../../src/store/store.js'
import { PDF } from '../support/raw.js'
import { fieldsOf, rawRequest, statusOf } from '../support/raw-http.js'
import { openTown, readNotice, type Town } from '../support/town.js'
import { newWorld, webServer } from '../web/fakes.js'

const PERSON = 'pat@home.example'
const QUESTION = 'Whose boat is in the story?'
const ANSWER = 'The Wandering Albatross'
const FORM = 'Content-Type: application/x-www-form-urlencoded'

/** A port nobody has, as the system chooses it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/** What of a row is no act: how long a session that is looked at may go on, and how far a mail on its way has come. */
const PASSING: Readonly<Record<string, readonly string[]>> = {
  sessions: ['idle_until'],
  openings: ['idle_until'],
  outbox: ['state', 'run_at', 'attempts', 'lease_by', 'lease_until', 'ended_at', 'payload'],
}

/** Every row of every table, and every file of the packages. */
async function everything(town: Town, store: Store): Promise<Record<string, string[]>> {
  const knex = store.database.read
  const tables: Array<{ name: string }> = await knex('sqlite_master')
    .where({ type: 'table' })
    .whereNot('name', 'like', 'sqlite_%')
    .select('name')
  const all: Record<string, string[]> = { files: await readdir(join(town.folder, 'mailboxes', 'packages'), { recursive: true }) }
  for (const { name } of tables) {
    const rows: Array<Record<string, unknown>> = await knex(name)
    all[name] = rows.map((row) => JSON.stringify(row, (key, value) => (PASSING[name]?.includes(key) ? undefined : value))).sort()
  }
  return all
}

async function withOpenRecords(town: Town): Promise<{ visitor: Visitor; number: string }> {
  const visitor = await town.register(PERSON, QUESTION, ANSWER)
  await town.send({ subject: PERSON, attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', content: PDF }] })
  const { path, code } = readNotice(await town.mail(PERSON, /\/open\//))
  const page = await visitor.submit(await visitor.submit(await visitor.open(path), { code }), { answer: ANSWER })
  if (!page.url.endsWith('/records')) throw new Error('not opened')
  return { visitor, number: path.split('/').at(-1) ?? '' }
}

t.test('GET and HEAD change no row and no file, whoever sends them, on any route', async (t) => {
  const town = await openTown(t)
  const { visitor, number } = await withOpenRecords(town)
  await visitor.submit(await visitor.open('/profile/reset'))
  const cancel = (await town.mail(PERSON, /\/cancel-reset\//)).text.match(/\/cancel-reset\/([\w-]+)/)?.[1] ?? ''
  const asking = town.visitor()
  await asking.submit(await asking.open('/sign-in'), { address: 'new@home.example' })
  const link = (await town.mail('new@home.example', /\/sign-in\/link\//)).text.match(/\/sign-in\/link\/([\w-]+)/)?.[1] ?? ''
  const values: Record<string, string> = { number, index: '0', file: 'hepoex.css', id: 'm1', path: 'nothing/here', step: 'person' }
  const paths = (await webServer(newWorld()))
    .table()
    .flatMap(({ path }) =>
      [link, cancel].map((token) =>
        path.replace(/\{(\w+)\*?\}/g, (_whole, name: string) => ({ ...values, token })[name] ?? `no-value-for-${name}`),
      ),
    )
  t.notMatch(paths.join(), 'no-value', 'every parameter has a value')
  const before = await everything(town, town.service.store)
  t.ok(before.packages?.length === 1 && before.openings?.length === 1 && before.resets?.length === 1)
  for (const path of new Set(paths)) {
    for (const who of [visitor, asking, town.visitor()]) for (const method of ['GET', 'HEAD']) await who.request(path, { method })
  }
  t.strictSame(await everything(town, town.service.store), before)
  t.equal((await visitor.open('/records')).status, 200, 'and the records are still open')
})

/** A browser by hand, whose every request names another host. */
async function forgedSignIn(t: Test, port: number, address: string): Promise<string> {
  const forged = ['Host: evil.example', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https', 'Origin: https://evil.example']
  const page = await rawRequest(t, port, ['GET /sign-in HTTP/1.1', ...forged])
  const cookie = fieldsOf(page, 'set-cookie')[0]?.split(';')[0] ?? ''
  const crumb = formsOf(page)[0]?.hidden.crumb ?? ''
  const body = new URLSearchParams({ crumb, address }).toString()
  return rawRequest(t, port, ['POST /sign-in HTTP/1.1', ...forged, FORM, `Cookie: ${cookie}`, `Content-Length: ${body.length}`], body)
}

t.test('links in mails carry the site’s own name, whatever Host a request gave', async (t) => {
  const port = await freePort()
  const town = await openTown(t, { settings: { HEPOEX_PUBLIC_URL: 'https://postbox.example.org', HEPOEX_WEB_PORT: String(port) } })
  const answer = await forgedSignIn(t, port, PERSON)
  t.equal(statusOf(answer), 303)
  t.equal(fieldsOf(answer, 'location')[0], '/sign-in/code')
  const mail = await town.mail(PERSON, /\/sign-in\/link\//)
  t.match(mail.text, 'https://postbox.example.org/sign-in/link/')
  t.notMatch(`${mail.text} ${mail.html} ${JSON.stringify([...mail.headers])}`, 'evil')
})

t.test('a line end in an address makes no mail to anybody else', async (t) => {
  const town = await openTown(t)
  for (const address of [
    `${PERSON}\r\nBcc: evil@evil.example`,
    `${PERSON}\nevil@evil.example`,
    `${PERSON}, evil@evil.example`,
    `${PERSON}>\r\nRCPT TO:<evil@evil.example`,
  ]) {
    const visitor = town.visitor()
    t.equal((await visitor.submit(await visitor.open('/sign-in'), { address })).status, 422, JSON.stringify(address))
  }
  const visitor = town.visitor()
  await visitor.submit(await visitor.open('/sign-in'), { address: PERSON })
  await town.mail(PERSON, /\/sign-in\/link\//)
  t.strictSame([...new Set(town.relay.messages.map(({ to }) => to))], [PERSON])
})

t.test('the site says the same to whoever asks, registered or not, to sign in and to type characters', async (t) => {
  const town = await openTown(t)
  await town.register(PERSON, QUESTION, ANSWER)
  const pages = []
  for (const address of [PERSON, 'nob@home.example']) {
    const visitor = town.visitor()
    const asked = await visitor.submit(await visitor.open('/sign-in'), { address })
    const typed = await visitor.submit(asked, { code: 'AAAA2222' })
    const plain = (html: string) => wordsOf(html).replaceAll(address, 'ADDRESS')
    pages.push({ asked: [asked.status, asked.url, plain(asked.html)], typed: [typed.status, typed.url, plain(typed.html)] })
  }
  t.strictSame(pages[0], pages[1])
  t.equal(pages[0]?.typed[0], 422)
})

t.test('a limit that was reached stays reached over a restart, and so does a session', async (t) => {
  const town = await openTown(t, { settings: { HEPOEX_TRUSTED_PROXIES: '127.0.0.1' } })
  const ask = async (peer: string) => {
    const visitor = town.visitor()
    const [form] = formsOf((await visitor.open('/sign-in')).html)
    const body = new URLSearchParams({ ...form?.hidden, address: PERSON }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': peer }
    return visitor.request('/sign-in', { method: 'POST', body, headers })
  }
  for (let peer = 1; peer <= 5; peer++) t.equal((await ask(`203.0.113.${peer}`)).status, 200)
  const link = (await town.mail(PERSON, /\/sign-in\/link\//)).text.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? ''
  await town.restart()
  const late = await ask('203.0.113.9')
  t.equal(late.status, 429)
  t.ok(Number(late.headers.get('retry-after')) > 3600)
  const visitor = town.visitor()
  t.match((await visitor.submit(await visitor.open(link))).url, /\/profile$/, 'what was mailed before works')
  await town.restart()
  const back = new URL('/profile', town.service.webUrl).href
  t.match((await visitor.open(back)).url, /\/profile$/, 'and she is still signed in')
})

t.test('the mailed link of one person signs nobody else in, and her records are nobody else’s', async (t) => {
  const town = await openTown(t)
  const { number } = await withOpenRecords(town)
  const other = await town.register('other@home.example', 'Which tree did we plant then?', 'A crooked mirabelle')
  for (const path of ['/records', '/records/documents/0', '/records/all.zip', '/records/sealed', `/open/${number}/question`]) {
    const { status, html } = await other.open(path)
    t.equal(status, 409, path)
    t.notMatch(html, /Whose boat/)
  }
  t.notMatch(wordsOf((await other.open('/profile')).html), PERSON)
})

t.test('providers are known to nobody who asks the site', async (t) => {
  const town = await openTown(t)
  t.equal((await providerRegistry({ store: town.service.store, now: () => 1 }).list()).length, 1)
  for (const path of ['/', '/providers', '/provider', '/help', '/admin', '/nothing'])
    t.notMatch((await town.visitor().open(path)).html, /Sample Clinic/, path)
})
