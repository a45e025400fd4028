import t, { type Test } from 'tap'
import { namesNobody, readIntakeAddress, readSubject, routeByPages, routeTo } from '../../src/intake/route.js'
import { drawPostboxNumber, formatPostboxNumber } from '../../src/postbox-number.js'
import { CONSUMER, enrol, makeBench } from '../support/desk.js'
import { messageOf } from './message.js'

const ADDRESSES: Array<[string, { slug: string; tag: string | null } | null]> = [
  ['clinic@in.example', { slug: 'clinic', tag: null }],
  ['CLINIC@IN.Example', { slug: 'clinic', tag: null }],
  ['clinic+x@in.example', { slug: 'clinic', tag: 'x' }],
  ['clinic+x+Y@in.example', { slug: 'clinic', tag: 'x+y' }],
  ['clinic+@in.example', { slug: 'clinic', tag: '' }],
  ['+x@in.example', null],
  ['clinic@other.example', null],
  ['clinic@sub.in.example', null],
  ['clinic', null],
  ['', null],
  ['clinic@[192.0.2.1]', null],
]

for (const [address, read] of ADDRESSES) {
  t.test(`the intake address "${address}" is ${read ? `${read.slug}, tag ${JSON.stringify(read.tag)}` : 'none of ours'}`, (t) => {
    t.same(readIntakeAddress(address, 'in.example'), read)
    t.end()
  })
}

t.test('the one id of the Subject counts, however often it stands there; two are never ranked', (t) => {
  t.match(readSubject('Re: Pat@Home.Example, again <pat@home.example>'), { address: 'pat@home.example' })
  t.same(readSubject('pat@home.example lee@home.example'), { reason: 'two-ids' })
  t.match(readSubject('records'), { address: null, numbers: [] })
  t.match(readSubject(''), { address: null, numbers: [] })
  t.end()
})

t.test('a consumer who has set her question is found', async (t) => {
  const { store, consumerId, clock } = await makeBench(t)
  t.match(await routeTo(store.read, messageOf(), null, clock.at), { id: consumerId, address: CONSUMER })
})

t.test('a tag was meant: one that is not the same id is refused, and so is an empty one', async (t) => {
  const { store, consumerId, clock } = await makeBench(t)
  for (const tag of ['x', '', 'lee@home.example', 'K7M-2QX-9DP'])
    t.same(await routeTo(store.read, messageOf(), tag, clock.at), { reason: 'unknown-tag' }, tag)
  t.match(await routeTo(store.read, messageOf(), 'Pat@home.example', clock.at), { id: consumerId })
})

t.test('nobody is registered, or she has no question yet: the same reason, told apart in the log alone', async (t) => {
  const { store, clock } = await makeBench(t)
  await store.write((tables) =>
    tables.consumers.register({ id: 'new', address: 'new@home.example', language: 'en', createdAt: 1, answerVersion: null }),
  )
  t.same(await routeTo(store.read, messageOf({ subject: 'lee@home.example' }), null, clock.at), { reason: 'consumer-unknown' })
  t.same(await routeTo(store.read, messageOf({ subject: 'new@home.example' }), null, clock.at), {
    ...{ reason: 'consumer-unknown', detail: 'no-question-yet' },
  })
})

t.test('while her answer is being reset, or is frozen, mail for her waits', async (t) => {
  const { store, clock, consumerId } = await makeBench(t)
  await store.database.write((trx) => trx('answers').where({ consumer_id: consumerId }).update({ frozen_at: clock.at }))
  t.same(await routeTo(store.read, messageOf(), null, clock.at), { reason: 'consumer-not-ready', detail: 'answer-frozen' })
  t.match(await routeTo(store.read, messageOf(), null, clock.at - 1), { id: consumerId }, 'not before it is frozen')
  const tables = { ...store.read, resets: { ...store.read.resets, pending: async () => ({ id: 'reset' }) } }
  t.same(await routeTo(tables as never, messageOf(), null, clock.at), { reason: 'consumer-not-ready', detail: 'reset-pending' })
})

t.test('30 days after she was asked whether the postbox is still hers nothing is taken for her, until she comes', async (t) => {
  const { store, clock, consumerId } = await makeBench(t)
  await store.write((tables) => tables.lives.askUnused(consumerId, clock.at, clock.at))
  const days = (count: number) => clock.at + count * 86_400_000
  t.match(await routeTo(store.read, messageOf(), null, days(30) - 1), { id: consumerId })
  t.same(await routeTo(store.read, messageOf(), null, days(30)), { reason: 'consumer-dormant' })
  await store.write((tables) => tables.lives.noteActive(consumerId, days(40)))
  t.match(await routeTo(store.read, messageOf(), null, days(40)), { id: consumerId })
})

t.test('an answer row that is gone is our fault, not the sender’s', async (t) => {
  const { store, clock, consumerId } = await makeBench(t)
  await store.database.write((trx) => trx('answers').where({ consumer_id: consumerId }).delete())
  t.same(await routeTo(store.read, messageOf(), null, clock.at), { reason: 'internal', detail: 'no-answer-row' })
})

t.test('of two people each is found by her own id', async (t) => {
  const { store, clock } = await makeBench(t)
  const second = await enrol(store, 'lee@home.example', clock.at)
  t.match(await routeTo(store.read, messageOf({ subject: 'LEE@home.example' }), null, clock.at), { id: second })
})

/** Two people, and the number that each has. */
async function twoPeople(t: Test) {
  const { store, consumerId, clock } = await makeBench(t)
  const secondId = await enrol(store, 'lee@home.example', clock.at)
  const [pat, lee] = await Promise.all([store.read.consumers.byId(consumerId), store.read.consumers.byId(secondId)])
  if (!pat || !lee) throw new Error('nobody there')
  const route = (subject: string, tag: string | null = null) => routeTo(store.read, messageOf({ subject }), tag, clock.at)
  const byPages = (numbers: string[], routed: Awaited<ReturnType<typeof route>>) => routeByPages(store.read, numbers, routed, clock.at)
  return { pat, lee, route, byPages, shown: (consumer: typeof pat) => formatPostboxNumber(consumer.postboxNumber) }
}

t.test('a postbox number in the Subject finds her, with hyphens, spaces or neither', async (t) => {
  const { pat, route, shown } = await twoPeople(t)
  const written = [
    shown(pat),
    shown(pat).toLowerCase(),
    shown(pat).replaceAll('-', ' '),
    pat.postboxNumber,
    `Fax for ${shown(pat)} (3 pages)`,
  ]
  for (const subject of written) t.match(await route(subject), { id: pat.id }, subject)
  t.match(await route(`${shown(pat)} ${pat.postboxNumber} pat@home.example`), { id: pat.id }, 'all of them are hers')
})

t.test('a postbox number as the tag finds her, alone or beside the same id', async (t) => {
  const { pat, lee, route, shown } = await twoPeople(t)
  t.match(await route('records', pat.postboxNumber.toLowerCase()), { id: pat.id })
  t.match(await route('pat@home.example', shown(pat)), { id: pat.id })
  t.match(await route('records', 'lee@home.example'), { id: lee.id })
  t.same(await route('pat@home.example', lee.postboxNumber), { reason: 'sources-disagree', detail: 'subject-and-tag' })
})

t.test('numbers that nobody has, or with a wrong check character, are told apart', async (t) => {
  const { pat, route, shown } = await twoPeople(t)
  // A letter for a letter and a digit for a digit: with fewer than two of either it would be a word.
  const wrong = shown(pat).replace(/.$/, (last) => (/[2-9]/.test(last) ? (last === '2' ? '3' : '2') : last === 'A' ? 'B' : 'A'))
  const nobodys = formatPostboxNumber(drawPostboxNumber())
  t.same(await route(wrong), { reason: 'number-mistyped' })
  t.same(await route('records', wrong), { reason: 'number-mistyped', detail: 'tag' })
  t.same(await route(nobodys), { reason: 'number-unknown' })
  t.same(await route('records', nobodys), { reason: 'number-unknown', detail: 'tag' })
  t.same(await route(nobodys.replaceAll('-', '')), { reason: 'no-id' }, 'in one piece it may be a file number of the clinic')
  t.match(await route(`pat@home.example, file ${nobodys}`), { id: pat.id })
})

t.test('two people in a Subject are never ranked, however they are written', async (t) => {
  const { pat, lee, route, shown } = await twoPeople(t)
  t.same(await route(`${shown(pat)} ${shown(lee)}`), { reason: 'two-ids', detail: 'numbers' })
  t.same(await route(`${pat.postboxNumber} ${lee.postboxNumber}`), { reason: 'two-ids', detail: 'numbers' })
  t.same(await route(`pat@home.example ${shown(lee)}`), { reason: 'sources-disagree', detail: 'subject' })
  t.same(await route(`pat@home.example ${lee.postboxNumber}`), { reason: 'sources-disagree', detail: 'subject' })
  t.same(await route(`nobody@home.example ${shown(lee)}`), { reason: 'sources-disagree', detail: 'subject' })
  const nobodys = formatPostboxNumber(drawPostboxNumber())
  t.same(await route(`${nobodys} ${pat.postboxNumber}`), { reason: 'number-unknown' })
})

t.test('the pages settle what Subject and tag leave open, and nothing else', async (t) => {
  const { pat, lee, route, byPages } = await twoPeople(t)
  const open = await route('Fax received')
  t.ok(namesNobody(open))
  t.match(await byPages([pat.postboxNumber], open), { id: pat.id })
  t.match(await byPages([pat.postboxNumber, pat.postboxNumber], open), { id: pat.id })
  t.same(await byPages([], open), { reason: 'no-id' })
  t.same(await byPages([pat.postboxNumber, lee.postboxNumber], open), { reason: 'sources-disagree', detail: 'pages' })
  t.same(await byPages([drawPostboxNumber()], open), { reason: 'number-unknown', detail: 'pages' })
  const named = await route('pat@home.example')
  t.match(await byPages([pat.postboxNumber], named), { id: pat.id })
  t.same(await byPages([lee.postboxNumber], named), { reason: 'sources-disagree', detail: 'subject-and-pages' })
  for (const subject of ['o’brien@home.example', 'nobody@home.example'])
    t.notOk(namesNobody(await route(subject)), `${subject} is not left open`)
})
