// Opens a package with its code and what the store keeps of her answer: for tests that look into what was mailed.

import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { codeSecret, codeVerifier, derivePassphrase, stretchCode } from '../../src/hip/keys.js'
import { openPackage } from '../../src/hip/open.js'
import type { PackageRow } from '../../src/store/packages.js'
import type { Store } from '../../src/store/store.js'

export interface Opened {
  readonly row: PackageRow
  /** SHA-256 of each document, in the package's order. */
  readonly documents: readonly string[]
}

/** Null: the code opens nothing. */
export async function openWith(store: Store, number: string, code: string): Promise<Opened | null> {
  const row = await store.read.packages.byNumber(number)
  const answer = row && (await store.read.answers.get(row.consumerId, row.answerVersion))
  if (!row?.blobKey || !answer || (row.state !== 'sealed' && row.state !== 'sent')) return null
  const k = await stretchCode(code, row.salt)
  if (!codeVerifier(k, store.keyring.pepper(row.pepperId, 'code')).equals(row.verifier)) return null
  const answerKey = store.keyring.open('answer-key', `${row.consumerId}/${row.answerVersion}`, answer.answerKeySealed)
  const blob = await store.blobs.open(row.blobKey)
  try {
    const opened = await openPackage(blob, derivePassphrase(codeSecret(k), answerKey))
    if (!opened) return null
    const documents: string[] = []
    for (const index of opened.manifest.documents.keys()) {
      documents.push(
        createHash('sha256')
          .update(await buffer(await opened.document(index)))
          .digest('hex'),
      )
    }
    return { row, documents }
  } finally {
    await blob.close()
  }
}
