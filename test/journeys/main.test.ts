// The main job over real sockets: a clinic mails records, a person opens them; with a restart in between, a lost code, and nothing
// left in the clear anywhere.

import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { linksOf, wordsOf } from '../../scripts/visitor.mjs'
import { openTown, readNotice, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const QUESTION = 'Whose boat is in the story?'
const ANSWER = 'The Wandering Albatross'
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const scan = (marker: string) => Buffer.concat([Buffer.from(`%PDF-1.4\n% ${marker}\n`), randomBytes(200_000), Buffer.from('\n%%EOF\n')])

async function redeem(town: Town, path: string, code: string, answer = ANSWER) {
  const visitor = town.visitor()
  const question = await visitor.submit(await visitor.open(path), { code })
  return { visitor, question, page: await visitor.submit(question, { answer }) }
}

t.test('records go in by mail and come out by code and answer, byte for byte, over a restart', async (t) => {
  const town = await openTown(t, { slowHashes: true })
  await town.register(PERSON, QUESTION, ANSWER)
  const files = [
    { filename: 'Befund Müller.pdf', contentType: 'application/pdf', content: scan('one') },
    { filename: 'fax.tif', contentType: 'image/tiff', content: Buffer.concat([Buffer.from('49492a00', 'hex'), randomBytes(1000)]) },
    { filename: 'résultats.csv', contentType: 'text/csv', content: Buffer.from('a,b\r\n1,2\r\n') },
  ]
  const sent = await town.send({ subject: `${PERSON}; labs`, attachments: files })
  t.match(sent.response, /^250 2\.6\.0 .*\d{8}-\w{8}/)
  const notice = await town.mail(PERSON, /\/open\//)
  t.match(notice.from, /^n\+[0-9a-f]{32}@intake\.localhost$/, 'a notice that bounces comes back to us, at an address of its own')
  t.notMatch(`${notice.subject} ${notice.text}`, /Befund|labs|Clinic/, 'the notice tells neither what nor from whom')
  await town.restart()
  const { path, code } = readNotice(notice)
  const { visitor, question, page } = await redeem(town, path, code)
  t.match(wordsOf(question.html), QUESTION)
  t.match(page.url, /\/records$/)
  const hrefs = linksOf(page.html).filter(({ href }) => /\/records\/documents\/\d+(\?|$)/.test(href))
  const got = []
  for (const { href } of hrefs) got.push(sha256((await visitor.open(href)).bytes))
  t.equal(got.length, 4, 'the message itself is kept too')
  t.same(
    got.slice(1),
    files.map(({ content }) => sha256(content)),
  )
  const receipt = await town.mail('records@clinic.example', /intake number/i)
  t.notMatch(receipt.text + receipt.html, /Befund|labs|pat@/, 'the receipt names no file and no person')
  t.match(receipt.text, /does not prove delivery/)
})

t.test('a GET consumes nothing: every link of the notice may be followed by a scanner, any number of times', async (t) => {
  const town = await openTown(t)
  await town.register(PERSON, QUESTION, ANSWER)
  await town.send({ subject: PERSON, attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', content: scan('x') }] })
  const notice = await town.mail(PERSON, /\/open\//)
  for (const url of notice.text.match(/https?:\/\/\S+/g) ?? []) {
    for (const method of ['GET', 'HEAD', 'GET']) await fetch(url, { method })
  }
  const { path, code } = readNotice(notice)
  t.match((await redeem(town, path, code)).page.url, /\/records$/)
  t.match((await redeem(town, path, code)).page.url, /\/records$/, 'and opening destroys nothing')
})

t.test('a lost code is replaced by sending again, and the first one keeps working', async (t) => {
  const town = await openTown(t)
  await town.register(PERSON, QUESTION, ANSWER)
  const attachments = [{ filename: 'a.pdf', contentType: 'application/pdf', content: scan('x') }]
  await town.send({ subject: PERSON, messageId: '<1@clinic.example>', attachments })
  await town.send({ subject: PERSON, messageId: '<1@clinic.example>', attachments })
  await town.send({ subject: PERSON, messageId: '<2@clinic.example>', attachments })
  const notices = (await town.mails(PERSON)).filter(({ text }) => /\/open\//.test(text)).map(readNotice)
  t.equal(notices.length, 2, 'the same message again is the same transmission')
  for (const { path, code } of notices) t.match((await redeem(town, path, code)).page.url, /\/records$/)
})

t.test('a wrong answer says how many tries are left, and opens nothing', async (t) => {
  const town = await openTown(t)
  await town.register(PERSON, QUESTION, ANSWER)
  await town.send({ subject: PERSON, attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', content: scan('x') }] })
  const { path, code } = readNotice(await town.mail(PERSON, /\/open\//))
  const { page, visitor } = await redeem(town, path, code, 'not this one')
  t.not(page.status, 200)
  t.match(wordsOf(page.html), /9 (more )?tries|tries left|try/i)
  t.equal((await visitor.open('/records/documents/0')).headers.get('content-type')?.startsWith('text/html'), true)
  const wrongCode = await visitor.submit(await visitor.open(path), { code: '1111222233334444' })
  t.notMatch(wordsOf(wrongCode.html), QUESTION, 'a wrong code shows no question')
})

t.test('deleting takes the package and its twins away at once', async (t) => {
  const town = await openTown(t)
  await town.register(PERSON, QUESTION, ANSWER)
  const attachments = [{ filename: 'a.pdf', contentType: 'application/pdf', content: scan('x') }]
  await town.send({ subject: PERSON, messageId: '<1@clinic.example>', attachments })
  await town.send({ subject: PERSON, messageId: '<2@clinic.example>', attachments })
  const notices = (await town.mails(PERSON)).filter(({ text }) => /\/open\//.test(text)).map(readNotice)
  const [first, twin] = notices
  if (!first || !twin) return t.fail('two notices')
  const { visitor } = await redeem(town, first.path, first.code)
  await visitor.submit(await visitor.open('/records/delete'))
  const again = town.visitor()
  const told = await again.submit(await again.open(twin.path), { code: twin.code })
  t.match(wordsOf(told.html), /deleted|removed/i)
  t.same(
    await readdir(join(town.folder, 'mailboxes', 'packages'), { recursive: true }).then((names) =>
      names.filter((name) => /[0-9a-f-]{36}/.test(name)),
    ),
    [],
  )
})

t.test('while the relay is down nothing is taken, and further mail is put off before its bytes are sent', async (t) => {
  let isDown = false
  const town = await openTown(t, {
    relay: { rcpt: (address) => (isDown && address === PERSON ? '451 4.3.0 later' : '250 ok') },
  })
  await town.register(PERSON, QUESTION, ANSWER)
  const letter = { subject: PERSON, attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', content: scan('x') }] }
  isDown = true
  const refused = await town.send(letter).catch((error: unknown) => error)
  t.match(refused, { responseCode: 451, command: 'DATA' })
  const putOff = await town.send(letter).catch((error: unknown) => error)
  t.match(putOff, { responseCode: 451, command: 'MAIL FROM' })
  t.equal((await town.mails(PERSON)).filter(({ text }) => /\/open\//.test(text)).length, 0)
})

t.test('nothing seeded is found in the log, the data, the key folder or new temporary files, with a real relay', async (t) => {
  const before = new Set(await readdir(tmpdir()))
  const marker = `marker${randomBytes(6).toString('hex')}`
  const town = await openTown(t)
  await town.register(PERSON, `Question ${marker} of mine?`, `Answer ${marker} of mine`)
  const content = scan(`document ${marker}`)
  await town.send({
    subject: `${PERSON} subject ${marker}`,
    text: `body ${marker}`,
    attachments: [{ filename: `name-${marker}.pdf`, contentType: 'application/pdf', content }],
  })
  await town.mail('records@clinic.example', /intake number/i)
  const notice = readNotice(await town.mail(PERSON, /\/open\//))
  const { page, visitor } = await redeem(town, notice.path, notice.code, `Answer ${marker} of mine`)
  t.match(page.url, /\/records$/)
  const passphrase = wordsOf(page.html).match(/hepoex1-\w{52}/)?.[0] ?? 'none'
  await visitor.open('/records/documents/1')
  await redeem(town, notice.path, notice.code, `wrong ${marker}`)
  const codeForms = [notice.code, notice.code.replaceAll(' ', ''), notice.code.replaceAll(' ', '-')]
  const needles = [marker, passphrase, ...codeForms, content.toString('latin1', 20, 60)].map((needle) => Buffer.from(needle, 'latin1'))
  const spread = needles.flatMap((needle) => [
    needle,
    Buffer.from(needle.toString('base64').slice(0, -4)),
    Buffer.from(needle.toString('hex')),
  ])
  const places: Array<[string, Buffer]> = [['log', Buffer.from(town.log.join(''))], ...(await filesBelow(town.folder))]
  for (const name of (await readdir(tmpdir())).filter((each) => !before.has(each) && !each.startsWith('hepoex-town-'))) {
    places.push(...(await filesBelow(join(tmpdir(), name)).catch(() => [])))
  }
  t.ok(places.length > 4)
  t.ok(town.log.length > 5, 'the log was written')
  for (const [place, bytes] of places) {
    const found = spread.filter((needle) => bytes.includes(needle)).length
    t.equal(found, 0, `${place.replace(/[0-9a-f-]{36}/, 'ID').replace(town.folder, '')} is clean`)
  }
})

async function filesBelow(folder: string): Promise<Array<[string, Buffer]>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (file): Promise<[string, Buffer]> => [file, await readFile(file)]))
}
