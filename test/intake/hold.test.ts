// Mail that names nobody, of a provider that wants it held: kept sealed, asked about, sent on, refused or out of time, and never lost.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DAY, HOUR } from '../../src/clock.js'
import { IntakeDoor } from '../../src/intake/door.js'
import { createHeldDesk, heldRounds } from '../../src/intake/held-desk.js'
import { openHeld } from '../../src/intake/held-mail.js'
import { Releases } from '../../src/intake/release.js'
import { type Bench, CONSUMER, enrol, makeBench } from '../support/desk.js'
import { PDF, rawMessage } from '../support/raw.js'

const HOLDS = { provider: { unmatched: 'hold' as const } }
const UNROUTED = (change: Parameters<typeof rawMessage>[0] = {}) =>
  rawMessage({ subject: 'Fax received', messageId: '<9@clinic.example>', ...change })
const ACT = { actor: 'admin-1', why: 'asked by telephone' }

async function makeDesk(t: Test, change: Parameters<typeof makeBench>[1] = {}) {
  const bench = await makeBench(t, { ...HOLDS, ...change })
  await bench.store.write(({ admins }) =>
    admins.invite({ id: 'admin-1', address: 'ann@operator.example', language: 'en', invitedAt: 1, firstSignInAt: null }),
  )
  const releases = new Releases(bench.options)
  const desk = createHeldDesk(bench.options, releases)
  const rounds = heldRounds(bench.options, releases)
  const round = (name: string) => rounds.find((each) => each.name === name)?.run()
  const rows = () => bench.store.database.read('held').orderBy('received_at')
  const mailsTo = async (address: string) => {
    for (let more = 1; more > 0; ) more = await bench.post.sendDue()
    return bench.courier.handed.filter(({ to }) => to === address).map(({ raw }) => raw.replace(/=\r\n/g, ''))
  }
  const blobs = async () => {
    const keys: string[] = []
    for await (const { key } of bench.store.blobs.list()) keys.push(key)
    return keys
  }
  return { ...bench, releases, desk, round, rows, mailsTo, blobs, bench }
}

async function kindsOf({ store }: Pick<Bench, 'store'>): Promise<string[]> {
  return store.database.read('events').where('kind', 'like', 'held%').orderByRaw('rowid').pluck('kind')
}

/** Answers the provider's mail, with that Subject. */
async function answer(desk: Awaited<ReturnType<typeof makeDesk>>, subject: string, how: Parameters<Bench['send']>[1] = {}) {
  const [asked = ''] = await desk.mailsTo('records@clinic.example')
  const to = /^Reply-To: (\S+)/m.exec(asked)?.[1] ?? ''
  return desk.send(rawMessage({ subject, to, messageId: '<answer@clinic.example>', parts: [] }), { to, ...how })
}

t.test('what names nobody is held: 250, sealed to ourselves, logged without a word of it, asked about', async (t) => {
  const desk = await makeDesk(t)
  const reply = await desk.send(UNROUTED({ subject: 'hush secret' }))
  t.match(reply, { replyCode: 250, enhancedCode: '2.6.0', text: /^Kept, but not sent on/ })
  const [row] = await desk.rows()
  t.match(row, {
    state: 'held',
    reason: 'no-id',
    documents: 2,
    provider_id: 'provider-1',
    consumer_id: null,
    expires_at: desk.clock.at + 14 * DAY,
  })
  t.match(await desk.store.database.read('intakes').first(), { outcome: 'held', reason: 'held', detail: 'no-id', documents: 2 })
  t.same(await kindsOf(desk), ['held'])
  t.same(await desk.blobs(), [row.blob_key])
  const [asked = ''] = await desk.mailsTo('records@clinic.example')
  t.match(asked, /^Reply-To: h\+[0-9a-f]{32}@intake\.localhost/m)
  t.match(asked, /For whom are these documents\?/)
  t.notMatch(asked, /hush|summary\.pdf/)
  t.match(await desk.mailsTo('ann@operator.example'), [/nobody could be found for/])
  t.same(desk.courier.codes(), [])
})

t.test('the same message again is held once; a provider that wants none held is refused', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED())
  t.match(await desk.send(UNROUTED()), { replyCode: 250, text: /Received before/ })
  t.equal((await desk.rows()).length, 1)
  const other = await makeBench(t)
  t.match(await other.send(UNROUTED()), { replyCode: 554 })
})

t.test('every reason that a person can settle is held, and no other', async (t) => {
  const desk = await makeDesk(t)
  await enrol(desk.store, 'lee@home.example', desk.clock.at)
  const held: ReadonlyArray<readonly [string, string]> = [
    ['Fax', 'no-id'],
    [`${CONSUMER} lee@home.example`, 'two-ids'],
    ['K7M-2QX-9DQ', 'number-mistyped'],
    ['K7M-2QX-9DP', 'number-unknown'],
    ['nobody@home.example', 'consumer-unknown'],
    ['o’brien@home.example', 'no-id'],
  ]
  for (const [index, [subject, reason]] of held.entries()) {
    t.match(await desk.send(UNROUTED({ subject, messageId: `<${index}@clinic.example>` })), { replyCode: 250 }, subject)
    t.equal((await desk.rows()).at(-1)?.reason, reason, subject)
  }
  t.match(await desk.send(UNROUTED({ messageId: '<tag@clinic.example>', subject: CONSUMER }), { to: 'clinic+x@intake.localhost' }), {
    replyCode: 250,
  })
  const before = (await desk.rows()).length
  for (const change of [{ parts: [] }, { from: 'other@else.example' }, { headers: ['Auto-Submitted: auto-replied'] }])
    t.not((await desk.send(UNROUTED({ messageId: '<no@clinic.example>', ...change }))).replyCode, 250)
  await desk.store.write((tables) => tables.lives.askUnused(desk.consumerId, desk.clock.at, 0))
  const dormant = UNROUTED({ messageId: '<dormant@clinic.example>', subject: CONSUMER })
  t.match(await desk.send(dormant), { replyCode: 554 }, 'who she is is known: only she can settle it')
  t.equal((await desk.rows()).length, before)
})

t.test('the provider answers with the id: sealed for her, receipted, and the held file goes', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED())
  t.match(await answer(desk, `Re: For whom are these documents? ${CONSUMER}`), { replyCode: 250, text: /^Thank you/ })
  t.match((await desk.rows())[0], { state: 'assigned' })
  await desk.releases.releaseDue()
  t.match((await desk.rows())[0], { state: 'released', blob_key: null })
  t.equal(desk.courier.codes().length, 1)
  const [sealed] = await desk.store.database.read('packages')
  t.match(sealed, { consumer_id: desk.consumerId, state: 'sent', documents: 2 })
  t.same(await desk.blobs(), [sealed.blob_key])
  t.same(await kindsOf(desk), ['held', 'held-assigned', 'held-released'])
  const mails = await desk.mailsTo('records@clinic.example')
  t.ok(
    mails.some((raw) => raw.includes('Auto-Submitted: auto-replied') && raw.includes(sealed.intake_number)),
    'the receipt',
  )
  t.match(await answer(desk, CONSUMER), { replyCode: 250 }, 'its server did not hear the first 250')
  await enrol(desk.store, 'lee@home.example', desk.clock.at)
  t.match(await answer(desk, 'lee@home.example'), { replyCode: 554, text: /not waiting any more/ })
  t.match(await desk.send(UNROUTED()), { replyCode: 250, text: /Received before/ }, 'its server comes again')
  t.equal(desk.courier.codes().length, 1)
})

t.test('only its own provider can answer, and only with somebody who is there', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED())
  const stranger = { peer: { signedInAs: null } }
  t.match(await answer(desk, CONSUMER, stranger), { replyCode: 550 })
  t.match(await answer(desk, 'nobody@home.example'), { replyCode: 554, text: /Nobody is registered/ })
  t.match(await answer(desk, 'who knows'), { replyCode: 554 })
  t.match((await desk.rows())[0], { state: 'held' })
  const wrong = `h+${'0'.repeat(32)}@intake.localhost`
  t.match(await desk.send(rawMessage({ to: wrong }), { to: wrong }), { replyCode: 550, text: /no such intake address/ })
  t.match(await desk.send(rawMessage({ to: 'h@intake.localhost' }), { to: 'h@intake.localhost' }), { replyCode: 550 })
})

t.test('an admin assigns it, by id or number; a wrong one is said, nobody is guessed', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED())
  const [entry] = await desk.desk.list(10)
  t.match(entry, { reason: 'no-id', providerName: 'Sample Clinic', documents: 2, isAssigned: false })
  const id = entry?.id ?? ''
  t.equal(await desk.desk.assign(id, 'K7M-2QX-9DQ', ACT), 'mistyped')
  t.equal(await desk.desk.assign(id, 'nobody@home.example', ACT), 'nobody')
  t.equal(await desk.desk.assign(id, '???', ACT), 'nobody')
  const number = (await desk.store.read.consumers.byId(desk.consumerId))?.postboxNumber ?? ''
  t.equal(await desk.desk.assign(id, number, ACT), 'assigned')
  // By itself: the desk wakes the worker.
  while ((await desk.rows())[0].state === 'assigned') await new Promise((resolve) => setTimeout(resolve, 10))
  t.match((await desk.rows())[0], { state: 'released' })
  t.equal(desk.courier.codes().length, 1)
  t.equal(await desk.desk.assign(id, CONSUMER, ACT), 'gone')
  const [assigned] = await desk.store.database.read('events').where({ kind: 'held-assigned' })
  t.match(assigned, { actor: 'admin-1', consumer_id: desk.consumerId, details: /asked by telephone/ })
})

t.test('more than are sent on at once: the rest is not kept waiting by a lease', async (t) => {
  const desk = await makeDesk(t)
  for (let index = 0; index < 7; index++) await desk.send(UNROUTED({ messageId: `<many-${index}@clinic.example>` }))
  await desk.store.write(async ({ held }) => {
    for (const { id } of await held.list(10)) await held.assign(id, desk.consumerId, desk.clock.at)
  })
  t.equal(await desk.releases.releaseDue(), 5)
  t.equal(await desk.releases.releaseDue(), 2)
  for (const row of await desk.rows()) t.match(row, { state: 'released', attempts: 1 })
  t.equal(desk.courier.codes().length, 7)
})

t.test('what cannot be sent on just now is tried again, and keeps its file', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED())
  desk.courier.answer = (to) => (to === CONSUMER ? { outcome: 'unreachable' } : { outcome: 'accepted', reply: '250 ok' })
  t.match(await answer(desk, CONSUMER), { replyCode: 250 })
  await desk.releases.releaseDue()
  t.match((await desk.rows())[0], { state: 'assigned', attempts: 1 })
  t.equal((await desk.blobs()).length, 1)
  desk.courier.answer = () => ({ outcome: 'accepted', reply: '250 ok' })
  t.equal(await desk.releases.releaseDue(), 0, 'not at once')
  desk.clock.at += HOUR
  t.equal(await desk.releases.releaseDue(), 1)
  t.match((await desk.rows())[0], { state: 'released' })
})

t.test('what cannot be sent on within its time ends like what nobody knows', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED())
  t.match(await answer(desk, CONSUMER), { replyCode: 250 })
  await desk.store.database.write((trx) => trx('answers').update({ frozen_at: desk.clock.at }))
  await desk.releases.releaseDue()
  t.match((await desk.rows())[0], { state: 'assigned' })
  desk.clock.at += 14 * DAY
  await desk.releases.releaseDue()
  t.match((await desk.rows())[0], { state: 'held', reason: 'consumer-not-ready' })
  t.equal(await desk.round('held-expiry'), 1)
  t.match((await desk.mailsTo('records@clinic.example')).at(-1), /could not be sent on in time/)
})

t.test('what cannot be sent on for good is held again, for somebody to settle', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED())
  desk.courier.answer = (to) =>
    to === CONSUMER
      ? { outcome: 'refused', permanent: true, about: 'recipient', replyCode: 550, enhancedCode: '5.1.1' }
      : { outcome: 'accepted', reply: '250 ok' }
  await answer(desk, CONSUMER)
  await desk.releases.releaseDue()
  t.match((await desk.rows())[0], { state: 'held', reason: 'consumer-unreachable', consumer_id: null })
  t.same(await kindsOf(desk), ['held', 'held-assigned', 'held-again'])
  t.equal((await desk.blobs()).length, 1)
})

t.test('refused: the file goes, the provider is told, and may send the same message again', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED())
  const [entry] = await desk.desk.list(1)
  t.ok(await desk.desk.refuse(entry?.id ?? '', ACT))
  t.notOk(await desk.desk.refuse(entry?.id ?? '', ACT))
  t.same(await desk.blobs(), [])
  t.match((await desk.mailsTo('records@clinic.example')).at(-1), /could not settle it either/)
  t.match(await desk.send(UNROUTED()), { replyCode: 250, text: /^Kept, but not sent on/ })
})

t.test('after 14 days it is deleted, and the provider is told; what is assigned by then is not', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED())
  desk.clock.at += 14 * DAY - 1
  t.equal(await desk.round('held-expiry'), 0)
  desk.clock.at += 1
  t.equal(await desk.round('held-expiry'), 1)
  t.match((await desk.rows())[0], { state: 'expired', blob_key: null })
  t.same(await desk.blobs(), [])
  t.match((await desk.mailsTo('records@clinic.example')).at(-1), /could not be sent on in time/)
  t.same(await kindsOf(desk), ['held', 'held-expired'])
  desk.clock.at += 31 * DAY
  await desk.round('held-leftovers')
  t.same(await desk.rows(), [])
})

t.test('looking at a page is on record before it is opened, and provider and admins are told', async (t) => {
  const desk = await makeDesk(t)
  await desk.send(UNROUTED({ parts: [{ type: 'application/pdf', name: 'a.pdf', content: PDF }] }))
  const [entry] = await desk.desk.list(1)
  t.equal(await desk.desk.look(entry?.id ?? '', ACT), 'no-pages', 'no workers here')
  t.same(await kindsOf(desk), ['held', 'held-viewed'])
  t.match((await desk.mailsTo('records@clinic.example')).at(-1), /has looked at the first page/)
  t.match((await desk.mailsTo('ann@operator.example')).at(-1), /ann@operator\.example has looked/)
  t.equal(await desk.desk.look('nothing', ACT), null)
  const broken = { ...desk.options, store: { ...desk.store, write: () => Promise.reject(new Error('disk')) } }
  await t.rejects(createHeldDesk(broken, desk.releases).look(entry?.id ?? '', ACT), 'what cannot be put on record is not opened')
})

t.test('a message that cannot be kept is not taken: 451, and nothing is left behind', async (t) => {
  const desk = await makeDesk(t)
  const blobs = { ...desk.store.blobs, put: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) }
  const door = new IntakeDoor({ ...desk.options, store: { ...desk.store, blobs } })
  const peer = { address: '198.51.100.7', ehlo: 'x', tls: 'TLSv1.3 x', signedInAs: 'provider-1' }
  const transaction = await door.mail(peer, 'records@clinic.example', null)
  if ('replyCode' in transaction) throw new Error('not admitted')
  await door.rcpt(transaction, 'clinic@intake.localhost')
  t.match(await door.data(transaction, [UNROUTED()]), { replyCode: /^45/ })
  t.same(await desk.rows(), [])
  t.match(await desk.send(UNROUTED()), { replyCode: 250 }, 'the claim was given back')
})

t.test('who has database and sealed files, but no key file, has nothing of it; with the key file all of it', async (t) => {
  const desk = await makeDesk(t)
  const marker = 'a-marker-of-a-fax'
  await desk.send(
    UNROUTED({
      subject: `Fax ${marker}`,
      body: `${marker}\r\n`,
      parts: [{ type: 'text/csv', name: `${marker}.csv`, content: marker, encoding: '8bit' }],
    }),
  )
  const [row] = await desk.desk.list(1)
  const files = (await readdir(join(desk.folder, 'mailboxes'), { recursive: true, withFileTypes: true })).filter((each) => each.isFile())
  t.ok(files.length > 1)
  for (const { parentPath, name } of files) {
    const bytes = await readFile(join(parentPath, name))
    for (const needle of [marker, Buffer.from(marker).toString('base64').slice(0, -2), 'AGE-SECRET-KEY'])
      t.notOk(bytes.includes(needle), name)
  }
  const held = await desk.store.read.held.byId(row?.id ?? '')
  if (!held) throw new Error('not held')
  const { raw, envelope } = await openHeld(desk.store, held)
  t.ok(raw.includes(`${marker}.csv`))
  t.match(envelope, {
    mailFrom: 'records@clinic.example',
    intakeAddress: 'clinic@intake.localhost',
    verified: { method: 'password', isFax: false },
  })
})
