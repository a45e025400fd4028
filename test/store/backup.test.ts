import { readdir, readFile, stat, symlink, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.js'
import { backUp, prepareBackupFolder } from '../../src/store/backup.js'
import { readManifest } from '../../src/store/backup-manifest.js'
import { openDatabase } from '../../src/store/database.js'
import { openStore, type Store, tables } from '../../src/store/store.js'
import { packageRow } from './support.js'

const OPTIONS = { version: '1.2.3', clock: systemClock }

interface Place {
  readonly store: Store
  readonly mailboxes: string
  readonly target: string
  /** A live package with a blob of these bytes. */
  readonly add: (id: string, bytes?: Buffer) => Promise<string>
  readonly fileOf: (key: string) => string
}

async function newPlace(t: Test): Promise<Place> {
  const folder = t.testdir()
  const mailboxes = join(folder, 'mailboxes')
  const store = await openStore({ mailboxes, keyFile: join(folder, 'service.key') })
  t.teardown(() => store.close())
  const add = async (id: string, bytes: Buffer = Buffer.from(`sealed ${id}`)) => {
    const { key } = await store.blobs.put(
      (async function* () {
        yield bytes
      })(),
    )
    await store.write(({ packages }) => packages.add(packageRow({ id, number: id, blobKey: key, bytes: bytes.length })))
    return key
  }
  const fileOf = (key: string) => join(mailboxes, 'packages', key.slice(0, 2), key)
  return { store, mailboxes, target: await prepareBackupFolder(join(folder, 'backup'), mailboxes), add, fileOf }
}

/** Every file below the folder, as a path relative to it. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name).slice(folder.length + 1))
}

/** The store, with a blob opened only after `before` has run for it. */
function interrupting(store: Store, before: (key: string) => Promise<unknown>): Store {
  const open: Store['blobs']['open'] = async (key) => {
    await before(key)
    return store.blobs.open(key)
  }
  return { ...store, blobs: { ...store.blobs, open } }
}

t.test('a backup has the database, exactly the blobs of live packages, and says what it is', async (t) => {
  const { store, mailboxes, target, add } = await newPlace(t)
  const [big, small] = [await add('big', Buffer.alloc(3_000_001, 7)), await add('small')]
  const ended = await add('ended')
  await store.write(({ packages }) => packages.end('ended', 'deleted', 2000))
  await writeFile(join(mailboxes, 'packages', 'temporary', 'half'), 'half')
  const report = await backUp(store, target, OPTIONS)
  t.match(report, { packages: 2, missing: [], keyFingerprint: store.keyring.fingerprint })
  const place = (key: string) => join('packages', key.slice(0, 2), key)
  t.strictSame((await filesBelow(target)).sort(), ['hepoex.db', 'manifest.json', place(big), place(small)].sort())
  t.notOk((await filesBelow(target)).includes(place(ended)))
  t.ok((await readFile(join(target, place(big)))).equals(Buffer.alloc(3_000_001, 7)))
  const manifest = await readManifest(target)
  t.match(manifest, { format: 'hepoex-backup', version: 1, hepoex: '1.2.3', packages: 2, keyFingerprint: store.keyring.fingerprint })
  t.equal(manifest.takenAt, report.takenAt)
  t.same(manifest.blobs.map(({ key }) => key).sort(), [big, small].sort())
  t.equal(manifest.database.bytes, (await stat(join(target, 'hepoex.db'))).size)
  t.notOk(await store.read.holds.any(), 'deletions go on')
})

t.test('files are 0600 and folders 0700, whatever the umask', async (t) => {
  const { store, target, add } = await newPlace(t)
  await add('one')
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  await backUp(store, target, OPTIONS)
  for (const entry of [target, ...(await readdir(target, { recursive: true })).map((name) => join(target, name))]) {
    const about = await stat(entry)
    t.equal(about.mode & 0o777, about.isDirectory() ? 0o700 : 0o600, entry.slice(target.length))
  }
})

t.test('what happens after the snapshot is not in it, and nothing waits for the backup', async (t) => {
  const { store, target, add } = await newPlace(t)
  await add('one')
  let late = ''
  const busy = interrupting(store, async () => {
    late ||= await add('late')
  })
  await backUp(busy, target, OPTIONS)
  t.match(await store.read.packages.byId('late'), { blobKey: late })
  t.equal((await readManifest(target)).blobs.length, 1)
  const database = await openDatabase({ file: join(target, 'hepoex.db') })
  t.teardown(() => database.close())
  t.equal(await tables(database.read, database.nowSql).packages.byId('late'), null)
})

t.test('a package that ends while it is backed up stays until then, blob and all', async (t) => {
  const { store, target, add, fileOf } = await newPlace(t)
  const key = await add('one')
  const busy = interrupting(store, async () => {
    await store.write(({ packages }) => packages.end('one', 'deleted', 2000))
    t.notOk(await store.discard(key))
  })
  t.match(await backUp(busy, target, OPTIONS), { packages: 1, missing: [] })
  t.ok(await stat(fileOf(key)))
  t.ok(await store.discard(key))
  await t.rejects(stat(fileOf(key)), { code: 'ENOENT' })
})

t.test('a blob that went because its row ended, the lease having run out, is no loss: it ends in the backup too', async (t) => {
  const { store, target, add } = await newPlace(t)
  const keys = [await add('one'), await add('two')]
  const busy = interrupting(store, async () => {
    await store.write(({ packages }) => packages.end('one', 'recalled', 2000))
    await store.blobs.delete(keys[0] ?? '')
  })
  t.match(await backUp(busy, target, OPTIONS), { packages: 1, missing: [] })
  const database = await openDatabase({ file: join(target, 'hepoex.db') })
  t.teardown(() => database.close())
  t.match(await tables(database.read, database.nowSql).packages.byId('one'), { state: 'recalled', endedAt: 2000, blobKey: null })
})

t.test('a blob that is gone, or not as long as it was sealed, is told; the rest is backed up', async (t) => {
  const { store, target, add, fileOf } = await newPlace(t)
  const [gone, cut, whole] = [await add('gone'), await add('cut'), await add('whole')]
  await unlink(fileOf(gone))
  await truncate(fileOf(cut), 3)
  const report = await backUp(store, target, OPTIONS)
  t.match(report, { packages: 1, missing: ['cut', 'gone'] })
  t.match(await readManifest(target), { packages: 3, missing: ['cut', 'gone'], blobs: [{ key: whole }] })
})

t.test('an interrupted backup has no manifest, and deletions go on', async (t) => {
  const { store, target, add } = await newPlace(t)
  await add('one')
  const broken = interrupting(store, async () => {
    throw new Error('the disk is gone')
  })
  await t.rejects(backUp(broken, target, OPTIONS), { message: 'the disk is gone' })
  await t.rejects(readManifest(target), { name: 'BackupError', message: /not a backup, or one that was interrupted/ })
  t.notOk(await store.read.holds.any())
})

t.test('the hold is kept for as long as the backup takes', async (t) => {
  const { store, target, add } = await newPlace(t)
  await add('one')
  const untils = new Set<number>()
  const slow = interrupting(store, async () => {
    while (untils.size < 3) untils.add((await store.database.read('holds').first('lease_until')).lease_until)
  })
  await backUp(slow, target, { ...OPTIONS, leaseMs: 400 })
  t.equal(untils.size, 3, 'it was renewed')
})

const FOLDERS: Array<[string, (mailboxes: string) => Promise<string>, RegExp]> = [
  ['a folder within the data', async (mailboxes) => join(mailboxes, 'backup'), /lies with the data/],
  ['the data itself', async (mailboxes) => mailboxes, /lies with the data/],
  [
    'a way around to the data',
    async (mailboxes) => {
      await symlink(mailboxes, `${mailboxes}-link`)
      return join(`${mailboxes}-link`, 'backup')
    },
    /lies with the data/,
  ],
  [
    'a folder that is not empty',
    async (mailboxes) => {
      await writeFile(join(mailboxes, '..', 'x'), '')
      return join(mailboxes, '..')
    },
    /is not empty: name a new folder/,
  ],
  [
    'a file',
    async (mailboxes) => {
      await writeFile(join(mailboxes, '..', 'x'), '')
      return join(mailboxes, '..', 'x')
    },
    /cannot be used \(E(NOTDIR|EXIST)\)/,
  ],
]

for (const [what, make, message] of FOLDERS) {
  t.test(`${what} is no place for a backup`, async (t) => {
    const { mailboxes } = await newPlace(t)
    await t.rejects(prepareBackupFolder(await make(mailboxes), mailboxes), { name: 'BackupError', message })
  })
}
