// The properties of a message as Outlook keeps them ([MS-OXPROPS]), whichever file they came in, and what a reader wants of them: the
// message's own text, with the few lines above it that every mail program shows.

import { decodeCodePage, WINDOWS_1252 } from './code-page.js'
import { decompressRtf } from './compressed-rtf.js'
import type { InnerFile } from './inner-file.js'

/** Property identifiers ([MS-OXPROPS]). */
export const PID = {
  subject: 0x0037,
  clientSubmitTime: 0x0039,
  sentRepresentingName: 0x0042,
  sentRepresentingAddress: 0x0065,
  recipientType: 0x0c15,
  senderName: 0x0c1a,
  senderAddress: 0x0c1f,
  displayCc: 0x0e03,
  displayTo: 0x0e04,
  deliveryTime: 0x0e06,
  body: 0x1000,
  rtfCompressed: 0x1009,
  html: 0x1013,
  displayName: 0x3001,
  emailAddress: 0x3003,
  attachData: 0x3701,
  attachFilename: 0x3704,
  attachMethod: 0x3705,
  attachLongFilename: 0x3707,
  attachMimeTag: 0x370e,
  smtpAddress: 0x39fe,
  internetCodePage: 0x3fde,
  messageCodePage: 0x3ffd,
  senderSmtpAddress: 0x5d01,
  sentRepresentingSmtpAddress: 0x5d02,
} as const

/** Property types ([MS-OXCDATA] 2.11.1). */
export const TYPE = { integer16: 2, integer32: 3, object: 0x0d, string8: 0x1e, unicode: 0x1f, time: 0x40, binary: 0x102 } as const

const UTF_8 = 65001
const US_ASCII = 20127

/** More than that nobody reads. */
const MAX_ADDRESSEES = 200

export interface Property {
  readonly type: number
  /** As stored: little-endian numbers, text in its encoding. Of several values the first. */
  readonly value: Buffer
}

/** Of one message, recipient or attachment. */
export class Properties {
  readonly #properties: ReadonlyMap<number, Property>
  readonly codePage: number

  /** @param codePage of text that isn't Unicode; null: as the properties say themselves. */
  constructor(properties: ReadonlyMap<number, Property>, codePage: number | null) {
    this.#properties = properties
    this.codePage = codePage ?? this.#ownCodePage()
  }

  /** Many messages name only the code page they were mailed in; unless that is one for mail alone, it is also theirs. */
  #ownCodePage(): number {
    const mailed = this.number(PID.internetCodePage)
    return this.number(PID.messageCodePage) ?? (mailed === null || mailed === UTF_8 || mailed === US_ASCII ? WINDOWS_1252 : mailed)
  }

  get(id: number): Property | null {
    return this.#properties.get(id) ?? null
  }

  /** Up to the first NUL. null when there is none, or it is empty. */
  text(id: number): string | null {
    const property = this.get(id)
    if (property === null) return null
    const { type, value } = property
    if (type !== TYPE.unicode && type !== TYPE.string8) return null
    const text = type === TYPE.unicode ? value.toString('utf16le') : decodeCodePage(value, this.codePage)
    const end = text.indexOf('\0')
    return (end < 0 ? text : text.slice(0, end)) || null
  }

  number(id: number): number | null {
    const property = this.get(id)
    if (property?.type === TYPE.integer32 && property.value.length >= 4) return property.value.readUInt32LE()
    return property?.type === TYPE.integer16 && property.value.length >= 2 ? property.value.readUInt16LE() : null
  }

  binary(id: number): Buffer | null {
    const property = this.get(id)
    return property?.type === TYPE.binary || property?.type === TYPE.object ? property.value : null
  }

  /** [MS-DTYP] 2.3.3: tenths of microseconds since 1601, UTC. null also for what no calendar has. */
  time(id: number): Date | null {
    const property = this.get(id)
    if (property?.type !== TYPE.time || property.value.length < 8) return null
    const date = new Date(Number(property.value.readBigUInt64LE() / 10_000n) - 11_644_473_600_000)
    return Number.isNaN(date.getTime()) ? null : date
  }
}

/** Whom a message went to, as display text. */
export interface Addressees {
  readonly to: string | null
  readonly cc: string | null
}

/**
 * The message itself, best first: its text under the lines From, To, Cc, Date and Subject; its HTML; or, where there is no HTML, its rich
 * text (with HTML there, Outlook only derives it: [MS-OXBBODY]). Nothing when it says nothing.
 */
export function bodyFiles(kind: string, properties: Properties, addressees: Addressees, maxBytes: number): InnerFile[] {
  const text = properties.text(PID.body) ?? ''
  const html = htmlOf(properties)
  const rtf = html === null ? properties.binary(PID.rtfCompressed) : null
  const lines = headLines(properties, addressees)
  // winmail.dat names no sender, since it came inside the mail that does: the lines would only repeat a part of that one's.
  const head = kind === 'tnef' && !lines[0]?.startsWith('From:') ? [] : lines
  const files: InnerFile[] = []
  if (text.trim() !== '' || head.length > 0)
    files.push(body(kind, 'body.txt', 'text/plain', Buffer.from([...head, '', text].join('\r\n').trim())))
  if (html !== null) files.push(body(kind, 'body.html', 'text/html', html))
  if (rtf !== null && rtf.length > 0) files.push(body(kind, 'body.rtf', 'application/rtf', decompressRtf(rtf, maxBytes)))
  return files
}

function body(kind: string, name: string, mediaType: string, bytes: Buffer): InnerFile {
  return { name, mediaType, bytes, way: `${kind}/${name}`, role: 'body', title: null }
}

/** From the list of recipients; from how they were shown, where there is no list. */
export function listAddressees(recipients: readonly Properties[], message: Properties): Addressees {
  const those = (type: number) => {
    const found = recipients.filter((recipient) => recipient.number(PID.recipientType) === type).slice(0, MAX_ADDRESSEES + 1)
    const shown = found.flatMap((one) => mailbox(one.text(PID.displayName), one.text(PID.smtpAddress) ?? one.text(PID.emailAddress)) ?? [])
    return shown.length > MAX_ADDRESSEES ? `${shown.slice(0, MAX_ADDRESSEES).join('; ')}; …` : shown.join('; ') || null
  }
  return { to: those(1) ?? message.text(PID.displayTo), cc: those(2) ?? message.text(PID.displayCc) }
}

/** As a mail's header has them. Each is one line, so that no name can pretend to be another line. */
function headLines(properties: Properties, { to, cc }: Addressees): string[] {
  const from = mailbox(
    properties.text(PID.sentRepresentingName) ?? properties.text(PID.senderName),
    properties.text(PID.sentRepresentingSmtpAddress) ??
      properties.text(PID.sentRepresentingAddress) ??
      properties.text(PID.senderSmtpAddress) ??
      properties.text(PID.senderAddress),
  )
  const date = properties.time(PID.clientSubmitTime) ?? properties.time(PID.deliveryTime)
  const fields: ReadonlyArray<readonly [name: string, value: string | null]> = [
    ['From', from],
    ['To', to],
    ['Cc', cc],
    ['Date', date?.toUTCString() ?? null],
    ['Subject', properties.text(PID.subject)],
  ]
  return fields.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value.replace(/\p{C}+/gu, ' ').trim()}`]))
}

/** `Name <address>`. Exchange's own addresses (`/o=…`) tell a person nothing. */
function mailbox(name: string | null, address: string | null): string | null {
  if (address === null || !address.includes('@')) return name
  return name === null || name === address ? address : `${name} <${address}>`
}

/** As stored; in UTF-8 where that is Unicode, or where the HTML doesn't say itself what it is written in. */
function htmlOf(properties: Properties): Buffer | null {
  const stored = properties.get(PID.html)
  if (stored === null || stored.value.length === 0) return null
  const { type, value } = stored
  if (type === TYPE.unicode) return Buffer.from(`\ufeff${value.toString('utf16le')}`)
  if (saysCharset(value)) return value
  return Buffer.from(`\ufeff${decodeCodePage(value, properties.number(PID.internetCodePage) ?? properties.codePage)}`)
}

function saysCharset(html: Buffer): boolean {
  const head = html.toString('latin1', 0, 4096)
  return /<meta[^>]{0,200}charset/i.test(head) || /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(head)
}

/** What an attachment was declared to be. A signed message is kept as an attachment that is a MIME entity ([MS-OXOSMIME]). */
export function declaredType(attachment: Properties): string {
  const tag = attachment.text(PID.attachMimeTag)?.trim().toLowerCase() ?? ''
  if (tag.startsWith('multipart/')) return 'message/rfc822'
  return tag === '' ? 'application/octet-stream' : tag
}
