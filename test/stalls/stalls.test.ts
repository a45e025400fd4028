// Real processes that stand still. One takes a message and is stopped (SIGSTOP) at a known step of the hand-off until its lease is over;
// another one on the same data takes the redelivery; then the first goes on. And copies of one message through one process and through
// three at once. The leases are seconds long here; everything else is as it is served.

import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTransport } from 'nodemailer'
import sqlite3 from 'sqlite3'
import t, { type Test } from 'tap'
import { type House, openHouse } from '../../scripts/house.mjs'
import { openStore } from '../../src/store/store.js'
import { CONSUMER, enrol, PROVIDER } from '../support/desk.js'
import { openWith } from '../support/opened.js'
import { rawMessage } from '../support/raw.js'
import { startRelay, type TestRelay } from '../support/relay.js'

// Nine processes: on a busy machine each takes seconds to start.
t.setTimeout(300_000)

/** The lease outlasts both waits for the relay (the first one counts twice), as it does in earnest. */
const LEASE_MS = 15_000
const PROGRAM = [fileURLToPath(new URL('../support/short-lease.mjs', import.meta.url)), String(LEASE_MS), '4500', '4500']
const SENDER = 'records@clinic.example'
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const folder = await mkdtemp(join(tmpdir(), 'hepoex-stalls-'))
const paths = { mailboxes: join(folder, 'mailboxes'), keyFile: join(folder, 'keys', 'service.key') }
const store = await openStore(paths)
await store.write((tables) => tables.providers.add({ ...PROVIDER, auth: ['network'], networks: ['127.0.0.0/8'] }))
await enrol(store, CONSUMER, Date.now())
const houses: House[] = []
const relays: TestRelay[] = []
t.teardown(async () => {
  for (const house of houses) house.child.kill('SIGCONT')
  await Promise.all(houses.map((house) => house.close()))
  await Promise.all(relays.map((relay) => relay.close()))
  await new Promise((resolve) => probe.close(resolve))
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

/** A service on the data all of them share, with a relay of its own. */
async function serve(hold?: (moment: string) => Promise<void> | undefined): Promise<House> {
  const relay = await startRelay(hold ? { hold } : {})
  relays.push(relay)
  const settings = { MAILBOXES: paths.mailboxes, KEY_FILE: paths.keyFile }
  const house = await openHouse({ settings, relay: relay.url, env: { UV_THREADPOOL_SIZE: '16' }, program: PROGRAM })
  houses.push(house)
  return house
}

/** Whose relays never fail. */
const plain: readonly [House, House, House] = await Promise.all([serve(), serve(), serve()])

const document = (name: string, bytes = 0) =>
  Buffer.concat([Buffer.from(`%PDF-1.4\n% ${name}\n`), Buffer.alloc(bytes, 'x'), Buffer.from('\n%%EOF\n')])

/** The clinic's server sends the message; the reply, whatever it is. */
async function send(house: House, name: string, bytes = 0): Promise<string> {
  const raw = rawMessage({
    messageId: `<${name}@clinic.example>`,
    parts: [{ type: 'application/pdf', name: 'a.pdf', content: document(name, bytes) }],
  })
  const transport = createTransport({ host: '127.0.0.1', port: house.smtpPort, ignoreTLS: true })
  try {
    return (await transport.sendMail({ envelope: { from: SENDER, to: 'clinic@intake.localhost' }, raw })).response
  } catch (error) {
    return String((error as { response?: string }).response ?? error)
  } finally {
    transport.close()
  }
}

/** Sends until it is said 250, as a mail server does. All the replies. */
async function insist(house: House, name: string, bytes = 0): Promise<string[]> {
  const replies: string[] = []
  while (replies.length < 120 && !replies.at(-1)?.startsWith('250')) {
    if (replies.length > 0) await sleep(500)
    replies.push(await send(house, name, bytes))
  }
  return replies
}

const probe = new sqlite3.Database(join(paths.mailboxes, 'hepoex.db'))
probe.configure('busyTimeout', 0)
const isFree = () => new Promise<boolean>((resolve) => probe.exec('BEGIN IMMEDIATE; ROLLBACK', (error) => resolve(error === null)))

/** Stops the process, and resolves with whether it stands still and holds no lock of the database: all others would wait with it. */
async function stop({ child }: House): Promise<boolean> {
  child.kill('SIGSTOP')
  while (!/^\d+ \(.*\) T /.test(await readFile(`/proc/${child.pid}/stat`, 'latin1'))) await sleep(5)
  if (await isFree()) return true
  child.kill('SIGCONT')
  return false
}

interface Found {
  /** Codes in her mailbox that open exactly the message's document. */
  readonly codes: number
  /** Of the message's packages that have not ended. */
  readonly states: readonly string[]
  readonly receipts: number
}

/** What came of a message, once the post has nothing more to do. Fails when any mailed code opens nothing. */
async function outcomeOf(t: Test, name: string, bytes = 0): Promise<Found> {
  while ((await store.read.outbox.pending()).count > 0) await sleep(100)
  const mails = relays.flatMap(({ messages }) => messages)
  const notices = mails.flatMap(({ raw }) => {
    const code = raw.match(/\b\d{4} \d{4} \d{4} \d{4}\b/)?.[0].replaceAll(' ', '')
    return code === undefined ? [] : [{ code, number: raw.match(/\/open\/(\w{12})/)?.[1] ?? '' }]
  })
  const opened = await Promise.all(notices.map(({ code, number }) => openWith(store, number, code)))
  t.notOk(opened.includes(null), 'every mailed code opens')
  const mine = opened.flatMap((each) => (each?.documents.at(-1) === sha256(document(name, bytes)) ? [each.row] : []))
  const group = await store.read.packages.inGroup(mine[0]?.groupId ?? '')
  const states = group.map(({ state }) => state).filter((state) => state === 'sealed' || state === 'sent')
  const receipts = mails.filter(({ to, raw }) => to === SENDER && raw.includes(`In-Reply-To: <${name}@`)).length
  return { codes: mine.length, states: states.sort(), receipts }
}

interface Stall {
  /** The reply of the relay that is held back while the process is caught. */
  readonly moment: string
  /** Whether the reply comes while the process stands still, or never. */
  readonly isAnswered: boolean
  /** Codes that the stalled process mails: only one whose final dot was sent before it was stopped. */
  readonly codes: number
  /** What it says to the clinic when it goes on. */
  readonly said: RegExp
}

const NOT_HANDED_OVER = /^451 4\.4\.1 /
const STALLS: ReadonlyArray<readonly [name: string, stall: Stall]> = [
  ['ehlo', { moment: 'EHLO', isAnswered: true, codes: 0, said: NOT_HANDED_OVER }],
  ['mail', { moment: 'MAIL', isAnswered: true, codes: 0, said: NOT_HANDED_OVER }],
  ['rcpt', { moment: 'RCPT', isAnswered: true, codes: 0, said: NOT_HANDED_OVER }],
  ['data', { moment: 'DATA', isAnswered: true, codes: 0, said: NOT_HANDED_OVER }],
  ['dot', { moment: 'dot', isAnswered: true, codes: 1, said: /^(250|451 4\.4\.1) / }],
  ['lost-reply', { moment: 'dot', isAnswered: false, codes: 1, said: NOT_HANDED_OVER }],
]

let inTurn = Promise.resolve()

/** Begins a message that is caught at that moment of its hand-off. `released` lets the relay's reply go. */
async function begin(name: string, { moment, isAnswered }: Stall) {
  let caught: () => void = () => {}
  let release: () => void = () => {}
  const isCaught = new Promise<void>((resolve) => {
    caught = resolve
  })
  const isReleased = new Promise<void>((resolve) => {
    release = resolve
  })
  let isFirst = true
  const house = await serve((now) => {
    if (now !== moment || !isFirst) return undefined
    isFirst = false
    caught()
    return isReleased
  })
  const said = send(house, name)
  await Promise.race([isCaught, said])
  // One after the other, so that a lock found is this one's. It stays where it is: the reply it waits for is held.
  inTurn = inTurn.then(async () => {
    while (!(await stop(house))) await sleep(10)
  })
  await inTurn
  if (isAnswered) release()
  return { house, said }
}

t.test('a process stopped past its lease at any step of the hand-off mails no code that another one has replaced', async (t) => {
  const [other] = plain
  const begun = await Promise.all(STALLS.map(async ([name, stall]) => ({ name, stall, ...(await begin(name, stall)) })))
  const taken = await Promise.all(begun.map(({ name }) => insist(other, name)))
  for (const { house } of begun) house.child.kill('SIGCONT')
  for (const [index, { name, stall, said, house }] of begun.entries()) {
    await t.test(name, async (t) => {
      t.match(taken[index]?.[0], /^451 4\.3\.2 /, 'held while its lease runs')
      t.match(taken[index]?.at(-1), /^250 /, 'and then taken over')
      t.match(await said, stall.said)
      const { codes, states, receipts } = await outcomeOf(t, name)
      t.equal(codes, 1 + stall.codes)
      t.equal(states.length, codes, 'one package a code')
      t.equal(receipts, 1)
    })
    await house.close()
  }
})

t.test('a process stopped past its lease between claim and fence mails no code', async (t) => {
  const [first, second] = plain
  const bytes = 20_000_000
  for (let tries = 1; ; tries++) {
    const name = `claimed-${tries}`
    const said = send(second, name, bytes)
    while (!(await Promise.race([isClaimed(), said.then(() => true)]))) await new Promise((resolve) => setImmediate(resolve))
    const stands = await stop(second)
    // It may have been too fast, or in the middle of a transaction.
    if (stands && (await isClaimed())) {
      const taken = await insist(first, name, bytes)
      second.child.kill('SIGCONT')
      t.match(taken.at(-1), /^250 /)
      t.match(await said, /^451 4\.3\.2 /)
      t.match(await outcomeOf(t, name, bytes), { codes: 1, states: ['sent'], receipts: 1 })
      return
    }
    second.child.kill('SIGCONT')
    await said
    if (tries === 20) return t.fail('never caught')
  }
})

const isClaimed = async () =>
  (await store.database.read('claims').where({ state: 'claimed' }).where('lease_until', '>', Date.now())).length > 0
for (const count of [1, 3]) {
  t.test(`copies sent at once through ${count} of them: one code, one package, one receipt`, async (t) => {
    const name = `copies-${count}`
    const used = plain.slice(0, count)
    const replies = await Promise.all(Array.from({ length: 9 }, (_none, index) => send(used[index % count] ?? plain[0], name)))
    for (const reply of replies) t.match(reply, /^(250|451 4\.3\.2) /)
    for (const house of used) t.match((await insist(house, name)).at(-1), /^250 /)
    t.same(await outcomeOf(t, name), { codes: 1, states: ['sent'], receipts: 1 })
  })
}
