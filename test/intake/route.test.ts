import t from 'tap'
import { idInSubject, readIntakeAddress, routeTo } from '../../src/intake/route.js'
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
  t.equal(idInSubject(messageOf({ subject: 'Re: Pat@Home.Example, again <pat@home.example>' })), 'pat@home.example')
  t.same(idInSubject(messageOf({ subject: 'pat@home.example lee@home.example' })), { reason: 'two-ids' })
  t.same(idInSubject(messageOf({ subject: 'records' })), { reason: 'no-id' })
  t.same(idInSubject(messageOf({ subject: '' })), { reason: 'no-id' })
  t.end()
})

t.test('a consumer who has set her question is found', async (t) => {
  const { store, consumerId, clock } = await makeBench(t)
  t.match(await routeTo(store.read, messageOf(), null, clock.at), { id: consumerId, address: CONSUMER })
})

t.test('a tag was meant: one that is not the same id is refused, and so is an empty one', async (t) => {
  const { store, consumerId, clock } = await makeBench(t)
  for (const tag of ['x', '', 'lee@home.example'])
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
