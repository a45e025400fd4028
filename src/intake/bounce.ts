// What came back for a notice. A permanent failure reported of exactly that notice is the one case where nobody can have its code: then
// the package ends, and provider and admins are told. Everything else is put on record and ends nothing: a delay, a vacation notice,
// what cannot be read, and any report about a package that somebody has opened. The message may quote the code; it is read in memory
// and dropped.

import { randomUUID } from 'node:crypto'
import { MINUTE } from '../clock.js'
import { type ReturnedMail, readReturned } from '../mail/delivery-report.js'
import { parseMessage, UnparsableError } from '../mail/message.js'
import type { PackageRow } from '../store/packages.js'
import type { ReversePath } from '../store/reverse-paths.js'
import type { Tables } from '../store/store.js'
import { queueAlerts, queueCorrection } from './bounce-mails.js'
import { because, type Disposition } from './disposition.js'
import { type IntakeTools, LEASE_MS } from './receive.js'
import { type NoticeAddresses, openAddresses } from './reverse-path.js'

/** What a bounce says. `gave-up`: failed, though for a temporary reason. `elsewhere`: about an address the notice was passed on to. */
export type Says = 'failed' | 'gave-up' | 'elsewhere' | 'delayed' | 'delivered' | 'auto-reply' | 'unclear'

/** What came of it. `opened`, `over`: a permanent failure of a package that had been opened, or had ended. */
export type Effect = 'ended' | 'opened' | 'over' | Exclude<Says, 'failed'>

export interface Heard {
  readonly says: Says
  /** RFC 3463; null when the message names none, or several. */
  readonly status: string | null
}

export interface ReceivedBounce {
  readonly reversePath: ReversePath
  /** Of the passage of the bounce itself. */
  readonly intakeNumber: string
  /** Called within the transaction that acts on it, with the package it is about. */
  readonly record: (tables: Tables, disposition: Disposition, about: PackageRow) => Promise<void>
}

/** Effects an admin should look at. */
const WORTH_A_LOOK: ReadonlySet<Effect> = new Set(['ended', 'gave-up', 'elsewhere', 'unclear', 'opened'])

/** The disposition of one bounce. 250 only once what it changes is committed; a sealed file that cannot go now is left to the worker. */
export async function receiveBounce(tools: IntakeTools, bounce: ReceivedBounce, raw: Buffer[]): Promise<Disposition> {
  const { store, clock, log } = tools
  const { packageId } = bounce.reversePath
  const addresses = openAddresses(store.keyring, bounce.reversePath)
  const heard = judgeReturned(await tools.work.run(() => read(raw)), addresses.noticeTo)
  const now = clock.now()
  const acted = await store.write(async (tables) => {
    const row = await tables.packages.byId(packageId)
    if (!row) return null
    // A relay may be so quick that we have not yet written down that it took the notice. A minute for sealing, the lease for the rest.
    const isSettling = row.state === 'sealed' && now - row.sealedAt < MINUTE + (tools.leaseMs ?? LEASE_MS)
    if (heard.says === 'failed' && isSettling) return 'too-soon'
    return act(tools, tables, { bounce, heard, addresses, row, now })
  })
  if (acted === null) return because('unknown-intake-address', 'package-forgotten')
  if (acted === 'too-soon') return because('bounce-too-soon')
  const { effect, blobKey } = acted
  log.event('bounced', { intakeNumber: bounce.intakeNumber, packageId, reason: effect })
  if (WORTH_A_LOOK.has(effect)) log.event('alert', { reason: 'bounce', detail: effect, packageId })
  if (blobKey !== null) await store.discard(blobKey).catch((error) => log.failure('intake', error, { packageId }))
  return because('bounce', effect)
}

async function read(raw: Buffer[]): Promise<ReturnedMail> {
  try {
    return readReturned(await parseMessage(raw))
  } catch (error) {
    if (error instanceof UnparsableError) return { kind: 'unclear' }
    throw error
  }
}

/** What the message that came back says of the notice to that address. */
export function judgeReturned(returned: ReturnedMail, noticeTo: string): Heard {
  if (returned.kind !== 'report') return { says: returned.kind, status: null }
  const { recipients } = returned
  const statuses = new Set(recipients.map(({ status }) => status))
  const status = statuses.size === 1 ? (recipients[0]?.status ?? null) : null
  const every = (...actions: ReadonlyArray<string | null>) => recipients.every(({ action }) => actions.includes(action))
  if (every('delayed')) return { says: 'delayed', status }
  if (every('delivered', 'relayed', 'expanded')) return { says: 'delivered', status }
  if (!every('failed') || recipients.some((one) => one.finalRecipient === null || one.status === null)) return { says: 'unclear', status }
  // Of a notice that was passed on one copy may fail while another arrives.
  if (recipients.some(({ finalRecipient }) => finalRecipient !== noticeTo)) return { says: 'elsewhere', status }
  if (recipients.some((one) => one.status?.startsWith('2.'))) return { says: 'unclear', status }
  // With 4.x.x somebody gave up waiting, and nobody knows what became of the last try.
  return { says: recipients.every((one) => one.status?.startsWith('5.')) ? 'failed' : 'gave-up', status }
}

interface Acting {
  readonly bounce: ReceivedBounce
  readonly heard: Heard
  readonly addresses: NoticeAddresses
  readonly row: PackageRow
  readonly now: number
}

async function act(tools: IntakeTools, tables: Tables, acting: Acting): Promise<{ effect: Effect; blobKey: string | null }> {
  const { bounce, heard, addresses, row, now } = acting
  const ended = heard.says === 'failed' ? await tables.packages.endUnopened(row.id, 'undeliverable', now) : null
  const effect = effectOf(heard, row, ended !== null)
  await tables.events.append({
    id: randomUUID(),
    at: now,
    kind: ended ? 'undeliverable' : 'bounced',
    actor: 'intake',
    packageId: row.id,
    consumerId: row.consumerId,
    providerId: row.providerId,
    intakeNumber: row.intakeNumber,
    details: { says: heard.says, effect, bounce: bounce.intakeNumber, ...(heard.status !== null && { status: heard.status }) },
  })
  // Without a receipt there is nothing to take back.
  const isTold = ended !== null && row.sentAt !== null && addresses.receiptTo !== null
  if (ended) {
    await tables.openings.removeOf([row.id])
    await tables.claims.reopen(row.id)
    await reopenRequest(tools, tables, row, now)
    if (isTold) await queueCorrection(tools, tables, row, { to: addresses.receiptTo, language: addresses.language })
  }
  if (WORTH_A_LOOK.has(effect)) await queueAlerts(tools, tables, row, { effect, isTold, at: now })
  await bounce.record(tables, because('bounce', effect), row)
  return { effect, blobKey: ended?.blobKey ?? null }
}

/** She has nothing of what answered her request, unless the same documents reach her, or have reached her, another time. */
async function reopenRequest({ requests }: IntakeTools, tables: Tables, { groupId }: PackageRow, now: number): Promise<void> {
  const group = await tables.packages.inGroup(groupId)
  const numbers = group.map(({ number }) => number)
  if (!group.some(({ state, firstOpenedAt }) => state === 'sent' || firstOpenedAt !== null)) await requests.reopen(tables, numbers, now)
}

function effectOf({ says }: Heard, row: PackageRow, isEnded: boolean): Effect {
  if (says !== 'failed') return says
  if (isEnded) return 'ended'
  return row.state === 'sealed' || row.state === 'sent' ? 'opened' : 'over'
}
