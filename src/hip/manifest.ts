// manifest.json, the first file in every package: what is in it, who sent it and how that was checked. FORMAT.md section 6. Written once,
// read for ever: fields may be added, and a reader passes over those it doesn't know, but none changes its meaning under one version.

import { type DocumentFacts, type RecordsCopy, readFacts, readRecords } from './copies.js'
import { PackageDamagedError } from './damaged.js'

export interface ManifestDocument extends DocumentFacts {
  /** Where it lies in the ZIP: 'documents/01-name.pdf'. */
  readonly file: string
  /** Its name for people. */
  readonly name: string
  /** Its name as it was sent, when that differs; else null. */
  readonly sentName: string | null
  readonly mediaType: string
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
  /** How it came: 'mime', 'rfc822/…', 'tnef/…', 'zip/…'; 'consent': we have put it beside the others. */
  readonly origin: string
  /** The part of the message it came from: '1.2'; '' where there was none. */
  readonly part: string
  readonly role: 'body' | 'attachment'
}

/** How the message came to us: what a Received field says (RFC 5321 4.4), as data. */
export interface Trace {
  /** The peer: what it called itself in EHLO or HELO ('' when it said neither), and its IP address. */
  readonly from: { readonly ehlo: string; readonly address: string }
  /** Our host name. */
  readonly by: string
  /** RFC 3848: `ESMTPS`, `ESMTPSA` … */
  readonly with: string
  /** `TLSv1.3` and the cipher's standard name; null on a plain connection. */
  readonly tls: { readonly protocol: string; readonly cipher: string } | null
  /** The intake number. */
  readonly id: string
  /** The intake address. */
  readonly for: string
  /** RFC 3339. */
  readonly at: string
}

export interface Manifest {
  readonly format: 'hepoex-package'
  readonly version: 1
  readonly packageNumber: string
  readonly intakeNumber: string
  readonly provider: { readonly name: string; readonly intakeAddress: string }
  /** RFC 3339. */
  readonly receivedAt: string
  /** RFC 3339. */
  readonly sealedAt: string
  readonly authentication: Record<string, unknown>
  /** Writers give a `Trace`. Not in packages sealed before it was added; its fields may grow. */
  readonly trace?: Trace | Readonly<Record<string, unknown>>
  /** The person's request for records that this package answers, and its number as people read it. Not where it answers none. */
  readonly answers?: { readonly request: string; readonly kind: string }
  /** null: nothing in the package has pages. Absent: no copy was made. */
  readonly records?: RecordsCopy | null
  readonly documents: ManifestDocument[]
}

export const MANIFEST_FILE = 'manifest.json'
/** More than ten times what 5,000 documents with long names need; bounds what a reader parses. */
export const MAX_MANIFEST_BYTES = 16 << 20
export const MAX_DOCUMENTS = 5000
/** Of a ZIP: the documents, a readable copy of each, and what stands beside them. */
export const MAX_FILES = 2 * MAX_DOCUMENTS + 100

/** The bytes of manifest.json: UTF-8, indented, as its owner may read it too. Throws RangeError past a reader's limits. */
export function writeManifest(manifest: Manifest): Buffer {
  if (manifest.documents.length > MAX_DOCUMENTS) throw new RangeError('sealing package: too many documents')
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  if (bytes.length > MAX_MANIFEST_BYTES) throw new RangeError('sealing package: manifest too large')
  return bytes
}

/** The manifest in `bytes`, with the fields that version 1 has. Throws PackageDamagedError when it is not one. */
export function readManifest(bytes: Buffer): Manifest {
  const read = new Reader(parse(bytes))
  const provider = read.object('provider')
  const records = readRecords(read.fields.records)
  if (read.text('format') !== 'hepoex-package' || read.count('version') !== 1) throw new PackageDamagedError('manifest')
  return {
    format: 'hepoex-package',
    version: 1,
    packageNumber: read.text('packageNumber'),
    intakeNumber: read.text('intakeNumber'),
    provider: { name: provider.text('name'), intakeAddress: provider.text('intakeAddress') },
    receivedAt: read.time('receivedAt'),
    sealedAt: read.time('sealedAt'),
    authentication: { ...read.object('authentication').fields },
    ...read.optional('trace'),
    ...readAnswers(read.fields.answers),
    ...(records !== undefined && { records }),
    documents: read.list('documents', MAX_DOCUMENTS).map(readDocument),
  }
}

/** What a broken one says is not worth keeping a package closed for. */
function readAnswers(value: unknown): Pick<Manifest, 'answers'> {
  const { request, kind } = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  return typeof request === 'string' && typeof kind === 'string' ? { answers: { request, kind } } : {}
}

function readDocument(read: Reader, index: number): ManifestDocument {
  const role = read.text('role')
  const sha256 = read.text('sha256')
  const file = read.text('file')
  const proper = /^[0-9a-f]{64}$/.test(sha256) && /^documents\/[^/\\]+$/.test(file) && (role === 'body' || role === 'attachment')
  if (!proper) throw new PackageDamagedError('manifest')
  return {
    file,
    name: read.text('name'),
    sentName: read.textOrNull('sentName'),
    mediaType: read.text('mediaType'),
    bytes: read.count('bytes'),
    sha256,
    origin: read.text('origin'),
    part: read.text('part'),
    role,
    ...readFacts(read.fields, index),
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new PackageDamagedError('manifest')
  }
}

/** One JSON object, read field by field: each throws PackageDamagedError when its field is not of the kind asked for. */
class Reader {
  readonly fields: Readonly<Record<string, unknown>>

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PackageDamagedError('manifest')
    this.fields = value as Record<string, unknown>
  }

  text(name: string): string {
    return this.#expect(name, (value): value is string => typeof value === 'string')
  }

  textOrNull(name: string): string | null {
    return this.#expect(name, (value): value is string | null => value === null || typeof value === 'string')
  }

  count(name: string): number {
    return this.#expect(name, (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0)
  }

  time(name: string): string {
    const text = this.text(name)
    if (Number.isNaN(Date.parse(text))) throw new PackageDamagedError('manifest')
    return text
  }

  object(name: string): Reader {
    return new Reader(this.fields[name])
  }

  /** The field and its object, or no field at all: one that was added later keeps no package from being opened. */
  optional(name: string): Record<string, Record<string, unknown>> {
    const value = this.fields[name]
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { [name]: { ...value } } : {}
  }

  list(name: string, limit: number): Reader[] {
    const values = this.#expect(name, (value): value is unknown[] => Array.isArray(value) && value.length <= limit)
    return values.map((value) => new Reader(value))
  }

  #expect<T>(name: string, fits: (value: unknown) => value is T): T {
    const value = this.fields[name]
    if (!fits(value)) throw new PackageDamagedError('manifest')
    return value
  }
}
