import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { isContainer, unpackContainer } from '../../../src/documents/containers/unpack.js'
import { unicodePath, type ZipSample, zip64Of, zipOf } from './samples.js'

const ZIP = 'application/zip'
const DAMAGED = { kind: 'as-sent', reason: 'damaged' }
const open = (samples: readonly ZipSample[]) => unpackContainer(zipOf(samples), ZIP)

/** Names and texts of what was unpacked. */
async function contents(bytes: Buffer): Promise<Array<[string | null, string]>> {
  const unpacked = await unpackContainer(bytes, ZIP)
  return unpacked.kind === 'unpacked' ? unpacked.files.map((file) => [file.name, file.bytes.toString()]) : []
}

t.test('files come out as they went in, folders do not', async (t) => {
  const scan = randomBytes(70_000)
  const unpacked = await open([
    { name: 'records/' },
    { name: 'records/scan.tif', content: scan },
    { name: 'records/letter.txt', content: 'Dear Ada', method: 0 },
    { name: 'empty.txt', method: 0 },
  ])
  const file = { mediaType: 'application/octet-stream', role: 'attachment', title: null }
  t.same(unpacked, {
    kind: 'unpacked',
    signer: null,
    files: [
      { ...file, name: 'records/scan.tif', way: 'zip/records/scan.tif', bytes: scan },
      { ...file, name: 'records/letter.txt', way: 'zip/records/letter.txt', bytes: Buffer.from('Dear Ada') },
      { ...file, name: 'empty.txt', way: 'zip/empty.txt', bytes: Buffer.alloc(0) },
    ],
  })
})

t.test('names in every spelling: flagged, not flagged, code page 437, the Unicode field, backslashes', async (t) => {
  const raw = 'Bericht_.txt'
  const names = await contents(
    zipOf([
      { name: 'Ärztin.txt', flags: 0x800 },
      { name: 'Müller.txt', flags: 0 },
      { name: Buffer.from('R\x81ckgrat.txt', 'latin1'), flags: 0 },
      { name: raw, extra: unicodePath(raw, 'Bericht_Łukasz.txt'), flags: 0 },
      { name: 'scans\\a.txt' },
    ]),
  )
  t.same(
    names.map(([name]) => name),
    ['Ärztin.txt', 'Müller.txt', 'Rückgrat.txt', 'Bericht_Łukasz.txt', 'scans/a.txt'],
  )
})

t.test('a name is no path: kept as it is, without control characters in the way', async (t) => {
  const unpacked = await open([{ name: '../../etc/pass\u202ewd\n' }, { name: '/abs' }, { name: 'C:/x' }])
  t.match(unpacked, { files: [{ name: '../../etc/pass\u202ewd\n', way: 'zip/../../etc/passwd' }, { name: '/abs' }, { name: 'C:/x' }] })
})

t.test('a folder that holds bytes is a file', async (t) => {
  t.same(await contents(zipOf([{ name: 'odd/', content: 'text' }])), [['odd/', 'text']])
})

t.test('ZIP64', async (t) => {
  t.same(await contents(zip64Of('big.txt', 'not so big')), [['big.txt', 'not so big']])
})

t.test('a comment, and a line break that a gateway put behind, change nothing', async (t) => {
  const bytes = zipOf([{ name: 'a', content: 'x' }], { comment: 'made by a scanner' })
  t.same(await contents(Buffer.concat([bytes, Buffer.from('\r\n')])), [['a', 'x']])
})

t.test('what systems leave behind is no document, what only bears its name is', async (t) => {
  const mark = Buffer.from('00051607', 'hex')
  const store = Buffer.from('0000000142756431', 'hex')
  const thumbs = Buffer.from('d0cf11e0a1b11ae1', 'hex')
  const junk = [
    { name: '__MACOSX/._a.pdf', content: mark },
    { name: 'x/.DS_Store', content: store },
    { name: 'Thumbs.db', content: thumbs },
  ]
  t.same(await contents(zipOf(junk)), [])
  const named = junk.map(({ name }) => ({ name, content: 'a document' }))
  t.equal((await contents(zipOf([...named, { name: '._a.pdf', content: mark }, { name: '__MACOSX/a.pdf', content: mark }]))).length, 5)
})

t.test('a password on one entry, of any kind, protects it all', async (t) => {
  for (const odd of [{ flags: 1 }, { flags: 0x41 }, { flags: 0x2000 }, { method: 99, packed: Buffer.from('x'), flags: 0 }]) {
    t.same(
      await open([
        { name: 'a.txt', content: 'x' },
        { name: 'b.txt', content: 'y', ...odd },
      ]),
      { kind: 'protected' },
    )
  }
})

t.test('damage costs the whole container: nothing comes out short or changed', async (t) => {
  const whole = zipOf([
    { name: 'a.txt', content: 'some text' },
    { name: 'b.txt', content: 'more' },
  ])
  const hidden = zipOf(
    [
      { name: 'a', content: 'x' },
      { name: 'b', content: 'y' },
    ],
    { count: 1 },
  )
  hidden.writeUInt8(0, hidden.lastIndexOf('PK\x01\x02', undefined, 'latin1'))
  const cases: Readonly<Record<string, Buffer>> = {
    'something in the directory that is no entry': hidden,
    'wrong checksum': zipOf([{ name: 'a', content: 'x', crc: 1 }]),
    'wrong checksum, stored': zipOf([{ name: 'a', content: 'x', crc: 1, method: 0 }]),
    'longer than claimed': zipOf([{ name: 'a', content: 'xx', size: 1 }]),
    'shorter than claimed': zipOf([{ name: 'a', content: 'xx', size: 3 }]),
    'stored, shorter than claimed': zipOf([{ name: 'a', content: 'xx', size: 3, method: 0 }]),
    'cut deflate': zipOf([{ name: 'a', content: 'x'.repeat(99), packed: deflateRawSync('x'.repeat(99)).subarray(0, 3) }]),
    'a method nobody here knows': zipOf([{ name: 'a', content: 'x', method: 14, packed: Buffer.from('x') }]),
    'a method nobody here knows, though the bytes are deflated': zipOf([
      { name: 'a', content: 'x', method: 12, packed: deflateRawSync('x') },
    ]),
    'cut off': whole.subarray(0, -30),
    'without its end': whole.subarray(0, -22),
    'fewer entries claimed than listed': zipOf(
      [
        { name: 'a', content: 'x' },
        { name: 'b', content: 'y' },
      ],
      { count: 1 },
    ),
    'more entries claimed than listed': zipOf([{ name: 'a', content: 'x' }], { count: 2 }),
    'no ZIP at all': Buffer.from('PK\x03\x04 and that is it'),
    nothing: Buffer.alloc(0),
  }
  for (const [name, bytes] of Object.entries(cases)) t.same(await unpackContainer(bytes, ZIP), DAMAGED, name)
})

t.test('entries that share bytes are refused, whichever way', async (t) => {
  const bomb = { content: 'x'.repeat(1000) }
  t.same(
    await open([
      { name: 'a', ...bomb },
      { name: 'b', ...bomb, offset: 0, isListedOnly: true },
    ]),
    DAMAGED,
    'the same bytes twice',
  )
  const inner = zipOf([{ name: 'b', ...bomb }]).subarray(0, -68)
  const outer = { name: 'a', content: inner, method: 0 }
  t.same(await open([outer, { name: 'b', ...bomb, offset: 31, isListedOnly: true }]), DAMAGED, 'one inside of the other')
})

/** In a word: a report of thirty megabytes that differ helps nobody. */
async function outcome(bytes: Buffer, maxFiles: number, maxBytes: number): Promise<string> {
  const unpacked = await unpackContainer(bytes, ZIP, { maxFiles, maxBytes })
  return unpacked.kind === 'as-sent' ? unpacked.reason : unpacked.kind
}

t.test('bombs stop at the limits, and cost no more than they may', async (t) => {
  const zeros = Buffer.alloc(30_000_000)
  const ratio = zipOf([{ name: 'zeros', content: zeros }])
  t.ok(ratio.length < 40_000, 'a thousand to one')
  t.equal(await outcome(ratio, 9, 29_999_999), 'too-big')
  t.equal(await outcome(ratio, 9, 30_000_000), 'unpacked')
  const lying = zipOf([{ name: 'zeros', content: zeros, size: 10 }])
  const start = process.memoryUsage().arrayBuffers
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - start)
  }, 1)
  t.equal(await outcome(lying, 9, 1000), 'damaged', 'a size that lies')
  clearInterval(timer)
  t.ok(peak < 10_000_000, 'and is found out before all of it is inflated')
  const three = ['a', 'b', 'c'].map((name) => ({ name, content: 'x'.repeat(400) }))
  t.equal(await outcome(zipOf(three), 9, 1000), 'too-big', 'all together')
  t.equal(await outcome(zipOf(three), 2, 9999), 'too-many')
})

t.test('a hundred thousand entries are refused unread', async (t) => {
  const many = zipOf(
    Array.from({ length: 100_000 }, (_, index) => ({ name: `${index}`, packed: Buffer.alloc(0) })),
    { count: 0xffff },
  )
  const start = process.cpuUsage()
  t.same(await unpackContainer(many, ZIP), { kind: 'as-sent', reason: 'too-many' })
  t.ok(process.cpuUsage(start).user < 1_000_000)
})

t.test('a ZIP in a ZIP is one file: only one level is opened', async (t) => {
  const inner = zipOf([{ name: 'a', content: 'x' }])
  t.match(await open([{ name: 'inner.zip', content: inner }]), { files: [{ name: 'inner.zip', bytes: inner }] })
})

t.test('office documents are no containers, nor is what nobody here opens', async (t) => {
  for (const type of ['application/zip', 'application/ms-tnef', 'application/vnd.ms-outlook', 'application/pkcs7-mime'])
    t.ok(isContainer(type))
  const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
  for (const type of [word, 'application/vnd.oasis.opendocument.text', 'message/rfc822', 'application/vnd.rar', '']) {
    t.notOk(isContainer(type))
    t.same(await unpackContainer(zipOf([{ name: 'a' }]), type), DAMAGED)
  }
})
