// What the web door is given. It decides nothing: desks decide, this room speaks HTTP and HTML.

import type { AccountsDesk } from '../accounts/desk.js'
import type { Clock } from '../clock.js'
import type { HeldDesk } from '../intake/held-desk.js'
import type { Log } from '../log.js'
import type { OverviewDesk } from '../overview/desk.js'
import type { RequestsDesk } from '../requests/desk.js'
import type { RetrievalDesk } from '../retrieval/desk.js'
import type { Templates } from '../templates.js'
import type { Texts } from '../texts.js'
import type { HttpBounds } from './listener.js'

/** The part of the configuration that pages and cookies need. */
export interface WebSettings {
  readonly host: string
  /** 0: a free port, known after start. */
  readonly port: number
  /** PEM texts (not paths); null: plain HTTP, for behind a proxy. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  /** Origin without a trailing slash; null: the door's own address. With https, cookies get `Secure` and `__Host-`, and HSTS is sent. */
  readonly publicUrl: string | null
  readonly intakeDomain: string
  readonly operator: { readonly name: string; readonly email: string; readonly phone: string; readonly fax: string }
  readonly trustedProxies: readonly string[]
  readonly packageDays: number
  readonly maxMessageBytes: number
}

/** One row of the intake log as an admin sees it. Never a subject, never a file name. */
export interface IntakeEntry {
  readonly number: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly providerName: string | null
  readonly consumerMasked: string | null
  readonly documents: number
  readonly bytes: number
  readonly outcome: 'accepted' | 'held' | 'rejected' | 'deferred'
  /** A closed word of the intake desk. */
  readonly reason: string
  readonly replyCode: number
  readonly enhancedCode: string
  readonly replyText: string
}

export interface IntakeLog {
  /** Newest first; `before` is the last entry of the page above (keyset). */
  page(asked: {
    readonly before?: { readonly at: number; readonly number: string }
    readonly limit: number
  }): Promise<readonly IntakeEntry[]>
}

export interface OutgoingMail {
  readonly id: string
  readonly at: number
  readonly from: string
  readonly to: string
  readonly subject: string
}

/** The mail kept in a folder while trying out. Codes stand in it in the clear. */
export interface Outgoing {
  /** Newest first. */
  list(): Promise<readonly OutgoingMail[]>
  /** The plain text of one; null when there is none of that id. */
  read(id: string): Promise<(OutgoingMail & { readonly text: string }) | null>
}

export interface WebDeps {
  readonly settings: WebSettings
  readonly retrieval: RetrievalDesk
  readonly accounts: AccountsDesk
  readonly intakes: IntakeLog
  readonly held: HeldDesk
  readonly overview: OverviewDesk
  readonly requests: RequestsDesk
  readonly templates: Templates
  /** The same folders `templates` was made with; the first must hold `web/`. */
  readonly templateFolder: string
  readonly texts: Texts
  /** What scripts/build-css.mjs wrote; served under /assets. */
  readonly publicFolder: string
  /** 32 bytes; cookies are encrypted under keys derived from it, one for each cookie. */
  readonly cookieKey: Buffer
  readonly clock: Clock
  readonly log: Log
  /** What one peer may cost; other ones are for tests. */
  readonly bounds?: Partial<HttpBounds>
  /** `reasons` are closed words; only a visitor from this machine sees them. */
  readiness(): Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }>
  /** Only while trying out (no relay) and with every listening host loopback. */
  readonly outgoing?: Outgoing
  /** Prometheus text exposition; seen from this machine only, or with `token` as bearer. Without it /metrics is 404. */
  readonly metrics?: { render(): Promise<string>; readonly token: string | null }
}
