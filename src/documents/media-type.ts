// What a document is, told by its bytes: senders and fax gateways declare `application/octet-stream`, or plainly the wrong type.
// An own small table instead of the file-type library: its present versions don't run on Node 20, and none knows HL7, CDA or TNEF.
// This names things, it proves nothing: a file called a PDF here may still be damaged or hostile. Reads a bounded head and tail only.

import { sniffCompound } from './compound.js'
import { sniffText } from './text-type.js'
import { sniffZip } from './zip-type.js'

interface Magic {
  readonly at: number
  /** Latin-1; a `?` stands for any byte. */
  readonly bytes: string
  readonly mediaType: string
}

const magics: readonly Magic[] = [
  { at: 128, bytes: 'DICM', mediaType: 'application/dicom' }, // first: its free 128 bytes may begin as a TIFF (DICOM part 10, 7.1)
  { at: 0, bytes: 'II*\0', mediaType: 'image/tiff' },
  { at: 0, bytes: 'MM\0*', mediaType: 'image/tiff' },
  { at: 0, bytes: 'II+\0\x08\0\0\0', mediaType: 'image/tiff' }, // BigTIFF
  { at: 0, bytes: 'MM\0+\0\x08\0\0', mediaType: 'image/tiff' },
  { at: 0, bytes: '\xff\xd8\xff', mediaType: 'image/jpeg' },
  { at: 0, bytes: '\x89PNG\r\n\x1a\n', mediaType: 'image/png' },
  { at: 0, bytes: 'GIF87a', mediaType: 'image/gif' },
  { at: 0, bytes: 'GIF89a', mediaType: 'image/gif' },
  { at: 0, bytes: 'RIFF????WEBP', mediaType: 'image/webp' },
  { at: 0, bytes: 'RIFF????WAVE', mediaType: 'audio/x-wav' },
  { at: 0, bytes: '\0\0\0\x0cjP  \r\n\x87\n', mediaType: 'image/jp2' },
  { at: 4, bytes: 'ftypheic', mediaType: 'image/heic' },
  { at: 4, bytes: 'ftypheix', mediaType: 'image/heic' },
  { at: 4, bytes: 'ftyphevc', mediaType: 'image/heic-sequence' },
  { at: 4, bytes: 'ftypmif1', mediaType: 'image/heif' },
  { at: 4, bytes: 'ftypmsf1', mediaType: 'image/heif-sequence' },
  { at: 4, bytes: 'ftypavif', mediaType: 'image/avif' },
  { at: 4, bytes: 'ftypqt  ', mediaType: 'video/quicktime' },
  { at: 4, bytes: 'ftypisom', mediaType: 'video/mp4' },
  { at: 4, bytes: 'ftypmp4', mediaType: 'video/mp4' },
  { at: 0, bytes: '{\\rtf', mediaType: 'application/rtf' },
  { at: 0, bytes: '%!PS', mediaType: 'application/postscript' },
  { at: 0, bytes: '\x78\x9f\x3e\x22', mediaType: 'application/ms-tnef' },
  { at: 0, bytes: '\x1f\x8b\x08', mediaType: 'application/gzip' },
  { at: 0, bytes: '7z\xbc\xaf\x27\x1c', mediaType: 'application/x-7z-compressed' },
  { at: 0, bytes: 'Rar!\x1a\x07', mediaType: 'application/vnd.rar' },
  { at: 0, bytes: 'PK\x03\x04', mediaType: 'application/zip' },
  { at: 0, bytes: 'PK\x05\x06', mediaType: 'application/zip' },
  { at: 0, bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', mediaType: 'application/x-ole-storage' },
]

/** One type, many spellings: what mail programs write for what the table calls otherwise. */
const synonyms: Readonly<Record<string, string>> = {
  'application/x-pdf': 'application/pdf',
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'image/tif': 'image/tiff',
  'image/x-tiff': 'image/tiff',
  'image/x-ms-bmp': 'image/bmp',
  'text/rtf': 'application/rtf',
  'application/vnd.ms-tnef': 'application/ms-tnef',
  'application/x-zip-compressed': 'application/zip',
  'application/x-zip': 'application/zip',
  'application/x-pkcs7-mime': 'application/pkcs7-mime',
  'application/x-pkcs7-signature': 'application/pkcs7-signature',
}

/** Types whose files always begin as the table says: said of anything else they are wrong. */
const provable = new Set([...magics.map(({ mediaType }) => mediaType), 'application/pdf', 'image/bmp'])

/**
 * The media type of a document, lower case, without parameters. The bytes count; `declared` is kept where they don't contradict it
 * (a CSV is any text, an ODT is some ZIP). `application/octet-stream` when neither says anything. Never throws.
 */
export function sniffMediaType(bytes: Buffer, declared: string): string {
  const said = normaliseMediaType(declared)
  if (bytes.length === 0) return said
  const found = sniffBinary(bytes, said) ?? sniffText(bytes, provable.has(said) ? 'application/octet-stream' : said)
  if (found) return found
  // No text, no magic: a text type is impossible, any other stays as it was said.
  return said.startsWith('text/') ? 'application/octet-stream' : said
}

/** Lower case, no parameters, one spelling; `application/octet-stream` for what is not a media type (RFC 2045 5.1). */
export function normaliseMediaType(declared: string): string {
  const bare = (declared.split(';')[0] ?? '').trim().toLowerCase()
  if (!/^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/.test(bare)) return 'application/octet-stream'
  return synonyms[bare] ?? bare
}

function sniffBinary(bytes: Buffer, said: string): string | null {
  const magic = magics.find(({ at, bytes: pattern }) => matches(bytes, at, pattern))
  if (magic?.mediaType === 'application/zip') return sniffZip(bytes, said)
  if (magic?.mediaType === 'application/x-ole-storage') return sniffCompound(bytes, said)
  if (magic) return magic.mediaType
  if (isPdf(bytes)) return 'application/pdf'
  if (isBitmap(bytes)) return 'image/bmp'
  return isCms(bytes) ? cmsType(said) : null
}

function matches(bytes: Buffer, at: number, pattern: string): boolean {
  if (bytes.length < at + pattern.length) return false
  for (let index = 0; index < pattern.length; index++) {
    if (pattern[index] !== '?' && bytes[at + index] !== pattern.charCodeAt(index)) return false
  }
  return true
}

/** ISO 32000-1 Annex H, implementation note 13: readers accept junk before the header within the first 1024 bytes. */
function isPdf(bytes: Buffer): boolean {
  const at = bytes.subarray(0, 1024 + 5).indexOf('%PDF-', 0, 'latin1')
  if (at <= 0) return at === 0
  // A mail or a page that speaks of "%PDF-" is not one: the rest must look like PDF objects.
  return bytes.subarray(at, at + 4096).includes(' obj', 0, 'latin1')
}

/** "BM" alone begins many texts: the size of the second header must be one of those ever defined. */
function isBitmap(bytes: Buffer): boolean {
  return bytes.length > 26 && matches(bytes, 0, 'BM') && [12, 40, 52, 56, 64, 108, 124].includes(bytes.readUInt32LE(14))
}

/** RFC 5652 3: ContentInfo, a SEQUENCE that begins with an object identifier under 1.2.840.113549.1.7 (PKCS #7). */
function isCms(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30) return false
  const oid = bytes.subarray(0, 16).indexOf('2a864886f70d0107', 0, 'hex')
  return oid >= 4 && oid <= 8 && bytes[oid - 2] === 0x06 && bytes[oid - 1] === 0x09
}

function cmsType(said: string): string {
  return said.includes('pkcs7') || said.includes('cms') ? said : 'application/pkcs7-mime'
}
