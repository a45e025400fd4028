// Mails about requests that nobody has answered: on day 25 and on day 31, once each, and nothing in them that tells what it is about.

import t from 'tap'
import { remindDue } from '../../src/requests/reminders.js'
import { CONSUMER } from '../support/desk.js'
import { DAY, newRequestWorld, type RequestWorld, sent } from './world.js'

async function mails(world: RequestWorld): Promise<string[]> {
  await world.post.sendDue()
  return world.courier.handed.splice(0).map(({ to, raw }) => `${to}\n${raw.replace(/=\r\n/g, '').replace(/=C2=A0/g, ' ')}`)
}
const remindAt = (world: RequestWorld, at: number) => {
  world.clock.at = at
  return remindDue(world.tools, at)
}
const prefer = (world: RequestWorld, change: { language?: string; showProvider?: boolean }) =>
  world.store.write(({ consumers }) =>
    consumers.setPreferences(world.consumerId, { language: 'en', timeZone: null, showProvider: false, personSealed: null, ...change }),
  )

t.test('she is reminded on day 25 and on day 31 and never again; the second says what she can do', async (t) => {
  const world = await newRequestWorld(t)
  const start = world.clock.at
  const number = await sent(world)
  t.equal(await remindAt(world, start + 25 * DAY - 1), 0)
  t.equal(await remindAt(world, start + 25 * DAY), 1)
  t.equal(await remindAt(world, start + 25 * DAY), 0)
  t.equal(await remindAt(world, start + 31 * DAY - 1), 0)
  const [first = '', ...others] = await mails(world)
  t.same(others, [])
  t.ok(first.startsWith(CONSUMER))
  t.match(first, new RegExp(`^Subject: Request ${number.slice(0, 4)}-${number.slice(4)}: still no answer\r$`, 'm'))
  t.match(first, /December 22, 2026/)
  t.match(first, new RegExp(`http://site\\.test/forms/${number}`))
  t.equal(await remindAt(world, start + 31 * DAY), 1)
  t.equal(await remindAt(world, start + 200 * DAY), 0)
  const [second = ''] = await mails(world)
  t.match(second, /Print the reminder letter/)
  t.match(second, /The law gave the clinic 30 days/)
  for (const mail of [first, second]) t.notMatch(mail, /Sample Clinic|Maria|imaging/)
})

t.test('several processes at once send each once, and after a long sleep only the later goes out', async (t) => {
  const world = await newRequestWorld(t)
  const start = world.clock.at
  await sent(world)
  world.clock.at = start + 40 * DAY
  const counts = await Promise.all([1, 2, 3, 4].map(() => remindDue(world.tools, world.clock.at)))
  t.equal(
    counts.reduce((sum, count) => sum + count),
    1,
  )
  const all = await mails(world)
  t.equal(all.length, 1)
  t.match(all[0], /30 days have passed/)
})

t.test('nobody is reminded of what was answered, withdrawn, deleted or never sent', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  const start = clock.at
  const [answered, withdrawn, deleted] = [await sent(world), await sent(world), await sent(world)]
  await desk.begin(consumerId, 'access')
  await desk.markAnswered(consumerId, answered, true)
  await desk.withdraw(consumerId, withdrawn)
  await desk.remove(consumerId, deleted)
  t.equal(await remindAt(world, start + 25 * DAY), 0)
  await desk.markAnswered(consumerId, answered, false)
  t.equal(await remindAt(world, start + 25 * DAY), 1, 'and of one that is open again')
})

t.test('the provider is named where she wants it, and she reads it in her language', async (t) => {
  const world = await newRequestWorld(t)
  const start = world.clock.at
  await sent(world)
  await prefer(world, { language: 'es', showProvider: true })
  await remindAt(world, start + 25 * DAY)
  const [mail = ''] = await mails(world)
  t.match(mail, /Sample Clinic/)
  t.match(mail, /22 de diciembre de 2026/)
  t.match(mail, /\?lang=3Des/)
})

t.test('of an authorization no mail says that the law gives 30 days, since it does not', async (t) => {
  const world = await newRequestWorld(t)
  const start = world.clock.at
  await sent(world, 'authorization')
  await remindAt(world, start + 25 * DAY)
  await remindAt(world, start + 31 * DAY)
  const [first = '', second = ''] = await mails(world)
  t.match(first, /30 days will have passed/)
  t.match(second, /A records request is stronger/)
  for (const mail of [first, second]) t.notMatch(mail, /has until|The law gave/)
})
