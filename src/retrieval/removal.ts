// Taking packages away: the row first, in one transaction with what it says about it, then the blob. A crash in between leaves a blob
// that no code opens and that the worker removes.

import type { EndedPackage, PackageRemoval } from '../package-removal.js'
import type { EndState } from '../store/packages.js'
import type { Tables } from '../store/store.js'
import { type Recorded, type RetrievalTools, recordEvent } from './tools.js'

/** Ends every live package of the group, puts each on record, and closes what is open of it. The caller then calls dropBlobs. */
export async function endGroup(
  tables: Tables,
  groupId: string,
  about: { state: EndState } & Omit<Recorded, 'kind'>,
): Promise<EndedPackage[]> {
  const ended = await tables.packages.endGroup(groupId, about.state, about.at)
  for (const { id } of ended) {
    const row = await tables.packages.byId(id)
    if (row) await recordEvent(tables, row, { ...about, kind: about.state })
  }
  await tables.openings.removeOf(ended.map(({ id }) => id))
  return ended
}

/**
 * Deletes the blobs of ended packages. While a backup is being made they stay, and one that cannot be deleted is logged: the worker comes
 * back for both. Returns how many went.
 */
export async function dropBlobs({ store, log }: Pick<RetrievalTools, 'store' | 'log'>, ended: readonly EndedPackage[]): Promise<number> {
  let dropped = 0
  for (const { id, blobKey } of ended) {
    if (blobKey === null) continue
    try {
      if (!(await store.discard(blobKey))) continue
      await store.write(({ packages }) => packages.dropBlob(id))
      dropped++
    } catch (error) {
      log.failure('retrieval', error, { packageId: id })
    }
  }
  return dropped
}

/** For closing a postbox: all that waits in it is deleted by her. */
export function packageRemoval(tools: Pick<RetrievalTools, 'store' | 'log'>): PackageRemoval<Tables> {
  return {
    endAll: async (tables, consumerId, at) => {
      const about = { state: 'deleted', at, actor: 'consumer', details: { by: 'closing' } } as const
      const ended: EndedPackage[] = []
      for (const groupId of await tables.packages.groupsOf(consumerId)) ended.push(...(await endGroup(tables, groupId, about)))
      return ended
    },
    drop: async (ended) => {
      for (const { id } of ended) tools.log.event('deleted', { packageId: id })
      await dropBlobs(tools, ended)
    },
  }
}
