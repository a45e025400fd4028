// S/MIME as OpenSSL makes it: whole and in a stream, with the signatures in use, and beside the content. Fails where openssl is missing: run
// by .ci/run, not by npm test.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { signerOf, unpackContainer } from '../../src/documents/containers/unpack.js'

const P7M = 'application/pkcs7-mime'
const ENTITY = Buffer.from(`Content-Type: text/plain\r\n\r\n${'Your results are attached.\r\n'.repeat(1000)}`)
const SIGNER = { name: 'Dr. Ada Łukasz', address: 'ada@clinic.example', isIntact: true }
const KEYS: Readonly<Record<string, readonly string[]>> = {
  rsa: ['-newkey', 'rsa:2048'],
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
}

const folder = t.testdir()
const path = (name: string) => join(folder, name)
const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'ignore'] })

writeFileSync(path('entity'), ENTITY)
for (const [kind, words] of Object.entries(KEYS)) {
  const subject = '/CN=Dr. Ada Łukasz/emailAddress=ada@clinic.example'
  openssl(
    'req',
    '-x509',
    '-nodes',
    '-utf8',
    ...words,
    '-subj',
    subject,
    '-days',
    '9',
    '-keyout',
    path(`${kind}.key`),
    '-out',
    path(`${kind}.pem`),
  )
}

function cms(name: string, kind: string, ...words: string[]): Buffer {
  const who = words.includes('-sign') ? ['-signer', path(`${kind}.pem`), '-inkey', path(`${kind}.key`)] : []
  openssl('cms', '-binary', ...who, ...words, '-in', path('entity'), '-outform', 'DER', '-out', path(name))
  return readFileSync(path(name))
}

t.test('what OpenSSL signs comes out whole, with its signer', async (t) => {
  const ways: ReadonlyArray<readonly [string, ...string[]]> = [
    ['rsa'],
    ['rsa', '-stream'],
    ['rsa', '-md', 'sha512'],
    ['rsa', '-md', 'sha1'],
    ['rsa', '-noattr'],
    ['rsa', '-keyid'],
    ['rsa', '-keyopt', 'rsa_padding_mode:pss'],
    ['rsa', '-md', 'sha384', '-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:48'],
    ['ec'],
    ['ec', '-stream', '-md', 'sha384'],
  ]
  for (const [kind, ...words] of ways) {
    const unpacked = await unpackContainer(cms('signed', kind, '-sign', '-nodetach', ...words), P7M)
    t.match(
      unpacked,
      { kind: 'unpacked', signer: SIGNER, files: [{ mediaType: 'message/rfc822', bytes: ENTITY }] },
      `${kind} ${words.join(' ')}`,
    )
  }
})

t.test('a signature beside the content', async (t) => {
  for (const kind of Object.keys(KEYS)) {
    const signature = cms('beside', kind, '-sign')
    t.same(await signerOf(signature, ENTITY), SIGNER)
    t.same(await signerOf(signature, Buffer.concat([ENTITY, Buffer.from('x')])), { ...SIGNER, isIntact: false })
  }
})

t.test('what OpenSSL encrypts is protected', async (t) => {
  t.same(await unpackContainer(cms('enveloped', 'rsa', '-encrypt', '-aes256', '-recip', path('rsa.pem')), P7M), { kind: 'protected' })
  t.same(await unpackContainer(cms('streamed', 'rsa', '-encrypt', '-stream', '-aes256', '-recip', path('rsa.pem')), P7M), {
    kind: 'protected',
  })
  t.same(await unpackContainer(cms('gcm', 'rsa', '-encrypt', '-aes-256-gcm', '-recip', path('rsa.pem')), P7M), { kind: 'protected' })
})
