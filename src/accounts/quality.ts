// Whether a question and its answer are good enough. Somebody who stole the notice has a few tries of the answer, so what many
// people would answer, and what her address gives away, is refused (Bonneau et al. 2015: one in five guessed at the first try).

import { hasUnassigned, normaliseAnswer } from '../hip/answer.js'
import { COMMON_ANSWERS } from './common-answers.js'

/** Why a question was not taken. */
export type QuestionReason =
  /** Nothing was written. */
  | 'empty'
  /** Fewer than 8 characters. */
  | 'too-short'
  /** More than 200 characters. */
  | 'too-long'

/** Why a new answer was not taken. Lengths count letters and digits, as the answer is compared. */
export type AnswerReason =
  /** Nothing was written, or no letter and no digit. */
  | 'empty'
  /** Fewer than 8 letters and digits. */
  | 'too-short'
  /** More than 200 characters. */
  | 'too-long'
  /** One of the answers many people give, perhaps with digits around it. */
  | 'common'
  /** One character or word again and again, or a run such as 12345678. */
  | 'repeated'
  /** Digits that read as a date: a birthday is known to too many. */
  | 'date'
  /** Mostly a part of her e-mail address. */
  | 'from-address'
  /** The question contains it. */
  | 'in-question'
  /** Characters newer than the comparison table: they might not compare the same way later. */
  | 'unknown-characters'

/** Why the repeated answer was not taken: it is another one. */
export type AgainReason = 'differs'

/** Why the present answer was not taken. `wrong` was counted as a try. */
export type PresentReason = 'empty' | 'wrong'

export type QuestionProblem =
  | { readonly field: 'question'; readonly reason: QuestionReason }
  | { readonly field: 'answer'; readonly reason: AnswerReason }
  | { readonly field: 'again'; readonly reason: AgainReason }
  /** `triesLeft` comes with `wrong`. */
  | { readonly field: 'presentAnswer'; readonly reason: PresentReason; readonly triesLeft?: number }

const MIN_QUESTION = 8
const MIN_ANSWER = 8
const MAX_LENGTH = 200
/** Shorter pieces of an address turn up in answers by chance. */
const MIN_PART = 4

/** What is wrong with a new question and answer; empty when they are good. At most one problem a field. */
export function judgeQuestion(form: { question: string; answer: string; again: string }, address: string): QuestionProblem[] {
  const problems: QuestionProblem[] = []
  const question = judgeText(form.question)
  if (question) problems.push({ field: 'question', reason: question })
  const answer = judgeAnswer(form.answer, form.question, address)
  if (answer) problems.push({ field: 'answer', reason: answer })
  else if (normaliseAnswer(form.again) !== normaliseAnswer(form.answer)) problems.push({ field: 'again', reason: 'differs' })
  return problems
}

function judgeText(question: string): QuestionReason | null {
  const length = lengthOf(question.normalize('NFC').trim())
  if (length === 0) return 'empty'
  if (length < MIN_QUESTION) return 'too-short'
  return length > MAX_LENGTH ? 'too-long' : null
}

function judgeAnswer(text: string, question: string, address: string): AnswerReason | null {
  // First of all, so that a huge text is not even normalised.
  if (text.length > MAX_LENGTH) return 'too-long'
  if (hasUnassigned(text)) return 'unknown-characters'
  const answer = normaliseAnswer(text)
  if (answer === '') return 'empty'
  if (lengthOf(answer) < MIN_ANSWER) return 'too-short'
  if (isDate(answer)) return 'date'
  const unit = repeatedUnit(answer)
  if (isCommon(answer) || (unit !== null && isCommon(unit))) return 'common'
  if (unit !== null || isRun(answer)) return 'repeated'
  if (isFromAddress(answer, address)) return 'from-address'
  return normaliseAnswer(question).includes(answer) ? 'in-question' : null
}

/** In characters as a person counts them, not in UTF-16 units. */
function lengthOf(text: string): number {
  return Array.from(text).length
}

/** `pizza`, and `12pizza99`. */
function isCommon(answer: string): boolean {
  return COMMON_ANSWERS.has(answer) || COMMON_ANSWERS.has(answer.replace(/^\d+|\d+$/g, ''))
}

/** `ab` in `abababab`, `a` in `aaaaaaaa`; null when nothing repeats from beginning to end. */
function repeatedUnit(answer: string): string | null {
  return /^(.+?)\1+$/u.exec(answer)?.[1] ?? null
}

/** `12345678`, `hgfedcba`: each character follows the one before. */
function isRun(answer: string): boolean {
  const points = Array.from(answer, (character) => character.codePointAt(0) ?? 0)
  return [1, -1].some((step) => points.every((point, index) => index === 0 || point === (points[index - 1] ?? 0) + step))
}

/** Eight digits that are a day in one of the usual orders, or a day with its month in letters. */
function isDate(answer: string): boolean {
  if (/^\d{8}$/.test(answer)) {
    const pair = (at: number) => Number(answer.slice(at, at + 2))
    const isYear = (year: number) => year >= 1900 && year <= 2099
    const isDay = (one: number, other: number) => Math.min(one, other) >= 1 && Math.min(one, other) <= 12 && Math.max(one, other) <= 31
    const last = isYear(Number(answer.slice(4))) && isDay(pair(0), pair(2))
    return last || (isYear(Number(answer.slice(0, 4))) && isDay(pair(4), pair(6)))
  }
  return /^\d{0,4}(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\d{1,2}(st|nd|rd|th)?(19|20)?\d\d$|^\d{1,2}(st|nd|rd|th)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\d{0,4}$/.test(
    answer,
  )
}

/** Somebody with the notice knows her address: what is left without a part of it must be long enough by itself. */
function isFromAddress(answer: string, address: string): boolean {
  const whole = normaliseAnswer(address)
  if (whole.includes(answer)) return true
  const local = address.slice(0, address.lastIndexOf('@'))
  const pieces = [local, ...address.split(/[^\p{L}\p{M}\p{N}]+|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/u)].map(normaliseAnswer)
  const left = pieces
    .filter((piece) => lengthOf(piece) >= MIN_PART)
    .sort((one, other) => other.length - one.length)
    .reduce((rest, piece) => rest.replaceAll(piece, ''), answer)
  return left !== answer && lengthOf(left) < MIN_ANSWER
}
