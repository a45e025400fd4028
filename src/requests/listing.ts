// Her requests as she sees them.

import type { RequestRow, RequestState } from '../store/requests.js'
import type { Tables } from '../store/store.js'
import { daysAfter, daysBetween, dayThere } from './days.js'
import type { FormContent, LetterKind, RequestEntry, RequestStep, RequestView, SentRequest, SentWay } from './desk.js'
import { hersByNumber, openKept, type RequestTools } from './tools.js'

/** What is still to be done comes first. */
const PLACES: Readonly<Record<RequestState, number>> = { draft: 0, sent: 1, answered: 2, revoked: 2, withdrawn: 2 }

/** See RequestsDesk.list. */
export async function list(tools: RequestTools, consumerId: string): Promise<readonly RequestEntry[]> {
  const { requests, consumers } = tools.store.read
  const rows = await requests.of(consumerId)
  const here = { now: tools.clock.now(), zone: (await consumers.byId(consumerId))?.timeZone ?? null }
  // Sorting keeps the order of those alike: the one begun last comes first.
  return rows
    .sort((one, other) => PLACES[one.state] - PLACES[other.state])
    .map((row) => entryOf(row, openKept(tools.store.keyring, row).content, here))
}

/** See RequestsDesk.view. */
export async function view(tools: RequestTools, consumerId: string, number: string): Promise<RequestView | null> {
  const { read, keyring } = tools.store
  const row = await hersByNumber(read, consumerId, number)
  if (!row) return null
  const { content, received } = openKept(keyring, row)
  const here = { now: tools.clock.now(), zone: (await read.consumers.byId(consumerId))?.timeZone ?? null }
  return {
    ...entryOf(row, content, here),
    ...{ content, received, missing: missingSteps(content), letters: lettersOf(row, here) },
    canBeMailed: await canBeMailed(tools, read, row),
  }
}

/** Whether the provider it is for can be written to now. */
export async function canBeMailed(
  { providerMailbox }: Pick<RequestTools, 'providerMailbox'>,
  tables: Tables,
  { providerId }: Pick<RequestRow, 'providerId'>,
): Promise<boolean> {
  return providerId !== null && (await providerMailbox(tables, providerId)) !== null
}

/** What every form has to say. The other steps have an answer by themselves: as the provider likes, a year, by hand on paper. */
export function missingSteps({ person, provider, records, isPsychotherapyNotes }: FormContent): readonly RequestStep[] {
  const missing: RequestStep[] = []
  if (person.name === '' || person.bornOn === null) missing.push('person')
  if (provider.name === '') missing.push('provider')
  if (records.length === 0 && !isPsychotherapyNotes) missing.push('records')
  return missing
}

/** When and where she looks. */
interface Here {
  readonly now: number
  readonly zone: string | null
}

function entryOf(row: RequestRow, content: FormContent, here: Here): RequestEntry {
  const { number, kind, state, createdAt, keptUntil, answeredAt, answeredBy } = row
  return {
    ...{ number, kind, state, createdAt, keptUntil, providerName: content.provider.name },
    sent: sentOf(row, here),
    answered: answeredAt === null ? null : { at: answeredAt, packageNumber: answeredBy },
  }
}

function sentOf({ sentWay, sentAt, dueAt }: RequestRow, { now, zone }: Here): SentRequest | null {
  if (sentWay === null || sentAt === null || dueAt === null) return null
  const dueOn = dayThere(dueAt, zone)
  const daysLeft = daysBetween(dayThere(now, zone), dueOn)
  return { way: sentWay as SentWay, on: dayThere(sentAt, zone), dueOn, daysLeft, letterFrom: daysAfter(dueOn, 1) }
}

/** See RequestsDesk.letter. Nothing but an authorization can be taken back. */
export function lettersOf(row: RequestRow, here: Here): readonly LetterKind[] {
  const letters: LetterKind[] = []
  const sent = sentOf(row, here)
  if (row.state === 'sent' && sent && sent.daysLeft < 0) letters.push('reminder')
  if (row.state !== 'draft' && row.kind === 'authorization') letters.push('revocation')
  return letters
}
