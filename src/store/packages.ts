// Sealed packages. A code that was mailed stops working only by expiry or by a human act that is on record: so a row leaves
// `sealed` and `sent` through `end` and `endGroup` alone, never by a clean-up or a doubt.

import type { Knex } from 'knex'
import { DAY } from '../clock.js'
import { fromColumns, toColumns } from './rows.js'

/** `sealed`: stored, and it is not known whether its code went out. `sent`: the relay took the notice. The others have ended. */
export type PackageState = 'sealed' | 'sent' | EndState
export type EndState = 'undeliverable' | 'recalled' | 'deleted' | 'expired' | 'not-mine'

export interface PackageRow {
  readonly id: string
  /** Canonical package number; unique. */
  readonly number: string
  /** Shared by a package and its twins: same documents, provider and consumer. */
  readonly groupId: string
  readonly consumerId: string
  readonly providerId: string
  readonly intakeNumber: string
  /** Version of question and answer it was sealed under. */
  readonly answerVersion: number
  readonly salt: Buffer
  readonly verifier: Buffer
  readonly pepperId: string
  readonly state: PackageState
  /** Null once the blob is gone. */
  readonly blobKey: string | null
  /** Of the sealed file. */
  readonly bytes: number
  readonly documents: number
  readonly receivedAt: number
  readonly sealedAt: number
  readonly sentAt: number | null
  readonly expiresAt: number
  readonly firstOpenedAt: number | null
  readonly lastOpenedAt: number | null
  readonly endedAt: number | null
  /** When it was kept longer, which is done once; null: it was not. */
  readonly extendedAt: number | null
  /** So many days before its expiry the last reminder went out; null: none did. */
  readonly remindedDays: number | null
}

export interface Packages {
  /** Throws StoreError (`duplicate`) when id or number exist. */
  add(row: PackageRow): Promise<void>
  byId(id: string): Promise<PackageRow | null>
  byNumber(number: string): Promise<PackageRow | null>
  /** Up to `limit` of hers: those that are live first, the last sealed first. */
  ofConsumer(consumerId: string, limit: number): Promise<PackageRow[]>
  /** A package and its twins in every state, oldest first. */
  inGroup(groupId: string): Promise<PackageRow[]>
  /** Its code went out. True only when it was `sealed` until now; whoever holds the claim does not matter. */
  markSent(id: string, at: number): Promise<boolean>
  /** Ends a live package. The caller deletes the blob after the commit, then calls dropBlob. Null: it was not live. */
  end(id: string, state: EndState, at: number): Promise<{ blobKey: string | null } | null>
  /** Ends a live package that was never opened; as `end`. Null: it was not live, or somebody has opened it. */
  endUnopened(id: string, state: EndState, at: number): Promise<{ blobKey: string | null } | null>
  /** Ends a live package whose time has come; as `end`. Null: it was not live, or is kept longer. */
  expire(id: string, now: number): Promise<{ blobKey: string | null } | null>
  /** Keeps a live package longer, once, and lets it be reminded of again. Its new expiry; null: over, or kept longer before. */
  extend(id: string, now: number, byMs: number): Promise<number | null>
  /** Ends every live package of the group. */
  endGroup(groupId: string, state: EndState, at: number): Promise<Array<{ id: string; blobKey: string | null }>>
  /** The groups of her that have a live package. */
  groupsOf(consumerId: string): Promise<string[]>
  /** Notes an opening of a live package. `first` is true for one caller only. */
  noteOpened(id: string, at: number): Promise<{ first: boolean }>
  /** Whether somebody still waits to read it: sent, never opened, nor was a twin, and no twin that was sent stays for longer. */
  isAwaited(id: string): Promise<boolean>
  /** Awaited packages that expire within so many days, live for at least twice as long, and were not reminded of so late before. */
  toRemind(days: number, now: number, limit: number): Promise<PackageRow[]>
  /** True for one caller only, and only while toRemind would still give it, twins aside. */
  noteReminded(id: string, days: number, now: number): Promise<boolean>
  /** Live packages past their expiry, the longest past first. */
  expiring(now: number, limit: number): Promise<PackageRow[]>
  /** Ended packages whose blob was not dropped yet: a crash came between. */
  leftovers(limit: number): Promise<PackageRow[]>
  /** Every blob key a row names, in whatever state. A blob not among them, older than any live claim, is an orphan. */
  blobKeys(): AsyncIterable<string>
  /** Which of these keys a row names, in whatever state; some hundreds at once. */
  named(blobKeys: readonly string[]): Promise<Set<string>>
  /** Every live package, in the order of ids. */
  liveBlobs(): AsyncIterable<Pick<PackageRow, 'id' | 'blobKey' | 'bytes'>>
  /** The blob of an ended package is gone. False for a live one: its row keeps naming the blob. */
  dropBlob(id: string): Promise<boolean>
  /** Forgets packages that ended, and would have expired, before that time, and have no blob any more. Returns how many. */
  forget(before: number): Promise<number>
}

const LIVE: readonly PackageState[] = ['sealed', 'sent']
const PAGE = 1000

export function packagesTable(knex: Knex): Packages {
  const table = () => knex('packages')
  const live = () => table().whereIn('state', LIVE)
  return {
    add: async (row) => {
      await table().insert(toColumns(row))
    },
    byId: async (id) => rowOrNull(await table().where({ id }).first()),
    byNumber: async (number) => rowOrNull(await table().where({ number }).first()),
    ofConsumer: async (consumerId, limit) => {
      const liveFirst = knex.raw('CASE WHEN state IN (?, ?) THEN 0 ELSE 1 END', LIVE)
      return rows(
        await table()
          .where({ consumer_id: consumerId })
          .orderBy([{ column: liveFirst }, { column: 'sealed_at', order: 'desc' }])
          .limit(limit),
      )
    },
    inGroup: async (groupId) => rows(await table().where({ group_id: groupId }).orderBy('sealed_at').orderBy('id')),
    markSent: async (id, at) => (await table().where({ id, state: 'sealed' }).update({ state: 'sent', sent_at: at })) > 0,
    end: async (id, state, at) => blobOf(await live().where({ id }).update({ state, ended_at: at }).returning(['blob_key'])),
    endUnopened: async (id, state, at) =>
      blobOf(await live().where({ id }).whereNull('first_opened_at').update({ state, ended_at: at }).returning(['blob_key'])),
    expire: async (id, now) =>
      blobOf(await live().where({ id }).where('expires_at', '<=', now).update({ state: 'expired', ended_at: now }).returning(['blob_key'])),
    extend: async (id, now, byMs) => {
      const columns = { expires_at: knex.raw('expires_at + ?', [byMs]), extended_at: now, reminded_days: null }
      const [row] = await live()
        .where({ id })
        .where('expires_at', '>', now)
        .whereNull('extended_at')
        .update(columns)
        .returning(['expires_at'])
      return row ? Number(row.expires_at) : null
    },
    endGroup: async (groupId, state, at) => {
      const ended = await live().where({ group_id: groupId }).update({ state, ended_at: at }).returning(['id', 'blob_key'])
      return ended.map((row) => fromColumns<{ id: string; blobKey: string | null }>(row))
    },
    groupsOf: (consumerId) => live().where({ consumer_id: consumerId }).distinct().orderBy('group_id').pluck('group_id'),
    noteOpened: async (id, at) => {
      const first = await live().where({ id }).whereNull('first_opened_at').update({ first_opened_at: at, last_opened_at: at })
      if (first === 0) await live().where({ id }).update({ last_opened_at: at })
      return { first: first > 0 }
    },
    isAwaited: async (id) => (await awaited(knex).where({ id }).first('id')) !== undefined,
    toRemind: async (days, now, limit) =>
      rows(
        await expiresWithin(awaited(knex), days, now)
          .whereRaw('expires_at - sealed_at >= ?', [2 * days * DAY])
          .orderBy('expires_at')
          .limit(limit),
      ),
    noteReminded: async (id, days, now) =>
      (await expiresWithin(unopened(knex), days, now).where({ id }).update({ reminded_days: days })) > 0,
    expiring: async (now, limit) => rows(await live().where('expires_at', '<=', now).orderBy('expires_at').limit(limit)),
    leftovers: async (limit) => rows(await table().whereNotNull('ended_at').whereNotNull('blob_key').orderBy('ended_at').limit(limit)),
    blobKeys: () => blobKeys(knex),
    named: async (keys) =>
      new Set(
        await table()
          .whereIn('blob_key', [...keys])
          .pluck('blob_key'),
      ),
    liveBlobs: () => liveBlobs(knex),
    dropBlob: async (id) => (await table().where({ id }).whereNotIn('state', LIVE).update({ blob_key: null })) > 0,
    forget: async (before) => table().where('ended_at', '<', before).where('expires_at', '<', before).whereNull('blob_key').delete(),
  }
}

function unopened(knex: Knex): Knex.QueryBuilder {
  return knex('packages').where({ state: 'sent' }).whereNull('first_opened_at')
}

/** Sent, and nobody has opened it or a twin of it; of twins the one that lasts longest. */
export function awaited(knex: Knex): Knex.QueryBuilder {
  const better = knex('packages as twin')
    .whereRaw('twin.group_id = packages.group_id AND twin.id <> packages.id')
    .whereRaw("(twin.first_opened_at IS NOT NULL OR (twin.state = 'sent' AND twin.expires_at > packages.expires_at))")
  return unopened(knex).whereNotExists(better)
}

function expiresWithin(packages: Knex.QueryBuilder, days: number, now: number): Knex.QueryBuilder {
  return packages
    .where('expires_at', '>', now)
    .where('expires_at', '<=', now + days * DAY)
    .whereRaw('(reminded_days IS NULL OR reminded_days > ?)', [days])
}

/** By id from page to page: rows that come meanwhile may be left out, rows that stay are not. */
async function* blobKeys(knex: Knex): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const page = await knex('packages').where('id', '>', after).orderBy('id').limit(PAGE).select('id', 'blob_key')
    for (const row of page) if (row.blob_key !== null) yield row.blob_key
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last.id
  }
}

function blobOf([ended]: Array<{ blob_key: string | null }>): { blobKey: string | null } | null {
  return ended ? { blobKey: ended.blob_key } : null
}

async function* liveBlobs(knex: Knex): AsyncGenerator<Pick<PackageRow, 'id' | 'blobKey' | 'bytes'>> {
  for (let after = ''; ; ) {
    const page = await knex('packages')
      .whereIn('state', LIVE)
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .select('id', 'blob_key', 'bytes')
    for (const { id, blob_key: blobKey, bytes } of page) yield { id, blobKey, bytes: Number(bytes) }
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last.id
  }
}

function rows(found: Array<Record<string, unknown>>): PackageRow[] {
  return found.map((row) => fromColumns<PackageRow>(row))
}

function rowOrNull(row: Record<string, unknown> | undefined): PackageRow | null {
  return row ? fromColumns<PackageRow>(row) : null
}
