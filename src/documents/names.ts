// Names for the files of a package: safe to show, safe on every file system, and no two alike. What was sent is kept beside it, in the
// manifest; a name is the sender's text, so it may be missing, hostile, or written to look like another (RFC 6266 4.3, UTR #36).

/** Of one document, as it was sent. */
export interface NamedPart {
  /** Decoded, not cleaned; null when none was given. */
  readonly sentName: string | null
  /** What the bytes are (see media-type.ts). */
  readonly mediaType: string
  readonly role: 'body' | 'attachment'
}

/** What to call what has no name of its own. */
export interface NameWords {
  readonly document: string
  readonly message: string
}

const ENGLISH: NameWords = { document: 'document', message: 'message' }

/** Bytes of UTF-8: with a folder before it a name stays below the 255 of file systems and the 260 of Windows paths. */
const MAX_BYTES = 120

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** The first of each list is the one added. `strict`: a name that ends otherwise gets it all the same (`scan.tmp` -> `scan.tmp.pdf`). */
const extensions: ReadonlyMap<string, { readonly known: readonly string[]; readonly strict?: true }> = new Map([
  ['application/pdf', { known: ['pdf'], strict: true }],
  ['image/tiff', { known: ['tif', 'tiff'], strict: true }],
  ['image/jpeg', { known: ['jpg', 'jpeg', 'jpe', 'jfif', 'mpo'], strict: true }],
  ['image/png', { known: ['png', 'apng'], strict: true }],
  ['image/gif', { known: ['gif'], strict: true }],
  ['image/webp', { known: ['webp'], strict: true }],
  ['image/bmp', { known: ['bmp', 'dib'], strict: true }],
  ['image/heic', { known: ['heic', 'heif', 'hif'], strict: true }],
  ['image/heif', { known: ['heif', 'heic', 'hif'], strict: true }],
  ['image/avif', { known: ['avif'], strict: true }],
  ['image/svg+xml', { known: ['svg'] }],
  ['application/rtf', { known: ['rtf'] }],
  ['application/postscript', { known: ['ps'] }],
  ['application/msword', { known: ['doc'] }],
  ['application/vnd.ms-excel', { known: ['xls'] }],
  ['application/vnd.ms-powerpoint', { known: ['ppt'] }],
  ['application/vnd.ms-outlook', { known: ['msg'] }],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', { known: ['docx'] }],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', { known: ['xlsx'] }],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', { known: ['pptx'] }],
  ['application/vnd.oasis.opendocument.text', { known: ['odt'] }],
  ['application/zip', { known: ['zip'] }],
  ['application/gzip', { known: ['gz'] }],
  ['application/ms-tnef', { known: ['dat'] }],
  ['application/pkcs7-mime', { known: ['p7m'] }],
  ['application/pkcs7-signature', { known: ['p7s'] }],
  ['application/dicom', { known: ['dcm'] }],
  ['application/cda+xml', { known: ['xml'] }],
  ['application/ccr+xml', { known: ['xml'] }],
  ['application/fhir+json', { known: ['json'] }],
  ['application/fhir+xml', { known: ['xml'] }],
  ['application/json', { known: ['json'] }],
  ['application/xml', { known: ['xml'] }],
  ['text/xml', { known: ['xml'] }],
  ['text/hl7v2', { known: ['hl7'] }],
  ['text/html', { known: ['html'] }],
  ['text/plain', { known: ['txt'] }],
  ['text/csv', { known: ['csv'] }],
  ['text/calendar', { known: ['ics'] }],
  ['text/vcard', { known: ['vcf'] }],
  ['message/rfc822', { known: ['eml'] }],
])

/**
 * One name for each part, in the same order, all different (also on file systems that ignore case). Text of the message itself becomes
 * `message.txt` or `message.html`; what has no usable name becomes `document-1.pdf`, by its type; a second `name.pdf` is `name (2).pdf`.
 */
export function cleanNames(parts: readonly NamedPart[], words: NameWords = ENGLISH): string[] {
  const taken = new Map<string, number>()
  let unnamed = 0
  return parts.map((part) => {
    const [stem, extension] = part.role === 'body' ? [words.message, bodyExtension(part.mediaType)] : split(part)
    return unused(stem === '' ? `${words.document}-${++unnamed}` : stem, extension, taken)
  })
}

function bodyExtension(mediaType: string): string {
  return `.${extensions.get(mediaType)?.known[0] ?? 'txt'}`
}

/** Stem (may be '') and extension with its dot (may be '') of what was sent, cleaned. */
function split({ sentName, mediaType }: NamedPart): [stem: string, extension: string] {
  const segment = lastSegment(sentName ?? '')
  const name = tidy(segment)
  const type = extensions.get(mediaType)
  if (segment.startsWith('.') && type?.known.includes(name.toLowerCase())) return ['', `.${name}`]
  const parted = /^(.*)\.([A-Za-z0-9]{1,10})$/s.exec(name)
  const [stem, sent] = parted ? [parted[1] ?? '', parted[2] ?? ''] : [name, '']
  const fits = sent !== '' && (type === undefined || !type.strict || type.known.includes(sent.toLowerCase()))
  if (fits) return [unreserved(tidy(stem)), `.${sent}`]
  const added = type === undefined ? '' : `.${type.known[0]}`
  return [unreserved(name), added]
}

/** What follows the last separator of either kind, that isn't empty itself: `C:\scans\a.pdf`, `../a.pdf`. */
function lastSegment(name: string): string {
  const segments = name.split(/[/\\]/).filter((segment) => /[^\s.]/.test(segment))
  return segments.at(-1) ?? ''
}

/** One line, no character that is unseen, turns the text around or means something to a file system; no dots or spaces at the ends. */
function tidy(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[\t-\r\x85\p{Z}]+/gu, ' ')
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/[<>:"|?*]/g, '-')
    .normalize('NFC')
    .replace(/ {2,}/g, ' ')
    .replace(/^[\s.]+|[\s.]+$/g, '')
}

/** Windows keeps these names for devices, whatever follows a dot ([MS-DOS names], Win32 "Naming Files"). */
function unreserved(stem: string): string {
  return /^(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i.test(stem) ? `_${stem}` : stem
}

/** The name, numbered if it is taken. `taken`: the last number given, by name, so that a thousand equal names take a thousand tries. */
function unused(stem: string, extension: string, taken: Map<string, number>): string {
  const plain = key(`${cut(stem, MAX_BYTES - Buffer.byteLength(extension))}${extension}`)
  for (let number = (taken.get(plain) ?? 0) + 1; ; number++) {
    const end = number === 1 ? extension : ` (${number})${extension}`
    const name = `${cut(stem, MAX_BYTES - Buffer.byteLength(end))}${end}`
    if (number > 1 && taken.has(key(name))) continue
    taken.set(plain, number)
    if (number > 1) taken.set(key(name), 1)
    return name
  }
}

/** The longest beginning that fits and ends with a whole letter, marks included. */
function cut(stem: string, maxBytes: number): string {
  if (Buffer.byteLength(stem) <= maxBytes) return stem
  let kept = ''
  for (const { segment } of graphemes.segment(stem.slice(0, maxBytes))) {
    if (Buffer.byteLength(kept) + Buffer.byteLength(segment) > maxBytes) break
    kept += segment
  }
  return kept.replace(/[\s.]+$/, '') || '_'
}

/** What file systems take for the same name. */
function key(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase()
}
