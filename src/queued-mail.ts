// A mail that holds no code and may therefore wait in the outbox: what a desk asks for, before it is written and sent.

export interface QueuedMail {
  /** templates/mail/<template>.txt and .html; its subject is the text `mail.<template>.subject`. */
  readonly template: string
  /** Canonical address. */
  readonly to: string
  readonly language: string
  /** What the template may show. Never a code of a package, never an answer or a question. */
  readonly values: Readonly<Record<string, string | number>>
  /** The same key is queued once only. */
  readonly idempotencyKey: string
  /** RFC 3834 5; 'auto-generated' unless it answers a message. */
  readonly automatic?: 'auto-generated' | 'auto-replied'
  /** Where an answer goes, if not to the sender. */
  readonly replyTo?: string
  /** Message-ID answered, without angle brackets. */
  readonly inReplyTo?: string | null
  readonly attachments?: ReadonlyArray<{ readonly name: string; readonly mediaType: string; readonly bytes: Buffer }>
}

/** Where a provider is written to about a package, as one desk asks it of another. */
export interface ProviderMailbox {
  readonly to: string
  readonly language: string
  /** Message-ID of the receipt; null: there was none. */
  readonly inReplyTo: string | null
}
