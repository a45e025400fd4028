// What one peer may cost the web door: header, time, connections. Over raw sockets, with bounds small enough to be reached.

import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import type { LogFields } from '../../src/log.js'
import { DEFAULT_BOUNDS, type HttpBounds } from '../../src/web/listener.js'
import { rawClient, rawRequest, statusOf } from '../support/raw-http.js'
import { testTls } from '../support/tls.js'
import { CODE, NUMBER, newWorld, type Options, type WebServer, webServer } from './fakes.js'

/** For tests of one bound: the others are out of reach. */
const FAR: HttpBounds = { ...DEFAULT_BOUNDS, headersMs: 600_000, requestMs: 600_000, keepAliveMs: 600_000, lookMs: 20 }

async function listening(t: Test, bounds: Partial<HttpBounds>, options: Options = {}) {
  const world = newWorld()
  const server = await webServer(world, { ...options, bounds: { ...FAR, ...bounds } })
  await server.start()
  t.teardown(() => server.stop({ timeout: 100 }))
  return { world, server, port: Number(server.info.port) }
}

const HELLO = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'

/** Waits until the other side has answered something. */
async function answered(client: Awaited<ReturnType<typeof rawClient>>): Promise<string> {
  while (!client.got().includes('\r\n\r\n')) await new Promise((resolve) => client.socket.once('data', resolve))
  return client.got()
}

/** Resolves once so many connections of the server are open. */
async function open(server: WebServer, count: number): Promise<void> {
  const now = () =>
    new Promise<number>((resolve, reject) => server.listener.getConnections((error, value) => (error ? reject(error) : resolve(value))))
  while ((await now()) !== count) await new Promise((resolve) => setImmediate(resolve))
}

t.test('a header past its bound is refused and the connection ends', async (t) => {
  const { port } = await listening(t, { headerBytes: 4096 })
  t.equal(statusOf(await rawRequest(t, port, ['GET /healthz HTTP/1.1', 'Host: a', `X-A: ${'a'.repeat(3000)}`])), 200)
  t.equal(statusOf(await rawRequest(t, port, ['GET /healthz HTTP/1.1', 'Host: a', `X-A: ${'a'.repeat(5000)}`])), 400)
  t.equal(statusOf(await rawRequest(t, port, [`GET /open?number=${'a'.repeat(5000)} HTTP/1.1`, 'Host: a'])), 400)
  const many = Array.from({ length: 1000 }, (_, index) => `X-${index}: a`)
  t.equal(statusOf(await rawRequest(t, port, ['GET /healthz HTTP/1.1', 'Host: a', ...many])), 400)
})

t.test('who connects and says nothing is cut', async (t) => {
  const { port } = await listening(t, { headersMs: 200 })
  const client = await rawClient(t, port)
  t.notMatch(await client.closed, /200 OK/)
})

t.test('who sends a header a byte at a time is cut, however steadily', async (t) => {
  const { port, world } = await listening(t, { headersMs: 200 })
  const client = await rawClient(t, port)
  client.socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: ')
  const drip = setInterval(() => client.socket.write('a'), 20)
  const answer = await client.closed
  clearInterval(drip)
  t.notMatch(answer, /200 OK/)
  t.strictSame(world.asked, [])
})

const SLOW_FORM = [
  `POST /open/${NUMBER} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded`,
  `Content-Length: 5000\r\n\r\ncode=${CODE}&x=`,
].join('\r\n')

t.test('who sends a form a byte at a time is cut, and it reaches no desk', async (t) => {
  const { port, world } = await listening(t, { requestMs: 200, headersMs: 200, bodyMs: 1000 })
  const client = await rawClient(t, port)
  client.socket.write(SLOW_FORM)
  const drip = setInterval(() => client.socket.write('a'), 20)
  t.match(statusOf(await client.closed), /^(0|400|408)$/)
  clearInterval(drip)
  t.strictSame(world.asked, [])
})

t.test('a connection that waits too long for its next request is closed', async (t) => {
  const { port } = await listening(t, { keepAliveMs: 50 })
  const client = await rawClient(t, port)
  client.socket.write(HELLO)
  t.equal(statusOf(await client.closed), 200)
})

t.test('one peer has so many connections, and one that ends makes room', async (t) => {
  const refusals: LogFields[] = []
  const log = { event: (_name: string, fields: LogFields = {}) => void refusals.push(fields), failure: () => {} }
  const { port, server } = await listening(t, { connectionsPerPeer: 2 }, { log })
  const first = await rawClient(t, port)
  const second = await rawClient(t, port)
  await open(server, 2)
  const third = await rawClient(t, port)
  t.equal(await third.closed, '', 'closed unheard')
  t.match(refusals, [{ reason: 'too-many-connections', peer: '127.0.0.1' }])
  second.socket.write(HELLO)
  t.equal(statusOf(await answered(second)), 200, 'those inside are served')
  first.socket.destroy()
  await open(server, 1)
  const fourth = await rawClient(t, port)
  fourth.socket.write(HELLO)
  t.equal(statusOf(await answered(fourth)), 200)
})

t.test('a trusted proxy brings everybody, up to the total', async (t) => {
  const { port, server } = await listening(t, { connectionsPerPeer: 1, connections: 3 }, { settings: { trustedProxies: ['127.0.0.1'] } })
  const clients = [await rawClient(t, port), await rawClient(t, port), await rawClient(t, port)]
  await open(server, 3)
  t.equal(await (await rawClient(t, port)).closed, '', 'past the total it is closed unheard')
  for (const client of clients) {
    client.socket.write(HELLO)
    t.equal(statusOf(await answered(client)), 200)
  }
})

t.test('over TLS a handshake that never ends is cut, and counts as a connection', async (t) => {
  const { port, server } = await listening(t, { headersMs: 300, connectionsPerPeer: 1 }, { settings: { tls: testTls('localhost') } })
  const silent = await rawClient(t, port)
  await open(server, 1)
  t.equal(await (await rawClient(t, port)).closed, '')
  await silent.closed
  t.pass('cut')
})

/** The protocol and cipher agreed on; null when there is no agreement. */
function agreed(port: number, options: object): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
      socket.destroy()
    })
    socket.on('error', () => resolve(null))
  })
}

t.test('over TLS only versions 1.2 and 1.3 are spoken, with forward secrecy and authenticated encryption', async (t) => {
  const { port } = await listening(t, {}, { settings: { tls: testTls('localhost') } })
  t.match(await agreed(port, {}), /^TLSv1\.3 /)
  t.match(await agreed(port, { maxVersion: 'TLSv1.2' }), /^TLSv1\.2 ECDHE-.*(GCM|POLY1305)/)
  // Security level 0, or the client itself would not offer these.
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }
  t.equal(await agreed(port, old), null)
  for (const ciphers of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256', 'AES128-SHA'])
    t.equal(await agreed(port, { maxVersion: 'TLSv1.2', ciphers }), null, ciphers)
})

t.test('the bounds in use are those that the reasons are given for', async (t) => {
  const { listener } = await webServer(newWorld())
  const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections } = listener
  const { headersMs, requestMs, keepAliveMs, connections } = DEFAULT_BOUNDS
  t.same([headersTimeout, requestTimeout, keepAliveTimeout, maxConnections], [headersMs, requestMs, keepAliveMs, connections])
})
