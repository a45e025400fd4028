// Records that answer what somebody asked for: the request they close, what their package says of it, and the consent that goes with them.

import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { coverSheetPdf } from '../../src/documents/sheets/cover-sheet.js'
import { papersFrom } from '../../src/documents/workshop/papers.js'
import { codeSecret, codeVerifier, derivePassphrase } from '../../src/hip/keys.js'
import { openPackage } from '../../src/hip/open.js'
import { IntakeDoor } from '../../src/intake/door.js'
import { createHeldDesk } from '../../src/intake/held-desk.js'
import { Releases } from '../../src/intake/release.js'
import { formatPostboxNumber, requestQrText } from '../../src/postbox-number.js'
import { makeWorkshop } from '../../src/service/parts.js'
import { loadTexts } from '../../src/texts.js'
import { acts, DAY, filled, newRequestWorld, PART_2, type RequestWorld, readPaper, sent, viewOf } from '../requests/world.js'
import { postfixBounce } from '../support/bounces.js'
import { CONSUMER, enrol } from '../support/desk.js'
import { type FaxCase, faxOf, printed } from '../support/faxes.js'
import { quickStretch } from '../support/quick-hashes.js'
import { PDF, rawMessage } from '../support/raw.js'

const workshop = makeWorkshop()
t.teardown(() => workshop.close())

/** A new message each time, with documents of its own. */
const records = (id: number, change: Parameters<typeof rawMessage>[0] = {}) =>
  rawMessage({
    messageId: `<${id}@clinic.example>`,
    parts: [{ type: 'application/pdf', name: 'summary.pdf', content: Buffer.concat([PDF, Buffer.from(String(id))]) }],
    ...change,
  })

async function rowsOf({ store }: RequestWorld) {
  const rows = await store.database.read('packages').orderByRaw('rowid').select('id')
  return Promise.all(rows.map(async ({ id }) => (await store.read.packages.byId(id)) ?? t.fail('row is gone'))) as Promise<
    ReadonlyArray<NonNullable<Awaited<ReturnType<typeof store.read.packages.byId>>>>
  >
}

/** What the code mailed last opens: manifest and documents. */
async function opened(world: RequestWorld) {
  const { store, courier } = world
  const code = courier.codes().at(-1) ?? ''
  const row = (await rowsOf(world)).at(-1)
  const answer = row && (await store.read.answers.get(row.consumerId, row.answerVersion))
  if (!row?.blobKey || !answer) throw new Error('nothing to open')
  const k = quickStretch(code, row.salt)
  if (!codeVerifier(k, store.keyring.pepper(row.pepperId, 'code')).equals(row.verifier)) throw new Error('wrong code')
  const answerKey = store.keyring.open('answer-key', `${row.consumerId}/${row.answerVersion}`, answer.answerKeySealed)
  const blob = await store.blobs.open(row.blobKey)
  try {
    const found = await openPackage(blob, derivePassphrase(codeSecret(k), answerKey))
    if (!found) throw new Error('not opened')
    const documents: Buffer[] = []
    for (const index of found.manifest.documents.keys()) documents.push(await buffer(await found.document(index)))
    return { row, manifest: found.manifest, documents }
  } finally {
    await blob.close()
  }
}

const shown = (number: string) => `${number.slice(0, 4)}-${number.slice(4)}`

t.test('records of that provider answer the oldest request that waits, and the package says so', async (t) => {
  const world = await newRequestWorld(t)
  const old = await sent(world)
  world.clock.at += DAY
  const later = await sent(world)
  t.equal((await world.send(records(1))).replyCode, 250)
  const { row, manifest } = await opened(world)
  t.match(await viewOf(world, old), { state: 'answered', answered: { at: world.clock.at, packageNumber: row.number } })
  t.match(await viewOf(world, later), { state: 'sent', answered: null })
  t.strictSame(manifest.answers, { request: shown(old), kind: 'access' })
  t.equal(manifest.documents.length, 2)
  t.equal((await acts(world)).at(-1), 'request-answered')
})

t.test('where nobody has asked, or somebody else has, nothing is answered and nothing is said', async (t) => {
  const world = await newRequestWorld(t)
  const draft = await filled(world)
  const elsewhere = await sent(world, 'access', { provider: { slug: '', name: 'Lakeside Clinic' } })
  t.equal((await world.send(records(1))).replyCode, 250)
  t.equal((await opened(world)).manifest.answers, undefined)
  t.match(await viewOf(world, draft), { state: 'draft' })
  t.match(await viewOf(world, elsewhere), { state: 'sent' })
  const other = { ...world, consumerId: await enrol(world.store, 'lee@home.example', 1) }
  const hers = await sent(other)
  t.equal((await world.send(records(2))).replyCode, 250)
  t.match(await viewOf(other, hers), { state: 'sent' })
})

t.test('one message answers one request, however often it is sent; so do the same documents in a new one', async (t) => {
  const world = await newRequestWorld(t)
  const first = await sent(world)
  const second = await sent(world)
  t.equal((await world.send(records(1))).replyCode, 250)
  t.equal((await world.send(records(1))).replyCode, 250, 'a duplicate')
  t.equal((await world.send(records(1, { messageId: '<again@clinic.example>' }))).replyCode, 250, 'a resend')
  t.equal((await rowsOf(world)).length, 2)
  const states = await Promise.all([first, second].map(async (number) => (await viewOf(world, number)).state))
  t.strictSame(states.sort(), ['answered', 'sent'])
  const { manifest } = await opened(world)
  t.match(manifest.answers, { kind: 'access' }, 'the resend says what it answers, too')
})

t.test('what she has said is no answer does not close it again when it is sent again; other records do', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world)
  await world.send(records(1))
  t.equal(await world.desk.markAnswered(world.consumerId, number, false), true)
  t.equal((await world.send(records(1, { messageId: '<again@clinic.example>' }))).replyCode, 250)
  t.match(await viewOf(world, number), { state: 'sent', answered: null })
  await world.send(records(2))
  t.match(await viewOf(world, number), { state: 'answered' })
})

t.test('what she has said is no answer stays none, also after another one came and she took that back, too', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId } = world
  const number = await sent(world)
  for (const id of [1, 2]) {
    await world.send(records(id))
    t.equal(await desk.markAnswered(consumerId, number, false), true)
  }
  await desk.markAnswered(consumerId, number, true)
  await desk.markAnswered(consumerId, number, false)
  for (const id of [1, 2]) {
    t.equal((await world.send(records(id, { messageId: `<again-${id}@clinic.example>` }))).replyCode, 250)
    t.match(await viewOf(world, number), { state: 'sent', answered: null })
  }
})

t.test('while the code may not have gone out nothing is answered; the next try does it', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world)
  world.courier.answer = () => ({ outcome: 'unreachable' })
  t.equal((await world.send(records(1))).replyCode, 451)
  t.match(await viewOf(world, number), { state: 'sent' })
  world.courier.answer = () => ({ outcome: 'unknown' })
  world.clock.at += DAY
  t.equal((await world.send(records(1))).replyCode, 451)
  t.match(await viewOf(world, number), { state: 'sent' })
  world.courier.answer = () => ({ outcome: 'accepted', reply: '250 ok' })
  world.clock.at += DAY
  t.equal((await world.send(records(1))).replyCode, 250)
  t.match(await viewOf(world, number), { state: 'answered' })
})

t.test('when what is true after the relay took the notice can’t be written, the request is not answered either', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world)
  const { requests } = world.options
  const broken = {
    ...requests,
    answered: async (...about: Parameters<typeof requests.answered>) => {
      await requests.answered(...about)
      throw new Error('the disk is full')
    },
  }
  const door = new IntakeDoor({ ...world.options, requests: broken })
  const transaction = await door.mail(
    { address: '198.51.100.7', ehlo: 'x', tls: 'TLSv1.3 X', signedInAs: 'provider-1' },
    'r@clinic.example',
    null,
  )
  if ('replyCode' in transaction) return t.fail('not admitted')
  await door.rcpt(transaction, 'clinic@intake.localhost')
  t.equal((await door.data(transaction, [records(1)])).replyCode, 451)
  t.match(await viewOf(world, number), { state: 'sent' })
  t.match((await rowsOf(world))[0], { state: 'sealed' })
})

t.test('of an authorization for substance-use records a copy is sealed with them, last, in words, and opens with them', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world, 'authorization', PART_2)
  world.clock.at += DAY
  t.equal((await world.send(records(1))).replyCode, 250)
  const { manifest, documents, row } = await opened(world)
  t.strictSame(manifest.answers, { request: shown(number), kind: 'authorization' })
  t.equal(manifest.documents.length, 3)
  t.match(manifest.documents[2], {
    ...{ name: `authorization-${shown(number)}.pdf`, title: `Copy of your consent, authorization ${shown(number)}`, sentName: null },
    ...{ mediaType: 'application/pdf', origin: 'consent', part: '', role: 'attachment' },
  })
  t.match(readPaper(documents[2]), {
    kind: 'form',
    at: world.clock.at - DAY,
    about: {
      requestNumber: shown(number),
      content: { signature: { kind: 'typed', name: 'Maria Sample' }, initials: { 'substance-use': 'MS' } },
    },
  })
  t.equal(row.documents, 3)
  await world.post.sendDue()
  const receipt = world.courier.handed.find(({ to }) => to === 'charts@clinic.example')?.raw ?? ''
  t.match(receipt, /^1\. PDF/m)
  t.notMatch(receipt, /^2\. /m, 'the receipt counts what was sent')
  t.notMatch(receipt.replace(/=\r\n/g, ''), /authorization-|consent/i)
  t.match(await world.store.database.read('intakes').orderByRaw('rowid DESC').first(), { documents: 2, outcome: 'accepted' })
})

t.test('the copy of a consent that was signed on paper says so, as far as she has told us', async (t) => {
  const world = await newRequestWorld(t)
  await sent(world, 'authorization', { ...PART_2, signature: { way: 'later' } })
  world.clock.at += DAY
  await world.send(records(1))
  t.match(readPaper((await opened(world)).documents.at(-1)).about, { signedOnPaper: '2026-11-22', content: { signature: null } })
  const form = await world.desk.pdf(world.consumerId, (await world.desk.list(world.consumerId))[0]?.number ?? '', 'en')
  t.equal(readPaper(form?.bytes).about.signedOnPaper, undefined, 'her own has a line to sign on')
})

t.test('a consent copy never takes the name of a document that was sent', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world, 'authorization', PART_2)
  const back = { type: 'application/pdf', name: `Authorization-${shown(number)}.pdf`, content: PDF }
  t.equal((await world.send(rawMessage({ parts: [back] }))).replyCode, 250)
  const { manifest } = await opened(world)
  const names = manifest.documents.map(({ name }) => name.toLowerCase())
  t.equal(new Set(names).size, 3)
})

t.test('when the consent copy can’t be made the message is put off, and nothing is sealed without it', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world, 'authorization', PART_2)
  world.broken.error = new Error('no fonts')
  t.match(await world.send(records(1)), { replyCode: 451 })
  t.same(await rowsOf(world), [])
  t.same(world.courier.codes(), [])
  t.match(await viewOf(world, number), { state: 'sent' })
  world.broken.error = null
  t.match(await world.send(records(1)), { replyCode: 250 }, 'at once: the claim was given back')
  t.equal((await opened(world)).manifest.documents.length, 3)
})

t.test('the copy goes with every further sending while the authorization runs, and no longer', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  const number = await sent(world, 'authorization', PART_2)
  const consents = async (id: number, change: Parameters<typeof rawMessage>[0] = {}) => {
    t.equal((await world.send(records(id, change))).replyCode, 250)
    return (await opened(world)).manifest.documents.filter(({ origin }) => origin === 'consent').length
  }
  t.equal(await consents(1), 1)
  t.equal(await consents(1, { messageId: '<again@clinic.example>' }), 1, 'the same documents again')
  clock.at += 90 * DAY
  t.equal(await consents(2), 1, 'others of the same provider')
  t.match(await viewOf(world, number), { state: 'answered', answered: { packageNumber: (await rowsOf(world))[0]?.number } })
  await desk.withdraw(consumerId, number)
  t.equal(await consents(3), 0, 'revoked')
  const ending = await sent(world, 'authorization', { ...PART_2, terms: { expiresOn: { day: '1', month: '4', year: '2027' } } })
  t.equal(await consents(4), 1)
  clock.at = Date.UTC(2027, 3, 3)
  t.equal(await consents(5), 0, 'over by its own date')
  t.match(await viewOf(world, ending), { state: 'answered' })
  const event = await sent(world, 'authorization', { ...PART_2, terms: { expiresWith: 'the end of the study' } })
  await desk.markAnswered(consumerId, event, true)
  t.equal(await consents(6), 1, 'nobody told us that the event has come')
})

t.test('the copy goes along whatever else of hers the records may answer: nobody says under which of them they come', async (t) => {
  const world = await newRequestWorld(t)
  const access = await sent(world)
  world.clock.at += DAY
  const consent = await sent(world, 'authorization', PART_2)
  t.equal((await world.send(records(1))).replyCode, 250)
  t.match(await viewOf(world, access), { state: 'answered' })
  t.match(await viewOf(world, consent), { state: 'sent' })
  const { manifest } = await opened(world)
  t.strictSame(manifest.answers, { request: shown(access), kind: 'access' })
  t.match(manifest.documents.at(-1), { origin: 'consent', name: `authorization-${shown(consent)}.pdf` })
  await world.desk.withdraw(world.consumerId, consent)
  const elsewhere = await sent(world, 'authorization', { ...PART_2, provider: { slug: '', name: 'Lakeside Clinic' } })
  t.equal((await world.send(records(2))).replyCode, 250)
  t.notOk(
    (await opened(world)).manifest.documents.some(({ origin }) => origin === 'consent'),
    'of no other provider’s',
  )
  t.match(await viewOf(world, elsewhere), { state: 'sent' })
})

t.test('a consent is kept as long as it runs, so that its copy can be made', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  const start = clock.at
  const purge = () => desk.rounds.find(({ name }) => name === 'old-requests')?.run()
  const number = await sent(world, 'authorization', PART_2)
  const long = await sent(world, 'authorization', { ...PART_2, terms: { expiresOn: { day: '31', month: '12', year: '2029' } } })
  const plain = await sent(world, 'authorization')
  await world.send(records(1))
  for (const each of [number, long, plain])
    if ((await viewOf(world, each)).state === 'sent') await desk.markAnswered(consumerId, each, true)
  clock.at = start + 364 * DAY
  await purge()
  t.equal(await desk.view(consumerId, plain), null, 'one that needs no copy goes as all others do')
  t.equal((await world.send(records(2))).replyCode, 250)
  t.equal((await opened(world)).manifest.documents.filter(({ origin }) => origin === 'consent').length, 2)
  clock.at = start + 400 * DAY
  await purge()
  t.equal(await desk.view(consumerId, number), null)
  t.match(await viewOf(world, long), { state: 'answered', keptUntil: Date.UTC(2030, 0, 30) })
  await desk.markAnswered(consumerId, long, false)
  t.equal((await viewOf(world, long)).keptUntil, Date.UTC(2030, 0, 30), 'taking the answer back does not shorten that')
})

t.test('an authorization without that category, or an access request, brings no copy', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world, 'authorization', { records: { initials: { hiv: 'MS' } } })
  await world.send(records(1))
  t.match(await viewOf(world, number), { state: 'answered' })
  t.equal((await opened(world)).manifest.documents.length, 2)
})

const GATEWAY = 'fax@gateway.example'
const BY_FAX = { provider: { faxSenders: [GATEWAY], auth: ['network' as const, 'password' as const], networks: ['192.0.2.0/24'] } }
const FROM_GATEWAY = { peer: { address: '192.0.2.9', signedInAs: null }, mailFrom: GATEWAY }

const FAX: Omit<FaxCase, 'number'> = {
  ...{ sheet: 'cover', coding: 'g3', rows: 98, skew: 1, noise: 0.003, isUpsideDown: false, isSecond: false, seed: 5 },
}

/** Page one of a form, faxed: what matters is its QR code. */
async function faxedForm({ store, consumerId }: RequestWorld, number: string) {
  const postbox = (await store.read.consumers.byId(consumerId))?.postboxNumber ?? ''
  const about = { postbox: { shown: formatPostboxNumber(postbox), qrText: requestQrText(postbox, number) }, to: null }
  const text = loadTexts('templates/texts').in('en')
  const scan = await printed(await coverSheetPdf({ ...about, operatorName: 'Operator', site: 'http://site.test' }, text, 0))
  const fax = await faxOf(scan, { ...FAX, number: postbox })
  return { type: fax.mediaType, name: 'fax.tif', content: fax.bytes }
}

t.test('a fax with the form on top answers that request and no other, also one that she never said she sent', async (t) => {
  const world = await newRequestWorld(t, { ...BY_FAX, workshop })
  const older = await sent(world)
  world.clock.at += DAY
  const faxed = await sent(world)
  const printedOnly = await filled(world, 'authorization', PART_2)
  const fax = async (number: string, id: number) =>
    rawMessage({ ...{ from: GATEWAY, subject: 'New fax', messageId: `<${id}@gateway.example>` }, parts: [await faxedForm(world, number)] })
  t.equal((await world.send(await fax(faxed, 1), FROM_GATEWAY)).replyCode, 250)
  t.match(await viewOf(world, faxed), { state: 'answered' })
  t.match(await viewOf(world, older), { state: 'sent' })
  t.strictSame((await opened(world)).manifest.answers, { request: shown(faxed), kind: 'access' })
  t.equal((await world.send(await fax(printedOnly, 2), FROM_GATEWAY)).replyCode, 250)
  t.match(await viewOf(world, printedOnly), { state: 'answered', sent: null, answered: { packageNumber: /^\w{12}$/ } })
  t.equal((await opened(world)).manifest.documents.at(-1)?.origin, 'consent')
  await world.desk.markAnswered(world.consumerId, printedOnly, false)
  t.match(await viewOf(world, printedOnly), { state: 'draft' })
})

t.test('a fax with two forms on top answers both requests, and brings the copy of the consent among them', async (t) => {
  const world = await newRequestWorld(t, { ...BY_FAX, workshop })
  const consent = await sent(world, 'authorization', { ...PART_2, provider: { slug: '', name: 'Lakeside Clinic' } })
  world.clock.at += DAY
  const access = await sent(world)
  const parts = [await faxedForm(world, access), { ...(await faxedForm(world, consent)), name: 'second.tif' }]
  t.equal((await world.send(rawMessage({ from: GATEWAY, subject: 'New fax', parts }), FROM_GATEWAY)).replyCode, 250)
  for (const number of [access, consent]) t.match(await viewOf(world, number), { state: 'answered' }, number)
  const { manifest } = await opened(world)
  t.equal(manifest.answers?.request, shown(access), 'the package names one')
  t.match(manifest.documents.at(-1), { origin: 'consent', name: `authorization-${shown(consent)}.pdf` })
})

t.test('the number of somebody else’s request closes nothing of hers, nor hers of somebody else', async (t) => {
  const world = await newRequestWorld(t, { ...BY_FAX, workshop })
  const other = { ...world, consumerId: await enrol(world.store, 'lee@home.example', 1) }
  const hers = await sent(other, 'access', { provider: { slug: '', name: 'Lakeside Clinic' } })
  const parts = [await faxedForm(world, hers)]
  t.equal((await world.send(rawMessage({ from: GATEWAY, subject: 'New fax', parts }), FROM_GATEWAY)).replyCode, 250)
  t.match(await viewOf(other, hers), { state: 'sent' })
  t.equal((await opened(world)).manifest.answers, undefined)
})

t.test('what was held answers the request when it is sent on at last', async (t) => {
  const world = await newRequestWorld(t, { provider: { unmatched: 'hold' } })
  const number = await sent(world)
  t.equal((await world.send(records(1, { subject: 'Scan' }))).replyCode, 250)
  t.match(await viewOf(world, number), { state: 'sent' })
  const releases = new Releases(world.options)
  const held = createHeldDesk(world.options, releases)
  const [row] = await world.store.database.read('held')
  t.equal(await held.assign(row.id, CONSUMER, { actor: 'admin-1', why: 'asked by telephone' }), 'assigned')
  await releases.stop()
  await new Releases(world.options).releaseDue()
  t.match(await viewOf(world, number), { state: 'answered' })
})

t.test('a held fax answers the request whose form it has on top, also when its Subject named somebody else', async (t) => {
  const world = await newRequestWorld(t, { provider: { ...BY_FAX.provider, unmatched: 'hold' }, workshop })
  await enrol(world.store, 'lee@home.example', 1)
  const older = await sent(world)
  world.clock.at += DAY
  const number = await sent(world)
  const raw = rawMessage({ from: GATEWAY, subject: 'Fax for lee@home.example', parts: [await faxedForm(world, number)] })
  t.equal((await world.send(raw, FROM_GATEWAY)).replyCode, 250)
  const [row] = await world.store.database.read('held')
  t.equal(
    await createHeldDesk(world.options, new Releases(world.options)).assign(row.id, CONSUMER, { actor: 'admin-1', why: 'asked' }),
    'assigned',
  )
  await new Releases(world.options).releaseDue()
  t.match(await viewOf(world, number), { state: 'answered' })
  t.match(await viewOf(world, older), { state: 'sent' })
})

t.test('a package that comes back as undeliverable leaves the request open, unless its twin has arrived', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world)
  const relay = { mailFrom: '', peer: { address: '127.0.0.1', ehlo: 'relay.test', tls: null, signedInAs: null } }
  const comesBack = ({ from = '' } = {}) => world.send(Buffer.from(postfixBounce({ about: CONSUMER })), { ...relay, to: from })
  await world.send(records(1))
  await world.send(records(1, { messageId: '<again@clinic.example>' }))
  const [first, second] = world.courier.handed
  await comesBack(first)
  t.match(await viewOf(world, number), { state: 'answered' })
  await comesBack(second)
  t.match(await viewOf(world, number), { state: 'sent', answered: null })
  t.equal((await acts(world)).at(-1), 'request-unanswered')
})

t.test('a package that comes back opens no request whose records she has seen before', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world)
  await world.send(records(1))
  const [{ id = '' } = {}] = await rowsOf(world)
  await world.store.write(({ packages }) => packages.noteOpened(id, world.clock.at))
  await world.store.write(({ packages }) => packages.end(id, 'deleted', world.clock.at))
  await world.send(records(1, { messageId: '<again@clinic.example>' }))
  const relay = { mailFrom: '', peer: { address: '127.0.0.1', ehlo: 'relay.test', tls: null, signedInAs: null } }
  await world.send(Buffer.from(postfixBounce({ about: CONSUMER })), { ...relay, to: world.courier.handed[1]?.from ?? '' })
  t.match((await rowsOf(world))[1], { state: 'undeliverable' })
  t.match(await viewOf(world, number), { state: 'answered' })
})

t.test(
  'with the real craft: the form a clinic gets by mail, faxed back with the records, closes the request; its copy has pages',
  async (t) => {
    const world = await newRequestWorld(t, {
      ...BY_FAX,
      workshop,
      pdfs: papersFrom(workshop, loadTexts('templates/texts')),
    })
    const waiting = await sent(world)
    const number = await filled(world, 'authorization', PART_2)
    t.strictSame(await world.desk.mailIt(world.consumerId, number), { kind: 'sent' })
    await world.post.sendDue()
    t.match(world.courier.handed[0]?.raw, /^Content-Type: application\/pdf/m)
    const form = await world.desk.pdf(world.consumerId, number, 'en')
    const scan = await printed(form?.bytes ?? Buffer.alloc(0))
    const fax = await faxOf(scan, { ...FAX, number: '' })
    const parts = [{ type: fax.mediaType, name: 'fax.tif', content: fax.bytes }]
    t.equal((await world.send(rawMessage({ from: GATEWAY, subject: 'New fax', parts }), FROM_GATEWAY)).replyCode, 250)
    t.match(await viewOf(world, number), { state: 'answered' })
    const { manifest, documents } = await opened(world)
    t.match(manifest.documents.at(-1), { origin: 'consent', copy: { kind: 'pages' }, pages: Number })
    t.ok(documents.at(-1)?.equals(form?.bytes ?? Buffer.alloc(0)), 'byte for byte what the clinic has')
    world.clock.at += 32 * DAY
    const letters = [[waiting, 'reminder'] as const, [number, 'revocation'] as const]
    for (const [of, letter] of letters)
      t.match((await world.desk.letter(world.consumerId, of, letter, 'es'))?.bytes.subarray(0, 5).toString(), '%PDF-', letter)
  },
)
