// Keeping a package longer: once, by as much as packages are kept here. Its twins keep their own time.

import { DAY } from '../clock.js'
import type { PackageRow } from '../store/packages.js'
import type { Pass } from './desk.js'
import { activeOpening } from './opening.js'
import { endedKind, type RetrievalTools, recordEvent } from './tools.js'

/** Until when it could be kept; null: it was kept longer before. */
export function extensionOf({ packageDays }: Pick<RetrievalTools, 'packageDays'>, row: PackageRow): number | null {
  return row.extendedAt === null ? row.expiresAt + packageDays * DAY : null
}

/** See RetrievalDesk.extend. */
export async function extend(tools: RetrievalTools, pass: Pass): Promise<number | null> {
  const active = await activeOpening(tools, pass)
  return active && keepLonger(tools, active.row)
}

/** See RetrievalDesk.extendOwn. */
export async function extendOwn(tools: RetrievalTools, consumerId: string, number: string): Promise<number | null> {
  const row = await tools.store.read.packages.byNumber(number)
  if (!row || row.consumerId !== consumerId || endedKind(row, tools.clock.now())) return null
  return keepLonger(tools, row)
}

/** One statement decides: what expires, is deleted or is kept longer in the same moment stays as it is. */
async function keepLonger({ store, clock, packageDays, log }: RetrievalTools, row: PackageRow): Promise<number | null> {
  const now = clock.now()
  const expiresAt = await store.write(async (tables) => {
    const until = await tables.packages.extend(row.id, now, packageDays * DAY)
    if (until !== null) await recordEvent(tables, row, { at: now, kind: 'extended', actor: 'consumer', details: { days: packageDays } })
    return until
  })
  if (expiresAt !== null) log.event('extended', { packageId: row.id })
  return expiresAt
}
