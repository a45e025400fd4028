import fc from 'fast-check'
import t from 'tap'
import { decode, type TransferEncoding, transferEncoding } from '../../src/mail/transfer.js'

async function decoded(text: string | Buffer, encoding: TransferEncoding) {
  // Something before and behind, so that reading past either end shows.
  const inner = Buffer.from(text)
  const raw = Buffer.concat([Buffer.from('QUJD=41'), inner, Buffer.from('QUJD=41')])
  return await decode(raw, 7, 7 + inner.length, encoding)
}

function folded(bytes: Uint8Array, lineLength: number, lineEnd: string): string {
  const text = Buffer.from(bytes).toString('base64')
  const lines = Array.from({ length: Math.ceil(text.length / lineLength) }, (_, line) =>
    text.slice(line * lineLength, (line + 1) * lineLength),
  )
  return lines.join(lineEnd)
}

t.test('base64 comes back byte for byte, in lines of any length and with any line end', async () => {
  const ends = fc.constantFrom('\r\n', '\n', '')
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), fc.integer({ min: 1, max: 90 }), ends, ends, async (bytes, length, end, last) => {
      const { bytes: back, fault } = await decoded(folded(bytes, length, end) + last, 'base64')
      return fault === null && back.equals(bytes)
    }),
  )
})

t.test('base64 of several megabytes comes back byte for byte, in lines and in one', async (t) => {
  const bytes = Buffer.alloc(5_000_001, 'several megabytes of something ')
  for (const [length, end] of [
    [76, '\r\n'],
    [76, '\n'],
    [10_000_000, ''],
    [75, '\n'],
  ] as const) {
    const { bytes: back, fault } = await decoded(folded(bytes, length, end), 'base64')
    t.ok(fault === null && back.equals(bytes), `${length}`)
  }
})

t.test('base64 of nothing is nothing, whatever stands before it', async (t) => {
  for (const before of ['=', '==', 'X: QQ==']) {
    const raw = Buffer.from(before)
    t.same(await decode(raw, raw.length, raw.length, 'base64'), { bytes: Buffer.alloc(0), fault: null }, before)
  }
})

t.test('what is wrong with base64 is named', async (t) => {
  const cases: Array<[string, string | null, string]> = [
    ['QUJD', null, 'ABC'],
    ['QUI=', null, 'AB'],
    ['QUI=\r\n\r\n', null, 'AB'],
    ['QU\tJD', null, 'ABC'],
    ['QUJD====', null, 'ABC'],
    ['', null, ''],
    ['\r\n', null, ''],
    ['QUJDR', 'base64-cut', 'ABC'],
    ['QUJDRE', 'base64-cut', 'ABCD'],
    ['QUJDREU', 'base64-cut', 'ABCDE'],
    ['QUJDRE=', 'base64-cut', 'ABCD'],
    ['QU!JD', 'base64-junk', 'ABC'],
    ['QU-D', 'base64-junk', 'A'],
    ['QU_D', 'base64-junk', 'A'],
    ['QU\0JD', 'base64-junk', 'ABC'],
    ['QUI=QUJD', 'base64-after-padding', 'AB'],
    ['QUI=\r\nQUJD\r\n', 'base64-after-padding', 'AB'],
  ]
  for (const [text, fault, bytes] of cases) {
    const result = await decoded(text, 'base64')
    t.same([result.fault, result.bytes.toString().slice(0, bytes.length)], [fault, bytes], JSON.stringify(text))
  }
})

t.test('one byte of junk in megabytes of good base64 is noticed', async (t) => {
  const text = folded(Buffer.alloc(3_000_000, 'x'), 76, '\r\n')
  for (const junk of ['-', '_', '*', '\0']) {
    t.equal(
      (await decoded(`${text.slice(0, 2_000_000)}${junk}${text.slice(2_000_001)}`, 'base64')).fault,
      'base64-junk',
      JSON.stringify(junk),
    )
  }
})

t.test('quoted-printable is decoded as its standard says', async (t) => {
  const cases: Array<[string, string]> = [
    ['a=3Db', 'a=b'],
    ['a=3db', 'a=b'],
    ['soft=\r\nbreak', 'softbreak'],
    ['soft=\nbreak', 'softbreak'],
    ['soft =\r\n break', 'soft  break'],
    ['soft= \t\r\nbreak', 'softbreak'],
    ['blank at the end \t\r\nnext', 'blank at the end\r\nnext'],
    ['blank at the end=20\r\nnext', 'blank at the end \r\nnext'],
    ['last line  ', 'last line'],
    ['last line=20', 'last line '],
    ['a lone = stays', 'a lone = stays'],
    ['so does =XY', 'so does =XY'],
    ['line\r\n\r\nline\n', 'line\r\n\r\nline\n'],
    ['ends softly=', 'ends softly'],
    ['', ''],
  ]
  for (const [text, bytes] of cases) t.equal((await decoded(text, 'quoted-printable')).bytes.toString(), bytes, JSON.stringify(text))
})

t.test('bytes that quoted-printable should have encoded are left as they are', async (t) => {
  t.same((await decoded(Buffer.from([0xe4, 0x3d, 0x45, 0x34]), 'quoted-printable')).bytes, Buffer.from([0xe4, 0xe4]))
})

t.test('fully encoded quoted-printable comes back byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: 1, max: 20 }), async (bytes, perLine) => {
      const text = [...bytes].map((byte, at) => `=${byte.toString(16).padStart(2, '0')}${at % perLine === 0 ? '=\r\n' : ''}`).join('')
      return (await decoded(text, 'quoted-printable')).bytes.equals(bytes)
    }),
  )
})

t.test('quoted-printable that ends inside an escape was cut', async (t) => {
  t.equal((await decoded('cut =4', 'quoted-printable')).fault, 'quoted-printable-cut')
  t.equal((await decoded('cut =', 'quoted-printable')).fault, 'quoted-printable-cut')
  t.equal((await decoded('whole =41', 'quoted-printable')).fault, null)
})

t.test('a megabyte of blanks in quoted-printable takes no longer than any other', async (t) => {
  const { bytes } = await decoded(`${' '.repeat(2_000_000)}x`, 'quoted-printable')
  t.equal(bytes.length, 2_000_001)
})

t.test('encodings are known by the names programs give them', (t) => {
  const cases: Array<[TransferEncoding, string, readonly string[]]> = [
    ['identity', 'usual', ['', '7bit', '8BIT', ' binary ', '8bits', '7-bit', '"7bit"', 'utf-8', '7bit;']],
    ['base64', 'usual', ['base64', 'BASE64 ']],
    ['base64', 'odd', ['"base64"', 'base64 ; x=y', 'base64;', 'base 64', 'Base-64']],
    ['quoted-printable', 'usual', ['Quoted-Printable']],
    ['quoted-printable', 'odd', ['quoted-printable;', '"quoted-printable"; charset=utf-8']],
    ['quoted-printable', 'unsure', ['quoted printable', 'quotedprintable']],
    ['uuencode', 'usual', ['x-uuencode', 'uuencode', 'X-UUE', 'uue', 'x-uu; name=a']],
    ['unknown', 'usual', ['x-yencode', 'base65', 'base6', ';base64', 'base64 x', 'text/html']],
  ]
  for (const [encoding, spelling, names] of cases)
    for (const name of names) t.same(transferEncoding(name), { encoding, spelling }, JSON.stringify(name))
  t.end()
})
