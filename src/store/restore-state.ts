// What a restored database must not bring back to life. It tells of the moment of the backup, and what people ended since then is in it
// as if it were still under way. What lets somebody in or passes by itself is put out; what would lose something is kept.

import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import type { Tables } from './store.js'

/** How many of each were dropped. */
export interface PutOut {
  readonly sessions: number
  readonly openings: number
  readonly passkeys: number
  readonly signIns: number
  readonly resets: number
  readonly mails: number
}

/** Their link or characters are put out with the sign-in they belong to. */
const DEAD_MAILS = ['sign-in', 'admin-sign-in', 'admin-invitation']

/** In one transaction, before anything else sees the database. Times in milliseconds since the epoch. */
export async function putOut(trx: Knex, tables: Tables, at: { readonly now: number; readonly takenAt: number }): Promise<PutOut> {
  const dropped = {
    // She may have signed out or closed her records since.
    sessions: await trx('sessions').delete(),
    openings: await trx('openings').delete(),
    passkeys: await dropPasskeys(trx, tables, at.now),
    // A link may have been used. The row stays: how many there were is the limit of mails a day.
    signIns: await trx('sign_ins').whereNull('used_at').where('expires_at', '>', 0).update({ expires_at: 0 }),
    resets: await dropResets(trx, tables, at.now),
    mails: await trx('outbox').where({ state: 'waiting' }).whereIn('kind', DEAD_MAILS).delete(),
  }
  // Other mails that wait are sent, perhaps for the second time: under the same Message-ID, so a mail program shows them once.
  await trx('outbox').where({ state: 'waiting' }).update({ lease_by: null, lease_until: 0 })
  // Whoever held a claim is gone. One that was handing over stays so: its next holder counts that a code may have gone out.
  await trx('claims').whereNot({ state: 'sent' }).update({ lease_until: 0 })
  await trx('held').update({ lease_by: null, lease_until: 0 })
  await trx('holds').delete()
  await note(tables, { at: at.now, kind: 'restored', consumerId: null, details: { takenAt: new Date(at.takenAt).toISOString() } })
  return dropped
}

/** She may have removed it since, because it was not hers. Signing in by mail she can add hers again. */
async function dropPasskeys(trx: Knex, tables: Tables, now: number): Promise<number> {
  const kept: Array<{ id: string; consumer_id: string }> = await trx('passkeys').select('id', 'consumer_id')
  for (const { id, consumer_id: consumerId } of kept)
    await note(tables, { at: now, kind: 'passkey-removed', consumerId, details: { passkeyId: id, by: 'restore' } })
  return trx('passkeys').delete()
}

/** She may have stopped it since, because it was not her: it may not come to its end by itself. */
async function dropResets(trx: Knex, tables: Tables, now: number): Promise<number> {
  const pending: Array<{ consumer_id: string }> = await trx('resets').select('consumer_id')
  for (const { consumer_id: consumerId } of pending)
    await note(tables, { at: now, kind: 'reset-cancelled', consumerId, details: { by: 'restore' } })
  return trx('resets').delete()
}

function note(
  tables: Tables,
  about: { at: number; kind: string; consumerId: string | null; details: Readonly<Record<string, string>> },
): Promise<void> {
  return tables.events.append({ id: randomUUID(), actor: 'operator', packageId: null, providerId: null, intakeNumber: null, ...about })
}
