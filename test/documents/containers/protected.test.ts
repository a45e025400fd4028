import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { writeCompound } from '../../../src/documents/containers/compound-writer.js'
import { isProtectedOffice, isProtectedZip } from '../../../src/documents/containers/protected.js'
import { zipOf } from './samples.js'

const compound = (streams: Readonly<Record<string, Buffer>>) =>
  writeCompound({ name: '', classId: Buffer.alloc(16), storages: [], streams: new Map(Object.entries(streams)) })

t.test('a ZIP with a password, and others', async (t) => {
  t.ok(isProtectedZip(zipOf([{ name: 'a', flags: 1 }])))
  t.notOk(isProtectedZip(zipOf([{ name: 'a' }])))
  t.notOk(isProtectedZip(zipOf([{ name: 'a', flags: 1 }]).subarray(0, -5)))
  t.notOk(isProtectedZip(Buffer.from('no ZIP')))
})

t.test('new office files: encrypted they are a compound file', async (t) => {
  t.ok(isProtectedOffice(compound({ EncryptionInfo: Buffer.alloc(9), EncryptedPackage: Buffer.alloc(5000) })))
  t.notOk(isProtectedOffice(zipOf([{ name: '[Content_Types].xml' }, { name: 'word/document.xml' }])))
})

t.test('old office files: a flag in Word, a record in Excel, a stream in PowerPoint', async (t) => {
  const word = (flags: number) => {
    const stream = Buffer.alloc(5000)
    stream.writeUInt16LE(flags, 10)
    return isProtectedOffice(compound({ WordDocument: stream }))
  }
  t.ok(word(0x1300))
  t.notOk(word(0x1200))
  const beginning = Buffer.from('0908040000061000', 'hex')
  t.ok(isProtectedOffice(compound({ Workbook: Buffer.concat([beginning, Buffer.from('2f000200ffff', 'hex')]) })))
  t.notOk(isProtectedOffice(compound({ Workbook: Buffer.concat([beginning, Buffer.from('42000200e404', 'hex')]) })))
  t.ok(isProtectedOffice(compound({ 'PowerPoint Document': Buffer.alloc(99), EncryptedSummary: Buffer.alloc(99) })))
})

t.test('OpenDocument: its manifest says so', async (t) => {
  const file = (manifest: string, method: number) =>
    zipOf([
      { name: 'mimetype', content: 'application/vnd.oasis.opendocument.text', method: 0 },
      { name: 'content.xml', content: 'x' },
      { name: 'META-INF/manifest.xml', content: manifest, method },
    ])
  for (const method of [0, 8]) {
    t.ok(isProtectedOffice(file('<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>', method)))
    t.notOk(isProtectedOffice(file('<manifest:file-entry/>', method)))
  }
  const bomb = zipOf([
    { name: 'META-INF/manifest.xml', packed: deflateRawSync(Buffer.concat([Buffer.alloc(9_000_000), Buffer.from('encryption-data')])) },
  ])
  t.notOk(isProtectedOffice(bomb))
})

t.test('what is none of them', async (t) => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('PK\x03\x04'), Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.from('%PDF')]) {
    t.notOk(isProtectedOffice(bytes))
  }
})
