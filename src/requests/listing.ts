// Her requests as she sees them.

import { DAY } from '../clock.js'
import type { RequestRow, RequestState } from '../store/requests.js'
import type { Tables } from '../store/store.js'
import type { FormContent, RequestEntry, RequestStep, RequestView, SentWay } from './desk.js'
import { hersByNumber, openKept, type RequestTools } from './tools.js'

/** What is still to be done comes first. */
const PLACES: Readonly<Record<RequestState, number>> = { draft: 0, sent: 1, answered: 2, revoked: 2, withdrawn: 2 }

/** See RequestsDesk.list. */
export async function list(tools: RequestTools, consumerId: string): Promise<readonly RequestEntry[]> {
  const rows = await tools.store.read.requests.of(consumerId)
  const now = tools.clock.now()
  // Sorting keeps the order of those alike: the one begun last comes first.
  return rows
    .sort((one, other) => PLACES[one.state] - PLACES[other.state])
    .map((row) => entryOf(row, openKept(tools.store.keyring, row).content, now))
}

/** See RequestsDesk.view. */
export async function view(tools: RequestTools, consumerId: string, number: string): Promise<RequestView | null> {
  const { read, keyring } = tools.store
  const row = await hersByNumber(read, consumerId, number)
  if (!row) return null
  const { content, received } = openKept(keyring, row)
  return {
    ...entryOf(row, content, tools.clock.now()),
    ...{ content, received, missing: missingSteps(content) },
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

function entryOf(row: RequestRow, content: FormContent, now: number): RequestEntry {
  const { number, kind, state, createdAt, keptUntil, answeredAt, answeredBy } = row
  return {
    ...{ number, kind, state, createdAt, keptUntil, providerName: content.provider.name },
    sent: sentOf(row, now),
    answered: answeredAt === null ? null : { at: answeredAt, packageNumber: answeredBy },
  }
}

function sentOf({ sentWay, sentAt, dueAt }: RequestRow, now: number): RequestEntry['sent'] {
  if (sentWay === null || sentAt === null || dueAt === null) return null
  return { way: sentWay as SentWay, at: sentAt, dueAt, daysLeft: Math.max(0, Math.ceil((dueAt - now) / DAY)) }
}
