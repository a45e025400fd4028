// The one place where an answer is checked and tries are counted: over all packages, practice and profile together. A try is taken
// by one conditional UPDATE before the slow hash and given back when the answer was right, so that a thousand parallel guesses get
// no more hashes than a thousand slow ones. A crash in between costs one try.

import { timingSafeEqual } from 'node:crypto'
import type { AnswerCheck, AnswerQuestion, AnswerResult } from '../answer-check.js'
import { MINUTE } from '../clock.js'
import { momentInWords } from '../dates.js'
import { ANSWER_NORMALISATION, normaliseAnswer } from '../hip/answer.js'
import { deriveAnswerKey } from '../hip/keys.js'
import { BusyError } from '../semaphore.js'
import type { Answer, TryRules, TryTaken } from '../store/answers.js'
import { type AccountTools, recordEvent } from './tools.js'

/** 5 in a row slow down, 10 lock, 20 in the life of an answer freeze it. */
export const TRY_RULES: TryRules = {
  slowFrom: 5,
  delays: [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE],
  lockAt: 10,
  freezeAt: 20,
}

/** Far longer than an answer may be: not worth a hash, and not counted either. */
const MAX_TYPED = 2000

type Tools = Pick<AccountTools, 'store' | 'clock' | 'semaphore' | 'queueMail' | 'links'>

/** @param derive the slow hash; another one is for tests that count. */
export function createAnswerCheck(tools: Tools, derive: typeof deriveAnswerKey = deriveAnswerKey): AnswerCheck {
  return {
    question: (consumerId, version) => question(tools, consumerId, version),
    check: (consumerId, version, answer) => check(tools, derive, { consumerId, version }, answer),
  }
}

/** What an answer's row is sealed with: its place, so that no row's secrets open in another. */
export function associatedWith(consumerId: string, version: number): string {
  return `${consumerId}/${version}`
}

async function question({ store, clock }: Tools, consumerId: string, version: number): Promise<AnswerQuestion> {
  const row = await rowOf(store, { consumerId, version })
  if (row.frozenAt !== null) return { kind: 'frozen' }
  if (row.lockedAt !== null) return { kind: 'locked' }
  const text = store.keyring.open('question', associatedWith(consumerId, version), row.questionSealed).toString('utf8')
  const waitUntil = row.nextTryAt > clock.now() ? row.nextTryAt : null
  return { kind: 'question', question: text, triesLeft: triesLeft(row), waitUntil }
}

interface Which {
  readonly consumerId: string
  readonly version: number
}

async function check(tools: Tools, derive: typeof deriveAnswerKey, which: Which, typed: string): Promise<AnswerResult> {
  const { store, clock } = tools
  const row = await rowOf(store, which)
  const normalised = typed.length > MAX_TYPED ? '' : normaliseAnswer(typed)
  // No answer is empty, so this tells nobody anything: it costs no try and no hash.
  if (normalised === '') return blocked(row, clock.now()) ?? { kind: 'wrong', triesLeft: triesLeft(row), waitUntil: null }
  const taken = await store.write(({ answers }) => answers.reserveTry(which.consumerId, which.version, clock.now(), TRY_RULES))
  if (!taken) return blocked(await rowOf(store, which), clock.now()) ?? { kind: 'busy' }
  const answerKey = await hashed(tools, derive, row, normalised, taken)
  if (answerKey === 'busy') return { kind: 'busy' }
  if (answerKey === null) return countWrong(tools, which, taken)
  await store.write(async ({ answers, lives }) => {
    await answers.succeed(which.consumerId, which.version, taken)
    await lives.noteActive(which.consumerId, clock.now())
    await lives.notePractised(which.consumerId, which.version, clock.now())
  })
  return { kind: 'right', answerKey }
}

/** The answer key if it is the right one, null if not. When nothing was learnt, the try is given back. */
async function hashed(
  { store, semaphore }: Tools,
  derive: typeof deriveAnswerKey,
  row: Answer,
  normalised: string,
  taken: TryTaken,
): Promise<Buffer | null | 'busy'> {
  try {
    if (row.normalisation !== ANSWER_NORMALISATION) throw new Error('answer normalised in an unknown way')
    const given = await semaphore.run(() => derive(normalised, row.salt, store.keyring.pepper(row.pepperId, 'answer')))
    const kept = store.keyring.open('answer-key', associatedWith(row.consumerId, row.version), row.answerKeySealed)
    return timingSafeEqual(given, kept) ? given : null
  } catch (error) {
    await store.write(({ answers }) => answers.giveBack(row.consumerId, row.version, taken, TRY_RULES))
    if (error instanceof BusyError) return 'busy'
    throw error
  }
}

async function countWrong(tools: Tools, { consumerId, version }: Which, taken: TryTaken): Promise<AnswerResult> {
  const now = tools.clock.now()
  const kind = taken.freezes
    ? 'answer-frozen'
    : taken.locks
      ? 'answer-locked'
      : taken.wrongInRow === TRY_RULES.slowFrom
        ? 'answer-slowed'
        : null
  await tools.store.write(async (tables) => {
    const details = { version, inRow: taken.wrongInRow, total: taken.wrongTotal }
    await recordEvent(tables, { at: now, kind: 'answer-wrong', actor: 'visitor', consumerId, details })
    if (kind === null) return
    if (kind !== 'answer-slowed') await recordEvent(tables, { at: now, kind, actor: 'system', consumerId, details: { version } })
    const consumer = await tables.consumers.byId(consumerId)
    if (!consumer) return
    await tools.queueMail(tables, {
      template: kind,
      to: consumer.address,
      language: consumer.language,
      values: {
        time: momentInWords(now, consumer.language, consumer.timeZone),
        signInLink: tools.links.signInPage(),
        wrong: String(taken.wrongInRow),
      },
      idempotencyKey: `${kind}/${consumerId}/${version}/${taken.wrongTotal}/${now}`,
    })
  })
  if (taken.freezes) return { kind: 'frozen' }
  if (taken.locks) return { kind: 'locked' }
  return { kind: 'wrong', triesLeft: triesLeft(taken), waitUntil: taken.nextTryAt > now ? taken.nextTryAt : null }
}

function blocked(row: Answer, now: number): AnswerResult | null {
  if (row.frozenAt !== null) return { kind: 'frozen' }
  if (row.lockedAt !== null) return { kind: 'locked' }
  return row.nextTryAt > now ? { kind: 'wait', until: row.nextTryAt } : null
}

function triesLeft({ wrongInRow, wrongTotal }: { wrongInRow: number; wrongTotal: number }): number {
  return Math.max(0, Math.min(TRY_RULES.lockAt - wrongInRow, TRY_RULES.freezeAt - wrongTotal))
}

async function rowOf(store: Tools['store'], { consumerId, version }: Which): Promise<Answer> {
  const row = await store.read.answers.get(consumerId, version)
  if (!row) throw new Error('no answer of that version')
  return row
}
