// A notice that cannot be delivered, over real sockets: the relay takes it, and returns it to our own mail door.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { wordsOf } from '../../scripts/visitor.mjs'
import { exchangeBounce, gmailBounce, handBounce, postfixBounce, qmailBounce, vacationReply } from '../support/bounces.js'
import type { RelayedMessage } from '../support/relay.js'
import { openTown, readNotice, SENDER, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const QUESTION = 'Whose boat is in the story?'
const ANSWER = 'The Wandering Albatross'
const ADMIN = 'admin@intake.localhost'
const file = { filename: 'a.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF-1.4\n% made up\n%%EOF\n') }

/** A town in which a notice was sent, and its relay's copy of it. */
async function townWithNotice(t: Test): Promise<{ town: Town; notice: RelayedMessage; answer: Awaited<ReturnType<Town['send']>> }> {
  const town = await openTown(t, { relay: { extensions: ['DSN'] } })
  const admin = { id: 'admin-1', address: ADMIN, language: 'en', invitedAt: 1, firstSignInAt: null }
  await town.service.store.write((tables) => tables.admins.invite(admin))
  await town.register(PERSON, QUESTION, ANSWER)
  const answer = await town.send({ subject: PERSON, attachments: [file] })
  const notice = town.relay.messages.find(({ to, raw }) => to === PERSON && /\/open\//.test(raw))
  if (!notice) throw new Error('no notice')
  return { town, notice, answer }
}

async function openedBy(town: Town, notice: { path: string; code: string }) {
  const visitor = town.visitor()
  const question = await visitor.submit(await visitor.open(notice.path), { code: notice.code })
  return question.status === 200 ? visitor.submit(question, { answer: ANSWER }) : question
}

t.test('a notice that comes back ends its package, and the provider is told what to do, and does it', async (t) => {
  const { town, notice, answer } = await townWithNotice(t)
  const intakeNumber = answer.response?.match(/\d{8}-\w{8}/)?.[0] ?? ''
  t.match(
    town.relay.commands.find((line) => line.startsWith('MAIL FROM:<n+')),
    new RegExp(` RET=HDRS ENVID=${intakeNumber}$`),
  )
  t.ok(town.relay.commands.includes(`RCPT TO:<${PERSON}> NOTIFY=FAILURE`))
  const receipt = await town.mail(SENDER, /does not prove delivery/)
  t.match(await handBounce(town.service.smtpPort, notice.from, postfixBounce({ about: PERSON })), /^250 2\.0\.0 /)
  const correction = await town.mail(SENDER, /^Not delivered/)
  t.ok(correction.text.includes(intakeNumber))
  t.equal(correction.headers.get('in-reply-to'), receipt.headers.get('message-id'))
  t.notMatch(correction.text + correction.html, /pat@/)
  const alert = await town.mail(ADMIN, /came back as undeliverable/)
  t.notMatch(alert.text + alert.html, /pat@/)
  const gone = await openedBy(town, readNotice(await town.mail(PERSON, /\/open\//)))
  t.match(wordsOf(gone.html), /withdrawn/)
  await town.register('pat@new.example', QUESTION, ANSWER)
  await town.send({ subject: 'pat@new.example', attachments: [file] })
  const opened = await openedBy(town, readNotice(await town.mail('pat@new.example', /\/open\//)))
  t.match(opened.url, /\/records$/)
})

t.test('what ends nothing leaves the package to be opened, and after that no bounce ends it', async (t) => {
  const { town, notice } = await townWithNotice(t)
  const code = readNotice(await town.mail(PERSON, /\/open\//))
  const harmless = [
    postfixBounce({ about: PERSON, action: 'delayed', status: '4.4.1' }),
    vacationReply(),
    gmailBounce({ about: 'kim@away.example' }),
    'Subject: who knows\r\n\r\n550 5.1.1 unknown user\r\n',
  ]
  for (const bounce of harmless) t.match(await handBounce(town.service.smtpPort, notice.from, bounce), /^250 2\.0\.0 /)
  t.match((await openedBy(town, code)).url, /\/records$/)
  t.match(await handBounce(town.service.smtpPort, notice.from, exchangeBounce({ about: PERSON })), /^250 2\.0\.0 /)
  await town.mail(ADMIN, /although its package has been opened/)
  t.match((await openedBy(town, code)).url, /\/records$/)
  t.same(
    (await town.mails(SENDER)).filter(({ subject }) => /Not delivered/.test(subject)),
    [],
  )
})

t.test('a bounce that quotes the notice leaves nothing of it: no code, no text, no token, anywhere', async (t) => {
  const { town, notice } = await townWithNotice(t)
  const { code, path } = readNotice(await town.mail(PERSON, /\/open\//))
  t.match(code, /^\d{4} \d{4} \d{4} \d{4}$/)
  const remark = 'remark-k7Qz2-of-a-server'
  const quoted = `${notice.raw}\r\n${remark}`
  const delay = { about: PERSON, action: 'delayed', status: '4.4.1', quoted }
  const bounces = [
    `Subject: unreadable\r\n\r\n${quoted}\r\n`,
    gmailBounce(delay),
    exchangeBounce(delay),
    qmailBounce({ about: 'kim@away.example', quoted }),
    postfixBounce({ about: PERSON, quoted }),
    postfixBounce({ about: PERSON, quoted }),
  ]
  for (const bounce of bounces) {
    t.ok(bounce.includes(code), 'the bounce does quote the code')
    t.match(await handBounce(town.service.smtpPort, notice.from, bounce), /^250 2\.0\.0 /)
  }
  await handBounce(town.service.smtpPort, `n+${'0'.repeat(32)}@intake.localhost`, bounces[0] ?? '')
  await town.mail(SENDER, /^Not delivered/)
  await town.mail(ADMIN, /came back as undeliverable/)
  const later = town.relay.messages.filter((message) => message !== notice).map(({ raw }) => raw.replace(/=\r\n/g, ''))
  const places: Array<[string, Buffer]> = [
    ['log', Buffer.from(town.log.join(''))],
    ['mails', Buffer.from(later.join(''))],
    ...(await filesBelow(town.folder)),
  ]
  t.ok(
    places.some(([place]) => place.endsWith('hepoex.db-wal')),
    'the write-ahead log is looked at',
  )
  t.match(town.log.join(''), /"event":"bounced"/)
  const token = notice.from.slice(2, 34)
  const needles = [code, code.replaceAll(' ', ''), code.replaceAll(' ', '-'), remark, token, path.slice(6)]
  for (const [place, bytes] of places) {
    const isRow = place.includes('hepoex.db')
    // The package number is no secret, and stands in its row.
    const sought = needles.filter((needle) => !(isRow && needle === path.slice(6)))
    const found = sought.filter((needle) =>
      [needle, Buffer.from(needle).toString('base64').slice(0, -4)].some((form) => bytes.includes(form)),
    )
    t.equal(found.length, 0, `${place.replace(/[0-9a-f-]{36}/, 'ID').replace(town.folder, '')} is clean`)
  }
})

async function filesBelow(folder: string): Promise<Array<[string, Buffer]>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (each): Promise<[string, Buffer]> => [each, await readFile(each)]))
}
