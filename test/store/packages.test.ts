import t, { type Test } from 'tap'
import { type Packages, packagesTable } from '../../src/store/packages.js'
import { packageRow, temporaryDatabase } from './support.js'

async function packagesOf(t: Test) {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (packages: Packages) => Promise<T>) => database.write((trx) => work(packagesTable(trx)))
  return { read: packagesTable(database.read), write }
}

t.test('a package comes back as it was put in', async (t) => {
  const { read, write } = await packagesOf(t)
  await write((packages) => packages.add(packageRow()))
  t.strictSame(await read.byId('package-1'), packageRow())
  t.strictSame(await read.byNumber('ABCDEFGHJKMN'), packageRow())
  t.equal(await read.byNumber('nothing'), null)
})

t.test('two packages never share a number', async (t) => {
  const { write } = await packagesOf(t)
  await write((packages) => packages.add(packageRow()))
  await t.rejects(
    write((packages) => packages.add(packageRow({ id: 'package-2' }))),
    { name: 'StoreError', failure: 'duplicate' },
  )
})

t.test('only a sealed package becomes sent', async (t) => {
  const { read, write } = await packagesOf(t)
  await write((packages) => packages.add(packageRow()))
  t.ok(await write((packages) => packages.markSent('package-1', 1200)))
  t.match(await read.byId('package-1'), { state: 'sent', sentAt: 1200 })
  t.notOk(await write((packages) => packages.markSent('package-1', 1300)))
  await write((packages) => packages.end('package-1', 'recalled', 1400))
  t.notOk(await write((packages) => packages.markSent('package-1', 1500)))
  t.match(await read.byId('package-1'), { state: 'recalled', sentAt: 1200, endedAt: 1400 })
})

t.test('a package ends once, and its first end stays', async (t) => {
  const { read, write } = await packagesOf(t)
  await write((packages) => packages.add(packageRow()))
  t.strictSame(await write((packages) => packages.end('package-1', 'deleted', 2000)), { blobKey: 'blob-1' })
  t.equal(await write((packages) => packages.end('package-1', 'expired', 3000)), null)
  t.match(await read.byId('package-1'), { state: 'deleted', endedAt: 2000 })
})

t.test('what was opened is not ended as unopened', async (t) => {
  const { read, write } = await packagesOf(t)
  await write(async (packages) => {
    await packages.add(packageRow())
    await packages.add(packageRow({ id: 'package-2', number: 'N2', blobKey: 'blob-2', state: 'sent' }))
    await packages.noteOpened('package-2', 1500)
  })
  const end = (id: string) => write((packages) => packages.endUnopened(id, 'undeliverable', 2000))
  t.strictSame(await end('package-1'), { blobKey: 'blob-1' })
  t.equal(await end('package-1'), null)
  t.equal(await end('package-2'), null)
  t.match(await read.byId('package-1'), { state: 'undeliverable', endedAt: 2000 })
  t.match(await read.byId('package-2'), { state: 'sent', endedAt: null })
})

t.test('a group ends together, without those that ended before', async (t) => {
  const { read, write } = await packagesOf(t)
  await write(async (packages) => {
    await packages.add(packageRow())
    await packages.add(packageRow({ id: 'package-2', number: 'N2', blobKey: 'blob-2', state: 'sent', sealedAt: 1200 }))
    await packages.add(packageRow({ id: 'package-3', number: 'N3', state: 'expired', endedAt: 1, sealedAt: 1300 }))
    await packages.add(packageRow({ id: 'package-4', number: 'N4', groupId: 'group-2' }))
  })
  const ended = await write((packages) => packages.endGroup('group-1', 'not-mine', 2000))
  t.strictSame(
    ended.sort((one, other) => (one.id < other.id ? -1 : 1)),
    [
      { id: 'package-1', blobKey: 'blob-1' },
      { id: 'package-2', blobKey: 'blob-2' },
    ],
  )
  const states = (await read.inGroup('group-1')).map((row) => row.state)
  t.strictSame(states, ['not-mine', 'not-mine', 'expired'])
  t.match(await read.byId('package-4'), { state: 'sealed' })
})

t.test('only one of several openings is the first', async (t) => {
  const { read, write } = await packagesOf(t)
  await write((packages) => packages.add(packageRow()))
  const firsts = await Promise.all([5, 6, 7].map((at) => write((packages) => packages.noteOpened('package-1', at))))
  t.equal(firsts.filter(({ first }) => first).length, 1)
  t.match(await read.byId('package-1'), { firstOpenedAt: 5, lastOpenedAt: 7 })
})

t.test('an ended package is not opened', async (t) => {
  const { read, write } = await packagesOf(t)
  await write((packages) => packages.add(packageRow({ state: 'recalled', endedAt: 1 })))
  t.strictSame(await write((packages) => packages.noteOpened('package-1', 5)), { first: false })
  t.match(await read.byId('package-1'), { firstOpenedAt: null, lastOpenedAt: null })
})

t.test('what expires is live and past its time', async (t) => {
  const { read, write } = await packagesOf(t)
  await write(async (packages) => {
    await packages.add(packageRow({ expiresAt: 500, state: 'sent' }))
    await packages.add(packageRow({ id: 'package-2', number: 'N2', expiresAt: 400 }))
    await packages.add(packageRow({ id: 'package-3', number: 'N3', expiresAt: 501 }))
    await packages.add(packageRow({ id: 'package-4', number: 'N4', expiresAt: 100, state: 'deleted', endedAt: 1 }))
  })
  const ids = async (limit: number) => (await read.expiring(500, limit)).map((row) => row.id)
  t.strictSame(await ids(10), ['package-2', 'package-1'])
  t.strictSame(await ids(1), ['package-2'])
})

t.test('the row of a live package never lets go of its blob', async (t) => {
  const { read, write } = await packagesOf(t)
  await write((packages) => packages.add(packageRow()))
  t.notOk(await write((packages) => packages.dropBlob('package-1')))
  t.match(await read.byId('package-1'), { blobKey: 'blob-1' })
})

t.test('an ended package is left over until its blob is dropped, and then forgotten in its time', async (t) => {
  const { read, write } = await packagesOf(t)
  await write((packages) => packages.add(packageRow()))
  await write((packages) => packages.end('package-1', 'expired', 2000))
  t.equal((await read.leftovers(5)).length, 1)
  t.equal(await write((packages) => packages.forget(99_000)), 0, 'its blob may still be there')
  t.ok(await write((packages) => packages.dropBlob('package-1')))
  t.equal((await read.leftovers(5)).length, 0)
  t.equal(await write((packages) => packages.forget(90_000)), 0, 'its state is told until after its expiry')
  t.equal(await write((packages) => packages.forget(90_001)), 1)
  t.equal(await read.byId('package-1'), null)
})

t.test('which blob keys a row names is told, whatever its state', async (t) => {
  const { read, write } = await packagesOf(t)
  await write(async (packages) => {
    await packages.add(packageRow({ blobKey: 'live' }))
    await packages.add(packageRow({ id: 'ended', number: 'ended', blobKey: 'left over' }))
    await packages.end('ended', 'deleted', 2000)
  })
  t.strictSame([...(await read.named(['live', 'left over', 'orphan']))].sort(), ['left over', 'live'])
  t.equal((await read.named([])).size, 0)
})

t.test('every live package is listed, over several pages, and no ended one', async (t) => {
  const { read, write } = await packagesOf(t)
  const ids = Array.from({ length: 2001 }, (_, index) => `package-${index}`)
  await write(async (packages) => {
    for (const id of ids) await packages.add(packageRow({ id, number: id, blobKey: `blob of ${id}` }))
    await packages.end('package-7', 'deleted', 2000)
    await packages.markSent('package-8', 2000)
  })
  const found: string[] = []
  for await (const { id, blobKey, bytes } of read.liveBlobs()) if (blobKey === `blob of ${id}` && bytes === 5000) found.push(id)
  t.strictSame(found.sort(), ids.filter((id) => id !== 'package-7').sort())
})

t.test('every blob key that a row names is listed, over several pages', async (t) => {
  const { read, write } = await packagesOf(t)
  const ids = Array.from({ length: 2001 }, (_, index) => `package-${index}`)
  await write(async (packages) => {
    for (const id of ids) await packages.add(packageRow({ id, number: id, blobKey: `blob of ${id}` }))
    await packages.add(packageRow({ id: 'gone', number: 'gone', blobKey: null, state: 'deleted', endedAt: 1 }))
    await packages.end('package-7', 'deleted', 2000)
  })
  const keys: string[] = []
  for await (const key of read.blobKeys()) keys.push(key)
  t.strictSame(keys.sort(), ids.map((id) => `blob of ${id}`).sort())
})
