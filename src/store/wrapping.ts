// Where bytes sealed under a wrapping key lie in the database: what a rotation seals anew, and what a restore must be able to open.
// A new column with sealed bytes is entered here, and whatever adds rows to it calls refuseRetired.

import type { Knex } from 'knex'
import { KeyringError, type SealPurpose, WRAPPING_KEY_AT, wrappingKeyOf } from './keyring.js'

type Row = Readonly<Record<string, unknown>>

export interface SealedColumn {
  readonly table: string
  /** Primary key, in its order, and after it what `associated` needs besides. */
  readonly key: readonly string[]
  /** Holds sealed bytes, or null. */
  readonly column: string
  readonly purpose: SealPurpose
  readonly associated: (row: Row) => string
}

const ANSWERS = {
  table: 'answers',
  key: ['consumer_id', 'version'],
  associated: ({ consumer_id, version }: Row) => `${consumer_id}/${version}`,
} as const

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { ...ANSWERS, column: 'question_sealed', purpose: 'question' },
  { ...ANSWERS, column: 'answer_key_sealed', purpose: 'answer-key' },
  { table: 'consumers', key: ['id'], associated: ({ id }) => String(id), column: 'person_sealed', purpose: 'person' },
  { table: 'outbox', key: ['id'], associated: ({ id }) => String(id), column: 'payload', purpose: 'outbox' },
  {
    ...{ table: 'reverse_paths', key: ['token_hash', 'package_id'], column: 'addresses_sealed', purpose: 'reverse-path' },
    associated: ({ package_id }) => String(package_id),
  },
  { table: 'held', key: ['id'], associated: ({ id }) => String(id), column: 'about_sealed', purpose: 'held' },
  { table: 'held_identities', key: ['id'], associated: ({ id }) => String(id), column: 'identity_sealed', purpose: 'held' },
  { table: 'requests', key: ['id'], associated: ({ id }) => String(id), column: 'content_sealed', purpose: 'request' },
]

export interface SealedRow {
  /** Its primary key, as a condition. */
  readonly where: Row
  readonly associated: string
  readonly sealed: Buffer
}

/** Up to `limit` rows with sealed bytes, in the order of their keys, from the one after `after` on. */
export async function sealedPage(knex: Knex, of: SealedColumn, after: Row | null, limit: number): Promise<SealedRow[]> {
  const { table, key, column } = of
  const query = knex(table).whereNotNull(column).limit(limit)
  for (const name of key) query.orderBy(name)
  const places = (mark: string) => key.map(() => mark).join(', ')
  if (after) query.whereRaw(`(${places('??')}) > (${places('?')})`, [...key, ...key.map((name) => after[name] as Knex.RawBinding)])
  const rows: Row[] = await query.select([...key, column])
  return rows.map((row) => ({
    where: Object.fromEntries(key.map((name) => [name, row[name]])),
    associated: of.associated(row),
    sealed: row[column] as Buffer,
  }))
}

/** Ids of the wrapping keys that rows are sealed under. */
async function wrappingKeysInUse(knex: Knex): Promise<string[]> {
  const ids = new Set<string>()
  for (const { table, column } of SEALED_COLUMNS) {
    const rows: Array<{ id: Buffer }> = await knex(table)
      .whereNotNull(column)
      .distinct(knex.raw('? as id', [keyIdOf(knex, column)]))
    for (const { id } of rows) ids.add(id.toString('latin1'))
  }
  return [...ids].sort()
}

/** Ids of all keys of the key file that rows need: wrapping keys and peppers. */
export async function keyIdsInUse(knex: Knex): Promise<string[]> {
  const peppers: string[] = []
  for (const table of ['answers', 'packages']) peppers.push(...(await knex(table).distinct('pepper_id').pluck('pepper_id')))
  return [...new Set([...(await wrappingKeysInUse(knex)), ...peppers])].sort()
}

/** How many rows are sealed under one of these keys. */
export async function countSealedUnder(knex: Knex, ids: readonly string[]): Promise<number> {
  let count = 0
  for (const { table, column } of SEALED_COLUMNS) {
    for (const id of ids) {
      const row = await knex(table)
        .whereRaw('? = ?', [keyIdOf(knex, column), Buffer.from(id, 'latin1')])
        .count({ count: '*' })
        .first()
      count += Number(row?.count ?? 0)
    }
  }
  return count
}

function keyIdOf(knex: Knex, column: string): Knex.Raw {
  return knex.raw('substr(??, ?, ?)', [column, WRAPPING_KEY_AT.offset + 1, WRAPPING_KEY_AT.length])
}

/** From the commit on no row is added under these keys. The caller has made sure, in the same transaction, that none is left. */
export async function retireWrappingKeys(trx: Knex, ids: readonly string[], at: number): Promise<void> {
  for (const id of ids)
    await trx('facts')
      .insert({ name: retiredFact(id), value: String(at) })
      .onConflict('name')
      .ignore()
}

/** Whether a rotation has retired the key. */
export async function isRetired(knex: Knex, id: string): Promise<boolean> {
  return (
    (await knex('facts')
      .where({ name: retiredFact(id) })
      .first('name')) !== undefined
  )
}

/**
 * To be called in the transaction that adds the bytes. They may have been sealed just before the rotation of another process, which then
 * looked for such rows in vain: added now, they would be lost with the old key. Throws KeyringError `RETIRED_KEY`.
 */
export async function refuseRetired(trx: Knex, ...sealed: readonly Buffer[]): Promise<void> {
  for (const bytes of sealed) if (await isRetired(trx, wrappingKeyOf(bytes))) throw new KeyringError('RETIRED_KEY')
}

function retiredFact(id: string): string {
  return `wrapping-retired/${id}`
}
