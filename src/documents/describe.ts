// A document in a few words, for receipts: its type, size and pages. Never its name: names of files tell who and what.

import { localeOf } from '../dates.js'
import type { Text } from '../texts.js'

/** What may be said of a document outside its package. */
export interface DescribedDocument {
  /** As sniffed. */
  readonly mediaType: string
  readonly bytes: number
  /** null where it can't be told. */
  readonly pages: number | null
  /** It needs a password or a key. */
  readonly isProtected?: boolean
}

/** Beginnings of media types, the first that fits counts; keys are below `receipt.types`. */
const types: ReadonlyArray<readonly [start: string, key: string]> = [
  ['application/pdf', 'pdf'],
  ['image/tiff', 'tiff'],
  ['image/', 'image'],
  ['text/hl7v2', 'hl7'],
  ['text/html', 'html'],
  ['text/', 'text'],
  ['application/cda+xml', 'cda'],
  ['application/ccr+xml', 'ccr'],
  ['application/fhir+', 'fhir'],
  ['application/dicom', 'dicom'],
  ['application/msword', 'word'],
  ['application/vnd.ms-word', 'word'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml', 'word'],
  ['application/vnd.ms-excel', 'excel'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml', 'excel'],
  ['application/vnd.ms-powerpoint', 'powerpoint'],
  ['application/vnd.openxmlformats-officedocument.presentationml', 'powerpoint'],
  ['application/rtf', 'richText'],
  ['application/ms-tnef', 'tnef'],
  ['application/zip', 'zip'],
  ['application/pkcs7', 'smime'],
  ['message/rfc822', 'mail'],
  ['application/vnd.ms-outlook', 'mail'],
]

/** For instance `PDF document, 182 kB, 3 pages`. */
export function describeDocument({ mediaType, bytes, pages, isProtected }: DescribedDocument, text: Text): string {
  const type = types.find(([start]) => mediaType.startsWith(start))?.[1] ?? 'other'
  const facts = [text(`receipt.types.${type}`, { mediaType }), describeSize(bytes, text)]
  if (pages !== null) facts.push(text('receipt.pages', { count: pages }))
  if (isProtected) facts.push(text('receipt.protected'))
  return facts.join(', ')
}

/** Decimal units with at most three digits that count: `912 bytes`, `1.2 MB`. */
export function describeSize(bytes: number, text: Text): string {
  if (bytes < 1000) return text('receipt.bytes', { count: bytes })
  const [unit, amount] = bytes < 999_500 ? ['kilobytes', bytes / 1000] : ['megabytes', bytes / 1_000_000]
  const size = new Intl.NumberFormat(localeOf(text('receipt.language')), { maximumSignificantDigits: amount < 100 ? 2 : 3 }).format(amount)
  return text(`receipt.${unit}`, { size })
}
