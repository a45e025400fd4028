// A restore: into an empty mailboxes folder, with the key file the data was sealed with. Everything is checked before the database gets
// the name under which the service looks for it; until then a start finds nothing, and what was restored so far is taken away again.

import { link, readdir, rm, rmdir, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Clock } from '../clock.js'
import { attempt, blobPlace, copyFile, type Source, withFile } from './backup-files.js'
import { type BackupBlob, BackupError, type BackupManifest, type Digest, readManifest } from './backup-manifest.js'
import { type Database, openDatabase } from './database.js'
import { makeFolder, syncFolder } from './folders.js'
import { type KeyFile, readKeyFile } from './key-file.js'
import { fingerprintOf, KeyringError, keyringOf } from './keyring.js'
import { migrations } from './migrations/index.js'
import { type PutOut, putOut } from './restore-state.js'
import { tables } from './store.js'
import { SEALED_COLUMNS, type SealedRow, sealedPage } from './wrapping.js'

export interface RestoreReport {
  readonly takenAt: string
  readonly keyFingerprint: string
  readonly packages: number
  /** Of sealed files and database. */
  readonly bytes: number
  /** Ids of packages whose sealed file was missing already when the backup was made. */
  readonly missing: readonly string[]
  /** What was in the backup and must not work again. */
  readonly dropped: PutOut
}

export interface RestoreOptions {
  /** The backup's folder. */
  readonly folder: string
  readonly mailboxes: string
  readonly keyFile: string
  readonly clock: Clock
}

/** What a checkout has in its mailboxes folder from the start. */
const ALLOWED: ReadonlySet<string> = new Set(['README.md', '.gitignore'])
const DRAFT = 'restoring.db'

/** Throws BackupError, KeyFileError or StoreError; the mailboxes folder is then as it was. No service may run on it. */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const folder = resolve(options.folder)
  const manifest = await readManifest(folder)
  checkSchema(manifest)
  const keys = await rightKeys(options.keyFile, manifest)
  const { mailboxes } = options
  await attempt(`${mailboxes} cannot be used`, () => makeFolder(mailboxes))
  const found = (await readdir(mailboxes)).filter((name) => !ALLOWED.has(name))
  if (found.length > 0)
    throw new BackupError(
      `${mailboxes} is not empty: move what is in it away, or set HEPOEX_MAILBOXES to a new folder, and restore into that`,
    )
  try {
    return await fill({ ...options, folder }, manifest, keys)
  } catch (error) {
    await takeAway(mailboxes, manifest)
    throw error
  }
}

/** Only what was put there: a service that was started meanwhile may have packages of its own by now. */
async function takeAway(mailboxes: string, { blobs }: BackupManifest): Promise<void> {
  const packages = join(mailboxes, 'packages')
  const places = blobs.map(({ key }) => blobPlace(packages, key))
  const files = [...places.map(({ file }) => file), ...[DRAFT, `${DRAFT}-wal`, `${DRAFT}-shm`].map((name) => join(mailboxes, name))]
  for (const file of files) await rm(file, { force: true }).catch(() => {})
  for (const folder of [...new Set(places.map((place) => place.folder)), packages]) await rmdir(folder).catch(() => {})
}

function checkSchema({ schema, hepoex }: BackupManifest): void {
  const known = new Set(migrations.map(({ name }) => name))
  if (schema.some((name) => !known.has(name)))
    throw new BackupError(`the backup was made by release ${hepoex} of HePoEx, which is newer than this one: restore it with that one`)
}

/** Reads the key file, which must be the one of the backup and have every key its rows need. */
async function rightKeys(file: string, { keyFingerprint, keyIds, takenAt }: BackupManifest): Promise<KeyFile> {
  const keys = await readKeyFile(file)
  const put = `put that key file's copy at ${file}, or set HEPOEX_KEY_FILE to it`
  if (!keys) throw new BackupError(`there is no key file at ${file}: the backup wants the one with fingerprint ${keyFingerprint}; ${put}`)
  const fingerprint = fingerprintOf(keys.service)
  if (fingerprint !== keyFingerprint)
    throw new BackupError(`the backup wants the key file with fingerprint ${keyFingerprint}, and ${file} has ${fingerprint}: ${put}`)
  const there = new Set([...keys.wrapping, ...keys.peppers].map(({ id }) => id))
  const lacking = keyIds.filter((id) => !there.has(id))
  if (lacking.length > 0)
    throw new BackupError(
      `${file} has the right fingerprint (${fingerprint}) but lacks key ${lacking.join(', ')}: its keys were rotated between this copy and the backup. Use the copy that was in use on ${takenAt}`,
    )
  return keys
}

async function fill(options: RestoreOptions, manifest: BackupManifest, keys: KeyFile): Promise<RestoreReport> {
  const { folder, mailboxes, clock } = options
  await copyBlobs(manifest, join(folder, 'packages'), join(mailboxes, 'packages'))
  const draft = join(mailboxes, DRAFT)
  await withFile(join(folder, 'hepoex.db'), async (source) => checkedCopy('hepoex.db', manifest.database, source, draft))
  const database = await openDatabase({ file: draft })
  let dropped: PutOut
  try {
    await checkDatabase(database, manifest, keys)
    const at = { now: clock.now(), takenAt: Date.parse(manifest.takenAt) }
    dropped = await database.write((trx) => putOut(trx, tables(trx, database.nowSql), at))
  } finally {
    await database.close()
  }
  await giveName(draft, join(mailboxes, 'hepoex.db'), mailboxes)
  const { takenAt, keyFingerprint, blobs, missing } = manifest
  const bytes = blobs.reduce((sum, blob) => sum + blob.bytes, manifest.database.bytes)
  return { takenAt, keyFingerprint, packages: blobs.length, bytes, missing, dropped }
}

/** The last step. link() refuses when a service was started meanwhile and made a database of its own. */
async function giveName(draft: string, file: string, mailboxes: string): Promise<void> {
  await withFile(draft, (_source, handle) => handle.sync())
  await attempt(`${file} cannot be made: was the service started meanwhile?`, () => link(draft, file))
  await unlink(draft)
  await syncFolder(mailboxes)
}

async function copyBlobs({ blobs }: BackupManifest, from: string, to: string): Promise<void> {
  const made = new Set<string>()
  await makeFolder(to)
  for (const blob of blobs) {
    const place = blobPlace(to, blob.key)
    if (!made.has(place.folder)) await attempt(`${place.folder} cannot be made`, () => makeFolder(place.folder))
    made.add(place.folder)
    await withFile(blobPlace(from, blob.key).file, (source) => checkedCopy(`packages/${blob.key}`, blob, source, place.file))
  }
  for (const folder of made) await syncFolder(folder)
  await syncFolder(to)
}

async function checkedCopy(name: string, { bytes, sha256 }: Digest, source: Source, file: string): Promise<void> {
  const copied = await copyFile(source, file)
  if (copied.bytes !== bytes || copied.sha256 !== sha256)
    throw new BackupError(`the backup is damaged: ${name} is not what was backed up. Use another one`)
}

async function checkDatabase(database: Database, manifest: BackupManifest, keys: KeyFile): Promise<void> {
  if (!(await database.isSound())) throw new BackupError('the backup is damaged: its database fails its own check. Use another one')
  await checkPackages(database, manifest)
  await checkSealed(database, keys)
}

/** Every live package, and all mail that is held, has its blob, or is known to miss it; and no blob is there that no package names. */
async function checkPackages(database: Database, { blobs, missing }: BackupManifest): Promise<void> {
  const there = new Map<string, BackupBlob>(blobs.map((blob) => [blob.key, blob]))
  const known = new Set(missing)
  const { packages, held } = tables(database.read, database.nowSql)
  for (const live of [packages.liveBlobs(), held.liveBlobs()]) {
    for await (const { id, blobKey, bytes } of live) {
      if (known.has(id)) continue
      const isThere = blobKey !== null && there.get(blobKey)?.bytes === bytes
      if (!isThere) throw new BackupError('the backup is damaged: its list does not have every sealed file. Use another one')
      there.delete(blobKey)
    }
  }
  if (there.size > 0) throw new BackupError('the backup is damaged: it has sealed files that its database does not know. Use another one')
}

/** What is sealed in rows opens with this key file. */
async function checkSealed({ read }: Database, keys: KeyFile): Promise<void> {
  const keyring = keyringOf(keys)
  for (const column of SEALED_COLUMNS) {
    let after: SealedRow['where'] | null = null
    do {
      const page: SealedRow[] = await sealedPage(read, column, after, 500)
      try {
        for (const { associated, sealed } of page) keyring.open(column.purpose, associated, sealed).fill(0)
      } catch (error) {
        if (!(error instanceof KeyringError)) throw error
        throw new BackupError('the backup is damaged: sealed rows do not open with its key file. Use another one')
      }
      after = page.at(-1)?.where ?? null
    } while (after)
  }
}
