// Telling the admins by mail that something needs a person. The log has it as well, for whoever watches that.

import { momentInWords } from '../dates.js'
import type { QueuedMail } from '../queued-mail.js'
import type { Store } from '../store/store.js'
import type { Texts } from '../texts.js'
import type { Post } from './post.js'

export interface Alert {
  /** The text that says it. */
  readonly about: 'mail.admin-alert.storage'
  /** Milliseconds. */
  readonly at: number
}

export interface AlertTools {
  readonly store: Store
  readonly post: Post
  readonly texts: Texts
  readonly publicUrl: () => string
  /** Told when there is no admin; '' for nobody. */
  readonly operatorEmail: string
}

/**
 * One mail to each admin, at most once a day for each matter. Queued if that can be written, else handed to the relay at once. Resolves
 * with whether everybody who is to hear of it will. Throws when it can't be read who the admins are.
 */
export async function alertAdmins(tools: AlertTools, alert: Alert): Promise<boolean> {
  const admins = await tools.store.read.admins.list()
  const operator = { address: tools.operatorEmail, language: 'en' }
  const told = admins.length > 0 ? admins : [operator].filter(({ address }) => address !== '')
  const mails = told.map((each) => mailOf(tools, alert, each))
  try {
    await tools.store.write(async (tables) => {
      for (const mail of mails) await tools.post.queueMail(tables, mail)
    })
    return true
  } catch {
    const sent = await Promise.all(mails.map((mail) => tools.post.mailNow(mail)))
    return sent.every(Boolean)
  }
}

function mailOf(tools: AlertTools, { about, at }: Alert, { address, language }: { address: string; language: string }): QueuedMail {
  const t = tools.texts.in(language)
  return {
    template: 'admin-alert',
    to: address,
    language,
    values: { time: momentInWords(at, language), about: t(about), link: `${tools.publicUrl()}/admin` },
    idempotencyKey: `${about}/${new Date(at).toISOString().slice(0, 10)}/${address}`,
  }
}
