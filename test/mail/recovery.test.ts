// What other programs lose, and we do not: each form by itself, its bytes as they were sent, and noted.

import { createHash } from 'node:crypto'
import t from 'tap'
import type { Message } from '../../src/mail/envelope.js'
import { parseMessage } from '../../src/mail/message.js'
import { file, lines, multipart, text, uuencoded } from './samples.js'

function parse(raw: Buffer | string) {
  return parseMessage([Buffer.from(raw as string, 'latin1')])
}

function shape({ parts }: Message) {
  return parts.map(({ part, mediaType, sentName, role, bytes }) => [part, mediaType, sentName, role, bytes.toString('latin1')])
}

function notes({ notes }: Message) {
  return notes.map(({ part, reason, detail }) => `${part} ${reason} ${detail}`)
}

const BODY = multipart([text('hello'), file('PDF')]).toString('latin1')
const PARTS = [
  ['1', 'text/plain', null, 'body', 'hello'],
  ['2', 'application/pdf', 'a.pdf', 'attachment', 'PDF'],
]

t.test('an ordinary message has nothing to recover', async (t) => {
  const message = await parse(BODY)
  t.same([shape(message), message.defects, message.notes], [PARTS, [], []])
})

t.test('boundary lines with blanks behind them, however many', async (t) => {
  for (const padding of [' ', '\t', ' \t ', ' '.repeat(5000)]) {
    const message = await parse(BODY.replace(/^(--b1(--)?)\r$/gm, `$1${padding}\r`))
    t.same([shape(message), message.defects, notes(message)], [PARTS, [], [' recovered boundary-padding']], `${padding.length}`)
  }
})

t.test('encodings with parameters, in quotes, or nearly right', async (t) => {
  const forms: Array<[string, string]> = [
    ['base64 ; x=y', 'UERG'],
    ['base64;', 'UERG'],
    ['"base64"', 'UERG'],
    ['base 64', 'UERG'],
    ['quoted-printable; charset=utf-8', 'P=44F'],
    ['quoted printable', 'P=\r\n=44F'],
  ]
  for (const [encoding, body] of forms) {
    const part = lines('Content-Type: application/pdf; name=a.pdf', `Content-Transfer-Encoding: ${encoding}`, '', body).slice(0, -2)
    const message = await parse(multipart([text('hello'), part]))
    t.same([shape(message), message.defects, notes(message)], [PARTS, [], ['2 recovered encoding-name']], encoding)
    t.equal(message.parts[1]?.sha256, createHash('sha256').update('PDF').digest('hex'), encoding)
  }
})

t.test('a big file in base64 that the library does not know as such', async (t) => {
  const bytes = Buffer.alloc(600_000, 'a document ')
  const part = file(bytes).replace('Encoding: base64', 'Encoding: base64 ; x=y')
  const message = await parse(multipart([text('hello'), part]))
  t.same([message.defects, notes(message)], [[], ['2 recovered encoding-name']])
  t.ok(message.parts[1]?.bytes.equals(bytes))
  t.equal(message.parts[1]?.sha256, createHash('sha256').update(bytes).digest('hex'))
  const other = await parse(multipart([text('hello'), `${part}*`]))
  t.match(other.defects, [{ part: '2', detail: 'base64-junk' }])
})

t.test('parts that are uuencoded, by any name of the encoding', async (t) => {
  for (const encoding of ['x-uuencode', 'uuencode', 'X-UUE', 'uue']) {
    const part = lines('Content-Type: application/pdf; name=a.pdf', `Content-Transfer-Encoding: ${encoding}`, '', uuencoded('PDF'))
    const message = await parse(multipart([text('hello'), part]))
    t.same([shape(message), message.defects, notes(message)], [PARTS, [], ['2 recovered uuencode']], encoding)
    t.equal(message.parts[1]?.sha256, createHash('sha256').update('PDF').digest('hex'))
    t.equal(message.parts[1]?.origin, undefined)
  }
})

t.test('a uuencoded part has the name of its begin line where it has none of its own, and then is a file', async (t) => {
  const part = (header: string) => lines(header, 'Content-Transfer-Encoding: x-uuencode', '', uuencoded('PDF', { name: 'scan.pdf' }))
  const named = await parse(multipart([part('Content-Type: application/pdf; name="other.pdf"')]))
  t.same(shape(named), [['1', 'application/pdf', 'other.pdf', 'attachment', 'PDF']])
  const nameless = await parse(multipart([part('Content-Type: text/plain; charset=utf-8')]))
  t.same(shape(nameless), [['1', 'text/plain', 'scan.pdf', 'attachment', 'PDF']])
  t.equal(nameless.parts[0]?.charset, 'utf-8')
})

t.test('files that stand uuencoded in a text, which itself stays as it was sent', async (t) => {
  const body = `See the files:\r\n\r\n${uuencoded('ONE')}and\r\n${uuencoded('TWO\0\0\0', { name: 'b.tif', zero: ' ' })}Regards\r\n`
  const files = [
    ['1/1', 'application/octet-stream', 'a.pdf', 'attachment', 'ONE'],
    ['1/2', 'application/octet-stream', 'b.tif', 'attachment', 'TWO\0\0\0'],
  ]
  const forms: Array<[string, string]> = [
    ['', body],
    ['Content-Transfer-Encoding: base64\r\n', Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\r\n')],
    ['Content-Type: text/html\r\n', body],
  ]
  for (const [header, sent] of forms) {
    const message = await parse(`Subject: x\r\n${header}\r\n${sent}`)
    t.same(message.defects, [])
    t.same(shape(message), [['1', header.includes('html') ? 'text/html' : 'text/plain', null, 'body', body], ...files], header)
    t.same(notes(message), ['1 recovered uuencode'])
    t.same(
      message.parts.map(({ origin }) => origin),
      [undefined, 'uuencode/a.pdf', 'uuencode/b.tif'],
    )
    for (const { bytes, sha256 } of message.parts) t.equal(sha256, createHash('sha256').update(bytes).digest('hex'))
  }
})

t.test('files in a part whose type says that it is uuencoded', async (t) => {
  for (const type of ['application/x-uuencode', 'application/x-uuencoded', 'application/uue']) {
    const part = lines(`Content-Type: ${type}`, '', uuencoded('PDF')).slice(0, -2)
    const message = await parse(multipart([text('hello'), part]))
    t.match(message.parts, [{ part: '1' }, { part: '2', mediaType: type }, { part: '2/1', sentName: 'a.pdf' }])
    t.equal(message.parts[2]?.bytes.toString(), 'PDF')
  }
})

t.test('they come right behind their text, and text files may hold some too', async (t) => {
  const note = lines('Content-Type: text/plain; name=note.txt', '', uuencoded('TWO')).slice(0, -2)
  const message = await parse(multipart([text(uuencoded('ONE')), note, file('PDF')]))
  t.same(
    message.parts.map(({ part, role, sentName }) => [part, role, sentName]),
    [
      ['1', 'body', null],
      ['1/1', 'attachment', 'a.pdf'],
      ['2', 'attachment', 'note.txt'],
      ['2/1', 'attachment', 'a.pdf'],
      ['3', 'attachment', 'a.pdf'],
    ],
  )
  t.same(message.defects, [])
})

t.test('junk behind a closing line stays out of the part, and so does what follows it', async (t) => {
  for (const junk of ['>', ' and more', '"', '\0', '\t;']) {
    const message = await parse(BODY.replace('--b1--', `--b1--${junk}`).concat('Potentially more\r\n'))
    t.same([shape(message), message.defects, notes(message)], [PARTS, [], [' recovered closing-line']], JSON.stringify(junk))
  }
  const inner = multipart([text('in')], { boundary: 'b2', close: '--b1-- >\r\nepilogue\r\n' }).toString('latin1')
  const nested = await parse(multipart([inner.slice(inner.indexOf('Content-Type')), file('PDF')]))
  t.same([nested.defects, notes(nested)], [[], ['1 recovered closing-line']])
  t.same(
    nested.parts.map(({ part, bytes }) => [part, bytes.toString()]),
    [
      ['1.1', 'in'],
      ['2', 'PDF'],
    ],
  )
})

t.test('attached messages that were encoded, which they must not be', async (t) => {
  const inner = multipart([text('inner'), file('INNER')], { boundary: 'inner' }).toString('latin1')
  const escaped = [...Buffer.from(inner, 'latin1')]
    .map((byte, at) => `=${byte.toString(16).padStart(2, '0')}${at % 20 ? '' : '=\r\n'}`)
    .join('')
  const forms: Array<[string, string, string[]]> = [
    ['message/rfc822', 'base64', ['1 recovered encoded-message']],
    ['message/rfc822', 'quoted-printable', ['1 recovered encoded-message']],
    ['message/rfc822', '8bit', []],
    // RFC 6532 3.7 allows it there.
    ['message/global', 'base64', []],
  ]
  for (const [type, encoding, noted] of forms) {
    const body =
      encoding === 'base64'
        ? Buffer.from(inner, 'latin1').toString('base64').replace(/.{76}/g, '$&\r\n')
        : encoding === '8bit'
          ? inner
          : escaped
    const message = await parse(
      multipart([lines(`Content-Type: ${type}`, `Content-Transfer-Encoding: ${encoding}`, '', body).slice(0, -2)]),
    )
    t.same([shape(message), message.defects, notes(message)], [[['1', type, null, 'attachment', inner]], [], noted], `${type} ${encoding}`)
    const again = await parseMessage([message.parts[0]?.bytes ?? Buffer.alloc(0)])
    t.same([shape(again).map(([, , , , bytes]) => bytes), again.defects], [['inner', 'INNER'], []])
  }
})

t.test('what was attached can be parsed by itself, with a header of any kind', async (t) => {
  const content = [lines('Content-Type: application/pdf; name=a.pdf', 'Content-Transfer-Encoding: base64', '', 'UERG')]
  const forms: Array<[string, string]> = [
    ['neither From nor Date', `Subject: x\r\n${content}`],
    ['Content fields alone, as in what is signed', `${content}`],
    ['an mbox separator', `From x@clinic.example Mon Nov 23 10:00:00 2026\r\nSubject: x\r\n${content}`],
    ['a quoted mbox separator', `>From x@clinic.example Mon Nov 23 10:00:00 2026\r\nSubject: x\r\n${content}`],
  ]
  for (const [what, raw] of forms) {
    for (const bytes of [raw, raw.replaceAll('\r\n', '\n')]) {
      const message = await parse(bytes)
      t.same([shape(message), message.defects, message.notes], [[['1', 'application/pdf', 'a.pdf', 'attachment', 'PDF']], [], []], what)
    }
  }
  const inner = lines('Subject: inner', '', 'hello')
  const digest = await parse(multipart([`\r\n${inner}`, lines('Content-Type: message/rfc822', '', inner)], { type: 'digest' }))
  for (const { mediaType, bytes } of digest.parts) {
    t.equal(mediaType, 'message/rfc822')
    t.match(await parseMessage([bytes]), { subject: 'inner', defects: [], parts: [{ mediaType: 'text/plain' }] })
  }
})
