// Setting question and answer. Every later one needs the present answer, or a reset that took its time. Packages that exist keep
// the version they were sealed under, so nothing she has becomes unreadable.

import { randomBytes } from 'node:crypto'
import type { AnswerCheck } from '../answer-check.js'
import { momentInWords } from '../dates.js'
import { ANSWER_NORMALISATION, normaliseAnswer } from '../hip/answer.js'
import { deriveAnswerKey } from '../hip/keys.js'
import { BusyError } from '../semaphore.js'
import type { Consumer } from '../store/consumers.js'
import type { Tables } from '../store/store.js'
import { associatedWith } from './answer-check.js'
import type { QuestionForm, SetOutcome } from './desk.js'
import { judgeQuestion } from './quality.js'
import { endOtherSessions, signedInConsumer } from './sessions.js'
import { type AccountTools, recordEvent } from './tools.js'

/** What makes it right to set a new answer. */
type Right = 'first' | 'present-answer' | 'reset'

export interface QuestionTools extends AccountTools {
  readonly answerCheck: AnswerCheck
  /** The slow hash; another one is for tests. */
  readonly derive?: typeof deriveAnswerKey
}

/** See AccountsDesk.setQuestion. */
export async function setQuestion(tools: QuestionTools, session: string, form: QuestionForm): Promise<SetOutcome> {
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return { kind: 'signed-out' }
  return take(tools, consumer, session, form, consumer.answerVersion === null ? 'first' : 'present-answer')
}

/** See AccountsDesk.finishReset. */
export async function finishReset(tools: QuestionTools, session: string, form: QuestionForm): Promise<SetOutcome> {
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return { kind: 'signed-out' }
  const reset = await tools.store.read.resets.pending(consumer.id)
  if (!reset) return setQuestion(tools, session, form)
  if (reset.effectiveAt > tools.clock.now()) return { kind: 'wait', until: reset.effectiveAt }
  return take(tools, consumer, session, form, 'reset')
}

async function take(tools: QuestionTools, consumer: Consumer, session: string, form: QuestionForm, right: Right): Promise<SetOutcome> {
  const problems = judgeQuestion(form, consumer.address)
  const present = form.presentAnswer ?? ''
  if (right === 'present-answer' && normaliseAnswer(present) === '') problems.push({ field: 'presentAnswer', reason: 'empty' })
  // Only a form that is good otherwise costs a try of the present answer.
  if (problems.length > 0) return { kind: 'problems', problems }
  if (right === 'present-answer') {
    const refusal = await refusePresent(tools, consumer, present)
    if (refusal) return refusal
  }
  const salt = randomBytes(16)
  const answerKey = await slowHash(tools, normaliseAnswer(form.answer), salt)
  if (answerKey === null) return { kind: 'busy' }
  const secret = { question: form.question.normalize('NFC').trim(), salt, answerKey }
  const isDone = await tools.store.write(async (tables) => {
    const done = await commit(tools, tables, consumer, right, secret)
    // Whoever else is signed in as her may be why she changes it.
    if (done) await endOtherSessions(tools, tables, consumer.id, session)
    return done
  })
  answerKey.fill(0)
  return { kind: isDone ? 'set' : 'busy' }
}

async function refusePresent({ answerCheck }: QuestionTools, consumer: Consumer, present: string): Promise<SetOutcome | null> {
  if (consumer.answerVersion === null) return null
  const result = await answerCheck.check(consumer.id, consumer.answerVersion, present)
  if (result.kind === 'right') {
    result.answerKey.fill(0)
    return null
  }
  if (result.kind !== 'wrong') return result
  return { kind: 'problems', problems: [{ field: 'presentAnswer', reason: 'wrong', triesLeft: result.triesLeft }] }
}

/** Null: too many at once. */
async function slowHash(
  { store, semaphore, derive = deriveAnswerKey }: QuestionTools,
  normalised: string,
  salt: Buffer,
): Promise<Buffer | null> {
  const { keyring } = store
  try {
    return await semaphore.run(() => derive(normalised, salt, keyring.pepper(keyring.currentPepper, 'answer')))
  } catch (error) {
    if (error instanceof BusyError) return null
    throw error
  }
}

interface Secret {
  readonly question: string
  readonly salt: Buffer
  readonly answerKey: Buffer
}

/** False: something else came first, nothing was changed. */
async function commit(tools: QuestionTools, tables: Tables, consumer: Consumer, right: Right, secret: Secret): Promise<boolean> {
  const { keyring } = tools.store
  const now = tools.clock.now()
  const reset = await tables.resets.pending(consumer.id)
  // Cancelled while the hash was being made: then she knows her old answer, or the reset was not hers.
  if (right === 'reset' && (!reset || reset.effectiveAt > now)) return false
  const version = (await tables.answers.latestVersion(consumer.id)) + 1
  if (!(await tables.consumers.setAnswerVersion(consumer.id, consumer.answerVersion, version))) return false
  const place = associatedWith(consumer.id, version)
  await tables.answers.add({
    ...{ consumerId: consumer.id, version, normalisation: ANSWER_NORMALISATION, salt: secret.salt, pepperId: keyring.currentPepper },
    questionSealed: keyring.seal('question', place, Buffer.from(secret.question, 'utf8')),
    answerKeySealed: keyring.seal('answer-key', place, secret.answerKey),
    ...{ wrongInRow: 0, wrongTotal: 0, nextTryAt: 0, lockedAt: null, frozenAt: null, createdAt: now, retiredAt: null },
  })
  if (consumer.answerVersion !== null) await tables.answers.retire(consumer.id, consumer.answerVersion, now)
  if (reset) await tables.resets.remove(reset.id)
  const kind = right === 'first' ? 'answer-set' : 'answer-changed'
  await recordEvent(tables, { at: now, kind, actor: 'consumer', consumerId: consumer.id, details: { version, right } })
  if (right !== 'first') {
    await tools.queueMail(tables, {
      ...{ template: 'answer-changed', to: consumer.address, language: consumer.language },
      values: { time: momentInWords(now, consumer.language, consumer.timeZone), signInLink: tools.links.signInPage() },
      idempotencyKey: `answer-changed/${consumer.id}/${version}`,
    })
  }
  return true
}
