// A certificate and its key from PEM files, checked before anybody is shown them.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'

/** PEM texts, as TLS takes them. `cert` may hold a chain, our own certificate first. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/** Paths of the two PEM files. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** The files cannot be used. `message` is one line for the operator; it names files, never what is in them. */
export class TlsConfigError extends Error {
  override name = 'TlsConfigError'
}

/**
 * Reads the two files. Throws TlsConfigError when they cannot be read, do not belong together, or are out of date at `now`
 * (milliseconds).
 */
export async function readTlsPair(files: TlsFiles, now: number): Promise<TlsPair> {
  const pair = { cert: await readPem(files.cert), key: await readPem(files.key) }
  checkTlsPair(pair, files, now)
  return pair
}

/** Throws TlsConfigError with the cause. */
export async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** Throws TlsConfigError, naming the file at fault, when the pair cannot be used at `now`. */
export function checkTlsPair(pair: TlsPair, files: TlsFiles, now: number): void {
  const certificate = parsed(() => new X509Certificate(pair.cert), `no PEM certificate in ${files.cert}`)
  const key: KeyObject = parsed(() => createPrivateKey(pair.key), `no PEM private key without a passphrase in ${files.key}`)
  if (!certificate.checkPrivateKey(key))
    throw new TlsConfigError(`the key in ${files.key} is not the one of the certificate in ${files.cert}`)
  if (Date.parse(certificate.validTo) <= now)
    throw new TlsConfigError(`the certificate in ${files.cert} has run out: ${certificate.validTo}`)
  if (Date.parse(certificate.validFrom) > now)
    throw new TlsConfigError(`the certificate in ${files.cert} is not valid before ${certificate.validFrom}`)
  // For instance a key too short for today's OpenSSL, or a chain that is cut off.
  parsed(() => createSecureContext(pair), `the certificate in ${files.cert} cannot be used for TLS`)
}

export function unreadable(file: string, error: unknown): TlsConfigError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
  return new TlsConfigError(`cannot read ${file}: ${code}`)
}

function parsed<T>(parse: () => T, problem: string): T {
  try {
    return parse()
  } catch {
    throw new TlsConfigError(problem)
  }
}
