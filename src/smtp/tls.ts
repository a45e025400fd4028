// Certificate and key of the mail door: the operator's, or a self-signed pair made at the first start. Never the library's built-in key,
// which everybody has.

import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { type FileHandle, link, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DAY } from '../clock.js'
import { makeSelfSigned } from './self-signed.js'

/** PEM texts, as TLS takes them. `cert` may hold a chain, our own certificate first. */
export interface MailTls {
  readonly cert: string
  readonly key: string
}

/** The files cannot be used. `message` is one line for the operator; it names files, never what is in them. */
export class TlsConfigError extends Error {
  override name = 'TlsConfigError'
}

const LIFE_MS = 3650 * DAY

/**
 * Reads the `configured` PEM files, or else the pair in `file`, which is made (0600, EC P-256, ten years, for `hostname`) when it is
 * not there. Processes that start at the same time end with the same pair. Throws TlsConfigError when files cannot be read, do not
 * belong together, or are out of date at `now` (milliseconds).
 */
export async function ensureMailTls(options: {
  readonly configured: { readonly cert: string; readonly key: string } | null
  readonly file: string
  readonly hostname: string
  readonly now?: number
}): Promise<MailTls> {
  const { configured, file, hostname, now = Date.now() } = options
  if (configured === null) return ownPair(file, hostname, now)
  const pair = { cert: await readPem(configured.cert), key: await readPem(configured.key) }
  checkPair(pair, { certFile: configured.cert, keyFile: configured.key, now })
  return pair
}

async function ownPair(file: string, hostname: string, now: number): Promise<MailTls> {
  if (!(await exists(file))) await makeOnce(file, hostname, now)
  const text = await readPem(file)
  const certificateAt = Math.max(0, text.indexOf('-----BEGIN CERTIFICATE-----'))
  const pair = { cert: text.slice(certificateAt), key: text.slice(0, certificateAt) }
  checkPair(pair, { certFile: file, keyFile: file, now })
  return pair
}

/** Written whole under another name and then linked: the first process wins, the others find its file there. */
async function makeOnce(file: string, hostname: string, now: number): Promise<void> {
  const { cert, key } = makeSelfSigned(hostname, new Date(now - DAY), new Date(now + LIFE_MS))
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${randomBytes(8).toString('hex')}.tmp`
  await writeDurably(temporary, key + cert)
  try {
    await link(temporary, file)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await unlink(temporary)
  }
  await withHandle(dirname(file), 'r', undefined, (folder) => folder.sync())
}

async function writeDurably(file: string, text: string): Promise<void> {
  await withHandle(file, 'wx', 0o600, async (handle) => {
    await handle.writeFile(text)
    await handle.sync()
  })
}

async function withHandle(
  file: string,
  flags: string,
  mode: number | undefined,
  work: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(file, flags, mode)
  try {
    await work(handle)
  } finally {
    await handle.close()
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await withHandle(file, 'r', undefined, async () => {})
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw unreadable(file, error)
  }
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

function checkPair(pair: MailTls, { certFile, keyFile, now }: { certFile: string; keyFile: string; now: number }): void {
  const certificate = parsed(() => new X509Certificate(pair.cert), `no PEM certificate in ${certFile}`)
  const key: KeyObject = parsed(() => createPrivateKey(pair.key), `no PEM private key without a passphrase in ${keyFile}`)
  if (!certificate.checkPrivateKey(key)) throw new TlsConfigError(`the key in ${keyFile} is not the one of the certificate in ${certFile}`)
  if (Date.parse(certificate.validTo) <= now) throw new TlsConfigError(`the certificate in ${certFile} has run out: ${certificate.validTo}`)
  if (Date.parse(certificate.validFrom) > now)
    throw new TlsConfigError(`the certificate in ${certFile} is not valid before ${certificate.validFrom}`)
}

function parsed<T>(parse: () => T, problem: string): T {
  try {
    return parse()
  } catch {
    throw new TlsConfigError(problem)
  }
}

function unreadable(file: string, error: unknown): TlsConfigError {
  return new TlsConfigError(`cannot read ${file}: ${codeOf(error) ?? 'unknown error'}`)
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
