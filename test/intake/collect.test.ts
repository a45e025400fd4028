import t from 'tap'
import { type CollectedDocument, collect, summarise } from '../../src/intake/collect.js'
import type { Part } from '../../src/mail/envelope.js'
import { PDF } from '../support/raw.js'
import { messageOf, partOf } from './message.js'

async function documents(parts: readonly Part[]): Promise<CollectedDocument[]> {
  const collected = await collect(messageOf({ parts }))
  if ('reason' in collected) throw new Error(collected.reason)
  return collected
}

t.test('every part becomes a document, in order, its bytes untouched and its own text too', async (t) => {
  const parts = [
    partOf('See the files.', { role: 'body', mediaType: 'text/plain' }),
    partOf(PDF, { part: '2', sentName: 'summary.pdf', mediaType: 'application/pdf' }),
    partOf('', { part: '3', sentName: 'empty.txt', mediaType: 'text/plain' }),
  ]
  const got = await documents(parts)
  t.same(
    got.map(({ part, role, sentName, origin, sha256 }) => [part, role, sentName, origin, sha256]),
    parts.map(({ part, role, sentName, sha256 }) => [part, role, sentName, 'mime', sha256]),
  )
  for (const [index, { bytes }] of got.entries()) t.equal(bytes, parts[index]?.bytes)
})

t.test('a file that stood in a text says so, and counts as records', async (t) => {
  const [text, file] = await documents([
    partOf('begin 644 …', { role: 'body', mediaType: 'text/plain' }),
    partOf(PDF, { part: '1/1', sentName: 'a.pdf', origin: 'uuencode/a.pdf' }),
  ])
  t.match(text, { origin: 'mime', role: 'body' })
  t.match(file, { origin: 'uuencode/a.pdf', part: '1/1', name: 'a.pdf', mediaType: 'application/pdf' })
})

t.test('a type is what the bytes say, where they say it', async (t) => {
  const parts = [partOf(PDF, { mediaType: 'application/octet-stream' }), partOf('abc', { mediaType: 'chemical/x-pdb' })]
  const [pdf, unknown] = await documents(parts)
  t.equal(pdf?.mediaType, 'application/pdf')
  t.equal(unknown?.mediaType, 'chemical/x-pdb')
})

t.test('names are unique, and lead nowhere', async (t) => {
  const all = await documents([
    partOf('a', { sentName: 'scan.txt' }),
    partOf('b', { sentName: 'scan.txt' }),
    partOf('c', { sentName: '../../etc/passwd' }),
    partOf('d', { sentName: null }),
  ])
  const names = all.map(({ name }) => name)
  t.equal(new Set(names).size, 4)
  for (const name of names) t.match(name, /^[^/\\]+$/)
})

const NO_RECORDS: Array<[string, readonly Part[]]> = [
  ['no parts', []],
  ['text alone', [partOf('See below.', { role: 'body', mediaType: 'text/plain' })]],
  ['an empty file', [partOf('')]],
  ['an S/MIME signature', [partOf('x', { mediaType: 'application/pkcs7-signature' })]],
  ['an old S/MIME signature', [partOf('x', { mediaType: 'application/x-pkcs7-signature' })]],
  ['an OpenPGP signature', [partOf('x', { mediaType: 'application/pgp-signature' })]],
]

for (const [what, parts] of NO_RECORDS) {
  t.test(`${what} is no record`, async (t) => {
    t.same(await collect(messageOf({ parts })), { reason: 'no-documents' })
    t.equal((await documents([...parts, partOf(PDF)])).length, parts.length + 1, 'but goes along with one')
  })
}

t.test('a receipt’s list is of attachments alone, without names', async (t) => {
  const summaries = await summarise(
    await documents([partOf('text', { role: 'body' }), partOf(PDF, { sentName: 'secret-name.pdf' }), partOf('abc')]),
  )
  t.equal(summaries.length, 2)
  for (const summary of summaries) t.same(Object.keys(summary), ['mediaType', 'bytes', 'pages', 'sha256', 'isProtected'])
  t.match(summaries, [
    { mediaType: 'application/pdf', bytes: PDF.length },
    { bytes: 3, pages: null },
  ])
})
