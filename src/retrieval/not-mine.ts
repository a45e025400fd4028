// Records that turned out to be another person's. Who has opened them says so: then nobody opens them any more, and whoever has to act is
// told. The sealed file goes, as at every end; when it came, was opened and was reported stays on record for years.

import { momentInWords } from '../dates.js'
import { formatPackageNumber } from '../hip/number.js'
import type { EndedPackage } from '../package-removal.js'
import type { PackageRow } from '../store/packages.js'
import type { Tables } from '../store/store.js'
import type { Pass } from './desk.js'
import { activeOpening } from './opening.js'
import { dropBlobs, endGroup } from './removal.js'
import type { RetrievalTools } from './tools.js'

/** See RetrievalDesk.notMine. */
export async function notMine(tools: RetrievalTools, pass: Pass): Promise<boolean> {
  const active = await activeOpening(tools, pass)
  if (!active) return false
  const { row } = active
  const now = tools.clock.now()
  const ended = await tools.store.write(async (tables) => {
    const closed = await endGroup(tables, row.groupId, { state: 'not-mine', at: now, actor: 'consumer' })
    if (closed.length === 0) return closed
    await reopenRequest(tools, tables, row, now)
    await tellOfReport(tools, tables, { row, now, intakeNumbers: await numbersOf(tables, row, closed) })
    return closed
  })
  for (const { id } of ended) tools.log.event('reported', { packageId: id })
  if (ended.length > 0) tools.log.event('alert', { reason: 'not-mine', packageId: row.id, intakeNumber: row.intakeNumber })
  await dropBlobs(tools, ended)
  return ended.length > 0
}

/** What she asked for has not come. */
async function reopenRequest({ requests }: RetrievalTools, tables: Tables, { groupId }: PackageRow, now: number): Promise<void> {
  const group = await tables.packages.inGroup(groupId)
  await requests.reopen(
    tables,
    group.map(({ number }) => number),
    now,
  )
}

/** Of everything that was closed, the reported one's first. */
async function numbersOf(tables: Tables, row: PackageRow, closed: readonly EndedPackage[]): Promise<string> {
  const twins = (await tables.packages.inGroup(row.groupId)).filter(({ id }) => closed.some((each) => each.id === id))
  return [...new Set([row.intakeNumber, ...twins.map(({ intakeNumber }) => intakeNumber)])].join(', ')
}

interface Report {
  readonly row: PackageRow
  readonly now: number
  readonly intakeNumbers: string
}

async function tellOfReport(tools: RetrievalTools, tables: Tables, report: Report): Promise<void> {
  const isTold = await tellProvider(tools, tables, report)
  await tellAdmins(tools, tables, report, isTold)
  await confirm(tools, tables, report)
}

/** Names nobody: the provider finds by the intake number to whom it meant to send. False: there is nowhere to write to. */
async function tellProvider({ providerMailbox, queueMail }: RetrievalTools, tables: Tables, report: Report): Promise<boolean> {
  const { row, now, intakeNumbers } = report
  const mailbox = await providerMailbox(tables, row)
  if (!mailbox) return false
  const { language } = mailbox
  await queueMail(tables, {
    ...{ template: 'reported', ...mailbox, idempotencyKey: `reported/${row.id}` },
    values: {
      ...{ intakeNumber: row.intakeNumber, intakeNumbers },
      receivedAt: momentInWords(row.receivedAt, language),
      time: momentInWords(now, language),
    },
  })
  return true
}

async function tellAdmins(tools: RetrievalTools, tables: Tables, report: Report, isTold: boolean): Promise<void> {
  const { row, now, intakeNumbers } = report
  const key = isTold ? 'mail.admin-alert.not-mine' : 'mail.admin-alert.not-mine-untold'
  for (const { id, address, language } of await tables.admins.list()) {
    await tools.queueMail(tables, {
      ...{ template: 'admin-alert', to: address, language, idempotencyKey: `admin-alert/not-mine/${row.id}/${id}` },
      values: {
        time: momentInWords(now, language),
        about: tools.texts.in(language)(key, { intakeNumbers }),
        link: `${tools.publicUrl()}/admin`,
      },
    })
  }
}

async function confirm({ queueMail }: RetrievalTools, tables: Tables, { row, now }: Report): Promise<void> {
  const consumer = await tables.consumers.byId(row.consumerId)
  if (!consumer) return
  const { address, language, timeZone } = consumer
  await queueMail(tables, {
    ...{ template: 'not-mine', to: address, language, idempotencyKey: `not-mine/${row.id}` },
    values: { time: momentInWords(now, language, timeZone), packageReference: formatPackageNumber(row.number) },
  })
}
