// S/MIME made here: certificates and CMS in DER or BER, signed by node:crypto.

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** One value of ASN.1 with a definite length. */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([Buffer.from([tag, 0x84]), length, content])
}

/** The same without a length, as programs write that don't know it beforehand (X.690 8.1.3.6). */
export const endless = (tag: number, ...contents: readonly Buffer[]) =>
  Buffer.concat([Buffer.from([tag, 0x80]), ...contents, Buffer.alloc(2)])

export const sequence = (...members: readonly Buffer[]) => der(0x30, ...members)
export const octetString = (bytes: Buffer | string) => der(0x04, Buffer.from(bytes))
const integer = (...bytes: readonly number[]) => der(0x02, Buffer.from(bytes))
const utf8 = (text: string) => der(0x0c, Buffer.from(text))
const NULL = der(0x05)

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f]
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return der(0x06, Buffer.from(bytes))
}

export const OID = {
  data: '1.2.840.113549.1.7.1',
  signed: '1.2.840.113549.1.7.2',
  enveloped: '1.2.840.113549.1.7.3',
  compressed: '1.2.840.113549.1.9.16.1.9',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const SHA256 = sequence(oid(OID.sha256), NULL)

export interface Identity {
  readonly certificate: Buffer
  readonly key: KeyObject
  readonly issuerAndSerial: Buffer
}

/** A self-signed certificate for `name`. @param address in the alternative names. */
export function identity(name: string, address: string, number = 0x4711): Identity {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = sequence(der(0x31, sequence(oid('2.5.4.3'), utf8(name))))
  const serial = integer(number >> 8, number & 255)
  const time = (text: string) => der(0x17, Buffer.from(text))
  const alternative = sequence(oid('2.5.29.17'), octetString(sequence(der(0x81, Buffer.from(address)))))
  const content = sequence(
    der(0xa0, integer(2)),
    serial,
    ECDSA_SHA256,
    subject,
    sequence(time('260101000000Z'), time('360101000000Z')),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternative)),
  )
  const certificate = sequence(content, ECDSA_SHA256, der(0x03, Buffer.from([0]), sign('sha256', content, key)))
  return { certificate, key, issuerAndSerial: sequence(subject, serial) }
}

export const contentInfo = (type: string, content: Buffer) => sequence(oid(type), der(0xa0, content))

export interface SignedSample {
  readonly content: Buffer
  /** Of its pieces; null: one whole OCTET STRING. */
  readonly piece?: number
  readonly isDetached?: boolean
  /** Of the signature: RFC 5652 5.4 with attributes, or over the content itself. */
  readonly withAttributes?: boolean
  readonly certificates?: readonly Buffer[]
  /** Signed in place of the content. */
  readonly signedContent?: Buffer
}

/** A signed message by `who`. */
export function signedBy(who: Identity, sample: SignedSample): Buffer {
  const { content, piece, isDetached = false, withAttributes = true, certificates = [who.certificate], signedContent = content } = sample
  const digest = createHash('sha256').update(signedContent).digest()
  const attribute = (type: string, value: Buffer) => sequence(oid(type), der(0x31, value))
  const attributes = [attribute('1.2.840.113549.1.9.3', oid(OID.data)), attribute('1.2.840.113549.1.9.4', octetString(digest))]
  const signature = sign('sha256', withAttributes ? der(0x31, ...attributes) : signedContent, who.key)
  const info = sequence(
    integer(1),
    who.issuerAndSerial,
    SHA256,
    ...(withAttributes ? [der(0xa0, ...attributes)] : []),
    ECDSA_SHA256,
    octetString(signature),
  )
  const pieces =
    piece === undefined
      ? []
      : Array.from({ length: Math.ceil(content.length / piece) }, (_, at) => octetString(content.subarray(at * piece, (at + 1) * piece)))
  const wrapped = piece === undefined ? der(0xa0, octetString(content)) : endless(0xa0, endless(0x24, Buffer.concat(pieces)))
  const encapsulated = [oid(OID.data), ...(isDetached ? [] : [wrapped])]
  const parts = [
    integer(1),
    der(0x31, SHA256),
    piece === undefined ? sequence(...encapsulated) : endless(0x30, ...encapsulated),
    der(0xa0, ...certificates),
    der(0x31, info),
  ]
  if (piece === undefined) return contentInfo(OID.signed, sequence(...parts))
  return endless(0x30, oid(OID.signed), endless(0xa0, endless(0x30, ...parts)))
}
