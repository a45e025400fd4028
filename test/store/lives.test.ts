import t, { type Test } from 'tap'
import { addressChangesTable } from '../../src/store/address-changes.js'
import { consumersTable } from '../../src/store/consumers.js'
import { livesTable } from '../../src/store/lives.js'
import { migrations } from '../../src/store/migrations/index.js'
import { packagesTable } from '../../src/store/packages.js'
import { reversePathsTable } from '../../src/store/reverse-paths.js'
import { packageRow, temporaryDatabase } from './support.js'

async function withMaria(t: Test) {
  const database = await temporaryDatabase(t)
  const maria = { id: 'c1', address: 'maria@example.org', language: 'en', createdAt: 1000, answerVersion: 1 }
  const kept = await database.write((trx) => consumersTable(trx).register(maria))
  return { database, kept }
}

t.test('who registers was here just now', async (t) => {
  const { database } = await withMaria(t)
  t.strictSame(await livesTable(database.read).of('c1'), {
    ...{ lastActiveAt: 1000, practisedAt: null, wantsPracticeMails: true, unusedAskedAt: null },
  })
  t.equal(await livesTable(database.read).of('nobody'), null)
})

t.test('practice counts for the answer it was of, until there is another one', async (t) => {
  const { database } = await withMaria(t)
  const practisedAt = async () => (await livesTable(database.read).of('c1'))?.practisedAt
  await database.write((trx) => livesTable(trx).notePractised('c1', 2, 2000))
  t.equal(await practisedAt(), null)
  await database.write((trx) => livesTable(trx).notePractised('c1', 1, 2000))
  t.equal(await practisedAt(), 2000)
  await database.write((trx) => consumersTable(trx).setAnswerVersion('c1', 1, 2))
  t.equal(await practisedAt(), null)
})

t.test('asking is done by one, and only while it is due', async (t) => {
  const { database } = await withMaria(t)
  const write = <T>(work: (lives: ReturnType<typeof livesTable>) => Promise<T>) => database.write((trx) => work(livesTable(trx)))
  t.notOk(await write((lives) => lives.askUnused('c1', 999, 5000)), 'she was here since')
  t.ok(await write((lives) => lives.askUnused('c1', 1000, 5000)))
  t.notOk(await write((lives) => lives.askUnused('c1', 1000, 5001)))
  t.strictSame(await livesTable(database.read).toRemind(4999, 10), [])
  t.match(await livesTable(database.read).toRemind(5000, 10), [{ id: 'c1', address: 'maria@example.org', language: 'en', askedAt: 5000 }])
  t.ok(await write((lives) => lives.remindUnused('c1', 5000, 6000)))
  t.notOk(await write((lives) => lives.remindUnused('c1', 5000, 6000)))
  await write((lives) => lives.noteActive('c1', 7000))
  t.match(await livesTable(database.read).of('c1'), { lastActiveAt: 7000, unusedAskedAt: null })
  t.notOk(await write((lives) => lives.remindUnused('c1', 5000, 8000)))
  t.ok(await write((lives) => lives.askToPractise('c1', 100, 9000)))
  t.notOk(await write((lives) => lives.askToPractise('c1', 8999, 9100)))
  await write((lives) => lives.setPracticeMails('c1', false))
  t.notOk(await write((lives) => lives.askToPractise('c1', 9000, 9200)))
})

t.test('a number is nobody’s again once its owner is gone', async (t) => {
  const { database, kept } = await withMaria(t)
  const { postboxNumber } = kept
  t.ok(await database.write((trx) => consumersTable(trx).remove('c1', 2000)))
  t.notOk(await database.write((trx) => consumersTable(trx).remove('c1', 2000)))
  t.equal(await consumersTable(database.read).byPostboxNumber(postboxNumber), null)
  t.strictSame(await database.read('retired_numbers'), [{ postbox_number: postboxNumber, retired_at: 2000 }])
})

t.test('an address changes only from the one that was seen', async (t) => {
  const { database } = await withMaria(t)
  const set = (from: string, to: string) => database.write((trx) => consumersTable(trx).setAddress('c1', from, to))
  t.notOk(await set('other@example.org', 'new@example.org'))
  t.ok(await set('maria@example.org', 'new@example.org'))
  t.match(await consumersTable(database.read).byAddress('new@example.org'), { id: 'c1' })
})

t.test('one change waits at a time, until its time is over', async (t) => {
  const { database } = await withMaria(t)
  const change = (id: string, startedAt: number) => ({
    ...{ id, consumerId: 'c1', newAddress: 'new@example.org', oldConfirmedAt: null, newConfirmedAt: null, startedAt },
    ...{ expiresAt: startedAt + 100, oldHash: Buffer.from(`old ${id}`), newHash: Buffer.from(`new ${id}`) },
  })
  const start = (id: string, at: number) => database.write((trx) => addressChangesTable(trx).start(change(id, at)))
  const read = addressChangesTable(database.read)
  t.ok(await start('a', 1000))
  t.notOk(await start('b', 1099))
  t.match(await read.byHash(Buffer.from('new a'), 1099), { mailbox: 'new', change: { id: 'a' } })
  t.match(await read.byHash(Buffer.from('old a'), 1099), { mailbox: 'old', change: { id: 'a' } })
  t.equal(await read.byHash(Buffer.from('old a'), 1100), null)
  t.equal(await read.pending('c1', 1100), null)
  t.ok(await start('b', 1100), 'one whose time is over makes room')
  await database.write((trx) => addressChangesTable(trx).confirm('b', 'old', 1110))
  await database.write((trx) => addressChangesTable(trx).confirm('b', 'old', 1120))
  t.match(await read.pending('c1', 1150), { id: 'b', oldConfirmedAt: 1110, newConfirmedAt: null })
  t.equal(await database.write((trx) => addressChangesTable(trx).forget(1200)), 1)
})

t.test('where she got mail is forgotten for all of her packages, and for nobody else’s', async (t) => {
  const { database } = await withMaria(t)
  await database.write(async (trx) => {
    for (const [id, consumerId] of [
      ['p1', 'c1'],
      ['p2', 'c2'],
    ] as const) {
      await packagesTable(trx).add(packageRow({ id, number: id, consumerId }))
      await trx('reverse_paths').insert({ token_hash: Buffer.from(id), package_id: id, addresses_sealed: Buffer.alloc(1), expires_at: 9 })
    }
    await reversePathsTable(trx).removeOf('c1')
  })
  t.strictSame(await database.read('reverse_paths').pluck('package_id'), ['p2'])
})

t.test('who had a postbox before counts as active from the upgrade on', async (t) => {
  const { database } = await withMaria(t)
  const step = migrations.find(({ name }) => name === '0120-activity')
  await database.write(async (trx) => {
    await trx.schema.alterTable('consumers', (table) => {
      table.dropIndex(['last_active_at'])
      for (const column of [
        'last_active_at',
        'unused_asked_at',
        'unused_reminded_at',
        'practised_at',
        'practice_mailed_at',
        'practice_mails',
      ])
        table.dropColumn(column)
    })
    await step?.up(trx)
  })
  const life = await livesTable(database.read).of('c1')
  t.ok(Math.abs((life?.lastActiveAt ?? 0) - Date.now()) < 600_000)
  t.equal(life?.unusedAskedAt, null)
})
