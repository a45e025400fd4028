// What every response carries, what cookies look like, and what happens to forged, stale, broken and oversized requests.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import Hapi from '@hapi/hapi'
import t, { type Test } from 'tap'
import type { LogFields } from '../../src/log.js'
import { registerCookies } from '../../src/web/cookies.js'
import { SCRIPT_HASH } from '../../src/web/headers.js'
import { testTls } from '../support/tls.js'
import { ANSWER, CODE, libraryFolder, NUMBER, newWorld, opened, setCookies, Visitor, webServer } from './fakes.js'

const SECRETS = [CODE, ANSWER]

t.test('the allowed hash is that of the one inline script of the template', async (t) => {
  const template = readFileSync(`${libraryFolder}/nhsuk/template.njk`, 'utf8')
  const scripts = [...template.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script)
  t.equal(scripts.length, 1)
  t.equal(
    `sha256-${createHash('sha256')
      .update(scripts[0] ?? '')
      .digest('base64')}`,
    SCRIPT_HASH,
  )
})

t.test('the script on a page is the one that was hashed', async (t) => {
  const { payload } = await new Visitor(await webServer(newWorld())).get('/')
  const inline = [...payload.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) =>
    createHash('sha256').update(script).digest('base64'),
  )
  t.strictSame(inline, [SCRIPT_HASH.slice(7)])
})

function hasHeaders(t: Test, headers: Record<string, unknown>, what: string, frames = 'none'): void {
  t.match(headers['content-security-policy'], /default-src 'none'/, `${what}: policy`)
  t.match(headers['content-security-policy'], `frame-ancestors '${frames}'`, `${what}: frames`)
  t.equal(headers['x-frame-options'], frames === 'none' ? 'DENY' : 'SAMEORIGIN', `${what}: frames, for old browsers`)
  t.notMatch(headers['content-security-policy'], /script-src[^;]*unsafe/, `${what}: scripts`)
  t.equal(headers['referrer-policy'], 'no-referrer', `${what}: referrer`)
  t.equal(headers['x-content-type-options'], 'nosniff', `${what}: sniffing`)
  t.equal(headers['cross-origin-opener-policy'], 'same-origin', `${what}: opener`)
  t.equal(headers['cross-origin-resource-policy'], 'same-origin', `${what}: resources`)
  t.match(headers['permissions-policy'], /camera=\(\)/, `${what}: permissions`)
  t.match(headers['x-robots-tag'], /noindex/, `${what}: robots`)
  t.equal(headers['x-powered-by'], undefined, `${what}: nobody's name`)
}

t.test('every response has the headers: pages, redirects, files, errors', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  const visitor = await opened(server)
  const paths = [
    '/',
    '/records',
    '/records/documents/0',
    '/records/documents/3/view',
    '/records/view/0',
    '/records/all.zip',
    '/records/sealed',
    '/register',
    '/assets/hepoex.css',
  ]
  for (const path of [
    ...paths,
    '/assets/none.css',
    '/nothing',
    '/healthz',
    '/readyz',
    '/metrics',
    '/outgoing',
    '/admin',
    '/%zz',
    '/open/%00',
    '/robots.txt',
  ]) {
    hasHeaders(t, (await visitor.get(path)).headers, path)
  }
  hasHeaders(t, (await visitor.get('/records/documents/0/view')).headers, 'a document shown', 'self')
  hasHeaders(t, (await visitor.post('/nothing', {})).headers, 'POST /nothing')
  hasHeaders(t, (await visitor.post(`/open/${NUMBER}`, { crumb: 'x' })).headers, 'forged form')
  hasHeaders(t, (await visitor.post(`/open/${NUMBER}`, { code: 'x'.repeat(70_000) })).headers, 'oversized form')
  world.broken = new TypeError('broken')
  hasHeaders(t, (await visitor.get('/records')).headers, 'broken')
})

t.test('nothing but static files may be stored', async (t) => {
  const visitor = await opened(await webServer(newWorld()))
  for (const path of [
    '/',
    '/records',
    '/records/documents/0',
    '/records/all.zip',
    '/records/sealed',
    '/nothing',
    '/register',
    '/healthz',
    '/assets/none.css',
  ]) {
    t.equal((await visitor.get(path)).headers['cache-control'], 'no-store', path)
  }
  t.match((await visitor.get('/assets/hepoex.css')).headers['cache-control'], /public, max-age/)
})

t.test('files are sent compressed to browsers that can, pages never', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  const gzip = { 'accept-encoding': 'gzip, deflate, br' }
  const css = await visitor.get('/assets/hepoex.css', gzip)
  t.equal(css.headers['content-encoding'], 'gzip')
  t.match(css.headers['content-type'], /text\/css/)
  t.equal((await visitor.get('/assets/hepoex.css')).headers['content-encoding'], undefined)
  t.equal((await visitor.get('/privacy', gzip)).headers['content-encoding'], undefined)
  t.notMatch((await visitor.get('/privacy', gzip)).headers.vary ?? '', /encoding/)
})

t.test('files outside the public folder are not served', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  for (const path of ['/assets/../../package.json', '/assets/%2e%2e/%2e%2e/package.json', '/assets/..%2f..%2fpackage.json', '/assets/']) {
    t.match((await visitor.get(path)).statusCode, /40[034]/, path)
  }
})

t.test('over http cookies are hidden from scripts and kept to this site', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  const lines = setCookies(await visitor.get('/sign-in'))
  for (const answer of [
    await visitor.post('/sign-in', { address: 'maria@example.org' }),
    await visitor.post(`/open/${NUMBER}`, { code: CODE }),
  ])
    lines.push(...setCookies(answer))
  lines.push(
    ...setCookies(await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })).filter((line) => !line.includes('Max-Age=0')),
  )
  t.strictSame(lines.map((line) => line.split('=')[0]).sort(), ['hepoex-asked', 'hepoex-crumb', 'hepoex-pass', 'hepoex-ticket'])
  for (const line of lines) {
    t.match(line, /; HttpOnly/)
    t.match(line, /; SameSite=(Strict|Lax)/)
    t.match(line, /; Path=\//)
    t.notMatch(line, /Secure|Domain|Expires/)
  }
})

t.test('over https cookies are bound to the host, and browsers are told to stay with https', async (t) => {
  const visitor = new Visitor(await webServer(newWorld(), { settings: { publicUrl: 'https://postbox.example.org' } }))
  const first = await visitor.get('/sign-in')
  const lines = [first, await visitor.post('/sign-in', { address: 'maria@example.org' }), await visitor.post('/sign-in/link/abc', {})]
    .flatMap(setCookies)
    .filter((line) => !line.includes('Max-Age=0'))
  t.equal(lines.length, 3)
  for (const line of lines) t.match(line, /^__Host-hepoex-[a-z]+=.*; Secure; HttpOnly; SameSite=(Strict|Lax); Path=\/$/)
  t.match(first.headers['strict-transport-security'], /max-age=31536000/)
  t.equal((await new Visitor(await webServer(newWorld())).get('/')).headers['strict-transport-security'], undefined)
})

t.test('a door of our own with TLS counts as https, too', async (t) => {
  const server = await webServer(newWorld(), { settings: { tls: testTls() } })
  t.equal(server.info.protocol, 'https')
  const answer = await server.inject('/')
  t.match(setCookies(answer)[0], /^__Host-hepoex-crumb=.*; Secure/)
  t.match(answer.headers['strict-transport-security'], /max-age/)
})

t.test('what cookies hold cannot be read in them', async (t) => {
  const visitor = await opened(await webServer(newWorld()))
  const all = [...visitor.cookies.values()].join(' ')
  t.notMatch(all, Buffer.alloc(32, 9).toString('base64'))
  t.notMatch(Buffer.from(all.replace(/[^A-Za-z0-9_-]/g, ''), 'base64url').toString('latin1'), 's1')
})

t.test('a cookie that was tampered with counts as none', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  const pass = visitor.cookies.get('hepoex-pass') ?? ''
  world.asked.length = 0
  for (const forged of [`${pass.slice(0, -3)}AAA`, pass.slice(0, 40), 'x', '', '%00', '"', JSON.stringify({ id: 's1', key: 'k' })]) {
    visitor.cookies.set('hepoex-pass', forged)
    t.equal((await visitor.get('/records')).statusCode, 409, forged.slice(0, 20))
  }
  t.strictSame(world.asked, [])
})

t.test('one cookie cannot be passed off as another', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  visitor.cookies.set('hepoex-pass', visitor.cookies.get('hepoex-ticket') ?? '')
  visitor.cookies.set('hepoex-account', visitor.cookies.get('hepoex-ticket') ?? '')
  world.asked.length = 0
  t.equal((await visitor.get('/records')).statusCode, 409)
  t.equal((await visitor.get('/profile')).headers.location, '/sign-in')
  t.strictSame(world.asked, [])
})

t.test('nor when what it holds has the right shape', async (t) => {
  const server = Hapi.server()
  const cookies = registerCookies(server, { key: Buffer.alloc(32, 3), secure: false })
  const both = { packageId: 'p1', codeSecret: 'c', until: 1, number: NUMBER, id: 's1', key: 'k' }
  server.route([
    { method: 'GET', path: '/set', handler: (_request, h) => cookies.set(h.response('ok'), 'ticket', both) },
    {
      method: 'GET',
      path: '/get',
      handler: (request) => ({ ticket: cookies.get(request, 'ticket') !== null, pass: cookies.get(request, 'pass') !== null }),
    },
  ])
  const [line = ''] = setCookies(await server.inject('/set'))
  const value = /=([^;]*)/.exec(line)?.[1] ?? ''
  const got = await server.inject({ url: '/get', headers: { cookie: `hepoex-ticket=${value}; hepoex-pass=${value}` } })
  t.strictSame(JSON.parse(got.payload), { ticket: true, pass: false })
})

t.test("another site's cookies on the same host do no harm", async (t) => {
  const server = await webServer(newWorld())
  for (const cookie of ['bad cookie=a b"c; x={"y":[1,2]}', '=;;=', 'hepoex-crumb=a; hepoex-crumb=b', 'é=1', '__proto__x=1']) {
    const answer = await server.inject({ url: '/', headers: { cookie } })
    t.equal(answer.statusCode, 200, cookie)
  }
})

t.test('a form without the hidden value of its browser does nothing', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  world.asked.length = 0
  const forms = [
    `/open/${NUMBER}`,
    `/open/${NUMBER}/question`,
    '/sign-in',
    '/sign-in/link/abc',
    '/records/delete',
    '/records/sign-out',
    '/sign-out',
    '/cancel-reset/abc',
    '/profile/question',
  ]
  for (const path of forms) {
    const answer = await visitor.post(path, { crumb: 'stale', code: CODE, answer: ANSWER, address: 'maria@example.org' })
    t.equal(answer.statusCode, 403, path)
    t.match(answer.payload, 'Please send the form again')
    for (const secret of SECRETS) t.notMatch(answer.payload, secret)
  }
  const bare = await (await webServer(world)).inject({
    method: 'POST',
    url: `/open/${NUMBER}`,
    payload: `code=${CODE}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  t.equal(bare.statusCode, 403)
  t.strictSame(world.asked, [])
})

t.test('the page about a stale form leads back to that form', async (t) => {
  const visitor = new Visitor(await webServer(newWorld()))
  t.match((await visitor.post(`/open/${NUMBER}`, { crumb: 'stale' })).payload, `href="/open/${NUMBER}"`)
  t.match(
    (await visitor.post('/records/sign-out', { crumb: 'stale' })).payload,
    /class="nhsuk-button[^"]*"[^>]*href="\/"|href="\/"[^>]*class="nhsuk-button/,
  )
})

t.test('an oversized form has its page and reaches no desk', async (t) => {
  const world = newWorld()
  const answer = await new Visitor(await webServer(world)).post(`/open/${NUMBER}`, { code: '1'.repeat(70_000) })
  t.equal(answer.statusCode, 413)
  t.match(answer.payload, 'That was too much text')
  t.strictSame(world.asked, [])
})

t.test('only forms are taken', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain']) {
    const answer = await server.inject({
      method: 'POST',
      url: `/open/${NUMBER}`,
      payload: '{"code":"1"}',
      headers: { 'content-type': type },
    })
    t.equal(answer.statusCode, 415, type)
    t.match(answer.payload, 'We could not read that')
  }
  t.strictSame(world.asked, [])
})

t.test('a bug is our fault: 500, a plain page, nothing of the error on it, and no message in the log', async (t) => {
  const world = newWorld()
  const failures: Array<[string, unknown, LogFields | undefined]> = []
  const visitor = await opened(
    await webServer(world, { log: { event: () => {}, failure: (where, error, fields) => failures.push([where, error, fields]) } }),
  )
  world.broken = new TypeError(`cannot read ${CODE}`)
  const answer = await visitor.get('/records')
  t.equal(answer.statusCode, 500)
  t.match(answer.payload, 'Something went wrong on our side')
  t.notMatch(answer.payload, CODE)
  t.equal(failures.length, 1)
  t.strictSame(failures[0]?.[2], { method: 'get', status: 500, route: '/records' })
})

t.test('what goes to the log of a refused page holds neither path nor form', async (t) => {
  const lines: string[] = []
  const log = { event: (name: string, fields?: LogFields) => lines.push(`${name} ${JSON.stringify(fields)}`), failure: () => {} }
  await new Visitor(await webServer(newWorld(), { log })).post(`/open/${NUMBER}`, { crumb: 'stale', code: CODE })
  t.equal(lines.length, 1)
  t.match(lines[0], /^page-refused .*"route":"\/open\/\{number\}"/)
  t.notMatch(lines[0], NUMBER)
  t.notMatch(lines[0], CODE)
})

t.test('a path that climbs out of the folder is no page, not a form to send again', async (t) => {
  const answer = await new Visitor(await webServer(newWorld())).get('/assets/..%2f..%2fpackage.json')
  t.match(answer.payload, 'There is no such page')
})

t.test('a connection that was told to end is closed, though its other end stays open', async (t) => {
  const server = await webServer(newWorld())
  await server.start()
  t.teardown(() => server.stop({ timeout: 100 }))
  const closed = new Promise((resolve) =>
    server.listener.once('connection', (socket: Socket) => socket.once('close', () => resolve('closed'))),
  )
  const visitor = connect({ host: '127.0.0.1', port: Number(server.info.port), allowHalfOpen: true })
  t.teardown(() => visitor.destroy())
  let got = ''
  visitor.setEncoding('latin1').on('data', (text: string) => {
    got += text
  })
  visitor.write('\u0001 no request\r\n\r\n')
  const late = new Promise((resolve) => setTimeout(resolve, 30_000, 'still open').unref())
  t.equal(await Promise.race([closed, late]), 'closed')
  await new Promise((resolve) => (visitor.readableEnded ? resolve(null) : visitor.once('end', resolve)))
  t.match(got, /^HTTP\/1\.1 400 /)
})
