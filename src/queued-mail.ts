// A mail that holds no code and may therefore wait in the outbox: what a desk asks for, before it is written and sent.

export interface QueuedMail {
  /** templates/mail/<template>.txt and .html; its subject is the text `<catalogue>.<template>.subject`. */
  readonly template: string
  /** The file of texts with its subject; `mail` if not given. */
  readonly catalogue?: string
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

/**
 * Who writes a mail whose contents must not wait in the outbox, as the post asks for it: what waits is `about`, a key that tells nothing by
 * itself. `Tables` are the store's.
 */
export interface MailWriter<Tables> {
  /** When it is about to be sent. Null: there is nothing to send any more. What it throws is tried again later. */
  write(about: string): Promise<QueuedMail | null>
  /** It will never be sent: within the transaction that says so. */
  givenUp(tables: Tables, about: string): Promise<void>
}
