// Certificate and key of the mail door: the operator's, or a self-signed pair made at the first start. Never the library's built-in key,
// which everybody has.

import { randomBytes } from 'node:crypto'
import { type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DAY } from '../clock.js'
import { checkTlsPair, readPem, readTlsPair, type TlsFiles, type TlsPair, unreadable } from '../tls-pair.js'
import { makeSelfSigned } from './self-signed.js'

const LIFE_MS = 3650 * DAY

/**
 * Reads the `configured` PEM files, or else the pair in `file`, which is made (0600, EC P-256, ten years, for `hostname`) when it is
 * not there. Processes that start at the same time end with the same pair. Throws TlsConfigError when files cannot be read, do not
 * belong together, or are out of date at `now` (milliseconds).
 */
export async function ensureMailTls(options: {
  readonly configured: TlsFiles | null
  readonly file: string
  readonly hostname: string
  readonly now?: number
}): Promise<TlsPair> {
  const { configured, file, hostname, now = Date.now() } = options
  return configured === null ? ownPair(file, hostname, now) : readTlsPair(configured, now)
}

async function ownPair(file: string, hostname: string, now: number): Promise<TlsPair> {
  if (!(await exists(file))) await makeOnce(file, hostname, now)
  const text = await readPem(file)
  const certificateAt = Math.max(0, text.indexOf('-----BEGIN CERTIFICATE-----'))
  const pair = { cert: text.slice(certificateAt), key: text.slice(0, certificateAt) }
  checkTlsPair(pair, { cert: file, key: file }, now)
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

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
