// What somebody may try at the site with a hand-made request or with a browser he was alone with.

import t, { type Test } from 'tap'
import type { LogFields } from '../../src/log.js'
import { fieldsOf, rawRequest, statusOf } from '../support/raw-http.js'
import { ANSWER, CODE, NOW, NUMBER, newWorld, type Options, opened, setCookies, signedIn, Visitor, webServer } from './fakes.js'

async function listening(t: Test, options: Options = {}) {
  const world = newWorld()
  const server = await webServer(world, { bounds: { bodyMs: 2000 }, ...options })
  await server.start()
  t.teardown(() => server.stop({ timeout: 100 }))
  return { world, server, port: Number(server.info.port) }
}

t.test('nothing of a Host header, or of what proxies add to it, comes back', async (t) => {
  const { port } = await listening(t, { settings: { publicUrl: 'https://postbox.example.org' } })
  const forged = ['Host: evil.example', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: evil', 'Forwarded: host=evil.example']
  const targets = [
    '/',
    '/sign-in',
    '/register',
    `/open?number=${NUMBER}`,
    '/profile',
    '/admin',
    '/help',
    '/nothing',
    '/.well-known/security.txt',
  ]
  for (const target of [...targets, `http://evil.example/open?number=${NUMBER}`, 'http://evil.example/register']) {
    const answer = await rawRequest(t, port, [`GET ${target} HTTP/1.1`, ...forged])
    t.ok(statusOf(answer) >= 200, target)
    t.notMatch(answer, /evil/, target)
  }
})

t.test('redirects lead to paths of this site only, whatever is asked for', async (t) => {
  const { server, port } = await listening(t)
  const visitor = await signedIn(server)
  const evil = ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)']
  const names = ['next', 'url', 'return', 'redirect', 'continue', 'done', 'number', 'before', 'package']
  const query = names.map((name) => evil.map((value) => `${name}=${encodeURIComponent(value)}`).join('&')).join('&')
  for (const path of ['/register', '/open', `/open/${NUMBER}/question`, '/profile', '/profile/reset/finish', '/admin', '/favicon.ico']) {
    const { location } = (await visitor.get(`${path}?${query}`)).headers
    if (location !== undefined) t.match(location, /^\/[\w/.-]*(\?done=\w+)?$/, path)
  }
  for (const name of names)
    t.equal((await visitor.post('/sign-in/link/token-1', { [name]: 'https://evil.example' })).headers.location, '/profile', name)
  for (const target of ['//evil.example', '//evil.example/register', '/\\evil.example/', '///register', '//register']) {
    const answer = await rawRequest(t, port, [`GET ${target} HTTP/1.1`, 'Host: a'])
    for (const location of fieldsOf(answer, 'location')) t.match(location, /^\/[\w-]/, target)
  }
})

t.test('line ends in a parameter, a cookie or a name make no header', async (t) => {
  const { port, world } = await listening(t)
  const injected = '%0d%0aSet-Cookie:%20injected=1%0d%0aX-Injected:%201%0d%0a%0d%0a'
  for (const target of [
    `/open?number=${NUMBER}${injected}`,
    `/open/${NUMBER}${injected}`,
    `/sign-in/link/${injected}`,
    `/cancel-reset/${injected}`,
    `/profile?done=${injected}`,
    `/records?package=${injected}`,
    `/assets/${injected}`,
    `/${injected}`,
    `/open?number=${NUMBER}%E5%98%8A%E5%98%8DSet-Cookie:injected=1`,
  ]) {
    const answer = await rawRequest(t, port, [`GET ${target} HTTP/1.1`, 'Host: a', 'Accept-Language: en\tX-Injected: 1'])
    t.ok(statusOf(answer) >= 200, target)
    t.strictSame(fieldsOf(answer, 'x-injected'), [], target)
    t.notOk(
      fieldsOf(answer, 'set-cookie').some((line) => line.startsWith('injected')),
      target,
    )
  }
  for (const lines of [['Host: a', 'X-A: b\rX-Injected: 1'], ['Host: a\nX-Injected: 1'], ['Host: a', 'X-A: b\0c']])
    t.equal(statusOf(await rawRequest(t, port, ['GET / HTTP/1.1', ...lines, 'X-A : b'])), 400)
  t.strictSame(world.asked, [])
})

t.test('no path leads out of the folder of static files', async (t) => {
  const { port } = await listening(t)
  const climbs = ['../', '%2e%2e/', '..%2f', '%2e%2e%2f', '..%5c', '..\\', '%252e%252e%252f', '....//', '..%c0%af', '.%00./']
  for (const climb of climbs) {
    for (const file of ['package.json', 'src/main.ts', 'etc/passwd']) {
      for (const depth of [1, 2, 3, 8]) {
        const target = `/assets/${climb.repeat(depth)}${file}`
        const answer = await rawRequest(t, port, [`GET ${target} HTTP/1.1`, 'Host: a'])
        t.match(statusOf(answer), /^40[034]$/, target)
        t.notMatch(answer, /"hepoex"|root:|import /, target)
      }
    }
  }
  for (const target of [
    '/assets//etc/passwd',
    '/assets/%2fetc%2fpasswd',
    '/assets/hepoex.css%00.js',
    '/assets/.',
    '/assets/.git/config',
    '/assets/con',
  ])
    t.match(statusOf(await rawRequest(t, port, [`GET ${target} HTTP/1.1`, 'Host: a'])), /^40[034]$/, target)
})

t.test('a static file with a longer name than any disk takes is simply not there', async (t) => {
  const { port } = await listening(t)
  for (const name of ['x'.repeat(300), `${'x'.repeat(200)}.css`, 'x/'.repeat(3000), '%e2%82%ac'.repeat(100)])
    t.equal(statusOf(await rawRequest(t, port, [`GET /assets/${name} HTTP/1.1`, 'Host: a'])), 404, name.slice(0, 20))
})

t.test('a request that two servers could cut in two places is refused', async (t) => {
  const { port, world } = await listening(t)
  const inner = `POST /open/${NUMBER} HTTP/1.1\r\nHost: a\r\n\r\n`
  for (const lines of [
    ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    ['Content-Length: 4', 'Content-Length: 5'],
    ['Transfer-Encoding: chunked, identity'],
    ['Transfer-Encoding : chunked'],
  ])
    t.equal(statusOf(await rawRequest(t, port, ['POST /sign-in HTTP/1.1', 'Host: a', ...lines], `0\r\n\r\n${inner}`)), 400, lines.join())
  t.strictSame(world.asked, [])
})

t.test('a form too big is refused whether it says its size or not, and so is one of too many fields', async (t) => {
  const { port, world, server } = await listening(t)
  const head = [`POST /open/${NUMBER} HTTP/1.1`, 'Host: a', 'Content-Type: application/x-www-form-urlencoded']
  const announced = await rawRequest(t, port, [...head, 'Content-Length: 100000'], `code=${'1'.repeat(100_000)}`.slice(0, 100_000))
  t.equal(statusOf(announced), 413)
  const chunk = `${(40_000).toString(16)}\r\n${'a'.repeat(40_000)}\r\n`
  // No browser sends this: it is cut, at times before the answer is out.
  t.match(statusOf(await rawRequest(t, port, [...head, 'Transfer-Encoding: chunked'], `${chunk}${chunk}0\r\n\r\n`)), /^(0|413)$/)
  const visitor = new Visitor(server)
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`f${index}`, 'x']))
  t.equal((await visitor.post(`/open/${NUMBER}`, { ...many, code: CODE })).statusCode, 422, 'a code past the thousandth field is none')
  t.strictSame(world.asked, [])
})

t.test('a field given twice counts once, and one that is named like a part of an object is none', async (t) => {
  const { world, server } = await listening(t)
  const visitor = new Visitor(server)
  await visitor.get('/sign-in')
  const crumb = visitor.cookies.get('hepoex-crumb') ?? ''
  const post = (payload: string) =>
    server.inject({
      method: 'POST',
      url: '/sign-in',
      payload: `crumb=${crumb}&${payload}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: `hepoex-crumb=${crumb}` },
    })
  await post('address=maria@example.org&address=evil@example.org')
  t.match(world.asked, [/^askSignIn maria@example\.org /])
  for (const name of ['__proto__', 'constructor', 'address[toString]', 'address[]']) {
    await post(`${name}=evil@example.org`)
    t.notMatch(world.asked.at(-1), 'evil', name)
  }
})

t.test('signing in changes the session, and ends the one that was there before', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  world.signIn = { kind: 'signed-in', session: 'planted', role: 'consumer', language: 'en' }
  const visitor = await signedIn(server)
  const planted = visitor.cookies.get('hepoex-account')
  world.signIn = { kind: 'signed-in', session: 'fresh', role: 'consumer', language: 'en' }
  world.asked.length = 0
  await visitor.post('/sign-in/link/token-2', {})
  t.not(visitor.cookies.get('hepoex-account'), planted)
  t.strictSame(world.asked, ['byLink token-2', 'signOut planted'])
  await visitor.get('/profile')
  t.equal(world.asked[2], 'account fresh')
  await visitor.post('/sign-in', { address: 'maria@example.org' })
  world.asked.length = 0
  world.signIn = { kind: 'signed-in', session: 'fresher', role: 'consumer', language: 'en' }
  await visitor.post('/sign-in/code', { code: 'ABCD2345' })
  t.equal(world.asked.at(-1), 'signOut fresh', 'by the mailed characters too')
})

t.test('a session that somebody makes up, or that was never given out, is not taken on', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  const visitor = new Visitor(server)
  for (const value of ['fixed', 'session-1', Buffer.from('{"session":"session-1"}').toString('base64')]) {
    visitor.cookies.set('hepoex-account', value)
    t.equal((await visitor.get('/profile')).headers.location, '/sign-in')
    visitor.cookies.set('hepoex-account', value)
    await visitor.post('/sign-in/link/token-1', {})
    t.not(visitor.cookies.get('hepoex-account'), value)
  }
  t.notOk(world.asked.includes('account fixed'))
})

t.test('the cookies of one package open no other, and those of another service none', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  t.equal((await visitor.get('/records?package=0123456789AB')).statusCode, 409)
  world.asked.length = 0
  const other = await webServer(world, { settings: { publicUrl: 'https://postbox.example.org' } })
  const cookie = `__Host-hepoex-pass=${visitor.cookies.get('hepoex-ticket') ?? visitor.cookies.get('hepoex-pass')}x`
  t.equal((await other.inject({ url: '/records', headers: { cookie } })).statusCode, 409)
  t.strictSame(world.asked, [])
})

t.test('signing out has the browser drop what it kept of our pages, and leaves the operator’s other sites alone', async (t) => {
  for (const path of ['/sign-out', '/records/sign-out']) {
    const answer = await (await opened(await webServer(newWorld()))).post(path, {})
    t.equal(answer.headers['clear-site-data'], '"cache", "storage"', path)
  }
  t.equal((await (await opened(await webServer(newWorld()))).get('/records')).headers['clear-site-data'], undefined)
})

t.test('pages load nothing of others and are loaded by none; documents keep the browser’s own viewer', async (t) => {
  const visitor = await opened(await webServer(newWorld()))
  const page = (await visitor.get('/records')).headers
  t.equal(page['cross-origin-embedder-policy'], 'require-corp')
  t.equal(page['origin-agent-cluster'], '?1')
  t.equal(page['x-permitted-cross-domain-policies'], 'none')
  t.match(page['x-frame-options'], 'DENY')
  t.match(page['content-security-policy'], /frame-ancestors 'none'.*base-uri 'none'/)
  for (const feature of ['camera', 'microphone', 'geolocation', 'payment', 'usb', 'display-capture'])
    t.match(page['permissions-policy'], `${feature}=()`)
  const shown = (await visitor.get('/records/documents/0/view')).headers
  t.equal(shown['cross-origin-embedder-policy'], undefined)
  t.match(shown['content-security-policy'], /^sandbox; .*frame-ancestors 'self'/)
  t.equal(shown['x-frame-options'], 'SAMEORIGIN')
})

t.test('security.txt names the operator’s contact, and runs out half a year after it was asked for', async (t) => {
  let now = NOW
  const options = { now: () => now, settings: { publicUrl: 'https://postbox.example.org' } }
  const server = await webServer(newWorld(), options)
  const first = await server.inject('/.well-known/security.txt')
  t.equal(first.headers['content-type'], 'text/plain; charset=utf-8')
  t.strictSame(setCookies(first), [])
  t.strictSame(first.payload.split('\n'), [
    'Contact: mailto:help@example.org',
    'Contact: tel:+15550100',
    `Expires: ${new Date(NOW + 180 * 86_400_000).toISOString().slice(0, 19)}Z`,
    'Preferred-Languages: en, es',
    'Canonical: https://postbox.example.org/.well-known/security.txt',
    '',
  ])
  now += 86_400_000
  t.match((await server.inject('/.well-known/security.txt')).payload, new Date(now + 180 * 86_400_000).toISOString().slice(0, 19))
})

t.test('without an address to write to or a number to call there is no security.txt', async (t) => {
  const operator = { name: 'Sample Postbox Company', email: '', phone: 'ask at the desk', fax: '' }
  t.equal((await (await webServer(newWorld(), { settings: { operator } })).inject('/.well-known/security.txt')).statusCode, 404)
  t.notMatch((await (await webServer(newWorld())).inject('/.well-known/security.txt')).payload, 'Canonical', 'on plain HTTP')
})

t.test('every sign-in, and every one refused, is put on record without saying whose', async (t) => {
  const lines: Array<[string, LogFields | undefined]> = []
  const log = { event: (name: string, fields?: LogFields) => void lines.push([name, fields]), failure: () => {} }
  const world = newWorld()
  const visitor = new Visitor(await webServer(world, { log }))
  await visitor.post('/sign-in/link/secret-token', {})
  world.signIn = { kind: 'over' }
  await visitor.post('/sign-in/link/secret-token', {})
  await visitor.post('/sign-in', { address: 'maria@example.org' })
  world.signIn = { kind: 'wrong', triesLeft: 3 }
  await visitor.post('/sign-in/code', { code: 'ABCD2345' })
  t.strictSame(lines, [
    ['signed-in', { peer: '127.0.0.1', route: '/sign-in/link/{token}', role: 'consumer' }],
    ['sign-in-refused', { peer: '127.0.0.1', route: '/sign-in/link/{token}', reason: 'over' }],
    ['sign-in-refused', { peer: '127.0.0.1', route: '/sign-in/code', reason: 'wrong' }],
  ])
})

t.test('who asks for the intake log and is no admin is put on record', async (t) => {
  const lines: Array<[string, LogFields | undefined]> = []
  const log = { event: (name: string, fields?: LogFields) => void lines.push([name, fields]), failure: () => {} }
  const visitor = await signedIn(await webServer(newWorld(), { log }))
  lines.length = 0
  t.equal((await visitor.get('/admin')).statusCode, 404)
  t.match(lines, [['page-refused', { reason: 'not-an-admin', route: '/admin' }]])
})

t.test('whoever is not trusted as a proxy is who he is, whatever he says', async (t) => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9', forwarded: 'for=203.0.113.9' }
  for (const [trustedProxies, peer] of [
    [[], '127.0.0.1'],
    [['10.0.0.0/8'], '127.0.0.1'],
    [['127.0.0.1'], '203.0.113.9'],
  ] as const) {
    const world = newWorld()
    await new Visitor(await webServer(world, { settings: { trustedProxies } })).post(`/open/${NUMBER}`, { code: CODE }, forwarded)
    t.match(world.asked, [new RegExp(` ${peer.replaceAll('.', '\\.')}$`)])
  }
})

t.test('neither code nor answer comes back on a page or in an address', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  const first = await visitor.post(`/open/${NUMBER}`, { code: CODE })
  world.answer = { kind: 'wrong', triesLeft: 9, waitUntil: null }
  const second = await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  for (const answer of [first, second]) t.notMatch(`${answer.headers.location} ${answer.payload}`, new RegExp(`${CODE}|${ANSWER}`))
})
