// What a manifest may say of a document beyond the first fields of version 1: facts for people, and where its readable copy lies. All of it
// was added later and none of it is needed to give out a document, so a reader takes what is sound and passes over the rest: no package
// stays closed because of a copy. FORMAT.md section 6.

/** A file of the ZIP beside the documents. */
export interface StoredCopy {
  /** Its name in the ZIP. */
  readonly file: string
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** records.pdf: what has pages, in one file. */
export interface RecordsCopy extends StoredCopy {
  readonly pages: number
}

/**
 * Where a document can be read. `pages`: in records.pdf, `count` pages from `first` on (physical pages, from 1). `html`: a page of its
 * own. `as-sent`: nowhere but in the document itself; `reason` is a word such as `no-converter`, and later writers may have others.
 */
export type ManifestCopy =
  | { readonly kind: 'pages'; readonly first: number; readonly count: number }
  | ({ readonly kind: 'html' } & StoredCopy)
  | { readonly kind: 'as-sent'; readonly reason: string }

/** Whose signature a document came under (S/MIME). */
export interface Signer {
  readonly name: string
  readonly address: string
  /** Whether what was signed is unchanged since. */
  readonly isIntact: boolean
}

/** What may be said of a document. Absent: nobody said it, as in packages sealed before it was added, or what was said makes no sense. */
export interface DocumentFacts {
  /** A title for people, better than the name of its file. */
  readonly title?: string
  /** null: it can't be told. */
  readonly pages?: number | null
  /** Index of the document that it was unpacked from, which stands before it. */
  readonly within?: number
  /** It needs a password or a key that only the provider has. */
  readonly protected?: true
  readonly signer?: Signer
  readonly copy?: ManifestCopy
  /** A small picture of its first page, PNG or JPEG. */
  readonly thumbnail?: StoredCopy & { readonly mediaType: ThumbnailType }
}

export type ThumbnailType = 'image/png' | 'image/jpeg'

export const RECORDS_FILE = 'records.pdf'

const MAX_TITLE = 1000 // characters; ours are far shorter

type Fields = Readonly<Record<string, unknown>>

/** The facts in the fields of the document at `index`; those that are broken are left out. */
export function readFacts(fields: Fields, index: number): DocumentFacts {
  const { title, pages, within } = fields
  const signer = readSigner(fields.signer)
  const copy = readCopy(fields.copy)
  const thumbnail = readThumbnail(fields.thumbnail)
  return {
    ...(isTitle(title) && { title }),
    ...((pages === null || isPositive(pages)) && { pages }),
    ...(isCount(within) && within < index && { within }),
    ...(fields.protected === true && { protected: true as const }),
    ...(signer && { signer }),
    ...(copy && { copy }),
    ...(thumbnail && { thumbnail }),
  }
}

/** What a manifest's field `records` says: undefined when it is absent or broken, null when there is no such file. */
export function readRecords(value: unknown): RecordsCopy | null | undefined {
  if (value === null) return null
  const fields = fieldsOf(value)
  const stored = readStored(value)
  return stored?.file === RECORDS_FILE && isPositive(fields?.pages) ? { ...stored, pages: fields.pages } : undefined
}

interface WithCopies {
  readonly records?: RecordsCopy | null
  readonly documents: readonly DocumentFacts[]
}

/**
 * `manifest` without the copies that are not there, or not as long as they should be, and without pages that records.pdf doesn't have.
 * @param bytesOf the length of a file in the ZIP; null when there is none.
 */
export function withSoundCopies<T extends WithCopies>(manifest: T, bytesOf: (file: string) => number | null): T {
  const isThere = ({ file, bytes }: StoredCopy) => bytesOf(file) === bytes
  const { records: said, ...others } = manifest
  const records = said && isThere(said) ? said : null
  const fits = (copy: ManifestCopy) => {
    if (copy.kind === 'pages') return records !== null && copy.first + copy.count - 1 <= records.pages
    return copy.kind === 'as-sent' || isThere(copy)
  }
  const documents = manifest.documents.map(({ copy, thumbnail, ...document }) => ({
    ...document,
    ...(copy && fits(copy) && { copy }),
    ...(thumbnail && isThere(thumbnail) && { thumbnail }),
  }))
  return { ...others, ...(said !== undefined && { records }), documents } as unknown as T
}

function readCopy(value: unknown): ManifestCopy | null {
  const fields = fieldsOf(value)
  if (!fields) return null
  const { kind, first, count, reason } = fields
  if (kind === 'pages') return isPositive(first) && isPositive(count) ? { kind, first, count } : null
  if (kind === 'as-sent') return typeof reason === 'string' && /^[a-z][a-z-]{0,39}$/.test(reason) ? { kind, reason } : null
  const stored = kind === 'html' ? readStored(value) : null
  return stored && isReadable(stored.file) ? { kind: 'html', ...stored } : null
}

function readThumbnail(value: unknown): DocumentFacts['thumbnail'] | null {
  const mediaType = fieldsOf(value)?.mediaType
  const stored = readStored(value)
  if (!stored || !isReadable(stored.file) || (mediaType !== 'image/png' && mediaType !== 'image/jpeg')) return null
  return { ...stored, mediaType }
}

function readSigner(value: unknown): Signer | null {
  const { name, address, isIntact } = fieldsOf(value) ?? {}
  return typeof name === 'string' && typeof address === 'string' && typeof isIntact === 'boolean' ? { name, address, isIntact } : null
}

function readStored(value: unknown): StoredCopy | null {
  const { file, bytes, sha256 } = fieldsOf(value) ?? {}
  const isSound = typeof file === 'string' && isCount(bytes) && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
  return isSound ? { file, bytes, sha256 } : null
}

/** A copy is never a document, nor the manifest: their digests say something else. */
function isReadable(file: string): boolean {
  return /^readable\/[^/\\]+$/.test(file)
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function isTitle(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TITLE
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isPositive(value: unknown): value is number {
  return isCount(value) && value > 0
}
