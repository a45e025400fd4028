// Certificates that are renewed while the service runs: what is taken up, when, and what a broken pair does.

import { rename, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Certificates } from '../src/certificates.js'
import type { Log } from '../src/log.js'
import type { TlsPair } from '../src/tls-pair.js'
import { type TestTls, testTls } from './support/tls.js'

const HOUR = 3_600_000

async function served(t: Test) {
  const folder = t.testdir()
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  const lines: Array<Record<string, unknown>> = []
  const log: Log = {
    event: (event, fields) => lines.push({ event, ...fields }),
    failure: (where, error) => lines.push({ event: 'failed', where, error: error instanceof Error && error.name }),
  }
  const shown: TlsPair[] = []
  const door = { fails: false }
  const apply = (pair: TlsPair) => {
    if (door.fails) throw new Error('no')
    shown.push(pair)
  }
  const certificates = new Certificates([{ door: 'mail', files, apply }], { log, now: () => Date.now() })
  const write = async ({ cert, key }: TestTls) => {
    await writeFile(files.cert, cert)
    await writeFile(files.key, key)
  }
  return { files, lines, shown, door, certificates, write }
}

t.test('new files are taken up once, and what has not changed is not read again', async (t) => {
  const { lines, shown, certificates, write } = await served(t)
  const [first, second] = [testTls(), testTls()]
  await write(first)
  await certificates.reload('changed')
  await certificates.reload('changed')
  t.match(shown, [{ cert: first.cert }])
  t.equal(shown.length, 1)
  await write(second)
  await certificates.reload('changed')
  t.match(shown[1], { cert: second.cert, key: second.key })
  t.strictSame(
    lines,
    [first, second].map(({ fingerprint256: fingerprint }) => ({ event: 'certificate-loaded', kind: 'mail', fingerprint })),
  )
})

t.test('asked for all, it reads unchanged files too, and says nothing of a certificate that was shown before', async (t) => {
  const { lines, shown, certificates, write } = await served(t)
  await write(testTls())
  await Promise.all([certificates.reload('all'), certificates.reload('all')])
  t.equal(shown.length, 2)
  t.equal(lines.length, 1)
})

t.test('a link that leads to other files counts as a change', async (t) => {
  const { files, shown, certificates } = await served(t)
  const [first, second] = [testTls(), testTls()]
  for (const [name, { cert, key }] of Object.entries({ first, second })) {
    await writeFile(`${files.cert}.${name}`, cert)
    await writeFile(`${files.key}.${name}`, key)
  }
  for (const name of ['first', 'second']) {
    for (const file of [files.cert, files.key]) {
      await symlink(`${file}.${name}`, `${file}.new`)
      await rename(`${file}.new`, file)
    }
    await certificates.reload('changed')
  }
  t.match(shown, [{ cert: first.cert }, { cert: second.cert }])
})

const BROKEN: Array<[string, (pair: TestTls) => TestTls]> = [
  ['whose key is another’s', (pair) => ({ ...pair, key: testTls().key })],
  ['that is none', (pair) => ({ ...pair, cert: 'junk' })],
  [
    'with a chain that is cut off',
    (pair) => ({ ...pair, cert: `${pair.cert}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n` }),
  ],
  ['that has run out', () => testTls('a.test', new Date(Date.now() - 2 * HOUR), new Date(Date.now() - HOUR))],
]

for (const [what, breakIt] of BROKEN) {
  t.test(`a pair ${what} is not taken up and said once; a good one after it is`, async (t) => {
    const { lines, shown, certificates, write } = await served(t)
    await write(testTls())
    await certificates.reload('changed')
    await write(breakIt(testTls()))
    await certificates.reload('changed')
    await certificates.reload('changed')
    t.equal(shown.length, 1)
    t.strictSame(lines.slice(1), [
      { event: 'alert', reason: 'certificate-unusable', kind: 'mail' },
      { event: 'failed', where: 'service', error: 'TlsConfigError' },
    ])
    await write(testTls())
    await certificates.reload('changed')
    t.equal(shown.length, 2)
  })
}

t.test('files that are gone for a moment leave the old pair in force', async (t) => {
  const { files, lines, shown, certificates, write } = await served(t)
  await write(testTls())
  await certificates.reload('changed')
  await unlink(files.cert)
  await certificates.reload('changed')
  t.equal(shown.length, 1)
  t.match(lines[1], { event: 'alert' })
})

t.test('a door that cannot use a pair is said too', async (t) => {
  const { lines, door, certificates, write } = await served(t)
  door.fails = true
  await write(testTls())
  await certificates.reload('all')
  t.match(lines, [{ event: 'alert', reason: 'certificate-unusable' }, { event: 'failed' }])
})
