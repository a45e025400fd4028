// The certificate of the mail door: the operator's files, or our own pair.

import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { ensureMailTls } from '../../src/smtp/tls.js'
import { TlsConfigError } from '../../src/tls-pair.js'
import { testTls } from '../support/tls.js'

const HOSTNAME = 'intake.example.org'
const DAY = 86_400_000

async function refused(t: Test, options: Parameters<typeof ensureMailTls>[0], message: RegExp): Promise<void> {
  await t.rejects(ensureMailTls(options), { name: 'TlsConfigError', message })
}

t.test('without files a pair is made once, for its owner alone, and used from then on', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'keys', 'mail-tls.pem')
  const made = await ensureMailTls({ configured: null, file, hostname: HOSTNAME })
  t.same(await ensureMailTls({ configured: null, file, hostname: HOSTNAME }), made)
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.equal((await stat(join(folder, 'keys'))).mode & 0o777, 0o700)
  t.same(await readdir(join(folder, 'keys')), ['mail-tls.pem'])
})

t.test('the pair is a P-256 certificate for the host name, ten years long', async (t) => {
  const { cert, key } = await ensureMailTls({ configured: null, file: join(t.testdir(), 'pair.pem'), hostname: HOSTNAME })
  const certificate = new X509Certificate(cert)
  t.equal(certificate.checkHost(HOSTNAME), HOSTNAME)
  t.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  t.ok(certificate.verify(certificate.publicKey))
  t.ok(Date.parse(certificate.validTo) > Date.now() + 3640 * DAY)
  t.notMatch(cert, /PRIVATE KEY/)
  t.match(key, /BEGIN PRIVATE KEY/)
})

t.test('two processes that start at once end with one pair', async (t) => {
  const file = join(t.testdir(), 'pair.pem')
  const script = `import { ensureMailTls } from './src/smtp/tls.js'
    const pairs = await Promise.all(Array.from({ length: 5 }, () => ensureMailTls({ configured: null, file: ${JSON.stringify(file)}, hostname: 'a.test' })))
    console.log(JSON.stringify([...new Set(pairs.map((pair) => pair.cert))]))`
  const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env: { PATH: process.env.PATH } })
  const [first, second] = await Promise.all([start(), start()])
  t.equal(first.stdout, second.stdout)
  t.equal(JSON.parse(first.stdout).length, 1)
})

t.test('configured files are taken as they are, chain and all', async (t) => {
  const [own, issuer] = [testTls(), testTls('ca.test')]
  const folder = t.testdir({ 'cert.pem': own.cert + issuer.cert, 'key.pem': own.key })
  const configured = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  t.same(await ensureMailTls({ configured, file: join(folder, 'none'), hostname: HOSTNAME }), {
    cert: own.cert + issuer.cert,
    key: own.key,
  })
  t.same((await readdir(folder)).sort(), ['cert.pem', 'key.pem'])
})

t.test('configured files that cannot be used stop the start with one clear line', async (t) => {
  const [own, other] = [testTls(), testTls()]
  const past = testTls(HOSTNAME, new Date(Date.now() - 3 * DAY), new Date(Date.now() - DAY))
  const future = testTls(HOSTNAME, new Date(Date.now() + DAY), new Date(Date.now() + 2 * DAY))
  const folder = t.testdir({
    ...{ 'own.pem': own.cert, 'own.key': own.key, 'other.key': other.key, 'past.pem': past.cert, 'past.key': past.key },
    ...{ 'future.pem': future.cert, 'future.key': future.key, 'junk.pem': 'junk' },
  })
  const pair = (cert: string, key: string) => ({
    configured: { cert: join(folder, cert), key: join(folder, key) },
    file: '',
    hostname: HOSTNAME,
  })
  await refused(t, pair('none.pem', 'own.key'), /^cannot read \S+none\.pem: ENOENT$/)
  await refused(t, pair('junk.pem', 'own.key'), /^no PEM certificate in \S+junk\.pem$/)
  await refused(t, pair('own.pem', 'junk.pem'), /^no PEM private key without a passphrase in \S+junk\.pem$/)
  await refused(t, pair('own.pem', 'other.key'), /^the key in \S+other\.key is not the one of the certificate in \S+own\.pem$/)
  await refused(t, pair('past.pem', 'past.key'), /^the certificate in \S+past\.pem has run out: /)
  await refused(t, pair('future.pem', 'future.key'), /^the certificate in \S+future\.pem is not valid before /)
})

t.test('our own pair, damaged or out of date, is said to be so', async (t) => {
  const folder = t.testdir({ 'damaged.pem': 'junk' })
  await refused(t, { configured: null, file: join(folder, 'damaged.pem'), hostname: HOSTNAME }, /^no PEM certificate in /)
  const file = join(folder, 'pair.pem')
  await ensureMailTls({ configured: null, file, hostname: HOSTNAME })
  await refused(t, { configured: null, file, hostname: HOSTNAME, now: Date.now() + 3651 * DAY }, /has run out/)
})

t.test('a folder in place of the pair is said to be so, and a place that cannot be written fails', async (t) => {
  const folder = t.testdir()
  await mkdir(join(folder, 'pair.pem'))
  await refused(t, { configured: null, file: join(folder, 'pair.pem'), hostname: HOSTNAME }, /^cannot read \S+pair\.pem: EISDIR$/)
  await writeFile(join(folder, 'file'), '')
  await t.rejects(ensureMailTls({ configured: null, file: join(folder, 'file', 'pair.pem'), hostname: HOSTNAME }), TlsConfigError)
})
