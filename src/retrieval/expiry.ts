// The worker's steps for packages: those whose time has come end, those long over are forgotten, and blobs that no row names are
// removed once nobody can still be writing their row. All of them may run in several processes at once.

import { HOUR } from '../clock.js'
import { dropBlobs, type EndedPackage } from './removal.js'
import { KEPT_AFTER_END, type RetrievalTools, recordEvent } from './tools.js'

type Tools = Pick<RetrievalTools, 'store' | 'log'>

/** Far longer than a message may take from its blob to its row (a minute), or a lease lasts. */
export const ORPHAN_GRACE = 6 * HOUR

/** Ends up to `limit` packages past their expiry and deletes their blobs, after their rows; forgets old ones. Returns how many ended. */
export async function expireDue(tools: Tools, now: number, limit = 100): Promise<number> {
  const { store, log } = tools
  const due = await store.read.packages.expiring(now, limit)
  let count = 0
  for (const row of due) {
    const ended = await store.write(async (tables) => {
      const end = await tables.packages.end(row.id, 'expired', now)
      if (!end) return null
      await recordEvent(tables, row, { at: now, kind: 'expired', actor: 'system' })
      await tables.openings.removeOf([row.id])
      return end
    })
    if (!ended) continue
    count++
    log.event('expired', { packageId: row.id })
    await dropBlobs(tools, [{ id: row.id, blobKey: ended.blobKey }])
  }
  await dropLeftovers(tools, limit)
  await store.write(({ packages }) => packages.forget(now - KEPT_AFTER_END))
  return count
}

/** Blobs of ended packages that a crash or a failing disk left behind. */
async function dropLeftovers(tools: Tools, limit: number): Promise<void> {
  const left: EndedPackage[] = await tools.store.read.packages.leftovers(limit)
  await dropBlobs(tools, left)
}

/** Deletes blobs older than the grace that no row names. Returns how many. */
export async function sweepOrphans({ store }: Tools, now: number, graceMs = ORPHAN_GRACE): Promise<number> {
  const old = new Set<string>()
  // Blobs first, rows after: a row that is written in between is seen.
  for await (const { key, modifiedAt } of store.blobs.list()) if (modifiedAt < now - graceMs) old.add(key)
  if (old.size === 0) return 0
  for await (const key of store.read.packages.blobKeys()) old.delete(key)
  for (const key of old) await store.blobs.delete(key)
  return old.size
}
