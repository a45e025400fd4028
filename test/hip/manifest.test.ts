import t from 'tap'
import { PackageDamagedError } from '../../src/hip/damaged.js'
import { type Manifest, readManifest, writeManifest } from '../../src/hip/manifest.js'
import { contents } from './sealed.js'

const manifest: Manifest = {
  format: 'hepoex-package',
  version: 1,
  ...contents().manifest,
  documents: [
    {
      file: 'documents/01-März.pdf',
      name: 'März.pdf',
      sentName: 'M\u00e4rz\u202e.pdf',
      mediaType: 'application/pdf',
      bytes: 12,
      sha256: 'ab'.repeat(32),
      origin: 'zip/records.zip',
      part: '1.2',
      role: 'attachment',
    },
  ],
}

t.test('a manifest is read as it was written, in UTF-8', async (t) => {
  const bytes = writeManifest(manifest)
  t.ok(bytes.includes(Buffer.from('März')))
  t.strictSame(readManifest(bytes), manifest)
})

t.test('fields that version 1 does not know are passed over', async (t) => {
  const extended = { ...manifest, later: true, documents: [{ ...manifest.documents[0], readable: 'readable/01.html' }] }
  t.strictSame(readManifest(Buffer.from(JSON.stringify(extended))), manifest)
})

t.test('how a message came is kept, whatever it says; a package from before it was written opens as well', async (t) => {
  const trace = { from: { ehlo: 'mx.clinic.example', address: '192.0.2.7' }, by: 'intake.example.org', later: 1 }
  t.strictSame(readManifest(writeManifest({ ...manifest, trace })), { ...manifest, trace })
  for (const other of [undefined, null, 'Received: from a', [trace]])
    t.strictSame(readManifest(Buffer.from(JSON.stringify({ ...manifest, trace: other }))), manifest)
})

t.test('what a package answers is kept; said brokenly, or not at all, it keeps nobody from it', async (t) => {
  const answers = { request: 'R7K2-M9QX', kind: 'access' }
  t.strictSame(readManifest(writeManifest({ ...manifest, answers })), { ...manifest, answers })
  const more = Buffer.from(JSON.stringify({ ...manifest, answers: { ...answers, later: 1 } }))
  t.strictSame(readManifest(more).answers, answers)
  for (const other of [undefined, null, 'R7K2-M9QX', [], { request: 'R7K2-M9QX' }, { request: 1, kind: 'access' }])
    t.strictSame(readManifest(Buffer.from(JSON.stringify({ ...manifest, answers: other }))), manifest)
})

t.test('a manifest with a field missing or of another kind is damaged', async (t) => {
  const wrong: Array<[string, object]> = [
    ['format', { format: 'zip' }],
    ['version', { version: 2 }],
    ['version as text', { version: '1' }],
    ['packageNumber', { packageNumber: undefined }],
    ['provider', { provider: null }],
    ['provider.name', { provider: { intakeAddress: 'a' } }],
    ['receivedAt', { receivedAt: 'yesterday' }],
    ['authentication', { authentication: [] }],
    ['documents', { documents: {} }],
    ['documents of nothing', { documents: [null] }],
    ...(
      [
        { file: 'manifest.json' },
        { file: 'documents/../x' },
        { file: 'documents/a\\b' },
        { sha256: 'AB'.repeat(32) },
        { bytes: -1 },
        { bytes: 1.5 },
        { role: 'x' },
        { sentName: 1 },
      ] as object[]
    ).map((change): [string, object] => [Object.keys(change)[0] ?? '', { documents: [{ ...manifest.documents[0], ...change }] }]),
  ]
  for (const [what, change] of wrong) {
    t.throws(() => readManifest(Buffer.from(JSON.stringify({ ...manifest, ...change }))), PackageDamagedError, what)
  }
})

t.test('bytes that are no JSON, or no UTF-8, are damaged', async (t) => {
  t.throws(() => readManifest(Buffer.from('{')), PackageDamagedError)
  t.throws(() => readManifest(Buffer.from('[]')), PackageDamagedError)
  t.throws(() => readManifest(Buffer.concat([writeManifest(manifest).subarray(0, -4), Buffer.from([0xff])])), PackageDamagedError)
})
