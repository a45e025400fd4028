// What comes out of a container, and what opening one may cost. Every reader of this folder counts with the same Budget, and says by a
// StopUnpacking why it gave up: a container is opened whole or not at all, so nobody takes a part of it for all of it.

export interface InnerFile {
  /** As the container says it, decoded and not cleaned: folders are kept with `/`. Never to be used as a path. null when it has none. */
  readonly name: string | null
  /** As declared inside; `application/octet-stream` where nothing is. */
  readonly mediaType: string
  readonly bytes: Buffer
  /** Where it came from: `zip/PATH`, `tnef/NAME`, `msg/NAME`, `smime`. No control characters. */
  readonly way: string
  readonly role: 'body' | 'attachment'
  /** What a person would call it, where the container says that besides a file name (XDM). */
  readonly title: string | null
}

/** Who signed an S/MIME message, as the certificate says: nothing here tells whether that certificate deserves trust. */
export interface Signer {
  /** The subject's common name. */
  readonly name: string | null
  /** An e-mail address of the subject's. */
  readonly address: string | null
  /** The signature matches the content and the certificate's key. */
  readonly isIntact: boolean
}

/** What one container may hold, in all. */
export interface UnpackLimits {
  readonly maxFiles: number
  /** Of what comes out. */
  readonly maxBytes: number
}

export const UNPACK_LIMITS: UnpackLimits = { maxFiles: 1000, maxBytes: 100_000_000 }

export type StopReason = 'damaged' | 'too-big' | 'too-many' | 'protected'

/** Ends the opening of one container. Its message holds nothing of the content. */
export class StopUnpacking extends Error {
  override name = 'StopUnpacking'
  readonly reason: StopReason

  constructor(reason: StopReason) {
    super(`unpacking container: ${reason}`)
    this.reason = reason
  }
}

/** Counts what comes out of one container. */
export class Budget {
  #files: number
  #bytes: number

  constructor({ maxFiles, maxBytes }: UnpackLimits) {
    this.#files = maxFiles
    this.#bytes = maxBytes
  }

  /** How many bytes may still come out. */
  get bytesLeft(): number {
    return this.#bytes
  }

  /** Throws StopUnpacking past the limits. `bytes` may be what a container merely claims. */
  take(bytes: number): void {
    if (--this.#files < 0) throw new StopUnpacking('too-many')
    this.#bytes -= bytes
    if (this.#bytes < 0) throw new StopUnpacking('too-big')
  }
}

/** A way in: `kind/name`, or the kind alone. A name is the sender's text. */
export function wayOf(kind: string, name: string | null): string {
  return name === null ? kind : `${kind}/${name.replace(/\p{C}/gu, '')}`
}
