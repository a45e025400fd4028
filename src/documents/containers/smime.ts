// Opens S/MIME (RFC 8551) as CMS (RFC 5652) wraps it: what is signed or compressed is taken out, what is encrypted stays. The content is
// most often a MIME entity again, with its header, which the mail room reads.

import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { type Block, isTagged, members, octets, oid, readBer } from './ber.js'
import { type InnerFile, type Signer, StopUnpacking, type UnpackLimits } from './inner-file.js'
import { findSigner } from './signer.js'

const unpackZlib = promisify(inflate)

const SIGNED = '1.2.840.113549.1.7.2'
const COMPRESSED = '1.2.840.113549.1.9.16.1.9'
/** Enveloped, signed and enveloped, encrypted, authenticated and enveloped: by the bytes of their identifiers. */
const ENCRYPTED = ['2a864886f70d010703', '2a864886f70d010704', '2a864886f70d010706', '2a864886f70d0109100117']
const OID_TAG = 0x06

/** What an S/MIME message holds, and who signed it; null when nobody did. Throws StopUnpacking, also for a signature without content. */
export async function openSmime(bytes: Buffer, { maxFiles, maxBytes }: UnpackLimits): Promise<{ file: InnerFile; signer: Signer | null }> {
  if (isEncrypted(bytes)) throw new StopUnpacking('protected')
  if (maxFiles < 1) throw new StopUnpacking('too-many')
  const { type, content } = readContentInfo(bytes)
  if (type === SIGNED) {
    const signed = encapsulated(content, 2)
    if (signed.length > maxBytes) throw new StopUnpacking('too-big')
    return { file: entity(signed), signer: findSigner(content, signed) }
  }
  if (type !== COMPRESSED) throw new StopUnpacking('damaged')
  return { file: entity(await decompress(encapsulated(content, 2), maxBytes)), signer: null }
}

/**
 * Who signed a multipart/signed message (RFC 1847): `signature` is its second part, decoded; `content` its first as it was sent, header and
 * all, without the line break before the boundary. null when the signature can't be read or names nobody. Never throws.
 */
export async function signerOf(signature: Buffer, content: Buffer): Promise<Signer | null> {
  try {
    const { type, content: signed } = readContentInfo(signature)
    return type === SIGNED ? findSigner(signed, content) : null
  } catch {
    return null
  }
}

/** RFC 5652 3: which kind it is stands first, so that megabytes needn't be read to know that they can't be. */
function isEncrypted(bytes: Buffer): boolean {
  const tag = bytes.subarray(0, 12).indexOf(OID_TAG, 2)
  const length = tag < 0 ? 0 : (bytes[tag + 1] ?? 0)
  return tag >= 2 && ENCRYPTED.includes(bytes.toString('hex', tag + 2, tag + 2 + length))
}

function readContentInfo(bytes: Buffer): { type: string; content: Block } {
  const [type, wrapped] = members(readBer(bytes))
  const [content] = members(wrapped)
  if (!content) throw new StopUnpacking('damaged')
  return { type: oid(type), content }
}

/** The content in EncapsulatedContentInfo, RFC 5652 5.2, which is the member at `index`. */
function encapsulated(block: Block, index: number): Buffer {
  const [, wrapped] = members(members(block)[index])
  // A signature without what it signs: a list of certificates, or the other half of multipart/signed.
  if (!isTagged(wrapped, 0)) throw new StopUnpacking('damaged')
  return octets(members(wrapped)[0])
}

/** RFC 3274: zlib is the only way of compressing there is. */
async function decompress(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unpackZlib(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    throw new StopUnpacking(error instanceof RangeError ? 'too-big' : 'damaged')
  }
}

/** Files are signed as they are, too (`report.pdf.p7m`): those have no header. */
function entity(bytes: Buffer): InnerFile {
  const mediaType = hasMimeHeader(bytes) ? 'message/rfc822' : 'application/octet-stream'
  return { name: null, mediaType, bytes, way: 'smime', role: 'attachment', title: null }
}

function hasMimeHeader(bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, 8192)
  const end = /\r?\n\r?\n/.exec(head)?.index ?? head.length
  const lines = head.slice(0, end).split(/\r?\n/)
  return /^[!-9;-~]{1,76}:/.test(lines[0] ?? '') && lines.some((line) => /^(content-type|mime-version):/i.test(line))
}
