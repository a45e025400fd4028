// What a readable copy of a document is, and why there may be none. The original always stays beside it, so no converter ever has to
// guess: what it can't show faithfully it refuses, and the document is "included as sent".

/**
 * Why a document has no readable copy. `no-converter`: nothing here reads that type; `protected`: a password or a key that we don't have;
 * `damaged`: not what its type says, or broken; `too-many-pages`, `too-big`: past the limits; the last three are how a worker ended.
 */
export type AsSentReason = 'no-converter' | 'protected' | 'damaged' | 'too-many-pages' | 'too-big' | 'time' | 'memory' | 'crashed'

/** A document with pages: they go into records.pdf. */
export interface PagedCopy {
  readonly kind: 'pages'
  /** A PDF of these pages and nothing else: no script, no attachment, no form action, no encryption. */
  readonly pdf: Buffer
  readonly pages: number
  /** The first page, small: PNG or JPEG, at most THUMBNAIL_EDGE on its long side. null where it can't be drawn. */
  readonly thumbnail: Buffer | null
}

/** A structured text as one accessible page of HTML (see html-page.ts): UTF-8, no script, nothing from outside. */
export interface HtmlCopy {
  readonly kind: 'html'
  readonly html: Buffer
}

export type Copy = PagedCopy | HtmlCopy

/** Thrown by every converter for what it can't show. Its message holds nothing of the document. */
export class NotConvertibleError extends Error {
  override name = 'NotConvertibleError'
  readonly reason: AsSentReason

  constructor(reason: AsSentReason) {
    super(`converting document: ${reason}`)
    this.reason = reason
  }
}

/** What one conversion may cost. The worker's own limits of time and memory stand behind these. */
export interface CopyLimits {
  readonly maxPages: number
  /** Of one image, in pixels as it would be decoded. */
  readonly maxPixels: number
}

export const COPY_LIMITS: CopyLimits = { maxPages: 2000, maxPixels: 60_000_000 }

/** Pixels. */
export const THUMBNAIL_EDGE = 320
