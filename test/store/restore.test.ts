import { createHash, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DAY, HOUR, systemClock } from '../../src/clock.js'
import { backUp, prepareBackupFolder } from '../../src/store/backup.js'
import { openDatabase } from '../../src/store/database.js'
import { openKeyring } from '../../src/store/keyring.js'
import { restore } from '../../src/store/restore.js'
import { rotateKeys } from '../../src/store/rotation.js'
import { openStore, type Store } from '../../src/store/store.js'
import { packageRow } from './support.js'

const NOW = Date.UTC(2026, 10, 22)

interface Place {
  readonly store: Store
  readonly keyFile: string
  readonly folder: string
  readonly mailboxes: string
  readonly fresh: string
  readonly backUp: () => Promise<void>
  /** Restores into `fresh`. */
  readonly restore: (change?: { keyFile?: string }) => ReturnType<typeof restore>
  /** The restored store. */
  readonly opened: () => Promise<Store>
}

/** A store with one live package, to be backed up and restored into another folder. */
async function newPlace(t: Test): Promise<Place> {
  const base = t.testdir()
  const [mailboxes, fresh, keyFile] = [join(base, 'mailboxes'), join(base, 'fresh'), join(base, 'service.key')]
  const store = await openStore({ mailboxes, keyFile })
  t.teardown(() => store.close())
  const { key, bytes } = await store.blobs.put(
    (async function* () {
      yield Buffer.from('sealed for ever')
    })(),
  )
  await store.write(async (tables) => {
    await tables.packages.add(packageRow({ blobKey: key, bytes, expiresAt: NOW + 30 * DAY, pepperId: store.keyring.currentPepper }))
    await tables.consumers.register({ id: 'consumer-1', address: 'pat@home.example', language: 'en', createdAt: 1, answerVersion: null })
  })
  const folder = await prepareBackupFolder(join(base, 'backup'), mailboxes)
  return {
    ...{ store, keyFile, folder, mailboxes, fresh },
    backUp: async () => {
      await backUp(store, folder, { version: '1', clock: systemClock })
    },
    restore: (change = {}) => restore({ folder, mailboxes: fresh, keyFile, clock: { now: () => NOW }, ...change }),
    opened: async () => {
      const restored = await openStore({ mailboxes: fresh, keyFile })
      t.teardown(() => restored.close())
      return restored
    },
  }
}

const blobFile = async (folder: string) => {
  const names = await readdir(join(folder, 'packages'), { recursive: true })
  return join(folder, 'packages', names.find((name) => /[0-9a-f-]{36}$/.test(name)) ?? '')
}

t.test('what was backed up is there again, private, and the store opens', async (t) => {
  const place = await newPlace(t)
  await place.backUp()
  const report = await place.restore()
  t.match(report, { packages: 1, missing: [], keyFingerprint: place.store.keyring.fingerprint })
  const restored = await place.opened()
  const row = await restored.read.packages.byId('package-1')
  t.strictSame(row, await place.store.read.packages.byId('package-1'))
  const blob = await restored.blobs.open(row?.blobKey ?? '')
  t.equal((await blob.read(0, blob.size)).toString(), 'sealed for ever')
  await blob.close()
  t.notOk((await readdir(place.fresh)).some((name) => name.startsWith('restoring')))
  t.equal((await stat(join(place.fresh, 'hepoex.db'))).mode & 0o777, 0o600)
  t.equal((await stat(join(place.fresh, 'packages'))).mode & 0o777, 0o700)
  t.match(await restored.database.read('events').where({ kind: 'restored' }), [{ actor: 'operator', at: NOW }])
})

t.test('what was deleted before the backup stays deleted', async (t) => {
  const place = await newPlace(t)
  await place.store.write(({ packages }) => packages.end('package-1', 'deleted', NOW))
  await place.backUp()
  t.match(await place.restore(), { packages: 0 })
  const restored = await place.opened()
  t.match(await restored.read.packages.byId('package-1'), { state: 'deleted' })
  t.strictSame(await readdir(join(place.fresh, 'packages')), ['temporary'])
})

t.test('sessions, openings, sign-ins, resets and their mails do not come back to life; what would be lost is kept', async (t) => {
  const place = await newPlace(t)
  const { store } = place
  const until = { createdAt: NOW, idleUntil: NOW + DAY, endsAt: NOW + DAY }
  const hash = (fill: number) => Buffer.alloc(32, fill)
  const mail = (kind: string) => {
    const id = randomUUID()
    return { id, kind, idempotencyKey: id, payload: store.keyring.seal('outbox', id, Buffer.from('x')), runAt: 0, attempts: 0 }
  }
  const claim = (key: string) => ({ key, owner: 'one', leaseMs: HOUR, providerId: 'p', consumerId: 'consumer-1' })
  const signIn = {
    role: 'consumer',
    address: 'pat@home.example',
    language: 'en',
    codeHash: hash(1),
    browserHash: hash(2),
    tries: 0,
  } as const
  await store.write(async (tables) => {
    await tables.sessions.add({ tokenHash: hash(1), role: 'consumer', subjectId: 'consumer-1', signedInBy: 'mail', ...until })
    await tables.passkeys.add({
      ...{ id: 'k', consumerId: 'consumer-1', credentialId: 'abc', publicKey: hash(6), counter: 0, transports: [], name: null },
      ...{ createdAt: NOW, lastUsedAt: null },
    })
    await tables.openings.add({ id: 'o', packageId: 'package-1', passphraseSealed: hash(3), openedBefore: null, ...until })
    await tables.signIns.add({ ...signIn, id: 's', tokenHash: hash(4), mailed: true, createdAt: NOW, expiresAt: NOW + DAY, usedAt: null })
    await tables.resets.start({ id: 'r', consumerId: 'consumer-1', startedAt: 1, effectiveAt: 2, remindAt: 3, cancelHash: hash(5) })
    for (const kind of ['sign-in', 'admin-sign-in', 'admin-invitation', 'receipt', 'answer-locked']) await tables.outbox.add(mail(kind))
    await tables.outbox.lease('post', DAY, 10)
    for (const key of ['claimed', 'handing', 'done']) await tables.claims.take(claim(key))
    await tables.claims.fence('handing', 'one', HOUR)
    await tables.claims.settleSent('done', 'one', { intakeNumber: 'intake-1', packageId: 'package-1', keepUntil: NOW + DAY })
  })
  await place.backUp()
  t.match((await place.restore()).dropped, { sessions: 1, openings: 1, passkeys: 1, signIns: 1, resets: 1, mails: 3 })
  const restored = await place.opened()
  t.equal(await restored.read.sessions.live(hash(1), NOW), null)
  t.equal(await restored.read.openings.live('o', NOW), null)
  t.equal(await restored.read.passkeys.byCredential('abc'), null, 'she may have removed it since')
  t.match(await restored.database.read('events').where({ kind: 'passkey-removed' }), [{ consumer_id: 'consumer-1' }])
  t.equal(await restored.write(({ signIns }) => signIns.useToken(hash(4), NOW)), null)
  t.match(await restored.read.signIns.askedSince('pat@home.example', 0), { count: 1 }, 'the limit of mails a day still counts it')
  t.equal(await restored.read.resets.pending('consumer-1'), null)
  t.match(await restored.database.read('events').where({ kind: 'reset-cancelled' }), [{ consumer_id: 'consumer-1' }])
  const waiting = await restored.write(({ outbox }) => outbox.lease('new', DAY, 10))
  t.strictSame(waiting.map(({ kind }) => kind).sort(), ['answer-locked', 'receipt'], 'they can be leased at once')
  const retaken = (key: string) => restored.write(({ claims }) => claims.take({ ...claim(key), owner: 'two' }))
  t.strictSame(await retaken('claimed'), { outcome: 'taken', unknownHandoffs: 0 })
  t.strictSame(await retaken('handing'), { outcome: 'taken', unknownHandoffs: 1 }, 'a code may have gone out')
  t.strictSame(await retaken('done'), { outcome: 'sent', intakeNumber: 'intake-1' }, 'a tombstone holds')
  t.notOk(await restored.read.holds.any(), 'the backup’s own hold is not in force')
})

t.test('another key file is refused, and the fingerprint that is wanted is told', async (t) => {
  const place = await newPlace(t)
  await place.backUp()
  const other = join(place.folder, '..', 'other.key')
  const { fingerprint } = await openKeyring(other)
  const wanted = place.store.keyring.fingerprint
  await t.rejects(place.restore({ keyFile: other }), {
    name: 'BackupError',
    message: new RegExp(`wants .+ ${wanted}, and .+ has ${fingerprint}`),
  })
  await t.rejects(place.restore({ keyFile: `${other}.none` }), { name: 'BackupError', message: new RegExp(`no key file at .+${wanted}`) })
  await t.rejects(stat(`${other}.none`), { code: 'ENOENT' }, 'and none was made')
  await t.rejects(stat(place.fresh), { code: 'ENOENT' })
})

t.test('a key file that was rotated since lacks a key: the copy of that time is asked for, and does', async (t) => {
  const place = await newPlace(t)
  const { store, keyFile } = place
  const old = `${keyFile}.old`
  await copyFile(keyFile, old)
  const payload = store.keyring.seal('outbox', 'a', Buffer.from('x'))
  await store.write(({ outbox }) => outbox.add({ id: 'a', kind: 'receipt', idempotencyKey: 'a', payload, runAt: 0, attempts: 0 }))
  await place.backUp()
  await rotateKeys(store, keyFile, { now: NOW })
  await t.rejects(place.restore(), {
    name: 'BackupError',
    message: /right fingerprint .+ lacks key [0-9a-f]{8}: .+Use the copy that was in use on 2/,
  })
  t.match(await place.restore({ keyFile: old }), { packages: 1 })
})

t.test('a folder with data in it is refused and stays as it is', async (t) => {
  const place = await newPlace(t)
  await place.backUp()
  await mkdir(place.fresh)
  for (const name of ['README.md', '.gitignore']) await writeFile(join(place.fresh, name), '')
  await writeFile(join(place.fresh, 'anything'), '')
  await t.rejects(place.restore(), { name: 'BackupError', message: /is not empty/ })
  t.strictSame((await readdir(place.fresh)).sort(), ['.gitignore', 'README.md', 'anything'])
  await unlink(join(place.fresh, 'anything'))
  t.match(await place.restore(), { packages: 1 }, 'what a checkout has in it is no data')
})

const DAMAGE: Array<[string, (place: Place) => Promise<unknown>, RegExp]> = [
  ['no manifest', ({ folder }) => unlink(join(folder, 'manifest.json')), /not a backup, or one that was interrupted/],
  ['half a manifest', ({ folder }) => truncate(join(folder, 'manifest.json'), 100), /is damaged \(manifest\.json\)/],
  [
    'a manifest of a newer kind',
    ({ folder }) => editManifest(folder, (manifest) => ({ ...manifest, version: 2 })),
    /made by a newer release of HePoEx/,
  ],
  [
    'a step of the schema that is not known',
    ({ folder }) => editManifest(folder, (manifest) => ({ ...manifest, schema: ['9999-later'] })),
    /which is newer than this one/,
  ],
  [
    'a path in place of a key',
    ({ folder }) => editManifest(folder, (manifest) => ({ ...manifest, blobs: [{ ...manifest.blobs[0], key: '../../x' }] })),
    /is damaged \(manifest\.json\)/,
  ],
  ['a blob that is missing', async ({ folder }) => unlink(await blobFile(folder)), /cannot be read \(ENOENT\)/],
  [
    'a blob with another byte',
    async ({ folder }) => writeFile(await blobFile(folder), 'sealed for evil'),
    /packages\/\S+ is not what was backed up/,
  ],
  ['a database with another byte', ({ folder }) => flip(join(folder, 'hepoex.db')), /hepoex\.db is not what was backed up/],
  [
    'a list that lacks a blob',
    ({ folder }) => editManifest(folder, (manifest) => ({ ...manifest, blobs: [] })),
    /its list does not have every sealed file/,
  ],
]

async function editManifest(folder: string, change: (manifest: { blobs: object[] }) => object): Promise<void> {
  const file = join(folder, 'manifest.json')
  await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')))))
}

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file)
  bytes[5000] = (bytes[5000] ?? 0) ^ 1
  await writeFile(file, bytes)
}

for (const [what, damage, message] of DAMAGE) {
  t.test(`${what} is refused, and nothing is left behind`, async (t) => {
    const place = await newPlace(t)
    await place.backUp()
    await damage(place)
    await t.rejects(place.restore(), { name: 'BackupError', message })
    t.strictSame(await readdir(place.fresh).catch(() => []), [])
  })
}

t.test('sealed rows that do not open are found before it is said to be done', async (t) => {
  const place = await newPlace(t)
  const payload = place.store.keyring.seal('outbox', 'another', Buffer.from('x'))
  await place.store.write(({ outbox }) => outbox.add({ id: 'a', kind: 'receipt', idempotencyKey: 'a', payload, runAt: 0, attempts: 0 }))
  await place.backUp()
  await t.rejects(place.restore(), { name: 'BackupError', message: /sealed rows do not open/ })
})

t.test('a package that was missing when the backup was made is told, and keeps nothing from being restored', async (t) => {
  const place = await newPlace(t)
  await unlink(await blobFile(place.mailboxes))
  await place.backUp()
  t.match(await place.restore(), { packages: 0, missing: ['package-1'] })
})

t.test('an older backup is brought up to the present schema', async (t) => {
  const place = await newPlace(t)
  await place.backUp()
  const older = await openDatabase({ file: join(place.folder, 'hepoex.db') })
  await older.write(async (trx) => {
    await trx('schema_steps').where({ name: '0030-holds' }).delete()
    await trx.schema.dropTable('holds')
  })
  await older.close()
  const bytes = await readFile(join(place.folder, 'hepoex.db'))
  const database = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  await editManifest(place.folder, (manifest) => ({ ...manifest, database, schema: ['0001-facts'] }))
  t.match(await place.restore(), { packages: 1 })
})

t.test('a service that starts in the middle keeps its database and its packages, and the restore is told', async (t) => {
  const place = await newPlace(t)
  await place.backUp()
  const racing = restore({
    ...{ folder: place.folder, mailboxes: place.fresh, keyFile: place.keyFile },
    clock: {
      now: () => {
        // Asked for once, right before the database gets its name.
        writeFileSync(join(place.fresh, 'hepoex.db'), 'of the service')
        writeFileSync(join(place.fresh, 'packages', 'its-own'), 'of the service')
        return NOW
      },
    },
  })
  await t.rejects(racing, { name: 'BackupError', message: /was the service started meanwhile\?/ })
  t.strictSame(await readdir(place.fresh), ['hepoex.db', 'packages'])
  t.strictSame(await readdir(join(place.fresh, 'packages')), ['its-own'])
})

t.test('an interrupted restore leaves no database under the service’s name', async (t) => {
  const place = await newPlace(t)
  await place.backUp()
  await rename(join(place.folder, 'hepoex.db'), join(place.folder, 'away'))
  await t.rejects(place.restore(), { message: /hepoex\.db cannot be read \(ENOENT\)/ })
  await rename(join(place.folder, 'away'), join(place.folder, 'hepoex.db'))
  await rm(place.fresh, { recursive: true })
  t.match(await place.restore(), { packages: 1 })
})
