// Builds the requests desk, and lets the post have its mails to providers written by it.

import { personOf } from '../accounts/preferences.js'
import type { Config } from '../config.js'
import type { Post, PostOptions } from '../intake/post.js'
import { requestMailbox } from '../intake/provider-mailbox.js'
import { createRequests, type Requests } from '../requests/requests.js'
import { FORM_MAIL } from '../requests/sending.js'

/** The desk; it is the writer of its mails from here on. `tools` are those of the post. */
export function makeRequests(config: Config, tools: PostOptions, post: Post): Requests {
  const { store, clock, log, texts, papers, sender } = tools
  const requests = createRequests({
    ...{ store, clock, log, texts },
    pdfs: papers,
    queueMail: (tables, mail) => post.queueMail(tables, mail),
    queueForm: (tables, requestId, key) => post.queueWritten(tables, FORM_MAIL, requestId, key),
    personOf: (consumer) => personOf(consumer, store.keyring),
    providerMailbox: requestMailbox,
    publicUrl: sender.publicUrl,
    operatorName: sender.operatorName,
    intakeDomain: config.intakeDomain,
  })
  post.entrust(FORM_MAIL, requests.formMails)
  return requests
}
