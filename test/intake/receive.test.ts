// The intake desk as a whole: a message in, one reply out, and what is true afterwards. The relay, clock and resolver are given.

import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { readCode } from '../../src/hip/code.js'
import { codeSecret, codeVerifier, derivePassphrase } from '../../src/hip/keys.js'
import { type OpenedPackage, openPackage } from '../../src/hip/open.js'
import { IntakeDoor } from '../../src/intake/door.js'
import { type Bench, CONSUMER, enrol, makeBench } from '../support/desk.js'
import { quickStretch } from '../support/quick-hashes.js'
import { PDF, rawMessage } from '../support/raw.js'

/** The package rows of the consumer, newest last. */
async function packages({ store }: Bench) {
  const rows = await store.database.read('packages').orderBy('sealed_at').orderBy('id').select('id')
  return Promise.all(rows.map(async ({ id }) => (await store.read.packages.byId(id)) ?? t.fail('row is gone')))
}

/** What `look` makes of the package that the code opens; null when it opens none. */
async function inside<T>(bench: Bench, code: string, look: (opened: OpenedPackage) => Promise<T> | T): Promise<T | null> {
  for (const row of await packages(bench)) {
    if (!row || typeof row !== 'object' || !row.blobKey) continue
    const k = quickStretch(code, row.salt)
    if (!codeVerifier(k, bench.store.keyring.pepper(row.pepperId, 'code')).equals(row.verifier)) continue
    const answer = await bench.store.read.answers.get(row.consumerId, row.answerVersion)
    if (!answer) return null
    const answerKey = bench.store.keyring.open('answer-key', `${row.consumerId}/${row.answerVersion}`, answer.answerKeySealed)
    const blob = await bench.store.blobs.open(row.blobKey)
    const opened = await openPackage(blob, derivePassphrase(codeSecret(k), answerKey))
    try {
      return opened && (await look(opened))
    } finally {
      await blob.close()
    }
  }
  return null
}

/** How many documents the package holds that the code opens. */
async function opensWith(bench: Bench, code: string): Promise<number> {
  return (await inside(bench, code, ({ manifest }) => manifest.documents.length)) ?? 0
}

async function openedDocuments(bench: Bench, code: string): Promise<Buffer[]> {
  const read = async (opened: OpenedPackage) => {
    const documents: Buffer[] = []
    for (const index of opened.manifest.documents.keys()) documents.push(await buffer(await opened.document(index)))
    return documents
  }
  return (await inside(bench, code, read)) ?? []
}

/** The log rows, the last written first: the clock stands still, so their times are all alike. */
async function log({ store }: Bench) {
  const rows = await store.database.read('intakes').orderByRaw('rowid DESC').select('number')
  return Promise.all(rows.map(({ number }) => store.read.intakes.byNumber(number)))
}

t.test('a good message is sealed, announced, receipted and logged, and only then is 250 said', async (t) => {
  const bench = await makeBench(t)
  const said = await bench.send(rawMessage())
  t.match(said, { replyCode: 250, enhancedCode: '2.6.0' })
  const [code = ''] = bench.courier.codes()
  t.equal(readCode(code), code)
  t.equal(await opensWith(bench, code), 2, 'the body and the file')
  const [row] = await log(bench)
  t.match(row, { outcome: 'accepted', reason: 'accepted', documents: 2, how: 'password', consumerMasked: 'p***@home.example' })
  t.ok(said.text.includes(row?.number ?? '?'))
  t.match((await packages(bench))[0], { state: 'sent', sentAt: bench.clock.at, expiresAt: bench.clock.at + 30 * 86_400_000 })
  await bench.post.sendDue()
  const receipt = bench.courier.handed.find(({ to }) => to === 'records@clinic.example')
  t.ok(receipt?.raw.includes('Auto-Submitted: auto-replied'))
  t.equal(receipt?.from, '', 'an answer has the null reverse-path')
  t.notOk(receipt?.raw.includes('summary.pdf'), 'no file names')
  t.notOk(receipt?.raw.includes(CONSUMER), 'no names of people')
})

t.test('the package says how the message came, as a Received field would, and nothing of its Subject', async (t) => {
  const bench = await makeBench(t)
  const said = await bench.send(rawMessage({ subject: `hush ${CONSUMER}` }), { peer: { protocol: 'ESMTPSA' } })
  const manifest = await inside(bench, bench.courier.codes()[0] ?? '', (opened) => opened.manifest)
  t.strictSame(manifest?.trace, {
    from: { ehlo: 'mx.clinic.example', address: '198.51.100.7' },
    by: 'intake.localhost',
    with: 'ESMTPSA',
    tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    id: said.text.match(/\d{8}-\w{8}/)?.[0],
    for: 'clinic@intake.localhost',
    at: new Date(bench.clock.at).toISOString(),
  })
  t.notMatch(JSON.stringify(manifest), /hush/)
})

const passedOn = (times: number) =>
  rawMessage({ headers: Array.from({ length: times }, (_each, index) => `rECEIVED: from a${index} by b; Sun, 22 Nov 2026 10:00:00 +0000`) })

t.test('a message that 50 servers have passed on is taken, one more is a loop', async (t) => {
  const bench = await makeBench(t)
  t.match(await bench.send(passedOn(51)), { replyCode: 554, enhancedCode: '5.4.6' })
  t.match((await log(bench))[0], { reason: 'loop' })
  t.equal((await bench.send(passedOn(50))).replyCode, 250)
})

t.test('big documents are sealed whole, decoded or as they stand, and their memory is given back', async (t) => {
  const bench = await makeBench(t)
  const text = 'Line of a long report.\r\n'.repeat(80_000)
  const scan = Buffer.concat([PDF, randomBytes(2_000_000)])
  const raw = rawMessage({
    parts: [
      { type: 'application/pdf', name: 'scan.pdf', content: scan },
      { type: 'text/csv', name: 'report.csv', content: text, encoding: '8bit' },
    ],
  })
  t.equal((await bench.send(raw)).replyCode, 250)
  t.equal(raw.length, 0, 'the message itself is gone')
  const [, first, second] = await openedDocuments(bench, bench.courier.codes()[0] ?? '')
  t.ok(first?.equals(scan))
  t.ok(second?.equals(Buffer.from(text)))
})

t.test('the same transmission twice is sealed and announced once', async (t) => {
  const bench = await makeBench(t)
  const first = await bench.send(rawMessage({ headers: ['Received: from a by b; Sun, 22 Nov 2026 10:00:00 +0000'] }))
  const second = await bench.send(rawMessage({ headers: ['Received: from c by d; Sun, 22 Nov 2026 10:05:00 +0000'] }))
  t.equal(second.replyCode, 250)
  const number = first.text.match(/\d{8}-\w{8}/)?.[0] ?? '?'
  t.ok(second.text.includes(number), 'it names the first intake')
  t.equal(bench.courier.codes().length, 1)
  t.equal((await packages(bench)).length, 1)
  t.match((await log(bench))[0], { reason: 'duplicate', outcome: 'accepted' })
})

t.test('the same documents under a new Message-ID are a resend: a new code, and the old one still works', async (t) => {
  const bench = await makeBench(t)
  await bench.send(rawMessage())
  await bench.send(rawMessage({ messageId: '<2@clinic.example>', body: 'Once more.\r\n' }))
  const codes = bench.courier.codes()
  t.equal(codes.length, 2)
  for (const code of codes) t.equal(await opensWith(bench, code), 2)
  const groups = new Set((await packages(bench)).map((row) => row && typeof row === 'object' && row.groupId))
  t.equal(groups.size, 1, 'twins share a group')
})

t.test('other documents under a Message-ID seen before are another transmission: nothing is taken for sent that was not', async (t) => {
  const bench = await makeBench(t)
  await bench.send(rawMessage())
  await bench.send(rawMessage({ parts: [{ type: 'text/csv', name: 'b.csv', content: 'other,records' }] }))
  t.equal(bench.courier.codes().length, 2)
})

t.test('two messages without Message-ID are told apart by date and Subject', async (t) => {
  const bench = await makeBench(t)
  await bench.send(rawMessage({ messageId: null }))
  await bench.send(rawMessage({ messageId: null }))
  t.equal(bench.courier.codes().length, 1)
  await bench.send(rawMessage({ messageId: null, subject: `again ${CONSUMER}` }))
  t.equal(bench.courier.codes().length, 2)
})

const refusals: Array<[string, number, string, Parameters<typeof rawMessage>[0], Parameters<Bench['send']>[1]?]> = [
  ['a sender that is not registered', 550, 'sender-not-registered', { from: 'other@clinic.example' }],
  ['two From addresses', 554, 'two-from', { from: 'records@clinic.example, other@clinic.example' }],
  ['two From fields', 554, 'two-from', { headers: ['From: x@y.example'] }],
  ['no From', 554, 'two-from', { from: '' }],
  ['two Subjects', 554, 'two-subjects', { headers: ['Subject: other@home.example'] }],
  ['no id in the Subject', 554, 'no-id', { subject: 'records' }],
  ['no Subject', 554, 'no-id', { subject: null }],
  ['two ids', 554, 'two-ids', { subject: 'pat@home.example and lee@home.example' }],
  ['two ids with no space between', 554, 'two-ids', { subject: 'pat@home.example/lee@home.example' }],
  ['what may be the rest of an id', 554, 'no-id', { subject: '=?utf-8?Q?o=E2=80=99pat@home.example?=' }],
  ['an unknown id', 554, 'consumer-unknown', { subject: 'nobody@home.example' }],
  ['no documents', 554, 'no-documents', { parts: [] }],
  ['an empty file only', 554, 'no-documents', { parts: [{ type: 'application/pdf', name: 'a.pdf', content: '' }] }],
  [
    'a signature only',
    554,
    'no-documents',
    { parts: [{ type: 'application/pgp-signature', name: 'a.asc', content: '-----BEGIN PGP SIGNATURE-----' }] },
  ],
  ['an automatic reply', 550, 'auto-reply', { headers: ['Auto-Submitted: auto-replied'] }],
  [
    'a mail loop',
    554,
    'loop',
    { headers: Array.from({ length: 51 }, (_each, index) => `Received: from a${index} by b; Sun, 22 Nov 2026 10:00:00 +0000`) },
  ],
  ['an unverified sender', 550, 'sender-not-authenticated', {}, { peer: { signedInAs: null } }],
  ["another provider's password", 550, 'sender-not-authenticated', {}, { peer: { signedInAs: 'provider-2' } }],
  ['no TLS', 530, 'tls-required', {}, { peer: { tls: null, signedInAs: null } }],
  ['an unknown intake address', 550, 'unknown-intake-address', {}, { to: 'nobody@intake.localhost' }],
  ['an address of another domain', 550, 'unknown-intake-address', {}, { to: 'clinic@elsewhere.example' }],
  ['a tag that means nothing', 554, 'unknown-tag', {}, { to: 'clinic+x1@intake.localhost' }],
  ['SIZE over the limit', 552, 'message-too-big', {}, { size: 99_000_000 }],
]

for (const [what, replyCode, reason, message, how] of refusals) {
  t.test(`${what} is refused ${replyCode} ${reason}, logged, and nothing is sent or kept`, async (t) => {
    const bench = await makeBench(t)
    const said = await bench.send(rawMessage(message), how)
    t.equal(said.replyCode, replyCode)
    t.match((await log(bench))[0], { reason, replyCode, outcome: replyCode < 500 ? 'deferred' : 'rejected' })
    t.equal(bench.courier.handed.length, 0)
    t.equal((await packages(bench)).length, 0)
    t.equal(bench.options.budget.free, 200_000_000, 'what was reserved is given back')
    t.notMatch(said.text, /pat@|lee@|nobody@home/, 'no consumer is named')
  })
}

t.test('who sends too much is told how much the README says there may be', async (t) => {
  const bench = await makeBench(t)
  t.match((await bench.send(rawMessage(), { size: 99_000_000 })).text, 'at most about 37 MB of files')
})

t.test('a stranger is told the same whether the consumer exists or not', async (t) => {
  const bench = await makeBench(t)
  const about = async (subject: string) =>
    (await bench.send(rawMessage({ subject }), { peer: { signedInAs: null } })).text.replace(/\d{8}-\w{8}/, 'N')
  t.equal(await about(CONSUMER), await about('nobody@home.example'))
})

t.test('a registered network needs no TLS and no password, but a registered From', async (t) => {
  const bench = await makeBench(t)
  const gateway = { peer: { address: '192.0.2.9', tls: null, signedInAs: null } }
  t.equal((await bench.send(rawMessage(), gateway)).replyCode, 250)
  t.equal((await bench.send(rawMessage({ from: 'x@else.example', messageId: '<9@x>' }), gateway)).replyCode, 550)
})

t.test('DNS trouble is temporary', async (t) => {
  const bench = await makeBench(t, {
    resolver: async () => {
      throw Object.assign(new Error('slow'), { code: 'ETIMEOUT' })
    },
  })
  const said = await bench.send(rawMessage(), { peer: { signedInAs: null } })
  t.match(said, { replyCode: 451, enhancedCode: '4.7.0' })
})

t.test('a suspended provider is told so, also when it was suspended during DATA', async (t) => {
  const bench = await makeBench(t)
  const transaction = await bench.door.mail(
    { address: '198.51.100.7', ehlo: '', tls: 'TLSv1.3', signedInAs: 'provider-1' },
    'records@clinic.example',
    null,
  )
  if ('replyCode' in transaction) return t.fail('admitted')
  t.equal(await bench.door.rcpt(transaction, 'clinic@intake.localhost'), null)
  await bench.store.write((tables) => tables.providers.setState('provider-1', 'suspended'))
  t.equal((await bench.door.data(transaction, [rawMessage()])).replyCode, 550)
  bench.door.release(transaction)
  t.equal((await bench.send(rawMessage())).replyCode, 550)
})

t.test('a second recipient is asked to be sent separately', async (t) => {
  const bench = await makeBench(t)
  const transaction = await bench.door.mail(
    { address: '198.51.100.7', ehlo: '', tls: 'TLSv1.3', signedInAs: 'provider-1' },
    'records@clinic.example',
    null,
  )
  if ('replyCode' in transaction) return t.fail('admitted')
  await bench.door.rcpt(transaction, 'clinic@intake.localhost')
  t.match(await bench.door.rcpt(transaction, 'clinic@intake.localhost'), { replyCode: 452, enhancedCode: '4.5.3' })
  bench.door.release(transaction)
  bench.door.release(transaction)
  t.equal(bench.options.budget.free, 200_000_000, 'given back once only')
})

t.test('a relay that refuses the consumer’s address for good: 554, and the package goes', async (t) => {
  const bench = await makeBench(t)
  bench.courier.answer = () => ({ outcome: 'refused', permanent: true, about: 'recipient', replyCode: 550 })
  t.equal((await bench.send(rawMessage())).replyCode, 554)
  const [row] = await packages(bench)
  t.match(row, { state: 'undeliverable' })
  t.equal(await blobCount(bench), 0)
  t.ok(await bench.options.breaker.allows(), 'the relay itself is well')
})

t.test('a relay that refuses for other reasons: 451, the package stays, and the next MAIL is put off', async (t) => {
  const bench = await makeBench(t)
  bench.courier.answer = () => ({ outcome: 'refused', permanent: true, about: 'other', replyCode: 535 })
  t.equal((await bench.send(rawMessage())).replyCode, 451)
  t.match((await packages(bench))[0], { state: 'sealed' })
  t.match(await bench.send(rawMessage()), { replyCode: 451, enhancedCode: '4.4.1' })
  t.match((await log(bench))[0], { reason: 'relay-down' })
  bench.clock.at += 31_000
  bench.courier.answer = () => ({ outcome: 'accepted', reply: '250' })
  t.equal((await bench.send(rawMessage())).replyCode, 250, 'a probe found it well again')
})

t.test('a relay that puts her address off for now: 451, and nobody else has to wait', async (t) => {
  const bench = await makeBench(t)
  bench.courier.answer = () => ({ outcome: 'refused', permanent: false, about: 'recipient', replyCode: 450 })
  t.equal((await bench.send(rawMessage())).replyCode, 451)
  t.ok(await bench.options.breaker.allows())
})

t.test('when what became of a mailed code cannot be written down, it is counted, and the third one is the last', async (t) => {
  const bench = await makeBench(t)
  const post = Object.assign(Object.create(bench.post), { queueReceipt: async () => Promise.reject(new TypeError('broken')) })
  const door = new (await import('../../src/intake/door.js')).IntakeDoor({ ...bench.options, post })
  for (let tries = 0; tries < 5; tries++) {
    const transaction = await door.mail(
      { address: '198.51.100.7', ehlo: '', tls: 'TLSv1.3', signedInAs: 'provider-1' },
      'a@clinic.example',
      null,
    )
    if ('replyCode' in transaction) return t.fail('admitted')
    await door.rcpt(transaction, 'clinic@intake.localhost')
    t.equal((await door.data(transaction, [rawMessage()])).replyCode, 451)
    door.release(transaction)
  }
  t.equal(bench.courier.codes().length, 3)
  t.match((await log(bench))[0], { reason: 'notice-stopped' })
  for (const code of bench.courier.codes()) t.equal(await opensWith(bench, code), 2)
})

t.test('an unreachable relay: 451, and nothing is kept, since no code left us', async (t) => {
  const bench = await makeBench(t)
  bench.courier.answer = () => ({ outcome: 'unreachable' })
  t.equal((await bench.send(rawMessage())).replyCode, 451)
  t.match((await packages(bench))[0], { state: 'undeliverable' })
  t.equal(await blobCount(bench), 0)
})

t.test('a hand-off that ends in the unknown: 451, the package stays, and every code that may have gone out works', async (t) => {
  const bench = await makeBench(t)
  bench.courier.answer = () => ({ outcome: 'unknown' })
  t.equal((await bench.send(rawMessage())).replyCode, 451)
  bench.clock.at += 31_000
  bench.courier.answer = () => ({ outcome: 'accepted', reply: '250' })
  t.equal((await bench.send(rawMessage())).replyCode, 250)
  const codes = bench.courier.codes()
  t.equal(codes.length, 2)
  for (const code of codes) t.equal(await opensWith(bench, code), 2)
})

t.test('after three unknown hand-offs of one transmission no more codes are drawn', async (t) => {
  const bench = await makeBench(t)
  bench.courier.answer = () => ({ outcome: 'unknown' })
  for (let tries = 0; tries < 5; tries++) {
    t.equal((await bench.send(rawMessage())).replyCode, 451)
    bench.clock.at += 31_000
  }
  t.equal(bench.courier.codes().length, 3)
  t.match((await log(bench))[0], { reason: 'notice-stopped' })
})

t.test('parallel copies of one transmission give one package and one code', async (t) => {
  const bench = await makeBench(t)
  const said = await Promise.all(Array.from({ length: 6 }, () => bench.send(rawMessage())))
  const codes = said.map(({ replyCode }) => replyCode)
  t.equal(codes.filter((code) => code === 250).length >= 1, true)
  t.ok(
    codes.every((code) => [250, 451, 452].includes(code)),
    codes.join(),
  )
  t.equal(bench.courier.codes().length, 1)
  t.equal((await packages(bench)).length, 1)
})

t.test('a lost lease sends no mail', async (t) => {
  const bench = await makeBench(t)
  const { blobs } = bench.store
  const stolen = {
    ...blobs,
    put: async (source: AsyncIterable<Buffer>) => {
      await bench.store.database.write((trx) => trx('claims').update({ owner: 'another' }))
      return blobs.put(source)
    },
  }
  const options = { ...bench.options, store: { ...bench.store, blobs: stolen } }
  const door = new IntakeDoor(options)
  const transaction = await door.mail(
    { address: '198.51.100.7', ehlo: '', tls: 'TLSv1.3', signedInAs: 'provider-1' },
    'records@clinic.example',
    null,
  )
  if ('replyCode' in transaction) return t.fail('admitted')
  await door.rcpt(transaction, 'clinic@intake.localhost')
  t.match(await door.data(transaction, [rawMessage()]), { replyCode: 451, enhancedCode: '4.3.2' })
  t.equal(bench.courier.handed.length, 0)
})

t.test('a lost lease leaves no package behind: its code never left us', async (t) => {
  const bench = await makeBench(t)
  const put = async (source: AsyncIterable<Buffer>) => {
    await bench.store.database.write((trx) => trx('claims').update({ owner: 'another' }))
    return bench.store.blobs.put(source)
  }
  const door = new IntakeDoor({ ...bench.options, store: { ...bench.store, blobs: { ...bench.store.blobs, put } } })
  t.match(await sendThrough(door), { replyCode: 451, enhancedCode: '4.3.2' })
  t.match(await packages(bench), [{ state: 'undeliverable' }])
  t.equal(await blobCount(bench), 0)
})

t.test(
  'whoever stood still past his lease and then hears that his notice was taken too: both codes work, and there is one receipt',
  async (t) => {
    const bench = await makeBench(t)
    const other = new IntakeDoor({ ...bench.options })
    let stalls = 1
    bench.courier.answer = async () => {
      if (stalls-- > 0) {
        await bench.store.database.write((trx) => trx('claims').update({ lease_until: 0 }))
        t.match(await sendThrough(other), { replyCode: 250 })
      }
      return { outcome: 'accepted', reply: '250 ok' }
    }
    t.match(await bench.send(rawMessage()), { replyCode: 250 })
    t.match(await packages(bench), [{ state: 'sent' }, { state: 'sent' }])
    const codes = bench.courier.codes()
    t.equal(codes.length, 2)
    for (const code of codes) t.equal(await opensWith(bench, code), 2)
    while ((await bench.post.sendDue()) > 0);
    t.equal(bench.courier.handed.filter(({ to }) => to === 'records@clinic.example').length, 1)
  },
)

t.test('an unknown hand-off that cannot be counted at once is counted when its lease is over', async (t) => {
  const bench = await makeBench(t)
  bench.courier.answer = () => ({ outcome: 'unknown' })
  let isBroken = false
  const write: typeof bench.store.write = (work) =>
    bench.store.write(async (tables) => {
      const noteUnknown = async (key: string, owner: string) => {
        if (isBroken) throw new TypeError('broken')
        return tables.claims.noteUnknown(key, owner)
      }
      return work({ ...tables, claims: { ...tables.claims, noteUnknown } })
    })
  const door = new IntakeDoor({ ...bench.options, store: { ...bench.store, write } })
  isBroken = true
  t.match(await sendThrough(door), { replyCode: 451, enhancedCode: '4.3.0' })
  t.match(await sendThrough(door), { replyCode: 451, enhancedCode: '4.3.2' }, 'held until then')
  await bench.store.database.write((trx) => trx('claims').update({ lease_until: 0 }))
  isBroken = false
  await sendThrough(door)
  t.match(await bench.store.database.read('claims').first('unknown_handoffs'), { unknown_handoffs: 2 })
})

/** One message through another door than the bench's own. */
async function sendThrough(door: IntakeDoor) {
  const peer = { address: '198.51.100.7', ehlo: '', tls: 'TLSv1.3', signedInAs: 'provider-1' }
  const transaction = await door.mail(peer, 'records@clinic.example', null)
  if ('replyCode' in transaction) return transaction
  await door.rcpt(transaction, 'clinic@intake.localhost')
  const reply = await door.data(transaction, [rawMessage()])
  door.release(transaction)
  return reply
}

t.test('a full disk and a full memory are told at MAIL', async (t) => {
  const bench = await makeBench(t, { budget: new (await import('../../src/intake/admission.js')).MemoryBudget(1000) })
  t.match(await bench.send(rawMessage()), { replyCode: 452, enhancedCode: '4.3.1' })
  t.match((await log(bench))[0], { reason: 'short-of-memory' })
  const full = await makeBench(t, { disk: { hasRoomFor: async () => false } as never })
  t.match(await full.send(rawMessage()), { replyCode: 452, enhancedCode: '4.3.1' })
  t.match((await log(full))[0], { reason: 'short-of-disk' })
})

t.test('a stranger who asks for memory and says no more leaves some to others', async (t) => {
  const budget = new (await import('../../src/intake/admission.js')).MemoryBudget(3 * 52_428_800, 0, 2 * 52_428_800)
  const { door } = await makeBench(t, { budget })
  const peer = { address: '2001:db8::1', ehlo: '', tls: 'TLSv1.3', signedInAs: null }
  const ask = (change: object) => door.mail({ ...peer, ...change }, 'a@clinic.example', null)
  const [one, two, three, other] = [
    await ask({}),
    await ask({ address: '2001:db8::2' }),
    await ask({}),
    await ask({ address: '192.0.2.1' }),
  ]
  t.notOk('replyCode' in one || 'replyCode' in two)
  t.match(three, { replyCode: 452 })
  t.notOk('replyCode' in other)
  t.match(await ask({ signedInAs: 'provider-1' }), { replyCode: 452 }, 'now it is all gone')
  for (const transaction of [one, two, other]) if (!('replyCode' in transaction)) door.release(transaction)
  const own = [await ask({ signedInAs: 'p' }), await ask({ signedInAs: 'p' }), await ask({ signedInAs: 'p' })]
  t.notOk(
    own.some((each) => 'replyCode' in each),
    'a provider that signed in may have it all',
  )
})

t.test('the deadline ends what takes too long before the hand-off', async (t) => {
  const bench = await makeBench(t, { deadlineMs: 0 })
  t.match(await bench.send(rawMessage()), { replyCode: 451, enhancedCode: '4.4.2' })
  t.equal(bench.courier.handed.length, 0)
})

t.test('a TypeError is nobody’s fault but ours: 451 4.3.0, and its message is in no reply and no row', async (t) => {
  const bench = await makeBench(t, { mint: { take: async () => Promise.reject(new TypeError('secret detail')) } as never })
  const said = await bench.send(rawMessage())
  t.match(said, { replyCode: 451, enhancedCode: '4.3.0' })
  t.notMatch(JSON.stringify([said, await log(bench)]), /secret detail/)
  bench.options.breaker.succeeded()
  t.equal((await bench.store.database.read('claims').where('lease_until', '>', 0)).length, 0, 'the claim is given back')
})

t.test('mail for a consumer who is resetting her answer is put off', async (t) => {
  const bench = await makeBench(t)
  const reset = {
    id: 'r1',
    consumerId: bench.consumerId,
    startedAt: 1,
    effectiveAt: bench.clock.at + 1,
    cancelHash: Buffer.alloc(32),
    remindAt: 1,
  }
  await bench.store.write((tables) => tables.resets.start(reset))
  t.match(await bench.send(rawMessage()), { replyCode: 451, enhancedCode: '4.2.1' })
})

t.test('mail for a consumer whose answer is frozen is put off', async (t) => {
  const bench = await makeBench(t)
  await bench.store.database.write((trx) => trx('answers').update({ frozen_at: bench.clock.at }))
  t.match(await bench.send(rawMessage()), { replyCode: 451, enhancedCode: '4.2.1' })
  t.equal((await packages(bench)).length, 0, 'nothing is sealed under an answer that opens nothing')
})

t.test('a reset that begins while a message is being sealed keeps its code from going out', async (t) => {
  const bench = await makeBench(t)
  const { blobs } = bench.store
  const put = async (source: AsyncIterable<Buffer>) => {
    const reset = { id: 'r1', consumerId: bench.consumerId, startedAt: 1, effectiveAt: 9e15, cancelHash: Buffer.alloc(32), remindAt: 1 }
    await bench.store.write((tables) => tables.resets.start(reset))
    return blobs.put(source)
  }
  const door = new IntakeDoor({ ...bench.options, store: { ...bench.store, blobs: { ...blobs, put } } })
  const transaction = await door.mail(
    { address: '198.51.100.7', ehlo: '', tls: 'TLSv1.3', signedInAs: 'provider-1' },
    'records@clinic.example',
    null,
  )
  if ('replyCode' in transaction) return t.fail('admitted')
  await door.rcpt(transaction, 'clinic@intake.localhost')
  t.match(await door.data(transaction, [rawMessage()]), { replyCode: 451, enhancedCode: '4.2.1' })
  t.equal(bench.courier.handed.length, 0)
  t.match((await packages(bench))[0], { state: 'undeliverable' })
  t.equal(await blobCount(bench), 0)
})

const BASE64 = PDF.toString('base64')
const damaged: Array<[string, string, string]> = [
  [
    'cut off in the middle of a file',
    'truncated-part',
    `--b1\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${BASE64.slice(0, 41)}`,
  ],
  ['without its boundary parameter', 'malformed-message', 'no boundary'],
  [
    'with a uuencoded file that never ends',
    'truncated-part',
    '--b1\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a.pdf\r\n#0V%T\r\n`\r\n--b1--\r\n',
  ],
]
for (const [what, reason, body] of damaged) {
  t.test(`a message ${what} is refused 554 ${reason}: nothing is lost silently`, async (t) => {
    const bench = await makeBench(t)
    const type = body === 'no boundary' ? 'multipart/mixed' : 'multipart/mixed; boundary=b1'
    const head = `From: records@clinic.example\r\nSubject: ${CONSUMER}\r\nMIME-Version: 1.0\r\nContent-Type: ${type}\r\n\r\n`
    t.match(await bench.send(Buffer.from(head + body)), { replyCode: 554, enhancedCode: '5.6.0' })
    const [row] = await log(bench)
    t.match(row, { reason, outcome: 'rejected' })
    t.match(row?.detail, /^[a-z0-9-]+$/, 'the log says which damage')
    t.equal(bench.courier.handed.length, 0)
  })
}

t.test('somebody who has not set her question yet is not registered', async (t) => {
  const bench = await makeBench(t)
  await bench.store.write((tables) =>
    tables.consumers.register({ id: 'c2', address: 'new@home.example', language: 'en', createdAt: 1, answerVersion: null }),
  )
  t.equal((await bench.send(rawMessage({ subject: 'new@home.example' }))).replyCode, 554)
})

t.test('the id is found in any surrounding text, encoded or not, in any case', async (t) => {
  const bench = await makeBench(t)
  const subjects = [
    'PAT@Home.Example;labs',
    'RE: FW: <pat@home.example> results',
    'pat@home.example pat@home.example',
    '=?utf-8?B?cGF0QGhvbWUuZXhhbXBsZSBs?= =?utf-8?Q?ab?=',
  ]
  for (const [index, subject] of subjects.entries()) {
    t.equal((await bench.send(rawMessage({ subject, messageId: `<s${index}@x>` }))).replyCode, 250, subject)
  }
})

t.test('a person with an internationalised address is found', async (t) => {
  const bench = await makeBench(t)
  await enrol(bench.store, 'josé@xn--bcher-kva.example', 1)
  t.equal((await bench.send(rawMessage({ subject: '=?utf-8?B?am9zw6lAYsO8Y2hlci5leGFtcGxl?=' }))).replyCode, 250)
})

t.test('no file of the service holds a document, a name, a Subject, a question, an answer or a code', async (t) => {
  const bench = await makeBench(t)
  const secret = 'MARKER-OF-A-DOCUMENT-IN-THE-CLEAR'
  await bench.send(
    rawMessage({ subject: `${CONSUMER} subject-marker`, parts: [{ type: 'text/csv', name: 'name-marker.csv', content: secret }] }),
  )
  const [code = '?'] = bench.courier.codes()
  const { readdir, readFile } = await import('node:fs/promises')
  const { join } = await import('node:path')
  const files = (await readdir(bench.folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  t.ok(files.length >= 3)
  for (const file of files) {
    const bytes = await readFile(join(file.parentPath, file.name))
    const grouped = code.replace(/(\d{4})(?=\d)/g, '$1 ')
    for (const marker of [secret, 'subject-marker', 'name-marker', 'boat in the story', code, grouped, PDF.toString('latin1')]) {
      t.notOk(bytes.includes(marker), `${file.name} does not hold ${marker.slice(0, 12)}…`)
    }
  }
})

t.test('a receipt quotes a Message-ID that fits a header line, and goes out without one that does not', async (t) => {
  const bench = await makeBench(t)
  const ids = ['<1@clinic.example>', '<2\t@clinic.example>', `<${'3'.repeat(5000)}@clinic.example>`, '<4\u00e9@clinic.example>']
  for (const messageId of ids) t.equal((await bench.send(rawMessage({ messageId }))).replyCode, 250)
  await bench.post.sendDue()
  const receipts = bench.courier.handed.filter(({ to }) => to === 'records@clinic.example')
  t.equal(receipts.length, 4)
  t.same(receipts.map(({ raw }) => raw.match(/^In-Reply-To: (.*)\r$/m)?.[1]).filter(Boolean), ['<1@clinic.example>'])
})

t.test('a mail that cannot be written is given up one day', async (t) => {
  const bench = await makeBench(t)
  const item = { id: 'x', kind: 'mail', idempotencyKey: 'x', payload: Buffer.from('not sealed'), runAt: 0, attempts: 0 }
  await bench.store.write((tables) => tables.outbox.add(item))
  for (let tries = 0; tries < 60; tries++) {
    await bench.post.sendDue()
    bench.clock.at += 3 * 3_600_000
  }
  t.equal((await bench.store.read.outbox.pending()).count, 0)
})

async function blobCount({ store }: Bench): Promise<number> {
  let count = 0
  for await (const _each of store.blobs.list()) count++
  return count
}
