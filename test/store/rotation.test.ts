import { execFile } from 'node:child_process'
import { chown, copyFile, readdir, readFile, rename, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import type { Answer } from '../../src/store/answers.js'
import { type KeyFile, readKeyFile } from '../../src/store/key-file.js'
import { wrappingKeyOf } from '../../src/store/keyring.js'
import type { RequestRow } from '../../src/store/requests.js'
import type { ReversePath } from '../../src/store/reverse-paths.js'
import { rotateKeys } from '../../src/store/rotation.js'
import { openStore, type Store } from '../../src/store/store.js'
import { SEALED_COLUMNS } from '../../src/store/wrapping.js'

t.setTimeout(300_000)

const PEOPLE = ['a', 'b', 'c']
const VERSIONS = [1, 2]
const MAILS = ['m1', 'm2', 'm3']

interface Place {
  readonly mailboxes: string
  readonly keyFile: string
  readonly open: () => Promise<Store>
  readonly keys: () => Promise<KeyFile>
}

/** A store with people, their questions in two versions, and waiting mails. */
async function newPlace(t: Test): Promise<Place> {
  const folder = t.testdir()
  const where = { mailboxes: join(folder, 'mailboxes'), keyFile: join(folder, 'keys', 'service.key') }
  const open = async () => {
    const store = await openStore(where)
    t.teardown(() => store.close())
    return store
  }
  const store = await open()
  for (const id of PEOPLE) {
    await store.write(({ consumers }) =>
      consumers.register({ id, address: `${id}@home.example`, language: 'en', createdAt: 1, answerVersion: 2 }),
    )
    for (const version of VERSIONS) await store.write(({ answers }) => answers.add(answerOf(store, id, version)))
  }
  for (const id of MAILS) await store.write(({ outbox }) => outbox.add(mailOf(store, id)))
  await store.write(({ outbox }) => outbox.add(mailOf(store, 'sent')))
  await store.write(({ reversePaths }) => reversePaths.add(reversePathOf(store, 'p1')))
  await store.write(({ requests }) => requests.add(requestOf(store, 'r1')))
  await store.database.write((trx) => trx('outbox').where({ id: 'sent' }).update({ payload: null, state: 'done' }))
  const keys = async () => {
    const found = await readKeyFile(where.keyFile)
    if (!found) throw new Error('no key file')
    return found
  }
  return { ...where, open, keys }
}

function answerOf({ keyring }: Store, consumerId: string, version: number): Answer {
  const place = `${consumerId}/${version}`
  return {
    ...{ consumerId, version, normalisation: 1, salt: Buffer.alloc(16), pepperId: keyring.currentPepper },
    questionSealed: keyring.seal('question', place, Buffer.from(`question ${place}`)),
    answerKeySealed: keyring.seal('answer-key', place, Buffer.from(`key ${place}`)),
    ...{ wrongInRow: 0, wrongTotal: 0, nextTryAt: 0, lockedAt: null, frozenAt: null, createdAt: 1, retiredAt: null },
  }
}

function mailOf({ keyring }: Store, id: string) {
  return { id, kind: 'receipt', idempotencyKey: id, payload: keyring.seal('outbox', id, Buffer.from(`mail ${id}`)), runAt: 0, attempts: 0 }
}

function requestOf({ keyring }: Store, id: string): RequestRow {
  return {
    ...{ id, consumerId: 'a', number: 'R7K2M9QX', kind: 'access', providerId: null, state: 'draft', version: 1 },
    contentSealed: keyring.seal('request', id, Buffer.from(`request ${id}`)),
    ...{ createdAt: 1, updatedAt: 1, sentWay: null, sentAt: null, dueAt: null, answeredAt: null, answeredBy: null },
    ...{ remindedDays: null, keptUntil: 1 },
  }
}

function reversePathOf({ keyring }: Store, packageId: string): ReversePath {
  const addressesSealed = keyring.seal('reverse-path', packageId, Buffer.from(`addresses ${packageId}`))
  return { tokenHash: Buffer.alloc(32, 9), packageId, addressesSealed, expiresAt: 100 }
}

/** Opens everything that is sealed in rows, and gives the ids of the keys it is sealed under. */
async function openAll(t: Test, { read, keyring, database }: Store): Promise<string[]> {
  const ids = new Set<string>()
  for (const id of PEOPLE) {
    for (const version of VERSIONS) {
      const row = await read.answers.get(id, version)
      const place = `${id}/${version}`
      t.equal(keyring.open('question', place, row?.questionSealed ?? Buffer.alloc(0)).toString(), `question ${place}`)
      t.equal(keyring.open('answer-key', place, row?.answerKeySealed ?? Buffer.alloc(0)).toString(), `key ${place}`)
      for (const sealed of [row?.questionSealed, row?.answerKeySealed]) ids.add(wrappingKeyOf(sealed ?? Buffer.alloc(0)))
    }
  }
  for (const { id, payload } of await database.read('outbox').whereNotNull('payload')) {
    t.equal(keyring.open('outbox', id, payload).toString(), `mail ${id}`)
    ids.add(wrappingKeyOf(payload))
  }
  const reversePath = await read.reversePaths.live(Buffer.alloc(32, 9), 1)
  t.equal(keyring.open('reverse-path', 'p1', reversePath?.addressesSealed ?? Buffer.alloc(0)).toString(), 'addresses p1')
  ids.add(wrappingKeyOf(reversePath?.addressesSealed ?? Buffer.alloc(0)))
  const request = await read.requests.byId('r1')
  t.equal(keyring.open('request', 'r1', request?.contentSealed ?? Buffer.alloc(0)).toString(), 'request r1')
  ids.add(wrappingKeyOf(request?.contentSealed ?? Buffer.alloc(0)))
  return [...ids]
}

t.test('after a rotation every row is sealed under the new key, and the old one is nowhere', async (t) => {
  const place = await newPlace(t)
  const before = await place.keys()
  const store = await place.open()
  const rotation = await rotateKeys(store, place.keyFile, { now: 5000, batch: 2 })
  const after = await place.keys()
  t.match(rotation, { wrappingKey: after.wrapping[0]?.id, retired: [before.wrapping[0]?.id], rows: 17, resumed: false })
  t.strictSame(await openAll(t, store), [rotation.wrappingKey])
  t.equal(after.wrapping.length, 1)
  t.notOk((await readFile(place.keyFile, 'utf8')).includes(before.wrapping[0]?.key.toString('base64') ?? ''))
  t.strictSame(await openAll(t, await place.open()), [rotation.wrappingKey], 'and after a start')
  t.match(await store.database.read('events').where({ kind: 'keys-rotated' }), [{ at: 5000, actor: 'operator' }])
})

t.test('nothing else of the key file changes: service key, peppers and dedupe keys are never rotated', async (t) => {
  const place = await newPlace(t)
  const { wrapping: _old, ...before } = await place.keys()
  await rotateKeys(await place.open(), place.keyFile, { now: 1 })
  const { wrapping: _new, ...after } = await place.keys()
  t.strictSame(after, before)
})

t.test('the new key file is private, alone in its folder, and stays where a link points', async (t) => {
  const place = await newPlace(t)
  const real = `${place.keyFile}.real`
  await rename(place.keyFile, real)
  await symlink(real, place.keyFile)
  await rotateKeys(await place.open(), place.keyFile, { now: 1 })
  t.equal((await stat(real)).mode & 0o777, 0o600)
  t.strictSame((await readdir(join(place.keyFile, '..'))).sort(), ['service.key', 'service.key.real'])
  t.equal((await readKeyFile(real))?.wrapping[0]?.id, (await place.keys()).wrapping[0]?.id)
})

if (process.getuid?.() === 0)
  t.test('rotated by root, the key file still belongs to whom it belonged', async (t) => {
    const place = await newPlace(t)
    await chown(place.keyFile, 4711, 4712)
    await rotateKeys(await place.open(), place.keyFile, { now: 1 })
    t.match(await stat(place.keyFile), { uid: 4711, gid: 4712 })
  })

t.test('a service that runs meanwhile opens what was sealed anew, and seals under the new key, without a restart', async (t) => {
  const place = await newPlace(t)
  const running = await place.open()
  const early = await running.read.answers.get('a', 1)
  const { wrappingKey } = await rotateKeys(await place.open(), place.keyFile, { now: 1 })
  t.strictSame(await openAll(t, running), [wrappingKey])
  t.equal(wrappingKeyOf(running.keyring.seal('question', 'x', Buffer.from('x'))), wrappingKey)
  t.equal(running.keyring.open('question', 'a/1', early?.questionSealed ?? Buffer.alloc(0)).toString(), 'question a/1', 'read before')
  await running.write(({ outbox }) => outbox.add(mailOf(running, 'later')))
})

t.test('a service that only seals meanwhile does so under the new key', async (t) => {
  const place = await newPlace(t)
  const running = await place.open()
  const { wrappingKey } = await rotateKeys(await place.open(), place.keyFile, { now: 1 })
  t.equal(wrappingKeyOf(running.keyring.seal('question', 'x', Buffer.from('x'))), wrappingKey)
})

t.test('what a service sealed just before the rotation, and adds after it, is refused rather than lost', async (t) => {
  const place = await newPlace(t)
  const running = await place.open()
  const [answer, mail] = [answerOf(running, 'a', 3), mailOf(running, 'late')]
  await rotateKeys(await place.open(), place.keyFile, { now: 1 })
  const refused = { name: 'KeyringError', code: 'RETIRED_KEY' }
  await t.rejects(
    running.write(({ answers }) => answers.add(answer)),
    refused,
  )
  await t.rejects(
    running.write(({ outbox }) => outbox.add(mail)),
    refused,
  )
})

t.test(
  'what is added in the middle of a rotation, sealed before it, is sealed anew with the rest, also where it had been already',
  async (t) => {
    const place = await newPlace(t)
    const running = await place.open()
    const [early, late] = [mailOf(running, 'a-mail'), mailOf(running, 'another-mail')]
    let steps = 0
    const { wrappingKey, rows } = await rotateKeys(await place.open(), place.keyFile, {
      now: 1,
      batch: 100,
      step: async () => {
        steps++
        if (steps === 1) await running.write(({ outbox }) => outbox.add(early))
        // Three columns in one batch each: only the retirement is left.
        if (steps === 4) await running.write(({ outbox }) => outbox.add(late))
      },
    })
    t.equal(rows, 19)
    t.strictSame(await openAll(t, running), [wrappingKey])
  },
)

t.test('killed after any step, and run again, everything opens at every moment', async (t) => {
  const script = fileURLToPath(new URL(`rotate-process.${import.meta.url.slice(-2)}`, import.meta.url))
  const place = await newPlace(t)
  const run = (last: string) => promisify(execFile)(process.execPath, [script, place.mailboxes, place.keyFile, last])
  const total = Number((await run('none')).stdout)
  t.ok(total > 8, `${total} steps`)
  const { id: first } = (await place.keys()).wrapping[0] ?? {}
  for (let step = 1; step <= total; step++) {
    const isRunAgain = (await place.keys()).wrapping.length > 1
    const killed = await run(String(step)).catch((error: unknown) => error)
    if (killed instanceof Error) t.match(killed, { signal: 'SIGKILL' })
    else t.ok(isRunAgain, 'only one that had less left to do gets through')
    const store = await openStore(place)
    t.ok((await openAll(t, store)).length <= 2)
    await store.close()
  }
  await run('none')
  const keys = await place.keys()
  t.equal(keys.wrapping.length, 1)
  t.not(keys.wrapping[0]?.id, first)
  const store = await place.open()
  t.strictSame(await openAll(t, store), [keys.wrapping[0]?.id])
})

t.test('an interrupted one is finished, and no third key made', async (t) => {
  const place = await newPlace(t)
  const stopped = rotateKeys(await place.open(), place.keyFile, {
    now: 1,
    step: () => {
      throw new Error('stopped')
    },
  })
  await t.rejects(stopped, { message: 'stopped' })
  const { wrapping } = await place.keys()
  t.equal(wrapping.length, 2)
  const rotation = await rotateKeys(await place.open(), place.keyFile, { now: 1 })
  t.match(rotation, { wrappingKey: wrapping.find(({ current }) => current)?.id, resumed: true, rows: 17 })
})

t.test('two at once make one rotation, or two, but lose nothing', async (t) => {
  const place = await newPlace(t)
  const stores = [await place.open(), await place.open()]
  await Promise.all(stores.map((store) => rotateKeys(store, place.keyFile, { now: 1, batch: 1 })))
  const { wrapping } = await place.keys()
  t.equal(wrapping.length, 1)
  t.strictSame(await openAll(t, await place.open()), [wrapping[0]?.id])
})

t.test('a row that does not open keeps the old key in place, and nothing is lost', async (t) => {
  const place = await newPlace(t)
  const store = await place.open()
  const { question_sealed: sealed } = await store.database.read('answers').where({ consumer_id: 'b', version: 1 }).first()
  const damaged = Buffer.from(sealed)
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
  const put = (bytes: Buffer) =>
    store.database.write((trx) => trx('answers').where({ consumer_id: 'b', version: 1 }).update({ question_sealed: bytes }))
  await put(damaged)
  await t.rejects(rotateKeys(store, place.keyFile, { now: 1 }), { name: 'KeyFileError', message: /^1 sealed rows? could not/ })
  t.equal((await place.keys()).wrapping.length, 2)
  await put(sealed)
  await openAll(t, store)
  t.match(await rotateKeys(store, place.keyFile, { now: 1 }), { resumed: true, rows: 1 })
})

t.test('a copy of the key file from before the rotation is refused at the next start', async (t) => {
  const place = await newPlace(t)
  await copyFile(place.keyFile, `${place.keyFile}.copy`)
  await rotateKeys(await place.open(), place.keyFile, { now: 1 })
  await copyFile(`${place.keyFile}.copy`, place.keyFile)
  await t.rejects(openStore(place), { name: 'KeyFileError', code: 'FOREIGN', message: /from before its keys were rotated/ })
})

t.test('a key file that cannot be replaced leaves all as it was', async (t) => {
  const place = await newPlace(t)
  const store = await place.open()
  await rename(place.keyFile, `${place.keyFile}.away`)
  await t.rejects(rotateKeys(store, place.keyFile, { now: 1 }), { name: 'KeyFileError', code: 'MISSING' })
  await rename(`${place.keyFile}.away`, place.keyFile)
  t.strictSame(await openAll(t, store), [(await place.keys()).wrapping[0]?.id])
})

t.test('every purpose that anything is sealed for is known to the rotation', async (t) => {
  const src = fileURLToPath(new URL('../../src', import.meta.url))
  const used = new Set<string>()
  for (const name of await readdir(src, { recursive: true })) {
    if (!name.endsWith('.ts') || name.startsWith('store/')) continue
    for (const [, purpose = ''] of (await readFile(join(src, name), 'utf8')).matchAll(/keyring\s*\.seal\(\s*'([\w-]+)'/g)) used.add(purpose)
  }
  t.ok(used.size >= 3)
  const known: ReadonlySet<string> = new Set(SEALED_COLUMNS.map(({ purpose }) => purpose))
  t.strictSame(
    [...used].filter((purpose) => !known.has(purpose)),
    [],
  )
})
