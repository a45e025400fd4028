// What the header of a leaf part says about it (RFC 2045 5, RFC 2183), read without the parser library.

import { type Field, firstField, parseValue, withoutComments } from './mime-header.js'
import { type Spelling, type TransferEncoding, transferEncoding } from './transfer.js'

/** A leaf part as the scan of the raw bytes found it. */
export interface Leaf {
  /** IMAP-style section path. */
  readonly part: string
  /** Lower case, without parameters. */
  readonly mediaType: string
  readonly charset: string | null
  /** Without angle brackets. */
  readonly contentId: string | null
  /** Its disposition says so; anything but `inline` does (RFC 2183 2.8). */
  readonly isAttachment: boolean
  readonly hasName: boolean
  readonly encoding: TransferEncoding
  readonly spelling: Spelling
  /** Where the encoded body lies in the raw message. */
  readonly start: number
  readonly end: number
}

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+/

/** @param parentType type of the enclosing multipart: what is in a digest is a message unless it says otherwise (RFC 2046 5.1.5). */
export function describeLeaf(fields: readonly Field[], parentType: string): Omit<Leaf, 'part' | 'start' | 'end'> {
  const type = parseValue(firstField(fields, 'content-type'))
  const disposition = parseValue(firstField(fields, 'content-disposition'))
  const hasName = Boolean(disposition.params.get('filename') || type.params.get('name'))
  const isAttachment = disposition.value !== '' && disposition.value.toLowerCase() !== 'inline'
  const { encoding, spelling } = transferEncoding(withoutComments(firstField(fields, 'content-transfer-encoding')))
  const contentId = firstField(fields, 'content-id').replace(/^<|>$/g, '').trim()
  return {
    mediaType: mediaType(type.value, isAttachment || hasName, parentType),
    charset: type.params.get('charset')?.trim().toLowerCase() || null,
    contentId: contentId || null,
    isAttachment,
    hasName,
    encoding,
    spelling,
  }
}

/** Whether a leaf is text of the message itself, which mail programs show without being asked. */
export function isBodyText(leaf: Leaf): boolean {
  return (leaf.mediaType === 'text/plain' || leaf.mediaType === 'text/html') && !leaf.isAttachment && !leaf.hasName
}

function mediaType(value: string, isFile: boolean, parentType: string): string {
  const written = MEDIA_TYPE.exec(value.toLowerCase())?.[0]
  if (written) return written
  if (value === '' && parentType === 'multipart/digest') return 'message/rfc822'
  // RFC 2045 5.2: what does not say is text; but nobody names the text of a letter.
  return isFile ? 'application/octet-stream' : 'text/plain'
}
