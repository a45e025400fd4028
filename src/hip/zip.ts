// The directory of the ZIP inside a package, read through the encryption without reading the documents. Bounded: a package is our own,
// but what it was made of is not, and a reader must survive whatever lies in the store.

import yauzl from 'yauzl'
import { PackageDamagedError } from './damaged.js'
import { MAX_FILES } from './manifest.js'
import type { Payload } from './payload.js'

export class Zip {
  readonly #reader: PayloadReader
  readonly #file: yauzl.ZipFile
  readonly #entries = new Map<string, yauzl.Entry>()

  private constructor(reader: PayloadReader, file: yauzl.ZipFile) {
    this.#reader = reader
    this.#file = file
  }

  /** Reads the directory. Throws PackageDamagedError when it is not that of a package: too long, names twice, compressed files. */
  static open(payload: Payload): Promise<Zip> {
    const reader = new PayloadReader(payload)
    return reader.judge(async () => {
      // strictFileNames: a name with a backslash, '..' or a drive is refused.
      const options = { autoClose: false, lazyEntries: true, decodeStrings: true, strictFileNames: true, validateEntrySizes: true }
      const zip = new Zip(reader, await yauzl.fromRandomAccessReaderPromise(reader, payload.size, options))
      if (zip.#file.entryCount > MAX_FILES) throw new PackageDamagedError('zip')
      for await (const entry of zip.#file.eachEntry()) zip.#add(entry)
      return zip
    })
  }

  /** Length in bytes of the file called `name`; null when there is none. */
  bytesOf(name: string): number | null {
    return this.#entries.get(name)?.uncompressedSize ?? null
  }

  /** Where the bytes of the file called `name` begin and end in the payload. Throws PackageDamagedError when there is none. */
  async locate(name: string): Promise<{ start: number; end: number }> {
    const entry = this.#entries.get(name)
    if (!entry) throw new PackageDamagedError('zip')
    const { fileDataStart } = await this.#reader.judge(() => this.#file.readLocalFileHeaderPromise(entry, { minimal: true }))
    return { start: fileDataStart, end: fileDataStart + entry.uncompressedSize }
  }

  #add(entry: yauzl.Entry): void {
    if (entry.compressionMethod !== 0 || entry.isEncrypted() || this.#entries.has(entry.fileName)) throw new PackageDamagedError('zip')
    this.#entries.set(entry.fileName, entry)
  }
}

/** Lets yauzl read a payload, and tells its complaints about the ZIP from the store's own failures and from damage below. */
class PayloadReader extends yauzl.RandomAccessReader {
  readonly #payload: Payload
  readonly #passed = new WeakSet<object>() // errors that came from the payload, on their way through yauzl

  constructor(payload: Payload) {
    super()
    this.#payload = payload
  }

  /** Runs `work`; what yauzl throws becomes PackageDamagedError (it quotes file names), what the payload threw stays as it is. */
  async judge<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof PackageDamagedError || (error instanceof Error && this.#passed.has(error))) throw error
      throw new PackageDamagedError('zip')
    }
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    this.#payload.read(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset)
        callback(null)
      },
      (error) => {
        // RangeError: the directory points beyond the end, which is damage.
        if (error instanceof Error && !(error instanceof RangeError)) this.#passed.add(error)
        callback(error)
      },
    )
  }
}
