import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { migrations } from '../../src/store/migrations/index.js'
import { openStore } from '../../src/store/store.js'
import { intake, packageRow, provider } from './support.js'

const places = (t: Test) => ({ mailboxes: join(t.testdir(), 'mailboxes'), keyFile: join(t.testdir(), 'config', 'service.key') })

async function* chunks(...parts: Buffer[]): AsyncGenerator<Buffer> {
  yield* parts
}

t.test('everything is there again after closing and opening', async (t) => {
  const where = places(t)
  const first = await openStore(where)
  const { key } = await first.blobs.put(chunks(Buffer.from('sealed')))
  await first.write(async (tables) => {
    await tables.providers.add(provider())
    await tables.packages.add(packageRow({ blobKey: key }))
    await tables.intakes.append(intake())
  })
  await first.close()
  const second = await openStore(where)
  t.teardown(() => second.close())
  t.strictSame(await second.read.providers.bySlug('sample-clinic'), provider())
  t.strictSame(await second.read.packages.byId('package-1'), packageRow({ blobKey: key }))
  const blob = await second.blobs.open(key)
  t.equal((await blob.read(0, blob.size)).toString(), 'sealed')
  await blob.close()
  t.equal(second.keyring.fingerprint, first.keyring.fingerprint)
})

t.test('the tables of one write are committed together or not at all', async (t) => {
  const store = await openStore(places(t))
  t.teardown(() => store.close())
  const work = store.write(async (tables) => {
    await tables.providers.add(provider())
    await tables.intakes.append(intake())
    await tables.intakes.append(intake())
  })
  await t.rejects(work, { name: 'StoreError', failure: 'duplicate' })
  t.strictSame(await store.read.providers.list(), [])
  t.strictSame(await store.read.intakes.page({ limit: 9 }), [])
})

t.test('no new keys are made for data that was sealed with others', async (t) => {
  const where = places(t)
  await (await openStore(where)).close()
  await rm(where.keyFile)
  await t.rejects(openStore(where), { name: 'KeyFileError', code: 'MISSING' })
})

t.test('a key file that is not the data\u2019s own is refused', async (t) => {
  const [where, other] = [places(t), { mailboxes: join(t.testdir(), 'other'), keyFile: join(t.testdir(), 'config', 'other.key') }]
  await (await openStore(where)).close()
  await (await openStore(other)).close()
  await t.rejects(openStore({ ...where, keyFile: other.keyFile }), { name: 'KeyFileError', code: 'FOREIGN' })
})

t.test('processes starting at once make one schema and one key file', async (t) => {
  const where = places(t)
  const script = fileURLToPath(new URL(`open-store-process.${import.meta.url.slice(-2)}`, import.meta.url))
  const start = () => promisify(execFile)(process.execPath, [script, where.mailboxes, where.keyFile])
  const said = (await Promise.all([start(), start(), start()])).map(({ stdout }) => JSON.parse(stdout))
  for (const each of said) t.strictSame(each, said[0])
  t.strictSame(
    said[0].steps,
    migrations.map((step) => step.name),
  )
})

t.test('what is sealed shows in no file, and what is removed is wiped', async (t) => {
  const where = places(t)
  const store = await openStore(where)
  const payload = store.keyring.seal('outbox', 'a', Buffer.from('PLAINTEXT-MARKER'))
  const item = { id: 'a', kind: 'receipt', idempotencyKey: 'key', payload, runAt: 0, attempts: 0 }
  await store.write((tables) => tables.outbox.add(item))
  await store.write((tables) => tables.intakes.append(intake({ number: 'REMOVED-MARKER' })))
  const found = async (marker: string | Buffer) => {
    const names = await readdir(where.mailboxes, { withFileTypes: true })
    const files = names.filter((name) => name.isFile()).map((name) => readFile(join(where.mailboxes, name.name)))
    return (await Promise.all(files)).some((bytes) => bytes.includes(marker))
  }
  t.ok(await found('REMOVED-MARKER'), 'the search would find it')
  t.ok(await found(payload))
  t.notOk(await found('PLAINTEXT-MARKER'))
  await store.write((tables) => tables.outbox.lease('one', 1000, 1))
  await store.write((tables) => tables.outbox.done('a', 'one'))
  await store.database.write((trx) => trx('intakes').delete())
  await store.close()
  t.notOk(await found('REMOVED-MARKER'))
  t.notOk(await found(payload))
})
