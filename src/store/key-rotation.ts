// The key file while its wrapping key is replaced: a new one is added, later the old one goes, each time by one atomic replacement of the
// file. Whoever holds the keys in memory watches the file, so that a running service seals under the new key from then on.

import { randomUUID } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { open, realpath, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from './folders.js'
import { formatKeyFile, freshEntry, type KeyFile, KeyFileError, parseKeyFile, readKeyFile } from './key-file.js'

export interface WrappingKeys {
  /** Id of the one that seals. */
  readonly current: string
  /** Ids of those that only open, until their rows are sealed anew. */
  readonly old: readonly string[]
  /** An earlier rotation was not finished: nothing was added. */
  readonly resumed: boolean
}

/**
 * Adds a new wrapping key, which is the current one from now on; unless an old one is still there, which an earlier rotation left.
 * Durable when it resolves. Not for two callers at once. Throws KeyFileError.
 */
export async function addWrappingKey(file: string): Promise<WrappingKeys> {
  const keys = await readExisting(file)
  const resumed = keys.wrapping.length > 1
  const wrapping = resumed ? keys.wrapping : [freshEntry(), ...keys.wrapping.map((entry) => ({ ...entry, current: false }))]
  if (!resumed) await replaceKeyFile(file, { ...keys, wrapping })
  const idsOf = (isCurrent: boolean) => wrapping.filter(({ current }) => current === isCurrent).map(({ id }) => id)
  return { current: idsOf(true)[0] ?? '', old: idsOf(false), resumed }
}

/** Takes old wrapping keys out of the file, never the current one. Durable when it resolves. Throws KeyFileError. */
export async function dropWrappingKeys(file: string, ids: readonly string[]): Promise<void> {
  const keys = await readExisting(file)
  const wrapping = keys.wrapping.filter(({ id, current }) => current || !ids.includes(id))
  if (wrapping.length < keys.wrapping.length) await replaceKeyFile(file, { ...keys, wrapping })
}

async function readExisting(file: string): Promise<KeyFile> {
  const keys = await readKeyFile(file)
  if (!keys) throw new KeyFileError('MISSING', `the key file ${file} is missing: put it back from its safe copy`)
  return keys
}

/** The old file or the new one is there at any time, whole. It keeps its owner: the service must be able to read what root wrote. */
async function replaceKeyFile(file: string, keys: KeyFile): Promise<void> {
  try {
    const place = await realpath(file)
    const { uid, gid } = await stat(place)
    const draft = join(dirname(place), `.${randomUUID()}.key-tmp`)
    try {
      const handle = await open(draft, 'wx', 0o600)
      try {
        const made = await handle.stat()
        if (made.uid !== uid || made.gid !== gid) await handle.chown(uid, gid)
        await handle.writeFile(formatKeyFile(keys))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(draft, place)
    } catch (error) {
      await unlink(draft).catch(() => {})
      throw error
    }
    await syncFolder(dirname(place))
  } catch (error) {
    throw new KeyFileError('NOT_WRITTEN', `the key file ${file} could not be replaced (${codeOf(error)}): is its folder yours to write in?`)
  }
}

/**
 * Tells of a replaced key file: the keys when it is another file than when last asked, null when it is not, cannot be used now, or is
 * not of the same service. Reads without waiting: a few kilobytes, and only after a rotation.
 */
export function keyFileWatch(file: string, known: Pick<KeyFile, 'service'>): () => KeyFile | null {
  let seen = ''
  return () => {
    try {
      const { ino, size, mtimeMs, ctimeMs, mode } = statSync(file)
      const look = [ino, size, mtimeMs, ctimeMs].join()
      if (look === seen || (mode & 0o077) !== 0) return null
      const keys = parseKeyFile(readFileSync(file, 'utf8'))
      if (!keys?.service.key.equals(known.service.key)) return null
      seen = look
      return keys
    } catch {
      return null // The keys in memory go on; a key that is needed and not known is told where it is needed.
    }
  }
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : 'unknown'
}
