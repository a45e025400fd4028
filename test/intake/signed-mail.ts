// A message signed beside its content, by somebody who does not exist.

import { identity, signedBy } from '../documents/containers/cms-samples.js'

const ada = identity('Dr. Ada Example', 'ada@clinic.example')
export const SIGNER = { name: 'Dr. Ada Example', address: 'ada@clinic.example' }
export const PDF = Buffer.from('%PDF-1.4\nsynthetic\n%%EOF\n')

export const ENTITY = [
  'Content-Type: multipart/mixed; boundary="inner"',
  '',
  '--inner',
  'Content-Type: text/plain',
  '',
  'See the file.',
  '--inner',
  'Content-Type: application/pdf; name="result.pdf"',
  'Content-Transfer-Encoding: base64',
  '',
  PDF.toString('base64'),
  '--inner--',
  '',
].join('\r\n')

/** `sentEntity`: what travels instead of what was signed. */
export function signed(entity: string, { type = 'application/pkcs7-signature', sentEntity = entity } = {}): string {
  const signature = signedBy(ada, { content: Buffer.from(entity), isDetached: true })
  return [
    'From: records@clinic.example',
    'Subject: pat@home.example',
    'MIME-Version: 1.0',
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="outer"',
    '',
    'This is a signed message.',
    '--outer',
    sentEntity,
    '--outer',
    `Content-Type: ${type}; name="smime.p7s"`,
    'Content-Transfer-Encoding: base64',
    '',
    ...(signature.toString('base64').match(/.{1,76}/g) ?? []),
    '--outer--',
    '',
  ].join('\r\n')
}
