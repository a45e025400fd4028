// What an admin sees after a morning's mail, and what a monitoring system reads of it.

import t from 'tap'
import { wordsOf } from '../../scripts/visitor.mjs'
import { openTown, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const ADMIN = 'ann@operator.example'
const FILE = { filename: 'summary.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF-1.4\n%%EOF\n') }

async function morning(t: Parameters<typeof openTown>[0]): Promise<Town> {
  const town = await openTown(t)
  await town.register(PERSON, 'Whose boat is in the story?', 'The Wandering Albatross')
  await town.send({ subject: PERSON, attachments: [FILE] })
  t.equal(await town.send({ subject: 'no id at all', attachments: [FILE] }).catch((error) => error.responseCode), 554)
  await town.mail('records@clinic.example', /does not prove delivery/)
  return town
}

async function adminOf(town: Town) {
  const admin = { id: 'admin-1', address: ADMIN, language: 'en', invitedAt: 1, firstSignInAt: null }
  await town.service.store.write((tables) => tables.admins.invite(admin))
  const desk = town.visitor()
  await desk.submit(await desk.open('/admin/sign-in'), { address: ADMIN })
  const mail = await town.mail(ADMIN, /\/sign-in\/link\//)
  return { desk, first: await desk.submit(await desk.open(mail.text.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? '')) }
}

t.test('an admin signs in and sees what came, what became of it, and that all is well', async (t) => {
  const town = await morning(t)
  const { first } = await adminOf(town)
  t.match(first.url, /\/admin$/)
  const words = wordsOf(first.html).replace(/\s+/g, ' ')
  for (const said of [
    'Nothing needs you.',
    /Accepted 1 1 Held 0 0 Refused 1 1 Put off 0 0/,
    /It names nobody.* Refused.* 1/,
    /Sent in 30 days 1 Of those, opened 0 \(0 %\)/,
    /Doors.* Well.* mail at 127\.0\.0\.1:\d+, site at http:\/\/127\.0\.0\.1:\d+/,
    /Database.* Well.* sound, and can be written/,
    /Relay.* Well.* answers, but does not offer DSN/,
    /Certificates.* Well.* own self-signed certificate, \d+ days left/,
    /DNS.* Well.* trying out only/,
    /Outbox.* Well.* no mail waits/,
  ])
    t.match(words, said)
})

t.test('a monitoring system reads the same', async (t) => {
  const town = await morning(t)
  const text = await (await fetch(`${town.service.webUrl}/metrics`)).text()
  for (const line of [
    'hepoex_intakes_total{outcome="accepted",reason="accepted"} 1',
    'hepoex_intakes_total{outcome="rejected",reason="no-id"} 1',
    'hepoex_intake_bytes_count 2',
    'hepoex_intake_stage_seconds_count{stage="receive"} 2',
    'hepoex_intake_stage_seconds_count{stage="hand-off"} 1',
    'hepoex_mails_total{kind="receipt",result="sent"} 1',
    'hepoex_tries_total{what="password",result="right"} 2',
    'hepoex_outbox_waiting 0',
    'hepoex_held_waiting 0',
    'hepoex_relay_failing 0',
    'hepoex_storage_failing 0',
  ])
    t.match(text, `\n${line}\n`)
  t.match(text, /^hepoex_disk_free_bytes \d{6,}/m)
  t.match(text, /^hepoex_relay_answers_total\{answer="accepted"\} [3-9]$/m)
  for (const secret of [PERSON, 'clinic', 'Sample', '127.0.0.1', 'summary']) t.notOk(text.includes(secret), secret)
})
