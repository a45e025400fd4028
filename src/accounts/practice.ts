// Practising the answer: who gives it now and then still knows it when records come. Only opened by who is signed in, and counted like
// any other try. Whoever has not needed her answer for half a year is asked by mail, if she wants to be.

import type { AnswerCheck } from '../answer-check.js'
import { DAY } from '../clock.js'
import { inLanguage } from '../texts.js'
import type { AnswerRefusal, Practice } from './life-desk.js'
import { refuseAnswer } from './present-answer.js'
import { signedInConsumer } from './sessions.js'
import { type AccountTools, recordEvent } from './tools.js'

export const HALF_A_YEAR = 182 * DAY

export interface PracticeTools extends Pick<AccountTools, 'store' | 'clock' | 'queueMail' | 'links'> {
  readonly answerCheck: AnswerCheck
}

/** See LifeDesk.practice. */
export async function practice(tools: PracticeTools, session: string): Promise<Practice> {
  const { store, answerCheck } = tools
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return { kind: 'signed-out' }
  if (consumer.answerVersion === null) return { kind: 'unset' }
  const asked = await answerCheck.question(consumer.id, consumer.answerVersion)
  if (asked.kind !== 'question') return asked
  const life = await store.read.lives.of(consumer.id)
  return { ...asked, practisedAt: life?.practisedAt ?? null, wantsMails: life?.wantsPracticeMails ?? false }
}

/** See LifeDesk.practise. That she did is noted where a try is given back. */
export async function practise(tools: PracticeTools, session: string, answer: string): Promise<AnswerRefusal | null> {
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return { kind: 'signed-out' }
  const refusal = await refuseAnswer(tools.answerCheck, consumer, answer)
  if (refusal) return refusal
  const about = { at: tools.clock.now(), kind: 'answer-practised', actor: 'consumer', consumerId: consumer.id }
  await tools.store.write((tables) => recordEvent(tables, about))
  return null
}

/** See LifeDesk.setPracticeMails. */
export async function setPracticeMails(tools: PracticeTools, session: string, isWanted: boolean): Promise<boolean> {
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return false
  const details = { wanted: isWanted ? 1 : 0 }
  await tools.store.write(async (tables) => {
    await tables.lives.setPracticeMails(consumer.id, isWanted)
    await recordEvent(tables, { at: tools.clock.now(), kind: 'practice-mails', actor: 'consumer', consumerId: consumer.id, details })
  })
  return true
}

/** A step of the worker: mails those who are due. Returns how many. */
export async function askToPractise({ store, clock, queueMail, links }: PracticeTools, limit = 100): Promise<number> {
  const now = clock.now()
  const since = now - HALF_A_YEAR
  let count = 0
  for (const { id, address, language } of await store.read.lives.toPractise(since, limit)) {
    const isOurs = await store.write(async (tables) => {
      if (!(await tables.lives.askToPractise(id, since, now))) return false
      await recordEvent(tables, { at: now, kind: 'practice-asked', actor: 'system', consumerId: id })
      await queueMail(tables, {
        ...{ template: 'practice', to: address, language, idempotencyKey: `practice/${id}/${now}` },
        values: { link: inLanguage(links.practice(), language) },
      })
      return true
    })
    if (isOurs) count++
  }
  return count
}
