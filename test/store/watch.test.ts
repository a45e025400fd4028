import t, { type Test } from 'tap'
import { BlobError } from '../../src/store/blobs.js'
import { DuplicateError, StoreError, type StoreFailure } from '../../src/store/errors.js'
import { openStore, type Store } from '../../src/store/store.js'
import { probeWrites, troubleOf, watchWrites } from '../../src/store/watch.js'

const blob = (code: string) => new BlobError('syncing blob', code)
const row = (failure: StoreFailure) => new StoreError(failure, 'SQLITE_X')

t.test('a disk that fails is told from one that is full, and from what is no trouble of the disk', async (t) => {
  for (const code of ['EIO', 'EROFS', 'ENXIO', 'EACCES', 'ENOTDIR', 'ENOENT']) t.equal(troubleOf(blob(code)), 'failing', code)
  for (const code of ['ENOSPC', 'EDQUOT']) t.equal(troubleOf(blob(code)), 'full', code)
  for (const code of ['EMFILE', 'ENOMEM', 'ERR_INVALID_ARG_TYPE', 'SHORT', 'unknown']) t.equal(troubleOf(blob(code)), null, code)
  for (const failure of ['io', 'damaged'] as const) t.equal(troubleOf(row(failure)), 'failing', failure)
  t.equal(troubleOf(row('full')), 'full')
  for (const failure of ['busy', 'duplicate', 'constraint', 'closed'] as const) t.equal(troubleOf(row(failure)), null, failure)
  for (const error of [new DuplicateError('slug'), new TypeError('EIO'), Object.assign(new Error('x'), { code: 'EIO' }), null])
    t.equal(troubleOf(error), null)
})

async function opened(t: Test): Promise<Store> {
  const folder = t.testdir()
  const store = await openStore({ mailboxes: `${folder}/mailboxes`, keyFile: `${folder}/keys/service.key` })
  t.teardown(() => store.close())
  return store
}

t.test('every write that fails is heard of, and fails as before; what succeeds, and reading, is not', async (t) => {
  const store = await opened(t)
  const heard: unknown[] = []
  const put = () => Promise.reject(blob('EIO'))
  const watched = watchWrites({ ...store, blobs: { ...store.blobs, put } }, (error) => heard.push(error))
  await t.rejects(watched.blobs.put((async function* () {})()), { code: 'EIO' })
  await t.rejects(
    watched.write(() => Promise.reject(row('io'))),
    { code: 'SQLITE_X' },
  )
  t.match(heard, [{ code: 'EIO' }, { failure: 'io' }])
  t.equal(await watched.write(async () => 7), 7)
  t.same(await watched.read.providers.list(), [])
  t.equal(heard.length, 2)
})

t.test('a probe writes both kinds and leaves no blob behind', async (t) => {
  const store = await opened(t)
  await probeWrites(store)
  await probeWrites(store)
  t.equal((await store.database.read('facts').where({ name: 'write-probe' })).length, 1)
  for await (const { key } of store.blobs.list()) t.fail(key)
})

t.test('a probe fails where either cannot be written', async (t) => {
  const store = await opened(t)
  await t.rejects(probeWrites({ ...store, blobs: { ...store.blobs, put: () => Promise.reject(blob('EROFS')) } }), { code: 'EROFS' })
  await t.rejects(probeWrites({ ...store, database: { ...store.database, write: () => Promise.reject(row('io')) } }), { code: 'SQLITE_X' })
})
