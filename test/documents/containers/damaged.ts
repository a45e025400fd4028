// Containers that were whole, and are no longer: what the reader of containers is given that nobody sane writes. Made from a Random, so
// that one of them can be had again.

import { deflateSync } from 'node:zlib'
import { writeCompound } from '../../../src/documents/containers/compound-writer.js'
import { rtfChecksum } from '../../../src/documents/containers/compressed-rtf.js'
import { isProtectedOffice, isProtectedZip } from '../../../src/documents/containers/protected.js'
import { type UnpackLimits, unpackContainer } from '../../../src/documents/containers/unpack.js'
import type { Random } from '../../fuzz/random.js'
import { contentInfo, der, identity, OID, octetString, oid, sequence, signedBy } from './cms-samples.js'
import { long, msgStorage, packedRtf, tnefOf, tnefProperties, unicode, zip64Of, zipOf } from './samples.js'

const LIMITS: UnpackLimits = { maxFiles: 20, maxBytes: 100_000 }

const rtf = packedRtf('{\\rtf1 Dear Ada}', rtfChecksum)
const innerMessage = msgStorage('__substg1.0_3701000D', 24, [[0x37, 0x1f, unicode('inner')]])
const innerTnef = tnefOf([[1, 0x2800c, Buffer.from('inner\0')]])
const metadata =
  '<s><ExtrinsicObject mimeType="text/xml"><Slot name="URI"><Value>A</Value></Slot><Name><LocalizedString value="T"/></Name></ExtrinsicObject></s>'

/** One of each kind, with something of everything in it. */
const whole: ReadonlyArray<readonly [mediaType: string, bytes: Buffer]> = [
  [
    'application/zip',
    zipOf([
      { name: 'IHE_XDM/SUBSET01/A', content: 'text'.repeat(500) },
      { name: 'IHE_XDM/SUBSET01/METADATA.XML', content: metadata, method: 0 },
    ]),
  ],
  ['application/zip', zip64Of('big.txt', 'not so big')],
  [
    'application/ms-tnef',
    tnefOf([
      [1, 0x69003, tnefProperties([[0x1009, 0x102, rtf]])],
      [2, 0x69002, Buffer.alloc(14)],
      [2, 0x6800f, Buffer.from('%PDF')],
      [2, 0x69005, tnefProperties([[0x3707, 0x1f, unicode('a.pdf')]])],
      [2, 0x69002, Buffer.alloc(14)],
      [2, 0x69005, tnefProperties([[0x3701, 0x0d, Buffer.concat([Buffer.from('0703020000000000c000000000000046', 'hex'), innerTnef])]])],
    ]),
  ],
  [
    'application/vnd.ms-outlook',
    writeCompound(
      msgStorage(
        '',
        32,
        [
          [0x37, 0x1f, unicode('subject')],
          [0x1009, 0x102, rtf],
        ],
        [
          msgStorage('__attach_version1.0_#00000000', 8, [[0x3701, 0x102, Buffer.alloc(5000, 7)]]),
          msgStorage('__attach_version1.0_#00000001', 8, [[0x3705, 3, long(5)]], [innerMessage]),
          msgStorage('__recip_version1.0_#00000000', 8, [
            [0x3001, 0x1f, unicode('Ada')],
            [0x0c15, 3, long(1)],
          ]),
        ],
      ),
    ),
  ],
  [
    'application/pkcs7-mime',
    signedBy(identity('Ada', 'ada@x.example'), { content: Buffer.from('Content-Type: text/plain\r\n\r\nx'), piece: 8 }),
  ],
  [
    'application/pkcs7-mime',
    contentInfo(
      OID.compressed,
      sequence(
        der(2, Buffer.from([0])),
        sequence(oid('1.2.840.113549.1.9.16.3.8')),
        sequence(oid(OID.data), der(0xa0, octetString(deflateSync('x'.repeat(999))))),
      ),
    ),
  ],
]

/** Opens something damaged; rejects when that gives what may not be. */
export async function tryContainer(random: Random): Promise<void> {
  const [mediaType, bytes] = random.pick(whole)
  const broken = damage(random, bytes)
  const unpacked = await unpackContainer(broken, mediaType, LIMITS)
  isProtectedZip(broken)
  isProtectedOffice(broken)
  if (unpacked.kind !== 'unpacked') return
  if (unpacked.files.length > LIMITS.maxFiles) throw new Error('more files than allowed')
  if (unpacked.files.reduce((sum, file) => sum + file.bytes.length, 0) > LIMITS.maxBytes) throw new Error('more bytes than allowed')
  if (unpacked.files.some(({ way }) => /\p{C}/u.test(way))) throw new Error('a way with control characters')
}

const ODD_NUMBERS = [0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

function damage(random: Random, whole: Buffer): Buffer {
  let bytes = Buffer.from(whole)
  for (let times = random.between(1, 5); times > 0 && bytes.length > 4; times--) {
    const at = random.below(bytes.length - 3)
    const kind = random.below(6)
    if (kind === 0) bytes[at] = random.below(256)
    else if (kind === 1) bytes.writeUInt32LE(random.pick(ODD_NUMBERS), at)
    else if (kind === 2) bytes.writeUInt32LE(random.below(bytes.length), at & ~3)
    else if (kind === 3) bytes = bytes.subarray(0, random.chance(0.2) ? at : bytes.length)
    else if (kind === 4) bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(random.below(9)), bytes.subarray(at + random.below(9))])
    else bytes.copy(bytes, at, random.below(bytes.length))
  }
  return bytes
}
