// Whose signature stands in a SignedData (RFC 5652 5), and whether it fits the content. Whether the certificate is to be believed is
// another question, which isn't asked here: there is no chain of trust, no revocation and no time.

import { constants, createHash, timingSafeEqual, verify, X509Certificate } from 'node:crypto'
import { type Block, integer, isTagged, members, octets, oid, raw, serial } from './ber.js'
import type { Signer } from './inner-file.js'

/** Two are common where two hash functions are, more are not. */
const MAX_SIGNERS = 4
const MAX_CERTIFICATES = 32
const MAX_NAME = 200

const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const RSA_PSS = '1.2.840.113549.1.1.10'
const digests: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.5': 'md5',
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
}

/** @param signedData RFC 5652 5.1. null when nobody signed, or nothing tells who. Of several the first whose signature is intact. */
export function findSigner(signedData: Block, content: Buffer): Signer | null {
  const parts = members(signedData)
  const infos = members(parts.at(-1)).slice(0, MAX_SIGNERS)
  const certificates = readCertificates(parts.find((part) => isTagged(part, 0)))
  const signers = infos.flatMap((info) => judge(info, certificates, content) ?? [])
  return signers.find(({ isIntact }) => isIntact) ?? signers[0] ?? null
}

/** Those that are X.509 (RFC 5652 10.2.2) and can be read. */
function readCertificates(block: Block | undefined): X509Certificate[] {
  if (block === undefined) return []
  return members(block)
    .slice(0, MAX_CERTIFICATES)
    .flatMap((certificate) => {
      try {
        return [new X509Certificate(raw(certificate))]
      } catch {
        return []
      }
    })
}

/** One SignerInfo (RFC 5652 5.3). Without a certificate nobody is named. */
function judge(info: Block, certificates: readonly X509Certificate[], content: Buffer): Signer | null {
  try {
    const parts = members(info)
    const named = candidates(parts[1], certificates)
    const signature = readSignature(parts)
    const signed = whatIsSigned(signature, content)
    const author = signed === null ? undefined : named.find((certificate) => fits(certificate, signature, signed))
    const certificate = author ?? named[0]
    return certificate ? { ...subjectOf(certificate), isIntact: author !== undefined } : null
  } catch {
    return null
  }
}

/** RFC 5652 5.3: named by issuer and serial number, or by a key identifier. The key decides in the end, so the number will do. */
function candidates(identifier: Block | undefined, certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  if (isTagged(identifier, 0)) return certificates.filter((certificate) => !certificate.ca).concat(certificates.filter(({ ca }) => ca))
  const number = serial(members(identifier)[1])
  return certificates.filter(({ serialNumber }) => serialNumber.replace(/^0+/, '').toUpperCase() === number)
}

interface Signature {
  readonly digest: string
  /** DER of the signed attributes as a SET OF; null when the content is signed directly. */
  readonly attributes: Buffer | null
  readonly messageDigest: Buffer | null
  readonly algorithm: readonly Block[]
  readonly bytes: Buffer
}

function readSignature(parts: readonly Block[]): Signature {
  const attributes = isTagged(parts[3], 0) ? parts[3] : undefined
  const [algorithm, bytes] = parts.slice(attributes ? 4 : 3)
  return {
    digest: digests[oid(members(parts[2])[0])] ?? '',
    attributes: attributes ? asSet(raw(attributes)) : null,
    messageDigest: attributes ? digestIn(attributes) : null,
    algorithm: members(algorithm),
    bytes: octets(bytes),
  }
}

/** RFC 5652 5.4: signed is the SET OF, not the tag it stands under. */
function asSet(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x31]), bytes.subarray(1)])
}

function digestIn(attributes: Block): Buffer | null {
  const found = members(attributes).find((attribute) => oid(members(attribute)[0]) === MESSAGE_DIGEST)
  return found ? octets(members(members(found)[1])[0]) : null
}

/** null when the content isn't what was signed. */
function whatIsSigned({ digest, attributes, messageDigest }: Signature, content: Buffer): Buffer | null {
  if (attributes === null) return content
  if (messageDigest === null) return null
  const isIt = (bytes: Buffer) => {
    const hash = createHash(digest).update(bytes).digest()
    return hash.length === messageDigest.length && timingSafeEqual(hash, messageDigest)
  }
  // RFC 8551 3.1.1: signed with CRLF, whatever line ends it travelled with.
  return isIt(content) || isIt(withCrLf(content)) ? attributes : null
}

function withCrLf(content: Buffer): Buffer {
  return Buffer.from(content.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}

function fits(certificate: X509Certificate, { digest, algorithm, bytes }: Signature, signed: Buffer): boolean {
  try {
    const key = certificate.publicKey
    const type = key.asymmetricKeyType ?? ''
    if (type.startsWith('ed')) return verify(null, signed, key, bytes)
    if (oid(algorithm[0]) !== RSA_PSS) return verify(digest, signed, key, bytes)
    const { hash, saltLength } = pssParameters(algorithm[1])
    return verify(hash, signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, bytes)
  } catch {
    return false
  }
}

/** RFC 4055 3.1; the hash of the mask is taken to be the same, as it must be. */
function pssParameters(block: Block | undefined): { hash: string; saltLength: number } {
  const parameters = block ? members(block) : []
  const at = (number: number) => {
    const tagged = parameters.find((parameter) => isTagged(parameter, number))
    return tagged ? members(tagged)[0] : undefined
  }
  const [hash, salt] = [at(0), at(2)]
  return { hash: hash ? (digests[oid(members(hash)[0])] ?? '') : 'sha1', saltLength: salt ? integer(salt) : 20 }
}

/** RFC 8550 3: the address stands in the alternative names; in old certificates in the name itself. */
function subjectOf(certificate: X509Certificate): { name: string | null; address: string | null } {
  // The subject as one text has its special characters escaped; this has not.
  const subject: Readonly<Record<string, unknown>> = { ...certificate.toLegacyObject().subject }
  const alternative = /(?:^|, )email:([^\s,"]+)/.exec(certificate.subjectAltName ?? '')?.[1]
  return { name: tidy(subject.CN), address: tidy(alternative ?? subject.emailAddress) }
}

/** One line. @param found text, several of them, or none. */
function tidy(found: unknown): string | null {
  const text: unknown = Array.isArray(found) ? found.at(-1) : found
  return typeof text === 'string' ? text.replace(/\p{C}/gu, '').trim().slice(0, MAX_NAME) || null : null
}
