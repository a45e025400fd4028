// Opens a PDF with the empty password, and tells the ones that want another. pdf-lib reads every object of the file once, wherever the
// cross-reference table says they are, so damaged tables don't matter; what it couldn't read is refused where a page needs it.

import { NotConvertibleError } from '../copy.js'
import { PDFDict, PDFDocument, PDFName } from '../pdf-library.js'

/** Of an encryption dictionary, with room to spare: two strings of 127 bytes and a few of 32, in hexadecimal, and names. */
const MAX_DICTIONARY = 8192

const BASE = { password: '', updateMetadata: false, parseSpeed: Number.POSITIVE_INFINITY }

/** Throws NotConvertibleError: `protected` when it needs a password or a key, `damaged` when it can't be read or has no catalogue. */
export async function loadPdf(bytes: Buffer): Promise<PDFDocument> {
  const document = await loadOrNull(bytes)
  if (document?.catalog instanceof PDFDict) return document
  throw new NotConvertibleError((await isProtectedPdf(bytes)) ? 'protected' : 'damaged')
}

/**
 * Does it need a password (or a certificate) that we don't have? Without an encryption dictionary that costs one search through the
 * bytes; with one only that dictionary is tried. false for what is no PDF. Never throws.
 */
export async function isProtectedPdf(bytes: Buffer): Promise<boolean> {
  // ISO 32000-1 7.5.8.2: even where objects are packed in streams, the trailer's entries stand in plain text.
  if (!bytes.includes('/Encrypt', 0, 'latin1')) return false
  const lock = lockOf(bytes)
  if (lock === null) return false
  try {
    await PDFDocument.load(lock, BASE)
    return false
  } catch {
    return true
  }
}

async function loadOrNull(bytes: Buffer): Promise<PDFDocument | null> {
  try {
    const document = await PDFDocument.load(withIdentifier(bytes), BASE)
    return document.context.lookup(document.context.trailerInfo.Root) ? document : null
  } catch {
    return null
  }
}

/** The library wants the file identifier that an encrypted file should have (7.5.5). A later trailer adds to an earlier one. */
function withIdentifier(bytes: Buffer): Buffer {
  if (!bytes.includes('/Encrypt', 0, 'latin1') || bytes.includes('/ID', 0, 'latin1')) return bytes
  return Buffer.concat([bytes, Buffer.from('\ntrailer\n<< /ID [<> <>] >>\n', 'latin1')])
}

/** A PDF without pages that has the same lock; null where no encryption dictionary can be found. */
function lockOf(bytes: Buffer): Buffer | null {
  const trailer = bytes.lastIndexOf('/Encrypt', undefined, 'latin1')
  const around = bytes.toString('latin1', Math.max(0, trailer - MAX_DICTIONARY), trailer + MAX_DICTIONARY)
  const here = trailer - Math.max(0, trailer - MAX_DICTIONARY)
  const reference = /^\/Encrypt\s+(\d{1,10})\s+(\d{1,5})\s+R/.exec(around.slice(here, here + 64))
  const dictionary = reference === null ? inPlace(around.slice(here)) : objectOf(bytes, `${reference[1]} ${reference[2]} obj`)
  if (dictionary === null) return null
  const id = idOf(around, here)
  const object = (number: number, body: string) => `${number} 0 obj\n${body}\nendobj\n`
  const end = `trailer\n<< /Root 1 0 R /Encrypt 2 0 R /ID [${id} ${id}] >>\n%%EOF\n`
  return Buffer.from(`%PDF-1.7\n${object(1, '<< /Type /Catalog >>')}${object(2, dictionary)}${end}`, 'latin1')
}

/** The bytes between `n m obj` and `endobj`; the last such object counts. */
function objectOf(bytes: Buffer, header: string): string | null {
  for (let at = bytes.lastIndexOf(header, undefined, 'latin1'); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(header, at - 1, 'latin1')) {
    if (at > 0 && /[\d.]/.test(String.fromCharCode(bytes[at - 1] ?? 0))) continue // the end of a longer number
    const body = bytes.toString('latin1', at + header.length, at + MAX_DICTIONARY)
    const end = body.indexOf('endobj')
    return end < 0 ? null : body.slice(0, end)
  }
  return null
}

/** A dictionary that stands in the trailer itself. What follows it does no harm: the parser stops at its end. */
function inPlace(from: string): string | null {
  return from.startsWith('<<', '/Encrypt'.length + (/^\s*/.exec(from.slice('/Encrypt'.length))?.[0].length ?? 0))
    ? from.slice('/Encrypt'.length)
    : null
}

/** The first file identifier nearest to the trailer's /Encrypt, as it is written; an empty string where there is none. */
function idOf(around: string, near: number): string {
  let best = '<>'
  let distance = Number.POSITIVE_INFINITY
  for (const match of around.matchAll(/\/ID\s*\[\s*(<[0-9A-Fa-f\s]{0,256}>|\((?:[^\\()]|\\[\s\S]){0,256}\))/g)) {
    if (Math.abs(match.index - near) >= distance) continue
    distance = Math.abs(match.index - near)
    best = match[1] ?? best
  }
  return best
}

/** A class of the library, whose constructors are its own business. */
interface Kind<T> {
  readonly prototype: T
  [Symbol.hasInstance](value: unknown): boolean
}

/** The entry as the type it must have, or null: a wrong type is as good as none. */
export function entryOf<T>(dict: PDFDict, key: string, kind: Kind<T>): T | null {
  const value: unknown = dict.context.lookup(dict.get(PDFName.of(key)))
  return kind[Symbol.hasInstance](value) ? (value as T) : null
}
