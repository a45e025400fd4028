// A disk that fails under the running service, and is mended: what the clinic's server, the watching machine and the admins hear.

import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PDF } from '../support/raw.js'
import { SmtpClient } from '../support/smtp-client.js'
import { openTown, type Town } from '../support/town.js'

const LETTER = { subject: 'pat@home.example', attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', content: PDF }] }
const ADMIN = 'admin@site.test'

async function ready(town: Town): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${town.service.webUrl}/readyz`)
  return { status: answer.status, text: await answer.text() }
}

async function mailReply(t: Test, town: Town): Promise<string> {
  const client = SmtpClient.connect(town.service.smtpPort)
  t.teardown(() => client.destroy())
  await client.reply()
  await client.command('EHLO mail.clinic.example')
  await client.command('STARTTLS')
  await client.startTls()
  await client.command('EHLO mail.clinic.example')
  return (await client.command('MAIL FROM:<records@clinic.example>')).lines.join('\n')
}

t.test('a disk that fails closes the intake, and opens it when it is mended', async (t) => {
  const town = await openTown(t, { storageWaitMs: 100 })
  await town.register('pat@home.example', 'The boat in the story?', 'the wandering albatross')
  await town.service.store.write((tables) =>
    tables.admins.invite({ id: 'a', address: ADMIN, language: 'en', invitedAt: 1, firstSignInAt: null }),
  )
  const packages = join(town.folder, 'mailboxes', 'packages')
  // Every place a package may go to is taken by a file.
  await rename(packages, `${packages}-away`)
  await mkdir(packages)
  await mkdir(join(packages, 'temporary'))
  for (let place = 0; place < 256; place++) await writeFile(join(packages, place.toString(16).padStart(2, '0')), '')

  t.match(await town.send(LETTER).catch((error) => error), { responseCode: 451 })
  t.match(await ready(town), { status: 503, text: 'not ready\nstorage\n' })
  t.match(await mailReply(t, town), /^451 4\.3\.0 /)
  t.match(
    town.log.find((line) => line.includes('"alert"')),
    /"reason":"storage-failing"/,
  )
  t.match((await town.mail(ADMIN, /could not write to its disk/)).subject, /^Sample Postbox needs/)
  t.same(await town.mails('pat@home.example').then((mails) => mails.filter(({ text }) => /\d{4} \d{4}/.test(text))), [], 'no code went out')

  // Moved, not deleted: the service tries it every moment, and a folder that is written to cannot be removed.
  await rename(packages, `${packages}-broken`)
  await rename(`${packages}-away`, packages)
  for (let tries = 0; tries < 400 && (await ready(town)).status !== 200; tries++) await new Promise((resolve) => setTimeout(resolve, 25))
  t.match(await ready(town), { status: 200 })
  t.match(await town.send(LETTER), { response: /^250 2\.6\.0 / })
  t.ok(town.log.some((line) => line.includes('"recovered"')))
})
