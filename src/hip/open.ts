// Opening: a sealed file and its passphrase in, documents out. Only what is asked for is read and decrypted; nothing is written.

import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { openPayload, passphraseReader } from './age.js'
import { type StoredCopy, withSoundCopies } from './copies.js'
import { type DamagedPart, PackageDamagedError } from './damaged.js'
import { MANIFEST_FILE, MAX_MANIFEST_BYTES, type Manifest, type ManifestDocument, readManifest } from './manifest.js'
import type { Payload, SealedFile } from './payload.js'
import { Zip } from './zip.js'

export { PackageDamagedError } from './damaged.js'
export type { SealedFile } from './payload.js'

export interface OpenedPackage {
  /** Of readable copies it names only those that are there. */
  readonly manifest: Manifest
  /** Length of the whole ZIP. */
  readonly zipBytes: number
  /**
   * The document at `index` of `manifest.documents`. The stream is destroyed with PackageDamagedError when a chunk was changed or the
   * whole isn't what the manifest says. Throws RangeError when there is no such document.
   */
  document(index: number): Promise<Readable>
  /** records.pdf, checked like a document; null when there is none. */
  records(): Promise<Readable | null>
  /**
   * The document's own readable copy (HTML), checked like a document; null when it has none: its pages may be in records.pdf. Throws
   * RangeError when there is no such document.
   */
  copy(index: number): Promise<Readable | null>
  /** The picture of its first page, checked like a document; null when there is none. Throws RangeError when there is no such document. */
  thumbnail(index: number): Promise<Readable | null>
  /** The whole plaintext: the ZIP with everything in it, fit to be saved. */
  zip(): Readable
}

/**
 * Opens a package; null when the passphrase doesn't match. Takes a scrypt of 4 MB: run it behind the semaphore. Throws
 * PackageDamagedError when the file is broken, cut short or not a package, and whatever `file.read` throws. `file` must stay readable
 * for as long as the package is used.
 */
export async function openPackage(file: SealedFile, passphrase: string): Promise<OpenedPackage | null> {
  const payload = await openPayload(file, passphraseReader(passphrase))
  if (!payload) return null
  const zip = await Zip.open(payload)
  const bytes = zip.bytesOf(MANIFEST_FILE)
  if (bytes === null || bytes > MAX_MANIFEST_BYTES) throw new PackageDamagedError('manifest')
  const { start } = await zip.locate(MANIFEST_FILE)
  const manifest = withSoundCopies(readManifest(await payload.read(start, bytes)), (file) => zip.bytesOf(file))
  for (const document of manifest.documents) if (zip.bytesOf(document.file) !== document.bytes) throw new PackageDamagedError('manifest')
  return new Opened(payload, zip, manifest)
}

class Opened implements OpenedPackage {
  readonly manifest: Manifest
  readonly #payload: Payload
  readonly #zip: Zip

  constructor(payload: Payload, zip: Zip, manifest: Manifest) {
    this.manifest = manifest
    this.#payload = payload
    this.#zip = zip
  }

  get zipBytes(): number {
    return this.#payload.size
  }

  async document(index: number): Promise<Readable> {
    return this.#stream(this.#at(index), 'document')
  }

  async records(): Promise<Readable | null> {
    const { records } = this.manifest
    return records ? this.#stream(records, 'copy') : null
  }

  async copy(index: number): Promise<Readable | null> {
    const { copy } = this.#at(index)
    return copy?.kind === 'html' ? this.#stream(copy, 'copy') : null
  }

  async thumbnail(index: number): Promise<Readable | null> {
    const { thumbnail } = this.#at(index)
    return thumbnail ? this.#stream(thumbnail, 'copy') : null
  }

  zip(): Readable {
    return byteStream(this.#payload.range(0, this.#payload.size))
  }

  #at(index: number): ManifestDocument {
    const document = this.manifest.documents[index]
    if (!document) throw new RangeError('opening document: no such document')
    return document
  }

  async #stream(stored: StoredCopy, part: DamagedPart): Promise<Readable> {
    const { start, end } = await this.#zip.locate(stored.file)
    return byteStream(checked(this.#payload.range(start, end), stored, part))
  }
}

/** The pieces as they are, and at the end an error unless they were the whole file: its reader knows before it has finished. */
async function* checked(pieces: AsyncIterable<Buffer>, { bytes, sha256 }: StoredCopy, part: DamagedPart): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let length = 0
  for await (const piece of pieces) {
    hash.update(piece)
    length += piece.length
    yield piece
  }
  if (length !== bytes || hash.digest('hex') !== sha256) throw new PackageDamagedError(part)
}

function byteStream(pieces: AsyncIterable<Buffer>): Readable {
  return Readable.from(pieces, { objectMode: false, highWaterMark: 1 << 20 })
}
