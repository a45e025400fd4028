// The readers of foreign bytes, one by one and in this process: each is given what nobody sane writes, and may answer only as its
// signature says.

import { deflateSync } from 'node:zlib'
import { normaliseMediaType, sniffMediaType } from '../../src/documents/media-type.js'
import { cleanNames } from '../../src/documents/names.js'
import { countPages } from '../../src/documents/pages.js'
import { hasUnassigned, normaliseAnswer } from '../../src/hip/answer.js'
import { readCode } from '../../src/hip/code.js'
import { PackageDamagedError } from '../../src/hip/damaged.js'
import { readManifest } from '../../src/hip/manifest.js'
import { readPackageNumber } from '../../src/hip/number.js'
import { openPackage } from '../../src/hip/open.js'
import { seal } from '../../src/hip/seal.js'
import { canonicalAddress, domainOf, findAddresses, maskAddress, parseAddress } from '../../src/mail/address.js'
import { authenticate } from '../../src/mail/authenticate.js'
import { readReturned } from '../../src/mail/delivery-report.js'
import { mailboxes, parseMessage, UnparsableError } from '../../src/mail/message.js'
import { parseNetwork } from '../../src/networks.js'
import {
  findPostboxNumbers,
  formatPostboxNumber,
  readPostboxNumber,
  readPostboxQrText,
  readRequestQrText,
} from '../../src/postbox-number.js'
import { formatRequestNumber, readRequestNumber } from '../../src/request-number.js'
import { tryContainer } from '../documents/containers/damaged.js'
import { contents, document, gather, inMemory } from '../hip/sealed.js'
import { hostileResolver } from './dns.js'
import { tryFile } from './files.js'
import { dkim, makeMessage } from './mime.js'
import { mutate } from './mutate.js'
import type { Random } from './random.js'

/** Gives its reader one thing to read. Rejects when the reader did what it may not. */
export type Reader = (random: Random) => Promise<void>

export const READERS: Readonly<Record<string, Reader>> = {
  addresses,
  answers,
  authenticate: judgeSender,
  bounces,
  containers: tryContainer,
  files: tryFile,
  manifests,
  'media types': mediaTypes,
  names,
  packages,
  pages,
}

function expect(isRight: boolean, what: string): void {
  if (!isRight) throw new Error(what)
}

async function addresses(random: Random): Promise<void> {
  const pieces = [
    '@',
    '"',
    '.',
    '<',
    '>',
    ' ',
    ',',
    ':',
    ';',
    'HEPOEX:K7M2QX9DP',
    ':R7K2M9QX',
    '(',
    ')',
    '\\',
    'xn--',
    'é',
    '’',
    '。',
    '＠',
    '[',
    ']',
    '\0',
    '\ud800',
    'example',
    'a',
  ]
  const text = random.chance(0.5) ? random.text(80) : random.several(60, () => random.pick(pieces)).join('')
  const address = parseAddress(text)
  if (address) expect(parseAddress(`${address.local}@${address.domain}`) !== null, 'an address in its own spelling is none')
  const canonical = canonicalAddress(text)
  if (canonical) expect(canonicalAddress(canonical) === canonical, 'the canonical spelling has another')
  for (const found of findAddresses(text)) expect(canonicalAddress(found) === found, 'a found address is not canonical')
  expect(maskAddress(text).includes('***'), 'nothing is masked')
  for (const mailbox of mailboxes(text))
    expect(mailbox.address === '' || canonicalAddress(mailbox.address) !== null, 'a mailbox is no address')
  domainOf(text)
  parseNetwork(text)
  readPackageNumber(text)
  readCode(text)
  const typed = readPostboxNumber(text)
  if (typed.kind === 'number')
    expect(findPostboxNumbers(formatPostboxNumber(typed.number)).numbers[0] === typed.number, 'a number is not found')
  for (const number of findPostboxNumbers(text).numbers) expect(readPostboxNumber(number).kind === 'number', 'a found number is none')
  const request = readRequestNumber(text)
  if (request !== null) expect(readRequestNumber(formatRequestNumber(request)) === request, 'a request number does not come back')
  const shown = readRequestQrText(text)
  if (shown !== null)
    expect(readPostboxQrText(text) === shown.postboxNumber && readRequestNumber(shown.requestNumber) !== null, 'a QR code says two things')
}

async function answers(random: Random): Promise<void> {
  const text = random.chance(0.5) ? random.text(200) : random.several(100, () => String.fromCodePoint(random.below(0x110000))).join('')
  const normalised = normaliseAnswer(text)
  expect(normaliseAnswer(normalised) === normalised, 'normalising twice changes an answer')
  expect(normaliseAnswer(text.normalize('NFD')) === normaliseAnswer(text.normalize('NFC')), 'two forms of one answer differ')
  hasUnassigned(text)
}

async function judgeSender(random: Random): Promise<void> {
  const message = makeMessage(random).raw
  const signatures = random.several(4, () => `DKIM-Signature: ${dkim(random)}\r\n`).join('')
  const whole = Buffer.concat([Buffer.from(signatures, 'latin1'), message])
  const results = await authenticate([random.chance(0.3) ? mutate(random, whole) : whole], {
    peerAddress: random.pick(['192.0.2.7', '::1', '2001:db8::1', '127.0.0.1']),
    ehlo: random.pick(['', 'mx.clinic.example', '[192.0.2.7]', '192.0.2.7', 'x'.repeat(255), '%{s}']),
    mailFrom: random.pick([
      '',
      'a@clinic.example',
      '"a b"@x.example',
      'x@[192.0.2.1]',
      `a@${'y.'.repeat(90)}example`,
      'ü@ü.example',
      '%{l}@clinic.example',
    ]),
    hostname: 'intake.localhost',
    resolver: hostileResolver(random),
  })
  const isPassed = results.spf.result === 'pass' || results.dkim.some(({ result }) => result === 'pass')
  expect(results.dmarc.result !== 'pass' || isPassed, 'DMARC passed on nothing')
}

/** A report on a mail of ours that came back (RFC 3464), as mail servers write them and as they do not. */
async function bounces(random: Random): Promise<void> {
  const field = () => {
    const name = random.pick(['Final-Recipient', 'Original-Recipient', 'Action', 'Status', 'Reporting-MTA', 'Diagnostic-Code', '__proto__'])
    const value = random.pick([
      'rfc822; pat@home.example',
      'failed',
      'delayed',
      '5.1.1',
      '4.2.2 (full)',
      '',
      ';',
      '9.9.9',
      'x'.repeat(3000),
      random.text(60),
    ])
    return `${name}: ${value.replace(/[^ -~]/g, '?')}`
  }
  const groups = random.several(6, () => random.several(8, field).join('\r\n'))
  const report = `--r\r\n\r\nIt came back.\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\n${groups.join('\r\n\r\n')}\r\n--r--\r\n`
  const raw = Buffer.from(
    `From: mailer-daemon@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n${report}`,
  )
  try {
    readReturned(await parseMessage([random.chance(0.5) ? mutate(random, raw) : raw]))
  } catch (error) {
    if (!(error instanceof UnparsableError)) throw error
  }
}

async function manifests(random: Random): Promise<void> {
  const { manifest } = contents()
  const plain = { ...document('a.pdf', Buffer.from('x')), bytes: 1 }
  const copy = { ...plain, kind: 'html', file: 'readable/01-a.html' }
  const described = { ...plain, file: 'documents/01-a.pdf', title: 'A', pages: 1, copy, thumbnail: { ...copy, mediaType: 'image/png' } }
  const records = { ...plain, file: 'records.pdf', pages: 1 }
  const whole = { format: 'hepoex-package', version: 1, ...manifest, records, documents: [described, { ...described, within: 0 }] }
  const text = JSON.stringify(whole)
  const odd = random.pick(['null', '[]', '{}', '1e999', '"\\u0000"', '{"__proto__":{"file":"x"}}', `${'['.repeat(5000)}`, '-1', 'true'])
  const changed = random.chance(0.5) ? text.replace(/:("[^"]*"|\d+)/g, (value) => (random.chance(0.1) ? `:${odd}` : value)) : text
  await orDamaged(async () => {
    for (const { file, copy, thumbnail } of readManifest(mutate(random, Buffer.from(changed))).documents) {
      expect(!file.includes('..\\') && file.startsWith('documents/'), 'a file leads out of its folder')
      for (const each of [copy, thumbnail])
        if (each && 'file' in each) expect(/^readable\/[^/\\]+$/.test(each.file), 'a copy leads out of its folder')
    }
  })
}

async function mediaTypes(random: Random): Promise<void> {
  const declared = random.pick([
    'application/pdf',
    'text/plain',
    '',
    'x',
    'TEXT/HTML; charset=x',
    'application/zip',
    'application/msword',
    '__proto__',
    'constructor/x',
  ])
  const type = sniffMediaType(file(random), declared)
  expect(normaliseMediaType(type) === type, 'a media type is not in its own spelling')
}

async function names(random: Random): Promise<void> {
  const parts = random.several(30, () => ({
    sentName: random.pick([
      null,
      '',
      random.text(60),
      '../../etc/passwd',
      'C:\\a\\b.pdf',
      'CON',
      'con.txt',
      '.',
      'a'.repeat(500),
      '👩‍👩‍👧‍👦'.repeat(40),
      'a.pdf',
      'A.PDF',
      '\u202efdp.exe',
      'e\u0301'.repeat(300),
    ]),
    mediaType: random.pick(['application/pdf', 'image/tiff', 'text/plain', 'x/y', '__proto__']),
    role: random.pick(['body', 'attachment'] as const),
  }))
  const clean = cleanNames(parts)
  expect(new Set(clean.map((name) => name.normalize('NFKC').toUpperCase().toLowerCase())).size === parts.length, 'two names are alike')
  for (const name of clean)
    expect(name !== '' && Buffer.byteLength(name) <= 120 && !/[/\\:\p{Cc}\p{Bidi_Control}]|^\.|\.$/u.test(name), 'a name is not clean')
}

async function pages(random: Random): Promise<void> {
  const type = random.pick(['application/pdf', 'application/pdf', 'image/tiff', 'image/png', 'application/zip'])
  const count = await countPages(file(random), type)
  expect(count === null || (Number.isInteger(count) && count > 0), 'a number of pages that is none')
}

/** Something that begins as a document and then goes wrong. */
function file(random: Random): Buffer {
  const made = random.pick([
    pdf,
    pdf,
    tiff,
    zip,
    (some: Random) =>
      Buffer.concat([
        Buffer.from(some.pick(['<', '{', '<?xml ', 'BM', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', '0\x82', 'MSH|']), 'latin1'),
        some.bytes(some.between(0, 2000)),
      ]),
  ])(random)
  return random.chance(0.6) ? mutate(random, made) : made
}

function pdf(random: Random): Buffer {
  const bomb = deflateSync(Buffer.alloc(random.pick([100, 5_000_000]), random.pick([0, 32, 49])))
  const count = random.pick(['2', '-1', '999999999999', '1.5', '2 0 R', '[', 'null'])
  const rows = random.chance(0.3)
    ? 'xref\n0 4294967295\n'
    : `xref\n0 4\n0000000000 65535 f \n${['0000000009', '0000000060', '0000000120'].map((at) => `${at} 00000 n \n`).join('')}`
  const objects = `1 0 obj<</Type/Catalog/Pages ${random.pick(['2 0 R', '1 0 R', '9 0 R'])}>>endobj\n2 0 obj<</Type/Pages/Count ${count}/Kids[3 0 R]>>endobj\n`
  const nested = random.pick(['', '<<'.repeat(20_000), '['.repeat(20_000), `(${'('.repeat(20_000)}`])
  const stream = Buffer.concat([
    Buffer.from(
      `4 0 obj<</Type/XRef/W[1 ${random.pick([2, 6, 99])} 1]/Filter/FlateDecode/Length ${bomb.length}/Prev ${random.pick([0, 9, 120])}>>stream\n`,
    ),
    bomb,
    Buffer.from('\nendstream endobj\n'),
  ])
  const head = Buffer.from(`%PDF-1.7\n${objects}${nested}`, 'latin1')
  const trailer = `${rows}trailer<</Size 4/Root 1 0 R/Prev ${random.pick([0, 9, head.length])}>>\nstartxref\n${random.pick([head.length, head.length + stream.length, 9, 999_999_999])}\n%%EOF\n`
  return Buffer.concat([head, stream, Buffer.from(trailer)])
}

function tiff(random: Random): Buffer {
  const bytes = Buffer.alloc(random.between(8, 400))
  bytes.write(random.pick(['II*\0', 'MM\0*']), 'latin1')
  for (let at = 4; at + 4 <= bytes.length; at += 4)
    bytes.writeUInt32LE(random.pick([0, 8, 16, 1, 254, 0xffffffff, random.below(bytes.length)]), at)
  return bytes
}

function zip(random: Random): Buffer {
  const name = random.pick(['word/a', 'xl/b', 'META-INF/x', 'mimetype', '../../x', 'a'.repeat(300)])
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50)
  entry.writeUInt16LE(random.pick([name.length, 65_535]), 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(random.pick([1, 65_535]), 10)
  end.writeUInt32LE(random.pick([4, 0, 0xffffffff]), 16)
  const entries = Array.from({ length: random.between(1, 500) }, () => Buffer.concat([entry, Buffer.from(name)]))
  return Buffer.concat([Buffer.from('PK\x03\x04'), ...entries, end])
}

const PASSPHRASE = 'hepoex1-fuzz'
let whole: Promise<Buffer> | null = null

/** Sealed once: each takes the hash of a passphrase. */
function sealed(): Promise<Buffer> {
  whole ??= gather(seal(contents(document('a.pdf', Buffer.alloc(70_000, 'page ')), document('b.txt', Buffer.from('text'))), PASSPHRASE))
  return whole
}

async function packages(random: Random): Promise<void> {
  const good = await sealed()
  const header = good.subarray(0, good.indexOf('\n--- ') + 60)
  // Half of the damage goes where decisions are made: the header in front of the payload.
  const bad = random.chance(0.5) ? mutate(random, good) : Buffer.concat([mutate(random, header), good.subarray(header.length)])
  if (bad.equals(good)) return
  await orDamaged(async () => {
    const opened = await openPackage(inMemory(bad), PASSPHRASE)
    if (!opened) return
    const documents = []
    for (const index of opened.manifest.documents.keys()) documents.push(await gather(await opened.document(index)))
    expect(documents[0]?.equals(Buffer.alloc(70_000, 'page ')) === true, 'a damaged package gave something else')
  })
}

async function orDamaged(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof PackageDamagedError)) throw error
  }
}
