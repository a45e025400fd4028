// A certificate for tests, made anew in each process.

import { X509Certificate } from 'node:crypto'
import { makeSelfSigned } from '../../src/smtp/self-signed.js'

export interface TestTls {
  readonly cert: string
  readonly key: string
  /** SHA-256 of the certificate, as TLSSocket.getPeerCertificate() gives it. */
  readonly fingerprint256: string
}

const DAY_MS = 86_400_000

/** A pair for `hostname`, valid from yesterday to tomorrow unless told otherwise. */
export function testTls(
  hostname = 'intake.example.org',
  from = new Date(Date.now() - DAY_MS),
  until = new Date(Date.now() + DAY_MS),
): TestTls {
  const { cert, key } = makeSelfSigned(hostname, from, until)
  return { cert, key, fingerprint256: new X509Certificate(cert).fingerprint256 }
}
