// The life of a postbox over real sockets: her answer is practised, she moves to a new address, and one day she closes it.

import t from 'tap'
import { type Visitor, wordsOf } from '../../scripts/visitor.mjs'
import { PDF } from '../support/raw.js'
import { type Letter, type Mail, openTown, readNotice, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const NEW = 'pat@new.example'
const QUESTION = 'Whose boat is in the story?'
const ANSWER = 'The Wandering Albatross'

const file = (filename: string) => ({ filename, contentType: 'application/pdf', content: PDF })

/** Opens a package from its notice, in a browser of its own. */
async function openRecords(town: Town, notice: Mail, answer: string): Promise<{ status: number; words: string }> {
  const { path, code } = readNotice(notice)
  const visitor = town.visitor()
  const question = await visitor.submit(await visitor.open(path), { code })
  if (question.status !== 200) return { status: question.status, words: wordsOf(question.html) }
  const records = await visitor.submit(question, { answer })
  return { status: records.status, words: wordsOf(records.html) }
}

/** The code of the reply to that message. */
function replyTo(town: Town, letter: Letter): Promise<number> {
  return town.send(letter).then(
    () => 250,
    (error) => error.responseCode,
  )
}

/** Follows the first link of that kind mailed there, presses its button, and gives what the page then says. */
async function press(town: Town, visitor: Visitor, to: string, kind: RegExp): Promise<string> {
  const mail = await town.mail(to, kind)
  const path = mail.text.match(new RegExp(`${kind.source}[\\w-]+`))?.[0] ?? ''
  return wordsOf((await visitor.submit(await visitor.open(path))).html)
}

/** Signs in by the newest link mailed there. */
async function signIn(town: Town, address: string, before: number): Promise<Visitor> {
  const visitor = town.visitor()
  await visitor.submit(await visitor.open('/sign-in'), { address })
  for (;;) {
    const links = (await town.mails(address)).flatMap(({ text }) => text.match(/\/sign-in\/link\/[\w-]+/) ?? [])
    if (links.length > before) {
      await visitor.submit(await visitor.open(links.at(-1) ?? ''))
      return visitor
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

t.test('right after choosing a question she is invited to try the answer, and wrong tries count', async (t) => {
  const town = await openTown(t)
  const visitor = await town.register(PERSON, QUESTION, ANSWER)
  const saved = await visitor.open('/profile?done=saved')
  t.match(wordsOf(saved.html), /Try it now/)
  t.match(saved.html, /href="\/profile\/recovery-sheet\.pdf"/)
  const page = await visitor.open('/profile/practice')
  t.match(wordsOf(page.html), /Whose boat is in the story/)
  const wrong = await visitor.submit(page, { answer: 'The Flying Dutchman' })
  t.equal(wrong.status, 422)
  t.match(wordsOf(wrong.html), /You have 9 tries left/)
  const right = await visitor.submit(wrong, { answer: 'the wandering ALBATROSS' })
  t.match(wordsOf(right.html), /That is right/)
  t.match(wordsOf(right.html), /You last gave this answer on/)
  t.match(wordsOf((await visitor.submit(right, { mails: 'off' })).html), /Reminders are off/)
  const sheet = await visitor.open('/profile/recovery-sheet.pdf')
  t.equal(sheet.bytes.subarray(0, 5).toString(), '%PDF-')
  t.notMatch(town.log.join('\n'), /Albatross|Dutchman|boat/)
})

t.test('a new address takes her answer and both mailboxes; what waits stays hers', async (t) => {
  const town = await openTown(t)
  const visitor = await town.register(PERSON, QUESTION, ANSWER)
  const number = wordsOf((await visitor.open('/profile')).html).match(/\w{3}-\w{3}-\w{3}/)?.[0]
  await town.send({ subject: PERSON, attachments: [file('before.pdf')] })
  const notice = await town.mail(PERSON, /\/open\//)
  const form = await visitor.open('/profile/address')
  t.equal((await visitor.submit(form, { address: NEW, presentAnswer: 'The Flying Dutchman' })).status, 422)
  const pending = await visitor.submit(form, { address: NEW, presentAnswer: ANSWER })
  t.match(wordsOf(pending.html), /Your new address waits/)
  t.match(wordsOf((await visitor.open('/profile')).html), /A new e-mail address waits/)
  t.match(await press(town, town.visitor(), NEW, /\/confirm-address\//), /This mailbox is done/)
  await town.send({ subject: PERSON, attachments: [file('meanwhile.pdf')], messageId: '<2@clinic.example>' })
  t.match(await press(town, town.visitor(), PERSON, /\/confirm-address\//), /Your address has changed/)
  t.match((await visitor.open('/profile')).url, /\/sign-in$/, 'whoever was signed in is not any more')
  await town.mail(PERSON, /address of your postbox has changed/)
  await town.mail(NEW, /address of your postbox has changed/)
  t.equal(await replyTo(town, { subject: PERSON, attachments: [file('late.pdf')], messageId: '<3@clinic.example>' }), 554)
  await town.send({ subject: NEW, attachments: [file('after.pdf')], messageId: '<4@clinic.example>' })
  t.equal((await openRecords(town, await town.mail(NEW, /\/open\//), ANSWER)).status, 200)
  t.match((await openRecords(town, notice, ANSWER)).words, /before\.pdf/, 'what came before is still hers')
  const again = await signIn(town, NEW, 0)
  t.match(wordsOf((await again.open('/profile')).html), new RegExp(`${NEW}.*${number}`), 'and so is her postbox number')
})

t.test('an address that somebody has can’t be taken, and nobody but its owner is told', async (t) => {
  const town = await openTown(t)
  const other = await town.register(NEW, 'Which tree did we plant then?', 'A crooked mirabelle')
  const visitor = await town.register(PERSON, QUESTION, ANSWER)
  const pending = await visitor.submit(await visitor.open('/profile/address'), { address: NEW, presentAnswer: ANSWER })
  t.match(wordsOf(pending.html), /Your new address waits/)
  const told = await town.mail(NEW, /has a postbox already/)
  t.notMatch(told.text, /confirm-address/)
  t.match(await press(town, visitor, PERSON, /\/confirm-address\//), /This mailbox is done/)
  t.match(wordsOf((await other.open('/profile')).html), new RegExp(NEW))
  t.match(await press(town, town.visitor(), PERSON, /\/cancel-address\//), /Stopped/)
  t.match(wordsOf((await visitor.open('/profile')).html), new RegExp(PERSON))
})

t.test('a closed postbox is gone: its codes open nothing, its number leads nowhere, and the address starts empty', async (t) => {
  const town = await openTown(t)
  const visitor = await town.register(PERSON, QUESTION, ANSWER)
  const number = wordsOf((await visitor.open('/profile')).html).match(/\w{3}-\w{3}-\w{3}/)?.[0] ?? ''
  await town.send({ subject: PERSON, attachments: [file('before.pdf')] })
  const notice = await town.mail(PERSON, /\/open\//)
  const page = await visitor.open('/profile/close')
  t.match(wordsOf(page.html), /This goes for good/)
  t.equal((await visitor.submit(page, { presentAnswer: 'The Flying Dutchman' })).status, 422)
  t.match(wordsOf((await visitor.submit(page, { presentAnswer: ANSWER })).html), /Your postbox is closed/)
  await town.mail(PERSON, /Your postbox is closed/)
  t.match((await visitor.open('/profile')).url, /\/sign-in$/)
  t.match((await openRecords(town, notice, ANSWER)).words, /deleted/i)
  for (const subject of [PERSON, number])
    t.equal(await replyTo(town, { subject, attachments: [file('late.pdf')], messageId: `<${subject}@a>` }), 554, subject)
  const blobs: string[] = []
  for await (const { key } of town.service.store.blobs.list()) blobs.push(key)
  t.same(blobs, [])
  const again = await signIn(town, PERSON, 1)
  const profile = wordsOf((await again.open('/profile')).html)
  t.match(profile, /Not chosen yet/)
  t.notMatch(profile, number)
  t.match((await openRecords(town, notice, ANSWER)).words, /deleted/i, 'the old code opens nothing for the new one either')
})

t.test('a postbox that nobody has used for long takes nothing new until she signs in', async (t) => {
  const town = await openTown(t)
  await town.register(PERSON, QUESTION, ANSWER)
  const longAgo = Date.now() - 400 * 86_400_000
  const letter = (id: number) => ({ subject: PERSON, attachments: [file('scan.pdf')], messageId: `<${id}@clinic.example>` })
  const age = (columns: object) => town.service.store.database.write((trx) => trx('consumers').update(columns))
  await age({ last_active_at: longAgo, unused_asked_at: Date.now() - 29 * 86_400_000 })
  await town.send(letter(1))
  await age({ unused_asked_at: Date.now() - 30 * 86_400_000 })
  const refused = await town.send(letter(2)).catch((error) => error)
  t.equal(refused.responseCode, 554)
  t.match(refused.response, /^554 5\.6\.0 The person has to sign in to the postbox once/)
  t.notMatch(refused.response, /pat@|home\.example/)
  await signIn(town, PERSON, 1)
  await town.send(letter(2))
  t.equal((await town.mails(PERSON)).filter(({ text }) => /\/open\//.test(text)).length, 2)
})
