// The opened package over the wire: names, types, policies, and streams that break.

import { request } from 'node:http'
import { Readable } from 'node:stream'
import t from 'tap'
import { ANSWER, CODE, CONTENT, document, NUMBER, newWorld, opened, Visitor, type WebServer, webServer } from './fakes.js'

t.test('the page names each document with kind and size, and what can be done with it', async (t) => {
  const { payload } = await (await opened(await webServer(newWorld()))).get('/records')
  t.match(payload, 'Blood test results.pdf')
  t.match(payload, 'PDF document, 23 bytes')
  t.match(payload, 'Fax or scan (TIFF), 1.2 MB')
  t.match(payload, '/records/documents/0/view')
  t.notMatch(payload, '/records/documents/1/view')
  t.notMatch(payload, '/records/documents/3/view', 'no HTML of a stranger in the browser')
  t.match(payload, '/records/documents/3?')
  t.match(payload, 'Kept until')
  t.match(payload, 'December 21, 2026')
  t.match(payload, /<details[\s\S]*hepoex1-[\s\S]*<\/details>/)
})

t.test('without a pass there are no records', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  for (const path of ['/records', '/records/documents/0', '/records/all.zip', '/records/sealed', '/records/delete']) {
    const answer = await visitor.get(path)
    t.equal(answer.statusCode, 409, path)
    t.match(answer.payload, 'Your records are closed')
  }
  t.equal((await visitor.post('/records/delete', {})).statusCode, 409)
  t.strictSame(world.asked, [])
})

t.test('a session that is over has its page, and its cookie goes', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  world.records = null
  for (const path of ['/records/documents/0', '/records/all.zip', '/records/sealed', '/records']) {
    visitor.cookies.set('hepoex-pass', visitor.cookies.get('hepoex-pass') ?? '')
    t.equal((await visitor.get(path)).statusCode, 409, path)
  }
  t.notOk(visitor.cookies.has('hepoex-pass'))
})

t.test('a document is downloaded under its own name', async (t) => {
  const visitor = await opened(await webServer(newWorld()))
  const answer = await visitor.get('/records/documents/0')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['content-type'], 'application/pdf')
  t.equal(answer.headers['content-length'], CONTENT.length)
  t.equal(
    answer.headers['content-disposition'],
    `attachment; filename="Blood test results.pdf"; filename*=UTF-8''Blood%20test%20results.pdf`,
  )
  t.equal(answer.payload, CONTENT.toString())
})

t.test('shown documents are sandboxed; what a browser would run is downloaded', async (t) => {
  const visitor = await opened(await webServer(newWorld()))
  const shown = await visitor.get('/records/documents/0/view')
  t.match(shown.headers['content-disposition'], /^inline; /)
  t.match(shown.headers['content-security-policy'], /^sandbox; default-src 'none'; style-src 'unsafe-inline'/)
  t.notMatch(shown.headers['content-security-policy'], 'allow-')
  const html = await visitor.get('/records/documents/3/view')
  t.match(html.headers['content-disposition'], /^attachment; /)
  t.match(html.headers['content-security-policy'], /^sandbox; /)
})

t.test('an index that is none, and none of ours, opens nothing, and the records stay open', async (t) => {
  const visitor = await opened(await webServer(newWorld()))
  for (const index of ['99', '-1', '1e1', '0x0', 'a', '00000000']) {
    const { statusCode, payload } = await visitor.get(`/records/documents/${index}`)
    t.equal(statusCode, 404, index)
    t.match(payload, 'There is no such page')
  }
  t.equal((await visitor.get('/records')).statusCode, 200)
})

t.test('a page of one package never acts on another that was opened since, in another tab', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  const { payload } = await visitor.get('/records')
  const hrefs = [...payload.matchAll(/href="(\/records\/[^"]*)"/g)].map(([, href = '']) => href)
  t.ok(hrefs.length >= 6)
  for (const href of hrefs) t.match(href, new RegExp(`\\?package=${NUMBER}$`), 'each link says which package it means')
  for (const href of hrefs) t.equal((await visitor.get(href)).statusCode, 200, href)
  t.match((await visitor.get(`/records/delete?package=${NUMBER}`)).payload, `action="/records/delete?package=${NUMBER}"`)
  if (world.records) world.records = { ...world.records, number: 'ZZZZZZZZZZZZ' }
  await visitor.post('/open/ZZZZZZZZZZZZ', { code: CODE })
  await visitor.post('/open/ZZZZZZZZZZZZ/question', { answer: ANSWER })
  world.asked.length = 0
  for (const href of hrefs) {
    const answer = await visitor.get(href)
    t.equal(answer.statusCode, 409, href)
    t.match(answer.payload, 'Another package is open')
  }
  t.equal((await visitor.post(`/records/delete?package=${NUMBER}`, {})).statusCode, 409)
  t.strictSame(world.asked, [])
  t.equal((await visitor.get('/records')).statusCode, 200, 'the other one stays open')
})

t.test('all as ZIP, and the sealed file', async (t) => {
  const visitor = await opened(await webServer(newWorld()))
  const zip = await visitor.get('/records/all.zip')
  t.equal(zip.headers['content-type'], 'application/zip')
  t.match(zip.headers['content-disposition'], /^attachment; filename="records.zip"/)
  const sealed = await visitor.get('/records/sealed')
  t.equal(sealed.headers['content-type'], 'application/octet-stream')
  t.equal(sealed.payload, CONTENT.toString())
})

t.test('deleting asks first and then does', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  const asked = await visitor.get('/records/delete')
  t.match(asked.payload, 'Delete this package?')
  t.notOk(world.asked.includes('deleteNow s1'))
  const done = await visitor.post('/records/delete', {})
  t.equal(done.statusCode, 200)
  t.match(done.payload, 'The package is deleted')
  t.ok(world.asked.includes('deleteNow s1'))
  t.notOk(visitor.cookies.has('hepoex-pass'))
})

t.test('signing out ends the session and drops the cookie', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  const answer = await visitor.post('/records/sign-out', {})
  t.equal(answer.headers.location, '/signed-out')
  t.ok(world.asked.includes('signOut s1'))
  t.notOk(visitor.cookies.has('hepoex-pass'))
})

/** A GET over a real socket: how it ended, and what came. */
async function fetchRaw(server: WebServer, path: string, cookie: string): Promise<{ complete: boolean; bytes: number; status: number }> {
  return new Promise((resolve) => {
    let [bytes, status] = [0, 0]
    const asked = request({ host: '127.0.0.1', port: server.info.port, path, headers: { cookie } }, (response) => {
      status = response.statusCode ?? 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on('error', () => {})
      response.on('close', () => resolve({ complete: response.complete, bytes, status }))
    })
    asked.on('error', () => resolve({ complete: false, bytes, status }))
    asked.end()
  })
}

/** Everything, and then an error: a digest that does not match is found at the very end. */
function brokenAtEnd(): Readable {
  return Readable.from(
    (async function* () {
      yield CONTENT.subarray(0, 8)
      yield CONTENT.subarray(8)
      throw new Error('damaged')
    })(),
  )
}

t.test('a stream that breaks, even at its end, never looks like a whole document', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  await server.start()
  t.teardown(() => server.stop({ timeout: 100 }))
  const visitor = await opened(server)
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  for (const path of ['/records/documents/0', '/records/documents/0/view', '/records/all.zip', '/records/sealed']) {
    world.documentStream = () => Readable.from([CONTENT])
    t.match(await fetchRaw(server, path, cookie), { complete: true, bytes: CONTENT.length, status: 200 }, `${path} whole`)
    world.documentStream = brokenAtEnd
    const broken = await fetchRaw(server, path, cookie)
    t.equal(broken.complete, false, `${path} broken`)
    t.ok(broken.bytes < CONTENT.length)
  }
})

t.test('a visitor who goes away closes the stream of the document', async (t) => {
  const world = newWorld()
  const server = await webServer(world)
  await server.start()
  t.teardown(() => server.stop({ timeout: 100 }))
  const visitor = await opened(server)
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(65_536))
    },
  })
  if (world.records) world.records = { ...world.records, documents: [document('a.pdf', 'application/pdf', 2 ** 31)] }
  world.documentStream = () => endless
  const closed = new Promise((resolve) => endless.on('close', resolve))
  const asked = request({ host: '127.0.0.1', port: server.info.port, path: '/records/documents/0', headers: { cookie } }, (response) =>
    response.once('data', () => asked.destroy()),
  )
  asked.on('error', () => {})
  asked.end()
  await closed
  t.ok(endless.destroyed)
})

t.test('HEAD of a document sends no byte of it and closes its stream', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  const source = Readable.from([CONTENT])
  world.documentStream = () => source
  const answer = await visitor.get('/records/documents/0', {}, 'HEAD')
  t.equal(answer.payload, '')
  await new Promise((resolve) => (source.closed ? resolve(null) : source.on('close', resolve)))
  t.ok(source.destroyed)
})

t.test('the whole way works over a socket, too', async (t) => {
  const server = await webServer(newWorld())
  await server.start()
  t.teardown(() => server.stop({ timeout: 100 }))
  const page = await fetch(`${server.info.uri}/open/${NUMBER}`)
  const cookie = (page.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const crumb = /name="crumb" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const code = await fetch(page.url, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams({ crumb, code: CODE }),
  })
  t.equal(code.status, 303)
  const ticket = (code.headers.get('set-cookie') ?? '').split(';')[0]
  const answer = await fetch(`${page.url}/question`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: `${cookie}; ${ticket}` },
    body: new URLSearchParams({ crumb, answer: ANSWER }),
  })
  t.equal(answer.headers.get('location'), '/records')
})
