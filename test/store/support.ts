// Stores in throw-away folders, and rows to put into them.

import { join } from 'node:path'
import type { Test } from 'tap'
import { type Database, openDatabase } from '../../src/store/database.js'
import type { Intake } from '../../src/store/intakes.js'
import type { PackageRow } from '../../src/store/packages.js'
import type { Provider } from '../../src/store/providers.js'
import type { RequestRow } from '../../src/store/requests.js'
import type { Store } from '../../src/store/store.js'

/** A database of its own for one test, closed at its end. */
export async function temporaryDatabase(t: Test, file = join(t.testdir(), 'hepoex.db')): Promise<Database> {
  const database = await openDatabase({ file })
  t.teardown(() => database.close())
  return database
}

/** SQL that reads the time from a row, so that a test can move it, and the way to set it. */
export const TEST_TIME = "CAST((SELECT value FROM facts WHERE name = 'test-time') AS INTEGER)"
export async function setTime(database: Database, time: number): Promise<void> {
  await database.write(async (trx) => {
    await trx('facts')
      .insert({ name: 'test-time', value: String(time) })
      .onConflict('name')
      .merge()
  })
}

export function provider(changes: Partial<Provider> = {}): Provider {
  return {
    id: 'provider-1',
    slug: 'sample-clinic',
    name: 'Sample Clinic',
    state: 'active',
    auth: ['dmarc'],
    senders: ['clinic.example', 'labs@example.org'],
    faxSenders: [],
    fax: null,
    networks: [],
    receiptsTo: null,
    pickedUp: false,
    unmatched: 'reject',
    smtpUser: null,
    smtpPasswordHash: null,
    createdAt: 1000,
    ...changes,
  }
}

export function packageRow(changes: Partial<PackageRow> = {}): PackageRow {
  return {
    id: 'package-1',
    number: 'ABCDEFGHJKMN',
    groupId: 'group-1',
    consumerId: 'consumer-1',
    providerId: 'provider-1',
    intakeNumber: 'intake-1',
    answerVersion: 1,
    salt: Buffer.alloc(16, 1),
    verifier: Buffer.alloc(32, 2),
    pepperId: '00000000',
    state: 'sealed',
    blobKey: 'blob-1',
    bytes: 5000,
    documents: 2,
    receivedAt: 1000,
    sealedAt: 1100,
    sentAt: null,
    expiresAt: 90_000,
    firstOpenedAt: null,
    lastOpenedAt: null,
    endedAt: null,
    extendedAt: null,
    remindedDays: null,
    ...changes,
  }
}

export function intake(changes: Partial<Intake> = {}): Intake {
  return {
    number: 'intake-1',
    at: 1000,
    providerId: 'provider-1',
    consumerId: null,
    outcome: 'rejected',
    reason: 'no-consumer',
    detail: null,
    replyCode: 554,
    enhancedCode: '5.6.0',
    replyText: 'no HePoEx id in the subject',
    bytes: 2000,
    documents: 0,
    peer: '192.0.2.1',
    tls: 'TLSv1.3',
    how: 'dkim',
    consumerMasked: null,
    intakeAddress: 'sample-clinic@intake.example',
    durationMs: 12,
    packageId: null,
    ...changes,
  }
}

/** A request of hers that this package answered. */
export function answeredRequest({ keyring }: Pick<Store, 'keyring'>, consumerId: string, packageNumber: string): RequestRow {
  const sent = Date.UTC(2026, 10, 20)
  return {
    ...{ id: 'request-1', consumerId, number: 'R7K2M9QX', kind: 'access', providerId: 'provider-1', state: 'answered', version: 4 },
    contentSealed: keyring.seal('request', 'request-1', Buffer.from('{}')),
    ...{ createdAt: 1, updatedAt: 1, sentWay: 'mailed', sentAt: sent, dueAt: sent + 1, answeredAt: sent + 2, answeredBy: packageNumber },
    ...{ remindedDays: null, keptUntil: sent + 3 },
  }
}
