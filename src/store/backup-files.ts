// Copying and checking the files of a backup. What is copied is on the disk when the copy resolves; its folder is the caller's to sync.

import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError, type Digest } from './backup-manifest.js'

const PIECE = 1024 * 1024

/** A file that is being read, by whatever means. */
export interface Source {
  readonly size: number
  read(offset: number, length: number, target?: Buffer): Promise<Buffer>
}

/** Where a blob lies below a folder of packages. */
export function blobPlace(folder: string, key: string): { folder: string; file: string } {
  const home = join(folder, key.slice(0, 2))
  return { folder: home, file: join(home, key) }
}

/** Copies to a new file, mode 0600. Throws BackupError when it cannot be written; what the source throws is thrown on. */
export async function copyFile(source: Source, file: string): Promise<Digest> {
  const handle = await writing(file, () => open(file, 'wx', 0o600))
  try {
    const digest = await digestOf(source, (piece) => writing(file, () => writeWhole(handle, piece)))
    await writing(file, () => handle.sync())
    return digest
  } finally {
    await handle.close()
  }
}

/** Length and SHA-256 of a source, every piece handed to `each`. */
export async function digestOf(source: Source, each: (piece: Buffer) => Promise<void> = async () => {}): Promise<Digest> {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(Math.min(PIECE, source.size))
  for (let at = 0; at < source.size; at += PIECE) {
    const piece = await source.read(at, Math.min(PIECE, source.size - at), buffer)
    hash.update(piece)
    await each(piece)
  }
  return { bytes: source.size, sha256: hash.digest('hex') }
}

/** A file as a source, for as long as `work` takes. Throws BackupError when it cannot be read or is cut meanwhile. */
export async function withFile<T>(file: string, work: (source: Source, handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await reading(file, () => open(file, 'r'))
  try {
    const { size } = await handle.stat()
    const read = async (offset: number, length: number, target = Buffer.alloc(length)): Promise<Buffer> => {
      for (let done = 0; done < length; ) {
        const { bytesRead } = await reading(file, () => handle.read(target, done, length - done, offset + done))
        if (bytesRead === 0) throw new BackupError(`${file} was cut while it was read`)
        done += bytesRead
      }
      return target.subarray(0, length)
    }
    return await work({ size, read }, handle)
  } finally {
    await handle.close()
  }
}

async function writeWhole(handle: FileHandle, piece: Buffer): Promise<void> {
  for (let done = 0; done < piece.length; ) done += (await handle.write(piece, done)).bytesWritten
}

const reading = <T>(file: string, work: () => Promise<T>) => attempt(`${file} cannot be read`, work)
const writing = <T>(file: string, work: () => Promise<T>) => attempt(`${file} cannot be written`, work)

/** The system's word is told, with the file that it was about. */
export async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!/^E[A-Z0-9]+$/.test(code)) throw error
    throw new BackupError(`${what} (${code})${code === 'ENOSPC' ? ': make room' : ''}`)
  }
}
