// A fax without a cover sheet: held, asked about by mail, and sent on when the clinic answers; another one is settled by an admin.

import { createTransport } from 'nodemailer'
import t from 'tap'
import { wordsOf } from '../../scripts/visitor.mjs'
import { providerRegistry } from '../../src/accounts/providers.js'
import { drawPage, tiffOf } from '../documents/paged/tiff-files.js'
import { openTown, readNotice, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const ANSWER = 'The Wandering Albatross'
const GATEWAY = 'fax@gateway.example'
const ADMIN = 'ann@operator.example'
const CLERK = 'records@lakeside.example'

async function mailIn(
  town: Town,
  mail: { from: string; to: string; subject: string; attachments?: Array<{ filename: string; content: Buffer }> },
) {
  const transport = createTransport({ host: '127.0.0.1', port: town.service.smtpPort, ignoreTLS: true })
  try {
    return await transport.sendMail({ text: 'See subject.', ...mail })
  } finally {
    transport.close()
  }
}

async function open(t: Parameters<typeof openTown>[0]) {
  const town = await openTown(t, { copies: true })
  const registry = providerRegistry({ store: town.service.store, now: () => Date.now() })
  await registry.add({
    ...{ name: 'Lakeside Clinic', slug: 'lakeside', senders: [CLERK], faxSenders: [GATEWAY], receiptsTo: CLERK },
    ...{ auth: ['network'], networks: ['127.0.0.1/32'], unmatched: 'hold' },
  })
  const visitor = await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  const content = tiffOf([{ bitmap: drawPage(1728, 1000, 5) }])
  const fax = {
    from: GATEWAY,
    to: 'lakeside@intake.localhost',
    subject: 'New fax from: 5550100199',
    attachments: [{ filename: 'fax.tif', content }],
  }
  return { town, visitor, content, fax }
}

t.test('the clinic answers with the id, and the person has her fax', async (t) => {
  const { town, visitor, content, fax } = await open(t)
  t.match((await mailIn(town, fax)).response, /^250 2\.6\.0 Kept, but not sent on/)
  const asked = await town.mail(CLERK, /For whom are these documents/)
  const replyTo = (asked.headers.get('reply-to') as { text: string }).text
  t.match(replyTo, /^h\+[0-9a-f]{32}@intake\.localhost$/)
  t.notMatch(asked.text + asked.html, /5550100199|fax\.tif/)
  t.match((await mailIn(town, { from: CLERK, to: replyTo, subject: `Re: ${asked.subject} ${PERSON}` })).response, /^250 .*Thank you/)
  const { path, code } = readNotice(await town.mail(PERSON, /\/open\//))
  const page = await visitor.submit(await visitor.submit(await visitor.open(path), { code }), { answer: ANSWER })
  t.match(wordsOf(page.html), /sent by fax through gateway\.example/)
  t.ok((await visitor.open('/records/documents/1')).bytes.equals(content))
  await town.mail(CLERK, /does not prove delivery/)
  t.notOk(town.log.join('').includes('5550100199'))
})

t.test('an admin settles it on the site, and looks at a page only on record', async (t) => {
  const { town, visitor, content, fax } = await open(t)
  const admin = { id: 'admin-1', address: ADMIN, language: 'en', invitedAt: 1, firstSignInAt: null }
  await town.service.store.write((tables) => tables.admins.invite(admin))
  await mailIn(town, fax)
  await town.mail(ADMIN, /nobody\s+could\s+be\s+found\s+for/)
  const desk = town.visitor()
  await desk.submit(await desk.open('/admin/sign-in'), { address: ADMIN })
  const mail = await town.mail(ADMIN, /\/sign-in\/link\//)
  await desk.submit(await desk.open(mail.text.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? ''))
  const list = await desk.open('/admin/held')
  const path = list.html.match(/\/admin\/held\/[0-9a-f-]{36}/)?.[0] ?? ''
  const page = await desk.open(path)
  const looked = await desk.submit(page, { 'look-why': 'the clinic does not answer' })
  t.equal(looked.bytes.subarray(1, 4).toString(), 'PNG')
  await town.mail(CLERK, /has\s+looked\s+at\s+the\s+first\s+page/)
  await town.mail(ADMIN, /has\s+looked\s+at\s+the\s+first\s+page/)
  const done = await desk.submit(page, { to: PERSON, why: 'the clinic said so on the telephone' })
  t.match(wordsOf(done.html), /It is being sent on/)
  const notice = readNotice(await town.mail(PERSON, /\/open\//))
  await visitor.submit(await visitor.submit(await visitor.open(notice.path), { code: notice.code }), { answer: ANSWER })
  t.ok((await visitor.open('/records/documents/1')).bytes.equals(content))
  t.match(wordsOf((await desk.open('/admin/held')).html), /Nothing is held/)
})
