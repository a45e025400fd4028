// Whether a file needs a password to be read: people are told, so that the sender can send it again without one. Reads what stands
// outside of the encryption, and tries no password.

import { inflateRawSync } from 'node:zlib'
import { COMPOUND_MAGIC, readCompound, type Storage } from './compound-file.js'
import { readZipDirectory } from './zip-directory.js'

const LOCAL_ENTRY = Buffer.from('504b0304', 'hex')
const LOCAL_ENTRY_BYTES = 30
const MANIFEST = 'META-INF/manifest.xml'
const MAX_MANIFEST_BYTES = 4_000_000

/** Whether an entry of the ZIP is encrypted. False for what is no ZIP, or a broken one. Never throws. */
export function isProtectedZip(bytes: Buffer): boolean {
  try {
    return bytes.subarray(0, 4).equals(LOCAL_ENTRY) && readZipDirectory(bytes).isProtected
  } catch {
    return false
  }
}

/**
 * Whether an office file needs a password: DOCX, XLSX and PPTX ([MS-OFFCRYPTO]), DOC, XLS and PPT, and OpenDocument's (ODF 1.2 part 3).
 * Also true for files whose pages open without one but whose rights are managed, since nothing here reads those. Never throws.
 */
export function isProtectedOffice(bytes: Buffer): boolean {
  try {
    if (bytes.subarray(0, 8).equals(COMPOUND_MAGIC)) return isProtectedCompound(readCompound(bytes))
    return bytes.subarray(0, 4).equals(LOCAL_ENTRY) && isProtectedOpenDocument(bytes)
  } catch {
    return false
  }
}

function isProtectedCompound({ streams }: Storage): boolean {
  if (streams.has('EncryptedPackage') || streams.has('EncryptedSummary')) return true
  return isProtectedWord(streams.get('WordDocument')) || isProtectedExcel(streams.get('Workbook') ?? streams.get('Book'))
}

/** [MS-DOC] 2.5.2: the ninth bit of the flags at 10. */
function isProtectedWord(stream: Buffer | undefined): boolean {
  return stream !== undefined && stream.length > 12 && (stream.readUInt16LE(10) & 0x100) !== 0
}

/** [MS-XLS] 2.4.117: a FilePass record, soon after the first. */
function isProtectedExcel(stream: Buffer | undefined): boolean {
  let at = 0
  for (let records = 0; stream && records < 10 && at + 4 <= stream.length; records++) {
    if (stream.readUInt16LE(at) === 0x2f) return true
    at += 4 + stream.readUInt16LE(at + 2)
  }
  return false
}

/** Its manifest is never encrypted, and says how everything else is. */
function isProtectedOpenDocument(bytes: Buffer): boolean {
  const name = bytes.indexOf(MANIFEST)
  const header = bytes.subarray(Math.max(0, name - LOCAL_ENTRY_BYTES))
  if (name < 0 || !header.subarray(0, 4).equals(LOCAL_ENTRY)) return false
  const packed = header.subarray(LOCAL_ENTRY_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28))
  const isStored = header.readUInt16LE(8) === 0
  return (isStored ? packed.subarray(0, MAX_MANIFEST_BYTES) : inflateRawSync(packed, { maxOutputLength: MAX_MANIFEST_BYTES })).includes(
    'encryption-data',
  )
}
