// ASN.1 as asn1js gives it, with limits, and with one word for each thing that is wrong: nothing but StopUnpacking comes from here.

import { type BaseBlock, Constructed, fromBER, Integer, ObjectIdentifier, OctetString, Sequence, Set as SetBlock } from 'asn1js'
import { StopUnpacking } from './inner-file.js'

export type Block = BaseBlock

/** A message is some twenty levels deep at most. */
const MAX_DEPTH = 48
/** Streaming writers cut content into pieces of one to four kilobytes, each a node; asn1js takes a hundred thousand a second. */
const MAX_NODES = 100_000

/** @param bytes ASN.1 in BER, indefinite lengths too (X.690 8.1.3.6); what stands behind it isn't looked at. */
export function readBer(bytes: Buffer): Block {
  // parseEmbedded: content that happens to look like ASN.1 is still content.
  const { offset, result } = fromBER(bytes, {
    maxDepth: MAX_DEPTH,
    maxNodes: MAX_NODES,
    maxContentLength: bytes.length,
    parseEmbedded: false,
    copyInput: false,
  })
  if (offset < 0) throw new StopUnpacking('damaged')
  return result
}

/** Of a SEQUENCE, a SET or an explicit or implicit tag. Throws StopUnpacking for anything else. */
export function members(block: Block | undefined): readonly Block[] {
  // asn1js calls a tag with members Constructed, and what else there is by its type.
  if (block instanceof Sequence || block instanceof SetBlock || block instanceof Constructed) return block.valueBlock.value
  throw new StopUnpacking('damaged')
}

/** Whether it has the context-specific tag `number`. */
export function isTagged(block: Block | undefined, number: number): boolean {
  return block?.idBlock.tagClass === 3 && block.idBlock.tagNumber === number
}

/** `1.2.840.113549.1.7.1` */
export function oid(block: Block | undefined): string {
  if (!(block instanceof ObjectIdentifier)) throw new StopUnpacking('damaged')
  return block.getValue()
}

/** Its bytes, of all pieces. */
export function octets(block: Block | undefined): Buffer {
  if (!(block instanceof OctetString)) throw new StopUnpacking('damaged')
  return Buffer.from(block.getValue())
}

/** As it stands in the file, tag and length included. */
export function raw(block: Block): Buffer {
  const { buffer, byteOffset, byteLength } = block.valueBeforeDecodeView
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** Hexadecimal, without leading zeros, upper case: as node:crypto writes serial numbers. */
export function serial(block: Block | undefined): string {
  if (!(block instanceof Integer)) throw new StopUnpacking('damaged')
  return Buffer.from(block.valueBlock.valueHexView).toString('hex').replace(/^0+/, '').toUpperCase()
}

export function integer(block: Block | undefined): number {
  if (!(block instanceof Integer) || block.valueBlock.isHexOnly) throw new StopUnpacking('damaged')
  return block.valueBlock.valueDec
}
