// Both ways with the `age` command: a package opens without us, for ever; and we read what age writes. Fails where age is missing
// (Debian: apt-get install age): run by .ci/run, not by npm test.

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { encrypt, openPayload, passphraseReader } from '../../src/hip/age.js'
import { openPackage } from '../../src/hip/open.js'
import { seal } from '../../src/hip/seal.js'
import { contents, document, filler, gather, inMemory } from '../hip/sealed.js'

const PTY = fileURLToPath(new URL('../support/age-pty.py', import.meta.url))
const PASSPHRASE = 'hepoex1-onlyfortestsonlyfortestsonlyfortestsonlyfortestsonly'
const CHUNK = 65536
const SIZES = [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5_000_000]

const age = (passphrase: string, ...words: string[]) => promisify(execFile)('python3', [PTY, passphrase, 'age', ...words])

t.test('age is here', async (t) => {
  t.match((await promisify(execFile)('age', ['--version'])).stdout, /\d/)
})

t.test('age opens what we seal', async (t) => {
  const folder = t.testdir()
  for (const size of SIZES) {
    const file = join(folder, `${size}.age`)
    const out = join(folder, `${size}.out`)
    await writeFile(file, await gather(encrypt([filler(size)], PASSPHRASE)))
    await age(PASSPHRASE, '-d', '-o', out, file)
    t.ok((await readFile(out)).equals(filler(size)), `${size} bytes`)
  }
})

t.test('age refuses what we seal under another passphrase', async (t) => {
  const folder = t.testdir()
  await writeFile(join(folder, 'a.age'), await gather(encrypt([filler(5)], PASSPHRASE)))
  await t.rejects(age('hepoex1-another', '-d', '-o', join(folder, 'out'), join(folder, 'a.age')))
})

t.test('we open what age seals with a passphrase', async (t) => {
  const folder = t.testdir()
  for (const size of [0, 1, CHUNK, CHUNK + 1]) {
    const plain = join(folder, `${size}`)
    const file = join(folder, `${size}.age`)
    await writeFile(plain, filler(size))
    await age(PASSPHRASE, '-p', '-o', file, plain)
    const sealed = inMemory(await readFile(file))
    const payload = await openPayload(sealed, passphraseReader(PASSPHRASE))
    t.ok(payload && (await gather(payload.range(0, payload.size))).equals(filler(size)), `${size} bytes`)
    t.equal(await openPayload(sealed, passphraseReader('hepoex1-another')), null)
  }
})

t.test('a package opened by age is the ZIP that we give out', async (t) => {
  const folder = t.testdir()
  const packed = contents(document('Befund März.pdf', filler(200_000)), document('scan.tif', filler(5 << 20)))
  const file = await gather(seal(packed, PASSPHRASE))
  await writeFile(join(folder, 'package.age'), file)
  await age(PASSPHRASE, '-d', '-o', join(folder, 'package.zip'), join(folder, 'package.age'))
  const opened = await openPackage(inMemory(file), PASSPHRASE)
  t.ok(opened && (await readFile(join(folder, 'package.zip'))).equals(await gather(opened.zip())))
  const read = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))'
  t.equal((await promisify(execFile)('python3', ['-c', read, join(folder, 'package.zip')])).stdout.trim(), 'None 3')
})
