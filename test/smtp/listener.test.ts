// The mail door as a whole: ports, TLS from the first byte, limits per peer, a changed certificate, the way it closes, what it logs.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { silentLog } from '../../src/log.js'
import { createMailListener } from '../../src/smtp/listener.js'
import { SmtpClient } from '../support/smtp-client.js'
import { testTls } from '../support/tls.js'
import { openStage, ScriptedDoor, type Stage, type StageOptions } from './stage.js'

async function staged(t: Test, options: StageOptions = {}): Promise<Stage> {
  const stage = await openStage(options)
  t.teardown(() => stage.listener.close(300))
  return stage
}

function connected(t: Test, client: SmtpClient): SmtpClient {
  t.teardown(() => client.destroy())
  return client
}

async function greeted(t: Test, port: number): Promise<SmtpClient> {
  const client = connected(t, SmtpClient.connect(port))
  t.equal((await client.reply()).code, 220)
  await client.command('EHLO mail.clinic.example')
  return client
}

/** A place is given back when the server has seen the connection end, a moment after the client has. */
async function greetedInTheEnd(t: Test, port: number): Promise<SmtpClient> {
  for (let tries = 0; tries < 200; tries++) {
    const client = connected(t, SmtpClient.connect(port))
    if ((await client.reply()).code === 220) return client
  }
  throw new Error('no place was given back')
}

async function inData(client: SmtpClient): Promise<void> {
  await client.command('MAIL FROM:<desk@clinic.example>')
  await client.command('RCPT TO:<clinic@intake.example.org>')
  await client.command('DATA')
}

t.test('on the port with TLS from the first byte, mail is heard as over TLS, and a password is taken', async (t) => {
  const { smtpsPort, door, tls } = await staged(t)
  const client = connected(t, SmtpClient.connectTls(smtpsPort))
  t.equal((await client.reply()).code, 220)
  t.equal(client.fingerprint256, tls.fingerprint256)
  const { lines } = await client.command('EHLO mail.clinic.example')
  t.ok(lines.includes('250-AUTH PLAIN LOGIN'))
  t.notOk(lines.some((line) => line.includes('STARTTLS')))
  t.equal((await client.command('AUTH PLAIN AGNsaW5pYwByaWdodA==')).code, 235)
  await inData(client)
  t.equal((await client.command('Subject: x\r\n\r\n.')).code, 250)
  t.match(door.heard.get('mail'), /tls=TLSv1\.3 TLS_\w+ signedInAs=provider-1$/)
})

t.test('a peer that only says NOOP after MAIL does not keep what MAIL reserved', async (t) => {
  const { port, door } = await staged(t, { commandMs: 1500, maxIdleCommands: 1_000_000 })
  const client = await greeted(t, port)
  await client.command('MAIL FROM:<desk@clinic.example>')
  const chatter = setInterval(() => client.send('NOOP\r\n'), 20)
  t.teardown(() => clearInterval(chatter))
  let said = await client.reply()
  while (said.code === 250) said = await client.reply()
  t.match(said.lines[0], /^421 4\.4\.2 /)
  await door.waitFor('release', 1)
  t.equal(door.reserved, 0)
})

t.test('a TLS handshake that trickles is ended in time', async (t) => {
  const { smtpsPort } = await staged(t, { handshakeMs: 200 })
  const socket = connect(smtpsPort, '127.0.0.1')
  // The beginning of a ClientHello, one byte at a time: every byte of it is right.
  const hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]
  const trickle = setInterval(() => socket.write(Buffer.from([hello.shift() ?? 1])), 20)
  t.teardown(() => clearInterval(trickle))
  // Not once(): a byte that was on its way makes the end a reset, which is an end too.
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('close', resolve))
  t.pass()
})

t.test('a peer with too many connections waits outside until one of them ends', async (t) => {
  const { port } = await staged(t, { maxConnectionsPerPeer: 2 })
  const [first] = [await greeted(t, port), await greeted(t, port)]
  const third = connected(t, SmtpClient.connect(port))
  t.same((await third.reply()).lines, ['421 4.7.0 Too many connections, please try again in a minute'])
  await third.closed()
  await first.command('QUIT')
  await first.closed()
  await greetedInTheEnd(t, port)
})

t.test('a connection that went over to TLS gives its place back too', async (t) => {
  const { port } = await staged(t, { maxConnectionsPerPeer: 1 })
  for (let round = 0; round < 3; round++) {
    const client = await greetedInTheEnd(t, port)
    await client.command('STARTTLS')
    await client.startTls()
    await client.command('QUIT')
    await client.closed()
  }
  t.pass()
})

const proxied = (address: string) => `PROXY TCP4 ${address} 198.51.100.1 56324 25\r\n`

t.test('behind a proxy each peer has its own places, not the proxy', async (t) => {
  const { port } = await staged(t, { maxConnectionsPerPeer: 1, proxies: ['127.0.0.1'] })
  const replies = []
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
    const client = connected(t, SmtpClient.connect(port))
    client.send(proxied(address))
    replies.push((await client.reply()).code)
  }
  t.same(replies, [220, 220, 421])
})

t.test('a proxy that says nothing keeps a place of the house only as long as it may', async (t) => {
  const { port, log } = await staged(t, { maxConnections: 1, proxyHeaderMs: 300, proxies: ['127.0.0.1'] })
  const silent = connected(t, SmtpClient.connect(port))
  const second = connected(t, SmtpClient.connect(port))
  t.match((await second.reply()).lines, [/^421 /])
  await silent.closed()
  t.match(log, [{ event: 'disconnected', reason: 'proxy-header', peer: '127.0.0.1' }])
  for (let tries = 0; tries < 200; tries++) {
    const third = connected(t, SmtpClient.connect(port))
    third.send(proxied('192.0.2.1'))
    if ((await third.reply()).code === 220) return t.pass()
  }
  t.fail('no place was given back')
})

t.test('on the port with TLS from the first byte the PROXY header comes before the handshake', async (t) => {
  const { smtpsPort, door } = await staged(t, { proxies: ['127.0.0.1'] })
  const peers = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
  const clients = await Promise.all(
    peers.map(async (address) => {
      const client = connected(t, SmtpClient.connect(smtpsPort))
      await client.connected()
      client.send(proxied(address))
      await client.startTls()
      await client.reply()
      await client.command('EHLO mail.clinic.example')
      return client
    }),
  )
  for (const [index, client] of clients.entries()) {
    await client.command('MAIL FROM:<desk@clinic.example>')
    t.match(door.heard.get('mail'), `peer=${peers[index]} ehlo=mail.clinic.example with=ESMTPS tls=TLSv1.3`)
  }
})

t.test('closing does not wait for a proxy that says nothing', async (t) => {
  const { port, listener } = await openStage({ proxies: ['127.0.0.1'] })
  const client = connected(t, SmtpClient.connect(port))
  const open = connected(t, SmtpClient.connect(port))
  open.send(proxied('192.0.2.1'))
  await open.reply()
  await listener.close(10_000)
  await client.closed()
})

t.test('a new certificate is shown from the next connection on', async (t) => {
  const { port, smtpsPort, listener } = await staged(t)
  const other = testTls()
  listener.reloadTls(other)
  const client = await greeted(t, port)
  await client.command('STARTTLS')
  await client.startTls()
  t.equal(client.fingerprint256, other.fingerprint256)
  const direct = connected(t, SmtpClient.connectTls(smtpsPort))
  await direct.reply()
  t.equal(direct.fingerprint256, other.fingerprint256)
})

t.test('a port that is taken is an error with its code, and the other port is given back', async (t) => {
  const [taken, free] = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')]
  await Promise.all([once(taken, 'listening'), once(free, 'listening')])
  t.teardown(() => taken.close())
  const [{ port: smtpsPort }, { port }] = [taken.address() as AddressInfo, free.address() as AddressInfo]
  free.close()
  await once(free, 'close')
  const listener = createMailListener({
    ...{ door: new ScriptedDoor(1000), log: silentLog, tls: testTls(), maxMessageBytes: 1000 },
    ...{ host: '127.0.0.1', port, smtpsPort, hostname: 'intake.example.org' },
  })
  await t.rejects(listener.start(), { code: 'EADDRINUSE' })
  await t.rejects(once(connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' })
  await listener.close(100)
})

t.test('closing does not wait for a peer that keeps its side open', async (t) => {
  const { port, listener } = await openStage()
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'data')
  await listener.close(300)
  t.notOk(socket.writableEnded, 'and it still has')
})

t.test('closing twice, or before the start, is no harm', async (t) => {
  const { listener } = await openStage()
  await Promise.all([listener.close(100), listener.close(100)])
  const never = createMailListener({
    ...{ door: new ScriptedDoor(1000), log: silentLog, tls: testTls(), maxMessageBytes: 1000 },
    ...{ host: '127.0.0.1', port: 0, smtpsPort: null, hostname: 'intake.example.org' },
  })
  await never.close(100)
  t.pass()
})

t.test('no smtps port, no listener on it', async (t) => {
  const listener = createMailListener({
    ...{ door: new ScriptedDoor(1000), log: silentLog, tls: testTls(), maxMessageBytes: 1000 },
    ...{ host: '127.0.0.1', port: 0, smtpsPort: null, hostname: 'intake.example.org' },
  })
  t.equal((await listener.start()).smtpsPort, null)
  await listener.close(100)
})

t.test('closing does not wait for a desk that never answers, on a plain connection or over TLS', async (t) => {
  const { port, listener, door } = await openStage()
  door.direct('data', 'waits')
  const [plain, secure] = [await greeted(t, port), await greeted(t, port)]
  await secure.command('STARTTLS')
  await secure.startTls()
  await secure.command('EHLO mail.clinic.example')
  for (const client of [plain, secure]) {
    await inData(client)
    client.send('Subject: x\r\n\r\n.\r\n')
  }
  await door.waitFor('data', 2)
  await listener.close(300)
  for (const client of [plain, secure]) t.equal((await client.reply()).lines[0]?.slice(0, 9), '421 4.3.2')
  t.equal(door.counts.get('release'), undefined, 'what the desk still works on is not released under its hands')
  door.direct('data', 'goes on')
  await door.waitFor('release', 2)
  t.same(door.mistakes, [])
})

t.test('after closing nobody comes in', async (t) => {
  const { port, listener } = await openStage()
  await listener.close(100)
  await t.rejects(once(connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' })
})

t.test('a peer that never stops sending is heard no further than a little past twice the limit', async (t) => {
  const { port, door } = await staged(t, { maxMessageBytes: 100_000 })
  const client = await greeted(t, port)
  await inData(client)
  const line = Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(500))
  const flood = setInterval(() => client.send(line), 1)
  t.match((await client.reply()).lines, ['552 5.3.4 The message is too large, at most 1 MB of files'])
  clearInterval(flood)
  await client.closed().catch(() => {})
  const heard = Number(/bytes=(\d+)/.exec(door.heard.get('refuseData') ?? '')?.[1])
  t.ok(heard > 200_000 && heard < 400_000, String(heard))
})

t.test('an exception leaves its class and stack in the log, and nothing of its message', async (t) => {
  const { port, door, log } = await staged(t)
  door.direct('mail', 'throws')
  const client = await greeted(t, port)
  await client.command('MAIL FROM:<desk@clinic.example>')
  const failure = log.find(({ event }) => event === 'failed')
  t.match(failure, { where: 'smtp', error: 'TypeError', peer: '127.0.0.1' })
  t.notMatch(JSON.stringify(log), /secretAnswer/)
})

t.test('a release that breaks is logged, and the connection lives on', async (t) => {
  const { port, door, log } = await staged(t)
  door.release = () => {
    throw new RangeError('broken')
  }
  const client = await greeted(t, port)
  await inData(client)
  t.equal((await client.command('Subject: x\r\n\r\n.')).code, 250)
  t.equal((await client.command('NOOP')).code, 250)
  t.match(log, [{ event: 'failed', error: 'RangeError' }])
})

t.test('a connection that we end is logged with its reason', async (t) => {
  const { port, log } = await staged(t, { commandMs: 300 })
  const client = connected(t, SmtpClient.connect(port))
  t.equal((await client.reply()).code, 220)
  t.equal((await client.reply()).code, 421)
  await client.closed()
  t.match(log, [{ event: 'disconnected', peer: '127.0.0.1', reason: 'idle', tls: null }])
})
