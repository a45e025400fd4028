// Makes a self-signed certificate for a mail door that was given none: EC P-256, X.509 v3 (RFC 5280), written in DER right here. It
// keeps an eavesdropper out, and proves to nobody who we are; mail servers that use STARTTLS when they can do not ask (RFC 7435).

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const COMMON_NAME = oid('550403')
const ECDSA_SHA256 = oid('2a8648ce3d040302')
const BASIC_CONSTRAINTS = oid('551d13')
const KEY_USAGE = oid('551d0f')
const EXTENDED_KEY_USAGE = oid('551d25')
const SERVER_AUTH = oid('2b06010505070301')
const SUBJECT_ALT_NAME = oid('551d11')

/** A new key and a certificate for `hostname` (ASCII), both PEM. */
export function makeSelfSigned(hostname: string, from: Date, until: Date): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(ECDSA_SHA256)
  // The upper bound of a common name is 64 characters; the alternative name is what counts (RFC 9525).
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(hostname.slice(0, 64))))))
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([0x4a]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(from), time(until)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, extensions(hostname)),
  )
  const signature = sign('sha256', toBeSigned, privateKey)
  const certificate = sequence(toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature))
  return { cert: pem('CERTIFICATE', certificate), key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() }
}

function extensions(hostname: string): Buffer {
  const critical = der(0x01, Buffer.from([0xff]))
  return sequence(
    sequence(BASIC_CONSTRAINTS, critical, der(0x04, sequence())),
    sequence(KEY_USAGE, critical, der(0x04, der(0x03, Buffer.from([7, 0x80])))),
    sequence(EXTENDED_KEY_USAGE, der(0x04, sequence(SERVER_AUTH))),
    sequence(SUBJECT_ALT_NAME, der(0x04, sequence(der(0x82, Buffer.from(hostname))))),
  )
}

function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/\.\d+Z$|[-:T]/g, '')}Z`
  // RFC 5280 4.1.2.5: UTCTime until 2049, GeneralizedTime from then on.
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts)
}

/** Tag, length, value (X.690 8.1.3). */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const { length } = Buffer.concat(parts)
  const octets = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...octets]), ...parts])
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
