// Mailing a form to the provider: once, made when it goes out, and back to a draft when nobody takes it.

import t from 'tap'
import { personOf } from '../../src/accounts/preferences.js'
import { papersHere } from '../../src/documents/workshop/papers.js'
import { Post } from '../../src/intake/post.js'
import { createRequests } from '../../src/requests/requests.js'
import { FORM_MAIL } from '../../src/requests/sending.js'
import { CONSUMER } from '../support/desk.js'
import { rawMessage } from '../support/raw.js'
import { acts, DAY, fill, filled, MAILBOX, newRequestWorld, type RequestWorld, sent, viewOf } from './world.js'

/** Everything handed to the relay for that address, in one line each. */
const mailsTo = ({ courier }: RequestWorld, address: string) =>
  courier.handed.filter(({ to }) => to === address).map(({ raw }) => raw.replace(/=\r\n/g, ''))
const refuse = ({ courier }: RequestWorld) => {
  courier.answer = () => ({ outcome: 'refused', permanent: true, about: 'recipient', replyCode: 550 })
}
const accept = ({ courier }: RequestWorld) => {
  courier.answer = () => ({ outcome: 'accepted', reply: '250 ok' })
}
const waiting = ({ store }: RequestWorld) => store.database.read('outbox').where({ kind: FORM_MAIL })

t.test('a signed form is mailed where receipts go, with all that the clerk needs to answer by replying', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, post, store } = world
  const number = await filled(world)
  t.equal((await viewOf(world, number)).canBeMailed, true)
  t.strictSame(await desk.mailIt(consumerId, number), { kind: 'sent' })
  t.match(await viewOf(world, number), { state: 'sent', sent: { way: 'mailed-by-us', daysLeft: 30 } })
  await post.sendDue()
  const [mail = '', ...more] = mailsTo(world, MAILBOX)
  t.same(more, [])
  const shown = `${number.slice(0, 4)}-${number.slice(4)}`
  const postbox = (await store.read.consumers.byId(consumerId))?.postboxNumber ?? ''
  const postboxShown = `${postbox.slice(0, 3)}-${postbox.slice(3, 6)}-${postbox.slice(6)}`
  t.match(mail, new RegExp(`^Subject: Request ${shown} for postbox ${postboxShown}\r$`, 'm'))
  t.match(mail, /^Reply-To: clinic@intake\.localhost\r$/m)
  t.match(mail, /^Auto-Submitted: auto-generated\r$/m)
  t.match(mail, /December 22, 2026/)
  t.match(mail, /45 CFR 164\.524/)
  t.match(mail, new RegExp(`filename="?access-request-${shown}\\.pdf`))
  const [, pdf = ''] = /access-request-[\s\S]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)/.exec(mail) ?? []
  t.match(Buffer.from(pdf, 'base64').toString(), /^%PDF-1\.4 .*"language":"en".*Maria Sample/s)
  t.notMatch(mail.slice(0, mail.indexOf('access-request-')), /Maria|pat@home/, 'only the form names her')
  t.strictSame(await acts(world), ['request-sent'])
})

t.test('an answer to that mail, with the records attached, finds her postbox and the request', async (t) => {
  const world = await newRequestWorld(t)
  const older = await sent(world)
  world.clock.at += DAY
  const number = await filled(world)
  await world.desk.mailIt(world.consumerId, number)
  await world.post.sendDue()
  const subject = /^Subject: (.*)\r$/m.exec(mailsTo(world, MAILBOX)[0] ?? '')?.[1] ?? ''
  t.match(await world.send(rawMessage({ subject: `RE: ${subject}` })), { replyCode: 250 })
  t.match(await viewOf(world, number), { state: 'answered', answered: { packageNumber: /^\w{12}$/ } })
  t.match(await viewOf(world, older), { state: 'sent' }, 'it is the answer to that one')
})

t.test('the form goes in the language she signed it in, the mail in the provider’s', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, post } = world
  const hers = { language: 'es', timeZone: null, showProvider: false, personSealed: null }
  await world.store.write(({ consumers }) => consumers.setPreferences(consumerId, hers))
  await desk.mailIt(consumerId, await filled(world))
  await post.sendDue()
  const [mail = ''] = mailsTo(world, MAILBOX)
  t.match(mail, /^Subject: Request /m)
  const [, pdf = ''] = /access-request-[\s\S]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)/.exec(mail) ?? []
  t.match(Buffer.from(pdf, 'base64').toString(), /"language":"es"/)
})

t.test('what waits names the request and nothing else', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world, 'authorization')
  await world.desk.mailIt(world.consumerId, number)
  const [{ id, payload }] = await waiting(world)
  const row = await world.store.read.requests.byNumber(number)
  const letter = JSON.parse(world.store.keyring.open('outbox', id, payload).toString())
  t.strictSame(letter, { kind: 'written', queuedAt: world.clock.at, template: FORM_MAIL, about: row?.id })
})

t.test('it is not mailed unsigned, not whole, or to a provider that has no mailbox here', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId } = world
  const bare = (await desk.begin(consumerId, 'access')) ?? ''
  t.strictSame(await desk.mailIt(consumerId, bare), { kind: 'not-whole' })
  t.strictSame(await desk.mailIt(consumerId, await filled(world, 'access', { signature: { way: 'later' } })), { kind: 'not-signed' })
  const elsewhere = await filled(world, 'access', { provider: { slug: '', name: 'Lakeside Clinic' } })
  t.equal((await viewOf(world, elsewhere)).canBeMailed, false)
  t.strictSame(await desk.mailIt(consumerId, elsewhere), { kind: 'no-provider' })
  const number = await filled(world)
  await world.store.write(({ providers }) => providers.setState('provider-1', 'suspended'))
  t.equal((await viewOf(world, number)).canBeMailed, false)
  t.strictSame(await desk.mailIt(consumerId, number), { kind: 'no-provider' })
  t.strictSame(await waiting(world), [])
  const without = await newRequestWorld(t, { provider: { receiptsTo: null } })
  t.strictSame(await without.desk.mailIt(without.consumerId, await filled(without)), { kind: 'no-provider' })
})

t.test('nobody has more than ten forms mailed a day, however many are deleted and begun', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  for (let count = 0; count < 10; count++) {
    const number = await filled(world)
    t.strictSame(await desk.mailIt(consumerId, number), { kind: 'sent' })
    await desk.remove(consumerId, number)
  }
  const number = await filled(world)
  t.strictSame(await desk.mailIt(consumerId, number), { kind: 'too-many' })
  t.match(await viewOf(world, number), { state: 'draft' })
  t.strictSame(await desk.markSent(consumerId, await filled(world), 'mailed'), { kind: 'sent' }, 'she may send it herself')
  clock.at += DAY
  t.strictSame(await desk.mailIt(consumerId, number), { kind: 'sent' })
})

t.test('asked from several windows at once, and tried by several posts at once, it goes out once', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, post, options, courier } = world
  const number = await filled(world)
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => desk.mailIt(consumerId, number)))
  t.strictSame(outcomes.map(({ kind }) => kind).sort(), ['not-draft', 'not-draft', 'not-draft', 'sent'])
  const other = new Post({ ...options, papers: papersHere(options.texts), courier })
  other.entrust(FORM_MAIL, desk.formMails)
  await Promise.all([post.sendDue(), other.sendDue(), post.sendDue()])
  t.equal(mailsTo(world, MAILBOX).length, 1)
})

t.test('refused for good it is a draft again, signed as it was, and she is told; then it can be mailed again', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, post, clock } = world
  const number = await filled(world)
  await desk.mailIt(consumerId, number)
  refuse(world)
  await post.sendDue()
  t.match(await viewOf(world, number), {
    state: 'draft',
    sent: null,
    keptUntil: clock.at + 30 * DAY,
    content: { signature: { kind: 'typed' } },
  })
  accept(world)
  await post.sendDue()
  const [told = ''] = mailsTo(world, CONSUMER)
  t.match(told, /We could not mail your request|could not be mailed/)
  t.match(told, new RegExp(`http://site\\.test/forms/${number}`))
  t.notMatch(told, /Sample Clinic|Maria/)
  t.strictSame(await desk.mailIt(consumerId, number), { kind: 'sent' })
  await post.sendDue()
  t.equal(mailsTo(world, MAILBOX).length, 2, 'the one that was refused, and this')
  t.strictSame(await acts(world), ['request-sent', 'request-came-back', 'request-sent'])
})

t.test('put off it is tried again, and given up after days it is a draft again, too', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, post, clock, courier } = world
  const number = await filled(world)
  await desk.mailIt(consumerId, number)
  courier.answer = () => ({ outcome: 'unreachable' })
  await post.sendDue()
  t.match(await viewOf(world, number), { state: 'sent' })
  clock.at += 6 * DAY
  await post.sendDue()
  t.match(await viewOf(world, number), { state: 'draft' })
})

t.test('what was answered before the mail was given up stays answered', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world)
  await world.desk.mailIt(world.consumerId, number)
  await world.desk.markAnswered(world.consumerId, number, true)
  refuse(world)
  await world.post.sendDue()
  t.match(await viewOf(world, number), { state: 'answered', sent: { way: 'mailed-by-us' } })
  t.same(mailsTo(world, CONSUMER), [])
})

t.test('withdrawn or deleted before it went out, it does not go out', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, post } = world
  const [withdrawn, deleted] = [await filled(world), await filled(world)]
  for (const number of [withdrawn, deleted]) await desk.mailIt(consumerId, number)
  await desk.withdraw(consumerId, withdrawn)
  await desk.remove(consumerId, deleted)
  await post.sendDue()
  t.same(world.courier.handed, [])
  t.match(await waiting(world), [{ state: 'done' }, { state: 'done' }])
})

t.test('a form that can’t be made, or a provider that lost its mailbox, is tried again later and not lost', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, post, broken, clock } = world
  const number = await filled(world)
  await desk.mailIt(consumerId, number)
  broken.error = new Error('no fonts')
  await post.sendDue()
  await world.store.write(({ providers }) => providers.setState('provider-1', 'suspended'))
  broken.error = null
  clock.at += 3_600_000
  await post.sendDue()
  t.same(world.courier.handed, [])
  t.match(await viewOf(world, number), { state: 'sent' })
  await world.store.write(({ providers }) => providers.setState('provider-1', 'active'))
  clock.at += 3_600_000
  await post.sendDue()
  t.equal(mailsTo(world, MAILBOX).length, 1)
})

t.test('when the transaction fails nothing is sent and nothing waits', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world)
  const desk = createRequests({
    ...world.tools,
    personOf: (consumer) => personOf(consumer, world.store.keyring),
    queueForm: async (tables, id, key) => {
      await world.tools.queueForm(tables, id, key)
      throw new Error('the power went')
    },
  })
  await t.rejects(desk.mailIt(world.consumerId, number))
  t.match(await viewOf(world, number), { state: 'draft' })
  t.strictSame(await waiting(world), [])
  t.strictSame(await acts(world), [])
  await fill(world, number, 'delivery', { formats: ['images'] })
})
