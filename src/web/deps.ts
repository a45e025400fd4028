// What the web door is given. It decides nothing: desks decide, this room speaks HTTP and HTML.

import type { AccountsDesk } from '../accounts/desk.js'
import type { Clock } from '../clock.js'
import type { HeldDesk } from '../intake/held-desk.js'
import type { JournalDesk } from '../intake/journal-desk.js'
import type { Log } from '../log.js'
import type { OverviewDesk } from '../overview/desk.js'
import type { RequestsDesk } from '../requests/desk.js'
import type { RetrievalDesk } from '../retrieval/desk.js'
import type { Templates } from '../templates.js'
import type { Texts } from '../texts.js'
import type { HttpBounds } from './listener.js'
import type { LiveBounds } from './live.js'

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
  /** Looking things up in the intake log. */
  readonly journal: JournalDesk
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
  /** Of pages that follow the log; other ones are for tests. */
  readonly live?: Partial<LiveBounds>
  /** `reasons` are closed words; only a visitor from this machine sees them. */
  readiness(): Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }>
  /** Only while trying out (no relay) and with every listening host loopback. */
  readonly outgoing?: Outgoing
  /** Prometheus text exposition; seen from this machine only, or with `token` as bearer. Without it /metrics is 404. */
  readonly metrics?: { render(): Promise<string>; readonly token: string | null }
}
