// What holds for every route there is, whatever it is for: read from the server's own table, so that a new one cannot be forgotten.

import t from 'tap'
import { copiesWorld } from './copies-world.js'
import { NUMBER, newWorld, opened, setCookies, signedIn, Visitor, type WebServer, webServer } from './fakes.js'
import { REQUEST } from './requests-fakes.js'

/** A value for each parameter a path may have. A new parameter wants one here. */
const VALUES: Readonly<Record<string, string>> = {
  number: NUMBER,
  token: 'token-1',
  index: '0',
  id: 'm1',
  file: 'hepoex.css',
  path: 'nothing/here',
  step: 'records',
}

interface Route {
  readonly method: string
  /** As in the table. */
  readonly pattern: string
  /** With values for the parameters. */
  readonly path: string
}

function routesOf(server: WebServer): Route[] {
  return server.table().map(({ method, path: pattern }) => {
    const path = pattern.replace(/\{(\w+)\*?\}/g, (_whole, name: string) => {
      const value = name === 'number' && pattern.startsWith('/forms') ? REQUEST : VALUES[name]
      if (value === undefined) throw new Error(`no value for ${name} of ${pattern}`)
      return value
    })
    return { method: String(method), pattern, path }
  })
}

const outgoing = { list: async () => [], read: async () => null }
const serverOf = (world = newWorld()) => webServer(world, { outgoing })

t.test('only GET and POST have routes', async (t) => {
  const routes = routesOf(await serverOf())
  t.strictSame([...new Set(routes.map(({ method }) => method))].sort(), ['get', 'post'])
  t.ok(routes.filter(({ method }) => method === 'post').length >= 12)
})

t.test('every POST without the hidden value of its browser, or with another, is refused before it is counted or heard', async (t) => {
  const world = newWorld()
  const server = await serverOf(world)
  const visitor = await opened(server)
  await visitor.post('/sign-in/link/token-1', {})
  const stranger = new Visitor(server)
  await stranger.get('/sign-in')
  const theirs = stranger.cookies.get('hepoex-crumb') ?? ''
  world.asked.length = 0
  world.postWait = 1
  for (const { path } of routesOf(server).filter(({ method }) => method === 'post')) {
    for (const crumb of ['', 'stale', theirs]) t.equal((await visitor.post(path, { crumb })).statusCode, 403, `${path} with "${crumb}"`)
    // As another site would send it, with her cookies: the Lax ones and, at worst, the others.
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { cookie, origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' }
    for (const url of [path, `${path}?crumb=${visitor.cookies.get('hepoex-crumb')}`]) {
      const forged = await server.inject({ method: 'POST', url, headers, payload: 'address=maria%40example.org&code=1&answer=x' })
      t.equal(forged.statusCode, 403, `${url} forged`)
    }
  }
  t.strictSame(world.asked, [])
})

t.test('every POST with it is counted by the address it comes from', async (t) => {
  const world = newWorld()
  const server = await serverOf(world)
  const visitor = await opened(server)
  await visitor.post('/sign-in/link/token-1', {})
  world.asked.length = 0
  world.postWait = 1
  for (const { path } of routesOf(server).filter(({ method }) => method === 'post')) {
    const answer = await visitor.post(path, {})
    t.equal(answer.statusCode, 429, path)
    t.equal(answer.headers['retry-after'], '10', path)
  }
  t.strictSame(world.asked, [], 'and reaches no desk when there are too many')
  for (const { path } of routesOf(server).filter(({ method }) => method === 'get')) t.not((await visitor.get(path)).statusCode, 429, path)
})

/** Asked of the desks by a page that is only looked at. */
const LOOKING =
  /^(account|practice|addressChange|records|document|copy|thumbnail|readable|zip|sealedFile|question|intakes|packages|requests\.(list|view|pdf|blank|letter)|journal\.(providers|open|one|newest)) /

t.test('GET and HEAD ask no desk to do anything', async (t) => {
  const world = newWorld()
  const server = await serverOf(world)
  const visitors = [new Visitor(server), await opened(server), await signedIn(server)]
  world.asked.length = 0
  for (const { path } of routesOf(server)) {
    for (const visitor of visitors) {
      await visitor.get(path)
      await visitor.get(`${path}?package=${NUMBER}&number=${NUMBER}&done=saved&before=1.a`, {}, 'HEAD')
    }
  }
  t.strictSame(
    world.asked.filter((line) => !LOOKING.test(line)),
    [],
  )
})

t.test('what shared caches may keep is the same for everybody and sets no cookie', async (t) => {
  const server = await serverOf()
  const visitor = await opened(server)
  for (const { pattern, path } of routesOf(server).filter(({ method }) => method === 'get')) {
    const answer = await visitor.get(path)
    const kept = answer.headers['cache-control'] !== 'no-store'
    t.equal(kept, pattern === '/assets/{file*}', pattern)
    if (kept) t.strictSame(setCookies(answer), [], pattern)
  }
})

t.test('everything with a body says what it is, and text says its charset', async (t) => {
  const server = await serverOf(copiesWorld())
  const visitor = await opened(server)
  const routes = routesOf(server)
  const copies = ['/records/documents/4/copy', '/records/documents/1/thumbnail'].map((path) => ({ method: 'get', path }))
  for (const { method, path } of [...routes, ...copies]) {
    const answer = method === 'get' ? await visitor.get(path) : await visitor.post(path, { crumb: 'stale' })
    if (answer.rawPayload.length === 0) continue
    const type = String(answer.headers['content-type'])
    t.match(type, /^(text\/(html|plain|css|javascript)|application\/(pdf|zip|octet-stream)|image\/(svg\+xml|png))(;|$)/, path)
    if (type.startsWith('text/')) t.match(type, /charset=utf-8/, path)
  }
})

t.test('no method but those of the routes finds a page, and whoever tries is put on record', async (t) => {
  const lines: string[] = []
  const log = { event: (name: string, fields: object = {}) => void lines.push(`${name} ${JSON.stringify(fields)}`), failure: () => {} }
  const world = newWorld()
  const server = await webServer(world, { log })
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    lines.length = 0
    const answer = await server.inject({ method, url: '/records/delete' })
    t.equal(answer.statusCode, 404, method)
    t.equal(answer.headers['access-control-allow-origin'], undefined, method)
    t.match(lines, [new RegExp(`^page-refused .*"method":"${method.toLowerCase()}"`)])
  }
  t.strictSame(world.asked, [])
})

t.test('a method in a header or field is not believed', async (t) => {
  const world = newWorld()
  const server = await serverOf(world)
  const visitor = await opened(server)
  world.asked.length = 0
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
    t.equal((await visitor.get('/records/delete', { [name]: 'POST' })).statusCode, 200, name)
    t.equal((await visitor.get('/records/delete?_method=POST', { [name]: 'DELETE' })).statusCode, 200, name)
    t.equal((await visitor.post('/records', { _method: 'GET' }, { [name]: 'GET' })).statusCode, 404, name)
  }
  t.strictSame(
    world.asked.filter((line) => !LOOKING.test(line)),
    [],
  )
})

t.test('when a desk breaks, no page says more than that', async (t) => {
  const secret = 'SECRET at /srv/hepoex/store.ts:12 SELECT * FROM answers'
  const world = newWorld()
  const server = await serverOf(world)
  const visitor = await opened(server)
  await visitor.post('/sign-in/link/token-1', {})
  await visitor.post('/sign-in', { address: 'maria@example.org' })
  world.broken = Object.assign(new TypeError(secret), { code: 'SECRET_CODE' })
  let broken = 0
  for (const { method, path } of routesOf(server)) {
    const answer =
      method === 'get' ? await visitor.get(path) : await visitor.post(path, { address: 'maria@example.org', code: 'x', answer: 'x' })
    if (answer.statusCode === 500) broken++
    t.notMatch(`${answer.payload} ${JSON.stringify(answer.headers)}`, /SECRET|SELECT \*|TypeError|\n +at \S+ \(|node_modules|hapi/, path)
  }
  t.ok(broken > 10, `${broken} pages were tried`)
})
