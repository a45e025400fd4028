// "Did it arrive?": an admin looks for a person and a message in the intake log of the whole service, follows what comes in, and takes it
// away. She closes her postbox, and nobody finds her there any more.

import t from 'tap'
import { wordsOf } from '../../scripts/visitor.mjs'
import { PDF } from '../support/raw.js'
import { openTown, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const ANSWER = 'The Wandering Albatross'
const ADMIN = 'ann@operator.example'

async function signInAdmin(town: Town) {
  const admin = { id: 'admin-1', address: ADMIN, language: 'en', invitedAt: 1, firstSignInAt: null }
  await town.service.store.write((tables) => tables.admins.invite(admin))
  const desk = town.visitor()
  await desk.submit(await desk.open('/admin/sign-in'), { address: ADMIN })
  const mail = await town.mail(ADMIN, /\/sign-in\/link\//)
  await desk.submit(await desk.open(mail.text.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? ''))
  return desk
}

const letter = (subject: string, messageId: string) => ({
  subject,
  messageId,
  attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', content: PDF }],
})

t.test('an admin finds what arrived and what was refused, follows the log, and exports it', async (t) => {
  const town = await openTown(t)
  const visitor = await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  const desk = await signInAdmin(town)
  await town.send(letter(PERSON, '<first@clinic.example>'))
  const replied = await town.send(letter('nobody@home.example', '<second@clinic.example>')).catch((error) => error.responseCode)
  t.equal(replied, 554)
  const log = await desk.open('/admin/log')
  t.match(wordsOf(log.html), /2 messages/)

  const hers = await desk.submit(log, { person: PERSON })
  t.notMatch(hers.url, /pat|home/)
  t.match(wordsOf(hers.html), /1 message .*Sealed, and the person was sent a notice/s)
  const refused = await desk.submit(log, { person: 'nobody@home.example' })
  t.match(wordsOf(refused.html), /1 message .*Nobody is registered under the HePoEx id/s)
  const byMessage = await desk.submit(log, { message: '<second@clinic.example>' })
  const number = /id="row-([\w-]+)"/.exec(byMessage.html)?.[1] ?? ''
  t.match(wordsOf((await desk.open(`/admin/log/${number}`)).html), /What to tell the provider Check the HePoEx id with the person/)

  const live = /data-log-live="([^"]+)"/.exec(log.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const stream = await fetch(new URL(live, town.service.webUrl), { headers: { cookie: desk.cookies, accept: 'text/event-stream' } })
  await town.send(letter(PERSON, '<third@clinic.example>'))
  const reader = stream.body?.getReader()
  let text = ''
  while (!text.includes('event: rows')) text += new TextDecoder().decode((await reader?.read())?.value)
  t.match(text, /Sealed, and the person was sent a notice/)
  await reader?.cancel()

  const csv = await desk.submit(hers, { format: 'csv' })
  t.match(csv.headers.get('content-type'), /^text\/csv/)
  t.equal(csv.bytes.toString().trimEnd().split('\r\n').length, 3, 'hers alone, both of them')
  t.notMatch(csv.bytes.toString(), PERSON)
  t.match(await town.service.store.database.read('events').where({ kind: 'log-exported' }), [{ actor: 'admin-1' }])

  await visitor.submit(await visitor.open('/profile/close'), { presentAnswer: ANSWER })
  t.match(wordsOf((await desk.submit(log, { person: PERSON })).html), /0 messages .*No message fits/s)
  const row = await town.service.store.database.read('intakes').where({ reason: 'accepted' }).first()
  t.equal(row.consumer_masked, null)
})
