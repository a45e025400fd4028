// The service as a whole: what opens, what closes, and what keeps it from starting.

import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request } from 'node:https'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { providerRegistry } from '../src/accounts/providers.js'
import { type Config, loadConfig } from '../src/config.js'
import { createLog } from '../src/log.js'
import { siteOf } from '../src/service/parts.js'
import { type Service, startService } from '../src/service/service.js'
import { openStore } from '../src/store/store.js'
import { startRelay } from './support/relay.js'
import { refusingResolver } from './support/resolver.js'
import { testTls } from './support/tls.js'

interface Place {
  readonly folder: string
  readonly log: string[]
  readonly config: (change?: Record<string, string>) => Config
  /** Stopped at the end of the test, if not before. */
  readonly start: (change?: Record<string, string>) => Promise<Service>
}

function newPlace(t: Test): Place {
  const folder = t.testdir()
  const log: string[] = []
  const config = (change: Record<string, string> = {}) =>
    loadConfig({
      HEPOEX_MAILBOXES: join(folder, 'mailboxes'),
      HEPOEX_KEY_FILE: join(folder, 'keys', 'service.key'),
      HEPOEX_SMTP_PORT: '0',
      HEPOEX_WEB_PORT: '0',
      ...change,
    })
  const start = async (change = {}) => {
    const options = { config: config(change), log: createLog({ write: (line) => void log.push(line) }) }
    const service = await startService({ ...options, graceMs: 1_000, resolver: refusingResolver() })
    t.teardown(() => service.stop())
    return service
  }
  return { folder, log, config, start }
}

/** What the mail door says first; null when nobody is there. */
async function greeting(port: number): Promise<string | null> {
  const socket = connect(port, '127.0.0.1')
  try {
    const [line] = await once(socket, 'data')
    return String(line)
  } catch {
    return null
  } finally {
    socket.destroy()
  }
}

const status = (url: string) => fetch(url, { redirect: 'manual' }).then((answer) => answer.body?.cancel().then(() => answer.status))

/** A server that holds a port of its own, and the port. */
async function holdPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { server, port: typeof address === 'object' ? String(address?.port) : '' }
}

async function takenPort(t: Test): Promise<string> {
  const { server, port } = await holdPort()
  t.teardown(() => server.close())
  return port
}

async function freePort(): Promise<string> {
  const { server, port } = await holdPort()
  server.close()
  await once(server, 'close')
  return port
}

t.test('both doors open, and say so', async (t) => {
  const { start, log } = newPlace(t)
  const service = await start()
  t.match(await greeting(service.smtpPort), /^220 intake\.localhost /)
  t.match(service, { smtpHost: '127.0.0.1', smtpsPort: null, isFirstStart: true, webUrl: /^http:\/\/127\.0\.0\.1:\d+$/ })
  t.equal(await status(`${service.webUrl}/healthz`), 200)
  t.equal(await status(`${service.webUrl}/readyz`), 200)
  const events = log.map((line) => JSON.parse(line).event)
  for (const event of ['started', 'trying-out']) t.ok(events.includes(event), event)
})

t.test('stopping closes both, more than once is no trouble, and the data can be opened again', async (t) => {
  const { start, log, folder } = newPlace(t)
  const service = await start()
  await Promise.all([service.stop(), service.stop()])
  await service.stop()
  t.equal(await greeting(service.smtpPort), null)
  await t.rejects(status(service.webUrl))
  t.equal(log.filter((line) => line.includes('"failed"')).length, 0)
  t.ok(log.some((line) => line.includes('"stopped"')))
  const again = await start()
  t.equal(await status(`${again.webUrl}/readyz`), 200)
  await again.stop()
  t.notOk(
    (await readdir(join(folder, 'mailboxes'))).some((name) => name.endsWith('-wal')),
    'the database was closed',
  )
})

t.test('it is the first start until there is a provider', async (t) => {
  const { start } = newPlace(t)
  const service = await start()
  const registry = providerRegistry({ store: service.store, now: () => 1 })
  await registry.add({ name: 'Sample Clinic', senders: ['clinic.example'], auth: ['dmarc'], networks: [], unmatched: 'reject' })
  await service.stop()
  t.equal((await start()).isFirstStart, false)
})

t.test('without a relay mail stays in a folder and is shown; with one there is neither', async (t) => {
  const { start, folder } = newPlace(t)
  const trying = await start()
  t.equal(trying.tryingOut, join(folder, 'mailboxes', 'outgoing'))
  t.equal(await status(`${trying.webUrl}/outgoing`), 200)
  await trying.stop()
  const relay = await startRelay()
  t.teardown(() => relay.close())
  const real = await start({ HEPOEX_RELAY_URL: relay.url })
  t.equal(real.tryingOut, null)
  t.equal(await status(`${real.webUrl}/outgoing`), 404)
})

t.test('figures are counted from the first event on', async (t) => {
  const { start } = newPlace(t)
  const service = await start()
  const text = await (await fetch(`${service.webUrl}/metrics`)).text()
  t.match(text, /^hepoex_events_total\{event="started",reason=""\} 1$/m)
})

t.test('a proxy that is listed must say whose connection it is', async (t) => {
  const { start } = newPlace(t)
  const { smtpPort } = await start({ HEPOEX_SMTP_PROXIES: '127.0.0.1' })
  for (const [said, heard] of [
    ['PROXY TCP4 192.0.2.9 198.51.100.1 56324 25\r\n', /^220 /],
    ['EHLO mail.clinic.example\r\n', /^$/],
  ] as const) {
    const socket = connect(smtpPort, '127.0.0.1').setEncoding('latin1')
    socket.write(said)
    const [line = ''] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])
    t.match(String(line), heard)
    socket.destroy()
  }
})

t.test('a second mail door begins with TLS', async (t) => {
  const { start } = newPlace(t)
  const { smtpsPort } = await start({ HEPOEX_SMTPS_PORT: '0' })
  const socket = connectTls({ port: smtpsPort ?? 0, host: '127.0.0.1', servername: 'intake.localhost', rejectUnauthorized: false })
  const [line] = await once(socket, 'data')
  t.match(String(line), /^220 /)
  socket.destroy()
})

t.test('the web door speaks HTTPS when it is given a certificate', async (t) => {
  const { start, folder } = newPlace(t)
  const { cert, key } = testTls('127.0.0.1')
  const { writeFile } = await import('node:fs/promises')
  await writeFile(join(folder, 'web.pem'), cert)
  await writeFile(join(folder, 'web.key'), key)
  const service = await start({ HEPOEX_WEB_TLS_CERT: join(folder, 'web.pem'), HEPOEX_WEB_TLS_KEY: join(folder, 'web.key') })
  t.match(service.webUrl, /^https:/)
  const asked = request(`${service.webUrl}/readyz`, { ca: cert, checkServerIdentity: () => undefined })
  asked.end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  t.equal(answer.statusCode, 200)
})

t.test('mail that was queued while nothing ran is sent after the start', async (t) => {
  const { start, config } = newPlace(t)
  const relay = await startRelay()
  t.teardown(() => relay.close())
  const { run } = await import('../src/cli/run.js')
  const { mailboxes, keyFile } = config()
  const environment = { HEPOEX_MAILBOXES: mailboxes, HEPOEX_KEY_FILE: keyFile, HEPOEX_RELAY_URL: relay.url }
  t.equal(await run(['admin', 'invite', 'admin@example.org'], { out: () => {}, err: () => {}, environment, isTerminal: false }), 0)
  const sent = relay.next()
  const service = await start({ HEPOEX_RELAY_URL: relay.url })
  await sent
  t.match(relay.messages, [{ to: 'admin@example.org' }])
  await service.stop()
})

/** Why it did not start; the data must be free again, and the other door closed. */
async function refusal(t: Test, place: Place, change: Record<string, string>): Promise<Error> {
  const error = await place.start(change).then(
    () => t.fail('it started'),
    (thrown) => thrown,
  )
  const { mailboxes, keyFile } = place.config()
  const store = await openStore({ mailboxes, keyFile })
  await store.write((tables) => tables.providers.list())
  await store.close()
  return error
}

t.test('a port in use is told in words, and the door that was open already is closed', async (t) => {
  const place = newPlace(t)
  const port = await takenPort(t)
  const smtpPort = await freePort()
  const web = await refusal(t, place, { HEPOEX_SMTP_PORT: smtpPort, HEPOEX_WEB_PORT: port })
  t.match(web, { name: 'StartError', message: new RegExp(`127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\): is another copy running\\?`) })
  t.equal(await greeting(Number(smtpPort)), null)
  t.match(await refusal(t, place, { HEPOEX_SMTP_PORT: port }), { name: 'StartError', message: /EADDRINUSE/ })
})

const FILES: Array<[string, Record<string, string>, string, RegExp]> = [
  [
    'a DKIM key',
    { HEPOEX_DKIM_DOMAIN: 'example.org', HEPOEX_DKIM_SELECTOR: 's1', HEPOEX_DKIM_KEY: '/nowhere/a.pem' },
    'StartError',
    /^HEPOEX_DKIM_KEY: \/nowhere\/a\.pem cannot be read$/,
  ],
  [
    'a certificate of the web door',
    { HEPOEX_WEB_TLS_CERT: '/nowhere/a.pem', HEPOEX_WEB_TLS_KEY: '/nowhere/b.pem' },
    'TlsConfigError',
    /^cannot read \/nowhere\/a\.pem: ENOENT$/,
  ],
  [
    'a certificate of the mail door',
    { HEPOEX_TLS_CERT: '/nowhere/a.pem', HEPOEX_TLS_KEY: '/nowhere/b.pem' },
    'TlsConfigError',
    /\/nowhere\/a\.pem/,
  ],
]

for (const [what, change, name, message] of FILES) {
  t.test(`${what} that cannot be read stops the start with its name`, async (t) => {
    t.match(await refusal(t, newPlace(t), change), { name, message })
  })
}

t.test('keys that are not this data’s stop the start', async (t) => {
  const { start, folder } = newPlace(t)
  await (await start()).stop()
  const { openKeyring } = await import('../src/store/keyring.js')
  const other = join(folder, 'other.key')
  await openKeyring(other, { create: true })
  await t.rejects(start({ HEPOEX_KEY_FILE: other }), { name: 'KeyFileError', message: /not the one this data was sealed with/ })
})

const SITES: Array<[Record<string, string>, string]> = [
  [{}, 'http://127.0.0.1:8080'],
  [{ HEPOEX_WEB_PORT: '81' }, 'http://127.0.0.1:81'],
  [{ HEPOEX_WEB_HOST: '::1' }, 'http://[::1]:8080'],
  [{ HEPOEX_WEB_HOST: '::', HEPOEX_RELAY_URL: 'smtp://127.0.0.1:1' }, 'http://localhost:8080'],
  [{ HEPOEX_WEB_HOST: '0.0.0.0', HEPOEX_RELAY_URL: 'smtp://127.0.0.1:1' }, 'http://localhost:8080'],
  [{ HEPOEX_WEB_TLS_CERT: '/a', HEPOEX_WEB_TLS_KEY: '/b' }, 'https://127.0.0.1:8080'],
  [{ HEPOEX_PUBLIC_URL: 'https://post.example.org', HEPOEX_RELAY_URL: 'smtp://127.0.0.1:1' }, 'https://post.example.org'],
]

for (const [environment, site] of SITES) {
  t.test(`the site is at ${site} with ${Object.keys(environment).join(' and ') || 'nothing set'}`, (t) => {
    t.equal(siteOf(loadConfig(environment)), site)
    t.end()
  })
}
