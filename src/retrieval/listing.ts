// Her packages in a list: that they are there and until when, and nothing of what is in them.

import type { PackageRow } from '../store/packages.js'
import type { PackageEntry, PackageList } from './desk.js'
import { extensionOf } from './extension.js'
import { isForgotten, type RetrievalTools } from './tools.js'

/** More than a person gets in years. */
const MOST = 100

/** See RetrievalDesk.packages. */
export async function listPackages(tools: RetrievalTools, consumerId: string): Promise<PackageList> {
  const { read } = tools.store
  const now = tools.clock.now()
  const found = await read.packages.ofConsumer(consumerId, MOST + 1)
  const rows = found.slice(0, MOST).filter((row) => !isForgotten(row, now) && !isUnheardOf(row))
  const consumer = await read.consumers.byId(consumerId)
  const providers = consumer?.showProvider ? await read.providers.list() : []
  const frozenAt = await frozenAnswers(tools, rows)
  const entries = rows.map((row) => {
    const providerName = providers.find(({ id }) => id === row.providerId)?.name ?? null
    return entryOf(tools, row, { now, providerName, frozenAt: frozenAt.get(row.answerVersion) ?? null })
  })
  const newestFirst = entries.sort(
    (one, other) => Number(one.ended !== null) - Number(other.ended !== null) || other.receivedAt - one.receivedAt,
  )
  return { entries: newestFirst, isMore: found.length > MOST }
}

/** Its notice never left us, so she has no code and heard nothing of it; the provider was told. */
function isUnheardOf({ state, sentAt }: PackageRow): boolean {
  return state === 'undeliverable' && sentAt === null
}

/** When which version of her answer was frozen. */
async function frozenAnswers({ store }: RetrievalTools, rows: readonly PackageRow[]): Promise<Map<number, number>> {
  const frozen = new Map<number, number>()
  const versions = new Map(rows.map(({ answerVersion, consumerId }) => [answerVersion, consumerId]))
  for (const [version, consumerId] of versions) {
    const answer = await store.read.answers.get(consumerId, version)
    if (answer?.frozenAt != null) frozen.set(version, answer.frozenAt)
  }
  return frozen
}

interface Known {
  readonly now: number
  readonly providerName: string | null
  readonly frozenAt: number | null
}

function entryOf(tools: RetrievalTools, row: PackageRow, known: Known): PackageEntry {
  const { number, documents, receivedAt, expiresAt, lastOpenedAt } = row
  const ended = endOf(row, known)
  const extendsTo = ended ? null : extensionOf(tools, row)
  return { number, providerName: known.providerName, documents, receivedAt, expiresAt, extendsTo, lastOpenedAt, ended }
}

function endOf(row: PackageRow, { now, frozenAt }: Known): PackageEntry['ended'] {
  if (row.state !== 'sealed' && row.state !== 'sent') return { kind: row.state, at: row.endedAt ?? row.expiresAt }
  if (row.expiresAt <= now) return { kind: 'expired', at: row.expiresAt }
  return frozenAt === null ? null : { kind: 'frozen', at: frozenAt }
}
