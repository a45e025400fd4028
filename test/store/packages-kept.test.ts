// What a person does with packages beside opening them, as the table sees it: her list, keeping one longer, and who is reminded.

import t, { type Test } from 'tap'
import { DAY } from '../../src/clock.js'
import { type PackageRow, type Packages, packagesTable } from '../../src/store/packages.js'
import { packageRow, temporaryDatabase } from './support.js'

async function packagesOf(t: Test, ...rows: Array<Partial<PackageRow>>) {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (packages: Packages) => Promise<T>) => database.write((trx) => work(packagesTable(trx)))
  for (const [index, changes] of rows.entries()) {
    const id = `package-${index + 1}`
    await write((packages) => packages.add(packageRow({ id, number: id, groupId: id, blobKey: `blob of ${id}`, ...changes })))
  }
  return { read: packagesTable(database.read), write }
}

t.test('a live package is kept longer once, and its reminders begin anew', async (t) => {
  const { read, write } = await packagesOf(t, { state: 'sent', expiresAt: 1000, remindedDays: 7 })
  t.equal(await write((packages) => packages.extend('package-1', 999, 500)), 1500)
  t.match(await read.byId('package-1'), { expiresAt: 1500, extendedAt: 999, remindedDays: null })
  t.equal(await write((packages) => packages.extend('package-1', 1000, 500)), null)
  t.match(await read.byId('package-1'), { expiresAt: 1500 })
})

t.test('what is over, has ended or is not there is not kept longer', async (t) => {
  const { read, write } = await packagesOf(t, { expiresAt: 1000 }, { state: 'deleted', endedAt: 1 })
  t.equal(await write((packages) => packages.extend('package-1', 1000, 500)), null, 'its time is over, though no worker has seen it')
  t.equal(await write((packages) => packages.extend('package-2', 10, 500)), null)
  t.equal(await write((packages) => packages.extend('nothing', 10, 500)), null)
  t.match(await read.byId('package-1'), { expiresAt: 1000, extendedAt: null })
})

t.test('a worker that had found it due does not expire what was kept longer since', async (t) => {
  const { read, write } = await packagesOf(t, { expiresAt: 1000 })
  await write((packages) => packages.extend('package-1', 999, 500))
  t.equal(await write((packages) => packages.expire('package-1', 1000)), null)
  t.match(await read.byId('package-1'), { state: 'sealed', endedAt: null })
  t.strictSame(await write((packages) => packages.expire('package-1', 1500)), { blobKey: 'blob of package-1' })
  t.match(await read.byId('package-1'), { state: 'expired', endedAt: 1500 })
  t.equal(await write((packages) => packages.expire('package-1', 1501)), null)
})

t.test('hers are listed, the live ones first, the last sealed first, and no more than asked for', async (t) => {
  const { read } = await packagesOf(
    t,
    { sealedAt: 1 },
    { sealedAt: 3, state: 'expired', endedAt: 5 },
    { sealedAt: 2, state: 'sent' },
    { sealedAt: 4, consumerId: 'consumer-2' },
  )
  const ids = async (limit: number) => (await read.ofConsumer('consumer-1', limit)).map(({ id }) => id)
  t.strictSame(await ids(10), ['package-3', 'package-1', 'package-2'])
  t.strictSame(await ids(2), ['package-3', 'package-1'])
  t.strictSame(await read.ofConsumer('nobody', 10), [])
})

const SENT = { state: 'sent', sealedAt: 0, sentAt: 0, expiresAt: 30 * DAY } as const

t.test('somebody is reminded of what was sent and never opened, within the days and not before or after', async (t) => {
  const { read } = await packagesOf(t, SENT, { ...SENT, state: 'sealed', sentAt: null }, { ...SENT, firstOpenedAt: 1, lastOpenedAt: 1 })
  const due = async (days: number, now: number) => (await read.toRemind(days, now, 9)).map(({ id }) => id)
  t.strictSame(await due(7, 23 * DAY - 1), [])
  t.strictSame(await due(7, 23 * DAY), ['package-1'])
  t.strictSame(await due(1, 29 * DAY), ['package-1'])
  t.strictSame(await due(1, 30 * DAY), [], 'it has expired')
})

t.test('a package that is kept for a short time is not reminded of long before', async (t) => {
  const { read } = await packagesOf(t, { ...SENT, expiresAt: 14 * DAY }, { ...SENT, expiresAt: 14 * DAY - 1 }, { ...SENT, expiresAt: DAY })
  const due = async (days: number, now: number) => (await read.toRemind(days, now, 9)).map(({ id }) => id)
  t.strictSame(await due(7, 7 * DAY), ['package-1'])
  t.strictSame(await due(1, DAY / 2), [], 'a day is too short for any reminder')
  t.strictSame(await due(1, 13 * DAY), ['package-2', 'package-1'])
})

t.test('of several at once one reminds, and nobody of the earlier days after the later ones', async (t) => {
  const { read, write } = await packagesOf(t, SENT)
  const note = (days: number, now: number) => write((packages) => packages.noteReminded('package-1', days, now))
  t.notOk(await note(7, 23 * DAY - 1), 'not before its time')
  t.strictSame((await Promise.all([note(7, 23 * DAY), note(7, 23 * DAY)])).sort(), [false, true])
  t.strictSame(await read.toRemind(7, 23 * DAY, 9), [])
  t.ok(await note(1, 29 * DAY))
  t.notOk(await note(7, 29 * DAY))
  t.match(await read.byId('package-1'), { remindedDays: 1 })
})

t.test('what was opened or has ended meanwhile is not noted as reminded', async (t) => {
  const { write } = await packagesOf(t, { ...SENT, firstOpenedAt: 1 }, { ...SENT, state: 'recalled', endedAt: 1 })
  for (const id of ['package-1', 'package-2']) t.notOk(await write((packages) => packages.noteReminded(id, 7, 23 * DAY)))
})

t.test('a package is awaited unless a twin was opened, or was sent and stays longer', async (t) => {
  const { read } = await packagesOf(
    t,
    ...[{ groupId: 'one' }, { groupId: 'one', firstOpenedAt: 1 }].map((each) => ({ ...SENT, ...each })),
    ...[{ groupId: 'two' }, { groupId: 'two', expiresAt: 31 * DAY }].map((each) => ({ ...SENT, ...each })),
    ...[{ groupId: 'three' }, { groupId: 'three', expiresAt: 31 * DAY, state: 'sealed' as const }].map((each) => ({ ...SENT, ...each })),
  )
  const awaited = await Promise.all([1, 2, 3, 4, 5, 6].map((index) => read.isAwaited(`package-${index}`)))
  t.strictSame(awaited, [false, false, false, true, true, false])
  t.strictSame(
    (await read.toRemind(7, 25 * DAY, 9)).map(({ id }) => id),
    ['package-5', 'package-4'],
  )
})
