// Folders that survive a power cut: a new name is on the disk only when the folder that holds it was synced.

import { dirname, resolve } from 'node:path'
import { type Files, realWorld } from '../world.js'

/** Makes the folder, and those above it that are missing, with mode 0700 and durable. One that exists stays as it is. */
export async function makeFolder(folder: string, files: Pick<Files, 'mkdir' | 'open'> = realWorld.files): Promise<void> {
  const path = resolve(folder)
  const parent = dirname(path)
  try {
    await files.mkdir(path, { mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EEXIST') {
      // Says nothing about a folder, and throws for a file.
      await files.mkdir(path, { recursive: true })
      return
    }
    if (code !== 'ENOENT' || parent === path) throw error
    // Step by step: where a file system says ENOENT below a folder that is there, Node's own `recursive` never comes back.
    await makeFolder(parent, files)
    await files.mkdir(path, { mode: 0o700 }).catch((again: unknown) => {
      if (!(again instanceof Error && 'code' in again && again.code === 'EEXIST')) throw again
    })
  }
  await syncFolder(parent, files)
}

/** Puts the names in the folder on the disk. */
export async function syncFolder(folder: string, files: Pick<Files, 'open'> = realWorld.files): Promise<void> {
  const handle = await files.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
