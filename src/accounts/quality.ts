// Whether a question and its answer are good enough. Somebody who stole the notice has a few tries of the answer, so what many
// people would answer, and what her address gives away, is refused (Bonneau et al. 2015: one in five guessed at the first try).

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
