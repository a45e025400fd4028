import { randomBytes } from 'node:crypto'
import * as nodeFiles from 'node:fs/promises'
import { readdir, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type Blobs, folderBlobs } from '../../src/store/blobs.js'
import type { Files } from '../../src/world.js'

async function* chunks(...parts: Buffer[]): AsyncGenerator<Buffer> {
  yield* parts
}

const failed = (code: string) => () => Promise.reject(Object.assign(new Error(`${code} /somewhere`), { code }))

/** The real file functions, but what is given fails on the file being written. */
function failing(act: 'sync' | 'writev', code: string, calls: string[] = []): Files {
  const open = async (...parameters: Parameters<typeof nodeFiles.open>) => {
    const handle = await nodeFiles.open(...parameters)
    if (parameters[1] !== 'wx') return handle
    handle[act] = () => {
      calls.push(act)
      return failed(code)()
    }
    return handle
  }
  return { ...nodeFiles, open }
}

async function keysOf(blobs: Blobs): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of blobs.list()) keys.push(key)
  return keys.sort()
}

t.test('what was put comes back, from any place in any length', async (t) => {
  const blobs = await folderBlobs(t.testdir())
  const bytes = randomBytes(3_000_000)
  const parts = Array.from({ length: 300 }, (_, index) => bytes.subarray(index * 10_000, (index + 1) * 10_000))
  const put = await blobs.put(chunks(...parts))
  t.equal(put.bytes, bytes.length)
  const blob = await blobs.open(put.key)
  t.equal(blob.size, bytes.length)
  const reads: Array<[number, number]> = [
    [0, bytes.length],
    [0, 0],
    [1_048_575, 2],
    [bytes.length - 1, 1],
  ]
  const found = await Promise.all(reads.map(([offset, length]) => blob.read(offset, length)))
  for (const [index, [offset, length]] of reads.entries()) t.ok(found[index]?.equals(bytes.subarray(offset, offset + length)))
  const target = Buffer.alloc(20, 7)
  const into = await blob.read(1_048_575, 12, target)
  t.ok(into.equals(bytes.subarray(1_048_575, 1_048_587)))
  t.equal(into.buffer, target.buffer, 'read into the buffer that was offered')
  t.ok(target.subarray(12).equals(Buffer.alloc(8, 7)), 'and no further')
  await blob.close()
})

t.test('an empty blob is a blob', async (t) => {
  const blobs = await folderBlobs(t.testdir())
  const { key, bytes } = await blobs.put(chunks())
  t.equal(bytes, 0)
  const blob = await blobs.open(key)
  t.equal(blob.size, 0)
  await blob.close()
})

t.test('files and folders are for their owner alone, whatever the umask', async (t) => {
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  const folder = join(t.testdir(), 'packages')
  const blobs = await folderBlobs(folder)
  const { key } = await blobs.put(chunks(Buffer.from('sealed')))
  t.equal((await stat(folder)).mode & 0o777, 0o700)
  t.equal((await stat(join(folder, key.slice(0, 2)))).mode & 0o777, 0o700)
  t.equal((await stat(join(folder, key.slice(0, 2), key))).mode & 0o777, 0o600)
})

t.test('the bytes are synced before the name is given, and the folder after', async (t) => {
  const acts: string[] = []
  const noted: Files = {
    ...nodeFiles,
    open: async (...parameters) => {
      const handle = await nodeFiles.open(...parameters)
      const what = parameters[1] === 'wx' ? 'file' : 'folder'
      const { sync, writev } = handle
      handle.sync = () => {
        acts.push(`sync ${what}`)
        return sync.call(handle)
      }
      handle.writev = ((...given: Parameters<typeof writev>) => acts.push('write') && writev.apply(handle, given)) as typeof writev
      return handle
    },
    rename: (from, to) => {
      acts.push('rename')
      return nodeFiles.rename(from, to)
    },
  }
  const blobs = await folderBlobs(t.testdir(), noted)
  acts.length = 0
  await blobs.put(chunks(Buffer.from('one'), Buffer.from('two')))
  t.strictSame(acts, ['write', 'sync file', 'sync folder', 'rename', 'sync folder'])
})

for (const [act, code] of [
  ['writev', 'ENOSPC'],
  ['sync', 'EIO'],
] as const) {
  t.test(`${code} at ${act} is said once, and nothing is left behind`, async (t) => {
    const folder = t.testdir()
    const calls: string[] = []
    const blobs = await folderBlobs(folder, failing(act, code, calls))
    await t.rejects(blobs.put(chunks(Buffer.from('sealed'))), { name: 'BlobError', code, message: /^\w+ blob: E\w+$/ })
    t.strictSame(calls, [act])
    t.strictSame(await readdir(join(folder, 'temporary')), [])
    t.strictSame(await keysOf(blobs), [])
  })
}

t.test('a folder that cannot be synced takes the blob with it', async (t) => {
  let renamed = false
  const files: Files = {
    ...nodeFiles,
    rename: async (from, to) => {
      await nodeFiles.rename(from, to)
      renamed = true
    },
    open: async (...parameters) => {
      const handle = await nodeFiles.open(...parameters)
      if (renamed) handle.sync = failed('EIO')
      return handle
    },
  }
  const blobs = await folderBlobs(t.testdir(), files)
  await t.rejects(blobs.put(chunks(Buffer.from('sealed'))), { name: 'BlobError', code: 'EIO' })
  t.strictSame(await keysOf(blobs), [])
})

t.test('what the source throws is thrown on, and nothing is left behind', async (t) => {
  const folder = t.testdir()
  const blobs = await folderBlobs(folder)
  const reason = new Error('sealing stopped')
  const put = blobs.put(
    (async function* () {
      yield Buffer.from('half')
      throw reason
    })(),
  )
  t.equal(await put.catch((error: unknown) => error), reason)
  t.strictSame(await readdir(join(folder, 'temporary')), [])
  t.strictSame(await keysOf(blobs), [])
})

t.test('a shorter file than was put is said, not filled up', async (t) => {
  const folder = t.testdir()
  const blobs = await folderBlobs(folder)
  const { key } = await blobs.put(chunks(randomBytes(100)))
  await truncate(join(folder, key.slice(0, 2), key), 90)
  const blob = await blobs.open(key)
  t.equal(blob.size, 90)
  await t.rejects(blob.read(80, 20), { name: 'BlobError', code: 'SHORT' })
  await blob.close()
})

t.test('a missing blob is said, and no key leads out of the folder', async (t) => {
  const folder = t.testdir({ secret: 'outside', packages: {} })
  const blobs = await folderBlobs(join(folder, 'packages'))
  for (const key of ['00000000-0000-4000-8000-000000000000', '../secret', '../../secret', '', '.'])
    await t.rejects(blobs.open(key), { name: 'BlobMissingError' })
  await blobs.delete('../secret')
  await stat(join(folder, 'secret'))
})

t.test('a deleted blob is gone, and deleting it again does nothing', async (t) => {
  const blobs = await folderBlobs(t.testdir())
  const [one, other] = [await blobs.put(chunks(Buffer.from('1'))), await blobs.put(chunks(Buffer.from('2')))]
  await blobs.delete(one.key)
  await blobs.delete(one.key)
  await t.rejects(blobs.open(one.key), { name: 'BlobMissingError' })
  t.strictSame(await keysOf(blobs), [other.key])
})

t.test('the list has every blob with its time, and nothing else that lies there', async (t) => {
  const folder = t.testdir()
  const blobs = await folderBlobs(folder)
  const put = [await blobs.put(chunks(Buffer.from('1'))), await blobs.put(chunks(Buffer.from('2')))].map(({ key }) => key).sort()
  await writeFile(join(folder, 'temporary', 'half'), 'half')
  await writeFile(join(folder, 'README'), 'a note')
  t.strictSame(await keysOf(blobs), put)
  for await (const { modifiedAt } of blobs.list()) t.ok(Math.abs(modifiedAt - Date.now()) < 60_000)
})

t.test('what a crash left is swept once it is old, and never a blob', async (t) => {
  const folder = t.testdir()
  const blobs = await folderBlobs(folder)
  const { key } = await blobs.put(chunks(Buffer.from('sealed')))
  const [old, young] = [join(folder, 'temporary', 'old'), join(folder, 'temporary', 'young')]
  await writeFile(old, 'half')
  await writeFile(young, 'half')
  for (const file of [old, join(folder, key.slice(0, 2), key)]) await utimes(file, new Date(0), new Date(0))
  t.equal(await blobs.sweepTemporary(Date.now() - 3_600_000), 1)
  t.strictSame(await readdir(join(folder, 'temporary')), ['young'])
  t.strictSame(await keysOf(blobs), [key])
})

t.test('free space is told in bytes', async (t) => {
  const free = await (await folderBlobs(t.testdir())).freeBytes()
  t.ok(Number.isInteger(free) && free > 0)
})

t.test('a write that takes less than it was given is gone on with', async (t) => {
  const short: Files = {
    ...nodeFiles,
    open: async (...parameters) => {
      const handle = await nodeFiles.open(...parameters)
      if (parameters[1] !== 'wx') return handle
      const { writev } = handle
      // As a nearly full disk or a signal would have it: only the first buffer goes through.
      handle.writev = ((pieces: Buffer[]) => writev.call(handle, pieces.slice(0, 1))) as typeof writev
      return handle
    },
  }
  const blobs = await folderBlobs(t.testdir(), short)
  const pieces = [randomBytes(1000), randomBytes(5), randomBytes(70_000)]
  const { key, bytes } = await blobs.put(chunks(...pieces))
  t.equal(bytes, 71_005)
  const blob = await blobs.open(key)
  t.ok((await blob.read(0, 71_005)).equals(Buffer.concat(pieces)))
  await blob.close()
})
