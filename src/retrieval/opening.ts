// An opened package: the passphrase in a row, sealed under a key that only her cookie holds. Row and cookie open the package together
// and for a while; neither does alone, and a copy of the database opens nothing.

import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { HOUR, MINUTE } from '../clock.js'
import type { Opening } from '../store/openings.js'
import type { PackageRow } from '../store/packages.js'
import type { Tables } from '../store/store.js'
import type { Pass } from './desk.js'
import { endedKind, type RetrievalTools } from './tools.js'

const IDLE = 15 * MINUTE
const MOST = HOUR
const NONCE = 12
const TAG = 16

/** What a valid pass stands for. */
export interface Active {
  readonly opening: Opening
  readonly row: PackageRow
  readonly passphrase: string
}

/** Makes the row, within the caller's transaction, and the pass for the cookie. */
export async function addOpening(tables: Tables, row: PackageRow, passphrase: string, now: number): Promise<Pass> {
  const id = randomUUID()
  const key = randomBytes(32)
  await tables.openings.add({
    ...{ id, packageId: row.id, passphraseSealed: sealPassphrase(key, row.id, passphrase) },
    ...{ openedBefore: row.lastOpenedAt, createdAt: now, idleUntil: now + IDLE, endsAt: now + MOST },
  })
  return { id, key: key.toString('base64') }
}

/** Looks the pass up and counts as activity. Null: over, not ours, or the package opens no more; then the row goes too. */
export async function activeOpening({ store, clock }: RetrievalTools, pass: Pass): Promise<Active | null> {
  const now = clock.now()
  const found = await store.read.openings.live(pass.id, now)
  if (!found) return null
  const passphrase = openPassphrase(Buffer.from(pass.key, 'base64'), found.packageId, found.passphraseSealed)
  if (passphrase === null) return null
  const row = await store.read.packages.byId(found.packageId)
  if (!row || endedKind(row, now)) {
    await store.write(({ openings }) => openings.remove(pass.id))
    return null
  }
  const opening = await store.write(({ openings }) => openings.touch(pass.id, now, IDLE))
  return opening && { opening, row, passphrase }
}

function sealPassphrase(key: Buffer, packageId: string, passphrase: string): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG })
  const bytes = Buffer.from(passphrase, 'ascii')
  cipher.setAAD(Buffer.from(packageId), { plaintextLength: bytes.length })
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

/** Null: another key or another package. */
function openPassphrase(key: Buffer, packageId: string, sealed: Buffer): string | null {
  if (key.length !== 32) return null
  const body = sealed.subarray(NONCE, -TAG)
  const decipher = createDecipheriv('chacha20-poly1305', key, sealed.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAAD(Buffer.from(packageId), { plaintextLength: body.length })
  decipher.setAuthTag(sealed.subarray(-TAG))
  const bytes = decipher.update(body)
  try {
    decipher.final()
    return bytes.toString('ascii')
  } catch {
    return null
  }
}
