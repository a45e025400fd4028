// Folders that survive a power cut: a new name is on the disk only when the folder that holds it was synced.

import { dirname, resolve } from 'node:path'
import { type Files, realWorld } from '../world.js'

/** Makes the folder, and those above it that are missing, with mode 0700 and durable. One that exists stays as it is. */
export async function makeFolder(folder: string, files: Pick<Files, 'mkdir' | 'open'> = realWorld.files): Promise<void> {
  const first = await files.mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  let made = resolve(folder)
  await syncFolder(dirname(made), files)
  while (made !== resolve(first) && made !== dirname(made)) {
    made = dirname(made)
    await syncFolder(dirname(made), files)
  }
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
