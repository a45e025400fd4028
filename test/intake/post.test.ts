import t from 'tap'
import { DAY, HOUR, MINUTE } from '../../src/clock.js'
import { papersHere } from '../../src/documents/workshop/papers.js'
import { Post } from '../../src/intake/post.js'
import type { Receipt } from '../../src/intake/receipt.js'
import type { Log } from '../../src/log.js'
import type { MailWriter, QueuedMail } from '../../src/queued-mail.js'
import type { Tables } from '../../src/store/store.js'
import { type Bench, makeBench } from '../support/desk.js'

const SECRET_LINK = 'http://site.test/sign-in/link/secret-token'

const MAIL: QueuedMail = {
  ...{ template: 'admin-invitation', to: 'admin@example.org', language: 'en', idempotencyKey: 'invitation/1' },
  values: { link: SECRET_LINK, hours: 24 },
}

type Logged = [name: string, fields: Record<string, unknown> | undefined]

async function makePost(t: Parameters<typeof makeBench>[0]) {
  const logged: Logged[] = []
  const log: Log = {
    event: (name, fields) => logged.push([name, { ...fields }]),
    failure: (where, _error, fields) => logged.push([`failed ${where}`, { ...fields }]),
  }
  const bench = await makeBench(t, { log })
  const queue = (mail: Partial<QueuedMail> = {}) => bench.store.write((tables) => bench.post.queueMail(tables, { ...MAIL, ...mail }))
  return { ...bench, logged, queue, row: () => bench.store.database.read('outbox').first() }
}

const down = ({ courier }: Bench | Awaited<ReturnType<typeof makePost>>) => {
  courier.answer = () => ({ outcome: 'unreachable' })
}

function receiptFor(intakeNumber: string, intakeAddress: string): Receipt {
  return {
    ...{ to: 'records@clinic.example', language: 'en', inReplyTo: null, intakeNumber, receivedAt: 1, handedOverAt: 2, resend: false },
    provider: { name: 'Sample Clinic', intakeAddress },
    authenticated: { method: 'password', domain: null, tls: null },
    documents: [],
    operator: { name: 'Operator', email: '', phone: '', fax: '' },
  }
}

t.test('a mail is sent once, from the null path, marked as automatic, and then nothing of it is kept', async (t) => {
  const { post, courier, queue, row, logged } = await makePost(t)
  await queue()
  t.equal(await post.sendDue(), 1)
  t.equal(await post.sendDue(), 0)
  t.match(courier.handed, [{ from: '', to: 'admin@example.org', raw: /^Auto-Submitted: auto-generated\r$/m }])
  t.equal(courier.handed.length, 1)
  t.ok(courier.handed[0]?.raw.includes(SECRET_LINK))
  t.match(await row(), { state: 'done', payload: null })
  t.same(logged, [['mailed', { kind: 'admin-invitation', attempts: 1 }]])
})

t.test('what waits is sealed: neither address nor link stands in the database', async (t) => {
  const { queue, row, store } = await makePost(t)
  await queue()
  const { id, payload } = await row()
  for (const secret of ['admin@example.org', 'secret-token', 'site.test']) t.notOk(payload.includes(secret), secret)
  t.ok(store.keyring.open('outbox', id, payload).includes(SECRET_LINK))
  t.throws(() => store.keyring.open('outbox', 'another', payload), 'sealed for its own row alone')
})

t.test('the same key is queued once, also after it was sent', async (t) => {
  const { post, courier, queue } = await makePost(t)
  await queue()
  await queue({ to: 'other@example.org' })
  t.equal(await post.sendDue(), 1)
  await queue()
  t.equal(await post.sendDue(), 0)
  t.same(
    courier.handed.map(({ to }) => to),
    ['admin@example.org'],
  )
})

t.test('a mail whose transaction is rolled back is not sent', async (t) => {
  const { post, store } = await makePost(t)
  await t.rejects(
    store.write(async (tables) => {
      await post.queueMail(tables, MAIL)
      throw new RangeError('rolled back')
    }),
    RangeError,
  )
  t.equal(await post.sendDue(), 0)
})

t.test('a mail that waits carries no attachments', async (t) => {
  const { queue, row } = await makePost(t)
  await t.rejects(queue({ attachments: [{ name: 'a.pdf', mediaType: 'application/pdf', bytes: Buffer.from('x') }] }), /no attachments/)
  t.notOk(await row())
})

t.test('an unreachable relay is tried again after 1, 5, 15, 60 minutes, then every three hours', async (t) => {
  const bench = await makePost(t)
  down(bench)
  await bench.queue()
  for (const wait of [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 3 * HOUR, 3 * HOUR]) {
    t.equal(await bench.post.sendDue(), 1)
    bench.clock.at += wait - 1
    t.equal(await bench.post.sendDue(), 0, 'not before')
    bench.clock.at += 1
  }
  t.equal(await bench.post.sendDue(), 1)
})

for (const [what, handoff] of [
  ['a refusal for now', { outcome: 'refused', permanent: false, about: 'recipient', replyCode: 450 }],
  ['a hand-off that ends in the unknown', { outcome: 'unknown' }],
] as const) {
  t.test(`${what} is tried again, under the same Message-ID`, async (t) => {
    const { courier, post, queue, clock, logged } = await makePost(t)
    courier.answer = () => handoff
    await queue()
    await post.sendDue()
    clock.at += MINUTE
    courier.answer = () => ({ outcome: 'accepted', reply: '250' })
    await post.sendDue()
    const ids = courier.handed.map(({ raw }) => /^Message-ID: (<\S+@intake\.localhost>)/im.exec(raw)?.[1] ?? 'none')
    t.equal(ids.length, 2)
    t.match(ids[0], /^<.+>$/)
    t.equal(ids[0], ids[1])
    t.same(
      logged.map(([name]) => name),
      ['mail-delayed', 'mailed'],
    )
  })
}

t.test('a refusal for good ends it', async (t) => {
  const { courier, post, queue, clock, row, logged } = await makePost(t)
  courier.answer = () => ({ outcome: 'refused', permanent: true, about: 'recipient', replyCode: 550 })
  await queue()
  await post.sendDue()
  clock.at += DAY
  t.equal(await post.sendDue(), 0)
  t.match(await row(), { state: 'failed' })
  t.same(logged, [['mail-given-up', { kind: 'admin-invitation', attempts: 1, reason: 'refused' }]])
})

t.test('a receipt that a provider’s server refuses is told to the admins, once a day for each provider', async (t) => {
  const { courier, post, clock, store } = await makePost(t)
  const admin = { id: 'admin-1', address: 'admin@example.org', language: 'en', invitedAt: 1, firstSignInAt: null }
  await store.write((tables) => tables.admins.invite(admin))
  courier.answer = (to) =>
    to === admin.address
      ? { outcome: 'accepted', reply: '250 ok' }
      : { outcome: 'refused', permanent: true, about: 'recipient', replyCode: 550 }
  const alerts = async (intakeNumber: string, intakeAddress: string) => {
    const before = courier.handed.length
    await store.write((tables) => post.queueReceipt(tables, receiptFor(intakeNumber, intakeAddress)))
    while ((await post.sendDue()) > 0);
    const handed = courier.handed.slice(before)
    return handed.filter(({ to }) => to === admin.address).map(({ raw }) => raw.replace(/=?\r\n/g, ''))
  }
  const [first, ...more] = await alerts('INTAKE-1', 'clinic@intake.localhost')
  t.match(first, /receipt for intake INTAKE-1 could not be mailed to the provider that writes to ?clinic@intake\.localhost/)
  t.same(more, [])
  t.same(await alerts('INTAKE-2', 'clinic@intake.localhost'), [])
  t.equal((await alerts('INTAKE-3', 'other@intake.localhost')).length, 1)
  clock.at += DAY
  t.equal((await alerts('INTAKE-4', 'clinic@intake.localhost')).length, 1)
})

const CORRECTIONS = [
  ['undeliverable', 'a correction', { link: 'http://site.test/sign-in' }, /The notice for intake INTAKE-1 came back/],
  [
    'held',
    'a question for whom mail is',
    { expiresOn: 'later', why: 'It names nobody' },
    /held that nobody could be\s+found for \(intake INTAKE-1\)/,
  ],
  [
    'reported',
    'word that a wrong person has opened documents',
    { intakeNumbers: 'INTAKE-1', time: 'now' },
    /not about her or him \(intake\s+INTAKE-1\)/,
  ],
  ['held-ended', 'word that held mail was deleted', { expired: 'yes' }, /Held documents were deleted \(intake INTAKE-1\)/],
] as const

for (const [template, what, more, told] of CORRECTIONS) {
  t.test(`${what} that cannot be delivered is told to the admins, whatever else was that day`, async (t) => {
    const bench = await makePost(t)
    const { courier, post, clock, store, queue } = bench
    for (const id of ['one', 'two'])
      await store.write((tables) =>
        tables.admins.invite({ id, address: `${id}@example.org`, language: 'en', invitedAt: 1, firstSignInAt: null }),
      )
    down(bench)
    const values = { intakeNumber: 'INTAKE-1', receivedAt: 'now', ...more }
    await queue({ template, to: 'records@clinic.example', idempotencyKey: `${template}/1`, values })
    await post.sendDue()
    clock.at += 6 * DAY
    await post.sendDue()
    courier.handed.length = 0
    courier.answer = () => ({ outcome: 'accepted', reply: '250 ok' })
    await post.sendDue()
    t.same(courier.handed.map(({ to }) => to).sort(), ['one@example.org', 'two@example.org'])
    t.match(courier.handed[0]?.raw.replace(/=\r\n/g, ''), told)
  })
}

t.test('after five days it is given up, and not before', async (t) => {
  const bench = await makePost(t)
  const { clock, post, queue, row, logged } = bench
  down(bench)
  const began = clock.at
  await queue()
  let tries = 0
  while ((await row()).state === 'waiting' && tries++ < 100) {
    clock.at = Math.max(clock.at, (await row()).run_at)
    await post.sendDue()
  }
  t.ok(clock.at - began > 5 * DAY && clock.at - began <= 5 * DAY + 3 * HOUR)
  t.match(await row(), { state: 'failed' })
  t.match(logged.at(-1), ['mail-given-up', { reason: 'too-old' }])
})

t.test('what cannot be read or written is tried like any other, and given up in the end', async (t) => {
  const { clock, post, queue, row, store, logged, courier } = await makePost(t)
  await queue()
  await store.database.write((trx) => trx('outbox').update({ payload: Buffer.from('damaged') }))
  let tries = 0
  while ((await row()).state === 'waiting' && tries++ < 100) {
    clock.at = Math.max(clock.at, (await row()).run_at)
    await post.sendDue()
  }
  t.match(await row(), { state: 'failed' })
  t.equal(courier.handed.length, 0)
  t.ok(tries < 100)
  t.same(logged[0], ['failed outbox', { kind: 'admin-invitation', attempts: 1 }])
})

t.test('one mail that fails holds up none behind it', async (t) => {
  const { post, queue, courier } = await makePost(t)
  await queue({ template: 'no-such-template' })
  await queue({ idempotencyKey: 'invitation/2' })
  t.equal(await post.sendDue(), 2)
  t.equal(courier.handed.length, 1)
})

t.test('once started it sends by itself, more than one handful, and stops when told', async (t) => {
  const { store, courier, options, queue } = await makePost(t)
  const { templates, texts, sender, clock, log } = options
  const post = new Post({ store, courier, templates, texts, papers: papersHere(texts), sender, clock, log, everyMs: DAY })
  for (let index = 0; index < 23; index++) await queue({ idempotencyKey: `invitation/${index}` })
  const all = new Promise<void>((resolve) => {
    courier.answer = () => {
      if (courier.handed.length === 23) resolve()
      return { outcome: 'accepted', reply: '250' }
    }
  })
  post.start()
  await all
  await post.stop()
  t.equal(courier.handed.length, 23)
  await store.write((tables) => post.queueMail(tables, { ...MAIL, idempotencyKey: 'invitation/after' }))
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(courier.handed.length, 23)
})

t.test('what is queued while it runs is sent without waiting for the next look', async (t) => {
  const { store, courier, options } = await makePost(t)
  const { templates, texts, sender, clock, log } = options
  const post = new Post({ store, courier, templates, texts, papers: papersHere(texts), sender, clock, log, everyMs: DAY })
  const sent = new Promise<void>((resolve) => {
    courier.answer = () => {
      resolve()
      return { outcome: 'accepted', reply: '250' }
    }
  })
  post.start()
  await store.write((tables) => post.queueMail(tables, MAIL))
  await sent
  await post.stop()
  t.equal(courier.handed.length, 1)
})

t.test('stopping waits for the mail under way', async (t) => {
  const { post, queue, courier, row } = await makePost(t)
  let answer: () => void = () => {}
  const asked = new Promise<void>((resolve) => {
    courier.answer = () => {
      resolve()
      return new Promise((said) => {
        answer = () => said({ outcome: 'accepted', reply: '250' })
      })
    }
  })
  await queue()
  post.start()
  await asked
  const stopped = post.stop()
  answer()
  await stopped
  t.match(await row(), { state: 'done' })
})

t.test('two posts on one database send a mail once', async (t) => {
  const { post, queue, courier, store, options } = await makePost(t)
  const { templates, texts, sender, clock, log } = options
  const other = new Post({ store, courier, templates, texts, papers: papersHere(texts), sender, clock, log })
  await queue()
  const tried = await Promise.all([post.sendDue(), other.sendDue()])
  t.same(tried.sort(), [0, 1])
  t.equal(courier.handed.length, 1)
})

/** A mail with an attachment, which could not wait. */
function writerOf(change: Partial<MailWriter<Tables>> = {}) {
  const given: string[] = []
  const attachments = [{ name: 'form.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF secret form') }]
  const writer: MailWriter<Tables> = {
    write: async (about) => ({ ...MAIL, to: `${about}@clinic.example`, attachments }),
    givenUp: async (_tables, about) => void given.push(about),
    ...change,
  }
  return { writer, given }
}

t.test('a mail with a writer is written when it is sent, once; what waits is what it is about', async (t) => {
  const { post, courier, store, row } = await makePost(t)
  post.entrust('form', writerOf().writer)
  for (let times = 0; times < 2; times++) await store.write((tables) => post.queueWritten(tables, 'form', 'chart', 'form/1'))
  const { id, payload, kind } = await row()
  t.equal(kind, 'form')
  const waits = JSON.parse(store.keyring.open('outbox', id, payload).toString())
  t.match(waits, { kind: 'written', template: 'form', about: 'chart' })
  t.equal(await post.sendDue(), 1)
  t.match(courier.handed, [{ to: 'chart@clinic.example', raw: /form\.pdf/ }])
  t.match(await row(), { state: 'done', payload: null })
})

t.test('when its writer has nothing to send any more it is done, and when the writer fails it is tried again', async (t) => {
  const { post, courier, store, row, clock, logged } = await makePost(t)
  let mail: (() => Promise<QueuedMail | null>) | null = null
  const { writer, given } = writerOf({ write: () => (mail ? mail() : Promise.reject(new Error('secret'))) })
  post.entrust('form', writer)
  await store.write((tables) => post.queueWritten(tables, 'form', 'chart', 'form/1'))
  await post.sendDue()
  t.match(await row(), { state: 'waiting' })
  t.notMatch(JSON.stringify(logged), /secret/)
  mail = async () => null
  clock.at += HOUR
  await post.sendDue()
  t.match(await row(), { state: 'done' })
  t.same([courier.handed, given], [[], []])
})

t.test('its writer is told when it is given up, in the transaction that says so; without one it waits', async (t) => {
  const { post, courier, store, row, clock } = await makePost(t)
  await store.write((tables) => post.queueWritten(tables, 'form', 'chart', 'form/1'))
  await post.sendDue()
  t.match(await row(), { state: 'waiting' })
  courier.answer = () => ({ outcome: 'refused', permanent: true, about: 'recipient', replyCode: 550 })
  const failing = writerOf({
    givenUp: async () => {
      throw new Error('the disk is full')
    },
  })
  post.entrust('form', failing.writer)
  clock.at += HOUR
  await post.sendDue()
  t.match(await row(), { state: 'waiting' }, 'not given up without it')
  const { writer, given } = writerOf()
  post.entrust('form', writer)
  clock.at += HOUR
  await post.sendDue()
  t.match(await row(), { state: 'failed' })
  t.same(given, ['chart'])
})
