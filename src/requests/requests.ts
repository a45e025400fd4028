// The requests desk, put together.

import type { AwaitedRequests } from '../awaited-request.js'
import { HOUR } from '../clock.js'
import type { MailWriter } from '../queued-mail.js'
import type { Round } from '../rounds.js'
import type { Tables } from '../store/store.js'
import { awaitedRequests } from './awaited.js'
import type { RequestsDesk } from './desk.js'
import { blankFiles, formFile, letterFile } from './files.js'
import { list, view } from './listing.js'
import { markAnswered, markReceived, remove, withdraw } from './outcome.js'
import { remindDue } from './reminders.js'
import { begin, save } from './save.js'
import { formMails, mailIt, markSent } from './sending.js'
import type { RequestTools } from './tools.js'

export interface Requests extends RequestsDesk {
  /** For whoever receives records. */
  readonly awaited: AwaitedRequests<Tables>
  /** Writes the mails to providers, for the post. */
  readonly formMails: MailWriter<Tables>
  /** Reminders, and deleting what has been kept long enough. */
  readonly rounds: readonly Round[]
}

export function createRequests(tools: RequestTools): Requests {
  const { store, clock } = tools
  return {
    list: (consumerId) => list(tools, consumerId),
    view: (consumerId, number) => view(tools, consumerId, number),
    begin: (consumerId, kind) => begin(tools, consumerId, kind),
    save: (consumerId, number, step, form) => save(tools, { consumerId, number, step }, form),
    pdf: (consumerId, number, language) => formFile(tools, consumerId, number, language),
    blank: blankFiles(tools),
    letter: (consumerId, number, letter, language) => letterFile(tools, { consumerId, number, letter }, language),
    markSent: (consumerId, number, way) => markSent(tools, { consumerId, number, way }),
    mailIt: (consumerId, number) => mailIt(tools, consumerId, number),
    markAnswered: (consumerId, number, isAnswered) => markAnswered(tools, { consumerId, number }, isAnswered),
    markReceived: (consumerId, number, received) => markReceived(tools, { consumerId, number }, received),
    withdraw: (consumerId, number) => withdraw(tools, { consumerId, number }),
    remove: (consumerId, number) => remove(tools, { consumerId, number }),
    awaited: awaitedRequests(tools),
    formMails: formMails(tools),
    rounds: [
      { name: 'request-reminders', everyMs: HOUR / 4, run: () => remindDue(tools, clock.now()) },
      { name: 'old-requests', everyMs: HOUR, run: () => store.write(({ requests }) => requests.expire(clock.now())) },
    ],
  }
}
