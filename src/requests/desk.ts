// What the pages may ask for about forms and requests: filling a form in step by step, its PDF, saying that it was sent or having us mail
// it, and what became of it. A request is one form a person filled in, from its first step to the provider's answer.

import type { Format, FormContent, FormKind, Purpose, RecordType, Sensitive, Signature } from '../documents/forms/content.js'

/** The steps of a form, in order; 'terms' is in an authorization only. */
export const STEPS = ['person', 'provider', 'records', 'delivery', 'terms', 'signature'] as const
export type RequestStep = (typeof STEPS)[number]

/** Those of a form of that kind. */
export function stepsOf(kind: FormKind): readonly RequestStep[] {
  return kind === 'access' ? STEPS.filter((step) => step !== 'terms') : STEPS
}

/** What one step's page sends: texts as they were typed, tidied by the desk. Dates as they were typed into three fields. */
export interface TypedDate {
  readonly day: string
  readonly month: string
  readonly year: string
}

export interface StepForms {
  readonly person: {
    readonly name: string
    readonly otherNames: string
    readonly bornOn: TypedDate
    readonly postalAddress: string
    readonly phone: string
    readonly recordNumber: string
    /** Both empty: she signs for herself. */
    readonly representativeName: string
    readonly representativeAuthority: string
  }
  /** `slug` '' with a name written in. */
  readonly provider: { readonly slug: string; readonly name: string; readonly postalAddress: string; readonly fax: string }
  readonly records: {
    readonly records: readonly string[]
    readonly otherRecords: string
    readonly from: TypedDate
    readonly to: TypedDate
    readonly initials: Readonly<Partial<Record<Sensitive, string>>>
    readonly isPsychotherapyNotes: boolean
  }
  /** `formats` best first. */
  readonly delivery: { readonly formats: readonly string[]; readonly isUnencryptedAccepted: boolean }
  /** Of an access request nothing in here counts. */
  readonly terms: {
    readonly purpose: string
    readonly otherPurpose: string
    readonly expiresOn: TypedDate
    readonly expiresWith: string
  }
  /** `way` 'later': she signs on paper. `strokes` as JSON, as the page's script sends them. `isAgreed`: to sign electronically. */
  readonly signature: { readonly way: string; readonly typedName: string; readonly strokes: string; readonly isAgreed: boolean }
}

/** `field` is the name in the step's form above (a date's parts count as one). The texts are in the catalogue, 'requests.problem.STEP.FIELD.REASON'. */
export interface StepProblem {
  readonly field: string
  readonly reason:
    | 'missing'
    | 'too-long'
    | 'no-date'
    /** There is no such day in the calendar. */
    | 'no-day'
    | 'future'
    | 'past'
    | 'too-far'
    | 'before-from'
    | 'unknown'
    | 'not-alone'
    | 'no-fax'
    | 'not-agreed'
    | 'no-strokes'
}

export type SaveOutcome =
  | { readonly kind: 'saved'; readonly next: RequestStep | 'check' }
  | { readonly kind: 'problems'; readonly problems: readonly StepProblem[] }
  | { readonly kind: 'not-found' | 'not-draft' }

/** `mailed-by-us` is the one that the desk itself says. */
export const SENT_WAYS = ['mailed', 'faxed', 'handed-over', 'mailed-by-us'] as const
export type SentWay = (typeof SENT_WAYS)[number]

/**
 * `draft`: being filled in. `sent`: the provider has it, the 30 days run (45 CFR 164.524(b)(2)). `answered`: records came, or she said so.
 * `revoked`: an authorization taken back. `withdrawn`: she no longer wants it.
 */
export type RequestState = 'draft' | 'sent' | 'answered' | 'revoked' | 'withdrawn'

/** Days are those of her own calendar, `YYYY-MM-DD`. */
export interface SentRequest {
  readonly way: SentWay
  readonly on: string
  /** The last of the 30 days. */
  readonly dueOn: string
  /** 0 on the last day, less when it is over. */
  readonly daysLeft: number
  /** From when on there is a reminder letter, if nobody has answered. */
  readonly letterFrom: string
}

/** One line of her list. Times in ms since the epoch. */
export interface RequestEntry {
  /** In links; not secret, and of no use to anybody who is not signed in as her. */
  readonly number: string
  readonly kind: FormKind
  readonly state: RequestState
  /** '' while none is chosen. */
  readonly providerName: string
  readonly createdAt: number
  readonly sent: SentRequest | null
  readonly answered: { readonly at: number /** Canonical; null: she said so herself. */; readonly packageNumber: string | null } | null
  /** When we delete it. */
  readonly keptUntil: number
}

/** One request, whole. */
export interface RequestView extends RequestEntry {
  readonly content: FormContent
  /** Whether the provider chosen is registered here now, so that we can mail it for her. */
  readonly canBeMailed: boolean
  /** Steps that still have to be filled in before it can be signed and sent; empty: it is whole. */
  readonly missing: readonly RequestStep[]
  /** The letters that there are now. */
  readonly letters: readonly LetterKind[]
  /** Which of what was asked for she has ticked off as received; where `all` was asked for, any of the types. */
  readonly received: readonly RecordType[]
}

export type SendOutcome =
  | { readonly kind: 'sent' }
  /** `too-many`: we have mailed so many forms of hers today that the next one has to wait, or go by another way. */
  | { readonly kind: 'not-found' | 'not-draft' | 'not-whole' | 'not-signed' | 'no-provider' | 'too-many' }

export type LetterKind = 'reminder' | 'revocation'

/** A PDF with the name to offer for it. */
export interface FormFile {
  readonly bytes: Buffer
  readonly name: string
}

/** Each takes the id that accounts give her; what is another person's is never found. `null` or `not-found`: there is no such request. */
export interface RequestsDesk {
  /** Newest first; drafts before what was sent, and that before what is over. */
  list(consumerId: string): Promise<readonly RequestEntry[]>
  view(consumerId: string, number: string): Promise<RequestView | null>
  /** Begins a draft, filled with what she told us of herself. Null: she has too many already (`MOST_REQUESTS`). */
  begin(consumerId: string, kind: FormKind): Promise<string | null>
  /**
   * Checks and keeps one step. What is wrong is told, and nothing of it kept: the page shows what was typed. A change of any other step takes
   * the signature away, since it stands for what was signed; saving the same again does not.
   */
  save<Step extends RequestStep>(consumerId: string, number: string, step: Step, form: StepForms[Step]): Promise<SaveOutcome>
  /** The form as it stands, in the given language; of a draft, too. */
  pdf(consumerId: string, number: string, language: string): Promise<FormFile | null>
  /** A blank one to fill in anywhere; with her postbox where she is signed in. */
  blank(kind: FormKind, language: string, consumerId: string | null): Promise<FormFile>
  /**
   * `reminder`: once the 30 days are over, which the one for a request for access quotes. `revocation` takes an authorization back that
   * somebody has (45 CFR 164.508(b)(5)). Null where the view names no such letter.
   */
  letter(consumerId: string, number: string, letter: LetterKind, language: string): Promise<FormFile | null>
  /** She says how she sent it. */
  markSent(consumerId: string, number: string, way: Exclude<SentWay, 'mailed-by-us'>): Promise<SendOutcome>
  /** Mails the form to the provider's mailbox. It must be signed. */
  mailIt(consumerId: string, number: string): Promise<SendOutcome>
  /** She says that it was answered, what of it came, or takes that back (also when a package closed it). False: no such request, or in no such state. */
  markAnswered(consumerId: string, number: string, isAnswered: boolean): Promise<boolean>
  markReceived(consumerId: string, number: string, received: readonly string[]): Promise<boolean>
  /** No more reminders; an authorization is `revoked`. The letter is hers to send. */
  withdraw(consumerId: string, number: string): Promise<boolean>
  /** Deletes it at once, whatever its state. */
  remove(consumerId: string, number: string): Promise<boolean>
}

export const MOST_REQUESTS = 20

export type { Format, FormContent, FormKind, Purpose, RecordType, Sensitive, Signature }
