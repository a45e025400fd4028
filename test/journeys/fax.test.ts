// From the cover sheet that a person prints to the fax that finds her by itself: the clinic only puts the sheet on top and faxes.

import { createTransport } from 'nodemailer'
import t from 'tap'
import { wordsOf } from '../../scripts/visitor.mjs'
import { providerRegistry } from '../../src/accounts/providers.js'
import { faxOf, printed } from '../support/faxes.js'
import { openTown, readNotice, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const ANSWER = 'The Wandering Albatross'
const GATEWAY = 'fax@gateway.example'

/** As a fax server on the clinic's network mails it on. */
async function faxIn(town: Town, content: Buffer) {
  const transport = createTransport({ host: '127.0.0.1', port: town.service.smtpPort, ignoreTLS: true })
  try {
    return await transport.sendMail({
      from: `"The HylaFAX Receive Agent" <${GATEWAY}>`,
      to: 'lakeside@intake.localhost',
      subject: 'Facsimile received from 5550100199',
      text: 'Sender: 5550100199\nPages: 1\n',
      headers: { 'Auto-Submitted': 'auto-generated' },
      attachments: [{ filename: 'fax000000012.tif', contentType: 'image/tiff', content }],
    })
  } finally {
    transport.close()
  }
}

t.test('from the printed cover sheet to the opened fax', async (t) => {
  const town = await openTown(t, { copies: true })
  const registry = providerRegistry({ store: town.service.store, now: () => Date.now() })
  const added = await registry.add({
    ...{ name: 'Lakeside Clinic', slug: 'lakeside', senders: [], faxSenders: [GATEWAY], fax: '+1 555 010 0199' },
    ...{ auth: ['network'], networks: ['127.0.0.1/32'], unmatched: 'reject' },
  })
  t.equal(added.kind, 'added')
  const visitor = await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  const page = await visitor.open('/profile/postbox')
  t.match(wordsOf(page.html), /Your postbox number/)
  const sheet = await visitor.open('/profile/cover-sheet.pdf?clinic=lakeside')
  t.equal(sheet.bytes.subarray(0, 5).toString(), '%PDF-')
  const fax = await faxOf(await printed(sheet.bytes), {
    ...{ number: '', sheet: 'cover', coding: 'g3', rows: 98, skew: -1.8, noise: 0.006, isUpsideDown: true, isSecond: false, seed: 11 },
  })
  const sent = await faxIn(town, fax.bytes)
  t.match(sent.response, /^250 /)
  const notice = await town.mail(PERSON, /\/open\//)
  t.match(notice.text.replace(/\s+/g, ' '), /It came by fax. A fax does not prove who sent it/)
  const { path, code } = readNotice(notice)
  const question = await visitor.submit(await visitor.open(path), { code })
  const records = await visitor.submit(question, { answer: ANSWER })
  t.match(wordsOf(records.html), /sent by fax through gateway\.example/)
  t.match(wordsOf(records.html), /Lakeside Clinic/)
  const opened = await visitor.open('/records/documents/1')
  t.ok(opened.bytes.equals(fax.bytes), 'byte for byte as the gateway sent it')
})

t.test('a cover sheet that a clinic prints from the number it was told', async (t) => {
  const town = await openTown(t)
  const visitor = town.visitor()
  const form = await visitor.open('/providers/cover-sheet')
  const mistyped = await visitor.submit(form, { number: 'K7M-2QX-9DQ' })
  t.equal(mistyped.status, 422)
  t.match(wordsOf(mistyped.html), /one character is wrong, or two have changed places/)
  const sheet = await visitor.submit(form, { number: 'k7m 2qx 9dp' })
  t.equal(sheet.bytes.subarray(0, 5).toString(), '%PDF-')
})
