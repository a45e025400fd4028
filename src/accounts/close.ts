// Closing a postbox for good. It takes her answer: who has her mailbox for an hour could destroy what waits for her. What stays is the
// record of what happened to somebody who has no address any more, and her postbox number, which nobody gets again.

import type { AnswerCheck } from '../answer-check.js'
import { momentInWords } from '../dates.js'
import type { PackageRemoval } from '../package-removal.js'
import type { Consumer } from '../store/consumers.js'
import { keysOfPerson } from '../store/intake-keys.js'
import type { Tables } from '../store/store.js'
import type { CloseOutcome } from './life-desk.js'
import { refuseAnswer } from './present-answer.js'
import { signedInConsumer } from './sessions.js'
import { type AccountTools, recordEvent } from './tools.js'

export interface CloseTools extends Pick<AccountTools, 'store' | 'clock' | 'queueMail'> {
  readonly answerCheck: AnswerCheck
  readonly removal: PackageRemoval<Tables>
}

/** See LifeDesk.close. */
export async function closePostbox(tools: CloseTools, session: string, presentAnswer: string): Promise<CloseOutcome> {
  const { store, clock, removal } = tools
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return { kind: 'signed-out' }
  // Without a question nobody can have sent her anything: there is nothing to protect.
  const refusal = await refuseAnswer(tools.answerCheck, consumer, presentAnswer)
  if (refusal && refusal.kind !== 'unset') return refusal
  const ended = await store.write(async (tables) => {
    const present = await tables.consumers.byId(consumer.id)
    // Changed or closed in another window since her answer was looked at.
    if (!present || present.answerVersion !== consumer.answerVersion) return null
    const gone = await removal.endAll(tables, consumer.id, clock.now())
    await removeHer(tools, tables, present)
    await sayGoodbye(tools, tables, present)
    return gone
  })
  if (!ended) return { kind: 'changed' }
  await removal.drop(ended)
  return { kind: 'closed' }
}

/** What refers to her row by key goes first. */
async function removeHer({ store, clock }: CloseTools, tables: Tables, consumer: Consumer): Promise<void> {
  const { id, address } = consumer
  const at = clock.now()
  await tables.answers.removeOf(id)
  await tables.resets.removeOf(id)
  await tables.addressChanges.removeOf(id)
  await tables.sessions.removeOf(id)
  await tables.passkeys.removeOf(id)
  await tables.requests.removeOf(id)
  await tables.signIns.endAll(address, 'consumer')
  await tables.reversePaths.removeOf(id)
  await tables.intakes.forgetPerson(id, keysOfPerson(store.keyring, consumer))
  await tables.consumers.remove(id, at)
  await recordEvent(tables, { at, kind: 'closed', actor: 'consumer', consumerId: id })
}

/** The last mail she gets. */
function sayGoodbye({ clock, queueMail }: CloseTools, tables: Tables, { id, address, language, timeZone }: Consumer): Promise<unknown> {
  return queueMail(tables, {
    ...{ template: 'closed', to: address, language, idempotencyKey: `closed/${id}` },
    values: { time: momentInWords(clock.now(), language, timeZone) },
  })
}
