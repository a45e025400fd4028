// The key file: made once, readable by its owner alone, durable before any row rests on it.

import { randomBytes, randomUUID } from 'node:crypto'
import { link, open, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder, syncFolder } from './folders.js'

export const KEY_ID_LENGTH = 8

export interface KeyEntry {
  /** 8 lower-case hexadecimal digits. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Buffer
  /** Used for what is new; exactly one of each list. The others are kept while a row needs them. */
  readonly current: boolean
}

export interface KeyFile {
  /** Never rotated: what is derived from it stands in rows without an id. */
  readonly service: KeyEntry
  readonly wrapping: readonly KeyEntry[]
  readonly peppers: readonly KeyEntry[]
  readonly dedupe: readonly KeyEntry[]
}

export type KeyFileProblem = 'MISSING' | 'NOT_PRIVATE' | 'DAMAGED' | 'UNREADABLE' | 'NOT_WRITTEN' | 'FOREIGN'

/** The key file cannot be used. The message is a plain reason with the file's path and what to do, and never a key. */
export class KeyFileError extends Error {
  override name = 'KeyFileError'
  readonly code: KeyFileProblem

  constructor(code: KeyFileProblem, message: string) {
    super(message)
    this.code = code
  }
}

/** Reads the key file, making it when it is missing and `create` is true. Throws KeyFileError. */
export async function readOrCreateKeyFile(file: string, create: boolean): Promise<KeyFile> {
  const found = await readKeyFile(file)
  if (found) return found
  if (!create)
    throw new KeyFileError('MISSING', `the key file ${file} is missing, but there is data sealed with it: put it back from its safe copy`)
  try {
    await writeKeyFile(file, newKeys())
  } catch (error) {
    throw new KeyFileError('NOT_WRITTEN', `the key file ${file} could not be written (${codeOf(error)})`)
  }
  const made = await readKeyFile(file)
  if (!made) throw new KeyFileError('NOT_WRITTEN', `the key file ${file} is gone right after it was written`)
  return made
}

/** Null when there is none. Throws KeyFileError. */
export async function readKeyFile(file: string): Promise<KeyFile | null> {
  let text: string
  try {
    const handle = await open(file, 'r')
    try {
      const about = await handle.stat()
      if (!about.isFile()) throw new KeyFileError('DAMAGED', `the key file ${file} is not a file`)
      if ((about.mode & 0o077) !== 0)
        throw new KeyFileError('NOT_PRIVATE', `the key file ${file} can be read or changed by other users: run chmod 600 on it`)
      text = await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof KeyFileError) throw error
    if (codeOf(error) === 'ENOENT') return null
    throw new KeyFileError('UNREADABLE', `the key file ${file} cannot be read (${codeOf(error)})`)
  }
  const keys = parseKeyFile(text)
  if (!keys) throw new KeyFileError('DAMAGED', `the key file ${file} is damaged: put it back from its safe copy`)
  return keys
}

/** Two processes may do this at once: link() lets one of them win, and both then read what the winner wrote. */
async function writeKeyFile(file: string, keys: KeyFile): Promise<void> {
  const folder = dirname(file)
  await makeFolder(folder)
  const temporary = join(folder, `.${randomUUID()}.key-tmp`)
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(formatKeyFile(keys))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(temporary, file).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
  } finally {
    await unlink(temporary).catch(() => {})
  }
  await syncFolder(folder)
}

/** A new random key with a new random id, current. */
export function freshEntry(): KeyEntry {
  return { id: randomBytes(KEY_ID_LENGTH / 2).toString('hex'), key: randomBytes(32), current: true }
}

function newKeys(): KeyFile {
  return { service: freshEntry(), wrapping: [freshEntry()], peppers: [freshEntry()], dedupe: [freshEntry()] }
}

/** The file's text: JSON, keys in base64. */
export function formatKeyFile(keys: KeyFile): string {
  const entry = ({ id, key, current }: KeyEntry) => ({ id, key: key.toString('base64'), current })
  const { service, wrapping, peppers, dedupe } = keys
  const lists = { wrapping: wrapping.map(entry), peppers: peppers.map(entry), dedupe: dedupe.map(entry) }
  return `${JSON.stringify({ format: 'hepoex-keys', version: 1, service: entry(service), ...lists }, null, 2)}\n`
}

/** Null when the text is not a whole and sound key file of this version. */
export function parseKeyFile(text: string): KeyFile | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null // The parser's message quotes the text: it goes no further.
  }
  if (!isRecord(json) || json.format !== 'hepoex-keys' || json.version !== 1) return null
  const service = parseEntry(json.service)
  const [wrapping, peppers, dedupe] = [parseList(json.wrapping), parseList(json.peppers), parseList(json.dedupe)]
  return service && wrapping && peppers && dedupe ? { service, wrapping, peppers, dedupe } : null
}

function parseList(value: unknown): KeyEntry[] | null {
  if (!Array.isArray(value)) return null
  const entries = value.map(parseEntry).filter((entry) => entry !== null)
  const sound = entries.length === value.length && new Set(entries.map((entry) => entry.id)).size === entries.length
  return sound && entries.filter((entry) => entry.current).length === 1 ? entries : null
}

function parseEntry(value: unknown): KeyEntry | null {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.key !== 'string') return null
  const key = Buffer.from(value.key, 'base64')
  const sound = /^[0-9a-f]{8}$/.test(value.id) && key.length === 32 && key.toString('base64') === value.key
  return sound ? { id: value.id, key, current: value.current === true } : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : 'unknown'
}
