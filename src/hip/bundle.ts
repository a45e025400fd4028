// The plaintext of a package: a ZIP, so that every computer opens it. Stored, not compressed: what clinics send is compressed already,
// and a reader of stored files can be no zip bomb. Big files are fed in slices, so that summing and copying them never holds the
// event loop. FORMAT.md section 5.

import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { ZipArchive } from 'archiver'
import { type DocumentFacts, RECORDS_FILE, type RecordsCopy, readFacts, type Signer, type StoredCopy, withSoundCopies } from './copies.js'
import { fileNames, type PackageFiles, thumbnailType } from './file-names.js'
import { MANIFEST_FILE, type Manifest, type ManifestDocument, writeManifest } from './manifest.js'

/** Where a document is to be read: FORMAT.md section 6, with the bytes of the copy where it has any of its own. */
export type PackageCopy =
  /** Pages of `PackageContents.records`: `first` counts them from 1, the cover included. */
  | { readonly kind: 'pages'; readonly first: number; readonly count: number }
  | { readonly kind: 'html'; readonly html: Buffer }
  /** Why there is none, in one word of small letters and dashes. */
  | { readonly kind: 'as-sent'; readonly reason: string }

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
  /** For display, one line: made so here, and cut where it is very long. */
  readonly title?: string
  readonly pages?: number | null
  /** Index of the document it was unpacked from, which has to stand before it. */
  readonly within?: number
  readonly protected?: true
  readonly signer?: Signer
  readonly copy?: PackageCopy
  /** PNG or JPEG. */
  readonly thumbnail?: Buffer | null
}

export interface PackageContents {
  readonly manifest: Omit<Manifest, 'format' | 'version' | 'documents' | 'records'>
  readonly documents: readonly PackageDocument[]
  /** What has pages, in one PDF. */
  readonly records?: { readonly pdf: Buffer; readonly pages: number } | null
  /** index.html: a page that leads to the files that `fileNames` tells. */
  readonly index?: Buffer | null
}

interface File {
  readonly name: string
  readonly bytes: Buffer
}

const INDEX_FILE = 'index.html'
const SHA256_OF_NOTHING = createHash('sha256').digest('hex')
const SLICE = 1 << 20 // summed in 1 ms
const SLICES = 4 // between two turns of the event loop
// Up to here a file is added whole, with its length and sum before it, as old unpacking tools like it; a longer one has them behind
// it, since its sum (1 ms a MiB, in JavaScript) would hold the event loop.
const WHOLE = 4 << 20
const MAX_LINE = 200 // characters of a title or a signer's name

/**
 * The ZIP of `contents`: manifest.json, the documents in their order, then the readable copies; the same contents give the same bytes.
 * Copies that make no sense (no byte in them, pages that records.pdf doesn't have) are left out. Throws RangeError when the documents go
 * past what a reader takes (`MAX_DOCUMENTS`), and Error when a document's bytes were freed already.
 */
export async function* bundle(contents: PackageContents): AsyncGenerator<Buffer> {
  const names = fileNames(contents.documents)
  const files = filesOf(contents, names)
  const manifest = writeManifest(await manifestOf(contents, names, files))
  const archive = new ZipArchive({ store: true })
  const about = { date: new Date(contents.manifest.sealedAt), mode: 0o644 }
  archive.append(manifest, { ...about, name: MANIFEST_FILE })
  for (const { name, bytes } of files) archive.append(bytes.length > WHOLE ? Readable.from(slices(bytes)) : bytes, { ...about, name })
  // The iteration below meets any failure too, so nobody need wait for this promise.
  archive.finalize().catch(() => undefined)
  yield* archive as unknown as AsyncIterable<Buffer>
}

/** All but the manifest, in their order. */
function filesOf({ documents, records, index }: PackageContents, names: readonly PackageFiles[]): File[] {
  const files = documents.map(({ bytes }, at): File => ({ name: names[at]?.document ?? '', bytes }))
  if (records && records.pdf.length > 0) files.push({ name: RECORDS_FILE, bytes: records.pdf })
  for (const [at, { copy, thumbnail }] of documents.entries()) {
    const name = names[at]
    if (name?.copy && copy?.kind === 'html') files.push({ name: name.copy, bytes: copy.html })
    if (name?.thumbnail && thumbnail) files.push({ name: name.thumbnail, bytes: thumbnail })
  }
  if (index && index.length > 0) files.push({ name: INDEX_FILE, bytes: index })
  return files
}

async function manifestOf(contents: PackageContents, names: readonly PackageFiles[], files: readonly File[]): Promise<Manifest> {
  const stored = new Map<string, StoredCopy>()
  for (const { name, bytes } of files.slice(contents.documents.length))
    stored.set(name, { file: name, bytes: bytes.length, sha256: await sum(bytes) })
  const pdf = stored.get(RECORDS_FILE)
  const records: RecordsCopy | null = pdf && contents.records ? { ...pdf, pages: contents.records.pages } : null
  const manifest: Manifest = {
    ...{ format: 'hepoex-package', version: 1, ...contents.manifest },
    ...(contents.records !== undefined && { records }),
    documents: contents.documents.map((document, index) => describe(document, index, names, stored)),
  }
  // Read as a reader will, so that nothing is written that it would pass over.
  return withSoundCopies(manifest, (file) => stored.get(file)?.bytes ?? null)
}

function describe(
  document: PackageDocument,
  index: number,
  names: readonly PackageFiles[],
  stored: ReadonlyMap<string, StoredCopy>,
): ManifestDocument {
  const { bytes, name, sentName, mediaType, sha256, origin, part, role } = document
  // A buffer that was freed is empty. Sealed like that, the code would go out for a package that is damaged.
  if (bytes.length === 0 && sha256 !== SHA256_OF_NOTHING) throw new Error('bundling: a document has lost its bytes')
  const file = names[index]?.document ?? ''
  const facts = readFacts(factsOf(document, names[index], stored), index)
  return { file, name, sentName, mediaType, bytes: bytes.length, sha256, origin, part, role, ...facts }
}

function factsOf(
  { title, pages, within, protected: isProtected, signer, copy, thumbnail }: PackageDocument,
  names: PackageFiles | undefined,
  stored: ReadonlyMap<string, StoredCopy>,
): Readonly<Record<keyof DocumentFacts, unknown>> {
  const picture = stored.get(names?.thumbnail ?? '')
  return {
    ...{ title: title === undefined ? title : line(title), pages, within, protected: isProtected },
    signer: signer && { ...signer, name: line(signer.name), address: line(signer.address) },
    copy: copy?.kind === 'html' ? { kind: copy.kind, ...stored.get(names?.copy ?? '') } : copy,
    thumbnail: picture && { ...picture, mediaType: thumbnailType(thumbnail ?? null) },
  }
}

/** One line that doesn't turn the text around it: titles and names of signers are strangers' words. */
function line(text: string): string {
  const plain = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}]/gu, '')
    .trim()
  const characters = [...plain.slice(0, 3 * MAX_LINE)]
  return characters.length <= MAX_LINE ? plain : `${characters.slice(0, MAX_LINE - 1).join('')}…`
}

/** SHA-256 in lower-case hex. */
async function sum(bytes: Buffer): Promise<string> {
  const hash = createHash('sha256')
  for await (const slice of slices(bytes)) hash.update(slice)
  return hash.digest('hex')
}

async function* slices(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += SLICE) {
    yield bytes.subarray(start, start + SLICE)
    if ((start / SLICE + 1) % SLICES === 0) await setImmediate()
  }
}
