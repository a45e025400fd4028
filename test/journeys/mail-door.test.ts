// The mail door with the real intake desk behind it, over sockets: what one peer may do, and who a peer is.

import t, { type Test } from 'tap'
import { PeerQuota } from '../../src/intake/quota.js'
import { silentLog } from '../../src/log.js'
import { createMailListener } from '../../src/smtp/listener.js'
import { type Bench, makeBench } from '../support/desk.js'
import { rawMessage } from '../support/raw.js'
import { SmtpClient } from '../support/smtp-client.js'
import { testTls } from '../support/tls.js'

/** The port of a mail door before this desk. */
async function openDoor(t: Test, { door }: Bench, proxies: string[] = []): Promise<number> {
  const listener = createMailListener({
    ...{ door, log: silentLog, tls: testTls(), maxMessageBytes: 1_000_000, hostname: 'intake.localhost' },
    ...{ host: '127.0.0.1', port: 0, smtpsPort: null, proxies },
  })
  const { port } = await listener.start()
  t.teardown(() => listener.close(300))
  return port
}

async function greeted(t: Test, port: number): Promise<SmtpClient> {
  const client = SmtpClient.connect(port)
  t.teardown(() => client.destroy())
  t.equal((await client.reply()).code, 220)
  await client.command('EHLO fax.clinic.example')
  return client
}

const MAIL = 'MAIL FROM:<records@clinic.example>'

/** The reply to a message, or to the command that ended it. */
async function sent(client: SmtpClient, raw = rawMessage()): Promise<string> {
  for (const command of [MAIL, 'RCPT TO:<clinic@intake.localhost>', 'DATA']) {
    const { code, lines } = await client.command(command)
    if (code >= 400) return lines.join('\n')
  }
  client.send(Buffer.concat([raw, Buffer.from('.\r\n')]))
  return (await client.reply()).lines.join('\n')
}

/** A fax gateway on this machine may send without TLS. */
const ON_THIS_MACHINE = { provider: { networks: ['127.0.0.1/32'] } }

t.test('a peer past its share is asked to come later at MAIL, in every connection it has, and is heard again after a while', async (t) => {
  const clock = { at: 0 }
  const quota = new PeerQuota({ windowMs: 60_000, messages: 2, bytes: 1e9 }, () => clock.at)
  const bench = await makeBench(t, { ...ON_THIS_MACHINE, quota })
  const port = await openDoor(t, bench)
  const [one, other] = [await greeted(t, port), await greeted(t, port)]
  t.match(await sent(one), /^250 2\.6\.0 /)
  t.match(await sent(other, rawMessage({ messageId: '<2@clinic.example>' })), /^250 2\.6\.0 /)
  for (const client of [one, other]) t.match((await client.command(MAIL)).lines[0], /^451 4\.7\.0 .+ try again by itself$/)
  clock.at = 60_000
  t.match(await sent(one, rawMessage({ messageId: '<3@clinic.example>' })), /^250 2\.6\.0 /)
})

t.test('behind a proxy the address it names is the peer, for registered networks and for the log; others cannot name one', async (t) => {
  const bench = await makeBench(t, { provider: { networks: ['192.0.2.9/32'] } })
  const behind = SmtpClient.connect(await openDoor(t, bench, ['127.0.0.1']))
  t.teardown(() => behind.destroy())
  behind.send('PROXY TCP4 192.0.2.9 198.51.100.1 56324 25\r\n')
  await behind.reply()
  await behind.command('EHLO fax.clinic.example')
  t.match(await sent(behind), /^250 2\.6\.0 /)
  const direct = await greeted(t, await openDoor(t, bench))
  await direct.command('PROXY TCP4 192.0.2.9 198.51.100.1 56324 25')
  t.match(await sent(direct, rawMessage({ messageId: '<2@clinic.example>' })), /^530 5\.7\.0 /)
  const rows = await bench.store.database.read('intakes').orderByRaw('rowid').select('peer', 'how')
  t.match(rows, [
    { peer: '192.0.2.9', how: 'network' },
    { peer: '127.0.0.1', how: null },
  ])
})
