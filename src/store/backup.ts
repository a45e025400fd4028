// A backup while the service runs: a snapshot of the database first, then exactly the blobs it names. Blobs never change once they are
// there, so all that has to be kept from happening is that one goes meanwhile: a hold with a lease does that. Never the key file.

import { randomUUID } from 'node:crypto'
import { chmod, readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { type Clock, MINUTE } from '../clock.js'
import { attempt, blobPlace, copyFile, digestOf, type Source, withFile } from './backup-files.js'
import { type BackupBlob, BackupError, writeManifest } from './backup-manifest.js'
import { BlobError, BlobMissingError } from './blobs.js'
import { type Database, openDatabase } from './database.js'
import { makeFolder, syncFolder } from './folders.js'
import type { PackageRow } from './packages.js'
import { type Store, tables } from './store.js'
import { keyIdsInUse } from './wrapping.js'

export interface BackupReport {
  readonly takenAt: string
  readonly keyFingerprint: string
  /** Live packages in it, without the missing ones. */
  readonly packages: number
  /** Of sealed files and database. */
  readonly bytes: number
  /** Ids of live packages whose sealed file is gone or damaged in the store. The rest of the backup is whole. */
  readonly missing: readonly string[]
}

export interface BackupOptions {
  /** The running release. */
  readonly version: string
  readonly clock: Clock
  /** How long blobs stay after a backup that died; it is renewed all the time by one that lives. */
  readonly leaseMs?: number
}

const LEASE_MS = 2 * MINUTE

/** Backs the store up into a folder that `prepareBackupFolder` made ready. Throws BackupError, StoreError. */
export async function backUp(store: Store, folder: string, options: BackupOptions): Promise<BackupReport> {
  return holding(store, options.leaseMs ?? LEASE_MS, () => copyAll(store, folder, options))
}

/**
 * Makes the folder, private, or takes an empty one, and gives its full path. It may not lie with the data. Throws BackupError with what
 * to do.
 */
export async function prepareBackupFolder(folder: string, mailboxes: string): Promise<string> {
  const place = resolve(folder)
  const home = await realpath(mailboxes)
  const real = join(await realpath(dirname(place)).catch(() => dirname(place)), basename(place))
  if (`${real}${sep}`.startsWith(`${home}${sep}`))
    throw new BackupError(`${folder} lies with the data: name a folder outside of ${mailboxes}`)
  return attempt(`${folder} cannot be used`, async () => {
    await makeFolder(place)
    if ((await readdir(place)).length > 0) throw new BackupError(`${folder} is not empty: name a new folder for each backup`)
    if (((await stat(place)).mode & 0o077) !== 0) await chmod(place, 0o700)
    return place
  })
}

/** Keeps every blob where it is while `work` runs. */
async function holding<T>(store: Store, leaseMs: number, work: () => Promise<T>): Promise<T> {
  const id = randomUUID()
  const take = () => store.write(({ holds }) => holds.take(id, leaseMs))
  await take()
  let renewal: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    // A renewal that fails is made up for by the next one; a blob that went all the same is noticed.
    renewal = take().catch(() => {})
  }, leaseMs / 4)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await renewal
    await store.write(({ holds }) => holds.release(id)).catch(() => {})
  }
}

async function copyAll(store: Store, folder: string, { version, clock }: BackupOptions): Promise<BackupReport> {
  const takenAt = new Date(clock.now()).toISOString()
  const file = join(folder, 'hepoex.db')
  await store.database.snapshot(file)
  const snapshot = await openDatabase({ file })
  let copied: Copied
  let about: { keyIds: string[]; schema: string[] }
  try {
    if (!(await snapshot.isSound())) throw new BackupError('the database is damaged: stop the service and restore an earlier backup')
    copied = await copyBlobs(store, snapshot, join(folder, 'packages'))
    about = { keyIds: await keyIdsInUse(snapshot.read), schema: await snapshot.read('schema_steps').orderBy('id').pluck('name') }
  } finally {
    await snapshot.close()
  }
  const database = await withFile(file, async (source, handle) => {
    await handle.sync()
    return digestOf(source)
  })
  await syncFolder(folder)
  const { blobs, missing } = copied
  const keyFingerprint = store.keyring.fingerprint
  const packages = blobs.length + missing.length
  await writeManifest(folder, {
    ...{ format: 'hepoex-backup', version: 1, hepoex: version, takenAt, keyFingerprint, ...about },
    ...{ database, packages, missing, blobs },
  })
  const bytes = blobs.reduce((sum, blob) => sum + blob.bytes, database.bytes)
  return { takenAt, keyFingerprint, packages: blobs.length, bytes, missing }
}

interface Copied {
  readonly blobs: BackupBlob[]
  readonly missing: string[]
}

/** Copies what the snapshot names, and syncs the folders they lie in. */
async function copyBlobs(store: Store, snapshot: Database, folder: string): Promise<Copied> {
  const blobs: BackupBlob[] = []
  const missing: string[] = []
  const made = new Set<string>()
  await makeFolder(folder)
  const { packages, held } = tables(snapshot.read, snapshot.nowSql)
  for await (const row of packages.liveBlobs()) {
    const blob = await copyBlob(store, row, folder, made)
    if (blob) blobs.push(blob)
    else if (!(await noteEnd(store, snapshot, row.id))) missing.push(row.id)
  }
  for await (const row of held.liveBlobs()) {
    const blob = await copyBlob(store, row, folder, made)
    if (blob) blobs.push(blob)
    else if (!(await noteHeldEnd(store, snapshot, row.id))) missing.push(row.id)
  }
  for (const each of made) await syncFolder(each)
  await syncFolder(folder)
  return { blobs, missing }
}

type LiveBlob = Pick<PackageRow, 'id' | 'blobKey' | 'bytes'>

/** Null: it is not there, or not as long as it was sealed. */
async function copyBlob(store: Store, { blobKey, bytes }: LiveBlob, folder: string, made: Set<string>): Promise<BackupBlob | null> {
  if (blobKey === null) return null
  let blob: Source & { close(): Promise<void> }
  try {
    blob = await store.blobs.open(blobKey)
  } catch (error) {
    if (error instanceof BlobMissingError) return null
    throw error
  }
  try {
    if (blob.size !== bytes) return null
    const place = blobPlace(folder, blobKey)
    if (!made.has(place.folder)) await attempt(`${place.folder} cannot be made`, () => makeFolder(place.folder))
    made.add(place.folder)
    return { key: blobKey, ...(await copyFile(blob, place.file)) }
  } catch (error) {
    // The disk lost part of it: that is the store's damage, and no reason to leave the other packages without a backup.
    if (error instanceof BlobError) return null
    throw error
  } finally {
    await blob.close()
  }
}

/**
 * The lease ran out (the machine slept, the disk stalled) and the package ended meanwhile: it ends in the snapshot too. False: it has not
 * ended.
 */
async function noteEnd(store: Store, snapshot: Database, id: string): Promise<boolean> {
  const row = await store.read.packages.byId(id)
  if (row && row.endedAt === null) return false
  await snapshot.write((trx) =>
    row
      ? trx('packages').where({ id }).update({ state: row.state, ended_at: row.endedAt, blob_key: null })
      : trx('packages').where({ id }).delete(),
  )
  return true
}

/** The same for mail that was held. */
async function noteHeldEnd(store: Store, snapshot: Database, id: string): Promise<boolean> {
  const row = await store.read.held.byId(id)
  if (row && row.endedAt === null) return false
  await snapshot.write((trx) =>
    row
      ? trx('held').where({ id }).update({ state: row.state, ended_at: row.endedAt, blob_key: null })
      : trx('held').where({ id }).delete(),
  )
  return true
}
