// Replacing the wrapping key while the service runs, in steps each of which may be the last before a crash: the new key is added to the
// key file, every row is sealed anew under it, the old key is retired in the database, and then leaves the file. Run again, it goes on
// where it stopped. Peppers and dedupe keys stay: rows hold what was derived from them and cannot be derived anew.

import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import { KeyFileError } from './key-file.js'
import { addWrappingKey, dropWrappingKeys } from './key-rotation.js'
import { type Keyring, KeyringError, wrappingKeyOf } from './keyring.js'
import type { Store } from './store.js'
import { tables } from './store.js'
import { countSealedUnder, retireWrappingKeys, SEALED_COLUMNS, type SealedColumn, type SealedRow, sealedPage } from './wrapping.js'

export interface Rotation {
  /** Id of the wrapping key that seals from now on. */
  readonly wrappingKey: string
  /** Ids of those that left the key file. */
  readonly retired: readonly string[]
  /** Rows that were sealed anew. */
  readonly rows: number
  /** An earlier rotation was finished, and no new key made. */
  readonly resumed: boolean
}

export type RotationStep = 'key-added' | 'batch' | 'key-retired' | 'key-dropped'

export interface RotationOptions {
  /** Milliseconds since the epoch, for the record. */
  readonly now: number
  /** Rows in one transaction. */
  readonly batch?: number
  /** Told after each step that is durable, and waited for. */
  readonly step?: (step: RotationStep) => void | Promise<void>
}

const BATCH = 100
const PASSES = 3

/**
 * Rotates the wrapping key of the store's key file. Throws KeyFileError when the file cannot be replaced, or when rows do not open:
 * then the old key stays, and everything opens as before.
 */
export async function rotateKeys(store: Store, keyFile: string, options: RotationOptions): Promise<Rotation> {
  const { now, step = () => {} } = options
  // Within the write lock: of two rotations at once the second one finds the first one's key, and helps to finish.
  const keys = await store.write(() => addWrappingKey(keyFile))
  await step('key-added')
  if (store.keyring.currentWrapping !== keys.current)
    throw new KeyFileError('UNREADABLE', `the key file ${keyFile} was replaced but cannot be read back: run this again`)
  let rows = 0
  for (let pass = 1; ; pass++) {
    rows += await rewrapAll(store, options)
    const left = await store.database.write((trx) => retire(trx, store.database.nowSql, { now, ...keys }))
    if (left === 0) break
    // A row that was sealed before the new key came may be added after its place was passed; one that is there after that is damaged.
    if (pass === PASSES) throw new KeyFileError('DAMAGED', notSealedAnew(left, keyFile))
  }
  await step('key-retired')
  await store.write(() => dropWrappingKeys(keyFile, keys.old))
  await step('key-dropped')
  return { wrappingKey: keys.current, retired: keys.old, rows, resumed: keys.resumed }
}

function notSealedAnew(rows: number, keyFile: string): string {
  return `${rows} sealed ${rows === 1 ? 'row' : 'rows'} could not be sealed anew, so the old key stays in ${keyFile}: run this again; if that does not help, they are damaged`
}

/** Goes through every sealed column once. Resolves with how many rows were sealed anew. */
async function rewrapAll(store: Store, { batch = BATCH, step = () => {} }: RotationOptions): Promise<number> {
  let rows = 0
  for (const column of SEALED_COLUMNS) {
    for (let after: SealedRow['where'] | null = null; ; ) {
      const done = await rewrapBatch(store, column, after, batch)
      rows += done.rows
      await step('batch')
      if (!done.last) break
      after = done.last
    }
  }
  return rows
}

/** One transaction. `last`: the key to go on from; null when there is nothing more. */
function rewrapBatch(
  { database, keyring }: Store,
  of: SealedColumn,
  after: SealedRow['where'] | null,
  limit: number,
): Promise<{ rows: number; last: SealedRow['where'] | null }> {
  return database.write(async (trx) => {
    const page = await sealedPage(trx, of, after, limit)
    let rows = 0
    for (const row of page) {
      if (wrappingKeyOf(row.sealed) === keyring.currentWrapping) continue
      const sealed = resealed(keyring, of, row)
      if (!sealed) continue
      await trx(of.table)
        .where(row.where)
        .update({ [of.column]: sealed })
      rows++
    }
    return { rows, last: page.length < limit ? null : (page.at(-1)?.where ?? null) }
  })
}

/** Null: it does not open, so it stays as it is; whether it stands in the way is seen at the end. */
function resealed(keyring: Keyring, { purpose }: SealedColumn, { associated, sealed }: SealedRow): Buffer | null {
  let plaintext: Buffer
  try {
    plaintext = keyring.open(purpose, associated, sealed)
  } catch (error) {
    if (error instanceof KeyringError) return null
    throw error
  }
  const anew = keyring.seal(purpose, associated, plaintext)
  plaintext.fill(0)
  return anew
}

interface Retirement {
  readonly now: number
  readonly old: readonly string[]
  readonly current: string
}

/**
 * Retires the old keys unless rows are left under them: then it resolves with how many, and nothing is done. The write lock makes it
 * certain: a row under an old key was committed before and is counted here, or is refused from here on.
 */
async function retire(trx: Knex, nowSql: string, { now, old, current }: Retirement): Promise<number> {
  const left = await countSealedUnder(trx, old)
  if (left > 0) return left
  await retireWrappingKeys(trx, old, now)
  await tables(trx, nowSql).events.append({
    ...{ id: randomUUID(), at: now, kind: 'keys-rotated', actor: 'operator' },
    ...{ packageId: null, consumerId: null, providerId: null, intakeNumber: null },
    details: { wrappingKey: current },
  })
  return 0
}
