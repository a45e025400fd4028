// Checking a consumer's answer, as seen by whoever needs it checked: opening a package, the profile, practising. All of them go
// through one implementation, because the tries count together.

/** `locked` ends when she proves her mailbox, `frozen` never does. Times in ms since the epoch. */
export type AnswerResult =
  | { readonly kind: 'right'; readonly answerKey: Buffer }
  /** `waitUntil` null: the next try may be made at once. */
  | { readonly kind: 'wrong'; readonly triesLeft: number; readonly waitUntil: number | null }
  /** Too early for the next try; nothing was counted. */
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'locked' | 'frozen' }
  /** Too many at once; nothing was counted. */
  | { readonly kind: 'busy' }

export type AnswerQuestion =
  | { readonly kind: 'question'; readonly question: string; readonly triesLeft: number; readonly waitUntil: number | null }
  | { readonly kind: 'locked' | 'frozen' }

export interface AnswerCheck {
  /** The question of that version. Throws when there is no such version: a bug. */
  question(consumerId: string, version: number): Promise<AnswerQuestion>
  /** Checks what was typed against that version, and counts it when it is wrong. Takes a slow hash. */
  check(consumerId: string, version: number, answer: string): Promise<AnswerResult>
}
