import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { formatKeyFile, parseKeyFile } from '../../src/store/key-file.js'
import { openKeyring } from '../../src/store/keyring.js'

const placeOf = (t: Test) => join(t.testdir(), 'config', 'hepoex', 'service.key')

t.test('a missing key file is made for its owner alone, with nothing left beside it', async (t) => {
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  const file = placeOf(t)
  await openKeyring(file)
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.equal((await stat(dirname(file))).mode & 0o777, 0o700)
  t.strictSame(await readdir(dirname(file)), ['service.key'])
})

t.test('the same file gives the same keys', async (t) => {
  const file = placeOf(t)
  const [first, second] = [await openKeyring(file), await openKeyring(file, { create: false })]
  t.equal(first.fingerprint, second.fingerprint)
  t.equal(second.open('held', 'a', first.seal('held', 'a', Buffer.from('kept'))).toString(), 'kept')
})

t.test('two files have different keys', async (t) => {
  const file = placeOf(t)
  const [one, other] = [await openKeyring(file), await openKeyring(`${file}.other`)]
  t.not(one.fingerprint, other.fingerprint)
  t.notOk(one.subkey('cookie').equals(other.subkey('cookie')))
})

t.test('many starting at once end up with the same keys', async (t) => {
  const file = placeOf(t)
  const keyrings = await Promise.all(Array.from({ length: 12 }, () => openKeyring(file)))
  t.equal(new Set(keyrings.map((keyring) => keyring.fingerprint)).size, 1)
  t.strictSame(await readdir(dirname(file)), ['service.key'])
})

t.test('a missing key file is not made when it must exist', async (t) => {
  const file = placeOf(t)
  await t.rejects(openKeyring(file, { create: false }), { name: 'KeyFileError', code: 'MISSING', message: /put it back/ })
  await t.rejects(stat(file), { code: 'ENOENT' })
})

t.test('a key file that others may read or change is refused with what to do', async (t) => {
  const file = placeOf(t)
  await openKeyring(file)
  for (const mode of [0o640, 0o604, 0o620, 0o610]) {
    await chmod(file, mode)
    await t.rejects(openKeyring(file), { name: 'KeyFileError', code: 'NOT_PRIVATE', message: /chmod 600/ })
  }
})

t.test('a damaged key file is refused, stays as it is, and shows nothing of its keys', async (t) => {
  const file = placeOf(t)
  await openKeyring(file)
  const sound = await readFile(file, 'utf8')
  const json = JSON.parse(sound)
  const [entry] = json.peppers
  const damaged = [
    '',
    sound.slice(0, -20),
    sound.replace('hepoex-keys', 'other-keys'),
    JSON.stringify({ ...json, version: 2 }),
    JSON.stringify({ ...json, service: undefined }),
    JSON.stringify({ ...json, peppers: [] }),
    JSON.stringify({ ...json, peppers: 'none' }),
    JSON.stringify({ ...json, peppers: [{ ...entry, key: entry.key.slice(4) }] }),
    JSON.stringify({ ...json, peppers: [{ ...entry, key: `!${entry.key}` }] }),
    JSON.stringify({ ...json, peppers: [{ ...entry, id: 'short' }] }),
    JSON.stringify({ ...json, peppers: [{ ...entry, current: false }] }),
    JSON.stringify({ ...json, peppers: [entry, { ...entry, current: false }] }),
    JSON.stringify({ ...json, peppers: [entry, { ...entry, id: '0123abcd' }] }),
    'null',
    '[1]',
  ]
  for (const text of damaged) {
    await writeFile(file, text)
    const error = await openKeyring(file).catch((thrown: Error) => thrown)
    t.match(error, { name: 'KeyFileError', code: 'DAMAGED', message: /damaged: put it back from its safe copy$/ })
    t.notOk(String((error as Error).stack).includes(entry.key.slice(4, 12)))
    t.equal(await readFile(file, 'utf8'), text)
  }
})

t.test('a folder in the place of the key file is refused', async (t) => {
  const file = placeOf(t)
  await mkdir(file, { recursive: true })
  await t.rejects(openKeyring(file), { name: 'KeyFileError', code: 'DAMAGED' })
})

t.test('a place where nothing can be written is said so', async (t) => {
  const file = join(t.testdir({ blocked: 'a file' }), 'blocked', 'service.key')
  await t.rejects(openKeyring(file), { name: 'KeyFileError', code: 'UNREADABLE', message: /ENOTDIR/ })
})

t.test('a key file is written and read the same', async (t) => {
  const file = placeOf(t)
  await openKeyring(file)
  const text = await readFile(file, 'utf8')
  const keys = parseKeyFile(text)
  t.ok(keys)
  if (keys) t.equal(formatKeyFile(keys), text)
})
