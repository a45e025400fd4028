// The plaintext of a package: a ZIP, so that every computer opens it. Stored, not compressed: what clinics send is compressed already,
// and a reader of stored files can be no zip bomb. Big documents are fed in slices, so that summing and copying them never holds the
// event loop. FORMAT.md section 5.

import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { ZipArchive } from 'archiver'
import { MANIFEST_FILE, type Manifest, type ManifestDocument, writeManifest } from './manifest.js'

export interface PackageDocument {
  /** Cleaned, and unique within the package. */
  readonly name: string
  readonly sentName: string | null
  readonly mediaType: string
  readonly bytes: Buffer
  /** Lower-case hex; checked again whenever the document is opened. */
  readonly sha256: string
  readonly origin: string
  readonly part: string
  readonly role: 'body' | 'attachment'
}

export interface PackageContents {
  readonly manifest: Omit<Manifest, 'format' | 'version' | 'documents'>
  readonly documents: readonly PackageDocument[]
}

const SHA256_OF_NOTHING = createHash('sha256').digest('hex')
const SLICE = 1 << 20 // summed in 1 ms
const SLICES = 4 // between two turns of the event loop
// Up to here a document is added whole, with its length and sum before it, as old unpacking tools like it; a longer one has them behind
// it, since its sum (1 ms a MiB, in JavaScript) would hold the event loop.
const WHOLE = 4 << 20
const MAX_FILE_NAME = 120 // UTF-8 bytes: with a folder of its owner's before it, it stays below every system's limit

/**
 * The ZIP of `contents`: manifest.json, then the documents in their order; the same contents give the same bytes. Throws RangeError
 * when they go past what a reader takes (`MAX_DOCUMENTS`), and Error when a document's bytes were freed already.
 */
export async function* bundle(contents: PackageContents): AsyncGenerator<Buffer> {
  const documents = contents.documents.map(describe)
  const manifest = writeManifest({ format: 'hepoex-package', version: 1, ...contents.manifest, documents })
  const archive = new ZipArchive({ store: true })
  const about = { date: new Date(contents.manifest.sealedAt), mode: 0o644 }
  archive.append(manifest, { ...about, name: MANIFEST_FILE })
  contents.documents.forEach(({ bytes }, index) => {
    archive.append(bytes.length > WHOLE ? Readable.from(slices(bytes)) : bytes, { ...about, name: documents[index]?.file ?? '' })
  })
  // The iteration below meets any failure too, so nobody need wait for this promise.
  archive.finalize().catch(() => undefined)
  yield* archive as unknown as AsyncIterable<Buffer>
}

function describe({ bytes, ...document }: PackageDocument, index: number): ManifestDocument {
  const place = String(index + 1).padStart(2, '0')
  const { name, sentName, mediaType, sha256, origin, part, role } = document
  // A buffer that was freed is empty. Sealed like that, the code would go out for a package that is damaged.
  if (bytes.length === 0 && sha256 !== SHA256_OF_NOTHING) throw new Error('bundling: a document has lost its bytes')
  return { file: `documents/${place}-${fileName(name)}`, name, sentName, mediaType, bytes: bytes.length, sha256, origin, part, role }
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

async function* slices(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += SLICE) {
    yield bytes.subarray(start, start + SLICE)
    if ((start / SLICE + 1) % SLICES === 0) await setImmediate()
  }
}
