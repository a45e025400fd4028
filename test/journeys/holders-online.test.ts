// Who holds what, and what he gets for it at the doors: the notice, her mailbox, or both. What lies in the database is in
// holders.test.ts.

import t from 'tap'
import { type Visitor, wordsOf } from '../../scripts/visitor.mjs'
import { addPackage, DAY, enrol, HOUR, newWorld, signIn, ticketFor, tokenOf, ANSWER as WORLD_ANSWER } from '../accounts/world.js'
import { PDF } from '../support/raw.js'
import { openTown, readNotice, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const QUESTION = 'Whose boat is in the story?'
const ANSWER = 'The Wandering Albatross'
const FILE = 'Letter of Dr Sample.pdf'

/** Enters the code in a browser of its own, and gives the question's page. */
async function questionOf(town: Town, path: string, code: string): Promise<{ visitor: Visitor; url: string }> {
  const visitor = town.visitor()
  const { url } = await visitor.submit(await visitor.open(path), { code })
  return { visitor, url }
}

t.test('the notice alone: a few counted guesses, whatever browser they come from, and she is told', async (t) => {
  const town = await openTown(t, { slowHashes: true })
  await town.register(PERSON, QUESTION, ANSWER)
  await town.send({ subject: PERSON, attachments: [{ filename: FILE, contentType: 'application/pdf', content: PDF }] })
  const { path, code } = readNotice(await town.mail(PERSON, /\/open\//))
  for (let guess = 1; guess <= 5; guess++) {
    const { visitor, url } = await questionOf(town, path, code)
    t.equal((await visitor.submit(await visitor.open(url), { answer: `guess ${guess}` })).status, 422)
  }
  const { visitor, url } = await questionOf(town, path, code)
  const paused = await visitor.submit(await visitor.open(url), { answer: ANSWER })
  t.equal(paused.status, 429, 'not even the right one is looked at now')
  t.notMatch(wordsOf(paused.html), /Letter of Dr/)
  await town.mail(PERSON, /wrong/i)
})

t.test('the notice alone, for as long as it takes: ten guesses, and the mailbox is asked for', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const row = await addPackage(world, consumerId)
  const before = world.hashes.answers
  for (let hour = 0; hour < 30; hour++) {
    world.time += HOUR
    const entered = await world.retrieval.enterCode(row.number, '4821007391556241', `192.0.2.${hour}`)
    if (entered.kind !== 'question') continue
    await Promise.all(
      ['a', 'b', 'c'].map((each) => world.retrieval.enterAnswer(entered.ticket, `guess ${hour} ${each}`, `192.0.2.${hour}`)),
    )
  }
  t.equal(world.hashes.answers - before, 10)
  t.match(await world.retrieval.enterCode(row.number, '4821007391556241', '198.51.100.1'), { kind: 'locked' })
})

/** Waits until so many were mailed. */
async function signInLinks(town: Town, count: number): Promise<string[]> {
  for (;;) {
    const links = (await town.mails(PERSON)).flatMap(({ text }) => text.match(/\/sign-in\/link\/[\w-]+/) ?? [])
    if (links.length >= count) return links
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

t.test('her mailbox: signing in opens no package, on any page', async (t) => {
  const town = await openTown(t, { slowHashes: true })
  await town.register(PERSON, QUESTION, ANSWER)
  await town.send({ subject: PERSON, attachments: [{ filename: FILE, contentType: 'application/pdf', content: PDF }] })
  const { path } = readNotice(await town.mail(PERSON, /\/open\//))
  const thief = town.visitor()
  await thief.submit(await thief.open('/sign-in'), { address: PERSON })
  const page = await thief.submit(await thief.open((await signInLinks(town, 2)).at(-1) ?? ''))
  t.match(page.url, /\/profile$/)
  for (const each of [
    '/profile',
    '/packages',
    '/records',
    '/records/documents/0',
    '/records/all.zip',
    '/records/sealed',
    `${path}/question`,
  ]) {
    const { html, headers } = await thief.open(each)
    t.notMatch(wordsOf(html), /Letter of Dr|Whose boat|hepoex1-/, each)
    t.match(headers.get('content-type'), /^text\/html/, each)
  }
})

t.test('her mailbox and the notice, for a while: twenty guesses in the life of an answer', async (t) => {
  const world = await newWorld(t)
  const { consumerId } = await enrol(world)
  const row = await addPackage(world, consumerId)
  const before = world.hashes.answers
  for (let hour = 0; hour < 60; hour++) {
    world.time += HOUR
    if (hour % 12 === 0) await signIn(world)
    const entered = await world.retrieval.enterCode(row.number, '4821007391556241', `192.0.2.${hour}`)
    if (entered.kind === 'question') await world.retrieval.enterAnswer(entered.ticket, `guess ${hour}`, `192.0.2.${hour}`)
  }
  t.equal(world.hashes.answers - before, 20)
  t.match(await world.retrieval.enterCode(row.number, '4821007391556241', '198.51.100.1'), { kind: 'frozen' })
})

t.test(
  'her mailbox, for three days: a reset that tells her at once and every day, that one click stops, and that opens no old package',
  async (t) => {
    const world = await newWorld(t)
    const { consumerId } = await enrol(world)
    const row = await addPackage(world, consumerId)
    const form = { question: 'Which tune did the clock play?', answer: 'the thief’s own words', again: 'the thief’s own words' }
    const thief = await signIn(world)
    t.match(await world.accounts.setQuestion(thief, form), { kind: 'problems' }, 'without the present answer nothing is set')
    await world.accounts.startReset(thief)
    const told = () => world.mails.filter(({ template }) => template.startsWith('reset-')).length
    t.equal(told(), 1, 'at once')
    const remind = world.accounts.rounds.find(({ name }) => name === 'reset-reminders')
    for (let hour = 1; hour < 72; hour++) {
      world.time += HOUR
      await remind?.run()
      const session = hour % 8 === 0 ? await signIn(world) : thief
      t.not((await world.accounts.finishReset(session, form)).kind, 'set')
    }
    t.ok(told() >= 3, 'and every day')
    t.ok(
      await world.accounts.cancelReset(
        tokenOf(
          world.mails.find(({ template }) => template === 'reset-started'),
          'cancelLink',
        ),
      ),
      'one click stops it',
    )
    const patient = await signIn(world)
    await world.accounts.startReset(patient)
    world.time += 3 * DAY
    t.strictSame(await world.accounts.finishReset(await signIn(world), form), { kind: 'set' })
    const ticket = await ticketFor(world, row)
    t.match(
      await world.retrieval.question(ticket),
      { question: 'What fell into the lake that summer?' },
      'an old package asks the old question',
    )
    t.match(await world.retrieval.enterAnswer(ticket, form.answer, '192.0.2.9'), { kind: 'wrong' })
    t.match(await world.retrieval.enterAnswer(ticket, WORLD_ANSWER, '192.0.2.9'), { kind: 'opened' })
  },
)
