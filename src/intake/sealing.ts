// Sealing: documents in memory become one age file on disk and one row, under a code that is drawn for it and written nowhere.

import { createHash, randomUUID } from 'node:crypto'
import type { Awaited, ConsentCopy } from '../awaited-request.js'
import { DAY } from '../clock.js'
import { packageIndex, titleOf } from '../documents/index-page.js'
import { derivePassphrase } from '../hip/keys.js'
import type { Trace } from '../hip/manifest.js'
import type { Minted } from '../hip/mint.js'
import { formatPackageNumber } from '../hip/number.js'
import { fileNames, type PackageContents, type PackageDocument, seal } from '../hip/seal.js'
import { free } from '../memory.js'
import { formatRequestNumber } from '../request-number.js'
import { timed } from '../stages.js'
import type { Consumer } from '../store/consumers.js'
import type { PackageRow } from '../store/packages.js'
import type { Store } from '../store/store.js'
import type { Text } from '../texts.js'
import type { CollectedDocument, DocumentSummary } from './collect.js'
import { type Copies, type Made, makeCopies } from './copies.js'
import type { IntakeTools, Judged, Received } from './receive.js'
import { describeVerified, type Verified } from './trust.js'

interface Sealing extends Received {
  readonly consumer: Consumer
  readonly verified: Verified
  readonly documents: readonly CollectedDocument[]
  readonly copies: Copies
  readonly groupId: string
  /** Now, in the clock's milliseconds. */
  readonly sealedAt: number
  readonly packageDays: number
  /** Our own host name. */
  readonly hostname: string
  /** The texts of the consumer's language. */
  readonly text: Text
  readonly awaited: Awaited | null
}

/**
 * Makes the readable copies and seals everything under the minted code and the consumer's present answer. Resolves when the blob is
 * durable and the row `sealed` is committed; the documents' bytes are gone then. Whatever it throws, no code has left memory. The caller
 * uses `minted.code` for the notice and forgets it. Consents that have to go with the records are sealed as the last documents.
 */
export async function copyAndSeal(
  tools: IntakeTools,
  { received, verified, consumer, documents: sent, summaries, keys }: Judged,
  minted: Minted,
  awaited: Awaited | null,
): Promise<{ sealed: PackageRow; summaries: readonly DocumentSummary[] }> {
  const text = tools.texts.in(consumer.language)
  const about = {
    language: consumer.language,
    providerName: received.provider.name,
    receivedAt: received.receivedAt,
    intakeNumber: received.intakeNumber,
    packageNumber: minted.number,
    authenticated: describeVerified(verified),
  }
  const documents = [...sent, ...(awaited?.consents ?? []).map((consent) => consentCopy(consent, sent, text))]
  const titles = documents.map((document) => titleOf(document, text))
  const { stages } = received
  const copies = await timed(stages, 'convert', () => makeCopies(tools.workshop, documents, about, titles))
  const sealing = {
    ...{ ...received, verified, consumer, documents, copies, groupId: keys.group, sealedAt: tools.clock.now() },
    ...{ packageDays: tools.packageDays, hostname: tools.hostname, text, awaited },
  }
  const sealed = await timed(stages, 'seal', () => sealPackage(tools.store, minted, sealing))
  return { sealed, summaries: withCopies(summaries, documents, copies) }
}

/** Not the provider's: its origin says so, and the summaries, which are for the provider, leave it out. */
function consentCopy({ number, bytes, name }: ConsentCopy, sent: readonly CollectedDocument[], text: Text): CollectedDocument {
  const isTaken = (candidate: string) => sent.some((document) => document.name.toLowerCase() === candidate.toLowerCase())
  // The provider may have sent the form back under the name we gave it.
  const free = isTaken(name) ? `consent-${number}-${randomUUID()}.pdf` : name
  return {
    ...{ name: free, sentName: null, mediaType: 'application/pdf', charset: null, contentId: null, bytes },
    ...{ sha256: createHash('sha256').update(bytes).digest('hex'), origin: 'consent', part: '', role: 'attachment' },
    ...{ title: text('request-mails.consent.title', { number: formatRequestNumber(number) }), within: null },
    ...{ isProtected: false, signer: null, head: null },
  }
}

/** What only the converters could find out. */
function withCopies(summaries: readonly DocumentSummary[], documents: readonly CollectedDocument[], { made }: Copies): DocumentSummary[] {
  const attached = [...documents.keys()].filter((index) => documents[index]?.role === 'attachment')
  return summaries.map((summary, place) => {
    const copy = made[attached[place] ?? -1]
    if (copy?.kind === 'pages') return { ...summary, pages: copy.count }
    return copy?.kind === 'as-sent' && copy.reason === 'protected' ? { ...summary, isProtected: true } : summary
  })
}

async function sealPackage(store: Store, minted: Minted, sealing: Sealing): Promise<PackageRow> {
  const { consumer, documents, copies } = sealing
  const version = consumer.answerVersion
  const answer = version === null ? null : await store.read.answers.get(consumer.id, version)
  if (!answer) throw new Error('sealing: the consumer has no answer')
  const answerKey = store.keyring.open('answer-key', `${consumer.id}/${answer.version}`, answer.answerKeySealed)
  const passphrase = derivePassphrase(minted.codeSecret, answerKey)
  answerKey.fill(0)
  minted.codeSecret.fill(0)
  const blob = await store.blobs.put(seal(contentsOf(minted.number, sealing), passphrase))
  for (const { bytes } of documents) free(bytes)
  if (copies.records) free(copies.records.pdf)
  const row: PackageRow = {
    id: randomUUID(),
    number: minted.number,
    groupId: sealing.groupId,
    consumerId: consumer.id,
    providerId: sealing.provider.id,
    intakeNumber: sealing.intakeNumber,
    answerVersion: answer.version,
    salt: minted.salt,
    verifier: minted.verifier,
    pepperId: minted.pepperId,
    state: 'sealed',
    blobKey: blob.key,
    bytes: blob.bytes,
    documents: documents.length,
    receivedAt: sealing.receivedAt,
    sealedAt: sealing.sealedAt,
    sentAt: null,
    expiresAt: sealing.sealedAt + sealing.packageDays * DAY,
    firstOpenedAt: null,
    lastOpenedAt: null,
    extendedAt: null,
    remindedDays: null,
    endedAt: null,
  }
  await store.write((tables) => tables.packages.add(row))
  return row
}

function contentsOf(packageNumber: string, sealing: Sealing): PackageContents {
  const { copies, provider, receivedAt, text } = sealing
  const documents = sealing.documents.map((document, index) =>
    packageDocument(document, copies.made[index] ?? null, copies.thumbnails[index] ?? null),
  )
  const files = fileNames(documents)
  const index = packageIndex(
    {
      ...{ provider: provider.name, packageReference: formatPackageNumber(packageNumber), receivedAt, records: copies.records },
      documents: documents.map((document, at) => ({
        ...{ ...document, bytes: document.bytes.length },
        files: { document: files[at]?.document ?? '', copy: files[at]?.copy ?? null },
      })),
    },
    text,
  )
  return { manifest: manifestOf(packageNumber, sealing), documents, records: copies.records, index }
}

/** A document as the package takes it. */
export function packageDocument(document: CollectedDocument, copy: Made | null = null, thumbnail: Buffer | null = null): PackageDocument {
  const { name, sentName, mediaType, bytes, sha256, origin, part, role, title, within, isProtected, signer } = document
  return {
    ...{ name, sentName, mediaType, bytes, sha256, origin, part, role, thumbnail },
    ...(title !== null && { title }),
    ...(within !== null && { within }),
    ...((isProtected || (copy?.kind === 'as-sent' && copy.reason === 'protected')) && { protected: true as const }),
    ...(signer && { signer: { name: signer.name ?? '', address: signer.address ?? '', isIntact: signer.isIntact } }),
    ...(copy && { copy }),
    ...(copy?.kind === 'pages' && { pages: copy.count }),
  }
}

function manifestOf(packageNumber: string, sealing: Sealing) {
  const { provider, verified, peer, awaited, ...about } = sealing
  const [answered] = awaited?.answers ?? []
  const { results } = verified
  return {
    packageNumber,
    intakeNumber: about.intakeNumber,
    provider: { name: provider.name, intakeAddress: about.intakeAddress },
    receivedAt: new Date(about.receivedAt).toISOString(),
    sealedAt: new Date(about.sealedAt).toISOString(),
    authentication: {
      method: verified.method,
      from: verified.from,
      ...(verified.isFax && { fax: true }),
      tls: peer.tls,
      ...(verified.domain && { domain: verified.domain }),
      ...(results && { spf: results.spf.result, dkim: results.dkim.map(({ result }) => result), dmarc: results.dmarc.result }),
    },
    trace: traceOf(sealing),
    ...(answered && { answers: { request: formatRequestNumber(answered.number), kind: answered.kind } }),
  }
}

function traceOf({ peer, hostname, intakeNumber, intakeAddress, receivedAt }: Sealing): Trace {
  const [protocol = '', cipher = ''] = peer.tls?.split(' ') ?? []
  return {
    from: { ehlo: peer.ehlo, address: peer.address },
    by: hostname,
    with: peer.protocol ?? 'ESMTP',
    tls: peer.tls === null ? null : { protocol, cipher },
    id: intakeNumber,
    for: intakeAddress,
    at: new Date(receivedAt).toISOString(),
  }
}
