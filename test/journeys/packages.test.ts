// What a person does with her packages beside opening them, over real sockets: she looks at the list, keeps one longer, is reminded of one,
// says that records are not hers, and asks for them again.

import t, { type Test } from 'tap'
import { linksOf, type Visitor, wordsOf } from '../../scripts/visitor.mjs'
import { DAY } from '../../src/clock.js'
import { openTown, readNotice, SENDER, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const QUESTION = 'Whose boat is in the story?'
const ANSWER = 'The Wandering Albatross'
const ADMIN = 'admin@intake.localhost'
const attachments = [{ filename: 'Lab results.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF-1.4\n% made up\n%%EOF\n') }]

async function townWithPackage(t: Test) {
  const town = await openTown(t)
  const admin = { id: 'admin-1', address: ADMIN, language: 'en', invitedAt: 1, firstSignInAt: null }
  await town.service.store.write((tables) => tables.admins.invite(admin))
  const visitor = await town.register(PERSON, QUESTION, ANSWER)
  await town.send({ subject: PERSON, messageId: '<1@clinic.example>', attachments })
  const notice = readNotice(await town.mail(PERSON, /\/open\//))
  return { town, visitor, notice, number: notice.path.slice(6) }
}

async function openedBy(town: Town, notice: { path: string; code: string }) {
  const visitor = town.visitor()
  const question = await visitor.submit(await visitor.open(notice.path), { code: notice.code })
  return { visitor, page: question.status === 200 ? await visitor.submit(question, { answer: ANSWER }) : question }
}

/** Sends a form with nothing in it to `path`, as if it stood on the page. */
function press(visitor: Visitor, html: string, path: string) {
  const crumb = /name="crumb" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return visitor.request(path, { method: 'POST', body: new URLSearchParams({ crumb }).toString(), headers })
}

const rowOf = (town: Town, number: string) => town.service.store.read.packages.byNumber(number)

/** As if the package had come earlier. */
async function grow(town: Town, number: string, ms: number) {
  const earlier = (trx: { raw(sql: string, values: number[]): unknown }, name: string) => trx.raw(`${name} - ?`, [ms])
  await town.service.store.database.write((trx) =>
    trx('packages')
      .where({ number })
      .update({ sealed_at: earlier(trx, 'sealed_at'), sent_at: earlier(trx, 'sent_at'), expires_at: earlier(trx, 'expires_at') }),
  )
}

t.test('she sees her packages, keeps one longer, opens it, and the list says so; nobody else sees anything', async (t) => {
  const { town, visitor, notice, number } = await townWithPackage(t)
  const stranger = town.visitor()
  const outside = wordsOf((await stranger.open('/packages')).html)
  t.match(outside, /Sign in with your e-mail address/)
  t.notMatch(outside, /Waiting for you/)
  const list = await visitor.open('/packages')
  const reference = number.replace(/(.{4})(?=.)/g, '$1-')
  t.match(wordsOf(list.html), new RegExp(`Waiting for you.*${reference}.*Open`, 's'))
  t.notMatch(list.html, /Lab results|Sample Clinic/, 'neither what is in it nor who sent it')
  const before = await rowOf(town, number)
  const keep = linksOf(list.html).find(({ href }) => href.endsWith('/extend'))
  const asked = await visitor.open(keep?.href ?? '')
  t.equal((await rowOf(town, number))?.expiresAt, before?.expiresAt, 'looking at the page keeps nothing')
  const other = await town.register('kim@home.example', QUESTION, ANSWER)
  t.match(wordsOf((await other.open('/packages')).html), /No package has come for you yet/)
  await press(other, (await other.open('/packages')).html, `/packages/${number}/extend`)
  t.equal((await rowOf(town, number))?.expiresAt, before?.expiresAt, 'nor does anybody else keep it')
  const kept = await visitor.submit(asked)
  t.match(wordsOf(kept.html), new RegExp(`Package ${reference} is now kept until`))
  t.equal((await rowOf(town, number))?.expiresAt, (before?.expiresAt ?? 0) + 30 * DAY)
  t.match(wordsOf((await visitor.open(keep?.href ?? '')).html), /one time only/)
  t.match((await openedBy(town, notice)).page.url, /\/records$/)
  t.match(wordsOf((await visitor.open('/packages')).html), /No package waits for you.*Opened.*Kept until/s)
})

t.test('an open package is kept longer by one button, one time', async (t) => {
  const { town, notice, number } = await townWithPackage(t)
  const { visitor, page } = await openedBy(town, notice)
  const before = await rowOf(town, number)
  const path = /action="(\/records\/extend[^"]*)"/.exec(page.html)?.[1] ?? ''
  t.match(wordsOf((await press(visitor, page.html, path)).html), /is now kept until/)
  t.match(wordsOf((await press(visitor, page.html, path)).html), /You have kept this package longer/)
  t.equal((await rowOf(town, number))?.expiresAt, (before?.expiresAt ?? 0) + 30 * DAY)
})

t.test('she is reminded of what she has not opened, told when it has expired, and asks for it again', async (t) => {
  const { town, notice, number } = await townWithPackage(t)
  await grow(town, number, 23.5 * DAY)
  await town.restart()
  const reminder = await town.mail(PERSON, /still waits|waits for you until/)
  t.match(reminder.text, new RegExp(`/open/${number}`))
  t.notMatch(reminder.text + reminder.html, /\d{4} \d{4} \d{4} \d{4}|Clinic/, 'no code, and nobody named')
  await town.restart()
  await grow(town, number, 7 * DAY)
  await town.restart()
  const expired = await town.mail(PERSON, /has expired unopened/)
  t.match(expired.text, /send them again/)
  t.equal((await town.mails(PERSON)).filter(({ subject }) => /waits for you until/.test(subject)).length, 1)
  const visitor = town.visitor()
  const codePage = await visitor.open(notice.path)
  t.notMatch(codePage.html, /Sample Clinic/, 'the number alone tells nothing')
  t.match(codePage.html, /href="mailto:\?subject=/)
  const over = await visitor.submit(codePage, { code: notice.code })
  t.match(wordsOf(over.html), /This package has expired.*It was sent by Sample Clinic/s)
  const mail =
    linksOf(over.html)
      .find(({ href }) => href.startsWith('mailto:'))
      ?.href.replaceAll('&amp;', '&') ?? ''
  t.match(decodeURIComponent(mail), new RegExp(`reference ${number.replace(/(.{4})(?=.)/g, '$1-')}`))
})

t.test('records of somebody else are closed at once, and everybody who has to act is told', async (t) => {
  const { town, notice, number } = await townWithPackage(t)
  await town.send({ subject: PERSON, messageId: '<2@clinic.example>', attachments })
  const notices = (await town.mails(PERSON)).filter(({ text }) => /\/open\//.test(text)).map(readNotice)
  const twin = notices.find(({ path }) => path !== notice.path)
  if (!twin) return t.fail('two notices')
  const { visitor, page } = await openedBy(town, notice)
  const second = await openedBy(town, twin)
  const link = linksOf(page.html).find(({ href }) => href.includes('/records/not-mine'))
  const asked = await visitor.open(link?.href ?? '')
  t.match(wordsOf(asked.html), /Nobody can open it any more/)
  t.match((await visitor.open('/records')).url, /\/records$/, 'looking at the page closes nothing')
  t.match(wordsOf((await visitor.submit(asked)).html), /The package is closed/)
  t.match(wordsOf((await second.visitor.open('/records')).html), /Your records are closed/)
  for (const each of [notice, twin]) {
    const { page: told } = await openedBy(town, each)
    t.match(wordsOf(told.html), /This package was reported/)
    t.notMatch(told.html, /Sample Clinic/)
  }
  const row = await rowOf(town, number)
  t.match(row, { state: 'not-mine', blobKey: null })
  const receipt = await town.mail(SENDER, new RegExp(`^Receipt ${row?.intakeNumber}`))
  const reported = await town.mail(SENDER, /^Wrong person/)
  t.match(reported.text, new RegExp(row?.intakeNumber ?? 'none'))
  t.equal(reported.headers.get('in-reply-to'), receipt.headers.get('message-id'))
  const alert = await town.mail(ADMIN, /164\.402/)
  const confirmed = await town.mail(PERSON, /not about you/)
  for (const { text, html } of [reported, alert, confirmed]) t.notMatch(text + html, /pat@|Lab results|Sample Clinic/)
  const kinds = (await town.service.store.read.events.forPackage(row?.id ?? '')).map(({ kind }) => kind)
  t.strictSame(kinds, ['sent', 'opened', 'not-mine'], 'the record stays')
})

t.test('a clinic that wants to know is told of the first opening, once', async (t) => {
  const { town, notice } = await townWithPackage(t)
  await town.service.store.database.write((trx) => trx('providers').update({ picked_up: true }))
  await town.send({ subject: PERSON, messageId: '<2@clinic.example>', attachments })
  const notices = (await town.mails(PERSON)).filter(({ text }) => /\/open\//.test(text)).map(readNotice)
  for (const each of [notice, ...notices]) t.match((await openedBy(town, each)).page.url, /\/records$/)
  const told = await town.mail(SENDER, /^Opened: intake/)
  t.notMatch(told.text + told.html, /pat@|127\.0\.0\.1|Lab results/)
  // What comes after it in the post comes after a second one, too.
  await town.send({ subject: PERSON, messageId: '<3@clinic.example>', attachments })
  const count = (mails: Awaited<ReturnType<Town['mails']>>) => mails.filter(({ subject }) => subject.startsWith('Receipt')).length
  while (count(await town.mails(SENDER)) < 3) await town.relay.next()
  t.equal((await town.mails(SENDER)).filter(({ subject }) => subject.startsWith('Opened')).length, 1)
})
