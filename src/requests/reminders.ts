// Mails to her about requests that nobody has answered: before the 30 days are over, and when they are. They say nothing of what she asked
// for, and name the provider only where she wants that.

import { dayInWords } from '../dates.js'
import { formatRequestNumber } from '../request-number.js'
import type { RequestRow } from '../store/requests.js'
import type { Tables } from '../store/store.js'
import { zoneOf } from './days.js'
import { lettersOf } from './listing.js'
import { requestLink } from './sending.js'
import { openKept, type RequestTools } from './tools.js'

/** Days after it was sent, and the mail of that day. The later comes first: whoever gets it does not get the earlier one as well. */
const REMINDERS = [
  { days: 31, template: 'request-overdue', isOver: true },
  { days: 25, template: 'request-due', isOver: false },
] as const

/** Reminds of up to `limit` requests for each of the two days, once each. Returns how many mails are on their way. */
export async function remindDue(tools: RequestTools, now: number, limit = 100): Promise<number> {
  const { store } = tools
  let count = 0
  for (const reminder of REMINDERS) {
    for (const row of await store.read.requests.toRemind(reminder.days, now, limit)) {
      if (await store.write((tables) => remind(tools, tables, row, { ...reminder, now }))) count++
    }
  }
  return count
}

interface Reminding {
  readonly days: number
  readonly template: string
  readonly isOver: boolean
  readonly now: number
}

async function remind(
  tools: RequestTools,
  tables: Tables,
  { id }: RequestRow,
  { days, template, isOver, now }: Reminding,
): Promise<boolean> {
  const row = await tables.requests.byId(id)
  const consumer = row && (await tables.consumers.byId(row.consumerId))
  if (!consumer || row.sentAt === null || row.dueAt === null) return false
  // In autumn a day has 25 hours: what is over must be so by her calendar, as on her page.
  if (isOver && !lettersOf(row, { now, zone: consumer.timeZone }).includes('reminder')) return false
  if (!(await tables.requests.noteReminded(id, days, now))) return false
  const { address, language, showProvider } = consumer
  const timeZone = zoneOf(consumer.timeZone)
  await tools.queueMail(tables, {
    ...{ template, catalogue: 'request-mails', to: address, language },
    values: {
      requestNumber: formatRequestNumber(row.number),
      sentOn: dayInWords(row.sentAt, language, timeZone),
      dueOn: dayInWords(row.dueAt, language, timeZone),
      provider: showProvider ? openKept(tools.store.keyring, row).content.provider.name : '',
      authorization: row.kind === 'authorization' ? 'yes' : '',
      link: requestLink(tools, row.number, language),
    },
    idempotencyKey: `${template}/${id}`,
  })
  return true
}
