// Uuencoded files come out byte for byte or are named as faults, and nothing makes the reader slow.

import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import { carriesUuencoded, decodeUuencoded, findUuencoded } from '../../src/mail/uuencode.js'
import { hasPython } from '../fuzz/python.js'
import { lines, uuencoded } from './samples.js'

async function found(text: string | Buffer, most = 1000) {
  const { files, faults, isTooMany } = await findUuencoded(Buffer.from(text as string, 'latin1'), most)
  return { files: files.map(({ name, bytes }) => [name, bytes.toString('latin1')]), faults, isTooMany }
}

async function decoded(text: string | Buffer) {
  // Something before and behind, so that reading past either end shows.
  const inner = Buffer.from(text as string, 'latin1')
  const raw = Buffer.concat([Buffer.from('M\nbegin 644 x\n'), inner, Buffer.from('\n`\nend\n')])
  const { name, bytes, fault } = await decodeUuencoded(raw, 14, 14 + inner.length)
  return fault ? fault : [name, bytes.toString('latin1')]
}

const content = fc
  .oneof(fc.uint8Array({ maxLength: 400 }), fc.array(fc.constantFrom(0, 0, 0, 255, 65), { maxLength: 300 }))
  .map((bytes) => Buffer.from(bytes))

t.test('what an independent encoder wrote comes back byte for byte, whatever it writes for zero', async () => {
  const perLine = fc.constantFrom(45, 45, 60, 63, 30, 3, 1)
  await fc.assert(
    fc.asyncProperty(content, fc.constantFrom('`', ' '), perLine, fc.constantFrom('\r\n', '\n'), async (bytes, zero, perLine, end) => {
      const text = uuencoded(bytes, { name: 'scan 1.tif', zero, perLine }).replaceAll('\r\n', end)
      const [alone, inText] = [await decoded(text), await found(`Dear Pat,${end}${text}Regards${end}`)]
      const expected = ['scan 1.tif', bytes.toString('latin1')]
      return JSON.stringify([alone, inText.files, inText.faults]) === JSON.stringify([expected, [expected], []])
    }),
  )
})

t.test('python’s own encoder is read as well as ours', { skip: hasPython ? false : 'there is no python3 here' }, async (t) => {
  const script = [
    'import binascii, json, sys',
    'for line in json.load(sys.stdin):',
    '    data = bytes.fromhex(line)',
    '    for backtick in (False, True):',
    '        pieces = [binascii.b2a_uu(data[at:at + 45], backtick=backtick) for at in range(0, len(data), 45)]',
    '        print(json.dumps((b"".join(pieces) + binascii.b2a_uu(b"", backtick=backtick)).decode()))',
  ].join('\n')
  const samples = fc.sample(content, { numRuns: 150, seed: 20261126 })
  const said = spawnSync('python3', ['-c', script], { input: JSON.stringify(samples.map((bytes) => bytes.toString('hex'))) })
  const texts = said.stdout.toString().trimEnd().split('\n')
  t.equal(texts.length, 2 * samples.length)
  const differing: number[] = []
  for (const [index, text] of texts.entries()) {
    const back = await decoded(`begin 600 x.bin\n${JSON.parse(text)}end\n`)
    if (back[1] !== samples[index >> 1]?.toString('latin1')) differing.push(index)
  }
  t.same(differing, [])
})

t.test('zeroes that stood as spaces at the end of lines may be lost on the way', async (t) => {
  const bytes = Buffer.concat([
    Buffer.from('PDF'),
    Buffer.alloc(50),
    Buffer.from('some more bytes of it'),
    Buffer.alloc(70),
    Buffer.from('!'),
  ])
  const text = uuencoded(bytes, { zero: ' ' }).replace(/ +\r$/gm, '\r')
  t.match(text, /^M\r$/m)
  t.same(await decoded(text), ['a.pdf', bytes.toString('latin1')])
  t.same((await found(text)).files, [['a.pdf', bytes.toString('latin1')]])
})

t.test('characters that only fill up the last group may be missing', async (t) => {
  t.same(await decoded(lines('begin 644 a', '!00', '`', 'end')), ['a', 'A'])
  t.same(await decoded(lines('begin 644 a', '"04(', '`', 'end')), ['a', 'AB'])
})

t.test('a line that was cut is never taken for one that lost its zeroes', async (t) => {
  const bytes = Buffer.from('Hemoglobin 13.5 g/dl, within what is usual; nothing else was found.'.repeat(3))
  const text = uuencoded(bytes)
  for (const zero of ['`', ' ']) {
    const whole = uuencoded(Buffer.concat([Buffer.alloc(20), bytes, Buffer.alloc(60), bytes]), { zero })
    for (const missing of [4, 10, 40])
      t.same(await decoded(whole.replace(new RegExp(`^(M.{${60 - missing}}).*\\r$`, 'm'), '$1\r')), 'uuencode-cut', `${zero} ${missing}`)
  }
  t.same(await decoded(text.replace(/^(M.{50}).*\r$/gm, '$1\r')), 'uuencode-cut', 'all lines, at a column')
  const zeroes = Buffer.alloc(90, 'A\0\0\0B')
  const allShort = uuencoded(zeroes, { zero: ' ' })
    .replace(/^(M.{50}).*\r$/gm, '$1\r')
    .replace(/ +\r$/gm, '\r')
  t.same(await decoded(allShort), 'uuencode-cut', 'all lines, at a column, with spaces in them')
  // Zeroes at the end of lines do arrive, so those that are missing elsewhere are none.
  const first = uuencoded(Buffer.concat([zeroes, bytes]), { zero: ' ' })
  for (const [what, cut] of [
    ['a file that also writes them otherwise', first.replace(/^(M.*) (?=\S.*\r$)/m, '$1`')],
    ['a file that keeps them', uuencoded(Buffer.concat([zeroes, bytes, Buffer.alloc(45)]), { zero: ' ' })],
  ] as const) {
    t.match(await decoded(cut), ['a.pdf'], what)
    t.same(await decoded(cut.replace(/^(M.*)\S{20} *\r\n(?=M.*\r\nM)/m, '$1\r\n')), 'uuencode-cut', what)
  }
})

t.test('a file without its end, or with something wrong in it, is a fault wherever it stands', async (t) => {
  const whole = uuencoded(Buffer.from('a document of some length, over more than one line of text'))
  const [begin = '', first = '', second = ''] = whole.split('\r\n')
  const cases: Array<[string, string, string]> = [
    ['no end', whole.replace('end\r\n', ''), 'uuencode-cut'],
    ['no end, and no last line', lines(begin, first), 'uuencode-cut'],
    ['ends within a line', lines(begin, first).slice(0, -20), 'uuencode-cut'],
    ['another begins', `${lines(begin, first)}${whole}`, 'uuencode-cut'],
    ['a line too long', whole.replace(second, `${second}AB`), 'uuencode-junk'],
    ['one line with a character more', whole.replace(first, `${first}A`), 'uuencode-junk'],
    ['a lower-case letter', whole.replace(first, `${first.slice(0, -1)}x`), 'uuencode-junk'],
    ['a tab', whole.replace(first, `${first.slice(0, 20)}\t${first.slice(21)}`), 'uuencode-junk'],
    ['an empty line in the middle', lines(begin, first, '', second, '`', 'end'), 'uuencode-junk'],
    ['the short line first', lines(begin, second, first, '`', 'end'), 'uuencode-junk'],
    ['a length that was damaged', lines(begin, first, `L${first.slice(1)}`, first, '`', 'end'), 'uuencode-junk'],
    ['words before the end', whole.replace('`\r\n', '`\r\nregards\r\n'), 'uuencode-junk'],
    ['a quoted line', whole.replace(second, `>${second}`), 'uuencode-cut'],
  ]
  for (const [what, text, fault] of cases) {
    t.same(await decoded(text), fault, what)
    t.same(
      await found(`Dear Pat,\r\n${text}`),
      {
        files: what === 'another begins' ? [['a.pdf', 'a document of some length, over more than one line of text']] : [],
        faults: [fault],
        isTooMany: false,
      },
      what,
    )
  }
})

t.test('a check character on every line, blanks behind lines and no empty line before the end are known', async (t) => {
  const bytes = Buffer.from('a document of some length, over more than one line of text')
  const whole = uuencoded(bytes)
  const expected = ['a.pdf', bytes.toString()]
  t.same(await decoded(whole.replace(/^([M-].*)\r$/gm, '$1Z\r')), expected)
  t.same(await decoded(whole.replace(/\r$/gm, ' \t \r')), expected)
  t.same(await decoded(whole.replace('`\r\n', '')), expected)
  t.same(await decoded(whole.replace('`\r\n', '\r\n \r\n')), expected)
  t.same(await decoded(`\r\n \r\n${whole}\r\n\r\n`), expected)
})

t.test('a part that is said to be uuencoded holds one file and nothing else', async (t) => {
  const whole = uuencoded('PDF')
  t.same(await decoded(''), 'uuencode-cut')
  t.same(await decoded('\r\n \r\n'), 'uuencode-cut')
  t.same(await decoded('no file at all\r\n'), 'uuencode-junk')
  t.same(await decoded(`the file:\r\n${whole}`), 'uuencode-junk')
  t.same(await decoded(`${whole}regards\r\n`), 'uuencode-junk')
  t.same(await decoded(whole + whole), 'uuencode-junk')
  t.same(await decoded(whole.replace(' a.pdf', '')), [null, 'PDF'])
})

t.test('several files are found, with words before, between and behind them', async (t) => {
  const text = `begin here:\r\n${uuencoded('ONE')}and\r\n${uuencoded('', { name: 'nothing' })}${uuencoded('THREE', { name: 'c.tif' })}begin 644 x\r\n`
  const files = [
    ['a.pdf', 'ONE'],
    ['nothing', ''],
    ['c.tif', 'THREE'],
  ]
  t.same(await found(text), { files, faults: [], isTooMany: false })
  t.same(await found(text, 3), { files, faults: [], isTooMany: false })
  t.same(await found(text, 2), { files: files.slice(0, 2), faults: [], isTooMany: true })
  t.equal(carriesUuencoded(Buffer.from(text)), true)
})

t.test('names are told as they were sent', async (t) => {
  t.same((await found(uuencoded('PDF', { name: '../../Befund M\xe4rz.pdf' }))).files, [['../../Befund März.pdf', 'PDF']])
  t.same((await found(uuencoded('PDF', { name: Buffer.from('März.pdf').toString('latin1') }))).files, [['März.pdf', 'PDF']])
})

t.test('words are no file', async (t) => {
  const texts = [
    lines('begin 644 as soon as you can,', 'thanks'),
    lines('begin 100 mg', 'twice a day'),
    lines('begin 100 mg', 'I', 'end'),
    lines('begin 100 MG', 'TAKE TWO OF THEM EVERY DAY, MORNING AND EVENING, WITH A MEAL.'),
    lines('begin 644 a.pdf'),
    lines('begin 644 a.pdf', 'end'),
    'begin 644 a.pdf',
    lines('Begin 644 a.pdf', '#4$1&', '`', 'end'),
    lines('> begin 644 a.pdf', '> #4$1&', '> `', '> end'),
    lines(`begin 644 ${'x'.repeat(1000)}`, '#4$1&', '`', 'end'),
  ]
  for (const text of texts) {
    t.same(await found(text), { files: [], faults: [], isTooMany: false }, text)
    t.equal(carriesUuencoded(Buffer.from(text)), false)
  }
})

t.test('a file whose first line is damaged is still seen', async (t) => {
  const whole = uuencoded(Buffer.alloc(200, 'document '))
  t.same((await found(whole.replace(/^M/m, 'm'))).faults, ['uuencode-junk'])
  t.same((await found(whole.replace(/^M.*\r\nM/m, 'xxx\r\nyyy\r\nM'))).faults, ['uuencode-junk'])
})

t.test('no text, however hostile, takes more than its length', async (t) => {
  const line = `M${'A'.repeat(60)}\r\n`
  const hostile: Array<[string, string]> = [
    ['begin lines', 'begin 644 x\r\n'.repeat(400_000)],
    ['begin lines without end', 'begin '.repeat(800_000)],
    ['begin lines of the longest kind', `begin 644 ${'x '.repeat(490)}\r\n`.repeat(5000)],
    ['files of one line without end', `begin 644 x\r\n${line}`.repeat(70_000)],
    ['one line without end', `begin 644 x\r\nM${'A'.repeat(5_000_000)}`],
    ['one file without end', `begin 644 x\r\n${line.repeat(80_000)}`],
    ['blank lines', `begin 644 x\r\n${line}${'\r\n'.repeat(2_000_000)}`],
    ['blanks', `begin 644 x\r\n${line}${' '.repeat(5_000_000)}`],
    ['files of nothing', 'begin 644 x\r\n`\r\nend\r\n'.repeat(200_000)],
    ['begin lines and words', `begin 644 x\r\n${'a\r\n'.repeat(9)}`.repeat(120_000)],
    ['lying lengths', `begin 644 x\r\n${line}${'_A\r\n'.repeat(1_000_000)}`],
  ]
  for (const [what, text] of hostile) {
    const bytes = Buffer.from(text, 'latin1')
    const started = process.cpuUsage()
    await findUuencoded(bytes, 1000)
    await decodeUuencoded(bytes, 0, bytes.length)
    // The machine's time is others' too; the work is ours.
    const ms = process.cpuUsage(started).user / 1000
    t.ok(ms < 5000, `${what}: ${Math.round(ms)} ms for ${bytes.length} bytes`)
  }
})
