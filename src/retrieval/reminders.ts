// Mails about packages that nobody has opened: before they expire, and when they have. None of them holds a code, since we have none; they
// point to the mail that does.

import { dayInWords, momentInWords } from '../dates.js'
import { formatPackageNumber } from '../hip/number.js'
import type { PackageRow } from '../store/packages.js'
import type { Tables } from '../store/store.js'
import { inLanguage } from '../texts.js'
import { type RetrievalTools, recordEvent } from './tools.js'

type Tools = Pick<RetrievalTools, 'store' | 'queueMail' | 'publicUrl'>

/** Days before the expiry. The nearest comes first: whoever is told of it is not told of an earlier one as well. */
const DAYS_BEFORE = [1, 7] as const

/** Reminds of up to `limit` packages for each number of days. Returns how many reminders are on their way. */
export async function remindDue(tools: Tools, now: number, limit = 100): Promise<number> {
  const { store } = tools
  let count = 0
  for (const days of DAYS_BEFORE) {
    for (const row of await store.read.packages.toRemind(days, now, limit)) {
      if (await store.write((tables) => remind(tools, tables, row, { days, now }))) count++
    }
  }
  return count
}

async function remind(
  tools: Tools,
  tables: Tables,
  row: PackageRow,
  at: { readonly days: number; readonly now: number },
): Promise<boolean> {
  if (!(await tables.packages.noteReminded(row.id, at.days, at.now))) return false
  const consumer = await tables.consumers.byId(row.consumerId)
  const answer = await tables.answers.get(row.consumerId, row.answerVersion)
  // What nobody can open any more is nothing to be reminded of.
  if (!consumer || answer?.frozenAt != null) return false
  const { address, language, timeZone } = consumer
  await tools.queueMail(tables, {
    ...{ template: 'expiry-reminder', to: address, language },
    values: {
      packageReference: formatPackageNumber(row.number),
      noticeOn: dayInWords(row.sentAt ?? row.sealedAt, language, timeZone),
      expiresOn: dayInWords(row.expiresAt, language, timeZone),
      expiresAt: momentInWords(row.expiresAt, language, timeZone),
      longer: row.extendedAt === null ? 'yes' : '',
      openLink: inLanguage(`${tools.publicUrl()}/open/${row.number}`, language),
      helpLink: inLanguage(`${tools.publicUrl()}/help`, language),
    },
    // Kept longer, it is reminded of again.
    idempotencyKey: `expiry-reminder/${row.id}/${row.expiresAt}/${at.days}`,
  })
  await recordEvent(tables, row, { at: at.now, kind: 'reminded', actor: 'system', details: { days: at.days } })
  return true
}

/** Tells her, within the transaction that ends a package nobody has opened. */
export async function tellExpired(
  { queueMail, publicUrl }: Pick<Tools, 'queueMail' | 'publicUrl'>,
  tables: Tables,
  row: PackageRow,
): Promise<void> {
  const consumer = await tables.consumers.byId(row.consumerId)
  if (!consumer) return
  const { address, language, timeZone } = consumer
  await queueMail(tables, {
    ...{ template: 'package-expired', to: address, language, idempotencyKey: `package-expired/${row.id}` },
    values: {
      packageReference: formatPackageNumber(row.number),
      noticeOn: dayInWords(row.sentAt ?? row.sealedAt, language, timeZone),
      openLink: inLanguage(`${publicUrl()}/open/${row.number}`, language),
      helpLink: inLanguage(`${publicUrl()}/help`, language),
    },
  })
}
