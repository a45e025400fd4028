// What comes back for a mail we sent, in the shapes of the common mail servers.

import fc from 'fast-check'
import t from 'tap'
import { readReturned } from '../../src/mail/delivery-report.js'
import { parseMessage } from '../../src/mail/message.js'
import { exchangeBounce, gmailBounce, postfixBounce, qmailBounce, vacationReply } from '../support/bounces.js'
import { lines, multipart } from './samples.js'

const PAT = 'pat@home.example'
const read = async (raw: string | Buffer) => readReturned(await parseMessage([Buffer.from(raw)]))
const report = (...fields: readonly string[]) =>
  multipart([lines('Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; relay.test', '', ...fields)], { type: 'report' })
const failed = { finalRecipient: PAT, action: 'failed', status: '5.1.1' }

t.test('a failure is read alike from Postfix, Exchange, Gmail and qmail', async (t) => {
  for (const write of [postfixBounce, gmailBounce, qmailBounce])
    t.same(await read(write({ about: PAT })), { kind: 'report', recipients: [failed] }, write.name)
  t.same(await read(exchangeBounce({ about: PAT })), { kind: 'report', recipients: [{ ...failed, status: '5.1.10' }] })
})

t.test('a delay is a delay, though the program calls itself an automatic reply', async (t) => {
  const delay = { about: PAT, action: 'delayed', status: '4.4.1' }
  for (const write of [postfixBounce, exchangeBounce, gmailBounce])
    t.same(await read(write(delay)), { kind: 'report', recipients: [{ finalRecipient: PAT, action: 'delayed', status: '4.4.1' }] })
})

t.test('fields are read in any order and case, folded, and with comments', async (t) => {
  const odd = report('ACTION: Failed (permanently)', 'Final-Recipient: RFC822;', ' <Pat@HOME.example>', 'status : 5.1.1 (bad mailbox)')
  t.same(await read(odd), { kind: 'report', recipients: [failed] })
})

t.test('an address in UTF-8 is read too', async (t) => {
  const part = lines(
    'Content-Type: message/global-delivery-status',
    'Content-Transfer-Encoding: 8bit',
    '',
    'Reporting-MTA: dns; relay.test',
    '',
    'Final-Recipient: utf-8; zoë@home.example',
    'Action: failed',
    'Status: 5.1.1',
  )
  const raw = Buffer.from(multipart([part], { type: 'report' }).toString('latin1'), 'utf8')
  t.same(await read(raw), { kind: 'report', recipients: [{ ...failed, finalRecipient: 'zoë@home.example' }] })
})

t.test('each recipient of a report is listed', async (t) => {
  const two = report(
    ...['Final-Recipient: rfc822; pat@home.example', 'Action: failed', 'Status: 5.1.1', ''],
    ...['Final-Recipient: rfc822; kim@away.example', 'Action: relayed', 'Status: 2.0.0'],
  )
  t.same(await read(two), {
    kind: 'report',
    recipients: [failed, { finalRecipient: 'kim@away.example', action: 'relayed', status: '2.0.0' }],
  })
})

t.test('what is missing, unknown or said twice is null', async (t) => {
  const cases: ReadonlyArray<readonly [readonly string[], object]> = [
    [['Final-Recipient: rfc822; pat@home.example', 'Status: 5.1.1'], { action: null }],
    [['Final-Recipient: rfc822; pat@home.example', 'Action: lost', 'Status: 5.1.1'], { action: null }],
    [['Final-Recipient: rfc822; pat@home.example', 'Action: failed', 'Action: delayed', 'Status: 5.1.1'], { action: null }],
    [['Final-Recipient: rfc822; pat@home.example', 'Action: failed', 'Status: 550 5.1.1'], { status: null }],
    [['Final-Recipient: x400; pat@home.example', 'Action: failed', 'Status: 5.1.1'], { finalRecipient: null }],
    [['Action: failed', 'Status: 5.1.1'], { finalRecipient: null }],
    [['Final-Recipient: rfc822; pat@home.example', 'Final-Recipient: rfc822; b@x.example', 'Action: failed'], { finalRecipient: null }],
  ]
  for (const [fields, expected] of cases) t.match(await read(report(...fields)), { kind: 'report', recipients: [expected] }, fields.join())
})

t.test('a report that is cut off, or empty, is unclear', async (t) => {
  const cut = postfixBounce({ about: PAT }).replace(/Status: [\s\S]*/, '')
  t.same(await read(cut), { kind: 'unclear' })
  t.same(await read(report()), { kind: 'unclear' })
})

t.test('a report whose quoted mail is cut off is read', async (t) => {
  const whole = postfixBounce({ about: PAT, quoted: `Subject: x\r\n\r\n${'text '.repeat(50)}` })
  t.match(await read(whole.slice(0, whole.indexOf('text text') + 60)), { kind: 'report', recipients: [failed] })
})

t.test('what stands in the quoted mail reports nothing', async (t) => {
  const inner = postfixBounce({ about: PAT })
  t.same(await read(multipart([lines('Content-Type: message/rfc822', '', inner)])), { kind: 'unclear' })
  const quoting = qmailBounce({ about: PAT, quoted: 'Subject: x\r\n\r\n<kim@away.example>:\r\nSorry. (#5.1.1)' })
  t.same(await read(quoting), { kind: 'report', recipients: [failed] })
})

t.test('of qmail’s reasons the number counts, its own or another server’s', async (t) => {
  const cases: ReadonlyArray<readonly [readonly string[], string | null]> = [
    [['192.0.2.9 does not like recipient.', 'Remote host said: 550 No such user', 'Giving up on 192.0.2.9.'], '5.0.0'],
    [["Sorry, I couldn't find any host named home.example. (#5.1.2)"], '5.1.2'],
    [["Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)", 'this message has been in the queue too long.'], '4.4.1'],
    [['Remote host said: 451 later', 'this message has been in the queue too long.'], '4.0.0'],
    [['Something else.'], null],
  ]
  for (const [reason, status] of cases)
    t.match(await read(qmailBounce({ about: PAT }, ...reason)), { recipients: [{ status }] }, reason.join())
})

t.test('automatic replies are told apart, old ones too', async (t) => {
  const marks = ['Auto-Submitted: auto-replied', 'X-Autoreply: yes', 'X-Autoresponder: 1', 'Precedence: auto_reply']
  for (const mark of marks) t.same(await read(vacationReply(mark)), { kind: 'auto-reply' }, mark)
  t.same(await read(vacationReply('X-Mailer: by hand')), { kind: 'unclear' })
})

t.test('whatever stands in a report, reading it never throws', async () => {
  const field = fc.tuple(fc.constantFrom('Final-Recipient', 'Action', 'Status', 'X'), fc.string()).map((pair) => pair.join(': '))
  const anything = fc.array(fc.oneof(field, fc.string(), fc.constant('')))
  await fc.assert(fc.asyncProperty(anything, async (fields) => void (await read(report(...fields)))))
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => void (await read(qmailBounce({ about: text }, text)))))
})
