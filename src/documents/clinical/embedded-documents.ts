// The documents inside of structured records, for those who unpack them: exactly those that the page of the record calls "beside".

import type { Text } from '../../texts.js'
import { cdaHtml } from './cda.js'
import type { ClinicalCopy, EmbeddedFile } from './clinical-copy.js'
import { fhirHtml } from './fhir.js'
import { hl7v2Html } from './hl7v2.js'

/** Signs without which a record of this kind can hold no document; looking for them is cheaper than reading it. */
const kinds: Readonly<Record<string, { readonly read: (bytes: Buffer, text: Text) => ClinicalCopy; readonly signs: readonly string[] }>> = {
  'application/cda+xml': { read: cdaHtml, signs: ['B64'] },
  'application/fhir+json': { read: fhirHtml, signs: ['contentType', 'Binary'] },
  'application/fhir+ndjson': { read: fhirHtml, signs: ['contentType', 'Binary'] },
  'application/fhir+xml': { read: fhirHtml, signs: ['contentType', 'Binary'] },
  'text/hl7v2': { read: hl7v2Html, signs: ['ED', 'JVBERi0'] },
}

/** Nobody reads the page that is made on the way. */
const silent: Text = (key) => (key.endsWith('.language') ? 'en' : '')

/**
 * PDFs, scans and other documents in a record of this type, in its order; none for a type that can't hold any. Texts and pictures that
 * its page shows are not among them. Rejects with NotConvertibleError where the record can't be read.
 */
export async function embeddedDocuments(bytes: Buffer, mediaType = 'application/cda+xml'): Promise<readonly EmbeddedFile[]> {
  const kind = Object.hasOwn(kinds, mediaType) ? kinds[mediaType] : undefined
  if (!kind?.signs.some((sign) => bytes.includes(sign) || bytes.includes(sign, 0, 'utf16le') || bytes.includes(bigEndian(sign)))) return []
  return kind.read(bytes, silent).embedded
}

function bigEndian(sign: string): Buffer {
  return Buffer.from(sign, 'utf16le').swap16()
}
