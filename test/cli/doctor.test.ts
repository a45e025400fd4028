import { createSocket, type RemoteInfo } from 'node:dgram'
import { chmod, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DAY } from '../../src/clock.js'
import { startClamd } from '../support/clamd.js'
import { openIssuer } from '../support/issuer.js'
import { startRelay } from '../support/relay.js'
import { testTls } from '../support/tls.js'
import { onlyJson, openShell, type Shell } from './support.js'

interface Finding {
  readonly about: string
  readonly ok: boolean
  readonly text: string
}

/** What the doctor finds with these settings; the finding about `about`, and which others failed. */
async function examine(shell: Shell, about: string, settings: Record<string, string> = {}) {
  const said = await shell.withSettings(settings, 'doctor', '--json')
  const findings: Finding[] = onlyJson(said)
  const found = findings.find((each) => each.about === about)
  const others = findings.filter((each) => !each.ok && each.about !== about).map((each) => each.about)
  return { code: said.code, ok: found?.ok, text: found?.text ?? '', others }
}

t.test('with nothing configured all is well, and says what must be set before real use', async (t) => {
  const shell = await openShell(t)
  const said = await shell.hepoex('doctor', '--json')
  t.match(said, { code: 0, err: '' })
  const findings: Finding[] = onlyJson(said)
  t.same(
    findings.map(({ about, ok }) => [about, ok]),
    ['configuration', 'keys', 'database', 'packages', 'relay', 'tls', 'dns', 'clock'].map((about) => [about, true]),
  )
  const text = findings.map((finding) => finding.text).join('\n')
  for (const word of ['HEPOEX_RELAY_URL', 'HEPOEX_INTAKE_DOMAIN', shell.mailboxes, shell.keyFile]) t.ok(text.includes(word), word)
})

t.test('in words it is a line each', async (t) => {
  const { hepoex } = await openShell(t)
  const said = await hepoex('doctor')
  t.match(said, { code: 0, err: '' })
  const lines = said.out.trimEnd().split('\n')
  t.equal(lines.length, 8)
  for (const line of lines) t.match(line, /^ok {4}[a-z]+ +\S/)
})

t.test('it leaves no blob behind', async (t) => {
  const shell = await openShell(t)
  await shell.hepoex('doctor')
  const blobs = await shell.look(async (store) => {
    const keys: string[] = []
    for await (const { key } of store.blobs.list()) keys.push(key)
    return keys
  })
  t.same(blobs, [])
})

t.test('a key file that lies with the data fails', async (t) => {
  const shell = await openShell(t)
  for (const name of ['service.key', 'keys/service.key', '..key/service.key']) {
    const fresh = await openShell(t)
    const file = join(fresh.mailboxes, name)
    t.match(await examine(fresh, 'keys', { HEPOEX_KEY_FILE: file }), {
      code: 1,
      ok: false,
      text: /lies with the data.+HEPOEX_KEY_FILE/,
      others: [],
    })
  }
  const beside = { HEPOEX_KEY_FILE: `${shell.mailboxes}-keys/service.key` }
  t.match(await examine(shell, 'keys', beside), { code: 0, ok: true })
})

t.test('a key file that others may read fails, with what to do', async (t) => {
  const shell = await openShell(t)
  await shell.hepoex('doctor')
  await chmod(shell.keyFile, 0o644)
  const found = await examine(shell, 'keys')
  t.match(found, { code: 1, ok: false, text: /chmod 600/ })
  t.notMatch(found.text, /\n/)
})

t.test('a missing key file beside data fails', async (t) => {
  const shell = await openShell(t)
  await shell.hepoex('doctor')
  const settings = { HEPOEX_KEY_FILE: join(shell.folder, 'other', 'service.key') }
  t.match(await examine(shell, 'keys', settings), { code: 1, ok: false, text: /missing, but there is data/ })
})

t.test('a database that is none fails', async (t) => {
  const shell = await openShell(t)
  await shell.hepoex('doctor')
  await shell.write('mailboxes/hepoex.db', 'no database at all\n'.repeat(99))
  t.match(await examine(shell, 'database'), { code: 1, ok: false, text: /is damaged.+backup/ })
})

t.test('a database with a damaged page fails', async (t) => {
  const shell = await openShell(t)
  await shell.hepoex('doctor')
  const file = join(shell.mailboxes, 'hepoex.db')
  const { size } = await stat(file)
  const handle = await open(file, 'r+')
  // The last pages: those of indices made last, which opening does not read.
  await handle.write(Buffer.alloc(8192, 0xee), 0, 8192, size - 8192)
  await handle.close()
  t.match(await examine(shell, 'database'), { code: 1, ok: false, text: /damaged.+backup/ })
})

t.test('a data folder that cannot be written fails', async (t) => {
  const shell = await openShell(t)
  const file = await shell.write('a-file', 'x')
  const found = await examine(shell, 'database', { HEPOEX_MAILBOXES: join(file, 'mailboxes') })
  t.match(found, { code: 1, ok: false, text: /HEPOEX_MAILBOXES/ })
  t.notMatch(found.text, /\n/)
})

t.test('a packages folder that cannot be written fails, and the other checks are made', async (t) => {
  const shell = await openShell(t)
  await shell.hepoex('doctor')
  const found = await shell.look(async (store) => {
    // Every place a blob may go to is taken by a file.
    for (let place = 0; place < 256; place++)
      await shell.write(`mailboxes/packages/${place.toString(16).padStart(2, '0')}`, '').catch(() => {})
    await store.close()
    return examine(shell, 'packages')
  })
  t.match(found, { code: 1, ok: false, text: /^placing blob: E[A-Z]+: .+HEPOEX_MAILBOXES/ })
})

t.test('a relay that answers is named, without its password; one that does not fails', async (t) => {
  const shell = await openShell(t)
  const relay = await startRelay({ extensions: ['DSN'] })
  const url = relay.url
  const found = await examine(shell, 'relay', { HEPOEX_RELAY_URL: url })
  t.match(found, { code: 0, ok: true, text: `127.0.0.1:${relay.port} answers` })
  await relay.close()
  const down = await examine(shell, 'relay', { HEPOEX_RELAY_URL: url.replace('smtp://', 'smtp://user:hush-hush@') })
  t.match(down, { code: 1, ok: false, text: /does not answer.+HEPOEX_RELAY_URL/, others: [] })
  t.notMatch(down.text, /hush/)
})

t.test('of a relay without DSN it says that bounces may quote a notice', async (t) => {
  const shell = await openShell(t)
  const relay = await startRelay()
  t.teardown(() => relay.close())
  t.match(await examine(shell, 'relay', { HEPOEX_RELAY_URL: relay.url }), { code: 0, ok: true, text: /answers, but.+DSN.+quote a notice/ })
})

t.test('a certificate about to end fails; one with time left is well', async (t) => {
  const shell = await openShell(t)
  const configured = async (days: number) => {
    const { cert, key } = testTls('intake.localhost', new Date(Date.now() - DAY), new Date(Date.now() + (days + 0.5) * DAY))
    return { HEPOEX_TLS_CERT: await shell.write('cert.pem', cert), HEPOEX_TLS_KEY: await shell.write('key.pem', key) }
  }
  t.match(await examine(shell, 'tls', await configured(13)), { code: 1, ok: false, text: /ends in 13 days: renew/, others: [] })
  t.match(await examine(shell, 'tls', await configured(14)), { code: 0, ok: true, text: /14 days left/ })
  const missing = { HEPOEX_TLS_CERT: join(shell.folder, 'none.pem'), HEPOEX_TLS_KEY: join(shell.folder, 'key.pem') }
  t.match(await examine(shell, 'tls', missing), { code: 1, ok: false, text: /none\.pem/, others: [] })
})

t.test('the certificate of the web door is looked at too', async (t) => {
  const shell = await openShell(t)
  const { cert, key } = testTls('127.0.0.1', new Date(Date.now() - DAY), new Date(Date.now() + 3 * DAY + 60_000))
  const settings = { HEPOEX_WEB_TLS_CERT: await shell.write('web.pem', cert), HEPOEX_WEB_TLS_KEY: await shell.write('web.key', key) }
  t.match(await examine(shell, 'tls', settings), { code: 1, ok: false, text: /^certificate of the web door ends in 3 days: renew/ })
  await shell.write('web.key', testTls().key)
  t.match(await examine(shell, 'tls', settings), { code: 1, ok: false, text: /web\.key is not the one of the certificate/ })
})

t.test('a clamd that answers and takes the biggest message is well; one that is down, or takes less, is not', async (t) => {
  const shell = await openShell(t)
  const clamd = await startClamd()
  const settings = { HEPOEX_CLAMD: `tcp://127.0.0.1:${clamd.port}`, HEPOEX_MAX_MESSAGE_BYTES: '100000' }
  t.match(await examine(shell, 'clamd', settings), { code: 0, ok: true, text: 'answers, and takes messages up to 100000 bytes' })
  clamd.answer = () => 'INSTREAM size limit exceeded. ERROR'
  t.match(await examine(shell, 'clamd', settings), { code: 1, ok: false, text: /set its StreamMaxLength to 100000 or more/, others: [] })
  clamd.answer = () => 'nonsense'
  t.match(await examine(shell, 'clamd', settings), { code: 1, ok: false, text: /could not scan/ })
  await clamd.close()
  t.match(await examine(shell, 'clamd', settings), { code: 1, ok: false, text: /does not answer.+HEPOEX_CLAMD/ })
})

t.test('a clock behind what was written before fails', async (t) => {
  const shell = await openShell(t)
  await shell.look((store) =>
    store.write((tables) =>
      tables.intakes.append({
        ...{ number: '20991231-ABCDEFGH', at: Date.now() + DAY, providerId: null, consumerId: null, outcome: 'rejected' },
        ...{
          reason: 'no-id',
          detail: null,
          replyCode: 554,
          enhancedCode: '5.6.0',
          replyText: '',
          bytes: 1,
          documents: 0,
          peer: '192.0.2.1',
        },
        ...{ tls: null, how: null, consumerMasked: null, intakeAddress: null, durationMs: 1, packageId: null },
      }),
    ),
  )
  t.match(await examine(shell, 'clock'), { code: 1, ok: false, text: /behind what was written before.+NTP/, others: [] })
})

/** A name server that answers every question with the same MX record, or with an error code (RFC 1035 4.1.1); its address. */
async function nameServer(t: Test, answer: string | 0 | 2 | 3): Promise<string> {
  const socket = createSocket('udp4')
  socket.on('message', (question: Buffer, peer: RemoteInfo) => {
    const end = question.indexOf(0, 12) + 5
    const exchange = typeof answer === 'string' ? answer.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]) : []
    const record = typeof answer === 'string' ? [0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 9, 0, exchange.length + 3, 0, 10, ...exchange, 0] : []
    const flags = [0x81, 0x80 | (typeof answer === 'string' ? 0 : answer)]
    const head = [...question.subarray(0, 2), ...flags, 0, 1, 0, record.length > 0 ? 1 : 0, 0, 0, 0, 0]
    socket.send(Buffer.from([...head, ...question.subarray(12, end), ...record]), peer.port, peer.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise<void>((resolve) => socket.close(() => resolve())))
  return `127.0.0.1:${socket.address().port}`
}

const ZONES: Array<[string, string | 0 | 2 | 3, boolean, RegExp]> = [
  ['an MX record', 'mx.example.org', true, /in\.example\.org is served by mx\.example\.org, .*bounces/],
  ['none', 0, false, /has no MX record: give it one/],
  ['no such name', 3, false, /has no MX record: give it one/],
  ['a failing server', 2, false, /could not be looked up \(ESERVFAIL\)/],
]

for (const [what, answer, ok, text] of ZONES) {
  t.test(`the intake domain is looked up at the DNS servers that are set: ${what}`, async (t) => {
    const shell = await openShell(t)
    const settings = { HEPOEX_INTAKE_DOMAIN: 'in.example.org', HEPOEX_DNS_SERVERS: await nameServer(t, answer) }
    t.match(await examine(shell, 'dns', settings), { code: ok ? 0 : 1, ok, text, others: [] })
  })
}

t.test('an OpenID Connect provider that answers is fine, and how to be known to it is said', async (t) => {
  const issuer = await openIssuer(t)
  const shell = await openShell(t)
  t.match(await examine(shell, 'sign-in', issuer.settings), {
    code: 1,
    ok: false,
    text: /does not answer as an OpenID Connect provider/,
    others: [],
  })
  await issuer.admit('http://127.0.0.1:8080')
  const settings = { ...issuer.settings, HEPOEX_PUBLIC_URL: 'http://localhost:8080' }
  const found = await examine(shell, 'sign-in', settings)
  t.match(found, { code: 0, ok: true, others: [] })
  t.match(found.text, 'http://localhost:8080/sign-in/with/return')
  await issuer.close()
  t.match(await examine(shell, 'sign-in', issuer.settings), { code: 1, ok: false, text: /HEPOEX_OIDC_ISSUER/ })
})
