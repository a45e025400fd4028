// Random messages with the structure of real ones: nested multiparts, attached messages, and the tricks with boundaries and headers over
// which mail programs differ.

import { type MadeLeaf, makeLeaf } from './mime-leaf.js'
import type { Random } from './random.js'

export interface MadeMessage {
  readonly raw: Buffer
  /** Every document, when nothing in it is past recovery: then it must come out like this. null: whatever comes out must not be less than sent. */
  readonly leaves: readonly Buffer[] | null
}

export interface Envelope {
  readonly from: string
  readonly to: string
  readonly subject: string
}

interface Entity {
  readonly text: string
  readonly leaves: readonly Buffer[]
  readonly isClean: boolean
}

const ENVELOPE: Envelope = { from: 'records@clinic.example', to: 'clinic@intake.localhost', subject: 'pat@home.example' }

export function makeMessage(random: Random, envelope: Envelope = ENVELOPE): MadeMessage {
  const extreme = random.chance(0.03) ? makeExtreme(random) : null
  const body = extreme ?? makeEntity(random, 0)
  const head = makeHeader(random, envelope)
  const raw = Buffer.from(`${head.text}${body.text}`, 'latin1')
  return { raw, leaves: head.isClean && body.isClean ? body.leaves : null }
}

function makeEntity(random: Random, depth: number): Entity {
  if (depth > 4 || random.chance(depth === 0 ? 0.15 : 0.6)) return asEntity(makeLeaf(random))
  return random.chance(0.12) ? attachedMessage(random, depth) : multipart(random, depth)
}

function asEntity({ text, documents, isClean }: MadeLeaf): Entity {
  return { text, leaves: documents, isClean }
}

/** One leaf for us, whatever is in it. */
function attachedMessage(random: Random, depth: number): Entity {
  const type = random.pick(['message/rfc822', 'message/rfc822', 'message/global', 'message/delivery-status', 'message/partial; number=1'])
  const inner = makeEntity(random, depth + 2)
  if (random.chance(0.4)) return encodedMessage(random, `Subject: inner\r\n${inner.text}`)
  const header = random.pick(['Subject: inner\r\nFrom: x@y.example\r\n', '', 'From: x@y.example\r\n\r\n'])
  const encoding = random.pick(['', '', 'Content-Transfer-Encoding: 8bit\r\n', 'Content-Transfer-Encoding: base64\r\n'])
  const text = `Content-Type: ${type}\r\n${encoding}${random.pick(['', 'Content-Disposition: inline\r\n'])}\r\n${header}${inner.text}`
  return { text, leaves: [], isClean: false }
}

/** RFC 2046 5.2.1 forbids it for message/rfc822. */
function encodedMessage(random: Random, inner: string): Entity {
  const bytes = Buffer.from(inner, 'latin1')
  const [encoding, body] = random.pick([
    ['base64', bytes.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n')],
    [
      'quoted-printable',
      inner
        .replace(/[^\r\n]/g, (letter) => `=${letter.charCodeAt(0).toString(16).padStart(2, '0')}`)
        .replace(/[\r\n]/g, (end) => (end === '\r' ? '=0D=\r\n' : '=0A=\r\n')),
    ],
  ] as const)
  const type = random.pick(['message/rfc822', 'message/global'])
  return { text: `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`, leaves: [bytes], isClean: true }
}

function multipart(random: Random, depth: number): Entity {
  const isClean = random.chance(0.7)
  const boundary = isClean ? `=_${random.token(6, 30)}_${depth}` : oddBoundary(random, depth)
  const type = random.pick(['mixed', 'mixed', 'alternative', 'related', 'signed', 'report', 'digest', 'x-odd'])
  const children = Array.from({ length: random.between(isClean ? 1 : 0, 4) }, () => makeEntity(random, depth + 1))
  const delimiter = () => (isClean ? `--${boundary}${random.pick(['', '', '', ' ', ' \t'])}\r\n` : oddDelimiter(random, boundary))
  const opening = isClean || random.chance(0.6) ? random.pick(['', '', 'preamble\r\n']) : 'Content-Type: text/plain\r\n\r\nhidden\r\n'
  const closing = isClean ? `--${boundary}--${random.pick(['', '', '', '', ' \t', '>', ' and more'])}\r\n` : oddClosing(random, boundary)
  const parts = children.map(({ text }) => `${delimiter()}${text}\r\n`).join('')
  const written = /^[\w=.-]+$/.test(boundary) && random.chance(0.5) ? boundary : `"${boundary}"`
  const parameter = isClean
    ? `; boundary=${quotedIfNeeded(boundary)}`
    : random.pick([`; boundary=${written}`, `;\r\n\tboundary*0="${boundary.slice(0, 5)}"; boundary*1="${boundary.slice(5)}"`, ''])
  return {
    text: `Content-Type: multipart/${type}${parameter}\r\n\r\n${opening}${parts}${closing}${random.pick(['', '', 'epilogue\r\n'])}`,
    leaves: children.flatMap((child) => child.leaves),
    isClean: isClean && type !== 'digest' && children.every((child) => child.isClean),
  }
}

function quotedIfNeeded(boundary: string): string {
  return `"${boundary}"`
}

function oddBoundary(random: Random, depth: number): string {
  return random.pick([
    () => 'b',
    () => `b${'b'.repeat(depth)}`,
    () => `b${'-'.repeat(depth)}`,
    () => 'with space ',
    () => "'()+_,-./:=?",
    () => '.*(a|b)+$[',
    () => '',
    () => 'x'.repeat(random.pick([70, 71, 998, 1999, 2500])),
    () => '\xe4\xf6',
    () => '--',
    () => random.token(),
  ])()
}

function oddDelimiter(random: Random, boundary: string): string {
  return random.pick([
    () => `--${boundary}\r\n`,
    () => `--${boundary}\r\n`,
    () => `--${boundary}\n`,
    () => `--${boundary} junk\r\n`,
    () => `--${boundary}junk\r\n`,
    () => `--${boundary}"\r\n`,
    () => ` --${boundary}\r\n`,
    () => `--${boundary.toUpperCase()}\r\n`,
    () => `\r\n--${boundary}`,
    () => `--${boundary}--\r\n--${boundary}\r\n`,
    () => `\r--${boundary}\r`,
  ])()
}

function oddClosing(random: Random, boundary: string): string {
  return random.pick([
    () => '',
    () => `--${boundary}--`,
    () => `--${boundary}-->\r\n`,
    () => `--${boundary}- -\r\n`,
    () => `--${boundary}--\r\n--${boundary}\r\nContent-Type: application/pdf\r\n\r\nlate\r\n--${boundary}--\r\n`,
    () => `--${boundary}--\r\n\r\nContent-Type: application/pdf\r\n\r\nepilogue\r\n`,
    () => `--${boundary}--`.repeat(3),
  ])()
}

function makeHeader(random: Random, { from, to, subject }: Envelope): { text: string; isClean: boolean } {
  const isClean = random.chance(0.8)
  const usual = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${random.chance(0.3) ? `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=` : subject}`,
    `Date: Sun, 22 Nov 2026 10:00:00 +0000`,
    `Message-ID: <${random.token(8, 20)}@clinic.example>`,
    'MIME-Version: 1.0',
  ]
  if (isClean) return { text: `${usual.join('\r\n')}\r\n`, isClean }
  const fields = [...usual, ...random.several(4, () => oddHeader(random))]
  if (random.chance(0.3)) fields.splice(random.below(fields.length), 1)
  if (random.chance(0.3)) fields.sort(() => random.next() - 0.5)
  return { text: `${fields.join('\r\n')}\r\n`, isClean }
}

function oddHeader(random: Random): string {
  return random.pick([
    () =>
      'Received: from x (y [192.0.2.1]) by z with ESMTP id 1 for <a@b>; Sun, 22 Nov 2026 10:00:00 +0000\r\n'
        .repeat(random.between(1, 60))
        .trimEnd(),
    () => `Received: ${random.text(200)}`.replace(/[^ -~]/g, '?'),
    () =>
      `From: ${random.pick(['', 'a', 'a@b, c@d', '"x" <y@z', '<>', 'group: a@b.example, c@d.example;', '=?utf-8?Q?x@y?= <p@q.example>', ','.repeat(5000)])}`,
    () =>
      `Subject: ${random.pick(['', 'x@y', '=?utf-8?B?////?=', '=?x?Q?=?=', '=?utf-8?Q?=80=FF?=', '@'.repeat(3000), 'a@b.example '.repeat(2000), '"@'.repeat(2000)])}`,
    () => `To: ${'(('.repeat(random.between(1, 2000))}`,
    () => `Cc: ${'<'.repeat(random.between(1, 2000))}${'"'.repeat(random.between(1, 200))}`,
    () => `X-${random.token()}: ${random.token()}\r\n`.repeat(random.between(1, 3000)).trimEnd(),
    () => `DKIM-Signature: ${dkim(random)}`,
    () => `Date: ${random.pick(['', 'never', '99 Zzz 99999 99:99:99 +9999', '-1'])}`,
    () => `Message-ID: ${random.pick(['', '<>', 'x'.repeat(2000), '<a@b> <c@d>', '\xff\xff'])}`,
    () => `Auto-Submitted: ${random.pick(['auto-replied', 'auto-generated', 'no', ';', '(((('])}`,
    () => `List-ID: ${random.token()}`,
    () => `References: ${'<a@b> '.repeat(random.between(1, 3000))}`,
    () => `Content-Type: ${random.pick(['text/plain', 'multipart/mixed; boundary=b', 'application/pdf'])}`,
    () => `X-Big: ${'x'.repeat(random.pick([1000, 70_000, 140_000]))}`,
    () => '__proto__: x\r\nconstructor: y\r\nhasOwnProperty: z\r\ntoString: q',
    () => `Return-Path: ${random.pick(['<>', '<a@b.example>', 'x', '<'])}`,
    () => 'a bare line',
    () => `ARC-Seal: i=${random.pick(['1', '99999', 'x', '-1'])}; a=rsa-sha256; cv=none; d=x.example; s=s; b=AAAA`,
  ])()
}

export function dkim(random: Random): string {
  const tags = [
    'v=1',
    `a=${random.pick(['rsa-sha256', 'ed25519-sha256', 'rsa-sha1', 'x-y', ''])}`,
    `d=${random.pick(['clinic.example', '', '..', 'x'.repeat(300), '[1]', 'com'])}`,
  ]
  tags.push(
    `s=${random.pick(['s1', '', 'a..b', '.', 'x'.repeat(100), '\xe4'])}`,
    `c=${random.pick(['relaxed/relaxed', 'simple', '/', 'x/y'])}`,
  )
  tags.push(
    `h=${random.pick(['from:to:subject:date:content-type', '', ':::', 'from:'.repeat(500), '__proto__'])}`,
    `bh=${random.pick(['AAAA', '', '!!'])}`,
  )
  tags.push(
    `b=${random.pick(['AAAA', '', '=====', 'x'.repeat(4000)])}`,
    random.pick(['l=0', 'l=-1', 'l=99999999999999999999', 'l=x', 't=x', 'x=0', 'i=@', 'q=dns/txt', 'z=']),
  )
  return tags.filter(() => random.chance(0.93)).join('; ')
}

/** What goes to a limit: many parts, many levels, many fields, long lines. */
function makeExtreme(random: Random): Entity {
  const mixed = (inner: string) => `Content-Type: multipart/mixed; boundary=b\r\n\r\n${inner}--b--\r\n`
  const odd = (text: string): Entity => ({ text, leaves: [], isClean: false })
  return random.pick([
    () => odd(mixed('--b\r\n\r\nx\r\n'.repeat(random.pick([999, 1000, 1001, 1500])))),
    () => odd(nested(random.pick([50, 99, 100, 101, 400]))),
    () => odd(mixed(`--b\r\n${'X: y\r\n'.repeat(20_000)}\r\nx\r\n`)),
    () => odd(mixed('--b--\r\n'.repeat(12_000))),
    () => odd(mixed('--b\r\nContent-Type: message/rfc822\r\n\r\n'.repeat(200))),
    () => odd(`Content-Type: multipart/mixed; ${'boundary=b; '.repeat(2000)}\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n`),
    () => odd(`Content-Type: text/html\r\n\r\n${'<div>'.repeat(60_000)}`),
    () => odd(mixed(`--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${'=\r\n'.repeat(60_000)}\r\n`)),
    () => odd(mixed(`--b\r\nContent-Type: text/plain\r\n\r\n${'begin 644 x\r\n'.repeat(20_000)}`)),
    () => odd(mixed(`--b\r\n\r\n${'--c\r\n'.repeat(50_000)}`)),
  ])()
}

function nested(levels: number): string {
  let text = 'Content-Type: application/pdf\r\n\r\n%PDF-1.4'
  for (let level = levels; level > 0; level--)
    text = `Content-Type: multipart/mixed; boundary=l${level}x\r\n\r\n--l${level}x\r\n${text}\r\n--l${level}x--\r\n`
  return text
}
