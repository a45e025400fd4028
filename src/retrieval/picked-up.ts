// What a provider may be told of an opening, if it wants to know: that it was the first, and when. Not by whom, from where, or how often.

import { momentInWords } from '../dates.js'
import type { PackageRow } from '../store/packages.js'
import type { Tables } from '../store/store.js'
import type { RetrievalTools } from './tools.js'

/** Within the transaction of a package's first opening. Once for a package and its twins. */
export async function tellPickedUp(
  { queueMail, providerMailbox }: Pick<RetrievalTools, 'queueMail' | 'providerMailbox'>,
  tables: Tables,
  row: PackageRow,
  now: number,
): Promise<void> {
  const provider = await tables.providers.byId(row.providerId)
  if (!provider?.pickedUp) return
  const twins = (await tables.packages.inGroup(row.groupId)).filter(({ id }) => id !== row.id)
  if (twins.some(({ firstOpenedAt }) => firstOpenedAt !== null)) return
  const mailbox = await providerMailbox(tables, row)
  if (!mailbox) return
  const { language } = mailbox
  await queueMail(tables, {
    ...{ template: 'picked-up', ...mailbox, idempotencyKey: `picked-up/${row.groupId}` },
    values: {
      intakeNumber: row.intakeNumber,
      receivedAt: momentInWords(row.receivedAt, language),
      time: momentInWords(now, language),
    },
  })
}
