// What HePoEx keeps: one database, the sealed packages beside it, and the keys, which lie elsewhere.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { realWorld, type World } from '../world.js'
import { type AddressChanges, addressChangesTable } from './address-changes.js'
import { type Admins, adminsTable } from './admins.js'
import { type Answers, answersTable } from './answers.js'
import { type Blobs, folderBlobs } from './blobs.js'
import { type Claims, claimsTable } from './claims.js'
import { type Consumers, consumersTable } from './consumers.js'
import { type Database, openDatabase } from './database.js'
import { type Events, eventsTable } from './events.js'
import { type Figures, figuresTable } from './figures.js'
import { makeFolder } from './folders.js'
import { type Held, heldTable } from './held.js'
import { type Holds, holdsTable } from './holds.js'
import { type IntakeSearch, intakeSearch } from './intake-search.js'
import { type Intakes, intakesTable } from './intakes.js'
import { KeyFileError } from './key-file.js'
import { type Keyring, openKeyring } from './keyring.js'
import { type Limits, limitsTable } from './limits.js'
import { type Lives, livesTable } from './lives.js'
import { type Openings, openingsTable } from './openings.js'
import { type Outbox, outboxTable } from './outbox.js'
import { type Packages, packagesTable } from './packages.js'
import { type Passkeys, passkeysTable } from './passkeys.js'
import { type Providers, providersTable } from './providers.js'
import { type Requests, requestsTable } from './requests.js'
import { type Resets, resetsTable } from './resets.js'
import { type ReversePaths, reversePathsTable } from './reverse-paths.js'
import { type Sessions, sessionsTable } from './sessions.js'
import { type SignIns, signInsTable } from './sign-ins.js'
import { type UsedChallenges, usedChallengesTable } from './used-challenges.js'
import { isRetired } from './wrapping.js'

/** The tables as seen through one connection or transaction. Every table of the store is listed here once. */
export interface Tables {
  readonly providers: Providers
  readonly packages: Packages
  readonly claims: Claims
  readonly intakes: Intakes
  readonly intakeSearch: IntakeSearch
  readonly outbox: Outbox
  readonly events: Events
  readonly consumers: Consumers
  readonly lives: Lives
  readonly addressChanges: AddressChanges
  readonly answers: Answers
  readonly resets: Resets
  readonly signIns: SignIns
  readonly sessions: Sessions
  readonly openings: Openings
  readonly limits: Limits
  readonly admins: Admins
  readonly reversePaths: ReversePaths
  readonly holds: Holds
  readonly held: Held
  readonly passkeys: Passkeys
  readonly usedChallenges: UsedChallenges
  readonly requests: Requests
  /** Counts over many rows; for reading alone. */
  readonly figures: Figures
}

export function tables(knex: Knex, nowSql: string): Tables {
  return {
    providers: providersTable(knex),
    packages: packagesTable(knex),
    claims: claimsTable(knex, nowSql),
    intakes: intakesTable(knex),
    intakeSearch: intakeSearch(knex),
    outbox: outboxTable(knex, nowSql),
    events: eventsTable(knex),
    consumers: consumersTable(knex),
    lives: livesTable(knex),
    addressChanges: addressChangesTable(knex),
    answers: answersTable(knex),
    resets: resetsTable(knex),
    signIns: signInsTable(knex),
    sessions: sessionsTable(knex),
    openings: openingsTable(knex),
    limits: limitsTable(knex),
    admins: adminsTable(knex),
    reversePaths: reversePathsTable(knex),
    holds: holdsTable(knex, nowSql),
    held: heldTable(knex, nowSql),
    passkeys: passkeysTable(knex),
    usedChallenges: usedChallengesTable(knex),
    requests: requestsTable(knex),
    figures: figuresTable(knex),
  }
}

export interface Store {
  readonly database: Database
  readonly blobs: Blobs
  readonly keyring: Keyring
  /** For reading alone. */
  readonly read: Tables
  /** One transaction: committed when `work` resolves, rolled back when it throws. Nothing slow belongs in it: there is one writer. */
  write<T>(work: (tables: Tables) => Promise<T>): Promise<T>
  /**
   * Deletes a blob that no live package names any more: the commit that ended it comes first. False: a backup is being made, so the
   * blob stays for now, and the janitor's next round asks again.
   */
  discard(key: string): Promise<boolean>
  close(): Promise<void>
}

/**
 * Opens or makes the store: `hepoex.db` and `packages/` in the mailboxes folder, and the key file.
 * Throws KeyFileError (missing although there is data, damaged, readable by others, not this data's) and StoreError.
 */
export async function openStore(options: { mailboxes: string; keyFile: string; world?: World }): Promise<Store> {
  const { world = realWorld } = options
  await makeFolder(options.mailboxes, world.files)
  const file = join(options.mailboxes, 'hepoex.db')
  // The keys come first and are never made anew for data that exists: it was sealed with others.
  const keyring = await openKeyring(options.keyFile, { create: !(await exists(file)) })
  const database = await openDatabase({ file, world })
  try {
    await bindKeys(database, keyring, options.keyFile)
    const blobs = await folderBlobs(join(options.mailboxes, 'packages'), world.files)
    const read = tables(database.read, database.nowSql)
    return {
      database,
      blobs,
      keyring,
      read,
      write: (work) => database.write((trx) => work(tables(trx, database.nowSql))),
      discard: (key) => discard(read, blobs, key),
      close: () => database.close(),
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/**
 * Asked after the row has ended, so that of this and a backup one sees the other: a snapshot taken before the end has its hold here by
 * now, and one taken after it does not name the blob.
 */
async function discard(read: Tables, blobs: Blobs, key: string): Promise<boolean> {
  if (await read.holds.any()) return false
  await blobs.delete(key)
  return true
}

/** Another key file would seal new packages that the next start cannot open, and open none of the old ones. */
async function bindKeys(database: Database, { fingerprint, currentWrapping }: Keyring, keyFile: string): Promise<void> {
  const bound: string = await database.write(async (trx) => {
    await trx('facts').insert({ name: 'key-fingerprint', value: fingerprint }).onConflict('name').ignore()
    return (await trx('facts').where({ name: 'key-fingerprint' }).first('value')).value
  })
  if (bound !== fingerprint) throw new KeyFileError('FOREIGN', `the key file ${keyFile} is not the one this data was sealed with`)
  if (await isRetired(database.read, currentWrapping))
    throw new KeyFileError('FOREIGN', `the key file ${keyFile} is a copy from before its keys were rotated: put the newer one back`)
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
