// Where a provider is written to about a package after its receipt.

import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Post } from '../../src/intake/post.js'
import { providerMailbox, requestMailbox } from '../../src/intake/provider-mailbox.js'
import { reversePathRow } from '../../src/intake/reverse-path.js'
import { silentLog } from '../../src/log.js'
import { openStore } from '../../src/store/store.js'
import { packageRow, provider } from '../store/support.js'

let failures = 0

const ROW = packageRow({ state: 'sent' })

async function mailboxOf(t: Test, receiptsTo: string | null, receiptTo: string | null | undefined, damaged = false) {
  const folder = t.testdir()
  const store = await openStore({ mailboxes: join(folder, 'mailboxes'), keyFile: join(folder, 'service.key') })
  t.teardown(() => store.close())
  const { keyring } = store
  const post = { receiptId: async (_tables: unknown, number: string) => (number === 'intake-1' ? 'receipt@postbox' : null) } as Pick<
    Post,
    'receiptId'
  >
  return store.write(async (tables) => {
    await tables.providers.add(provider({ receiptsTo }))
    await tables.packages.add(ROW)
    if (receiptTo !== undefined) {
      const addresses = { noticeTo: 'pat@home.example', receiptTo, language: 'en' }
      await tables.reversePaths.add(reversePathRow(keyring, { token: 'ab'.repeat(16), packageId: ROW.id, addresses, expiresAt: 1 }))
      await tables.reversePaths.sweep(2)
    }
    if (damaged) {
      const addressesSealed = Buffer.from('\x01deadbeef and what nobody can open')
      await tables.reversePaths.add({ tokenHash: Buffer.alloc(32), packageId: ROW.id, addressesSealed, expiresAt: 3 })
    }
    return providerMailbox({ post, keyring, log: { ...silentLog, failure: () => failures++ } }, tables, ROW)
  })
}

t.test('it is written to where it wants its receipts now', async (t) => {
  const there = { to: 'chart@clinic.example', language: 'en', inReplyTo: 'receipt@postbox' }
  t.strictSame(await mailboxOf(t, 'chart@clinic.example', 'records@clinic.example'), there)
  t.strictSame(await mailboxOf(t, 'chart@clinic.example', undefined), there)
})

t.test('else where the receipt of that package went, as long as the package can be opened', async (t) => {
  t.match(await mailboxOf(t, null, 'records@clinic.example'), { to: 'records@clinic.example', inReplyTo: 'receipt@postbox' })
})

t.test('nowhere, when there was no receipt or it is not known any more', async (t) => {
  t.equal(await mailboxOf(t, null, null), null)
  t.equal(await mailboxOf(t, null, undefined), null)
})

t.test('what can’t be read is logged, and stands in nobody’s way', async (t) => {
  failures = 0
  t.equal(await mailboxOf(t, null, undefined, true), null)
  t.equal(failures, 1)
})

t.test('about what people ask of it a provider is written to where it wants receipts, as long as it takes part', async (t) => {
  const folder = t.testdir()
  const store = await openStore({ mailboxes: join(folder, 'mailboxes'), keyFile: join(folder, 'service.key') })
  t.teardown(() => store.close())
  await store.write(async ({ providers }) => {
    await providers.add(provider({ receiptsTo: 'chart@clinic.example' }))
    await providers.add(provider({ id: 'provider-2', slug: 'other' }))
  })
  t.strictSame(await requestMailbox(store.read, 'provider-1'), { to: 'chart@clinic.example', language: 'en' })
  t.equal(await requestMailbox(store.read, 'provider-2'), null)
  t.equal(await requestMailbox(store.read, 'nobody'), null)
  await store.write(({ providers }) => providers.setState('provider-1', 'suspended'))
  t.equal(await requestMailbox(store.read, 'provider-1'), null)
})
