// Pictures inside documents: only those a browser shows by itself, told by their bytes, become data: URIs. Everything else is counted,
// so that the page can say what is missing.

import { COPY_LIMITS } from '../copy.js'

/** A part that a mail's HTML refers to as `cid:` (RFC 2392); the key is the Content-ID without its angle brackets. */
export type InlineImages = ReadonlyMap<string, { readonly mediaType: string; readonly bytes: Buffer }>

export interface PictureFacts {
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'
  /** Pixels. */
  readonly width: number
  readonly height: number
}

const MAX_BYTES = 8 * 1024 * 1024
const MAX_ALL_BYTES = 24 * 1024 * 1024

/** What the bytes say they are; null for anything that is not one of the four kinds, or too short to tell its size. */
export function readPicture(bytes: Buffer): PictureFacts | null {
  if (bytes.length < 16) return null
  const facts = png(bytes) ?? gif(bytes) ?? webp(bytes) ?? jpeg(bytes)
  return facts && facts.width > 0 && facts.height > 0 ? facts : null
}

/** The pictures of one document: hands out data: URIs until there are too many bytes of them. */
export class Pictures {
  /** Pictures that the copy can't show: from the Internet, of a kind that browsers don't know, damaged, or too big. */
  leftOut = 0
  readonly #images: InlineImages
  #room = MAX_ALL_BYTES

  constructor(images: InlineImages = new Map()) {
    this.#images = images
  }

  /** From an attribute as it was written: `data:` or `cid:`. null, and counted, when there is nothing to show. */
  resolve(source: string): string | null {
    const at = source.slice(0, 300).trimStart()
    const bytes = /^data:/i.test(at) ? dataOf(source.trim()) : /^cid:/i.test(at) ? this.#inline(source.trim().slice(4)) : null
    if (bytes) return this.dataUri(bytes)
    this.leftOut++
    return null
  }

  /** null, and counted, when a browser could not show it or should not have to. */
  dataUri(bytes: Buffer): string | null {
    const facts = bytes.length <= Math.min(MAX_BYTES, this.#room) ? readPicture(bytes) : null
    if (!facts || facts.width * facts.height > COPY_LIMITS.maxPixels) {
      this.leftOut++
      return null
    }
    this.#room -= bytes.length
    return `data:${facts.mediaType};base64,${bytes.toString('base64')}`
  }

  #inline(contentId: string): Buffer | null {
    if (contentId.length > 1000) return null
    const image = this.#images.get(contentId) ?? this.#images.get(percentDecoded(contentId))
    return image?.bytes ?? null
  }
}

/** RFC 2397. The type it says is not asked: the bytes count. */
function dataOf(uri: string): Buffer | null {
  const comma = uri.slice(0, 300).indexOf(',')
  if (comma < 0 || uri.length > MAX_BYTES * 2) return null
  const data = uri.slice(comma + 1)
  return /;\s*base64\s*$/i.test(uri.slice(0, comma))
    ? Buffer.from(percentDecoded(data), 'base64')
    : Buffer.from(percentDecoded(data), 'latin1')
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function png(bytes: Buffer): PictureFacts | null {
  if (bytes.length < 24 || !bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return null
  return { mediaType: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

function gif(bytes: Buffer): PictureFacts | null {
  if (!/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return null
  return { mediaType: 'image/gif', width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
}

/** WebP container specification: lossy, lossless or extended, each with its size in a place of its own. */
function webp(bytes: Buffer): PictureFacts | null {
  if (bytes.length < 30 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP') return null
  const mediaType = 'image/webp'
  const kind = bytes.toString('latin1', 12, 16)
  if (kind === 'VP8X') return { mediaType, width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
  if (kind === 'VP8L') {
    const bits = bytes.readUInt32LE(21)
    return { mediaType, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  return kind === 'VP8 ' ? { mediaType, width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff } : null
}

/** ITU-T T.81, Annex B: from marker to marker until one that begins a frame. */
function jpeg(bytes: Buffer): PictureFacts | null {
  if (bytes.readUInt16BE(0) !== 0xffd8) return null
  let at = 2
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) at++
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { mediaType: 'image/jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    } else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2))
  }
  return null
}
