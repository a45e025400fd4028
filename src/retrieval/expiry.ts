// The worker's steps for packages: those whose time has come end, those long over are forgotten, and blobs that no row names are
// removed once nobody can still be writing their row. All of them may run in several processes at once.

import { HOUR, MINUTE } from '../clock.js'
import { tellExpired } from './reminders.js'
import { dropBlobs } from './removal.js'
import { KEPT_AFTER_END, type RetrievalTools, recordEvent } from './tools.js'

type Tools = Pick<RetrievalTools, 'store' | 'log'>
type Telling = Tools & Pick<RetrievalTools, 'queueMail' | 'publicUrl'>

/** Far longer than a message may take from its blob to its row (a minute), or a lease lasts. */
export const ORPHAN_GRACE = 6 * HOUR

/**
 * Ends up to `limit` packages past their expiry, says so to whoever has not opened hers, and deletes their blobs, after their rows;
 * forgets old ones. Returns how many ended.
 */
export async function expireDue(tools: Telling, now: number, limit = 100): Promise<number> {
  const { store, log } = tools
  const due = await store.read.packages.expiring(now, limit)
  let count = 0
  for (const row of due) {
    const ended = await store.write(async (tables) => {
      const wasAwaited = await tables.packages.isAwaited(row.id)
      const end = await tables.packages.expire(row.id, now)
      if (!end) return null
      if (wasAwaited) await tellExpired(tools, tables, row)
      await recordEvent(tables, row, { at: now, kind: 'expired', actor: 'system' })
      await tables.openings.removeOf([row.id])
      return end
    })
    if (!ended) continue
    count++
    log.event('expired', { packageId: row.id })
    await dropBlobs(tools, [{ id: row.id, blobKey: ended.blobKey }])
  }
  await store.write(({ packages }) => packages.forget(now - KEPT_AFTER_END))
  return count
}

/** Blobs of ended packages that a crash, a failing disk or a backup left behind: up to `limit` of them go. Returns how many went. */
export async function dropLeftovers(tools: Tools, limit = 100): Promise<number> {
  return dropBlobs(tools, await tools.store.read.packages.leftovers(limit))
}

/** How many blobs one round looks at: more than an hour brings, and few seconds of work. */
const LOOKED_AT = 20_000
const ASKED_AT_ONCE = 500

/**
 * A round that deletes blobs no row names, once they are older than the grace and than any claim under way: nobody can be about to write
 * their row. Each call looks at up to `most` blobs and goes on where the last one stopped. Resolves with how many went; while a backup
 * is being made none does.
 */
export function orphanRound({ store }: Tools, { graceMs = ORPHAN_GRACE, most = LOOKED_AT } = {}): (now: number) => Promise<number> {
  let walk: AsyncIterator<{ key: string; modifiedAt: number }> | null = null
  return async (now) => {
    // A file's time comes from a coarser clock than the database's, and may be another machine's.
    const oldestClaim = ((await store.read.claims.oldestLive()) ?? Number.POSITIVE_INFINITY) - MINUTE
    const before = Math.min(now - graceMs, oldestClaim)
    const blobs = walk ?? store.blobs.list()[Symbol.asyncIterator]()
    walk = null // Kept only when the round ends well.
    let removed = 0
    const old: string[] = []
    for (let looked = 1; ; looked++) {
      const next = await blobs.next()
      if (!next.done && next.value.modifiedAt < before) old.push(next.value.key)
      const isOver = next.done || looked >= most
      if (isOver || old.length >= ASKED_AT_ONCE) removed += await discardOrphans(store, old.splice(0))
      if (isOver && !next.done) walk = blobs
      if (isOver) return removed
    }
  }
}

/** Blobs first, rows after: a row that was written in between is seen. */
async function discardOrphans(store: Tools['store'], keys: readonly string[]): Promise<number> {
  const [packages, held] = [await store.read.packages.named(keys), await store.read.held.named(keys)]
  let removed = 0
  for (const key of keys) if (!packages.has(key) && !held.has(key) && (await store.discard(key))) removed++
  return removed
}
