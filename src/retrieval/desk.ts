// What the retrieval pages may ask for: number and code, then the answer, then the records. The pages decide nothing themselves.

import type { Readable } from 'node:stream'
import type { ManifestDocument } from '../hip/manifest.js'

/** Carried in an encrypted cookie for ten minutes between the right code and the answer. */
export interface Ticket {
  readonly packageId: string
  /** Base64, 32 bytes: half of what opens the package. Never logged, never in a row. */
  readonly codeSecret: string
  /** Milliseconds since the epoch; afterwards the code has to be entered again. */
  readonly until: number
}

/** Carried in an encrypted cookie while the records are open. */
export interface Pass {
  readonly id: string
  /** Base64, 32 bytes: what the passphrase in the row is sealed under. In no row itself. */
  readonly key: string
}

/** Why a right code leads no further. `over`: the ticket ran out, the code has to be entered again. */
export type EndedKind = 'expired' | 'deleted' | 'recalled' | 'undeliverable' | 'not-mine' | 'locked' | 'frozen' | 'over'
export type Ended = {
  readonly kind: EndedKind
  /** Whom to ask again: told to whoever has entered the right code of a package. Left out where it is not known, or a wrong person may read it. */
  readonly sender?: { readonly providerName: string; readonly intakeNumber: string }
}

/** `refused` is everything that may be wrong before a right code: one text for all of it. `until` in ms since the epoch. */
export type CodeOutcome =
  | { readonly kind: 'question'; readonly ticket: Ticket }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'busy' }
  | Ended

/** `waitUntil` null: she may try at once. */
export type QuestionOutcome =
  | { readonly kind: 'question'; readonly question: string; readonly triesLeft: number; readonly waitUntil: number | null }
  | Ended

export type AnswerOutcome =
  | { readonly kind: 'opened'; readonly pass: Pass }
  | { readonly kind: 'wrong'; readonly triesLeft: number; readonly waitUntil: number | null }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'busy' }
  /** The answer was right (no try is lost), but the sealed file is broken or gone. Already logged and recorded. */
  | { readonly kind: 'damaged' }
  | Ended

/** The page of an opened package. Times in ms since the epoch. */
export interface Records {
  /** Canonical package number; formatPackageNumber (hip/number) writes it for people. */
  readonly number: string
  readonly providerName: string
  /** The fax gateway's domain, if they came by fax: nobody knows who sent one. Else null. */
  readonly fax: string | null
  readonly receivedAt: number
  readonly expiresAt: number
  /** Until when it can be kept instead, once; null: it was kept longer before. */
  readonly extendsTo: number | null
  readonly firstOpenedAt: number | null
  /** The last opening before this session's own; null when this is the first. So she sees whether somebody else was here. */
  readonly lastOpenedAt: number | null
  /** In the order of the message; `within`, `copy` and what else may be said of one: hip/copies. */
  readonly documents: readonly ManifestDocument[]
  /** records.pdf: what has pages, in one file. null: nothing has, or the package was sealed before there were copies. */
  readonly readable: { readonly bytes: number; readonly pages: number } | null
  readonly zipBytes: number
  readonly sealedBytes: number
  /** Opens the downloaded sealed file with any age program, for ever. Shown on request only. */
  readonly passphrase: string
  readonly idleUntil: number
  readonly endsAt: number
}

/** One of her packages as a list may show it: nothing of what is in it. Times in ms since the epoch. */
export interface PackageEntry {
  /** Canonical package number. */
  readonly number: string
  /** Null: she does not want lists to say it, or it is not known. */
  readonly providerName: string | null
  readonly documents: number
  readonly receivedAt: number
  readonly expiresAt: number
  /** Until when it can be kept instead; null: it has ended, or was kept longer before. */
  readonly extendsTo: number | null
  readonly lastOpenedAt: number | null
  /** Why it opens no more, and since when; null: it opens. `frozen`: too many wrong answers were given. */
  readonly ended: { readonly kind: Exclude<EndedKind, 'locked' | 'over'>; readonly at: number } | null
}

/** What can be opened before what has ended, and of each the newest first. `isMore`: there are older ones that are not listed. */
export interface PackageList {
  readonly entries: readonly PackageEntry[]
  readonly isMore: boolean
}

/** A stream of the whole, with the name to offer for it. The caller reads or destroys the stream. */
export interface Download {
  readonly stream: Readable
  readonly bytes: number
  readonly name: string
}

/** A file that belongs to a document. The caller reads or destroys the stream. */
export interface Piece {
  readonly document: ManifestDocument
  readonly stream: Readable
  readonly bytes: number
  readonly mediaType: string
}

/**
 * `peer` is the visitor's address in text form. Every method that takes a Pass counts as activity, looks at the package's present
 * state, and answers null when the session is over: idle, past its end, signed out, or the package expired, recalled or deleted.
 * Streams may end in a PackageDamagedError.
 */
export interface RetrievalDesk {
  enterCode(number: string, code: string, peer: string): Promise<CodeOutcome>
  question(ticket: Ticket): Promise<QuestionOutcome>
  enterAnswer(ticket: Ticket, answer: string, peer: string): Promise<AnswerOutcome>
  records(pass: Pass): Promise<Records | null>
  /** Null also when there is no document of that index. */
  document(pass: Pass, index: number): Promise<{ readonly document: ManifestDocument; readonly stream: Readable } | null>
  /** The document's own readable copy, HTML. Null also when it has none: its pages may be in `readable`. */
  copy(pass: Pass, index: number): Promise<Piece | null>
  /** A small picture of its first page, PNG or JPEG. Null also when there is none. */
  thumbnail(pass: Pass, index: number): Promise<Piece | null>
  /** records.pdf. Null also when there is none. */
  readable(pass: Pass): Promise<Download | null>
  zip(pass: Pass): Promise<Download | null>
  sealedFile(pass: Pass): Promise<(Download & { readonly passphrase: string }) | null>
  /** Deletes the package and its twins for good. False: the session was over already. */
  deleteNow(pass: Pass): Promise<boolean>
  /** Keeps the package longer, once. Its new expiry; null: it was kept longer before, or the session is over. */
  extend(pass: Pass): Promise<number | null>
  /** Reports records that are another person's: closes the package and its twins for good. False: the session was over already. */
  notMine(pass: Pass): Promise<boolean>
  /** Hers, of the id that accounts give her. */
  packages(consumerId: string): Promise<PackageList>
  /** As `extend`, for one of her own by its canonical number. Null also when it is not hers. */
  extendOwn(consumerId: string, number: string): Promise<number | null>
  signOut(pass: Pass): Promise<void>
}
