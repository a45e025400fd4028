// Sealing: documents in memory become one age file on disk and one row, under a code that is drawn for it and written nowhere.

import { randomUUID } from 'node:crypto'
import { DAY } from '../clock.js'
import { derivePassphrase } from '../hip/keys.js'
import type { Trace } from '../hip/manifest.js'
import type { Minted } from '../hip/mint.js'
import { seal } from '../hip/seal.js'
import type { Peer } from '../mail/envelope.js'
import { free } from '../memory.js'
import type { Consumer } from '../store/consumers.js'
import type { PackageRow } from '../store/packages.js'
import type { Provider } from '../store/providers.js'
import type { Store } from '../store/store.js'
import type { CollectedDocument } from './collect.js'
import type { Verified } from './trust.js'

export interface Sealing {
  readonly intakeNumber: string
  readonly intakeAddress: string
  readonly provider: Provider
  readonly consumer: Consumer
  readonly verified: Verified
  readonly peer: Peer
  readonly documents: readonly CollectedDocument[]
  readonly groupId: string
  readonly receivedAt: number
  /** Now, in the clock's milliseconds. */
  readonly sealedAt: number
  readonly packageDays: number
  /** Our own host name. */
  readonly hostname: string
}

/**
 * Seals the documents under the minted code and the consumer's present answer. Resolves when the blob is durable and the row `sealed`
 * is committed; the documents' bytes are gone then. Whatever it throws, no code has left memory. The caller uses `minted.code` for the
 * notice and forgets it.
 */
export async function sealPackage(store: Store, minted: Minted, sealing: Sealing): Promise<PackageRow> {
  const { consumer, documents } = sealing
  const version = consumer.answerVersion
  const answer = version === null ? null : await store.read.answers.get(consumer.id, version)
  if (!answer) throw new Error('sealing: the consumer has no answer')
  const answerKey = store.keyring.open('answer-key', `${consumer.id}/${answer.version}`, answer.answerKeySealed)
  const passphrase = derivePassphrase(minted.codeSecret, answerKey)
  answerKey.fill(0)
  minted.codeSecret.fill(0)
  const blob = await store.blobs.put(seal({ manifest: manifestOf(minted.number, sealing), documents: [...documents] }, passphrase))
  for (const { bytes } of documents) free(bytes)
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
    endedAt: null,
  }
  await store.write((tables) => tables.packages.add(row))
  return row
}

function manifestOf(packageNumber: string, sealing: Sealing) {
  const { provider, verified, peer, ...about } = sealing
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
      tls: peer.tls,
      ...(verified.domain && { domain: verified.domain }),
      ...(results && { spf: results.spf.result, dkim: results.dkim.map(({ result }) => result), dmarc: results.dmarc.result }),
    },
    trace: traceOf(sealing),
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
