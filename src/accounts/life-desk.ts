// What the pages about the life of a postbox may ask for: practising the answer, a new address, closing it.

/** How long the links about a new address are good. */
export const CHANGE_HOURS = 24

/** Why a form that asks for the present answer leads no further. Times in ms since the epoch. */
export type AnswerRefusal = AnswerProblem | AnswerBlock

/** She may try again, now or later. `busy`: too many at once. Only a wrong one was counted. */
export type AnswerProblem =
  | { readonly kind: 'wrong'; readonly triesLeft: number; readonly waitUntil: number | null }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'busy' }

/** `unset`: she has no question yet. */
export type AnswerBlock =
  | { readonly kind: 'locked' }
  | { readonly kind: 'frozen' }
  | { readonly kind: 'unset' }
  | { readonly kind: 'signed-out' }

export type Practice =
  | {
      readonly kind: 'question'
      readonly question: string
      readonly triesLeft: number
      /** Null: she may try at once. */
      readonly waitUntil: number | null
      /** When she last gave this answer; null: not yet. */
      readonly practisedAt: number | null
      /** Whether we may ask her twice a year. */
      readonly wantsMails: boolean
    }
  | { readonly kind: 'locked' | 'frozen' | 'unset' | 'signed-out' }

export interface PendingChange {
  /** Canonical. */
  readonly newAddress: string
  readonly isOldConfirmed: boolean
  readonly isNewConfirmed: boolean
  readonly expiresAt: number
}

/** `started` says nothing about whether somebody has the new address: then nothing comes of it. */
export type ChangeOutcome =
  /** `pending`: another one waits already. `reset`: her answer is being replaced. */
  | { readonly kind: 'started' | 'pending' | 'reset' }
  | { readonly kind: 'not-an-address' }
  | { readonly kind: 'same-address' }
  | { readonly kind: 'too-often'; readonly until: number }
  | AnswerRefusal

/**
 * `half`: that mailbox is proved, and the other one is still to come. `over`: too late, cancelled, done, or never known.
 * `reset`: her answer is being replaced, which has to end first.
 */
export type ConfirmOutcome =
  | { readonly kind: 'half'; readonly proved: 'old' | 'new' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'over' | 'reset' }

/** `changed`: her answer was, while this one was looked at; nothing was closed. */
export type CloseOutcome = { readonly kind: 'closed' | 'changed' } | AnswerProblem | { readonly kind: 'locked' | 'frozen' | 'signed-out' }

export interface LifeDesk {
  /** Her present question. */
  practice(session: string): Promise<Practice>
  /** A wrong answer counts like any other. Null: it was right. */
  practise(session: string, answer: string): Promise<AnswerRefusal | null>
  /** False: nobody is signed in. */
  setPracticeMails(session: string, isWanted: boolean): Promise<boolean>
  addressChange(session: string): Promise<PendingChange | null>
  /** Mails a link to the present address and one to the new one; both have to be followed within CHANGE_HOURS. */
  changeAddress(session: string, form: { readonly address: string; readonly presentAnswer: string }): Promise<ChangeOutcome>
  /** By the token of a mailed link, from a POST only. @param session of the browser it is pressed in, which stays signed in if it is hers. */
  confirmAddress(token: string, session: string | null): Promise<ConfirmOutcome>
  /** By the token of the link to the old address (from a POST only) or by a session. False: there was nothing to cancel. */
  cancelAddress(tokenOrSession: string): Promise<boolean>
  /** For good. Who has never set a question needs no answer. */
  close(session: string, presentAnswer: string): Promise<CloseOutcome>
}
