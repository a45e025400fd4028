import t from 'tap'
import type { Storage } from '../../../src/documents/containers/compound-file.js'
import { writeCompound } from '../../../src/documents/containers/compound-writer.js'
import { rtfChecksum } from '../../../src/documents/containers/compressed-rtf.js'
import { unpackContainer } from '../../../src/documents/containers/unpack.js'
import { fileTime, long, type MapiSample, msgStorage, packedRtf, unicode } from './samples.js'

const MSG = 'application/vnd.ms-outlook'
const open = (root: Storage) => unpackContainer(writeCompound(root), MSG)
const message = (samples: readonly MapiSample[], storages: readonly Storage[] = []) => msgStorage('', 32, samples, storages)
const attached = (number: number, samples: readonly MapiSample[], storages: readonly Storage[] = []) =>
  msgStorage(`__attach_version1.0_#${number.toString(16).toUpperCase().padStart(8, '0')}`, 8, samples, storages)
const recipient = (number: number, type: number, name: string, address: string) =>
  msgStorage(`__recip_version1.0_#0000000${number}`, 8, [
    [0x0c15, 3, long(type)],
    [0x3001, 0x1f, unicode(name)],
    [0x3003, 0x1f, unicode(address)],
  ])
const names: Storage = {
  name: '__nameid_version1.0',
  classId: Buffer.alloc(16),
  storages: [],
  streams: new Map([['__substg1.0_00020102', Buffer.from('guid')]]),
}

const letter: readonly MapiSample[] = [
  [0x0037, 0x1f, unicode('Your results')],
  [0x0c1a, 0x1f, unicode('Clinic')],
  [0x5d01, 0x1f, unicode('records@clinic.example')],
  [0x0c1f, 0x1f, unicode('/o=EXCHANGE/ou=x')],
  [0x0e06, 0x40, fileTime(new Date('2026-03-04T05:06:07Z'))],
  [0x1000, 0x1f, unicode('Dear Ada,\r\nsee what is attached.')],
]

t.test('a message: its text with the lines of its head, its rich text, its attachments in their order', async (t) => {
  const scan = Buffer.alloc(10_000, 'scan')
  const rtf = '{\\rtf1 Dear Ada}'
  const unpacked = await open(
    message(
      [...letter, [0x1009, 0x102, packedRtf(rtf, rtfChecksum)]],
      [
        attached(16, [
          [0x3707, 0x1f, unicode('last.txt')],
          [0x3701, 0x102, Buffer.from('z')],
        ]),
        attached(0, [
          [0x3707, 0x1f, unicode('scan Łódź.tif')],
          [0x3704, 0x1f, unicode('SCAN~1.TIF')],
          [0x370e, 0x1f, unicode('image/tiff')],
          [0x3701, 0x102, scan],
        ]),
        attached(10, [
          [0x3704, 0x1f, unicode('SHORT.DOC')],
          [0x3701, 0x102, Buffer.alloc(0)],
        ]),
        recipient(0, 1, 'Ada', 'ada@home.example'),
        recipient(1, 1, 'ben@home.example', 'ben@home.example'),
        recipient(2, 2, 'Archive', '/o=EXCHANGE/cn=archive'),
        recipient(3, 3, 'Hidden', 'hidden@x.example'),
      ],
    ),
  )
  const text =
    'From: Clinic <records@clinic.example>\r\nTo: Ada <ada@home.example>; ben@home.example\r\nCc: Archive\r\nDate: Wed, 04 Mar 2026 05:06:07 GMT\r\nSubject: Your results\r\n\r\nDear Ada,\r\nsee what is attached.'
  const body = { role: 'body', title: null }
  const file = { role: 'attachment', title: null, mediaType: 'application/octet-stream' }
  t.same(unpacked, {
    kind: 'unpacked',
    signer: null,
    files: [
      { ...body, name: 'body.txt', way: 'msg/body.txt', mediaType: 'text/plain', bytes: Buffer.from(text) },
      { ...body, name: 'body.rtf', way: 'msg/body.rtf', mediaType: 'application/rtf', bytes: Buffer.from(rtf) },
      { ...file, name: 'scan Łódź.tif', way: 'msg/scan Łódź.tif', mediaType: 'image/tiff', bytes: scan },
      { ...file, name: 'SHORT.DOC', way: 'msg/SHORT.DOC', bytes: Buffer.alloc(0) },
      { ...file, name: 'last.txt', way: 'msg/last.txt', bytes: Buffer.from('z') },
    ],
  })
})

t.test('text in the code page that the message names, or that it was mailed in', async (t) => {
  const raw = Buffer.from('a4a4a4e5', 'hex')
  const subject = async (...more: MapiSample[]) => {
    const unpacked = await open(message([[0x0037, 0x1e, raw], ...more]))
    return unpacked.kind === 'unpacked' ? unpacked.files[0]?.bytes.toString() : null
  }
  t.equal(await subject([0x3ffd, 3, long(950)], [0x3fde, 3, long(1252)]), 'Subject: 中文')
  t.equal(await subject([0x3fde, 3, long(950)]), 'Subject: 中文')
  t.equal(await subject([0x3fde, 3, long(65001)]), 'Subject: ¤¤¤å')
  t.equal(await subject(), 'Subject: ¤¤¤å')
})

t.test('an attached message becomes a file like the outer one, however deep', async (t) => {
  const inside = (depth: number): Storage => {
    const deeper =
      depth === 0
        ? []
        : [
            attached(
              0,
              [
                [0x3001, 0x1f, unicode(`level ${depth}`)],
                [0x3705, 3, long(5)],
              ],
              [inside(depth - 1)],
            ),
          ]
    return msgStorage('__substg1.0_3701000D', 24, [[0x0037, 0x1f, unicode(`subject ${depth}`)]], deeper)
  }
  let next = writeCompound(
    message(letter, [
      names,
      attached(
        0,
        [
          [0x3001, 0x1f, unicode('level 4')],
          [0x3705, 3, long(5)],
        ],
        [inside(3)],
      ),
    ]),
  )
  for (const depth of [3, 2, 1, 0]) {
    const unpacked = await unpackContainer(next, MSG)
    if (unpacked.kind !== 'unpacked') return t.fail(`level ${depth}`)
    const file = unpacked.files.at(-1)
    t.match(file, { name: `level ${depth + 1}.msg`, way: `msg/level ${depth + 1}.msg`, mediaType: MSG })
    next = file?.bytes ?? Buffer.alloc(0)
    t.match(await unpackContainer(next, MSG), { files: [{ bytes: Buffer.from(`Subject: subject ${depth}`) }] })
    t.ok(next.includes('__nameid_version1.0', 0, 'utf16le'), 'with the names of its properties')
  }
})

t.test('an OLE object is a compound file of its own, a link a file of no bytes', async (t) => {
  const picture: Storage = {
    name: '__substg1.0_3701000D',
    classId: Buffer.alloc(16, 7),
    storages: [],
    streams: new Map([['CONTENTS', Buffer.from('wmf')]]),
  }
  const unpacked = await open(
    message(letter, [
      attached(
        0,
        [
          [0x3705, 3, long(6)],
          [0x3001, 0x1f, unicode('Picture')],
        ],
        [picture],
      ),
      attached(1, [
        [0x3705, 3, long(7)],
        [0x3707, 0x1f, unicode('linked.docx')],
      ]),
    ]),
  )
  t.match(unpacked, {
    files: [{ role: 'body' }, { name: 'Picture', bytes: writeCompound(picture) }, { name: 'linked.docx', bytes: Buffer.alloc(0) }],
  })
})

t.test('limits: files and bytes in all, and a thousand recipients are cut short', async (t) => {
  const root = message(
    letter,
    [0, 1].map((number) => attached(number, [[0x3701, 0x102, Buffer.alloc(500)]])),
  )
  t.match(await unpackContainer(writeCompound(root), MSG, { maxFiles: 3, maxBytes: 2000 }), { kind: 'unpacked' })
  t.same(await unpackContainer(writeCompound(root), MSG, { maxFiles: 2, maxBytes: 2000 }), { kind: 'as-sent', reason: 'too-many' })
  t.same(await unpackContainer(writeCompound(root), MSG, { maxFiles: 1, maxBytes: 2000 }), { kind: 'as-sent', reason: 'too-many' })
  t.same(await unpackContainer(writeCompound(root), MSG, { maxFiles: 3, maxBytes: 1000 }), { kind: 'as-sent', reason: 'too-big' })
  const many = Array.from({ length: 1000 }, (_, index) =>
    msgStorage(`__recip_version1.0_#${index.toString(16).padStart(8, '0')}`, 8, [
      [0x0c15, 3, long(1)],
      [0x3001, 0x1f, unicode(`Somebody ${index}`)],
    ]),
  )
  const unpacked = await open(message(letter, many))
  const text = unpacked.kind === 'unpacked' ? (unpacked.files[0]?.bytes.toString() ?? '') : ''
  t.match(text, /; Somebody 199; …\r\n/)
  t.notMatch(text, /Somebody 200/)
})

t.test('a compound file that is no message, and one whose message is broken', async (t) => {
  const damaged = { kind: 'as-sent', reason: 'damaged' }
  t.same(await open({ name: '', classId: Buffer.alloc(16), storages: [], streams: new Map([['WordDocument', Buffer.alloc(99)]]) }), damaged)
  const short: Storage = { name: '__substg1.0_3701000D', classId: Buffer.alloc(16), storages: [], streams: new Map() }
  t.same(await open(message(letter, [attached(0, [[0x3705, 3, long(5)]], [short])])), damaged)
  t.same(await unpackContainer(Buffer.from('no compound file'), MSG), damaged)
})
