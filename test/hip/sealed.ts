// For the tests of this room: documents, packages and sealed files in memory.

import { createHash } from 'node:crypto'
import type { SealedFile } from '../../src/hip/payload.js'
import type { PackageContents, PackageDocument } from '../../src/hip/seal.js'

export interface ReadFile extends SealedFile {
  /** Bytes read so far. */
  readonly read: SealedFile['read'] & { bytes: number }
}

/** A sealed file in memory that counts what is read of it, and, like one on a disk, overwrites what it is told to read into. */
export function inMemory(bytes: Buffer): ReadFile {
  const read = Object.assign(
    async (offset: number, length: number, target = Buffer.alloc(length)) => {
      read.bytes += length
      return target.subarray(0, bytes.copy(target, 0, offset, offset + length))
    },
    { bytes: 0 },
  )
  return { size: bytes.length, read }
}

export async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered: Uint8Array[] = []
  for await (const piece of pieces) gathered.push(Buffer.from(piece))
  return Buffer.concat(gathered)
}

/** `length` bytes that differ from place to place and from seed to seed, quickly. */
export function filler(length: number, seed = 1): Buffer {
  const block = createHash('sha512').update(String(seed)).digest()
  const bytes = Buffer.alloc(length, block)
  for (let at = 0; at < length; at += 4096) bytes.writeUInt8((at >> 12) & 255, at)
  return bytes
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export function document(name: string, bytes: Buffer): PackageDocument {
  return { name, sentName: null, mediaType: 'application/pdf', bytes, sha256: sha256(bytes), origin: 'mime', part: '1', role: 'attachment' }
}

export function contents(...documents: PackageDocument[]): PackageContents {
  return {
    manifest: {
      packageNumber: 'ABCDEFGHJKMN',
      intakeNumber: 'I-1',
      provider: { name: 'Sample Clinic', intakeAddress: 'sample@intake.example.org' },
      receivedAt: '2026-01-02T03:04:05.000Z',
      sealedAt: '2026-01-02T03:04:06.000Z',
      authentication: { method: 'dkim', dmarc: 'pass' },
    },
    documents,
  }
}
