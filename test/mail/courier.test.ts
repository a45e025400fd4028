import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { maildirCourier, type RelayOptions, relayCourier } from '../../src/mail/courier.js'
import { type RelayBehaviour, startRelay } from '../support/relay.js'
import { testTls } from '../support/tls.js'

const LETTER = Buffer.from('From: no@hepoex.example\r\nTo: pat@home.example\r\nSubject: hello\r\n\r\n.a line with a dot\r\nbye\r\n')
const ENVELOPE = { from: 'n+1@hepoex.example', to: 'pat@home.example' }
const OPTIONS: RelayOptions = { timeoutsMs: { beforeDot: 60_000, afterDot: 60_000 }, ehlo: 'hepoex.example' }
/** Waits little for the one thing that never comes, and long for all else. */
const IMPATIENT: RelayOptions = { ...OPTIONS, timeoutsMs: { beforeDot: 150, afterDot: 60_000 } }
const IMPATIENT_AFTER_DOT: RelayOptions = { ...OPTIONS, timeoutsMs: { beforeDot: 60_000, afterDot: 150 } }

async function hand(t: Tap, behaviour: RelayBehaviour, options = OPTIONS, raw = LETTER) {
  const relay = await startRelay(behaviour)
  const courier = relayCourier(relay.url, options)
  t.teardown(async () => {
    await courier.close()
    await relay.close()
  })
  return { handoff: await courier.hand(raw, ENVELOPE), relay, courier }
}

type Tap = Pick<typeof t, 'teardown'>

t.test('a mail the relay takes on is accepted, byte for byte, under its envelope', async (t) => {
  const { handoff, relay } = await hand(t, {})
  t.same(handoff, { outcome: 'accepted', reply: '250 2.0.0 queued as A1' })
  t.same(relay.messages, [{ ...ENVELOPE, raw: LETTER.toString() }])
})

t.test('a large mail arrives whole', async (t) => {
  const raw = Buffer.concat([LETTER, Buffer.from(`${'0123456789'.repeat(7)}\r\n`.repeat(60_000))])
  const { handoff, relay } = await hand(t, {}, OPTIONS, raw)
  t.equal(handoff.outcome, 'accepted')
  t.ok(relay.messages[0]?.raw === raw.toString())
})

t.test('the null reverse-path is handed over as <>', async (t) => {
  const relay = await startRelay()
  t.teardown(() => relay.close())
  await relayCourier(relay.url, OPTIONS).hand(LETTER, { from: '', to: ENVELOPE.to })
  t.ok(relay.commands.some((line) => line.startsWith('MAIL FROM:<>')))
})

t.test('a relay that offers DSN is asked for failures alone, and for the header alone', async (t) => {
  const relay = await startRelay({ extensions: ['DSN'] })
  t.teardown(() => relay.close())
  await relayCourier(relay.url, OPTIONS).hand(LETTER, { ...ENVELOPE, envelopeId: '20261122-7K2M9QXD' })
  await relayCourier(relay.url, OPTIONS).hand(LETTER, ENVELOPE)
  const said = relay.commands.filter((line) => /^(MAIL|RCPT)/.test(line))
  t.match(said[0], /^MAIL FROM:<n\+1@hepoex\.example>.* RET=HDRS ENVID=20261122-7K2M9QXD$/)
  t.equal(said[1], 'RCPT TO:<pat@home.example> NOTIFY=FAILURE')
  t.notMatch(said.slice(2).join(), /RET|ENVID|NOTIFY/, 'of a mail without a name nothing is asked')
})

t.test('it tells whether the relay offers DSN, or that it does not answer', async (t) => {
  for (const [extensions, offered] of [
    [['DSN'], true],
    [['XDSN', 'DSNX'], false],
  ] as const) {
    const relay = await startRelay({ extensions })
    const courier = relayCourier(relay.url, OPTIONS)
    t.equal(await courier.offersDsn(), offered)
    await relay.close()
    t.equal(await courier.offersDsn(), null)
    await courier.close()
    t.equal(await courier.offersDsn(), null)
  }
  t.equal(await maildirCourier(t.testdir()).offersDsn(), null)
})

t.test('a relay without DSN hears nothing of it', async (t) => {
  const relay = await startRelay()
  t.teardown(() => relay.close())
  const handoff = await relayCourier(relay.url, OPTIONS).hand(LETTER, { ...ENVELOPE, envelopeId: '20261122-7K2M9QXD' })
  t.equal(handoff.outcome, 'accepted')
  t.notMatch(relay.commands.join(), /RET=|ENVID=|NOTIFY=/)
})

t.test('what the relay refuses is refused, and about whom', async (t) => {
  const cases: Array<[string, RelayBehaviour, 'recipient' | 'other', number]> = [
    ['temporary at MAIL', { mail: '451 4.3.0 later' }, 'other', 451],
    ['permanent at MAIL', { mail: '550 5.1.8 bad sender' }, 'other', 550],
    ['temporary at RCPT', { rcpt: '450 4.2.1 mailbox busy' }, 'recipient', 450],
    ['permanent at RCPT', { rcpt: '550 5.1.1 no such user' }, 'recipient', 550],
    ['permanent at RCPT without an enhanced code', { rcpt: '550 no such user' }, 'recipient', 550],
    ['relaying denied at RCPT', { rcpt: '550 5.7.1 relaying denied' }, 'other', 550],
    ['relaying denied at RCPT without an enhanced code', { rcpt: '530 authenticate first' }, 'other', 530],
    ['temporary at DATA', { data: '451 4.3.0 later' }, 'other', 451],
    ['temporary after the dot', { dot: '452 4.3.1 disk full' }, 'other', 452],
    ['permanent after the dot', { dot: '554 5.6.0 do not like it' }, 'other', 554],
    ['permanent after the dot about the address', { dot: '550 5.1.1 no such user' }, 'recipient', 550],
    ['closing down after the dot', { dot: '421 4.3.2 closing' }, 'other', 421],
    ['wrong greeting', { greeting: '554 5.3.2 go away' }, 'other', 554],
  ]
  for (const [name, behaviour, about, replyCode] of cases) {
    const { handoff, relay } = await hand(t, behaviour)
    if (name === 'wrong greeting') t.same(handoff, { outcome: 'unreachable' }, name)
    else t.same(handoff, { outcome: 'refused', permanent: replyCode >= 500, about, replyCode }, name)
    t.same(relay.messages, [], name)
  }
})

t.test('a mail whose dot was never sent is certainly not sent', async (t) => {
  for (const drop of ['before-354', 'in-text'] as const) {
    const raw = Buffer.concat([LETTER, Buffer.alloc(20_000_000, 'x\r\n')])
    t.same((await hand(t, { drop }, OPTIONS, raw)).handoff, { outcome: 'unreachable' }, drop)
  }
  for (const silentAt of ['connect', 'MAIL', 'RCPT', 'DATA'] as const) {
    t.same((await hand(t, { silentAt }, IMPATIENT)).handoff, { outcome: 'unreachable' }, `silent at ${silentAt}`)
  }
})

t.test('a process that stood still longer than it may wait sends no dot', async (t) => {
  // Asked when the conversation begins, when the text does, and before the dot: by then hours have gone by, and no timer was heard.
  const moments = [0, 100, 9_000_000]
  const options = { ...OPTIONS, monotonic: () => moments.shift() ?? 0 }
  const { handoff, relay } = await hand(t, {}, options)
  t.same(handoff, { outcome: 'unreachable' })
  t.same(relay.messages, [])
  t.same(moments, [], 'it was asked')
})

t.test('a relay that is not there is unreachable', async (t) => {
  const relay = await startRelay()
  await relay.close()
  const courier = relayCourier(relay.url, OPTIONS)
  t.same(await courier.hand(LETTER, ENVELOPE), { outcome: 'unreachable' })
  t.equal(await courier.probe(), false)
})

t.test('a connection lost after the dot leaves the outcome unknown, whether the mail was taken or not', async (t) => {
  const dropped = await hand(t, { drop: 'after-dot' })
  t.same(dropped.handoff, { outcome: 'unknown' })
  const taken = await hand(t, { drop: 'after-taking' })
  t.same(taken.handoff, { outcome: 'unknown' })
  t.equal(taken.relay.messages.length, 1)
})

t.test('a relay that is silent after the dot leaves the outcome unknown', async (t) => {
  t.same((await hand(t, { silentAt: 'dot' }, IMPATIENT_AFTER_DOT)).handoff, { outcome: 'unknown' })
})

t.test('it signs in, and a refused password is not taken for a refused recipient', async (t) => {
  const relay = await startRelay({ login: 'clinic:open sesame' })
  t.teardown(() => relay.close())
  const right = relayCourier(`smtp://clinic:open%20sesame@127.0.0.1:${relay.port}`, OPTIONS)
  t.equal((await right.hand(LETTER, ENVELOPE)).outcome, 'accepted')
  const wrong = relayCourier(`smtp://clinic:wrong@127.0.0.1:${relay.port}`, OPTIONS)
  t.same(await wrong.hand(LETTER, ENVELOPE), { outcome: 'refused', permanent: true, about: 'other', replyCode: 535 })
})

t.test('away from this machine nothing is said before STARTTLS with a certificate that holds', async (t) => {
  const tls = testTls('relay.test')
  const plain = await startRelay()
  const selfSigned = await startRelay({ tls })
  t.teardown(() => Promise.all([plain.close(), selfSigned.close()]))
  for (const relay of [plain, selfSigned]) {
    // 0.0.0.0 reaches this machine without being one of its loopback names.
    const courier = relayCourier(`smtp://0.0.0.0:${relay.port}`, OPTIONS)
    t.same(await courier.hand(LETTER, ENVELOPE), { outcome: 'unreachable' })
    t.notOk(relay.commands.some((line) => line.startsWith('MAIL')))
  }
})

t.test('on this machine STARTTLS is used when offered, whatever the certificate', async (t) => {
  const tls = testTls('relay.test')
  const { handoff, relay } = await hand(t, { tls })
  t.equal(handoff.outcome, 'accepted')
  t.ok(relay.commands.includes('STARTTLS'))
})

t.test('a probe asks without mailing, and a silent relay does not pass it', async (t) => {
  const relay = await startRelay()
  const refusing = await startRelay({ greeting: '421 4.3.2 busy' })
  t.teardown(() => Promise.all([relay.close(), refusing.close()]))
  t.equal(await relayCourier(relay.url, OPTIONS).probe(), true)
  t.notOk(relay.commands.some((line) => line.startsWith('MAIL')))
  t.equal(await relayCourier(refusing.url, OPTIONS).probe(), false)
})

t.test('closing waits for the mails on their way and takes no more', async (t) => {
  const relay = await startRelay()
  t.teardown(() => relay.close())
  const courier = relayCourier(relay.url, OPTIONS)
  const handing = courier.hand(LETTER, ENVELOPE)
  await courier.close()
  t.equal(relay.messages.length, 1)
  t.equal((await handing).outcome, 'accepted')
  t.equal((await courier.hand(LETTER, ENVELOPE)).outcome, 'unreachable')
})

t.test('a URL that is no relay is refused without being quoted', async (t) => {
  for (const url of ['http://user:hunter2@example.org', 'hunter2', 'smtp://']) {
    t.throws(() => relayCourier(url, OPTIONS), /^(?!.*hunter2)relay url/, url)
  }
})

t.test('the Maildir gets a file of its own for each mail, whole, for its owner only', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'maildir-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const courier = maildirCourier(join(folder, 'outgoing'))
  const handed = await Promise.all([1, 2, 3].map(() => courier.hand(LETTER, ENVELOPE)))
  t.ok(handed.every(({ outcome }) => outcome === 'accepted'))
  const names = await readdir(join(folder, 'outgoing', 'new'))
  t.equal(names.length, 3)
  t.same(await readFile(join(folder, 'outgoing', 'new', names[0] ?? '')), LETTER)
  t.equal((await stat(join(folder, 'outgoing', 'new', names[0] ?? ''))).mode & 0o777, 0o600)
  t.same(await readdir(join(folder, 'outgoing', 'tmp')), [])
  t.equal(await courier.probe(), true)
})

t.test('a Maildir that cannot be written is unreachable', async (t) => {
  const courier = maildirCourier('/dev/null/outgoing')
  t.equal((await courier.hand(LETTER, ENVELOPE)).outcome, 'unreachable')
  t.equal(await courier.probe(), false)
})
