// What the overview of a running service says of its parts when they fail. The same checks are the doctor's: test/cli/doctor.test.ts.

import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DAY } from '../../src/clock.js'
import { loadConfig } from '../../src/config.js'
import { silentLog } from '../../src/log.js'
import { readGauges } from '../../src/service/gauges.js'
import { makeOverview } from '../../src/service/overview.js'
import { loadTexts } from '../../src/texts.js'
import { makeBench } from '../support/desk.js'
import { testTls } from '../support/tls.js'

const text = loadTexts('templates/texts').in('en')

async function house(t: Test, settings: Record<string, string> = {}) {
  const bench = await makeBench(t)
  const { store, courier, folder } = bench
  const config = loadConfig({
    ...{ HEPOEX_MAILBOXES: join(folder, 'mailboxes'), HEPOEX_KEY_FILE: join(folder, 'keys', 'service.key') },
    ...{ HEPOEX_RELAY_URL: 'smtp://user:hush-hush@relay.example.org:587', ...settings },
  })
  const state = { isSound: true, isStopping: false, relayFails: false }
  const signs = { relayFails: () => state.relayFails, waiting: () => 3, freeBudget: () => 1000 }
  const parts = {
    ...{ config, store, courier, log: silentLog, world: { clock: { now: () => Date.now() } }, storage: state },
    ...{ mail: { smtpPort: 2525, smtpsPort: 465, signs }, isStopping: () => state.isStopping, site: () => 'https://postbox.example.org' },
  }
  const look = async () => {
    const { health, attention } = await makeOverview(parts).look()
    const said = new Map(
      health.map(({ about, state, says, values }) => [about, [state, says, text(`overview.health.${about}.${says}`, values)]]),
    )
    return { said, attention }
  }
  return { ...bench, config, state, signs, parts, look }
}

t.test('when all is well, each part says so in words', async (t) => {
  const { look } = await house(t)
  const { said, attention } = await look()
  t.same([...said.keys()], ['doors', 'database', 'packages', 'relay', 'tls', 'dns', 'clock', 'outbox'])
  for (const [about, [state]] of said) t.equal(state, 'ok', about)
  t.match(said.get('doors')?.[2], 'mail at 127.0.0.1:2525, 465, site at https://postbox.example.org')
  t.match(said.get('relay')?.[2], 'relay.example.org:587 answers')
  t.notMatch(JSON.stringify([...said]), 'hush')
  t.same(attention, [])
})

t.test('a relay that is down, and one that answers but did not take the last notice', async (t) => {
  const { look, state, courier } = await house(t)
  state.relayFails = true
  t.match((await look()).said.get('relay'), ['failing', 'failing', /did not take our last mail/])
  courier.offersDsn = async () => null
  const { said, attention } = await look()
  t.match(said.get('relay'), ['failing', 'down', /does not answer/])
  t.same(attention, [{ kind: 'failing', about: 'relay' }])
})

t.test('a disk that cannot be relied on, and a packages folder that is away', async (t) => {
  const { look, state, folder } = await house(t)
  state.isSound = false
  t.match((await look()).said.get('database'), ['failing', 'failing', /messages are answered 451/])
  state.isSound = true
  const packages = join(folder, 'mailboxes', 'packages')
  await rename(packages, `${packages}-away`)
  await writeFile(packages, '')
  t.match((await look()).said.get('packages'), ['failing', 'failing', /cannot be written/])
})

t.test('a certificate that ends soon, and new files that cannot be used', async (t) => {
  const folder = t.testdir()
  const { cert, key } = testTls('intake.localhost', new Date(Date.now() - DAY), new Date(Date.now() + 3.5 * DAY))
  const files = { HEPOEX_TLS_CERT: join(folder, 'cert.pem'), HEPOEX_TLS_KEY: join(folder, 'key.pem') }
  await writeFile(files.HEPOEX_TLS_CERT, cert)
  await writeFile(files.HEPOEX_TLS_KEY, key)
  const { look } = await house(t, files)
  t.match((await look()).said.get('tls'), ['failing', 'mail-ending', /^certificate ends in 3 days: renew it/])
  await writeFile(files.HEPOEX_TLS_KEY, testTls().key)
  t.match((await look()).said.get('tls'), ['failing', 'failing', /the old certificate stays in force/])
})

t.test('a service that is being stopped says so', async (t) => {
  const { look, state } = await house(t)
  state.isStopping = true
  t.match((await look()).said.get('doors'), ['failing', 'closing', /being stopped/])
})

t.test('gauges tell what waits and what fails; a part that cannot be read is left out', async (t) => {
  const { store, signs, state, clock } = await house(t)
  const runAt = clock.at - 90_000
  await store.write(({ outbox }) =>
    outbox.add({
      id: 'm',
      kind: 'receipt',
      idempotencyKey: 'm',
      payload: store.keyring.seal('outbox', 'm', Buffer.from('x')),
      runAt,
      attempts: 0,
    }),
  )
  const parts = { store, signs, storage: state, now: () => clock.at }
  t.match(await readGauges(parts), {
    ...{ outbox_waiting: 1, outbox_oldest_seconds: 90, held_waiting: 0, held_oldest_seconds: 0, parser_waiting: 3 },
    ...{ memory_budget_free_bytes: 1000, relay_failing: 0, storage_failing: 0 },
  })
  state.isSound = false
  state.relayFails = true
  const blobs = { ...store.blobs, freeBytes: () => Promise.reject(new Error('away')) }
  const seen = await readGauges({ ...parts, store: { ...store, blobs } })
  t.match(seen, { relay_failing: 1, storage_failing: 1, outbox_waiting: 1 })
  t.notOk('disk_free_bytes' in seen)
})
