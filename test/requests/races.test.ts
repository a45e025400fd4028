// Two windows, or a window and an arriving package, at the same time: no step and no state is lost, and nothing happens twice.

import t from 'tap'
import { acts, FILLED, filled, newRequestWorld, sent, viewOf } from './world.js'

t.test('steps that are saved at the same time are all kept; of the same step the last one is', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId } = world
  const number = (await desk.begin(consumerId, 'authorization')) ?? ''
  await Promise.all([
    desk.save(consumerId, number, 'person', FILLED.person),
    desk.save(consumerId, number, 'records', FILLED.records),
    desk.save(consumerId, number, 'provider', FILLED.provider),
    desk.save(consumerId, number, 'delivery', { ...FILLED.delivery, formats: ['images'] }),
    desk.save(consumerId, number, 'terms', FILLED.terms),
    desk.save(consumerId, number, 'delivery', FILLED.delivery),
  ])
  const { content, missing } = await viewOf(world, number)
  t.strictSame(missing, [])
  t.match(content, { person: { name: 'Maria Sample' }, provider: { slug: 'clinic' }, records: ['visits', 'imaging'] })
  t.match(content, { formats: ['pdf'], purpose: 'care' })
})

t.test('a change right after the signature takes it away, however close they are', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId } = world
  const number = await filled(world)
  for (const formats of [['images'], ['structured'], ['pdf']]) {
    await Promise.all([
      desk.save(consumerId, number, 'signature', FILLED.signature),
      desk.save(consumerId, number, 'delivery', { ...FILLED.delivery, formats }),
    ])
    t.equal((await viewOf(world, number)).content.signature, null)
  }
})

t.test('sent in one window and changed in another: what was sent is what stands there', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId } = world
  const number = await filled(world)
  const [sending, saving] = await Promise.all([
    desk.markSent(consumerId, number, 'mailed'),
    desk.save(consumerId, number, 'delivery', { ...FILLED.delivery, formats: ['images'] }),
  ])
  t.strictSame(sending, { kind: 'sent' })
  t.strictSame(saving, { kind: 'not-draft' })
  t.match((await viewOf(world, number)).content, { formats: ['pdf'], signature: { kind: 'typed' } })
})

t.test('an answer that arrives while she withdraws, says so herself or deletes ends it once', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, store } = world
  const arrives = (number: string) => store.write((tables) => desk.awaited.answered(tables, number, '0123456789AB', world.clock.at))
  const [withdrawn, said, gone] = [await sent(world), await sent(world), await sent(world)]
  await Promise.all([desk.withdraw(consumerId, withdrawn), arrives(withdrawn)])
  await Promise.all([arrives(said), desk.markAnswered(consumerId, said, true)])
  await Promise.all([desk.remove(consumerId, gone), arrives(gone)])
  t.match(await viewOf(world, withdrawn), { state: 'withdrawn' })
  t.match(await viewOf(world, said), { state: 'answered', answered: { packageNumber: '0123456789AB' } })
  t.equal(await desk.view(consumerId, gone), null)
  t.strictSame(
    (await acts(world)).filter((act) => act !== 'request-sent'),
    ['request-withdrawn', 'request-answered'],
  )
})

t.test('a row that another process has changed since it was read is not overwritten', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world)
  const { store } = world
  const row = await store.read.requests.byNumber(number)
  if (!row) return t.fail('no row')
  t.equal(await store.write(({ requests }) => requests.change(row, { state: 'sent' })), true)
  t.equal(await store.write(({ requests }) => requests.change(row, { state: 'withdrawn' })), false)
  t.match(await store.read.requests.byNumber(number), { state: 'sent', version: row.version + 1 })
})

t.test('closing her postbox while a form waits to be mailed: nothing of her is left, and nothing goes out', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, store, post } = world
  const number = await filled(world)
  await desk.mailIt(consumerId, number)
  await store.write(({ requests }) => requests.removeOf(consumerId))
  await post.sendDue()
  t.same(world.courier.handed, [])
  t.strictSame(await store.database.read('requests'), [])
})
