// Messages over which mail programs differ: each is either read whole or has a defect. None is lost in silence.

import { createHash } from 'node:crypto'
import t from 'tap'
import { parseMessage } from '../../src/mail/message.js'
import { file, lines, multipart, text, uuencoded } from './samples.js'

function parse(raw: Buffer | string) {
  return parseMessage([Buffer.from(raw)])
}

async function details(raw: Buffer | string) {
  const { defects } = await parse(raw)
  return defects.map(({ part, reason, detail }) => `${part} ${reason} ${detail}`)
}

const BODY = multipart([text('hello'), file('PDF')]).toString('latin1')

t.test('blanks behind a boundary are legal and cost nothing', async (t) => {
  for (const padding of [' ', '\t', ' \t \t']) {
    const message = await parse(BODY.replace(/^(--b1(--)?)\r$/gm, `$1${padding}\r`))
    t.same(message.defects, [])
    t.same(
      message.parts.map(({ bytes }) => bytes.toString()),
      ['hello', 'PDF'],
    )
  }
})

t.test('a message with bare line feeds is read like any other', async (t) => {
  const message = await parse(BODY.replaceAll('\r\n', '\n'))
  t.same(message.defects, [])
  t.equal(message.parts[1]?.bytes.toString(), 'PDF')
})

t.test('text before the first and after the last boundary is nobody’s', async (t) => {
  const message = await parse(BODY.replace('\r\n\r\n--b1', '\r\n\r\nThis is a multi-part message.\r\n--b1').concat('\r\nlist footer\r\n'))
  t.same([message.defects, message.parts.length], [[], 2])
})

t.test('a part of nothing is a part', async (t) => {
  for (const empty of ['', '\r\n', 'Content-Type: text/plain\r\n\r\n', 'Content-Type: text/plain\r\n']) {
    const message = await parse(multipart([empty, file('PDF')]))
    t.same([message.defects, message.parts.length, message.parts[0]?.bytes.length], [[], 2, 0], JSON.stringify(empty))
    t.equal(message.parts[0]?.sha256, createHash('sha256').digest('hex'))
  }
})

t.test('uuencode with something missing or wrong is named, as an encoding and in the middle of a text', async (t) => {
  const whole = uuencoded('a document of some length, over more than one line of text')
  const part = (body: string) => lines('Content-Type: application/pdf; name=a.pdf', 'Content-Transfer-Encoding: x-uuencode', '', body)
  const cut = whole.replace('end\r\n', '')
  const damaged = whole.replace(/^(M.{20})./m, '$1x')
  t.same(await details(multipart([text('hello'), part(cut)])), ['2 truncated-part uuencode-cut'])
  t.same(await details(multipart([text('hello'), part('')])), ['2 truncated-part uuencode-cut'])
  t.same(await details(multipart([text('hello'), part(damaged)])), ['2 malformed-message uuencode-junk'])
  t.same(await details(multipart([text('hello'), part(`and words\r\n${whole}`)])), ['2 malformed-message uuencode-junk'])
  t.same(await details(lines('Subject: x', '', 'the file:', cut)), ['1 truncated-part uuencode-cut'])
  t.same(await details(lines('Subject: x', '', damaged)), ['1 malformed-message uuencode-junk'])
})

t.test('more files in a text than a message may have parts are named', async (t) => {
  const raw = Buffer.from(lines('Subject: x', '', uuencoded('ONE') + uuencoded('TWO')))
  t.match(await parseMessage([raw], { maxParts: 2 }), { defects: [{ part: '', detail: 'too-many-parts' }] })
  t.match(await parseMessage([raw], { maxParts: 3 }), { defects: [] })
})

t.test('a piece of a message, and a pointer to what is not there, are named', async (t) => {
  const inner = lines('Subject: inner', '', 'hello')
  const partial = lines('Content-Type: message/partial; id="x@y.example"; number=1; total=2', '', inner)
  const pointer = lines(
    'Content-Type: message/external-body; access-type=URL; URL="http://files.example/a"',
    '',
    'Content-Type: application/pdf',
  )
  t.same(await details(multipart([text('hello'), partial])), ['2 truncated-part partial-message'])
  t.same(await details(multipart([text('hello'), pointer])), ['2 truncated-part external-body'])
  t.same(await details(partial), ['1 truncated-part partial-message'])
})

t.test('a sentence that begins with begin is no uuencode', async (t) => {
  t.same(await details(lines('Subject: x', '', 'begin 644 as soon as you can,', 'thanks')), [])
  t.same(await details(lines('Subject: x', '', 'begin 100 mg', 'twice a day')), [])
})

t.test('an encoding that nobody knows is named', async (t) => {
  const part = (encoding: string, body: string) =>
    lines('Content-Type: application/pdf', `Content-Transfer-Encoding: ${encoding}`, '', body)
  for (const encoding of ['base65', 'x-yencode', 'text/html', '; base64']) {
    t.same(await details(multipart([part(encoding, 'UERG')])), ['1 malformed-message unknown-encoding'], encoding)
  }
  // Almost the name of one, and not what that would look like.
  t.same(await details(multipart([part('quoted printable', 'a = b')])), ['1 malformed-message unknown-encoding'])
  t.same(await details(multipart([part('base 64', 'words, not base64')])), ['1 malformed-message base64-junk'])
})

t.test('a multipart without a boundary, or with one that never comes, is named', async (t) => {
  t.same(await details(BODY.replace('; boundary="b1"', '')), [' malformed-message no-boundary'])
  t.same(await details(BODY.replace('"b1"', '"other"')), [' malformed-message no-parts'])
  t.same(await details(multipart([text('a'), BODY.slice(BODY.indexOf('Content-Type')).replace('"b1"', '"x"')])), [
    '2 malformed-message no-parts',
  ])
})

t.test('a message that was cut is named, wherever it was cut', async (t) => {
  const whole = multipart([text('hello'), file(Buffer.alloc(600, 'PDF'))]).toString('latin1')
  const from = whole.indexOf('--b1') + 10
  const silent: number[] = []
  for (let end = from; end < whole.length - 4; end += 7) {
    const { defects } = await parse(whole.slice(0, end))
    if (!defects.some(({ reason }) => reason === 'truncated-part')) silent.push(end)
  }
  t.same(silent, [])
})

t.test('a file cut inside its encoding is named though its boundary was closed', async (t) => {
  const whole = multipart([file('a document of some length')]).toString('latin1')
  for (const missing of [1, 2, 3]) {
    t.same(await details(whole.replace(new RegExp(`.{${missing}}(?=\\r\\n--b1--)`), '')), ['1 truncated-part base64-cut'], `${missing}`)
  }
})

t.test('a message without multipart that was cut inside its encoding is named', async (t) => {
  t.same(await details(lines('Content-Type: application/pdf', 'Content-Transfer-Encoding: base64', '', 'QUJDRE')), [
    '1 truncated-part base64-cut',
  ])
})

t.test('junk in base64 is named', async (t) => {
  const part = lines('Content-Type: application/pdf', 'Content-Transfer-Encoding: base64', '', 'QUJD*', 'QUJD').slice(0, -2)
  t.same(await details(multipart([part])), ['1 malformed-message base64-junk'])
})

t.test('a closing line with something behind it is named where it may not have been meant as one', async (t) => {
  const odd = BODY.replace('--b1--', '--b1-->')
  const doubts: Array<[string, string]> = [
    ['a part behind it', `${odd}Content-Type: application/pdf\r\n\r\nMORE\r\n`],
    ['a part behind it, with a boundary', `${odd}--b1\r\n${file('MORE')}\r\n--b1--\r\n`],
    ['another closing line', `${odd}more\r\n--b1--\r\n`],
    ['another one like it', `${odd}more\r\n--b1-->\r\n`],
    ['a file behind it', `${odd}${uuencoded('MORE')}`],
    ['encoded lines behind it', `${odd}${Buffer.alloc(200, 'MORE').toString('base64').replace(/.{76}/g, '$&\r\n')}`],
    ['a book behind it', `${odd}${'a line of text\r\n'.repeat(6000)}`],
  ]
  for (const [what, raw] of doubts)
    t.match(await details(raw), [/ malformed-message (malformed-closing-line|part-outside-boundaries)$/], what)
})

t.test('a line that other programs may take for a boundary is named where a part begins behind it', async (t) => {
  for (const tail of ['"', ';', '\0', ' and more', '\x7f']) {
    const raw = BODY.replace('--b1\r\nContent-Type: application', `--b1${tail}\r\nContent-Type: application`)
    t.same(await details(raw), ['1 malformed-message malformed-boundary-line'], JSON.stringify(tail))
  }
  t.same(await details(multipart([text('--b1"\r\nis a line of text'), file('PDF')])), [])
})

t.test('a boundary line with words behind it is named', async (t) => {
  t.ok(
    (await details(BODY.replace('--b1\r\nContent-Type: application', '--b1 and more\r\nContent-Type: application'))).some((detail) =>
      detail.includes('malformed-boundary-line'),
    ),
  )
})

t.test('a longer boundary that begins like ours is not ours', async (t) => {
  const inner = lines('Content-Type: multipart/mixed; boundary=b12', '', '--b12', 'Content-Type: text/plain', '', 'in', '--b12--').slice(
    0,
    -2,
  )
  const message = await parse(multipart([inner, text('--b1x and --b1.'), file('PDF')]))
  t.same([message.defects, message.parts.map(({ part }) => part)], [[], ['1.1', '2', '3']])
})

t.test('a part behind the closing boundary is named', async (t) => {
  t.ok((await details(`${BODY}--b1\r\n${file('MORE')}\r\n--b1--\r\n`)).includes(' malformed-message part-after-closing-boundary'))
})

t.test('a part that hides before the first boundary or behind the last is named', async (t) => {
  t.same(await details(BODY.replace('--b1\r\n', '-b1\r\n')), [' malformed-message part-outside-boundaries'])
  t.same(await details(`${BODY}-b1\r\n${file('MORE')}\r\n`), [' malformed-message part-outside-boundaries'])
  const loose = [uuencoded('MORE'), Buffer.alloc(200, 'MORE').toString('base64').replace(/.{76}/g, '$&\r\n')]
  for (const more of loose) {
    t.same(await details(`${BODY}${more}\r\n`), [' malformed-message part-outside-boundaries'])
    t.same(await details(BODY.replace('--b1\r\n', `${more}\r\n--b1\r\n`)), [' malformed-message part-outside-boundaries'])
  }
})

t.test('a body whose empty line is missing is named', async (t) => {
  t.same(await details('Subject: x\r\nDear Pat,\r\nyour results\r\n\r\nare here\r\n'), [' malformed-message stray-line-in-header'])
  t.ok((await details(multipart(['Dear Pat,\r\nyour results', file('PDF')]))).includes('1 malformed-message stray-line-in-header'))
})

t.test('a body whose empty line is missing is named, also when lines of it look like fields of a header', async (t) => {
  const header = lines('From: a@clinic.example', 'Subject: x', 'Date: Sun, 22 Nov 2026 10:00:00 +0000', 'Received: by mx.clinic.example')
  for (const line of ['X-ray: chest clear', 'Date: yesterday', 'Received: three samples']) {
    const raw = `${header}Dear Dr Sample,\r\n${line}\r\n\r\nKind regards\r\n`
    t.same(await details(raw), [' malformed-message stray-line-in-header'], line)
  }
  for (const line of ['X-ray: chest clear', 'Date: yesterday', 'Subject: your letter']) {
    const part = lines('Content-Type: text/plain', 'Dear Dr Sample,', line, '', 'Kind regards')
    t.ok((await details(multipart([part, file('PDF')]))).includes('1 malformed-message stray-line-in-header'), line)
  }
})

t.test('text behind a line of blanks that was meant to end the header is named', async (t) => {
  const part = lines('Content-Type: text/plain', ' ', 'Patient: somebody', 'Result: negative', '', 'Kind regards')
  t.ok((await details(multipart([part, file('PDF')]))).includes('1 malformed-message stray-line-in-header'))
  t.same(await details(lines('Subject: x', ' \t', 'Patient: somebody', '', 'text')), [' malformed-message stray-line-in-header'])
  t.same(await details(lines('Subject: x', ' ', 'X-Fold: y', ' ', 'Date: today', 'Content-Type: text/plain', '', 'text')), [])
})

t.test('a broken line within a header is no body', async (t) => {
  const header = lines('From: a@clinic.example', 'Subject: x', 'a fold that lost its space', 'Content-Type: text/plain')
  t.same(await details(`${header}\r\ntext\r\n`), [])
  const part = lines('Content-Type: application/pdf;', 'name="a.pdf"', 'Content-Disposition: attachment', '', 'PDF')
  t.same(await details(multipart([part])), [])
})

t.test('a first part that the header has swallowed is named', async (t) => {
  t.ok(
    (await details(BODY.replace('\r\n\r\n--b1', '\r\nThis is a multi-part message.\r\n--b1'))).includes(
      ' malformed-message stray-line-in-header',
    ),
  )
})

t.test('two types, or two encodings, for one part are named; the same twice is not', async (t) => {
  const twice = (first: string, second: string) => multipart([lines(first, second, '', 'UERG')])
  t.ok((await details(twice('Content-Type: text/plain', 'Content-Type: text/html'))).includes('1 malformed-message ambiguous-header'))
  t.ok(
    (await details(twice('Content-Transfer-Encoding: 7bit', 'content-transfer-encoding: base64'))).includes(
      '1 malformed-message ambiguous-header',
    ),
  )
  t.same(await details(twice('Content-Type: text/plain', 'Content-Type: Text/Plain')), [])
})

t.test('a broken line in the middle of a header loses nothing', async (t) => {
  const message = await parse(lines('Received: from a', 'by b', 'From: a@example.org', 'Subject: x', '', 'text'))
  t.same([message.defects, message.subject], [[], 'x'])
})

t.test('a lone carriage return in a header is named: programs disagree where the field ends', async (t) => {
  t.same(await details('Subject: x\rFrom: mallory@example.org\r\n\r\ntext\r\n'), [' malformed-message bare-cr-in-header'])
})

t.test('an inner multipart that is not closed before the outer goes on is read alike by all, or named', async (t) => {
  const inner = lines('Content-Type: multipart/mixed; boundary=b2', '', '--b2', 'Content-Type: text/plain', '', 'in').slice(0, -2)
  const message = await parse(multipart([inner, file('PDF')]))
  const found = message.parts.some(({ bytes }) => bytes.toString() === 'PDF')
  t.ok(found || message.defects.length > 0)
})

t.test('what the parser library reads differently is named', async (t) => {
  // It splits at a boundary parameter whatever the type; mail programs show this as one text.
  const raw = lines('Subject: x', 'Content-Type: text/html; boundary=b1', '', '--b1', 'Content-Type: text/plain', '', 'one', '--b1--')
  t.same(await details(raw), ['1 malformed-message readers-differ', ' malformed-message part-count-differs'])
})

t.test('no message is lost in silence when one byte of it is damaged', async (t) => {
  const whole = multipart([text('hello'), file(Buffer.alloc(300, 'PDF')), file('PNG', { type: 'image/png', name: 'b.png' })])
  const intact = await parse(whole)
  const start = whole.indexOf('\r\n\r\n') + 4
  const ENCODED = Buffer.from('PDF').toString('base64')
  const silent: number[] = []
  for (let at = start; at < whole.length; at += 3) {
    const damaged = Buffer.from(whole)
    damaged[at] = 0x7f
    const { parts, defects } = await parse(damaged)
    // Where two parts have grown together, the encoded file still stands in the first.
    const isThere = parts.length === intact.parts.length || parts.some(({ bytes }) => bytes.includes(ENCODED))
    if (defects.length === 0 && !isThere) silent.push(at)
  }
  t.same(silent, [])
})
