// What an open session gives out. Every step opens the sealed file anew: nothing decrypted is kept between two requests. The stanza's
// hash is small (4 MB, some 10 ms) and only who holds a pass gets here, so it stands in no queue.

import { Readable } from 'node:stream'
import type { Manifest, ManifestDocument } from '../hip/manifest.js'
import { formatPackageNumber } from '../hip/number.js'
import { type OpenedPackage, openPackage, PackageDamagedError } from '../hip/open.js'
import { domainOf } from '../mail/address.js'
import { BlobMissingError, type SealedBlob } from '../store/blobs.js'
import type { Download, Pass, Piece, Records } from './desk.js'
import { extensionOf } from './extension.js'
import { type Active, activeOpening } from './opening.js'
import type { RetrievalTools } from './tools.js'

const PIECE = 1024 * 1024

/** See RetrievalDesk.records. */
export async function records(tools: RetrievalTools, pass: Pass): Promise<Records | null> {
  const active = await activeOpening(tools, pass)
  if (!active) return null
  const { opening, row, passphrase } = active
  const blob = await openBlob(tools, active)
  try {
    const { manifest, zipBytes } = await unseal(blob, passphrase)
    const { number, receivedAt, expiresAt, firstOpenedAt } = row
    const extendsTo = extensionOf(tools, row)
    const { idleUntil, endsAt, openedBefore } = opening
    const times = { receivedAt, expiresAt, extendsTo, firstOpenedAt, lastOpenedAt: openedBefore, idleUntil, endsAt }
    const { provider, documents } = manifest
    const readable = manifest.records ? { bytes: manifest.records.bytes, pages: manifest.records.pages } : null
    return {
      ...times,
      number,
      zipBytes,
      passphrase,
      providerName: provider.name,
      fax: faxGateway(manifest),
      documents,
      readable,
      sealedBytes: blob.size,
    }
  } finally {
    await blob.close()
  }
}

function faxGateway({ authentication: { fax, from } }: Manifest): string | null {
  return fax === true && typeof from === 'string' ? domainOf(from) : null
}

/** See RetrievalDesk.document. */
export function document(
  tools: RetrievalTools,
  pass: Pass,
  index: number,
): Promise<{ document: ManifestDocument; stream: Readable } | null> {
  return piece(tools, pass, index, async (opened, document) => ({ document, stream: await opened.document(index) }))
}

/** See RetrievalDesk.copy. */
export function copy(tools: RetrievalTools, pass: Pass, index: number): Promise<Piece | null> {
  return piece(tools, pass, index, async (opened, document) => {
    const stream = document.copy?.kind === 'html' && (await opened.copy(index))
    return stream ? { document, stream, bytes: document.copy.bytes, mediaType: 'text/html' } : null
  })
}

/** See RetrievalDesk.thumbnail. */
export function thumbnail(tools: RetrievalTools, pass: Pass, index: number): Promise<Piece | null> {
  return piece(tools, pass, index, async (opened, document) => {
    const stream = document.thumbnail && (await opened.thumbnail(index))
    return stream ? { document, stream, bytes: document.thumbnail.bytes, mediaType: document.thumbnail.mediaType } : null
  })
}

/** What `of` gives of the document at `index`; null when there is none, or the session is over. */
async function piece<T extends { readonly stream: Readable }>(
  tools: RetrievalTools,
  pass: Pass,
  index: number,
  of: (opened: OpenedPackage, document: ManifestDocument) => Promise<T | null>,
): Promise<T | null> {
  const active = await activeOpening(tools, pass)
  if (!active) return null
  return streaming(tools, active, async (blob) => {
    const opened = await unseal(blob, active.passphrase)
    const found = opened.manifest.documents[index]
    return found ? of(opened, found) : null
  })
}

/** See RetrievalDesk.readable. */
export function readable(tools: RetrievalTools, pass: Pass): Promise<Download | null> {
  return download(tools, pass, 'pdf', async (opened) => {
    const { records } = opened.manifest
    const stream = records && (await opened.records())
    return stream ? { stream, bytes: records.bytes } : null
  })
}

/** See RetrievalDesk.zip. */
export function zip(tools: RetrievalTools, pass: Pass): Promise<Download | null> {
  return download(tools, pass, 'zip', async (opened) => ({ stream: opened.zip(), bytes: opened.zipBytes }))
}

async function download(
  tools: RetrievalTools,
  pass: Pass,
  ending: string,
  of: (opened: OpenedPackage) => Promise<Omit<Download, 'name'> | null>,
): Promise<Download | null> {
  const active = await activeOpening(tools, pass)
  if (!active) return null
  const name = `health-records-${formatPackageNumber(active.row.number)}.${ending}`
  return streaming(tools, active, async (blob) => {
    const found = await of(await unseal(blob, active.passphrase))
    return found && { ...found, name }
  })
}

/** See RetrievalDesk.sealedFile. */
export async function sealedFile(tools: RetrievalTools, pass: Pass): Promise<(Download & { passphrase: string }) | null> {
  const active = await activeOpening(tools, pass)
  if (!active) return null
  const name = `health-records-${formatPackageNumber(active.row.number)}.age`
  return streaming(tools, active, async (blob) => {
    const stream = Readable.from(pieces(blob), { objectMode: false })
    return { stream, bytes: blob.size, name, passphrase: active.passphrase }
  })
}

async function openBlob({ store }: RetrievalTools, { row }: Active): Promise<SealedBlob> {
  if (row.blobKey === null) throw new BlobMissingError()
  return store.blobs.open(row.blobKey)
}

/** It opened when the answer was entered: if it does not now, the file was changed. */
async function unseal(blob: SealedBlob, passphrase: string): Promise<OpenedPackage> {
  const opened = await openPackage(blob, passphrase)
  if (!opened) throw new PackageDamagedError('header')
  return opened
}

/** The blob stays open for as long as the stream does, and no longer: also when nothing comes of it. */
async function streaming<T extends { readonly stream: Readable }>(
  tools: RetrievalTools,
  active: Active,
  start: (blob: SealedBlob) => Promise<T | null>,
): Promise<T | null> {
  const blob = await openBlob(tools, active)
  const close = () => {
    blob.close().catch((error: unknown) => tools.log.failure('retrieval', error, { packageId: active.row.id }))
  }
  try {
    const result = await start(blob)
    if (result) result.stream.once('close', close)
    else close()
    return result
  } catch (error) {
    close()
    throw error
  }
}

async function* pieces(blob: SealedBlob): AsyncGenerator<Buffer> {
  for (let at = 0; at < blob.size; at += PIECE) yield blob.read(at, Math.min(PIECE, blob.size - at))
}
