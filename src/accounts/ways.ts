// What the pages may ask for about ways of signing in beside mail: passkeys, and an OpenID Connect provider of the operator's choice.
// Mail stays the identity and the way back in: neither of them unlocks an answer, which only the mailbox itself does.

/** What a page hands to the browser's script. */
export interface PasskeyAsk {
  /** JSON, as PublicKeyCredentialRequestOptionsJSON or …CreationOptionsJSON of Web Authentication. */
  readonly options: string
  /** The one origin at which the browser will do it. */
  readonly origin: string
}

export interface ListedPasskey {
  readonly id: string
  /** What she calls it; null: nothing. */
  readonly name: string | null
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export interface PasskeyList {
  /** False: passkeys can't work at the site's address, which is neither https nor localhost. */
  readonly isOffered: boolean
  readonly passkeys: readonly ListedPasskey[]
}

export type ToAdd = { readonly kind: 'ask'; readonly ask: PasskeyAsk } | { readonly kind: 'not-offered' | 'signed-out' | 'stale' | 'full' }

/** `refused`: what the browser sent is no fresh passkey of this site. `known`: it was added before. `stale`: sign in by mail or passkey again. */
export type AddOutcome = {
  readonly kind: 'added' | 'refused' | 'known' | 'name-too-long' | 'not-offered' | 'signed-out' | 'stale' | 'full'
}

/** Why is for the log alone. */
export type PasskeyRefusal = 'unreadable' | 'over' | 'unknown' | 'invalid' | 'counter'

export type PasskeyOutcome =
  | { readonly kind: 'signed-in'; readonly session: string; readonly role: 'consumer'; readonly language: string }
  | { readonly kind: 'refused'; readonly reason: PasskeyRefusal }
  | { readonly kind: 'wait'; readonly until: number }

export interface PasskeyForm {
  /** JSON, as the browser's script wrote it. */
  readonly response: string
  /** '' for none. */
  readonly name: string
}

/**
 * `browser` is a random value in a cookie of the asking browser. What was asked in one browser can be answered in that one only, once, for
 * 15 minutes; asking changes nothing.
 */
export interface PasskeyDesk {
  /** Null: not offered. */
  toSignIn(browser: string): Promise<PasskeyAsk | null>
  /** `peer` is the visitor's address in text form. */
  signIn(response: string, browser: string, peer: string): Promise<PasskeyOutcome>
  /** Null: nobody, or an admin. */
  list(session: string): Promise<PasskeyList | null>
  /** Wants a session of at most 15 minutes, begun by mail or passkey. */
  toAdd(session: string, browser: string): Promise<ToAdd>
  add(session: string, browser: string, form: PasskeyForm): Promise<AddOutcome>
  /** Signs out whoever else is signed in as her. False: she has none of that id. */
  remove(session: string, id: string): Promise<boolean>
}

/** What the browser has to keep between leaving for the provider and coming back. Times in ms since the epoch. */
export interface OidcFlow {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly until: number
}

/** `detail` is a closed word for the log. */
export type OidcStart =
  | { readonly kind: 'go'; readonly url: string; readonly flow: OidcFlow }
  | { readonly kind: 'unreachable'; readonly detail: string }

/**
 * `over`: not begun in this browser, used, or too old. `unverified`: the provider vouches for no mail address. `failed`: its answer did not
 * hold. `unreachable`: it does not answer.
 */
export type OidcOutcome =
  | { readonly kind: 'signed-in'; readonly session: string; readonly role: 'consumer'; readonly language: string }
  | { readonly kind: 'over' | 'unverified' }
  | { readonly kind: 'failed' | 'unreachable'; readonly detail: string }
  | { readonly kind: 'wait'; readonly until: number }

export interface OidcDesk {
  /** What people call the provider. */
  readonly name: string
  /** Where to send her. Changes nothing here. */
  start(): Promise<OidcStart>
  /** `search` is the query with which she came back, from its `?` on. From a POST only. */
  finish(search: string, flow: OidcFlow, about: { readonly peer: string; readonly language: string }): Promise<OidcOutcome>
}
