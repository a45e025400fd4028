// What the account pages may ask for: signing in by mail, the secret question, and its reset. Other ways to sign in are in ways.ts.

import type { LifeDesk } from './life-desk.js'
import type { QuestionProblem } from './quality.js'
import type { OidcDesk, PasskeyDesk } from './ways.js'

export type Role = 'consumer' | 'admin'

/** Her state as the profile page shows it. Times in ms since the epoch. */
export interface Account {
  readonly role: Role
  readonly id: string
  /** Canonical. */
  readonly address: string
  readonly language: string
  /** Canonical; null for an admin. */
  readonly postboxNumber: string | null
  /** When this session began. An admin's did by a link or a code that was mailed just before. */
  readonly signedInAt: number
  /** Always `unset` for an admin. */
  readonly question: 'unset' | 'set'
  /** `frozen`: only a reset leads on. */
  readonly answerState: 'ok' | 'locked' | 'frozen'
  /** Once `effectiveAt` has passed, finishReset takes a new question. */
  readonly reset: { readonly effectiveAt: number } | null
  /** Null for an admin. */
  readonly preferences: { readonly timeZone: string | null; readonly showProvider: boolean; readonly person: Person } | null
}

/** For the forms a person makes here; empty texts where she told nothing. */
export interface Person {
  readonly name: string
  /** Lines, apart by `\n`. */
  readonly postalAddress: string
}

/** `timeZone` null: UTC. */
export interface PreferencesForm extends Person {
  readonly language: string
  readonly timeZone: string | null
  readonly showProvider: boolean
}

export interface PreferenceProblem {
  readonly field: 'name' | 'postalAddress' | 'language' | 'timeZone'
  readonly reason: 'too-long' | 'unknown'
}

export type PreferencesOutcome =
  | { readonly kind: 'saved' }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'problems'; readonly problems: readonly PreferenceProblem[] }

/** The same whoever asks: `sent` says nothing about whether a mail went out. */
export type AskOutcome = { readonly kind: 'sent' } | { readonly kind: 'not-an-address' } | { readonly kind: 'wait'; readonly until: number }

/** `language`: her own. `unlocked`: it ended the lock of her answer. `over`: used, too old, tried too often, or asked for in another browser. Ask for a new mail. */
export type SignInOutcome =
  | { readonly kind: 'signed-in'; readonly session: string; readonly role: Role; readonly language: string; readonly unlocked?: boolean }
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'over' }

export interface QuestionForm {
  readonly question: string
  readonly answer: string
  readonly again: string
  readonly presentAnswer?: string
}

/** Texts for the problems' reasons are in the catalogue; the reasons are listed in quality.ts. */
export type SetOutcome =
  | { readonly kind: 'set' }
  | { readonly kind: 'problems'; readonly problems: readonly QuestionProblem[] }
  | { readonly kind: 'locked' | 'frozen' | 'signed-out' | 'busy' }
  | { readonly kind: 'wait'; readonly until: number }

/** `unset`: there is no answer to reset yet, she can set one at once. */
export type ResetOutcome = { readonly kind: 'started'; readonly effectiveAt: number } | { readonly kind: 'signed-out' | 'unset' }

/** A clinic as a person chooses it. */
export interface ListedProvider {
  readonly slug: string
  readonly name: string
  /** The number at which it takes faxes to HePoEx; null: unknown. */
  readonly fax: string | null
}

export interface AccountsDesk {
  readonly passkeys: PasskeyDesk
  /** Null: no provider is configured. */
  readonly oidc: OidcDesk | null
  /** Practising, a new address, closing. */
  readonly life: LifeDesk
  /** Those that may send now, by name. */
  providers(): Promise<readonly ListedProvider[]>
  /** Counts one form sent from this address, whatever it is for. Null: go on; otherwise when to come again, and it was not counted. */
  takePost(peer: string): Promise<number | null>
  /**
   * Mails a link and an 8-character code, if allowed. `browser` is a random id kept in the asking browser's cookie; the code works
   * there only. `peer` is the visitor's address in text form, `language` the page's.
   */
  askSignIn(address: string, browser: string, peer: string, language: string, role?: Role): Promise<AskOutcome>
  byCode(code: string, browser: string, address: string, peer: string): Promise<SignInOutcome>
  /** From a POST only: a GET of the link shows a button (mail scanners follow links). */
  byLink(token: string): Promise<SignInOutcome>
  /** Counts as activity. Null: no such session, or it is over. */
  account(session: string): Promise<Account | null>
  /** The same question for what goes on by itself, such as a page that is kept up to date: no activity. */
  isSignedIn(session: string): Promise<boolean>
  signOut(session: string): Promise<void>
  /** All of them at once, as the form has them. White space is tidied; control characters go. */
  savePreferences(session: string, form: PreferencesForm): Promise<PreferencesOutcome>
  /** The first question needs no present answer; every later one does, and a wrong one counts like any try. */
  setQuestion(session: string, form: QuestionForm): Promise<SetOutcome>
  /** Starts the 72 hours, or says when those already running end. Her mail is refused for the time being. */
  startReset(session: string): Promise<ResetOutcome>
  /** By the token of a mailed link (from a POST only) or by a session. False: there was nothing to cancel. */
  cancelReset(tokenOrSession: string): Promise<boolean>
  /** `wait` before the 72 hours are over. Without a reset it is setQuestion. */
  finishReset(session: string, form: QuestionForm): Promise<SetOutcome>
}

/** The links in account mails. Each leads to a page with a button: a GET acts on nothing. */
export interface AccountLinks {
  /** `/sign-in/link/TOKEN` */
  signIn(token: string): string
  /** `/cancel-reset/TOKEN` */
  cancelReset(token: string): string
  /** `/sign-in` */
  signInPage(): string
  /** Origin of the site, without a trailing slash. */
  site(): string
  /** `/profile/practice` */
  practice(): string
  /** `/confirm-address/TOKEN` */
  confirmAddress(token: string): string
  /** `/cancel-address/TOKEN` */
  cancelAddress(token: string): string
}

/** @param publicUrl without a trailing slash; a function, as a free port is known only once the door is open. */
export function accountLinks(publicUrl: () => string): AccountLinks {
  return {
    signIn: (token) => `${publicUrl()}/sign-in/link/${token}`,
    cancelReset: (token) => `${publicUrl()}/cancel-reset/${token}`,
    signInPage: () => `${publicUrl()}/sign-in`,
    site: publicUrl,
    practice: () => `${publicUrl()}/profile/practice`,
    confirmAddress: (token) => `${publicUrl()}/confirm-address/${token}`,
    cancelAddress: (token) => `${publicUrl()}/cancel-address/${token}`,
  }
}
