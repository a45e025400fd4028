import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { silentLog } from '../../src/log.js'
import { expireDue, sweepOrphans } from '../../src/retrieval/expiry.js'
import { addPackage, CODE, DAY, enrol, HOUR, newWorld, open, PEER } from '../accounts/world.js'

async function worldWithPackage(t: Test) {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  return { world, consumerId, row: await addPackage(world, consumerId), tools: { store: world.store, log: silentLog } }
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
  t.equal(await sweepOrphans(tools, now, HOUR), 0, 'its row may be about to be written')
  t.ok(await readdir(join(t.testdirName, 'mailboxes', 'packages', orphan.key.slice(0, 2))))
  t.equal(await sweepOrphans(tools, now + 2 * HOUR, HOUR), 1)
  await t.rejects(world.store.blobs.open(orphan.key), { name: 'BlobMissingError' })
  const kept = await world.store.blobs.open(row.blobKey ?? '')
  await kept.close()
})
