import t from 'tap'
import { rtfChecksum } from '../../../src/documents/containers/compressed-rtf.js'
import { unpackContainer } from '../../../src/documents/containers/unpack.js'
import { fileTime, long, type MapiSample, packedRtf, type TnefAttribute, tnefOf, tnefProperties, unicode } from './samples.js'

const TNEF = 'application/ms-tnef'
const DAMAGED = { kind: 'as-sent', reason: 'damaged' }
const open = (attributes: readonly TnefAttribute[]) => unpackContainer(tnefOf(attributes), TNEF)

const message = (...samples: MapiSample[]): TnefAttribute => [1, 0x69003, tnefProperties(samples)]
/** An attachment begins. */
const begin: TnefAttribute = [2, 0x69002, Buffer.alloc(14)]
const title = (text: string): TnefAttribute => [2, 0x18010, Buffer.from(`${text}\0`, 'latin1')]
const data = (bytes: Buffer | string): TnefAttribute => [2, 0x6800f, Buffer.from(bytes)]
const attachment = (...samples: MapiSample[]): TnefAttribute => [2, 0x69005, tnefProperties(samples)]
const codePage = (number: number): TnefAttribute => [1, 0x69007, Buffer.concat([long(number), long(0)])]

const file = { mediaType: 'application/octet-stream', role: 'attachment', title: null }

t.test('attachments with the longest name there is, in their order, and the message itself before them', async (t) => {
  const rtf = '{\\rtf1\\ansi\\pard The results are attached.\\par}'
  const unpacked = await open([
    codePage(1252),
    [1, 0x2800c, Buffer.from('The results are attached.\0')],
    message([0x1009, 0x102, packedRtf(rtf, rtfChecksum)]),
    begin,
    title('LANGER~1.PDF'),
    data('%PDF'),
    attachment([0x3707, 0x1f, unicode('langer Name – Łódź.pdf')], [0x370e, 0x1e, Buffer.from('application/pdf\0')]),
    begin,
    title('r\xf6ntgen.jpg'),
    data('jpeg'),
  ])
  t.same(unpacked, {
    kind: 'unpacked',
    signer: null,
    files: [
      {
        name: 'body.txt',
        mediaType: 'text/plain',
        role: 'body',
        title: null,
        way: 'tnef/body.txt',
        bytes: Buffer.from('The results are attached.'),
      },
      { name: 'body.rtf', mediaType: 'application/rtf', role: 'body', title: null, way: 'tnef/body.rtf', bytes: Buffer.from(rtf) },
      {
        ...file,
        name: 'langer Name – Łódź.pdf',
        mediaType: 'application/pdf',
        way: 'tnef/langer Name – Łódź.pdf',
        bytes: Buffer.from('%PDF'),
      },
      { ...file, name: 'röntgen.jpg', way: 'tnef/röntgen.jpg', bytes: Buffer.from('jpeg') },
    ],
  })
})

t.test('names and text in the code page of the stream', async (t) => {
  const cases: ReadonlyArray<readonly [number, string, string]> = [
    [932, '\x8c\x8c\x89\x74.pdf', '血液.pdf'],
    [1251, '\xc0\xed\xe0\xeb\xe8\xe7.pdf', 'Анализ.pdf'],
    [850, 'r\x94ntgen.pdf', 'röntgen.pdf'],
    [28592, '\xa3uk.pdf', 'Łuk.pdf'],
    [50220, '\x1b$B7l1U\x1b(B.pdf', '血液.pdf'],
    [65001, 'R\xc3\xbc.pdf', 'Rü.pdf'],
    [4711, 'R\xfc.pdf', 'Rü.pdf'],
  ]
  for (const [number, raw, name] of cases) {
    t.match(await open([codePage(number), begin, title(raw), data('x')]), { files: [{ name }] }, `${number}`)
  }
})

t.test('HTML in place of rich text, in UTF-8 unless it says what it is in', async (t) => {
  const html = (type: number, value: Buffer, ...more: MapiSample[]) =>
    open([codePage(1252), message([0x1013, type, value], [0x1009, 0x102, Buffer.from('?')], ...more)])
  const only = (bytes: Buffer | string) => ({
    kind: 'unpacked',
    files: [{ name: 'body.html', mediaType: 'text/html', role: 'body', bytes: Buffer.from(bytes) }],
  })
  const said = Buffer.from('<meta charset="iso-8859-2"><p>\xa3', 'latin1')
  t.match(await html(0x102, said), only(said))
  t.match(await html(0x102, Buffer.from('<p>\xa3', 'latin1'), [0x3fde, 3, long(28592)]), only('\ufeff<p>Ł'))
  t.match(await html(0x102, Buffer.from('<p>\xa3', 'latin1')), only('\ufeff<p>£'))
  t.match(await html(0x1f, Buffer.from('<p>Ł', 'utf16le')), only('\ufeff<p>Ł'))
})

t.test('an embedded message is TNEF again, and opens with its header lines', async (t) => {
  const inner = tnefOf([
    [1, 0x2800c, Buffer.from('See you.\0')],
    message(
      [0x0042, 0x1f, unicode('Dr. Ada\r\nBcc: x')],
      [0x0065, 0x1f, unicode('ada@clinic.example')],
      [0x0037, 0x1f, unicode('Appointment')],
      [0x0039, 0x40, fileTime(new Date('2026-03-04T05:06:07Z'))],
    ),
    [
      1,
      0x69004,
      Buffer.concat([
        long(2),
        ...[1, 2].map((type) =>
          tnefProperties([
            [0x0c15, 3, long(type)],
            [0x3001, 0x1f, unicode(`P${type}`)],
            [0x39fe, 0x1f, unicode(`p${type}@x.example`)],
          ]),
        ),
      ]),
    ],
  ])
  const id = Buffer.from('0703020000000000c000000000000046', 'hex')
  const outer = await open([begin, attachment([0x3001, 0x1f, unicode('Appointment')], [0x3701, 0x0d, Buffer.concat([id, inner])])])
  t.match(outer, { files: [{ name: 'Appointment.dat', mediaType: TNEF, bytes: inner }] })
  const text =
    'From: Dr. Ada Bcc: x <ada@clinic.example>\r\nTo: P1 <p1@x.example>\r\nCc: P2 <p2@x.example>\r\nDate: Wed, 04 Mar 2026 05:06:07 GMT\r\nSubject: Appointment\r\n\r\nSee you.'
  t.match(await unpackContainer(inner, TNEF), { files: [{ name: 'body.txt', bytes: Buffer.from(text) }] })
})

t.test('an OLE object comes without its class, a link as a file of no bytes, a picture for want of data', async (t) => {
  const ole = Buffer.from('0b00000000000000c000000000000046d0cf11e0', 'hex')
  const unpacked = await open([
    begin,
    attachment([0x3701, 0x0d, ole]),
    begin,
    title('link'),
    begin,
    title('icon'),
    [2, 0x68011, Buffer.from('wmf')],
    begin,
    attachment([0x3701, 0x102, Buffer.from('inside')]),
  ])
  t.match(unpacked, {
    files: [
      { name: null, way: 'tnef', bytes: Buffer.from('d0cf11e0', 'hex') },
      { name: 'link', bytes: Buffer.alloc(0) },
      { name: 'icon', bytes: Buffer.from('wmf') },
      { name: null, bytes: Buffer.from('inside') },
    ],
  })
})

t.test('a signed message inside is handed on as a MIME entity', async (t) => {
  const tag = Buffer.from('multipart/signed\0')
  t.match(await open([begin, data('Content-Type: x'), attachment([0x370e, 0x1e, tag])]), { files: [{ mediaType: 'message/rfc822' }] })
})

t.test('named properties, several values and wrong checksums are read over', async (t) => {
  const name = unicode('Keywords')
  const named = Buffer.concat([
    Buffer.from('1e100180', 'hex'),
    Buffer.alloc(16),
    long(1),
    long(name.length),
    name,
    Buffer.alloc(2),
    long(2),
    long(1),
    Buffer.from('a\0\0\0'),
    long(5),
    Buffer.from('bcdef\0\0\0'),
  ])
  const [, , both] = attachment([0x3707, 0x1f, unicode('after.pdf')], [0x370e, 0x101e, Buffer.alloc(0)])
  const props = Buffer.concat([long(2), named, both.subarray(4, 4 + 4 + 8 + 20)])
  const bytes = tnefOf([begin, data('x'), [2, 0x69005, props]])
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff
  t.match(await unpackContainer(Buffer.concat([bytes, Buffer.from('\r\n')]), TNEF), { files: [{ name: 'after.pdf' }] })
})

t.test('lengths that lie, and every cut, damage the whole', async (t) => {
  const rtf = packedRtf('{\\rtf1 text}', rtfChecksum)
  const good: readonly TnefAttribute[] = [
    message([0x1009, 0x102, rtf]),
    begin,
    title('a.pdf'),
    data('%PDF'),
    attachment([0x3707, 0x1f, unicode('a.pdf')]),
  ]
  const bytes = tnefOf(good)
  t.match(await unpackContainer(bytes, TNEF), { kind: 'unpacked', files: { length: 2 } })
  let whole = 0
  for (let length = 0; length < bytes.length; length++) {
    const { kind } = await unpackContainer(bytes.subarray(0, length), TNEF)
    if (kind === 'unpacked') whole++
  }
  // Between two attributes it can't be seen that one is missing: after the signature and after each but the last.
  t.equal(whole, good.length)
  const broken = (samples: readonly MapiSample[], change: (value: Buffer) => Buffer) =>
    open([begin, [2, 0x69005, change(tnefProperties(samples))]])
  const claim = (at: number) => (value: Buffer) => {
    value.writeUInt32LE(0xffffffff, at)
    return value
  }
  const sample: MapiSample = [0x3707, 0x1f, unicode('a')]
  const [count, values, length] = [0, 8, 12]
  for (const at of [count, values, length]) t.same(await broken([sample], claim(at)), DAMAGED, `a lie at ${at}`)
  const many = Buffer.alloc(8 * 0x10001 + 4, Buffer.from('03000100', 'hex'))
  many.writeUInt32LE(0x10001)
  t.same(await broken([], () => many), DAMAGED, 'more properties than there are')
  t.same(await broken([[0x3707, 0x77, Buffer.alloc(4)]], (value) => value), DAMAGED, 'a type that there isn’t')
  t.same(await unpackContainer(tnefOf([[3, 0x18010, Buffer.from('x')]]), TNEF), DAMAGED, 'a third level')
  t.same(await unpackContainer(Buffer.concat([bytes, Buffer.from('more')]), TNEF), DAMAGED, 'something behind the end')
})

t.test('rich text that is broken, or claims to be endless', async (t) => {
  const body = (rtf: Buffer) => open([message([0x1009, 0x102, rtf])])
  const good = packedRtf('{\\rtf1 text}', rtfChecksum)
  const change = (at: number, value: number) => {
    const bytes = Buffer.from(good)
    bytes.writeUInt32LE(value, at)
    return bytes
  }
  t.same(await body(change(12, 1)), DAMAGED, 'checksum')
  t.same(await body(change(8, 1)), DAMAGED, 'kind')
  t.same(await body(change(4, 13)), DAMAGED, 'longer than claimed')
  t.same(await body(change(4, 90_000_000)), DAMAGED, 'more than the packed bytes can hold')
  t.same(await body(change(4, 900_000_000)), { kind: 'as-sent', reason: 'too-big' })
  const plain = Buffer.concat([long(12 + 6), long(6), long(0x414c454d), long(0), Buffer.from('{\\rtf}')])
  t.match(await body(plain), { files: [{ bytes: Buffer.from('{\\rtf}') }] })
})

t.test('rich text that refers back: into the words it begins with, and into what it is just writing', async (t) => {
  const references = [0b101_0001, 0x00, 0x09, ...Buffer.from(' ab'), 0x0d, 0xb4, ...Buffer.from('}'), 0x0e, 0x40]
  const packed = Buffer.from(references)
  const rtf = '{\\rtf1\\ansi abababab}'
  const bytes = Buffer.concat([long(packed.length + 12), long(rtf.length), long(0x75465a4c), long(rtfChecksum(packed)), packed])
  t.match(await open([message([0x1009, 0x102, bytes])]), { files: [{ bytes: Buffer.from(rtf) }] })
})

t.test('limits: files and bytes in all', async (t) => {
  const bytes = tnefOf([begin, data('abc'), begin, data('def')])
  t.match(await unpackContainer(bytes, TNEF, { maxFiles: 2, maxBytes: 6 }), { kind: 'unpacked' })
  t.same(await unpackContainer(bytes, TNEF, { maxFiles: 1, maxBytes: 6 }), { kind: 'as-sent', reason: 'too-many' })
  t.same(await unpackContainer(bytes, TNEF, { maxFiles: 2, maxBytes: 5 }), { kind: 'as-sent', reason: 'too-big' })
})
