// Postboxes that nobody uses: an address that was given up may be somebody else's today, and a code mailed there is lost. After a year its
// owner is asked, once more after two weeks, and from 30 days after the first mail on intake takes nothing new until she signs in.

import { DAY } from '../clock.js'
import { dayInWords } from '../dates.js'
import { REFUSED_AFTER, UNUSED_AFTER } from '../postbox-life.js'
import type { Asked } from '../store/lives.js'
import type { Tables } from '../store/store.js'
import { inLanguage } from '../texts.js'
import { type AccountTools, recordEvent } from './tools.js'

export const REMINDED_AFTER = 14 * DAY

type Tools = Pick<AccountTools, 'store' | 'clock' | 'queueMail' | 'links'>

/** A step of the worker: mails those who are due. Returns how many. */
export async function askUnused(tools: Tools, limit = 100): Promise<number> {
  const { store, clock } = tools
  const now = clock.now()
  const since = now - UNUSED_AFTER
  let count = 0
  for (const who of await store.read.lives.unused(since, limit)) {
    const isOurs = await store.write(async (tables) => {
      if (!(await tables.lives.askUnused(who.id, since, now))) return false
      await tell(tools, tables, who, now, 'unused-asked')
      return true
    })
    if (isOurs) count++
  }
  for (const who of await store.read.lives.toRemind(now - REMINDED_AFTER, limit)) {
    const isOurs = await store.write(async (tables) => {
      if (!(await tables.lives.remindUnused(who.id, who.askedAt, now))) return false
      await tell(tools, tables, who, who.askedAt, 'unused-reminded')
      return true
    })
    if (isOurs) count++
  }
  return count
}

async function tell(
  { clock, queueMail, links }: Tools,
  tables: Tables,
  { id, address, language }: Asked,
  askedAt: number,
  kind: 'unused-asked' | 'unused-reminded',
): Promise<void> {
  await recordEvent(tables, { at: clock.now(), kind, actor: 'system', consumerId: id })
  await queueMail(tables, {
    ...{ template: 'unused', to: address, language, idempotencyKey: `${kind}/${id}/${askedAt}` },
    values: { refusedFrom: dayInWords(askedAt + REFUSED_AFTER, language), signInLink: inLanguage(links.signInPage(), language) },
  })
}
