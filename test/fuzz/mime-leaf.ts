// One leaf part of a random message: content, a name, a transfer encoding, and sometimes something wrong with them.

import { uuencoded } from '../mail/samples.js'
import type { Random } from './random.js'

export interface MadeLeaf {
  /** Header and encoded body, one character a byte. */
  readonly text: string
  readonly documents: readonly Buffer[]
  /** Whether it is as RFC 2045 wants it, or in a form that is recovered: then its documents must come out as they went in. */
  readonly isClean: boolean
}

const TYPES = [
  ...[
    'text/plain',
    'text/plain',
    'text/html',
    'text/csv',
    'application/pdf',
    'application/pdf',
    'image/tiff',
    'image/png',
    'application/zip',
  ],
  ...['application/octet-stream', 'application/dicom', 'application/ms-tnef', 'application/pkcs7-signature', 'text/calendar', 'text/rtf'],
]
const ODD_TYPES = [
  ...['', 'text', '/', 'text/', 'APPLICATION/PDF;;;', 'application/pdf name=x.pdf', 'multipart', 'text/plain; charset', 'x'.repeat(300)],
  ...[
    'text/plain; charset="',
    'message/partial; id=1',
    'message/external-body; access-type=URL',
    'image/*',
    'text/plain (comment (nested))',
  ],
  ...['application/x-\u00ff', '__proto__/constructor', 'text/plain; __proto__=x; constructor=y; format=flowed; delsp=yes'],
]
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  base64: ['base64', 'base64', 'BASE64', 'base64 ; x=y', '"base64"', 'base 64'],
  'quoted-printable': ['quoted-printable', 'quoted-printable', 'Quoted-Printable;', 'quoted printable'],
  uuencode: ['x-uuencode', 'uuencode', 'X-UUE'],
}
const CHARSETS = [
  'utf-8',
  'us-ascii',
  'iso-8859-1',
  'windows-1252',
  'utf-16',
  'utf-7',
  'iso-2022-jp',
  'gb18030',
  'x-unknown',
  '',
  '"',
  'utf-8\u00e9',
]

export function makeLeaf(random: Random): MadeLeaf {
  const content = makeContent(random)
  const encoding = random.pick(['base64', 'base64', 'quoted-printable', 'uuencode', '8bit', '7bit', 'none'] as const)
  const isClean = random.chance(0.7)
  const [body, bytes, inside] = isClean ? encode(random, content, encoding) : [defective(random, content.bytes), content.bytes, []]
  const type = typeField(random, isClean)
  const fields = [type, encodingField(random, encoding, isClean), dispositionField(random, isClean)]
  const more = isClean ? [] : random.several(3, () => oddField(random))
  const header = [...fields, ...more].filter((field) => field !== '')
  if (!isClean) header.sort(() => random.next() - 0.5)
  const text = `${header.join('\r\n')}${header.length > 0 ? '\r\n' : ''}\r\n${body}`
  return { text, documents: [bytes, ...(type.startsWith('Content-Type: text/') ? inside : [])], isClean }
}

interface Content {
  readonly bytes: Buffer
  /** The files that stand uuencoded in it. */
  readonly inside: readonly Buffer[]
}

function makeContent(random: Random): Content {
  const length = random.chance(0.04) ? random.between(20_000, 400_000) : random.between(0, 2_000)
  const head = random.pick([
    ...[
      '',
      '',
      '%PDF-1.4\n1 0 obj\n',
      'II*\0\b\0\0\0',
      'MM\0*\0\0\0\b',
      'PK\x03\x04',
      '\x89PNG\r\n\x1a\n',
      '<html><body>',
      '<?xml version="1.0"?>',
    ],
    ...['MSH|^~\\&|', 'From: a@b.example\r\nSubject: x\r\n\r\n', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', '\x78\x9f\x3e\x22'],
  ])
  const line = random.pick(['--', '--b', '.', '..', 'From x', 'begin 644 x', '', 'x'.repeat(1500), '=3D=', random.token(5, 60)])
  const body = random.chance(0.5)
    ? random.bytes(length)
    : Buffer.from(`${line}\r\n`.repeat(1 + Math.floor(length / (line.length + 2))), 'latin1')
  if (random.chance(0.9)) return { bytes: Buffer.concat([Buffer.from(head, 'latin1'), body]), inside: [] }
  const inside = Array.from({ length: random.between(1, 4) }, () => random.bytes(random.below(300)))
  const files = inside.map((file) => `${writtenAsFile(random, file)}${random.pick(['', 'and\n', '\n\n'])}`)
  return { bytes: Buffer.from(`${random.token(0, 60)}\n${files.join('')}\n${random.token()}`, 'latin1'), inside }
}

/** As different programs write it. */
function writtenAsFile(random: Random, bytes: Buffer): string {
  const zero = random.pick(['`', ' '])
  const text = uuencoded(bytes, { name: `${random.token()}.pdf`, zero, perLine: random.pick([45, 45, 45, 30, 63]) })
  // Without that line an empty file is two words of a text.
  if (bytes.length === 0) return text
  return random.pick([
    () => text,
    () => text.replaceAll('\r\n', '\n'),
    () => text.replace(/\r\n[` ]\r\nend\r\n$/, '\r\nend\r\n'),
    () => text.replace(/ \r\nend/, '\r\nend'),
  ])()
}

/** The encoded text, what it stands for, and the files in that: an identity encoding can hold only what has no line of dashes in it. */
function encode(random: Random, { bytes, inside }: Content, encoding: string): [string, Buffer, readonly Buffer[]] {
  if (encoding === 'base64') return [inLines(bytes.toString('base64'), random.pick([76, 72, 60, 4, 998])), bytes, inside]
  if (encoding === 'quoted-printable') return [quoted(random, bytes), bytes, inside]
  if (encoding === 'uuencode')
    return [`${random.pick(['', '\r\n'])}${writtenAsFile(random, bytes).replace(/(?<!\r)\n/g, '\r\n')}`, bytes, []]
  const words = random.several(20, () => random.token(0, 70)).join('\r\n')
  const file = random.chance(0.1) ? random.bytes(random.below(300)) : null
  const plain = file ? `${words}\r\n${writtenAsFile(random, file).replace(/(?<!\r)\n/g, '\r\n')}` : words
  return [plain, Buffer.from(plain, 'latin1'), file ? [file] : []]
}

function inLines(text: string, length: number): string {
  return (text.match(new RegExp(`.{1,${length}}`, 'g')) ?? []).join('\r\n')
}

function quoted(random: Random, bytes: Buffer): string {
  const lower = random.chance(0.2)
  let text = ''
  let column = 0
  for (const byte of bytes) {
    const isPlain = (byte > 32 && byte < 127 && byte !== 61) || (byte === 32 && random.chance(0.2))
    const hex = byte.toString(16).padStart(2, '0')
    const piece = isPlain && byte !== 45 ? String.fromCharCode(byte) : `=${lower ? hex : hex.toUpperCase()}`
    if (column + piece.length > 75) {
      text += '=\r\n'
      column = 0
    }
    text += piece
    column += piece.length
  }
  // A space at the very end would be taken for padding.
  return text.replace(/ $/, '=20')
}

/** Encoded text with something wrong in it. */
function defective(random: Random, bytes: Buffer): string {
  const base64 = inLines(bytes.toString('base64'), 76)
  const at = random.below(base64.length + 1)
  return random.pick([
    () => base64.slice(0, at),
    () => `${base64.slice(0, at)}${random.pick(['!', '-_', '====', '\r\n\r\n', '\0', '\xff', ' ', '\r', '\n'])}${base64.slice(at)}`,
    () => `${base64}=\r\n${base64}`,
    () => base64.replace(/\r\n/g, '\n'),
    () => quoted(random, bytes).replace(/=\r\n/g, '= \t\r\n'),
    () => `${quoted(random, bytes)}=`,
    () => quoted(random, bytes).replace(/=([0-9A-F])/g, () => random.pick(['=', '=Z', '= ', '=\r', '=='])),
    () => `begin 644 ${random.token()}.pdf\r\n#0V%T\r\n\`\r\nend\r\n`,
    () => `begin 644 x\r\n${random.bytes(400).toString('latin1')}`,
    () => bytes.toString('latin1'),
    () => '='.repeat(3000),
    () => `--\r\n--${random.token()}--\r\n`,
  ])()
}

function typeField(random: Random, isClean: boolean): string {
  const type = isClean || random.chance(0.5) ? random.pick(TYPES) : random.pick(ODD_TYPES)
  const charset =
    type.startsWith('text/') && random.chance(0.7) ? `; charset=${random.pick(isClean ? CHARSETS.slice(0, 4) : CHARSETS)}` : ''
  return !isClean && random.chance(0.2) ? '' : `Content-Type: ${type}${charset}${isClean ? '' : nameParameter(random, 'name')}`
}

function encodingField(random: Random, encoding: string, isClean: boolean): string {
  if (isClean) return encoding === 'none' ? '' : `Content-Transfer-Encoding: ${random.pick(SPELLINGS[encoding] ?? [encoding])}`
  const odd = [
    'base64 ; x=y',
    '(comment) base64',
    'BASE64 ',
    '"base64"',
    'x-uuencode',
    'uuencode',
    'x-gzip64',
    'binary',
    'quoted-printable',
    'base64',
  ]
  const field = `Content-Transfer-Encoding: ${random.pick(odd)}`
  return random.chance(0.2) ? `${field}\r\nContent-Transfer-Encoding: ${random.pick(odd)}` : random.chance(0.2) ? '' : field
}

function dispositionField(random: Random, isClean: boolean): string {
  const word = random.pick(['attachment', 'attachment', 'inline', 'form-data'])
  if (isClean)
    return random.chance(0.7)
      ? `Content-Disposition: ${word}; filename="${random.token()}.${random.pick(['pdf', 'tif', 'txt', 'csv'])}"`
      : ''
  return `Content-Disposition: ${random.pick([word, '', ';', 'attachment attachment'])}${nameParameter(random, 'filename')}`
}

/** RFC 2231 and 2047 names, well and badly written. */
function nameParameter(random: Random, parameter: string): string {
  const odd = random.text(30).replace(/[^ -~]/g, (letter) => encodeURIComponent(Buffer.from(letter).toString()))
  const hostile = random.pick([
    '../../etc/passwd',
    'C:\\scan\\a.pdf',
    'a\u202efdp.exe',
    'con',
    '.',
    '..',
    '',
    'x'.repeat(5000),
    'a.pdf\r\n b',
    '__proto__',
    '🏥.pdf',
  ])
  const encoded = Buffer.from(hostile).toString('base64')
  const percent = encodeURIComponent(hostile)
  return random.pick([
    () => '',
    () => `; ${parameter}="${odd}"`,
    () => `; ${parameter}="${Buffer.from(hostile).toString('latin1')}"`,
    () => `; ${parameter}=?utf-8?B?${encoded}?=`,
    () => `; ${parameter}="=?utf-8?B?${encoded}?= =?x-none?Q?=FF=zz?="`,
    () => `; ${parameter}*=utf-8''${percent}`,
    () => `; ${parameter}*=${random.pick(["utf-16'en'", "'", "''", "x-none''", ''])}${percent}%`,
    () => `;\r\n ${parameter}*0*=utf-8''${percent.slice(0, 20)};\r\n ${parameter}*1=${percent.slice(20)}`,
    () => `; ${parameter}*1=b; ${parameter}*0=a; ${parameter}*99999999999999999999=c; ${parameter}*-1=d`,
    () => `; ${parameter}="unclosed; ${parameter}=twice`,
    () => `; ${parameter}*`.repeat(random.between(1, 400)),
    () => Array.from({ length: random.between(1, 300) }, (_, index) => `; ${parameter}*${index}*=%C3`).join(''),
  ])()
}

function oddField(random: Random): string {
  return random.pick([
    () => `Content-ID: <${random.token()}@${random.token()}>`,
    () => 'no colon here',
    () => ' continuation of nothing',
    () => `X-Long: ${'x '.repeat(random.between(1, 4000))}`,
    () => `X-Folded:${'\r\n x'.repeat(random.between(1, 1000))}`,
    () => `Content-Type: text/plain${'; a=b'.repeat(random.between(1, 2000))}`,
    () => `Content-Description: ${'('.repeat(random.between(1, 3000))}`,
    () => `\xff\xfe: ${random.bytes(20).toString('latin1')}`,
    () => `X-Bare: a\rContent-Type: multipart/mixed; boundary=x`,
    () => ': no name',
    () => '--',
  ])()
}
