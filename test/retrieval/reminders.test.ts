// Mails about what nobody has opened: before it expires, and when it has.

import t, { type Test } from 'tap'
import { silentLog } from '../../src/log.js'
import type { QueuedMail } from '../../src/queued-mail.js'
import { expireDue } from '../../src/retrieval/expiry.js'
import { remindDue } from '../../src/retrieval/reminders.js'
import { ADDRESS, addPackage, DAY, enrol, newWorld, open, SITE, type World } from '../accounts/world.js'

async function worldWithPackage(t: Test) {
  const world = await newWorld(t)
  const { consumerId, session } = await enrol(world)
  world.mails.length = 0
  return { world, consumerId, session, row: await addPackage(world, consumerId), tools: toolsOf(world) }
}

function toolsOf({ store, mails }: World) {
  const queueMail = async (_tables: unknown, mail: QueuedMail) => mails.push(mail)
  return { store, log: silentLog, queueMail, publicUrl: () => SITE }
}

const templates = ({ mails }: World) => mails.map(({ template }) => template)

t.test('she is reminded a week and a day before, once each, with the way to it and without the code', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  const at = (days: number) => row.expiresAt - days * DAY
  t.equal(await remindDue(tools, at(7) - 1), 0)
  t.equal(await remindDue(tools, at(7)), 1)
  t.equal(await remindDue(tools, at(2)), 0)
  t.equal(await remindDue(tools, at(1)), 1)
  t.equal(await remindDue(tools, at(0) - 1), 0)
  t.match(world.mails, [
    {
      ...{ template: 'expiry-reminder', to: ADDRESS, language: 'en' },
      values: {
        packageReference: /^\w{4}-\w{4}-\w{4}$/,
        noticeOn: 'November 22, 2026',
        expiresOn: 'December 22, 2026',
        expiresAt: 'December 22, 2026 at 2:05 PM UTC',
        longer: 'yes',
        openLink: `${SITE}/open/${row.number}`,
        helpLink: `${SITE}/help`,
      },
    },
    { template: 'expiry-reminder' },
  ])
  t.equal(new Set(world.mails.map(({ idempotencyKey }) => idempotencyKey)).size, 2)
  t.match(await world.store.read.events.forPackage(row.id), [
    { kind: 'reminded', actor: 'system', details: { days: 7 } },
    { kind: 'reminded', details: { days: 1 } },
  ])
})

t.test('after a long sleep only the nearer reminder goes out', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  t.equal(await remindDue(tools, row.expiresAt - DAY / 2), 1)
  t.equal(await remindDue(tools, row.expiresAt - DAY / 2), 0)
  t.equal(world.mails.length, 1)
})

t.test('several processes at once send each reminder once', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  const counts = await Promise.all(Array.from({ length: 4 }, () => remindDue(tools, row.expiresAt - 7 * DAY)))
  t.equal(
    counts.reduce((sum, count) => sum + count),
    1,
  )
  t.equal(world.mails.length, 1)
})

t.test('nobody is reminded of what was opened, or what she has opened under another code', async (t) => {
  const { world, consumerId, row, tools } = await worldWithPackage(t)
  await addPackage(world, consumerId, { groupId: row.groupId })
  await open(world, row)
  world.mails.length = 0
  t.equal(await remindDue(tools, row.expiresAt - DAY), 0)
  await expireDue(tools, row.expiresAt)
  t.strictSame(templates(world), [])
})

t.test('nobody is reminded of what a frozen answer has closed', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  await world.store.database.write((trx) => trx('answers').update({ frozen_at: world.time }))
  t.equal(await remindDue(tools, row.expiresAt - DAY), 0)
  t.strictSame(templates(world), [])
})

t.test('what was kept longer is reminded of again, before its new expiry', async (t) => {
  const { world, consumerId, row, tools } = await worldWithPackage(t)
  await remindDue(tools, row.expiresAt - 7 * DAY)
  const until = (await world.retrieval.extendOwn(consumerId, row.number)) ?? 0
  t.equal(await remindDue(tools, row.expiresAt - DAY), 0)
  t.equal(await remindDue(tools, until - 7 * DAY), 1)
  t.equal(new Set(world.mails.map(({ idempotencyKey }) => idempotencyKey)).size, 2, 'the post takes the second one, too')
  t.match(world.mails, [{ values: { longer: 'yes' } }, { values: { longer: '' } }], 'which does not offer it again')
})

t.test('she is told when a package has expired that nobody opened', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  await Promise.all([expireDue(tools, row.expiresAt), expireDue(tools, row.expiresAt)])
  t.match(world.mails, [
    { template: 'package-expired', to: ADDRESS, values: { noticeOn: 'November 22, 2026', openLink: `${SITE}/open/${row.number}` } },
  ])
  t.equal(world.mails.length, 1)
  t.match(await world.store.read.events.forPackage(row.id), [{ kind: 'expired' }])
})

t.test('of two sendings she is told of the one that stays longer, and nothing of one whose code may never have gone out', async (t) => {
  const { world, consumerId, row, tools } = await worldWithPackage(t)
  const later = await addPackage(world, consumerId, { groupId: row.groupId, expiresAt: row.expiresAt + DAY })
  await addPackage(world, consumerId, { state: 'sealed', sentAt: null, expiresAt: row.expiresAt })
  t.equal(await remindDue(tools, row.expiresAt - DAY / 2), 1)
  t.match(world.mails, [{ values: { openLink: `${SITE}/open/${later.number}` } }])
  t.equal(await expireDue(tools, row.expiresAt), 2)
  t.equal(world.mails.length, 1)
  await expireDue(tools, later.expiresAt)
  t.strictSame(templates(world), ['expiry-reminder', 'package-expired'])
})

t.test('a worker that found it due lets it live when it was kept longer in between', async (t) => {
  const { world, consumerId, row, tools } = await worldWithPackage(t)
  world.time = row.expiresAt - 1
  const { store } = world
  const packages = {
    ...store.read.packages,
    // She presses the button just after the worker has looked.
    expiring: async (now: number, limit: number) => {
      const found = await store.read.packages.expiring(now, limit)
      await world.retrieval.extendOwn(consumerId, row.number)
      return found
    },
  }
  t.equal(await expireDue({ ...tools, store: { ...store, read: { ...store.read, packages } } }, row.expiresAt), 0)
  t.match(await store.read.packages.byId(row.id), { state: 'sent', expiresAt: row.expiresAt + 30 * DAY })
  t.strictSame(templates(world), [])
})
