import { Readable } from 'node:stream'
import { ZipArchive } from 'archiver'
import fc from 'fast-check'
import t from 'tap'
import yauzl from 'yauzl'
import { encrypt } from '../../src/hip/age.js'
import { writeManifest } from '../../src/hip/manifest.js'
import { type OpenedPackage, openPackage, PackageDamagedError, type SealedFile } from '../../src/hip/open.js'
import { type PackageContents, seal } from '../../src/hip/seal.js'
import { contents, document, filler, gather, inMemory, sha256 } from './sealed.js'

const PASSPHRASE = 'hepoex1-only-for-tests'
const sealed = (packed: PackageContents) => gather(seal(packed, PASSPHRASE))

async function open(file: Buffer | SealedFile): Promise<OpenedPackage> {
  const opened = await openPackage(Buffer.isBuffer(file) ? inMemory(file) : file, PASSPHRASE)
  if (!opened) throw new Error('the passphrase did not match')
  return opened
}

/** A package whose ZIP is made by hand: [name, bytes] in order. */
async function forged(entries: ReadonlyArray<readonly [string, Buffer]>, options: { store: boolean } = { store: true }): Promise<Buffer> {
  const archive = new ZipArchive(options)
  for (const [name, bytes] of entries) archive.append(bytes, { name })
  void archive.finalize()
  return gather(encrypt(archive as unknown as AsyncIterable<Buffer>, PASSPHRASE))
}

function manifestFor(file: string, bytes: Buffer, change: object = {}): Buffer {
  const { name, sentName, mediaType, origin, part, role } = document('a.pdf', bytes)
  const described = { file, name, sentName, mediaType, bytes: bytes.length, sha256: sha256(bytes), origin, part, role }
  return writeManifest({ format: 'hepoex-package', version: 1, ...contents().manifest, documents: [{ ...described, ...change }] })
}

t.test('a package gives back its manifest and every document', async (t) => {
  const documents = [
    document('report.pdf', filler(100_000, 1)),
    document('empty.txt', Buffer.alloc(0)),
    document('scan.tif', filler(5 << 20, 2)),
  ]
  const opened = await open(await sealed(contents(...documents)))
  t.match(opened.manifest, { format: 'hepoex-package', version: 1, ...contents().manifest })
  t.strictSame(
    opened.manifest.documents.map(({ file }) => file),
    ['documents/01-report.pdf', 'documents/02-empty.txt', 'documents/03-scan.tif'],
  )
  for (const [index, { bytes }] of documents.entries()) t.ok((await gather(await opened.document(index))).equals(bytes))
  await t.rejects(opened.document(3), RangeError)
})

t.test('documents of any number and size are given back', async () => {
  const sizes = fc.array(fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(65_535, 65_536, 4 << 20, (4 << 20) + 1)), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const documents = lengths.map((length, index) => document(`${index}.bin`, filler(length, index)))
      const opened = await open(await sealed(contents(...documents)))
      for (const [index, { bytes }] of documents.entries()) if (!(await gather(await opened.document(index))).equals(bytes)) return false
      return opened.manifest.documents.length === documents.length
    }),
    { numRuns: process.env.SLOW ? 100 : 15 },
  )
})

t.test('names of every alphabet reach the manifest whole and the ZIP safely', async (t) => {
  const names = [
    'Befund März.pdf',
    '検査結果.pdf',
    'תוצאות.pdf',
    '../../etc/passwd',
    'C:\\evil.exe',
    'a\u202efdp.exe',
    'x'.repeat(300),
    '…',
    ' . ',
    'con',
  ]
  const opened = await open(await sealed(contents(...names.map((name) => document(name, Buffer.from(name))))))
  t.strictSame(
    opened.manifest.documents.map(({ name }) => name),
    names,
  )
  t.strictSame(
    opened.manifest.documents.map(({ file }) => file.replace(/x{9,}/, (xs) => `x*${xs.length}`)),
    [
      'documents/01-Befund März.pdf',
      'documents/02-検査結果.pdf',
      'documents/03-תוצאות.pdf',
      'documents/04-.._.._etc_passwd',
      'documents/05-C__evil.exe',
      'documents/06-afdp.exe',
      'documents/07-x*120',
      'documents/08-…',
      'documents/09-document',
      'documents/10-con',
    ],
  )
  for (const [index, name] of names.entries()) t.equal((await gather(await opened.document(index))).toString(), name)
})

t.test('the ZIP is one that any program reads, the manifest first', async (t) => {
  const opened = await open(await sealed(contents(document('März.pdf', filler(1000)), document('big.bin', filler(6 << 20)))))
  const bytes = await gather(opened.zip())
  t.equal(bytes.length, opened.zipBytes)
  const zip = await yauzl.fromBufferPromise(bytes, { strictFileNames: true })
  const names: string[] = []
  for await (const entry of zip.eachEntry()) {
    names.push(entry.fileName)
    t.equal(entry.getLastModDate({ timezone: 'UTC' }).toISOString(), '2026-01-02T03:04:06.000Z', 'when it was sealed')
    const isBig = entry.fileName === 'documents/02-big.bin'
    t.equal((entry.generalPurposeBitFlag & 8) !== 0, isBig, 'only a big file, summed in slices, has its sum behind it')
    if (isBig) continue
    const header = await zip.readLocalFileHeaderPromise(entry)
    t.equal(header.uncompressedSize, entry.uncompressedSize, 'a small file has its length before it')
  }
  t.strictSame(names, ['manifest.json', 'documents/01-März.pdf', 'documents/02-big.bin'])
})

t.test('the same contents make the same ZIP', async (t) => {
  const packed = contents(document('a.pdf', filler(10)), document('b.pdf', filler(5 << 20)))
  const [one, other] = await Promise.all([1, 2].map(async () => gather((await open(await sealed(packed))).zip())))
  t.ok(one?.equals(other ?? Buffer.alloc(0)))
})

t.test('a document far into a package is read without the rest', async (t) => {
  const documents = [document('big.bin', filler(20 << 20)), document('small.pdf', filler(3000, 9)), document('more.bin', filler(20 << 20))]
  const file = inMemory(await sealed(contents(...documents)))
  const opened = await open(file)
  t.ok((await gather(await opened.document(1))).equals(filler(3000, 9)))
  t.ok(file.read.bytes < 512 * 1024, 'some chunks of forty megabytes')
})

t.test('a wrong passphrase is no damage', async (t) => {
  t.equal(await openPackage(inMemory(await sealed(contents())), 'hepoex1-another'), null)
})

t.test('a chunk changed in the middle of a document ends its stream with an error, and spares the others', async (t) => {
  const documents = [document('a.bin', filler(300_000, 1)), document('b.bin', filler(300_000, 2)), document('c.bin', filler(300_000, 3))]
  const file = await sealed(contents(...documents))
  file.writeUInt8(file.readUInt8(450_000) ^ 1, 450_000)
  const opened = await open(file)
  const stream = await opened.document(1)
  await t.rejects(gather(stream), PackageDamagedError)
  t.ok(stream.destroyed)
  t.ok((await gather(await opened.document(0))).equals(filler(300_000, 1)))
  t.ok((await gather(await opened.document(2))).equals(filler(300_000, 3)))
})

t.test('a document that is not what the manifest says ends with an error', async (t) => {
  const bytes = filler(1000)
  const other = { sha256: sha256(Buffer.from('other')) }
  const opened = await open(
    await forged([
      ['manifest.json', manifestFor('documents/a', bytes, other)],
      ['documents/a', bytes],
    ]),
  )
  await t.rejects(gather(await opened.document(0)), { code: 'HIP_DAMAGED_DOCUMENT' })
})

t.test('readable copies and whatever else lies in the ZIP are passed over', async (t) => {
  const bytes = filler(10)
  const opened = await open(
    await forged([
      ['manifest.json', manifestFor('documents/a', bytes, { somethingNew: 1 })],
      ['documents/a', bytes],
      ['records.pdf', filler(5)],
      ['readable/a.html', filler(5)],
    ]),
  )
  t.equal(opened.manifest.documents.length, 1)
  t.notHas(opened.manifest.documents[0], { somethingNew: 1 })
})

t.test('a ZIP that is none of ours is damaged, and its names are in no error', async (t) => {
  const bytes = filler(10)
  const good = manifestFor('documents/a', bytes)
  const cases: Array<[string, Buffer, string]> = [
    ['not a ZIP', await gather(encrypt([filler(1000)], PASSPHRASE)), 'HIP_DAMAGED_ZIP'],
    ['nothing', await gather(encrypt([], PASSPHRASE)), 'HIP_DAMAGED_ZIP'],
    ['no manifest', await forged([['secret-name', bytes]]), 'HIP_DAMAGED_MANIFEST'],
    [
      'a name twice',
      await forged([
        ['manifest.json', good],
        ['documents/a', bytes],
        ['documents/a', bytes],
      ]),
      'HIP_DAMAGED_ZIP',
    ],
    ['a document missing', await forged([['manifest.json', good]]), 'HIP_DAMAGED_MANIFEST'],
    [
      'another length',
      await forged([
        ['manifest.json', good],
        ['documents/a', filler(11)],
      ]),
      'HIP_DAMAGED_MANIFEST',
    ],
    [
      'compressed',
      await forged(
        [
          ['manifest.json', good],
          ['documents/a', bytes],
        ],
        { store: false },
      ),
      'HIP_DAMAGED_ZIP',
    ],
    ['a manifest that is no JSON', await forged([['manifest.json', filler(9)]]), 'HIP_DAMAGED_MANIFEST'],
    [
      'a manifest of the future',
      await forged([['manifest.json', Buffer.from(good.toString().replace('"version": 1', '"version": 2'))]]),
      'HIP_DAMAGED_MANIFEST',
    ],
    ['a path upwards', await withName('..', bytes), 'HIP_DAMAGED_ZIP'],
  ]
  for (const [what, file, code] of cases) {
    const error = await open(file).catch((thrown) => thrown)
    t.equal(error.code, code, what)
    t.notMatch(`${error.message} ${error.cause}`, /secret|documents|evil/)
  }
})

/** A package with a file called `<above>/evil`, which the writer would not write. */
async function withName(above: string, bytes: Buffer): Promise<Buffer> {
  const archive = new ZipArchive({ store: true })
  archive.append(bytes, { name: 'xx/evil' })
  void archive.finalize()
  const zip = await gather(archive as unknown as AsyncIterable<Buffer>)
  return gather(encrypt([Buffer.from(zip.toString('latin1').replaceAll('xx/evil', `${above}/evil`), 'latin1')], PASSPHRASE))
}

t.test('a directory that points beyond the end is damage', async (t) => {
  const zip = await gather((await open(await sealed(contents(document('a', filler(9)))))).zip())
  zip.writeUInt32LE(zip.length + 100_000, zip.length - 6)
  await t.rejects(open(await gather(encrypt([zip], PASSPHRASE))), { code: 'HIP_DAMAGED_ZIP' })
})

t.test('a document whose bytes are gone is not sealed', async (t) => {
  const lost = { ...document('scan.pdf', filler(10)), bytes: Buffer.alloc(0) }
  await t.rejects(gather(seal(contents(lost), 'hepoex1-a')), /lost its bytes/)
  t.ok(await gather(seal(contents(document('empty.txt', Buffer.alloc(0))), 'hepoex1-a')), 'an empty one is')
})

t.test('more documents than a reader takes are refused when sealing', async (t) => {
  const one = document('a', Buffer.from('a'))
  await t.rejects(sealed(contents(...Array<typeof one>(5001).fill(one))), RangeError)
})

t.test('a thousand documents are sealed and opened', async (t) => {
  const documents = Array.from({ length: 1000 }, (_, index) => document(`${index}.txt`, Buffer.from(String(index))))
  const opened = await open(await sealed(contents(...documents)))
  t.equal((await gather(await opened.document(999))).toString(), '999')
  t.equal(opened.manifest.documents[999]?.file, 'documents/1000-999.txt')
})

t.test('what the store throws passes through as it is, also from under the ZIP', async (t) => {
  const file = await sealed(contents(document('big', filler(3 << 20)), document('last', filler(5))))
  const broken = new Error('no such disk')
  let failing = false
  const read = async (offset: number, length: number) => {
    if (failing) throw broken
    return file.subarray(offset, offset + length)
  }
  const opened = await open({ size: file.length, read })
  failing = true
  await t.rejects(opened.document(1), broken)
  await t.rejects(gather(opened.zip()), broken)
})

t.test('sealing stops when nobody takes it any more', async (t) => {
  const stream = Readable.from(seal(contents(document('big', filler(50 << 20))), PASSPHRASE))
  for await (const _ of stream) break
  t.ok(stream.destroyed)
})
