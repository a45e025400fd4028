import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { silentLog } from '../../src/log.js'
import type { QueuedMail } from '../../src/queued-mail.js'
import { dropLeftovers, expireDue, orphanRound } from '../../src/retrieval/expiry.js'
import { addPackage, CODE, DAY, enrol, HOUR, newWorld, open, PEER, SITE, type World } from '../accounts/world.js'

function toolsOf({ store, mails }: World) {
  const queueMail = async (_tables: unknown, mail: QueuedMail) => mails.push(mail)
  return { store, log: silentLog, queueMail, publicUrl: () => SITE }
}

async function worldWithPackage(t: Test) {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  return { world, consumerId, row: await addPackage(world, consumerId), tools: toolsOf(world) }
}

async function* bytes() {
  yield Buffer.from('sealed')
}

t.test('a package lives until its expiry and not a moment longer', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  t.equal(await expireDue(tools, row.expiresAt - 1), 0)
  t.match(await world.store.read.packages.byId(row.id), { state: 'sent', blobKey: row.blobKey })
  t.equal(await expireDue(tools, row.expiresAt), 1)
  t.match(await world.store.read.packages.byId(row.id), { state: 'expired', blobKey: null, endedAt: row.expiresAt })
  await t.rejects(world.store.blobs.open(row.blobKey ?? ''), { name: 'BlobMissingError' })
  t.match(await world.store.read.events.forPackage(row.id), [{ kind: 'expired', actor: 'system' }])
})

t.test('a sealed package is kept as long as a sent one', async (t) => {
  const { world, consumerId, tools } = await worldWithPackage(t)
  const row = await addPackage(world, consumerId, { state: 'sealed', sentAt: null })
  await expireDue(tools, row.expiresAt - 1)
  t.match(await world.store.read.packages.byId(row.id), { state: 'sealed' })
})

t.test('what is open of an expired package closes', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  world.time = row.expiresAt - HOUR / 2
  await open(world, row)
  await expireDue(tools, row.expiresAt)
  t.strictSame(await world.store.database.read('openings'), [])
})

t.test('two workers at once expire a package once', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  const counts = await Promise.all([expireDue(tools, row.expiresAt), expireDue(tools, row.expiresAt)])
  t.equal((counts[0] ?? 0) + (counts[1] ?? 0), 1)
  t.equal((await world.store.read.events.forPackage(row.id)).length, 1)
})

t.test('the row is forgotten 30 days later', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  await expireDue(tools, row.expiresAt)
  world.time = row.expiresAt + 30 * DAY - 1
  await expireDue(tools, world.time)
  t.strictSame(await world.retrieval.enterCode(row.number, CODE, PEER), { kind: 'expired' })
  await expireDue(tools, row.expiresAt + 30 * DAY + 1)
  t.equal(await world.store.read.packages.byId(row.id), null)
  t.equal((await world.store.read.events.forPackage(row.id)).length, 1, 'the record of it stays')
})

t.test('a blob without a row goes once it is old enough, one with a row never', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  const orphan = await world.store.blobs.put(bytes())
  const now = Date.now()
  const sweep = orphanRound(tools, { graceMs: HOUR })
  t.equal(await sweep(now), 0, 'its row may be about to be written')
  t.ok(await readdir(join(t.testdirName, 'mailboxes', 'packages', orphan.key.slice(0, 2))))
  t.equal(await sweep(now + 2 * HOUR), 1)
  await t.rejects(world.store.blobs.open(orphan.key), { name: 'BlobMissingError' })
  const kept = await world.store.blobs.open(row.blobKey ?? '')
  await kept.close()
})

t.test('a blob that is younger than the oldest claim under way stays, however short the grace', async (t) => {
  const { world, tools } = await worldWithPackage(t)
  const request = { key: 'key', owner: 'one', leaseMs: HOUR, providerId: 'provider-1', consumerId: 'consumer-1' }
  await world.store.write(({ claims }) => claims.take(request))
  const orphan = await world.store.blobs.put(bytes())
  const sweep = orphanRound(tools, { graceMs: 0 })
  t.equal(await sweep(Date.now() + HOUR), 0)
  await world.store.write(({ claims }) => claims.release('key', 'one'))
  t.equal(await sweep(Date.now() + HOUR), 1)
  await t.rejects(world.store.blobs.open(orphan.key), { name: 'BlobMissingError' })
})

t.test('a round looks at a bounded number of blobs, and the next one goes on from there', async (t) => {
  const { world, tools } = await worldWithPackage(t)
  for (let count = 0; count < 7; count++) await world.store.blobs.put(bytes())
  const sweep = orphanRound(tools, { graceMs: 0, most: 3 })
  const later = Date.now() + HOUR
  const removed: number[] = []
  for (let round = 0; round < 3; round++) removed.push(await sweep(later))
  t.ok(removed.every((count) => count <= 3))
  t.equal(
    removed.reduce((sum, count) => sum + count),
    7,
  )
  t.equal(await sweep(later), 0, 'and then it begins anew')
})

t.test('while a backup is being made nothing goes: neither what a person deletes, nor leftovers, nor orphans', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  const orphan = await world.store.blobs.put(bytes())
  await world.store.write(({ holds }) => holds.take('backup', HOUR))
  const sweep = orphanRound(tools, { graceMs: 0 })
  const isThere = (key: string | null) =>
    world.store.blobs.open(key ?? '').then(
      (blob) => blob.close().then(() => true),
      () => false,
    )
  t.ok(await world.retrieval.deleteNow(await open(world, row)))
  t.match(await world.store.read.packages.byId(row.id), { state: 'deleted', blobKey: row.blobKey })
  t.strictSame(await world.retrieval.enterCode(row.number, CODE, PEER), { kind: 'deleted' }, 'deleted it is, at once')
  t.equal(await dropLeftovers(tools), 0)
  t.equal(await sweep(Date.now() + HOUR), 0)
  t.strictSame([await isThere(row.blobKey), await isThere(orphan.key)], [true, true])
  await world.store.write(({ holds }) => holds.release('backup'))
  t.equal(await dropLeftovers(tools), 1)
  t.equal(await sweep(Date.now() + HOUR), 1)
  t.match(await world.store.read.packages.byId(row.id), { state: 'deleted', blobKey: null })
  t.strictSame([await isThere(row.blobKey), await isThere(orphan.key)], [false, false])
})

t.test('a backup that died keeps deletions waiting only until its lease runs out', async (t) => {
  const { world, row, tools } = await worldWithPackage(t)
  await world.store.write(({ holds }) => holds.take('died', 0))
  t.equal(await expireDue(tools, row.expiresAt), 1)
  await t.rejects(world.store.blobs.open(row.blobKey ?? ''), { name: 'BlobMissingError' })
})
