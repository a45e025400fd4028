// The store as the service uses it: watched, so that a failing disk closes the intake and is told to the admins.

import type { Clock } from '../clock.js'
import { type AlertTools, alertAdmins } from '../intake/alert.js'
import { StorageHealth } from '../intake/storage.js'
import type { Log } from '../log.js'
import type { Store } from '../store/store.js'
import { probeWrites, watchWrites } from '../store/watch.js'

export interface WatchedStorage {
  readonly store: Store
  readonly health: StorageHealth
  /** From now on admins are told; before there is a post, they are told once the disk is well again. */
  tellThrough(tools: Omit<AlertTools, 'store'>): void
}

export interface StorageWatch {
  readonly log: Log
  readonly clock: Clock
  /** From a failure to the next probe; a minute when left out. */
  readonly waitMs?: number | undefined
}

export function watchStorage(store: Store, { log, clock, waitMs }: StorageWatch): WatchedStorage {
  let tools: AlertTools | null = null
  const now = () => clock.now()
  const tell = async () => tools !== null && alertAdmins(tools, { about: 'mail.admin-alert.storage', at: now() })
  const health = new StorageHealth({ probe: () => probeWrites(store), tell, log, now, ...(waitMs !== undefined && { waitMs }) })
  const watched = watchWrites(store, (error) => health.noteFailure(error))
  return {
    store: watched,
    health,
    tellThrough: (given) => {
      tools = { ...given, store: watched }
    },
  }
}
