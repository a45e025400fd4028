// What the files of a package are called in its ZIP. FORMAT.md section 5.

import type { ThumbnailType } from './copies.js'
import { MAX_FILES } from './manifest.js'

/** Of a document to be sealed, what its names come from. */
export interface NamedDocument {
  readonly name: string
  readonly copy?: { readonly kind: 'html'; readonly html: Buffer } | { readonly kind: 'pages' | 'as-sent' }
  readonly thumbnail?: Buffer | null
}

/** Names in the ZIP, with forward slashes. null: there is no such file. */
export interface PackageFiles {
  /** 'documents/01-name.docx' */
  readonly document: string
  /** 'readable/01-name.html' */
  readonly copy: string | null
  /** 'readable/01.png' */
  readonly thumbnail: string | null
}

const MAX_FILE_NAME = 120 // UTF-8 bytes: with a folder of its owner's before it, it stays below every system's limit
const BESIDE = 3 // manifest.json, records.pdf and index.html

/**
 * What `bundle` will call the files of `documents`, in their order. A copy without a byte, and a thumbnail that is neither PNG nor JPEG, is
 * left out; so are the last thumbnails where they would be more files than a reader takes.
 */
export function fileNames(documents: readonly NamedDocument[]): PackageFiles[] {
  const copies = documents.filter(hasHtml).length
  let room = MAX_FILES - BESIDE - documents.length - copies
  return documents.map((document, index) => {
    const place = String(index + 1).padStart(2, '0')
    const name = fileName(document.name)
    const type = thumbnailType(document.thumbnail ?? null)
    const hasThumbnail = type !== null && room-- > 0
    return {
      document: `documents/${place}-${name}`,
      copy: hasHtml(document) ? `readable/${place}-${fileName(`${stemOf(name)}.html`)}` : null,
      thumbnail: hasThumbnail ? `readable/${place}.${type === 'image/png' ? 'png' : 'jpg'}` : null,
    }
  })
}

/** By its first bytes; null when it is no picture we know. */
export function thumbnailType(picture: Buffer | null): ThumbnailType | null {
  if (picture?.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return 'image/png'
  return picture?.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) ? 'image/jpeg' : null
}

function hasHtml({ copy }: NamedDocument): boolean {
  return copy?.kind === 'html' && copy.html.length > 0
}

function stemOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(0, dot) : name
}

/**
 * The name as every file system takes it. Whoever collects documents has cleaned it; here the package makes sure of it, since a path or
 * a hidden letter in an archive is an attack on the one who unpacks it. The place before it keeps it unique and from being a device name.
 */
function fileName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[/\\:*?"<>|]/g, '_')
    .trim()
  const dot = plain.lastIndexOf('.')
  const ending = dot > 0 && plain.length - dot <= 12 ? plain.slice(dot) : ''
  const stem = plain.slice(0, plain.length - ending.length)
  return (shorten(stem, MAX_FILE_NAME - Buffer.byteLength(ending)) + ending).replace(/[. ]+$/, '') || 'document'
}

/** The longest beginning that fits into `limit` UTF-8 bytes, whole characters only. */
function shorten(text: string, limit: number): string {
  let kept = ''
  let bytes = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > limit) break
    kept += character
  }
  return kept
}
