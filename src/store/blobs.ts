// Sealed packages as files. put() returns only once the bytes and the name of the file are on the disk.

import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { type Files, realWorld } from '../world.js'
import { makeFolder, syncFolder } from './folders.js'

export interface Blobs {
  /**
   * Stores the bytes under a new random key; durable when it resolves. On any failure nothing is left behind: throws BlobError,
   * or what the source threw.
   */
  put(source: AsyncIterable<Buffer>): Promise<{ key: string; bytes: number }>
  /** Throws BlobMissingError. The caller closes what it opened. */
  open(key: string): Promise<SealedBlob>
  /** Also resolves when there is no such blob. */
  delete(key: string): Promise<void>
  /** Every blob, in no order. One that goes meanwhile may be left out. */
  list(): AsyncIterable<{ key: string; modifiedAt: number }>
  /** Bytes that may still be written. */
  freeBytes(): Promise<number>
  /** Removes what an interrupted put() left, last written before that time (ms since the epoch). Returns how many. */
  sweepTemporary(before: number): Promise<number>
}

export interface SealedBlob {
  readonly size: number
  /**
   * Exactly `length` bytes from `offset`, in `target` (which must have room for them) when there is one, else in a new buffer. Throws
   * BlobError `SHORT` when the file has fewer.
   */
  read(offset: number, length: number, target?: Buffer): Promise<Buffer>
  close(): Promise<void>
}

/** Reading or writing a blob failed. `code` is the system's word (`ENOSPC`, `EIO` …) or `SHORT`. */
export class BlobError extends Error {
  override name = 'BlobError'
  readonly code: string

  constructor(doing: string, code: string) {
    super(`${doing}: ${code}`)
    this.code = code
  }
}

/** There is no blob under this key. */
export class BlobMissingError extends Error {
  override name = 'BlobMissingError'
  readonly code = 'MISSING'

  constructor() {
    super('no such blob')
  }
}

const KEY = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Linux writes at most 1024 buffers at once (IOV_MAX). */
const MOST_GATHERED = 1000
const GATHER = 1024 * 1024

/** Blobs below `folder` (made 0700 when missing), in sub-folders named by the first two characters of the key. */
export async function folderBlobs(folder: string, files: Files = realWorld.files): Promise<Blobs> {
  const temporary = join(folder, 'temporary')
  await makeFolder(temporary, files)
  const place = (key: string): string => join(folder, key.slice(0, 2))
  return {
    put: (source) => put(files, source, { temporary, place }),
    open: async (key) => openBlob(files, key, place),
    delete: async (key) => {
      if (!KEY.test(key)) return
      if (await unlinkIfThere(files, join(place(key), key))) await syncFolder(place(key), files)
    },
    list: () => list(files, folder),
    freeBytes: async () => {
      const about = await files.statfs(folder)
      return about.bavail * about.bsize
    },
    sweepTemporary: (before) => sweep(files, temporary, before),
  }
}

interface Places {
  readonly temporary: string
  place(key: string): string
}

async function put(files: Files, source: AsyncIterable<Buffer>, places: Places): Promise<{ key: string; bytes: number }> {
  const key = randomUUID()
  const draft = join(places.temporary, key)
  const home = places.place(key)
  const final = join(home, key)
  let at = draft
  try {
    const bytes = await writeDraft(files, draft, source)
    await attempt('placing blob', async () => {
      await makeFolder(home, files)
      await files.rename(draft, final)
      at = final
      await syncFolder(home, files)
    })
    return { key, bytes }
  } catch (error) {
    // After a failed fsync Linux may call the next one good although the bytes are lost: it is never tried again on this file.
    await unlinkIfThere(files, at).catch(() => false)
    throw error
  }
}

async function writeDraft(files: Files, draft: string, source: AsyncIterable<Buffer>): Promise<number> {
  const handle = await attempt('making blob', () => files.open(draft, 'wx', 0o600))
  let bytes = 0
  try {
    for await (const pieces of gathered(source)) {
      bytes += await attempt('writing blob', () => writeAll(handle, pieces))
    }
    await attempt('syncing blob', () => handle.sync())
  } finally {
    await handle.close().catch(() => {})
  }
  return bytes
}

/** Writes the pieces one after the other, without joining them first. Resolves with how many bytes that were. */
async function writeAll(handle: FileHandle, pieces: readonly Buffer[]): Promise<number> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const { bytesWritten } = await handle.writev(pieces)
  // A write may take less than it was given.
  if (bytesWritten < length) {
    const rest = Buffer.concat(pieces).subarray(bytesWritten)
    for (let done = 0; done < rest.length; ) done += (await handle.write(rest, done, rest.length - done)).bytesWritten
  }
  return length
}

/** The same buffers in lists of about 1 MiB: each write is a round trip to the thread pool. */
async function* gathered(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let waiting: Buffer[] = []
  let length = 0
  for await (const chunk of source) {
    waiting.push(chunk)
    length += chunk.length
    if (length < GATHER && waiting.length < MOST_GATHERED) continue
    yield waiting
    waiting = []
    length = 0
  }
  if (waiting.length > 0) yield waiting
}

async function openBlob(files: Files, key: string, place: Places['place']): Promise<SealedBlob> {
  if (!KEY.test(key)) throw new BlobMissingError()
  const handle = await files.open(join(place(key), key), 'r').catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? new BlobMissingError() : new BlobError('opening blob', codeOf(error))
  })
  let size: number
  try {
    size = (await handle.stat()).size
  } catch (error) {
    await handle.close().catch(() => {})
    throw new BlobError('opening blob', codeOf(error))
  }
  return {
    size,
    read: (offset, length, target) => readWhole(handle, offset, target?.subarray(0, length) ?? Buffer.alloc(length)),
    close: () => handle.close(),
  }
}

async function readWhole(handle: FileHandle, offset: number, bytes: Buffer): Promise<Buffer> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await attempt('reading blob', () => handle.read(bytes, done, bytes.length - done, offset + done))
    if (bytesRead === 0) throw new BlobError('reading blob', 'SHORT')
    done += bytesRead
  }
  return bytes
}

async function* list(files: Files, folder: string): AsyncGenerator<{ key: string; modifiedAt: number }> {
  for await (const place of await files.opendir(folder)) {
    if (!place.isDirectory() || !/^[0-9a-f]{2}$/.test(place.name)) continue
    for await (const entry of await files.opendir(join(folder, place.name))) {
      if (!KEY.test(entry.name)) continue
      const about = await statIfThere(files, join(folder, place.name, entry.name))
      if (about) yield { key: entry.name, modifiedAt: about.mtimeMs }
    }
  }
}

async function sweep(files: Files, temporary: string, before: number): Promise<number> {
  let removed = 0
  for await (const entry of await files.opendir(temporary)) {
    const about = await statIfThere(files, join(temporary, entry.name))
    if (about && about.mtimeMs < before && (await unlinkIfThere(files, join(temporary, entry.name)))) removed++
  }
  return removed
}

async function statIfThere(files: Files, path: string): Promise<{ mtimeMs: number } | null> {
  return files.stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw new BlobError('looking at blob', codeOf(error))
  })
}

async function unlinkIfThere(files: Files, path: string): Promise<boolean> {
  return files.unlink(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false
      throw new BlobError('removing blob', codeOf(error))
    },
  )
}

/** The system's errors name paths; only their code goes on. */
async function attempt<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof BlobError ? error : new BlobError(doing, codeOf(error))
  }
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : 'unknown'
}
