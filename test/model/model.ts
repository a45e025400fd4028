// What HePoEx promises, as a small model in plain TypeScript: what may be said and mailed for a transmission, which codes open, and how
// many tries of an answer are left. It knows nothing of rows, leases or files; where a crash leaves open what was still written down, it
// holds both possibilities until something shows which it was.

import { deepStrictEqual } from 'node:assert/strict'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const DELAYS = [1, 2, 5, 10, 20].map((minutes) => minutes * MINUTE)
const SLOW_FROM = 5
const LOCK_AT = 10
const FREEZE_AT = 20
export const PACKAGE_LIFE = 30 * DAY
/** How long the state of a package that is over can be told, and how long a transmission that was sent is known. */
const KEPT_AFTER_END = 30 * DAY
const TOMBSTONE = 14 * DAY
const RESET_DELAY = 72 * HOUR
const RESET_LAPSE = 14 * DAY

/** One version of her answer. */
export interface AnswerState {
  readonly answer: string
  wrongInRow: number
  wrongTotal: number
  nextTryAt: number
  isLocked: boolean
  isFrozen: boolean
}

/** What her account is, as far as it can be compared with what is stored. */
export interface AccountState {
  readonly version: number
  readonly answers: Readonly<Record<number, AnswerState>>
  readonly reset: { readonly effectiveAt: number; readonly remindAt: number } | null
}

/** One message of the clinic, however often it is sent. */
export interface Transmission {
  readonly docs: number
  /** When it was surely sent; null: not, or not surely. */
  sentAt: number | null
  /** When the relay took a notice of it, if something broke then and leaves open whether that was written down. */
  maybeSentAt: number | null
  /** So many hand-offs of it at least, and at most, count as unknown. */
  unknownAtLeast: number
  unknownAtMost: number
  /** Until then a crashed passage may hold it. */
  heldUntil: number
  touchedAt: number
}

/** A notice in her mailbox. */
export interface Mailed {
  readonly number: string
  readonly code: string
  readonly key: string
  readonly docs: number
  readonly version: number
  expiresAt: number
  ended: { readonly kind: 'deleted' | 'recalled' | 'not-mine' | 'expired'; readonly at: number } | null
  wasOpened: boolean
  wasExtended: boolean
}

interface Slowed {
  count: number
  nextAt: number
  forgetAt: number
}

export type Opens = 'question' | 'refused' | 'deleted' | 'recalled' | 'not-mine' | 'expired' | 'locked' | 'frozen'

export class Model {
  now: number
  account: AccountState
  readonly transmissions = new Map<string, Transmission>()
  readonly mailed: Mailed[] = []
  /** Until when mail is put off because the relay failed; null: it is well. `isSure` false: it may not have been noticed. */
  relayFailed: { readonly until: number; readonly isSure: boolean } | null = null
  /** Her registering was the first. */
  readonly signIns: number[]
  /** Intake numbers a receipt is owed for. */
  readonly receipts = new Set<string>()
  /** For each package number, wrong codes entered lately. */
  readonly #slowed = new Map<string, Slowed>()

  constructor(now: number, answer: string) {
    this.now = now
    this.signIns = [now]
    this.account = { version: 1, answers: { 1: freshAnswer(answer) }, reset: null }
  }

  transmission(key: string, docs: number): Transmission {
    let found = this.transmissions.get(key)
    if (!found) {
      found = { docs, sentAt: null, maybeSentAt: null, unknownAtLeast: 0, unknownAtMost: 0, heldUntil: 0, touchedAt: this.now }
      this.transmissions.set(key, found)
    }
    return found
  }

  /** Nothing may be sealed for her now. */
  get isNotReady(): boolean {
    return this.account.reset !== null || this.present.isFrozen
  }

  get present(): AnswerState {
    return this.answer(this.account.version)
  }

  answer(version: number): AnswerState {
    const found = this.account.answers[version]
    if (!found) throw new Error('model: no such answer')
    return found
  }

  /** What a right code leads to now. */
  opens(mailed: Mailed): Opens {
    const over = mailed.ended?.at ?? mailed.expiresAt
    if (Math.max(mailed.expiresAt, over) + KEPT_AFTER_END <= this.now) return 'refused'
    if (mailed.ended) return mailed.ended.kind
    if (mailed.expiresAt <= this.now) return 'expired'
    const { isFrozen, isLocked } = this.answer(mailed.version)
    return isFrozen ? 'frozen' : isLocked ? 'locked' : 'question'
  }

  /** The code was mailed and nothing has ended it: its package must be there. */
  isLive({ ended, expiresAt }: Mailed): boolean {
    return ended === null && expiresAt > this.now
  }

  /** Counts an entered code, before it is known whether it is right. Null: go on; else when to come again. */
  takeCode(number: string): number | null {
    const slowed = this.#slowed.get(number) ?? { count: 0, nextAt: 0, forgetAt: 0 }
    if (slowed.nextAt > this.now) return slowed.nextAt
    const count = (slowed.forgetAt <= this.now ? 0 : slowed.count) + 1
    const nextAt = count < 5 ? 0 : this.now + Math.min(30_000, 1000 * 2 ** (count - 5))
    this.#slowed.set(number, { count, nextAt, forgetAt: this.now + HOUR })
    return null
  }

  rightCode(number: string): void {
    this.#slowed.delete(number)
  }

  /** What opens these documents now: a package and its twins. */
  group(docs: number): Mailed[] {
    return this.mailed.filter((each) => each.docs === docs && this.isLive(each))
  }

  endGroup(docs: number, kind: 'deleted' | 'recalled' | 'not-mine'): void {
    for (const each of this.group(docs)) each.ended = { kind, at: this.now }
  }

  pass(ms: number): void {
    this.now += ms
  }

  /** What the rounds do once their time has come. */
  rounds(): void {
    for (const each of this.mailed) {
      if (each.ended === null && each.expiresAt <= this.now) each.ended = { kind: 'expired', at: this.now }
    }
    for (const [key, each] of this.transmissions) this.#forget(key, each)
    const { reset } = this.account
    if (reset && reset.remindAt <= this.now) this.account = { ...this.account, reset: remind(reset, this.now) }
  }

  #forget(key: string, each: Transmission): void {
    if (each.sentAt !== null && each.sentAt + TOMBSTONE < this.now) this.transmissions.delete(key)
    // Whether a sweep has been by is nothing anybody relies on; that it does not come too early is.
    else if (each.touchedAt + TOMBSTONE <= this.now) Object.assign(each, { unknownAtLeast: 0, maybeSentAt: null })
  }

  signedIn(): void {
    this.signIns.push(this.now)
    for (const each of Object.values(this.account.answers)) {
      if (each.isLocked && !each.isFrozen) Object.assign(each, { isLocked: false, wrongInRow: 0, nextTryAt: 0 })
    }
  }

  /** Sign-ins asked for within a day. */
  get signInsToday(): number {
    return this.signIns.filter((at) => at > this.now - DAY).length
  }
}

export function freshAnswer(answer: string): AnswerState {
  return { answer, wrongInRow: 0, wrongTotal: 0, nextTryAt: 0, isLocked: false, isFrozen: false }
}

function remind(reset: { effectiveAt: number; remindAt: number }, now: number) {
  if (now >= reset.effectiveAt + RESET_LAPSE) return null
  const days = Math.floor((now - reset.remindAt) / DAY) + 1
  return { ...reset, remindAt: reset.remindAt + days * DAY }
}

/** What an answer given now must lead to. */
export function tryAnswer(state: AnswerState, now: number, isRight: boolean): 'frozen' | 'locked' | 'wait' | 'right' | 'wrong' {
  if (state.isFrozen) return 'frozen'
  if (state.isLocked) return 'locked'
  if (state.nextTryAt > now) return 'wait'
  if (isRight) return 'right'
  return state.wrongTotal + 1 >= FREEZE_AT ? 'frozen' : state.wrongInRow + 1 >= LOCK_AT ? 'locked' : 'wrong'
}

/** The state after a wrong answer that was taken. */
export function afterWrong(state: AnswerState, now: number): AnswerState {
  const wrongInRow = state.wrongInRow + 1
  const wrongTotal = state.wrongTotal + 1
  const delay = wrongInRow < SLOW_FROM ? null : (DELAYS[Math.min(wrongInRow - SLOW_FROM, DELAYS.length - 1)] ?? 0)
  return {
    ...{ answer: state.answer, wrongInRow, wrongTotal, nextTryAt: delay === null ? 0 : now + delay },
    isLocked: wrongInRow >= LOCK_AT,
    isFrozen: wrongTotal >= FREEZE_AT,
  }
}

export function afterRight(state: AnswerState): AnswerState {
  return { ...state, wrongInRow: 0, nextTryAt: 0 }
}

export function withAnswer(account: AccountState, version: number, state: AnswerState): AccountState {
  return { ...account, answers: { ...account.answers, [version]: state } }
}

/** A new answer is set: of the next version, and no reset is under way any more. */
export function withNewAnswer(account: AccountState, answer: string): AccountState {
  const version = Math.max(...Object.keys(account.answers).map(Number)) + 1
  return { version, answers: { ...account.answers, [version]: freshAnswer(answer) }, reset: null }
}

export function withReset(account: AccountState, now: number): AccountState {
  return account.reset ? account : { ...account, reset: { effectiveAt: now + RESET_DELAY, remindAt: now + DAY } }
}

/** Takes what is stored for the truth, if it is one of these. */
export function oneOf(candidates: readonly AccountState[], stored: AccountState): AccountState {
  const found = candidates.find((each) => isSame(each, stored))
  if (!found) deepStrictEqual(stored, candidates.at(-1), 'the account is in none of the states it may be in')
  return found ?? stored
}

function isSame(one: AccountState, other: AccountState): boolean {
  try {
    deepStrictEqual(one, other)
    return true
  } catch {
    return false
  }
}
