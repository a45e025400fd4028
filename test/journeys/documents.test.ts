// What clinics really send, over real sockets: scans, faxes, pictures, structured records, archives, attached mails. Everything arrives byte
// for byte, is unpacked, and can be read on the site; and a file that hangs or breaks its reader costs nothing but its copy.

import { createHash } from 'node:crypto'
import t from 'tap'
import { sampleDocuments } from '../../scripts/samples.mjs'
import { linksOf, wordsOf } from '../../scripts/visitor.mjs'
import { PDFDocument } from '../../src/documents/pdf-library.js'
import { ProcessWorkshop } from '../../src/documents/workshop/workshop.js'
import { zipOf } from '../documents/containers/samples.js'
import { bookmarksOf } from '../documents/paged/pdf-samples.js'
import { PDF, SIGNER, signed } from '../intake/signed-mail.js'
import { openTown, readNotice, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const ANSWER = 'The Wandering Albatross'
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function open(town: Town) {
  const { path, code } = readNotice(await town.mail(PERSON, /\/open\//))
  const visitor = town.visitor()
  const question = await visitor.submit(await visitor.open(path), { code })
  return { visitor, page: await visitor.submit(question, { answer: ANSWER }) }
}

const ATTACHED = [
  'From: Lab <lab@clinic.example>',
  'To: records@clinic.example',
  'Subject: Potassium',
  'Date: Sun, 22 Nov 2026 10:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  '',
  'The value is 4.1.',
  '--b',
  'Content-Type: text/csv; name=potassium.csv',
  'Content-Disposition: attachment; filename=potassium.csv',
  '',
  'test,value',
  '--b--',
  '',
].join('\r\n')

t.test('a mixed message: all of it arrives, unpacked and readable', async (t) => {
  const town = await openTown(t, { copies: true })
  await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  const samples = await sampleDocuments()
  const note = Buffer.from('Archived note')
  const attachments = [
    ...samples.map(({ name, mediaType, bytes }) => ({ filename: name, contentType: mediaType, content: bytes })),
    { filename: 'archive.zip', contentType: 'application/zip', content: zipOf([{ name: 'old/note.txt', content: note }]) },
    { filename: 'mail.eml', contentType: 'message/rfc822', content: Buffer.from(ATTACHED) },
    { filename: 'image.dcm', contentType: 'application/dicom', content: Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]) },
  ]
  const sent = await town.send({ subject: PERSON, text: 'The records you asked for.', attachments })
  t.match(sent.response, /^250 /)
  const { visitor, page } = await open(town)
  t.equal(page.status, 200)
  const words = wordsOf(page.html)
  for (const { filename } of attachments) t.ok(words.includes(filename), `${filename} is listed`)
  for (const name of ['note.txt', 'potassium.csv']) t.ok(words.includes(name), `${name} was unpacked`)

  const downloads = linksOf(page.html).filter(({ href }) => /\/records\/documents\/\d+(\?|$)/.test(href))
  const digests = new Set<string>()
  for (const { href } of downloads) digests.add(sha256((await visitor.open(href)).bytes))
  for (const { filename, content } of attachments) {
    // Mail programs write an attached mail as lines: its last one may have been ended.
    if (filename !== 'mail.eml') t.ok(digests.has(sha256(content)), `${filename} is what was sent`)
  }
  t.ok(digests.has(sha256(note)), 'so is what the archive holds')
  t.ok(digests.has(sha256(Buffer.from('test,value'))), 'and the file of the attached mail')

  const records = await visitor.open('/records/records.pdf')
  t.match(records.headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'self'/)
  const pdf = await PDFDocument.load(records.bytes)
  const bookmarks = bookmarksOf(pdf).map(({ title }) => title)
  t.strictSame(bookmarks.slice(0, 3), ['Health records', 'Message from the provider', 'Visit summary.pdf'])
  t.ok(pdf.getPageCount() >= 1 + 1 + 2 + 1 + 1 + 1, 'the cover, the message, the letter, the fax, the picture, the note')

  const places = new Map(attachments.map(({ filename }, index) => [filename, index + 1]))
  const copy = await visitor.open(`/records/documents/${places.get('Résumé clinique.xml')}/copy`)
  t.match(copy.headers.get('content-type'), 'text/html')
  t.match(copy.headers.get('content-security-policy'), /^sandbox/)
  t.match(copy.html, /<h1/)
  const picture = await visitor.open(`/records/documents/${places.get('fax-page.tif')}/thumbnail`)
  t.equal(picture.headers.get('content-type'), 'image/png')
  for (let index = 0; index < downloads.length; index++) {
    const shown = await visitor.open(`/records/view/${index}`)
    t.equal(shown.status, 200, `document ${index} has a page of its own`)
  }
  const zip = await visitor.open('/records/all.zip')
  for (const name of ['manifest.json', 'records.pdf', 'index.html', 'readable/']) t.ok(zip.bytes.includes(name), `${name} is in the ZIP`)
})

t.test('whatever a file does to its reader, it arrives, and the others are readable', async (t) => {
  const rogue = new ProcessWorkshop({ main: new URL(`../support/rogue-worker.${import.meta.url.slice(-2)}`, import.meta.url), jobMs: 1500 })
  t.teardown(() => rogue.close())
  const town = await openTown(t, { workshop: rogue })
  await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  const contents = ['hang', 'grow', 'exit', 'nonsense'].map((what) => Buffer.from(`${what}: a document that makes its reader ${what}`))
  const attachments = contents.map((content, index) => ({ filename: `${index}.bin`, contentType: 'application/octet-stream', content }))
  t.match((await town.send({ subject: PERSON, attachments })).response, /^250 /)
  const { visitor } = await open(town)
  for (const [index, content] of contents.entries()) {
    t.same((await visitor.open(`/records/documents/${index + 1}`)).bytes, content)
  }
})

t.test('a file that needs a password is kept, and both sides are told', async (t) => {
  const town = await openTown(t, { copies: true })
  await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  const content = zipOf([{ name: 'a.txt', content: Buffer.from('x'), flags: 1 }])
  await town.send({ subject: PERSON, attachments: [{ filename: 'locked.zip', contentType: 'application/zip', content }] })
  const { page } = await open(town)
  t.match(wordsOf(page.html), /password/i)
  const receipt = await town.mail('records@clinic.example', /intake number/i)
  t.match(receipt.text, /needs a password or key/)
  t.match(receipt.text.replace(/\s+/g, ' '), /tell them the password another way/)
  t.notMatch(receipt.text, /locked/)
})

t.test('a signed mail: its documents arrive, and she sees who signed it', async (t) => {
  const town = await openTown(t, { copies: true })
  await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  // All of it decoded, and so big that its memory is given back: nothing else holds on to the message as it came.
  const content = Buffer.concat([PDF, Buffer.alloc(1_500_000, '%\n')])
  const lines = content.toString('base64').match(/.{1,76}/g) ?? []
  const entity = ['Content-Type: application/pdf; name=a.pdf', 'Content-Transfer-Encoding: base64', '', ...lines, ''].join('\r\n')
  t.match((await town.send({ subject: PERSON, raw: signed(entity), attachments: [] })).response, /^250 /)
  const { visitor, page } = await open(town)
  t.ok(wordsOf(page.html).includes(`Signed by ${SIGNER.name}, and not changed since`))
  t.ok((await visitor.open('/records/documents/0')).bytes.equals(content))
})
