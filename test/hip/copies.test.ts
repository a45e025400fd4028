// Readable copies and what else was added to version 1: written, read, and never a reason for a package to stay closed.

import fc from 'fast-check'
import t from 'tap'
import yauzl from 'yauzl'
import { encrypt } from '../../src/hip/age.js'
import { type Manifest, readManifest } from '../../src/hip/manifest.js'
import { type OpenedPackage, openPackage, PackageDamagedError } from '../../src/hip/open.js'
import { fileNames, type PackageContents, type PackageDocument, seal } from '../../src/hip/seal.js'
import { contents, document, filler, gather, inMemory, sha256 } from './sealed.js'

const PASSPHRASE = 'hepoex1-only-for-tests'
const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), filler(500)])
const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), filler(300)])
const HTML = Buffer.from('<!doctype html><title>Letter</title><main><h1>Letter</h1></main>')
const RECORDS = Buffer.concat([Buffer.from('%PDF-1.7\n'), filler(5 << 20, 7)])

const as = (name: string, bytes: Buffer, more: Partial<PackageDocument>): PackageDocument => ({ ...document(name, bytes), ...more })

const DOCUMENTS: readonly PackageDocument[] = [
  as('fax.tif', filler(900, 1), { pages: 2, copy: { kind: 'pages', first: 2, count: 2 }, thumbnail: PNG }),
  as('letter.docx', filler(800, 2), { title: 'Letter of March 3', pages: null, copy: { kind: 'html', html: HTML }, thumbnail: JPEG }),
  as('records.zip', filler(700, 3), { copy: { kind: 'as-sent', reason: 'no-converter' } }),
  as('inner.pdf', filler(600, 4), { within: 2, protected: true, copy: { kind: 'as-sent', reason: 'protected' } }),
  as('signed.txt', filler(50, 5), { within: 0, signer: { name: 'Dr. Sample', address: 'dr@clinic.example', isIntact: true } }),
]

function packed(change: Partial<PackageContents> = {}): PackageContents {
  return { ...contents(...DOCUMENTS), records: { pdf: RECORDS, pages: 3 }, index: Buffer.from('<!doctype html>'), ...change }
}

async function open(sealed: Buffer): Promise<OpenedPackage> {
  const opened = await openPackage(inMemory(sealed), PASSPHRASE)
  if (!opened) throw new Error('the passphrase did not match')
  return opened
}

const sealed = (of: PackageContents) => gather(seal(of, PASSPHRASE))
const bytesOf = async (stream: AsyncIterable<Uint8Array> | null) => (stream ? gather(stream) : null)

t.test('copies and facts come out as they went in', async (t) => {
  const opened = await open(await sealed(packed()))
  const stored = (file: string, bytes: Buffer) => ({ file, bytes: bytes.length, sha256: sha256(bytes) })
  const { documents, records } = opened.manifest
  t.strictSame(records, { ...stored('records.pdf', RECORDS), pages: 3 })
  const thumbnail = { ...stored('readable/01.png', PNG), mediaType: 'image/png' }
  const wanted = [
    { pages: 2, copy: { kind: 'pages', first: 2, count: 2 }, thumbnail },
    {
      ...{ title: 'Letter of March 3', pages: null, copy: { kind: 'html', ...stored('readable/02-letter.html', HTML) } },
      thumbnail: { ...stored('readable/02.jpg', JPEG), mediaType: 'image/jpeg' },
    },
    { copy: { kind: 'as-sent', reason: 'no-converter' } },
    { within: 2, protected: true, copy: { kind: 'as-sent', reason: 'protected' } },
    { within: 0, signer: { name: 'Dr. Sample', address: 'dr@clinic.example', isIntact: true } },
  ]
  for (const [index, facts] of wanted.entries()) {
    const { file, name, sentName, mediaType, bytes, sha256: _, origin, part, role, ...others } = documents[index] ?? {}
    t.strictSame(others, facts, `document ${index}`)
  }
  t.ok((await bytesOf(await opened.records()))?.equals(RECORDS))
  t.strictSame(await bytesOf(await opened.copy(1)), HTML)
  t.strictSame(await bytesOf(await opened.thumbnail(0)), PNG)
  t.strictSame(await bytesOf(await opened.thumbnail(1)), JPEG)
  for (const index of [0, 2, 3, 4]) t.equal(await opened.copy(index), null)
  for (const index of [2, 3, 4]) t.equal(await opened.thumbnail(index), null)
  for (const index of [-1, 5, 0.5]) {
    await t.rejects(opened.copy(index), RangeError)
    await t.rejects(opened.thumbnail(index), RangeError)
  }
})

async function namesIn(opened: OpenedPackage): Promise<string[]> {
  const zip = await yauzl.fromBufferPromise(await gather(opened.zip()))
  const names: string[] = []
  for await (const { fileName } of zip.eachEntry()) names.push(fileName)
  return names
}

t.test('copies stand behind all documents, under the names told beforehand', async (t) => {
  const opened = await open(await sealed(packed()))
  const names = fileNames(DOCUMENTS)
  t.strictSame(names[1], { document: 'documents/02-letter.docx', copy: 'readable/02-letter.html', thumbnail: 'readable/02.jpg' })
  t.strictSame(names[2], { document: 'documents/03-records.zip', copy: null, thumbnail: null })
  t.strictSame(await namesIn(opened), [
    'manifest.json',
    ...names.map((each) => each.document),
    'records.pdf',
    ...['readable/01.png', 'readable/02-letter.html', 'readable/02.jpg', 'index.html'],
  ])
})

t.test('a package without copies is what it was before there were any', async (t) => {
  const plain = DOCUMENTS.map(({ name, bytes }) => document(name, bytes))
  const opened = await open(await sealed(contents(...plain)))
  t.notOk('records' in opened.manifest)
  t.strictSame(Object.keys(opened.manifest.documents[0] ?? {}), [
    ...['file', 'name', 'sentName', 'mediaType', 'bytes', 'sha256', 'origin', 'part', 'role'],
  ])
  t.equal(await opened.records(), null)
  t.equal(await opened.copy(0), null)
  t.equal(await opened.thumbnail(0), null)
  t.equal((await namesIn(opened)).length, 6)
})

t.test('what makes no sense is left out when sealing, and the rest is sealed', async (t) => {
  const odd = [
    as('a.tif', filler(10), { within: 0, copy: { kind: 'pages', first: 3, count: 2 }, thumbnail: filler(40) }),
    as('b.doc', filler(11), { title: ' \n ', within: 5, pages: -1, copy: { kind: 'html', html: Buffer.alloc(0) }, thumbnail: null }),
    as('c.bin', filler(12), { copy: { kind: 'as-sent', reason: 'Something Else!' }, thumbnail: Buffer.alloc(0) }),
  ]
  const opened = await open(await sealed(packed({ documents: odd, index: Buffer.alloc(0) })))
  for (const { file, copy, thumbnail, within, title, pages } of opened.manifest.documents)
    t.strictSame([copy, thumbnail, within, title, pages], [undefined, undefined, undefined, undefined, undefined], file)
  t.strictSame(await namesIn(opened), ['manifest.json', ...fileNames(odd).map((each) => each.document), 'records.pdf'])
  const [fax, ...others] = DOCUMENTS
  const without = await open(await sealed(packed({ documents: fax ? [fax, ...others] : [], records: { pdf: Buffer.alloc(0), pages: 3 } })))
  t.equal(without.manifest.records, null)
  t.notOk('copy' in (without.manifest.documents[0] ?? {}), 'no pages of a file that is not there')
  t.equal((await open(await sealed(packed({ records: null })))).manifest.records, null)
})

t.test('titles and signers become one short line that turns nothing around', async (t) => {
  const signer = { name: 'Dr.\r\nSample\u202e', address: `${'x'.repeat(300)}@a.example`, isIntact: false }
  const documents = [as('a.pdf', filler(10), { title: `  Lab\n\treport \u2066${'é'.repeat(300)}`, signer })]
  const [read] = (await open(await sealed(packed({ documents })))).manifest.documents
  t.match(read?.title, /^Lab report é+…$/)
  t.equal([...(read?.title ?? '')].length, 200)
  t.match(read?.signer, { name: 'Dr. Sample', address: /^x{199}…$/, isIntact: false })
})

t.test('as many files as a reader takes, and documents before pictures of them', async (t) => {
  const one = as('a.txt', Buffer.from('a'), { copy: { kind: 'html', html: HTML }, thumbnail: PNG })
  const names = fileNames(Array<typeof one>(5000).fill(one))
  const pictures = names.filter(({ thumbnail }) => thumbnail !== null)
  t.equal(3 + names.length + names.filter(({ copy }) => copy !== null).length + pictures.length, 10_100)
  t.ok(names[0]?.thumbnail)
  t.equal(names[4999]?.thumbnail, null)
})

t.test('the same contents with copies make the same ZIP', async (t) => {
  const [one, other] = await Promise.all([1, 2].map(async () => gather((await open(await sealed(packed()))).zip())))
  t.ok(one?.equals(other ?? Buffer.alloc(0)))
})

/** The package's ZIP with some bytes of it changed, sealed again. `to` is as long as `from`. */
async function changed(from: string | Buffer, to: string | Buffer): Promise<OpenedPackage> {
  const zip = await gather((await open(await sealed(packed()))).zip())
  const at = zip.indexOf(from)
  if (at < 0 || Buffer.byteLength(from) !== Buffer.byteLength(to)) throw new Error('nothing to change')
  zip.write(to.toString('latin1'), at, 'latin1')
  return open(await gather(encrypt([zip], PASSPHRASE)))
}

t.test('a copy that is not what the manifest says ends with an error, and spares the documents', async (t) => {
  const cases: Array<[string, OpenedPackage, (opened: OpenedPackage) => Promise<AsyncIterable<Uint8Array> | null>]> = [
    ['html', await changed('<h1>Letter', '<h1>Lettre'), (opened) => opened.copy(1)],
    ['thumbnail', await changed(PNG, Buffer.concat([PNG.subarray(0, -1), Buffer.from([1])])), (opened) => opened.thumbnail(0)],
    ['records.pdf', await changed('%PDF-1.7', '%PDF-1.3'), (opened) => opened.records()],
  ]
  for (const [what, opened, copyOf] of cases) {
    const error = await bytesOf(await copyOf(opened)).catch((thrown: unknown) => thrown)
    t.ok(error instanceof PackageDamagedError, what)
    t.equal((error as PackageDamagedError).code, 'HIP_DAMAGED_COPY', what)
    for (const [index, { bytes }] of DOCUMENTS.entries()) t.ok((await gather(await opened.document(index))).equals(bytes), what)
  }
})

t.test('a copy that is not in the ZIP, or of another length, is as good as none', async (t) => {
  const html = await changed('"bytes": 64', '"bytes": 65')
  t.equal(html.manifest.documents[1]?.copy, undefined)
  t.equal(await html.copy(1), null)
  const thumbnail = await changed('"readable/01.png"', '"readable/10.png"')
  t.equal(thumbnail.manifest.documents[0]?.thumbnail, undefined)
  t.equal(await thumbnail.thumbnail(0), null)
  const records = await changed(`"bytes": ${RECORDS.length}`, `"bytes": ${RECORDS.length + 1}`)
  t.equal(records.manifest.records, null)
  t.equal(records.manifest.documents[0]?.copy, undefined, 'its pages go with it')
  t.ok(records.manifest.documents[1]?.copy)
  for (const opened of [html, thumbnail, records])
    for (const [index, { bytes }] of DOCUMENTS.entries()) t.ok((await gather(await opened.document(index))).equals(bytes))
})

const BASE = {
  ...{ format: 'hepoex-package', version: 1, ...contents().manifest },
  documents: [0, 1].map((index) => ({
    ...{ file: `documents/0${index}-a`, name: 'a', sentName: null, mediaType: 'a/b', bytes: 1, sha256: 'ab'.repeat(32) },
    ...{ origin: 'mime', part: '1', role: 'attachment' },
  })),
}

function readWith(facts: object, records?: unknown): Manifest {
  const documents = BASE.documents.map((document, index) => (index === 1 ? { ...document, ...facts } : document))
  return readManifest(Buffer.from(JSON.stringify({ ...BASE, ...(records !== undefined && { records }), documents })))
}

const STORED = { file: 'readable/02-a.html', bytes: 5, sha256: 'cd'.repeat(32) }

t.test('a broken field is as good as none, whatever it holds', async (t) => {
  const broken: object[] = [
    ...['', '   ', 'x'.repeat(1001), 7, null, ['a'], { a: 1 }].map((title) => ({ title })),
    ...[0, -1, 1.5, '3', 2 ** 60, {}, true].map((pages) => ({ pages })),
    // A document is never within itself or a later one: nothing goes round in a circle.
    ...[1, 2, -1, 0.5, '0', null, [0]].map((within) => ({ within })),
    ...[false, 'true', 1, null].map((isProtected) => ({ protected: isProtected })),
    ...[null, 'a', [], {}, { name: 'a', address: 1, isIntact: true }, { name: 'a', address: 'b' }].map((signer) => ({ signer })),
    ...[null, 'html', [], {}, { kind: 'other' }, { kind: 'pages' }, { kind: 'pages', first: 0, count: 1 }].map((copy) => ({ copy })),
    ...[
      { first: 1, count: 0 },
      { first: 1.5, count: 1 },
      { first: '1', count: 1 },
    ].map((copy) => ({ copy: { kind: 'pages', ...copy } })),
    ...['', 'Two words', 'x'.repeat(41), 4, null].map((reason) => ({ copy: { kind: 'as-sent', reason } })),
    ...[
      { file: 'documents/00-a' },
      { file: 'manifest.json' },
      { file: 'readable/../manifest.json' },
      { file: 'readable/' },
      { file: 5 },
    ].map((change) => ({ copy: { kind: 'html', ...STORED, ...change } })),
    ...[{ bytes: -1 }, { bytes: '5' }, { sha256: 'CD'.repeat(32) }, { sha256: '' }].map((change) => ({
      copy: { kind: 'html', ...STORED, ...change },
    })),
    ...[{ mediaType: 'image/svg+xml' }, { mediaType: 'text/html' }, {}, { mediaType: 'image/png', file: 'documents/00-a' }].map(
      (change) => ({
        thumbnail: { ...STORED, ...change },
      }),
    ),
  ]
  for (const facts of broken) t.strictSame(readWith(facts), readWith({}), JSON.stringify(facts).slice(0, 80))
  const records = { file: 'records.pdf', bytes: 9, sha256: 'ef'.repeat(32), pages: 2 }
  t.strictSame(readWith({}, records).records, records)
  t.equal(readWith({}, null).records, null)
  for (const wrong of [
    'records.pdf',
    5,
    [],
    {},
    { ...records, pages: 0 },
    { ...records, file: 'documents/00-a' },
    { ...records, bytes: 0.5 },
  ])
    t.notOk('records' in readWith({}, wrong), JSON.stringify(wrong))
})

t.test('whatever JSON stands in the added fields, the manifest is read', async () => {
  const names = ['title', 'pages', 'within', 'protected', 'signer', 'copy', 'thumbnail']
  const field = fc.oneof(
    fc.jsonValue(),
    fc.record({ kind: fc.constantFrom('pages', 'html', 'as-sent'), file: fc.string(), bytes: fc.nat() }),
  )
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names, '__proto__'), field), field, (facts, records) => {
      return readWith(facts, records).documents.length === 2
    }),
  )
})
