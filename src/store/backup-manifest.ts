// What a backup says of itself. It is written last: a folder without it is no backup, or one that was interrupted.

import { randomUUID } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from './folders.js'

export interface BackupManifest {
  readonly format: 'hepoex-backup'
  readonly version: 1
  /** The release that made it. */
  readonly hepoex: string
  /** ISO 8601, UTC. */
  readonly takenAt: string
  /** Of the key file, which is not in the backup. */
  readonly keyFingerprint: string
  /** Ids of the wrapping keys, peppers and so on that rows need; the key file must have them all. */
  readonly keyIds: readonly string[]
  /** Steps of the schema that have run. */
  readonly schema: readonly string[]
  readonly database: Digest
  /** Live packages, those in `missing` included. */
  readonly packages: number
  /** Ids of live packages whose sealed file was gone or damaged in the store itself. */
  readonly missing: readonly string[]
  readonly blobs: readonly BackupBlob[]
}

export interface Digest {
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

export interface BackupBlob extends Digest {
  readonly key: string
}

/** Making or restoring a backup is refused or failed. The message is one line for the operator, without anything secret. */
export class BackupError extends Error {
  override name = 'BackupError'
}

const FILE = 'manifest.json'

/** Durable when it resolves. */
export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const draft = join(folder, `.${randomUUID()}.tmp`)
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(manifest, null, 1)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, join(folder, FILE))
  await syncFolder(folder)
}

/** Throws BackupError: no backup, not a whole one, or one of a newer release. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, FILE), 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code !== 'ENOENT') throw new BackupError(`the backup in ${folder} cannot be read (${code})`)
    throw new BackupError(`${folder} has no ${FILE}: it is not a backup, or one that was interrupted. Use another one`)
  })
  const manifest = parse(text)
  if (manifest === null) throw new BackupError(`the backup in ${folder} is damaged (${FILE}): use another one`)
  if (manifest === 'newer') throw new BackupError(`the backup in ${folder} was made by a newer release of HePoEx: restore it with that one`)
  return manifest
}

function parse(text: string): BackupManifest | 'newer' | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null // The parser's message quotes the text: it goes no further.
  }
  if (!isRecord(json) || json.format !== 'hepoex-backup' || typeof json.version !== 'number') return null
  if (json.version > 1) return 'newer'
  const isSound =
    ['hepoex', 'takenAt', 'keyFingerprint'].every((name) => typeof json[name] === 'string') &&
    ['keyIds', 'schema', 'missing'].every((name) => isList(json[name], (each) => typeof each === 'string')) &&
    typeof json.packages === 'number' &&
    isDigest(json.database) &&
    isList(json.blobs, (blob) => isDigest(blob) && KEY.test(String(blob.key)))
  return isSound ? (json as unknown as BackupManifest) : null
}

/** It becomes part of a path. */
const KEY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function isList<T>(value: unknown, isOne: (each: unknown) => each is T): value is T[]
function isList(value: unknown, isOne: (each: unknown) => boolean): boolean
function isList(value: unknown, isOne: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne)
}

function isDigest(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Number.isSafeInteger(value.bytes) && /^[0-9a-f]{64}$/.test(String(value.sha256))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
