// Readable copies, out of the package and through an open session.

import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { PackageContents } from '../../src/hip/seal.js'
import { addPackage, contents, enrol, newWorld, open } from '../accounts/world.js'

const RECORDS = Buffer.from('%PDF-1.7 all of it')
const HTML = Buffer.from('<!doctype html><h1>Letter</h1>')
const PNG = Buffer.from('\x89PNG\r\n\x1a\n a small picture', 'latin1')

type Document = PackageContents['documents'][number]

function document(name: string, more: Partial<Document> = {}): Document {
  const [plain] = contents('', 0).documents
  if (!plain) throw new Error('no document')
  const bytes = Buffer.from(name)
  return { ...plain, name, bytes, sha256: createHash('sha256').update(bytes).digest('hex'), ...more }
}

const DOCUMENTS = [
  document('fax.tif', { mediaType: 'image/tiff', pages: 2, copy: { kind: 'pages', first: 2, count: 2 }, thumbnail: PNG }),
  document('letter.docx', { title: 'A letter', copy: { kind: 'html', html: HTML } }),
  document('locked.pdf', { within: 1, protected: true, copy: { kind: 'as-sent', reason: 'protected' } }),
]

async function opened(t: Test, packed: Partial<PackageContents>) {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const row = await addPackage(world, consumerId, {}, packed)
  return { world, row, pass: await open(world, row), desk: world.retrieval }
}

const withCopies = (t: Test) => opened(t, { documents: DOCUMENTS, records: { pdf: RECORDS, pages: 3 } })

t.test('an open package says what can be read, and how', async (t) => {
  const { pass, desk } = await withCopies(t)
  t.match(await desk.records(pass), {
    readable: { bytes: RECORDS.length, pages: 3 },
    documents: [
      { name: 'fax.tif', pages: 2, copy: { kind: 'pages', first: 2, count: 2 }, thumbnail: { bytes: PNG.length } },
      { name: 'letter.docx', title: 'A letter', copy: { kind: 'html', bytes: HTML.length } },
      { name: 'locked.pdf', within: 1, protected: true, copy: { kind: 'as-sent', reason: 'protected' } },
    ],
  })
})

t.test('copies come with their length, type and document', async (t) => {
  const { pass, desk, row } = await withCopies(t)
  const records = await desk.readable(pass)
  t.match(records, { bytes: RECORDS.length, name: new RegExp(`^health-records-${row.number.slice(0, 4)}-.*\\.pdf$`) })
  t.strictSame(records && (await buffer(records.stream)), RECORDS)
  const copy = await desk.copy(pass, 1)
  t.match(copy, { bytes: HTML.length, mediaType: 'text/html', document: { name: 'letter.docx' } })
  t.strictSame(copy && (await buffer(copy.stream)), HTML)
  const thumbnail = await desk.thumbnail(pass, 0)
  t.match(thumbnail, { bytes: PNG.length, mediaType: 'image/png', document: { name: 'fax.tif' } })
  t.strictSame(thumbnail && (await buffer(thumbnail.stream)), PNG)
})

t.test('where there is no copy there is none, and the session stays open', async (t) => {
  const { pass, desk } = await withCopies(t)
  for (const index of [0, 2, 3, -1, 1.5]) t.equal(await desk.copy(pass, index), null, `copy ${index}`)
  for (const index of [1, 2, 3, -1]) t.equal(await desk.thumbnail(pass, index), null, `thumbnail ${index}`)
  t.ok(await desk.records(pass))
})

t.test('a package without copies opens as before', async (t) => {
  const { pass, desk } = await opened(t, {})
  t.match(await desk.records(pass), { readable: null })
  t.equal(await desk.readable(pass), null)
  t.equal(await desk.copy(pass, 0), null)
  t.equal(await desk.thumbnail(pass, 0), null)
})

t.test('copies are given out like documents: to who holds the pass, as long as the package is there, and closed after', async (t) => {
  const { world, row, pass, desk } = await withCopies(t)
  let open = 0
  const openBlob = world.store.blobs.open
  world.store.blobs.open = async (key) => {
    const blob = await openBlob(key)
    open++
    const close = () => {
      open--
      return blob.close()
    }
    return { size: blob.size, read: blob.read, close }
  }
  for (const found of [await desk.readable(pass), await desk.copy(pass, 1), await desk.thumbnail(pass, 0)]) {
    found?.stream.destroy()
    await new Promise((resolve) => found?.stream.once('close', resolve))
  }
  await desk.copy(pass, 0)
  t.equal(open, 0)
  const stranger = { id: pass.id, key: Buffer.alloc(32).toString('base64') }
  t.strictSame([await desk.readable(stranger), await desk.copy(stranger, 1), await desk.thumbnail(stranger, 0)], [null, null, null])
  await world.store.write(({ packages }) => packages.end(row.id, 'recalled', world.time))
  t.strictSame([await desk.readable(pass), await desk.copy(pass, 1), await desk.thumbnail(pass, 0)], [null, null, null])
})
