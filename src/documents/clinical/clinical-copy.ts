// What every reader of a structured record gives: its page, and the documents that were inside it.

import type { Text } from '../../texts.js'
import { NotConvertibleError } from '../copy.js'
import { describeDocument } from '../describe.js'
import { sniffMediaType } from '../media-type.js'
import { element, escaped, type Html } from './html.js'

/** A document found inside a record, decoded. */
export interface EmbeddedFile {
  /** As the record calls it, else a word for what it is; not cleaned. */
  readonly name: string
  /** By its bytes; what the record says of it only where they don't tell. */
  readonly mediaType: string
  readonly bytes: Buffer
}

export interface ClinicalCopy {
  /** A whole page (see html-page.ts). */
  readonly html: Buffer
  /** In the order of the record. They are not in the page, which says that they are beside it. */
  readonly embedded: readonly EmbeddedFile[]
}

/** Runs a reader. Whatever it meets that nobody thought of, such as a stack that ends, means a record that can't be shown. */
export function guarded(read: () => ClinicalCopy): ClinicalCopy {
  try {
    return read()
  } catch (error) {
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
}

/** Base64 with any white space in it (RFC 2045 6.8); null when it is not base64 or holds nothing. */
export function decodeBase64(text: string): Buffer | null {
  const bare = text.replace(/\s+/g, '')
  if (bare === '' || /[^A-Za-z0-9+/=_-]/.test(bare)) return null
  const bytes = Buffer.from(bare, 'base64')
  return bytes.length === 0 ? null : bytes
}

export function embeddedFile(name: string, said: string, bytes: Buffer): EmbeddedFile {
  return { name: name.trim().slice(0, 200), mediaType: sniffMediaType(bytes, said), bytes }
}

/** Says that a document is a file of its own, and which kind of. Its name is not said: in the package it may have another. */
export function besideNote({ mediaType, bytes }: EmbeddedFile, text: Text): Html {
  const document = describeDocument({ mediaType, bytes: bytes.length, pages: null }, text)
  return element('p', { class: 'beside' }, escaped(text('clinical.beside', { document })))
}

const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif'])

/** The most that one picture and all pictures of a page may add to it, in bytes. */
const MAX_PICTURE = 4_000_000
const MAX_PICTURES = 16_000_000

/** Decides which pictures stand in the page itself. One for each page: it counts. */
export class Pictures {
  #bytes = 0

  /** A data: URI, or null for what a browser can't be trusted to show, or is too large. */
  uriOf({ mediaType, bytes }: EmbeddedFile): string | null {
    if (!PICTURES.has(mediaType) || bytes.length > MAX_PICTURE || this.#bytes + bytes.length > MAX_PICTURES) return null
    this.#bytes += bytes.length
    return `data:${mediaType};base64,${bytes.toString('base64')}`
  }
}
