// Asking for the answer of somebody who is signed in: what she is about to do needs more than her mailbox.

import type { AnswerCheck } from '../answer-check.js'
import type { Consumer } from '../store/consumers.js'
import type { AnswerRefusal } from './life-desk.js'

/** Null: it is her present answer. A wrong one was counted like any try. */
export async function refuseAnswer(answerCheck: AnswerCheck, consumer: Consumer, typed: string): Promise<AnswerRefusal | null> {
  if (consumer.answerVersion === null) return { kind: 'unset' }
  const result = await answerCheck.check(consumer.id, consumer.answerVersion, typed)
  if (result.kind !== 'right') return result
  result.answerKey.fill(0)
  return null
}
