// What comes back for a notice: what ends its package, what does not, and who is told.

import t, { type Test } from 'tap'
import { exchangeBounce, gmailBounce, postfixBounce, qmailBounce, vacationReply } from '../support/bounces.js'
import { type Bench, CONSUMER, makeBench, type Sending } from '../support/desk.js'
import { rawMessage } from '../support/raw.js'

const DAY = 86_400_000
const RELAY = { address: '127.0.0.1', ehlo: 'relay.test', tls: null, signedInAs: null }

/** A desk that has sent one notice, and has an admin. */
async function sentNotice(t: Test, change: Parameters<typeof makeBench>[1] = {}) {
  const bench = await makeBench(t, change)
  const admin = { id: 'admin-1', address: 'admin@intake.localhost', language: 'en', invitedAt: 1, firstSignInAt: null }
  await bench.store.write((tables) => tables.admins.invite(admin))
  t.equal((await bench.send(rawMessage())).replyCode, 250)
  const notice = bench.courier.handed[0]
  if (!notice) throw new Error('no notice')
  return { bench, notice, reversePath: notice.from }
}

function bounce(bench: Bench, to: string, raw: string, how: Partial<Sending> = {}) {
  return bench.send(Buffer.from(raw), { mailFrom: '', to, peer: RELAY, ...how })
}

async function packageRow(bench: Bench) {
  const row = await bench.store.database.read('packages').orderBy('sealed_at').first('id')
  const found = await bench.store.read.packages.byId(row.id)
  if (!found) throw new Error('no package')
  return found
}

async function lastLogRow(bench: Bench) {
  const row = await bench.store.database.read('intakes').orderByRaw('rowid DESC').first('number')
  return bench.store.read.intakes.byNumber(row.number)
}

async function lastEvent(bench: Bench) {
  return bench.store.database.read('events').orderByRaw('rowid DESC').first()
}

/** Mails sent after the notice and the receipt. */
async function mailsAfter(bench: Bench): Promise<Array<{ to: string; raw: string }>> {
  await bench.post.sendDue()
  return bench.courier.handed.slice(1).filter(({ raw }) => !/^Subject: Receipt /m.test(raw))
}

async function blobCount({ store }: Bench): Promise<number> {
  let count = 0
  for await (const _blob of store.blobs.list()) count++
  return count
}

t.test('the notice goes out under an address of its own, named by its intake number', async (t) => {
  const { bench, notice } = await sentNotice(t)
  t.match(notice.from, /^n\+[0-9a-f]{32}@intake\.localhost$/)
  const row = await packageRow(bench)
  t.match(row, { intakeNumber: notice.envelopeId })
  await bench.post.sendDue()
  for (const { from } of bench.courier.handed.slice(1)) t.equal(from, '', 'every other mail has the null reverse-path')
  t.equal((await bench.send(rawMessage({ messageId: '<2@clinic.example>' }))).replyCode, 250)
  t.not(bench.courier.handed.at(-1)?.from, notice.from)
})

for (const write of [postfixBounce, exchangeBounce, gmailBounce, qmailBounce]) {
  t.test(`a permanent failure ends the package: ${write.name}`, async (t) => {
    const { bench, reversePath } = await sentNotice(t)
    t.match(await bounce(bench, reversePath, write({ about: CONSUMER })), { replyCode: 250, enhancedCode: '2.0.0' })
    t.match(await packageRow(bench), { state: 'undeliverable', endedAt: bench.clock.at })
    t.equal(await blobCount(bench), 0)
    t.match(await lastEvent(bench), { kind: 'undeliverable', actor: 'intake' })
    const logged = await lastLogRow(bench)
    t.match(logged, {
      outcome: 'accepted',
      reason: 'bounce',
      detail: 'ended',
      providerId: 'provider-1',
      intakeAddress: 'n@intake.localhost',
    })
    t.match(logged, { consumerMasked: 'p***@home.example', replyCode: 250 })
  })
}

t.test('the provider is told in answer to its receipt, and every admin is told', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  const second = { id: 'admin-2', address: 'second@intake.localhost', language: 'en', invitedAt: 1, firstSignInAt: null }
  await bench.store.write((tables) => tables.admins.invite(second))
  await bench.post.sendDue()
  const receipt = bench.courier.handed.find(({ raw }) => /^Subject: Receipt /m.test(raw))
  await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }))
  const mails = await mailsAfter(bench)
  const { intakeNumber } = await packageRow(bench)
  t.same(mails.map(({ to }) => to).sort(), ['admin@intake.localhost', 'records@clinic.example', 'second@intake.localhost'])
  for (const { raw } of mails) {
    t.ok(raw.includes(intakeNumber))
    t.notMatch(raw, /pat@|summary\.pdf/, 'no mail names the person or a file')
  }
  const correction = mails.find(({ to }) => to === 'records@clinic.example')?.raw ?? ''
  const receiptId = receipt?.raw.match(/^Message-ID: (<.+>)\r$/im)?.[1] ?? 'none'
  t.ok(correction.includes(`In-Reply-To: ${receiptId}`))
  t.match(correction, /Auto-Submitted: auto-generated/)
  t.match(correction, /removed the documents/)
  t.match(correction, /http:\/\/site\.test\/sign-in/, 'where the person registers her present address')
})

t.test('the same bounce again changes nothing and tells nobody twice', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  for (let times = 0; times < 3; times++) t.equal((await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }))).replyCode, 250)
  t.match(await lastLogRow(bench), { detail: 'over' })
  t.equal((await mailsAfter(bench)).length, 2)
})

t.test('admins hear once of what comes back again and again', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  for (let times = 0; times < 3; times++) await bounce(bench, reversePath, 'Subject: unreadable\r\n\r\n')
  t.equal((await mailsAfter(bench)).length, 1)
  await bounce(bench, reversePath, postfixBounce({ about: 'kim@away.example' }))
  t.equal((await mailsAfter(bench)).length, 2, 'something else is worth another alert')
})

t.test('after it, the very same message is sealed and announced anew', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  t.match(await bench.send(rawMessage()), { text: /nothing was sent twice/ })
  await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }))
  t.match(await bench.send(rawMessage()), { replyCode: 250, text: /Sealed for the person/ })
  t.equal(bench.courier.codes().length, 2)
})

t.test('a bounce ends its own package and none of the twins', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  await bench.send(rawMessage({ messageId: '<2@clinic.example>' }))
  await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }))
  t.same(await bench.store.database.read('packages').pluck('state').orderBy('state'), ['sent', 'undeliverable'])
})

t.test('a package that was opened is ended by no bounce; an admin is told', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  const { id } = await packageRow(bench)
  await bench.store.write((tables) => tables.packages.noteOpened(id, bench.clock.at))
  t.equal((await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }))).replyCode, 250)
  t.match(await packageRow(bench), { state: 'sent' })
  t.match(await lastEvent(bench), { kind: 'bounced' })
  t.match(await lastLogRow(bench), { reason: 'bounce', detail: 'opened' })
  t.same(
    (await mailsAfter(bench)).map(({ to }) => to),
    ['admin@intake.localhost'],
  )
})

const endsNothing: ReadonlyArray<readonly [name: string, raw: string, detail: string, alerts: number]> = [
  ['a delay', postfixBounce({ about: CONSUMER, action: 'delayed', status: '4.4.1' }), 'delayed', 0],
  ['a delivery', postfixBounce({ about: CONSUMER, action: 'delivered', status: '2.0.0' }), 'delivered', 0],
  ['a vacation notice', vacationReply(), 'auto-reply', 0],
  ['a server that gave up for a passing reason', postfixBounce({ about: CONSUMER, status: '4.4.7' }), 'gave-up', 1],
  ['a copy that was passed on to another address', postfixBounce({ about: 'kim@away.example' }), 'elsewhere', 1],
  ['a qmail bounce without a number', qmailBounce({ about: CONSUMER }, 'Something else.'), 'unclear', 1],
  ['a failure with a success code', postfixBounce({ about: CONSUMER, action: 'failed', status: '2.0.0' }), 'unclear', 1],
  ['an unknown action', postfixBounce({ about: CONSUMER, action: 'lost' }), 'unclear', 1],
  ['a letter', 'From: a@b.example\r\nSubject: undeliverable 5.1.1\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n', 'unclear', 1],
  ['a message that is none', '\r\nno header', 'unclear', 1],
  ['nothing at all', '', 'unclear', 1],
]
for (const [name, raw, detail, alerts] of endsNothing) {
  t.test(`${name} ends nothing and is put on record`, async (t) => {
    const { bench, reversePath } = await sentNotice(t)
    t.equal((await bounce(bench, reversePath, raw)).replyCode, 250)
    t.match(await packageRow(bench), { state: 'sent' })
    t.equal(await blobCount(bench), 1)
    t.match(await lastEvent(bench), { kind: 'bounced' })
    t.match(await lastLogRow(bench), { outcome: 'accepted', reason: 'bounce', detail })
    const mails = await mailsAfter(bench)
    t.equal(mails.length, alerts)
    for (const { to } of mails) t.equal(to, 'admin@intake.localhost')
    t.match(await bench.send(rawMessage()), { text: /nothing was sent twice/ }, 'the transmission stays done')
  })
}

t.test('one copy that failed beside one that arrived ends nothing', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  const both = postfixBounce({ about: CONSUMER }).replace(
    'Remote-MTA: dns; mx.home.example\r\n',
    'X: y\r\n\r\nFinal-Recipient: rfc822; kim@away.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n',
  )
  t.equal((await bounce(bench, reversePath, both)).replyCode, 250)
  t.match(await packageRow(bench), { state: 'sent' })
  t.match(await lastLogRow(bench), { detail: 'unclear' })
})

t.test('a provider without a place for receipts cannot be told, and the admins hear that', async (t) => {
  const bench = await makeBench(t)
  const admin = { id: 'admin-1', address: 'admin@intake.localhost', language: 'en', invitedAt: 1, firstSignInAt: null }
  await bench.store.write((tables) => tables.admins.invite(admin))
  await bench.send(rawMessage({ headers: ['List-Id: <records.clinic.example>'] }))
  const { from = '' } = bench.courier.handed[0] ?? {}
  await bounce(bench, from, postfixBounce({ about: CONSUMER }))
  t.match(await packageRow(bench), { state: 'undeliverable' })
  const [alert, ...more] = await mailsAfter(bench)
  t.same(more, [])
  t.match(alert?.raw.replace(/=\r\n/g, '').replace(/\s+/g, ' '), /could not be told by mail/)
})

t.test('a bounce that comes before we know that the relay took the notice is asked to come again', async (t) => {
  const bench = await makeBench(t)
  bench.courier.answer = () => ({ outcome: 'unknown' })
  await bench.send(rawMessage())
  const { from = '' } = bench.courier.handed[0] ?? {}
  t.match(await bounce(bench, from, postfixBounce({ about: CONSUMER })), { replyCode: 451, enhancedCode: '4.3.2' })
  t.match(await packageRow(bench), { state: 'sealed' })
  t.match(await lastLogRow(bench), { outcome: 'deferred', reason: 'bounce-too-soon' })
  bench.clock.at += 6 * 60_000
  t.equal((await bounce(bench, from, postfixBounce({ about: CONSUMER }))).replyCode, 250)
  t.match(await packageRow(bench), { state: 'undeliverable' })
  t.same(await mailsAfter(bench), [], 'there was no receipt to take back, and no admin')
})

t.test('only the null sender may write there, whatever the token, and nobody else learns whether it is known', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  const known = await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }), { mailFrom: 'records@clinic.example', peer: {} })
  const unknown = await bounce(bench, `n+${'0'.repeat(32)}@intake.localhost`, '', { mailFrom: 'records@clinic.example', peer: {} })
  t.match(known, { replyCode: 550, enhancedCode: '5.7.1' })
  t.same(known, unknown)
  t.match(await packageRow(bench), { state: 'sent' })
})

t.test('a token that is unknown, malformed or past its time has the words of an address that never was', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  const never = await bounce(bench, 'nobody@intake.localhost', '')
  t.match(never, { replyCode: 550, enhancedCode: '5.1.1' })
  for (const to of [`n+${'0'.repeat(32)}@intake.localhost`, 'n@intake.localhost', 'n+x@intake.localhost', `${reversePath}.example`])
    t.same(await bounce(bench, to, postfixBounce({ about: CONSUMER })), never, to.replace(/\+.*@/, '+…@'))
  bench.clock.at += 14 * DAY
  t.same(await bounce(bench, reversePath, postfixBounce({ about: CONSUMER })), never)
  t.match(await packageRow(bench), { state: 'sent' })
  const sweep = () => bench.store.write((tables) => tables.reversePaths.sweep(bench.clock.at))
  t.equal(await sweep(), 0, 'its provider may still have to be told something')
  const { id } = await packageRow(bench)
  await bench.store.write((tables) => tables.packages.end(id, 'deleted', bench.clock.at))
  t.equal(await sweep(), 1)
})

t.test('the token survives being turned to upper case', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  t.equal((await bounce(bench, reversePath.toUpperCase(), postfixBounce({ about: CONSUMER }))).replyCode, 250)
  t.match(await packageRow(bench), { state: 'undeliverable' })
})

t.test('the null sender is no sender of records, signed in or not', async (t) => {
  const bench = await makeBench(t)
  for (const peer of [{}, RELAY, { ...RELAY, address: '192.0.2.7' }])
    t.match(await bench.send(rawMessage(), { mailFrom: '', peer }), { replyCode: 550, enhancedCode: '5.7.1' })
  t.equal(bench.courier.handed.length, 0)
  t.match(await bench.send(rawMessage(), { mailFrom: '', to: 'nobody@intake.localhost' }), { replyCode: 550, enhancedCode: '5.1.1' })
})

t.test('one bounce has one recipient', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  const transaction = await bench.door.mail({ ...RELAY }, '', null)
  if ('replyCode' in transaction) return t.fail('admitted')
  t.equal(await bench.door.rcpt(transaction, reversePath), null)
  t.match(await bench.door.rcpt(transaction, reversePath), { replyCode: 452, enhancedCode: '4.5.3' })
  bench.door.release(transaction)
})

t.test('a bounce needs no TLS and no relay that is up; records need both', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  bench.options.breaker.failed()
  t.match(await bench.send(rawMessage()), { replyCode: 451, enhancedCode: '4.4.1' })
  t.match(await bench.send(rawMessage(), { peer: RELAY }), { replyCode: 530 })
  t.equal((await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }))).replyCode, 250)
})

t.test('a bounce may have 1 MB, and reserves no more', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  t.match(await bounce(bench, reversePath, '', { size: 1024 * 1024 + 1 }), { replyCode: 552, enhancedCode: '5.3.4' })
  const before = bench.options.budget.free
  const transaction = await bench.door.mail({ ...RELAY }, '', null)
  if ('replyCode' in transaction) return t.fail('admitted')
  t.equal(before - bench.options.budget.free, 1024 * 1024)
  await bench.door.rcpt(transaction, reversePath)
  t.match(await bench.door.refuseData(transaction, 'no-memory', 2_000_000), { replyCode: 552 }, 'for good: a smaller one never comes')
  t.match(await bench.door.refuseData(transaction, 'message-too-big', 60_000_000), { replyCode: 552, text: /1 MB/ })
  t.match(await bench.door.refuseData(transaction, 'no-memory', 5_000), { replyCode: 452 }, 'more than it said, yet not too big')
  bench.door.release(transaction)
})

t.test('a sealed file that cannot be deleted now is left to the worker, and the bounce was taken', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  const { blobs } = bench.store
  Object.assign(bench.store.blobs, { delete: () => Promise.reject(new Error('disk')) })
  t.equal((await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }))).replyCode, 250)
  t.equal(blobs, bench.store.blobs)
  t.equal((await bench.store.read.packages.leftovers(10)).length, 1)
})

t.test('while a backup copies the sealed files the package ends, and its file goes later', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  await bench.store.write((tables) => tables.holds.take('backup', 60_000))
  t.equal((await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }))).replyCode, 250)
  t.match(await packageRow(bench), { state: 'undeliverable' })
  t.equal(await blobCount(bench), 1)
})

t.test('when nothing can be written the bounce is asked to come again', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  Object.assign(bench.post, { queueMail: () => Promise.reject(new TypeError('broken')) })
  t.match(await bounce(bench, reversePath, postfixBounce({ about: CONSUMER })), { replyCode: 451, enhancedCode: '4.3.0' })
  t.match(await packageRow(bench), { state: 'sent' }, 'all or nothing')
  t.equal(await blobCount(bench), 1)
})

t.test('a package whose row is gone is an address that never was', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  await bench.store.database.write((trx) => trx('packages').delete())
  t.match(await bounce(bench, reversePath, postfixBounce({ about: CONSUMER })), { replyCode: 550, enhancedCode: '5.1.1' })
})

t.test('no row holds a token', async (t) => {
  const { bench, reversePath } = await sentNotice(t)
  await bounce(bench, reversePath, postfixBounce({ about: CONSUMER }))
  await bounce(bench, reversePath, '', { mailFrom: 'a@clinic.example', peer: {} })
  const token = reversePath.slice(2, 34)
  for (const table of ['reverse_paths', 'intakes', 'events', 'packages', 'outbox']) {
    const rows = await bench.store.database.read(table)
    t.ok(rows.length > 0, table)
    t.notOk(JSON.stringify(rows).includes(token), table)
    t.notOk(JSON.stringify(rows).includes(Buffer.from(token, 'hex').toJSON().data.join()), table)
  }
  const [row] = await bench.store.database.read('reverse_paths')
  t.notOk(row.addresses_sealed.includes(CONSUMER), 'nor an address in the clear')
})
