// Composing the mails we send (RFC 5322, RFC 2046): text and HTML of the same content, attachments, marked as automatic (RFC 3834),
// signed if we have a key (RFC 6376). Nothing in them can be fetched, counted or followed. Never reads a file or an address.

import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import DKIM from 'nodemailer/lib/dkim'
import MailComposer from 'nodemailer/lib/mail-composer'
import { canonicalAddress, domainOf } from './address.js'

export interface Letter {
  readonly from: { readonly name: string; readonly address: string }
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Further header fields. */
  readonly headers?: Readonly<Record<string, string>>
  /** Message-ID of what this answers, with or without brackets. */
  readonly inReplyTo?: string | null
  /** With or without brackets; one of our own domain is made when absent. */
  readonly messageId?: string
  readonly attachments?: ReadonlyArray<{ readonly name: string; readonly mediaType: string; readonly bytes: Buffer }>
  /** `auto-replied`: an answer to one message. `auto-generated`: anything else a program sends by itself. */
  readonly automatic: 'auto-generated' | 'auto-replied'
}

export interface DkimKey {
  readonly domain: string
  readonly selector: string
  /** PEM. */
  readonly key: string
}

// More than the usual ones: what a reader or a receiving server acts on must not be changeable on the way.
const SIGNED_FIELDS = 'from:to:subject:date:message-id:mime-version:content-type:in-reply-to:references:auto-submitted:reply-to'

/**
 * Composes the whole message. Throws when an address is none, or any value for the header holds a line break or a control character:
 * that would let a value write a header field of its own.
 */
export async function composeLetter(letter: Letter, options: { dkim?: DkimKey | null } = {}): Promise<Buffer> {
  const attachments = letter.attachments ?? []
  refuseControls([letter.from.name, letter.from.address, letter.to, letter.subject, letter.messageId ?? '', letter.inReplyTo ?? ''])
  refuseControls([...Object.entries(letter.headers ?? {}), ...attachments.map(({ name, mediaType }) => [name, mediaType])].flat())
  if (!canonicalAddress(letter.from.address) || !canonicalAddress(letter.to)) throw new Error('composing letter: not an address')
  const answered = letter.inReplyTo ? inBrackets(letter.inReplyTo) : undefined
  const message = new MailComposer({
    from: { name: letter.from.name, address: letter.from.address },
    to: { name: '', address: letter.to },
    subject: letter.subject,
    text: letter.text,
    html: letter.html,
    textEncoding: 'quoted-printable',
    messageId: inBrackets(letter.messageId ?? `${randomUUID()}@${domainOf(letter.from.address)}`),
    inReplyTo: answered,
    references: answered,
    headers: { 'Auto-Submitted': letter.automatic, 'X-Auto-Response-Suppress': 'All', ...letter.headers },
    attachments: attachments.map(({ name, mediaType, bytes }) => ({
      filename: name,
      contentType: mediaType,
      contentDisposition: 'attachment',
      content: bytes,
    })),
    xMailer: false,
    newline: '\r\n',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const raw = await message.compile().build()
  return options.dkim ? await sign(raw, options.dkim) : raw
}

async function sign(raw: Buffer, { domain, selector, key }: DkimKey): Promise<Buffer> {
  const signer = new DKIM({ domainName: domain, keySelector: selector, privateKey: key, headerFieldNames: SIGNED_FIELDS })
  const chunks: Buffer[] = []
  for await (const chunk of signer.sign(raw) as Readable) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function inBrackets(messageId: string): string {
  return `<${messageId.trim().replace(/^<|>$/g, '')}>`
}

function refuseControls(values: readonly string[]): void {
  // The value stays out of the error: it may be a name or an address.
  if (values.some((value) => /\p{Cc}|[\u2028\u2029]/u.test(value))) throw new Error('composing letter: control character in a header value')
}
