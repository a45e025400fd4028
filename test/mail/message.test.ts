import { createHash } from 'node:crypto'
import t from 'tap'
import type { Message } from '../../src/mail/envelope.js'
import { parseMessage, UnparsableError } from '../../src/mail/message.js'
import { file, lines, multipart, text } from './samples.js'

function parse(raw: Buffer | string) {
  return parseMessage([Buffer.from(raw)])
}

function shape({ parts }: Message) {
  return parts.map(({ part, mediaType, sentName, role, bytes }) => [part, mediaType, sentName, role, bytes.toString('latin1')])
}

t.test('a plain message is one body part, byte for byte', async (t) => {
  const message = await parse(lines('From: a@example.org', 'Subject: x', '', 'hello', 'there'))
  t.same(shape(message), [['1', 'text/plain', null, 'body', 'hello\r\nthere\r\n']])
  t.same(message.defects, [])
})

t.test('text and files come in the order of the message, with section paths and digests', async (t) => {
  const alternative = lines(
    'Content-Type: multipart/alternative; boundary=b2',
    '',
    '--b2',
    'Content-Type: text/plain',
    '',
    'plain',
    '--b2',
    'Content-Type: text/html',
    '',
    '<p>',
    '--b2--',
  )
  const message = await parse(multipart([alternative, file('PDF'), file('PNG', { type: 'IMAGE/PNG', name: 'b.png' })]))
  t.same(shape(message), [
    ['1.1', 'text/plain', null, 'body', 'plain'],
    ['1.2', 'text/html', null, 'body', '<p>'],
    ['2', 'application/pdf', 'a.pdf', 'attachment', 'PDF'],
    ['3', 'image/png', 'b.png', 'attachment', 'PNG'],
  ])
  t.same(message.defects, [])
  for (const { bytes, sha256 } of message.parts) t.equal(sha256, createHash('sha256').update(bytes).digest('hex'))
})

t.test('bytes arriving in pieces of any size are the same message', async (t) => {
  const raw = multipart([text('hello'), file('PDF')])
  const whole = await parse(raw)
  for (const size of [1, 7, 64]) {
    const pieces = Array.from({ length: Math.ceil(raw.length / size) }, (_, at) => raw.subarray(at * size, (at + 1) * size))
    t.same(shape(await parseMessage(pieces)), shape(whole))
  }
})

t.test('text that has a name is a file, exact in its own charset, whatever its disposition', async (t) => {
  const inline = lines(
    'Content-Type: text/plain; charset=iso-8859-1; name="note.txt"',
    'Content-Disposition: inline',
    '',
    'Gr\xfc\xdfe',
  ).slice(0, -2)
  const message = await parse(multipart([text('body'), inline]))
  t.same(shape(message)[1], ['2', 'text/plain', 'note.txt', 'attachment', 'Gr\xfc\xdfe'])
  t.equal(message.parts[1]?.charset, 'iso-8859-1')
  t.same(message.defects, [])
})

t.test('a flowed text keeps its line ends', async (t) => {
  const flowed = lines('Content-Type: text/plain; format=flowed; delsp=yes', '', 'one ', 'two').slice(0, -2)
  t.equal((await parse(multipart([flowed]))).parts[0]?.bytes.toString(), 'one \r\ntwo')
})

t.test('an attached message is one part with every byte of it, attached or inline', async (t) => {
  const inner = multipart([text('inner'), file('INNER')], { boundary: 'inner' })
    .toString('latin1')
    .slice(0, -2)
  for (const disposition of ['attachment', 'inline', '']) {
    const part = lines('Content-Type: message/rfc822', ...(disposition ? [`Content-Disposition: ${disposition}`] : []), '', inner).slice(
      0,
      -2,
    )
    const message = await parse(multipart([text('outer'), part]))
    t.same(shape(message)[1], ['2', 'message/rfc822', null, 'attachment', inner], disposition)
    t.same(message.defects, [])
  }
})

t.test('what is in a digest is a message unless it says otherwise', async (t) => {
  const message = await parse(multipart([lines('', 'Subject: inner', '', 'hello'), text('note')], { type: 'digest' }))
  t.same(
    message.parts.map(({ mediaType }) => mediaType),
    ['message/rfc822', 'text/plain'],
  )
})

t.test('names are decoded but not cleaned', async (t) => {
  const names: Array<[string, string]> = [
    ["filename*=UTF-8''Befund%20M%C3%A4rz.pdf", 'Befund März.pdf'],
    ['filename*0="very "; filename*1="long.pdf"', 'very long.pdf'],
    ['filename="=?utf-8?B?QmVmdW5kIE3DpHJ6LnBkZg==?="', 'Befund März.pdf'],
    ['filename="../../etc/passwd"', '../../etc/passwd'],
  ]
  for (const [written, name] of names) {
    const part = lines('Content-Type: application/pdf', `Content-Disposition: attachment; ${written}`, '', 'PDF').slice(0, -2)
    t.equal((await parse(multipart([part]))).parts[0]?.sentName, name)
  }
})

t.test('content ids lose their brackets, types their parameters', async (t) => {
  const part = lines('Content-Type: Image/PNG name=logo.png', 'Content-ID: <logo@example.org>', '', 'PNG').slice(0, -2)
  t.match((await parse(multipart([part], { type: 'related' }))).parts[0], { mediaType: 'image/png', contentId: 'logo@example.org' })
})

t.test('the header is told as it is, twins included', async (t) => {
  const head = [
    'From: "Zoe" <Records@Clinic.EXAMPLE>',
    'Subject: first',
    'SUBJECT: =?utf-8?Q?pat=40home=2Eexample_=E2=80=93?=',
    ' =?utf-8?Q?_labs?=',
  ]
  const message = await parse(lines(...head, 'Message-ID: <a@b.example>', 'Date: today', 'Received: from a', '\tby b', '', 'text'))
  t.same(message.from, [{ address: 'records@clinic.example', name: 'Zoe' }])
  t.equal(message.count('subject'), 2)
  t.equal(message.count('Subject'), 2)
  t.equal(message.count('cc'), 0)
  t.equal(message.subject, 'pat@home.example – labs')
  t.equal(message.messageId, 'a@b.example')
  t.equal(message.date, 'today')
  t.equal(message.field('received'), 'from a\tby b')
  t.equal(message.field('cc'), null)
})

t.test('all From mailboxes are told, and an address hidden in an encoded word is none', async (t) => {
  const two = await parse(lines('From: a@example.org', 'From: =?utf-8?Q?Zo=C3=AB?= <b@example.org>, c@example.org', '', 'text'))
  t.same(two.from, [
    { address: 'a@example.org', name: '' },
    { address: 'b@example.org', name: 'Zoë' },
    { address: 'c@example.org', name: '' },
  ])
  t.equal(two.count('from'), 2)
  const hidden = await parse(lines(`From: =?utf-8?B?${Buffer.from('Clinic <records@clinic.example>').toString('base64')}?=`, '', 'text'))
  t.same(hidden.from, [])
  const unreadable = await parse(lines('From: x..y@other.example, Clinic: records@clinic.example;', '', 'text'))
  t.same(unreadable.from, [
    { address: '', name: '' },
    { address: 'records@clinic.example', name: '' },
  ])
})

t.test('what is absent is absent', async (t) => {
  const message = await parse(lines('X-A: 1', '', 'text'))
  t.match({ ...message, parts: [] }, { from: [], subject: '', messageId: null, date: null })
})

t.test('a header written in UTF-8 is read as UTF-8', async (t) => {
  const message = await parse(lines('From: Jürgen <jürgen@bücher.example>', 'Subject: Grüße', '', 'text'))
  t.same(message.from, [{ address: 'jürgen@xn--bcher-kva.example', name: 'Jürgen' }])
  t.equal(message.subject, 'Grüße')
  t.equal(message.field('subject'), 'Grüße')
})

t.test('nothing can be made of nothing, of no header, or of a header without end', async (t) => {
  const cases: Array<[string, string]> = [
    ['', 'empty'],
    ['\r\n', 'no-header'],
    ['just some text\r\n\r\n', 'no-header'],
    [`Subject: ${'x'.repeat(200_000)}\r\n\r\n`, 'header-too-big'],
    [`${'X-A: short\r\n'.repeat(50_000)}\r\ntext`, 'header-too-big'],
  ]
  for (const [raw, detail] of cases) await t.rejects(parse(raw), { name: 'UnparsableError', detail })
  t.ok(new UnparsableError('empty') instanceof Error)
})

t.test('a part that is multipart, but for rubbish in its type, is split all the same', async (t) => {
  const head = 'From: a@b.example\r\nContent-Type: multipart/t-Type: multipart/mixed; boundary=b1\r\n\r\n'
  const raw = `${head}--b1\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4\r\n--b1--\r\n`
  const { parts } = await parseMessage([Buffer.from(raw)])
  t.match(parts, [{ mediaType: 'application/pdf', bytes: Buffer.from('%PDF-1.4') }])
  t.equal(parts.length, 1)
})

t.test('a message of nothing but a header has an empty body', async (t) => {
  t.same(shape(await parse('Subject: x\r\n')), [['1', 'text/plain', null, 'body', '']])
})

t.test('past a limit nothing is taken, and the header is still told', async (t) => {
  const crowd = multipart(Array.from({ length: 1001 }, () => text('x')))
  const message = await parse(crowd)
  t.same(message.defects, [{ part: '', reason: 'malformed-message', detail: 'too-many-parts' }])
  t.same(message.parts, [])
  t.equal(message.subject, 'pat@home.example')
  const fits = await parse(multipart(Array.from({ length: 1000 }, () => text('x'))))
  t.equal(fits.parts.length, 1000)
  t.same(fits.defects, [])
})

t.test('parts in parts in parts are taken to a depth, and past it none', async (t) => {
  const nested = (depth: number) => {
    const open = Array.from({ length: depth }, (_, level) => `Content-Type: multipart/mixed; boundary=n${level}\r\n\r\n--n${level}\r\n`)
    const close = Array.from({ length: depth }, (_, level) => `\r\n--n${depth - 1 - level}--`)
    return `Subject: x\r\n${open.join('')}Content-Type: text/plain\r\n\r\ndeep${close.join('')}\r\n`
  }
  const deep = await parse(nested(100))
  t.same([deep.defects, deep.parts[0]?.bytes.toString()], [[], 'deep'])
  const tooDeep = await parse(nested(1000))
  t.match(tooDeep.defects, [{ detail: 'nested-too-deep' }])
  t.same(tooDeep.parts, [])
})

t.test('limits can be set', async (t) => {
  const raw = multipart([text('a'), text('b')])
  t.match((await parseMessage([raw], { maxParts: 1 })).defects, [{ detail: 'too-many-parts' }])
  t.same((await parseMessage([raw], { maxParts: 2 })).defects, [])
  await t.rejects(parseMessage([raw], { maxHeaderBytes: 20 }), { name: 'UnparsableError', detail: 'header-too-big' })
})

t.test('a part with a header past the limit stops the parsing', async (t) => {
  const message = await parse(multipart([lines(`X-A: ${'x'.repeat(200_000)}`, '', 'y')]))
  t.match(message.defects, [{ part: '1', detail: 'header-too-big' }])
  t.same(message.parts, [])
})
