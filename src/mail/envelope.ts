// What was said in SMTP before any header is believed (RFC 5321 2.3.1): who is connected, and the paths it gave.

/** The connected SMTP client. Never "the sender": that is decided later. */
export interface Peer {
  /** IPv4 or IPv6 address in text form; IPv4-mapped IPv6 is written as IPv4. */
  readonly address: string
  /** As said in EHLO or HELO, cleaned; empty before it. */
  readonly ehlo: string
  /** RFC 3848, as in a Received field: `ESMTP`, `ESMTPSA` …; left out where nobody asks. */
  readonly protocol?: string
  /** For instance `TLSv1.3 TLS_AES_256_GCM_SHA384`; null on a plain connection. */
  readonly tls: string | null
  /** Id of the provider that signed in with SMTP AUTH; null otherwise. */
  readonly signedInAs: string | null
}

/** A part of a message, as it was decoded. Bytes never leave memory unsealed. */
export interface Part {
  /** IMAP-style section path: `1`, `2.1` (RFC 9051 6.4.5); `2.1/1` is the first file that stood in the text `2.1`. */
  readonly part: string
  /** Lower case, without parameters: `application/pdf`. As declared, not sniffed. */
  readonly mediaType: string
  readonly charset: string | null
  /** As sent, decoded (RFC 2047, RFC 2231), not cleaned; null when none was given. */
  readonly sentName: string | null
  /** `body`: text of the message itself; `attachment`: everything else. */
  readonly role: 'body' | 'attachment'
  readonly contentId: string | null
  /** Decoded from its transfer encoding: the bytes as they were before the sender's mail program encoded them. */
  readonly bytes: Buffer
  /** Hex SHA-256 of `bytes`. Never stored unsealed. */
  readonly sha256: string
  /** The way in, where it is no MIME part of its own: `uuencode/NAME` for a file that stood in a text. */
  readonly origin?: string
  /** Of a signature in a multipart/signed (RFC 1847): what it signs, as it was sent, header and all; shares memory with the message. */
  readonly signs?: Buffer
}

/** An address in a header, parsed. `address` is canonical (see mail/address), or '' when it cannot be read. */
export interface Mailbox {
  readonly address: string
  readonly name: string
}

/** Why content would be lost or cut if it were taken as parsed. */
export type DefectReason = 'malformed-message' | 'truncated-part'

export interface Defect {
  /** Section path of the part concerned; `` for the message as a whole. */
  readonly part: string
  readonly reason: DefectReason
  /** A short closed word for log and notes, never quoted content: `no-boundary`, `uuencode-cut`, … */
  readonly detail: string
}

/** What is there whole although it was written so that other programs lose it, or show something else. */
export interface Note {
  /** Section path of the part concerned; `` for the message as a whole. */
  readonly part: string
  readonly reason: 'recovered'
  /** A short closed word, as in a defect. */
  readonly detail: 'boundary-padding' | 'closing-line' | 'encoded-message' | 'encoding-name' | 'uuencode'
}

/** A parsed message (RFC 5322, RFC 2045). */
export interface Message {
  /** All From mailboxes over all From fields. Exactly one is required later. */
  readonly from: readonly Mailbox[]
  /** How many fields of that name the header has; names in lower case. */
  count(fieldName: string): number
  /** Unfolded raw value of the last field of that name, not decoded; null when absent. */
  field(fieldName: string): string | null
  /** Decoded Subject (RFC 2047), '' when absent. */
  readonly subject: string
  /** Without angle brackets; null when absent or empty. */
  readonly messageId: string | null
  /** Raw Date value; null when absent. */
  readonly date: string | null
  readonly parts: readonly Part[]
  /** What the independent count found missing or damaged. Empty: every leaf part is in `parts`, whole. */
  readonly defects: readonly Defect[]
  /** What was recovered: nothing of it is missing. */
  readonly notes: readonly Note[]
}

export type MethodResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'temperror' | 'permerror' | 'policy'

/** Outcome of SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) for one message, in the words of RFC 8601. */
export interface AuthenticationResults {
  readonly spf: { readonly result: MethodResult; readonly domain: string | null }
  readonly dkim: ReadonlyArray<{
    readonly result: MethodResult
    readonly domain: string
    /** Same organisational domain as From (DMARC relaxed or strict, as its policy says). */
    readonly aligned: boolean
    /** Lower-case names of the signed header fields. */
    readonly signedFields: readonly string[]
    /** The signature has an l= tag: bytes after it are unsigned. */
    readonly hasLengthLimit: boolean
  }>
  readonly dmarc: { readonly result: MethodResult; readonly domain: string | null; readonly spfAligned: boolean }
}
