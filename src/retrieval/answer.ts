// The second step: the question of the version the package was sealed under, and its answer. A right answer never costs a try, even
// when the sealed file turns out to be broken.

import { momentInWords } from '../dates.js'
import { derivePassphrase } from '../hip/keys.js'
import { formatPackageNumber } from '../hip/number.js'
import { openPackage, PackageDamagedError } from '../hip/open.js'
import { BusyError } from '../semaphore.js'
import { BlobError, BlobMissingError } from '../store/blobs.js'
import type { PackageRow } from '../store/packages.js'
import type { AnswerOutcome, Ended, Pass, QuestionOutcome, Ticket } from './desk.js'
import { addOpening } from './opening.js'
import { tellPickedUp } from './picked-up.js'
import { endedKind, type RetrievalTools, recordEvent, told } from './tools.js'

/** See RetrievalDesk.question. */
export async function question(tools: RetrievalTools, ticket: Ticket): Promise<QuestionOutcome> {
  const row = await packageOf(tools, ticket)
  if ('kind' in row) return row
  const outcome = await tools.answerCheck.question(row.consumerId, row.answerVersion)
  return outcome.kind === 'question' ? outcome : told(tools, row, outcome.kind)
}

/** See RetrievalDesk.enterAnswer. */
export async function enterAnswer(tools: RetrievalTools, ticket: Ticket, answer: string, peer: string): Promise<AnswerOutcome> {
  const row = await packageOf(tools, ticket)
  if ('kind' in row) return row
  const result = await tools.answerCheck.check(row.consumerId, row.answerVersion, answer)
  if (result.kind !== 'right') {
    if (result.kind !== 'busy')
      tools.log.event('answer-refused', { packageId: row.id, consumerId: row.consumerId, reason: result.kind, peer })
    return result.kind === 'locked' || result.kind === 'frozen' ? told(tools, row, result.kind) : result
  }
  const passphrase = derivePassphrase(Buffer.from(ticket.codeSecret, 'base64'), result.answerKey)
  result.answerKey.fill(0)
  const problem = await tryOpening(tools, row, passphrase)
  if (problem) return problem
  const pass = await commitOpening(tools, row.id, passphrase)
  // Recalled, deleted or expired in this very moment.
  if (!pass) return stateNow(tools, row.id)
  tools.log.event('opened', { packageId: row.id, consumerId: row.consumerId, peer })
  return { kind: 'opened', pass }
}

async function packageOf(tools: RetrievalTools, ticket: Ticket): Promise<PackageRow | Ended> {
  const { store, clock } = tools
  const now = clock.now()
  if (ticket.until <= now) return { kind: 'over' }
  const row = await store.read.packages.byId(ticket.packageId)
  if (!row) return { kind: 'over' }
  const ended = endedKind(row, now)
  return ended ? told(tools, row, ended) : row
}

async function stateNow(tools: RetrievalTools, id: string): Promise<Ended> {
  const row = await tools.store.read.packages.byId(id)
  const kind = row && endedKind(row, tools.clock.now())
  return row && kind ? told(tools, row, kind) : { kind: 'over' }
}

/** Null: the file opens. */
async function tryOpening(
  tools: RetrievalTools,
  row: PackageRow,
  passphrase: string,
): Promise<{ kind: 'busy' | 'damaged' } | Ended | null> {
  try {
    if (await tools.semaphore.run(() => opens(tools, row, passphrase))) return null
    // Code and answer were right, so another passphrase means that this is not the file we sealed.
    throw new PackageDamagedError('header')
  } catch (error) {
    if (error instanceof BusyError) return { kind: 'busy' }
    if (!isDamage(error)) throw error
    const now = await stateNow(tools, row.id)
    if (now.kind !== 'over') return now
    tools.log.failure('retrieval', error, { packageId: row.id, reason: 'damaged' })
    await tools.store.write((tables) => recordEvent(tables, row, { at: tools.clock.now(), kind: 'damaged', actor: 'system' }))
    return { kind: 'damaged' }
  }
}

async function opens({ store }: RetrievalTools, row: PackageRow, passphrase: string): Promise<boolean> {
  if (row.blobKey === null) throw new BlobMissingError()
  const blob = await store.blobs.open(row.blobKey)
  try {
    return (await openPackage(blob, passphrase)) !== null
  } finally {
    await blob.close()
  }
}

/** A file that will not get better. Anything else may be a disk that comes back, and is thrown. */
function isDamage(error: unknown): boolean {
  return error instanceof PackageDamagedError || error instanceof BlobMissingError || (error instanceof BlobError && error.code === 'SHORT')
}

/** Null: the package is over. */
function commitOpening(tools: RetrievalTools, id: string, passphrase: string): Promise<Pass | null> {
  const { store, clock, queueMail } = tools
  return store.write(async (tables) => {
    const now = clock.now()
    // Read again, inside: it says when it was opened before, and whether it still may be.
    const row = await tables.packages.byId(id)
    if (!row || endedKind(row, now)) return null
    const pass = await addOpening(tables, row, passphrase, now)
    const { first } = await tables.packages.noteOpened(id, now)
    await recordEvent(tables, row, { at: now, kind: 'opened', actor: 'consumer' })
    const consumer = first ? await tables.consumers.byId(row.consumerId) : null
    if (consumer) {
      const { address, language, timeZone } = consumer
      await queueMail(tables, {
        ...{ template: 'opened', to: address, language, idempotencyKey: `opened/${id}` },
        values: { time: momentInWords(now, language, timeZone), packageReference: formatPackageNumber(row.number) },
      })
    }
    if (first) await tellPickedUp(tools, tables, row, now)
    return pass
  })
}
