import t, { type Test } from 'tap'
import { wrappingKeyOf } from '../../src/store/keyring.js'
import { packagesTable } from '../../src/store/packages.js'
import { type ReversePath, type ReversePaths, reversePathsTable } from '../../src/store/reverse-paths.js'
import { retireWrappingKeys } from '../../src/store/wrapping.js'
import { packageRow, temporaryDatabase } from './support.js'

const ROW: ReversePath = {
  tokenHash: Buffer.alloc(32, 1),
  packageId: 'package-1',
  addressesSealed: Buffer.from('\x01deadbeef and what is sealed'),
  expiresAt: 100,
}

async function reversePathsOf(t: Test) {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (paths: ReversePaths) => Promise<T>) => database.write((trx) => work(reversePathsTable(trx)))
  await write((paths) => paths.add(ROW))
  return { database, read: reversePathsTable(database.read), write }
}

t.test('a reverse-path is found by its hash until its time is over', async (t) => {
  const { read } = await reversePathsOf(t)
  t.strictSame(await read.live(ROW.tokenHash, 99), ROW)
  t.equal(await read.live(ROW.tokenHash, 100), null)
  t.equal(await read.live(Buffer.alloc(32, 2), 99), null)
})

t.test('no token is used twice', async (t) => {
  const { write } = await reversePathsOf(t)
  await t.rejects(
    write((paths) => paths.add({ ...ROW, packageId: 'package-2' })),
    { name: 'StoreError', failure: 'duplicate' },
  )
})

t.test('what was sealed under a key that is retired by now is not added', async (t) => {
  const { database, write } = await reversePathsOf(t)
  await database.write((trx) => retireWrappingKeys(trx, [wrappingKeyOf(ROW.addressesSealed)], 1))
  await t.rejects(
    write((paths) => paths.add({ ...ROW, tokenHash: Buffer.alloc(32, 2) })),
    { name: 'KeyringError', code: 'RETIRED_KEY' },
  )
})

t.test('sweeping removes those whose time is over', async (t) => {
  const { read, write } = await reversePathsOf(t)
  await write((paths) => paths.add({ ...ROW, tokenHash: Buffer.alloc(32, 2), expiresAt: 101 }))
  t.equal(await write((paths) => paths.sweep(100)), 1)
  t.equal(await read.live(ROW.tokenHash, 1), null)
  t.ok(await read.live(Buffer.alloc(32, 2), 1))
})

t.test('one whose package can still be opened is kept past its time, but not taken for live', async (t) => {
  const { database, read, write } = await reversePathsOf(t)
  await database.write((trx) => packagesTable(trx).add(packageRow({ id: ROW.packageId, state: 'sent' })))
  t.equal(await write((paths) => paths.sweep(100)), 0)
  t.equal(await read.live(ROW.tokenHash, 100), null)
  t.strictSame(await read.ofPackage(ROW.packageId), ROW)
  await database.write((trx) => packagesTable(trx).end(ROW.packageId, 'expired', 100))
  t.equal(await write((paths) => paths.sweep(100)), 1)
  t.equal(await read.ofPackage(ROW.packageId), null)
})
