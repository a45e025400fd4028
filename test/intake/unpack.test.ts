// Files inside files, level by level. The workshop is a fake that opens whatever begins with the name of a container.

import { createHash } from 'node:crypto'
import t from 'tap'
import { collect } from '../../src/intake/collect.js'
import { isWrapper, type RawDocument, unpackAll } from '../../src/intake/unpack.js'
import { fakeWorkshop } from '../support/bench.js'
import { messageOf, partOf } from './message.js'

const ZIP = Buffer.from('PK\x03\x04 zip')
const TNEF = Buffer.from('\x78\x9f\x3e\x22 tnef', 'latin1')

function raw(bytes: Buffer | string, change: Partial<RawDocument> = {}): RawDocument {
  const content = Buffer.from(bytes)
  return {
    ...{
      sentName: null,
      mediaType: 'application/octet-stream',
      charset: null,
      contentId: null,
      bytes: content,
      part: '2',
      role: 'attachment',
    },
    ...{ sha256: createHash('sha256').update(content).digest('hex'), origin: 'mime', title: null, within: null },
    ...{ isProtected: false, signer: null, head: null },
    ...change,
  }
}

interface Inner {
  readonly name: string | null
  readonly mediaType: string
  readonly bytes: Buffer
  readonly way: string
  readonly role: 'body' | 'attachment'
  readonly title: string | null
}

function inner(bytes: Buffer | string, way: string, change: Partial<Inner> = {}): Inner {
  const content = Buffer.from(bytes)
  return {
    name: way.split('/').at(-1) ?? null,
    mediaType: 'application/octet-stream',
    bytes: content,
    way,
    role: 'attachment',
    title: null,
    ...change,
  }
}

/** Opens by media type. */
function opening(contents: Readonly<Record<string, unknown>>) {
  return fakeWorkshop({ unpack: ({ mediaType }: { mediaType: string }) => contents[mediaType] })
}

const unpacked = (...files: Inner[]) => ({ kind: 'unpacked', files, signer: null })

function mail(...lines: string[]): Buffer {
  return Buffer.from(['From: a@clinic.example', 'Date: Sun, 22 Nov 2026 10:00:00 +0000', 'MIME-Version: 1.0', ...lines, ''].join('\r\n'))
}

const FORWARDED = mail(
  'Subject: results',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  '',
  'See below.',
  '--b',
  'Content-Type: text/csv; name=results.csv',
  'Content-Disposition: attachment; filename=results.csv',
  '',
  'test,value',
  '--b--',
)

t.test('an attached mail stays, and its text and files stand behind it', async (t) => {
  const all = await opening({}).atBench((bench) => unpackAll([raw(FORWARDED, { mediaType: 'message/rfc822' }), raw('last')], bench))
  t.match(all, [
    {
      origin: 'mime',
      within: null,
      mediaType: 'message/rfc822',
      head: 'From: a@clinic.example\nDate: Sun, 22 Nov 2026 10:00:00 +0000\nSubject: results',
    },
    { origin: 'rfc822/1', within: 0, part: '2', role: 'attachment', sentName: 'message.txt', mediaType: 'text/plain' },
    { origin: 'rfc822/2', within: 0, part: '2', role: 'attachment', sentName: 'results.csv', mediaType: 'text/csv' },
    { origin: 'mime', within: null },
  ])
  t.equal(String(all[2]?.bytes), 'test,value')
  t.equal(all[2]?.sha256, createHash('sha256').update('test,value').digest('hex'))
})

t.test('an attached mail that is damaged stays closed: its parts are never given short', async (t) => {
  const cut = FORWARDED.subarray(0, FORWARDED.length - 10)
  for (const bytes of [cut, Buffer.from('\r\n'), Buffer.alloc(0)]) {
    const all = await opening({}).atBench((bench) => unpackAll([raw(bytes, { mediaType: 'message/rfc822' })], bench))
    t.equal(all.length, 1)
  }
})

t.test('containers in containers are opened, each file right behind its own', async (t) => {
  const shop = opening({
    'application/zip': unpacked(inner(FORWARDED, 'zip/old/mail.eml'), inner('text', 'zip/note.txt', { title: 'Discharge summary' })),
  })
  const all = await shop.atBench((bench) => unpackAll([raw(ZIP, { mediaType: 'application/zip' })], bench))
  t.same(
    all.map(({ origin, within }) => [origin, within]),
    [
      ['mime', null],
      ['zip/old/mail.eml', 0],
      ['zip/old/mail.eml/rfc822/1', 1],
      ['zip/old/mail.eml/rfc822/2', 1],
      ['zip/note.txt', 0],
    ],
  )
  t.equal(all[4]?.title, 'Discharge summary')
})

t.test('a container within itself for ever ends at the depth allowed', async (t) => {
  const shop = opening({ 'application/zip': unpacked(inner(ZIP, 'zip/again.zip')) })
  const all = await shop.atBench((bench) => unpackAll([raw(ZIP, { mediaType: 'application/zip' })], bench))
  t.equal(all.length, 6, 'the one that was sent, and five levels')
})

t.test('past the files or bytes allowed a container stays closed; what comes after it is still opened', async (t) => {
  const shop = opening({
    'application/zip': unpacked(inner('12345', 'zip/a'), inner('67890', 'zip/b'), inner('x', 'zip/c')),
    'application/ms-tnef': unpacked(inner('1', 'tnef/d')),
  })
  const sent = [raw(ZIP, { mediaType: 'application/zip' }), raw(TNEF, { mediaType: 'application/ms-tnef' })]
  for (const limits of [
    { depth: 5, files: 2, bytes: 100 },
    { depth: 5, files: 10, bytes: 10 },
  ]) {
    const all = await shop.atBench((bench) => unpackAll(sent, bench, limits))
    t.same(
      all.map(({ origin }) => origin),
      ['mime', 'mime', 'tnef/d'],
    )
  }
  t.match(shop.asked[0]?.input, { limits: { maxFiles: 2, maxBytes: 100 } }, 'the worker is told')
  const all = await shop.atBench((bench) => unpackAll(sent, bench, { depth: 5, files: 4, bytes: 12 }))
  t.equal(all.length, 6, 'the limits count all of them together')
})

t.test('a protected container is said to be so', async (t) => {
  const shop = opening({ 'application/zip': { kind: 'protected' } })
  const [only] = await shop.atBench((bench) => unpackAll([raw(ZIP, { mediaType: 'application/zip' })], bench))
  t.match(only, { isProtected: true })
})

t.test('a worker that dies, or answers nonsense, costs nothing but what is inside', async (t) => {
  const nonsense = [undefined, null, 7, 'unpacked', { kind: 'unpacked' }, unpacked({ ...inner('a', 'zip/a'), bytes: 'text' as never })]
  nonsense.push({ kind: 'unpacked', files: [{ ...inner('a', 'zip/a'), role: 'owner' as never }], signer: null })
  for (const answer of nonsense) {
    const all = await opening({ 'application/zip': answer }).atBench((bench) =>
      unpackAll([raw(ZIP, { mediaType: 'application/zip' })], bench),
    )
    t.equal(all.length, 1)
  }
})

t.test('a way in is one line that turns nothing around', async (t) => {
  const shop = opening({ 'application/zip': unpacked(inner('a', `zip/${'x'.repeat(500)}\u202e\n\0gpj.exe`)) })
  const all = await shop.atBench((bench) => unpackAll([raw(ZIP, { mediaType: 'application/zip' })], bench))
  t.match(all[1]?.origin, /^zip\/x{296}$/)
})

t.test('Outlook’s wrapper of the message itself: its text is the message’s, and alone it is no record', async (t) => {
  const body = inner('Dear Pat', 'tnef/body.txt', { role: 'body', mediaType: 'text/plain' })
  const message = messageOf({ parts: [partOf(TNEF, { part: '2', sentName: 'winmail.dat' })] })
  t.same(await collect(message, opening({ 'application/ms-tnef': unpacked(body) })), { reason: 'no-documents' })
  const collected = await collect(message, opening({ 'application/ms-tnef': unpacked(body, inner('scan', 'tnef/scan.dat')) }))
  t.match(collected, [{ name: 'winmail.dat' }, { name: 'message.txt', role: 'body', within: 0 }, { name: 'scan.dat', role: 'attachment' }])
  t.match(await collect(message, opening({})), [{ name: 'winmail.dat' }], 'one that can’t be opened counts as records')
  const nested = opening({ 'application/zip': unpacked(inner(TNEF, 'zip/winmail.dat')), 'application/ms-tnef': unpacked(body) })
  const zipped = await collect(messageOf({ parts: [partOf(ZIP)] }), nested)
  t.match(zipped, [{}, {}, { role: 'attachment' }], 'one in a ZIP is no message of the provider’s')
})

t.test('S/MIME’s wrapper of the whole message: its parts are the message’s own', async (t) => {
  const p7m = partOf('signed', { part: '1', mediaType: 'application/pkcs7-mime', sentName: 'smime.p7m' })
  const signer = { name: 'Records Desk', address: 'records@clinic.example', isIntact: true }
  const holding = (entity: Buffer) => ({
    kind: 'unpacked',
    files: [inner(entity, 'smime', { name: null, mediaType: 'message/rfc822' })],
    signer,
  })
  const whole = await collect(messageOf({ parts: [p7m] }), opening({ 'application/pkcs7-mime': holding(FORWARDED) }))
  t.match(whole, [
    { origin: 'mime', signer },
    { origin: 'smime', within: 0 },
    { origin: 'smime/rfc822/1', role: 'body' },
    { origin: 'smime/rfc822/2', role: 'attachment', name: 'results.csv' },
  ])
  const textOnly = mail('Content-Type: text/plain', '', 'Nothing attached.')
  t.same(await collect(messageOf({ parts: [p7m] }), opening({ 'application/pkcs7-mime': holding(textOnly) })), { reason: 'no-documents' })
  t.notOk(isWrapper([raw('x', { mediaType: 'application/pkcs7-mime' })], 0), 'one that can’t be opened is no mere wrapper')
})
