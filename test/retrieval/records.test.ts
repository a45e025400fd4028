import { buffer, text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { openPackage } from '../../src/hip/open.js'
import { addPackage, DOCUMENT, enrol, HOUR, MINUTE, newWorld, open } from '../accounts/world.js'

async function opened(t: Test) {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const row = await addPackage(world, consumerId)
  return { world, consumerId, row, pass: await open(world, row), desk: world.retrieval }
}

t.test('an open package shows what is in it', async (t) => {
  const { world, row, pass, desk } = await opened(t)
  t.match(await desk.records(pass), {
    ...{ number: row.number, providerName: 'Sample Clinic', receivedAt: row.receivedAt, expiresAt: row.expiresAt },
    ...{ firstOpenedAt: world.time, lastOpenedAt: null, sealedBytes: row.bytes, endsAt: world.time + HOUR },
    documents: [{ name: 'letter.pdf', mediaType: 'application/pdf', bytes: DOCUMENT.length }],
  })
})

t.test('she sees when it was opened before', async (t) => {
  const { world, row, desk } = await opened(t)
  const first = world.time
  world.time += HOUR
  const again = await open(world, row)
  t.match(await desk.records(again), { firstOpenedAt: first, lastOpenedAt: first })
})

t.test('a document comes out as it went in', async (t) => {
  const { pass, desk } = await opened(t)
  const found = await desk.document(pass, 0)
  t.match(found?.document, { name: 'letter.pdf' })
  t.equal(found && (await text(found.stream)), DOCUMENT.toString())
  t.equal(await desk.document(pass, 1), null)
  t.equal(await desk.document(pass, -1), null)
})

t.test('the whole comes as one ZIP', async (t) => {
  const { pass, desk, row } = await opened(t)
  const found = await desk.zip(pass)
  const bytes = found ? await buffer(found.stream) : Buffer.alloc(0)
  t.equal(bytes.length, found?.bytes)
  t.equal(bytes.subarray(0, 2).toString(), 'PK')
  t.match(found?.name, new RegExp(`^health-records-${row.number.slice(0, 4)}-.*\\.zip$`))
})

t.test('the sealed file comes with its passphrase and opens with it', async (t) => {
  const { pass, desk } = await opened(t)
  const found = await desk.sealedFile(pass)
  if (!found) return t.fail('no file')
  const bytes = await buffer(found.stream)
  t.equal(bytes.length, found.bytes)
  const file = { size: bytes.length, read: async (offset: number, length: number) => bytes.subarray(offset, offset + length) }
  t.match((await openPackage(file, found.passphrase))?.manifest, { format: 'hepoex-package' })
})

t.test('a stream given up half way closes its file', async (t) => {
  const { pass, desk, row, world } = await opened(t)
  const closed: string[] = []
  const openBlob = world.store.blobs.open
  world.store.blobs.open = async (key) => {
    const blob = await openBlob(key)
    const close = () => {
      closed.push(key)
      return blob.close()
    }
    return { size: blob.size, read: blob.read, close }
  }
  const found = await desk.zip(pass)
  found?.stream.destroy()
  await new Promise((resolve) => found?.stream.once('close', resolve))
  await desk.document(pass, 99)
  await desk.records(pass)
  t.strictSame(closed, [row.blobKey, row.blobKey, row.blobKey])
})

t.test('records close after 15 idle minutes, and each click starts them anew', async (t) => {
  const { world, pass, desk } = await opened(t)
  world.time += 15 * MINUTE - 1
  t.match(await desk.records(pass), { idleUntil: world.time + 15 * MINUTE })
  world.time += 15 * MINUTE
  t.equal(await desk.records(pass), null)
})

t.test('records close after 60 minutes, however busy', async (t) => {
  const { world, pass, desk } = await opened(t)
  for (let quarter = 0; quarter < 4; quarter++) {
    t.ok(await desk.records(pass))
    world.time += 15 * MINUTE - 1
  }
  t.match(await desk.records(pass), { idleUntil: world.time + 4 }, 'never past the end')
  world.time += 4
  t.equal(await desk.records(pass), null)
})

t.test('signing out closes the records, and only with the cookie’s key', async (t) => {
  const { pass, desk } = await opened(t)
  await desk.signOut({ id: pass.id, key: Buffer.alloc(32).toString('base64') })
  t.ok(await desk.records(pass))
  await desk.signOut(pass)
  t.equal(await desk.records(pass), null)
})

t.test('another key opens nothing', async (t) => {
  const { pass, desk } = await opened(t)
  for (const key of [Buffer.alloc(32).toString('base64'), '', 'short']) {
    t.equal(await desk.records({ id: pass.id, key }), null)
    t.notOk(await desk.deleteNow({ id: pass.id, key }))
  }
  t.ok(await desk.records(pass))
})

t.test('what ends a package closes what is open of it', async (t) => {
  for (const state of ['recalled', 'deleted', 'not-mine', 'undeliverable', 'expired'] as const) {
    const { world, row, pass, desk } = await opened(t)
    await world.store.write(({ packages }) => packages.end(row.id, state, world.time))
    t.equal(await desk.records(pass), null, state)
    t.equal(await desk.zip(pass), null)
    t.strictSame(await world.store.database.read('openings'), [], 'the row goes too')
  }
})

t.test('records close when the package expires', async (t) => {
  const { world, row, desk } = await opened(t)
  world.time = row.expiresAt - MINUTE
  const pass = await open(world, row)
  t.ok(await desk.records(pass))
  world.time = row.expiresAt
  t.equal(await desk.records(pass), null)
})

t.test('deleting takes the package and its twins, for good', async (t) => {
  const { world, row, consumerId, pass, desk } = await opened(t)
  const twin = await addPackage(world, consumerId, { groupId: row.groupId })
  const other = await addPackage(world, consumerId)
  const twinPass = await open(world, twin)
  // What happened within one millisecond is on record in no order.
  world.time += 1
  t.ok(await desk.deleteNow(pass))
  for (const { id } of [row, twin]) {
    t.match(await world.store.read.packages.byId(id), { state: 'deleted', blobKey: null, endedAt: world.time })
    t.match((await world.store.read.events.forPackage(id)).at(-1), { kind: 'deleted', actor: 'consumer' })
  }
  await t.rejects(world.store.blobs.open(row.blobKey ?? ''), { name: 'BlobMissingError' })
  await t.rejects(world.store.blobs.open(twin.blobKey ?? ''), { name: 'BlobMissingError' })
  t.equal(await desk.records(twinPass), null)
  t.notOk(await desk.deleteNow(pass), 'once')
  t.match(await world.store.read.packages.byId(other.id), { state: 'sent' })
})

t.test('a blob that cannot be deleted is logged, and the worker takes it later', async (t) => {
  const { world, row, pass, desk } = await opened(t)
  const deleteBlob = world.store.blobs.delete
  world.store.blobs.delete = async () => {
    throw new Error('disk')
  }
  t.ok(await desk.deleteNow(pass))
  t.strictSame(world.failures, ['retrieval Error'])
  t.match(await world.store.read.packages.byId(row.id), { state: 'deleted', blobKey: row.blobKey })
  world.store.blobs.delete = deleteBlob
  t.equal(await world.retrieval.rounds.find(({ name }) => name === 'leftover-blobs')?.run(), 1)
  t.match(await world.store.read.packages.byId(row.id), { blobKey: null })
})
