// Watching the store's writes: a disk that fails must be known to the whole service, not only to the message it failed for.

import { BlobError } from './blobs.js'
import { StoreError } from './errors.js'
import type { Store } from './store.js'

/**
 * What a failed write says about the storage. `full`: there is no room. `failing`: it cannot be relied on (EIO, EROFS, a failed fsync,
 * a damaged database …). null: neither; the database is busy, a file handle is missing, or it is a bug.
 */
export type StorageTrouble = 'full' | 'failing' | null

const FULL = ['ENOSPC', 'EDQUOT']
/** The process or the machine is short of something for the moment; the disk is well. */
const SHORTAGE = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR']

export function troubleOf(error: unknown): StorageTrouble {
  if (error instanceof StoreError) {
    if (error.failure === 'full') return 'full'
    return error.failure === 'io' || error.failure === 'damaged' ? 'failing' : null
  }
  if (!(error instanceof BlobError)) return null
  if (FULL.includes(error.code)) return 'full'
  // The system's own codes have no underscore; Node's (ERR_…) tell of a wrong call.
  return /^E[A-Z0-9]+$/.test(error.code) && !SHORTAGE.includes(error.code) ? 'failing' : null
}

/** The same store, but `failed` hears of every transaction and every blob that could not be written. */
export function watchWrites(store: Store, failed: (error: unknown) => void): Store {
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      failed(error)
      throw error
    }
  }
  return {
    ...store,
    blobs: { ...store.blobs, put: (source) => watched(store.blobs.put(source)) },
    write: (work) => watched(store.write(work)),
  }
}

/** Writes a row, synced to the disk. Throws what failed. SQLite's journal takes it as new frames: nothing old is synced once more. */
export async function probeRow({ database }: Pick<Store, 'database'>): Promise<void> {
  await database.write((trx) =>
    trx('facts')
      .insert({ name: 'write-probe', value: String(Date.now()) })
      .onConflict('name')
      .merge(),
  )
}

/**
 * Writes a row and a blob, both synced to the disk, and removes the blob. Throws what failed. A failed sync is never tried again on the
 * same file, since Linux may then call it good although the bytes are lost: the blob is a new one.
 */
export async function probeWrites(store: Pick<Store, 'database' | 'blobs'>): Promise<void> {
  await probeRow(store)
  const { key } = await store.blobs.put(
    (async function* () {
      yield Buffer.from('probe')
    })(),
  )
  await store.blobs.delete(key)
}
