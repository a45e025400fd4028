// Every reply has one enhanced status code, of its own class.

import t from 'tap'
import { reply } from '../../src/mail/reply.js'
import { cleanEhlo } from '../../src/smtp/command.js'
import * as replies from '../../src/smtp/replies.js'

t.test('the enhanced code of each reply has the class of its reply code', async (t) => {
  for (const [name, value] of Object.entries(replies)) {
    if (typeof value === 'function') continue
    t.equal(value.enhancedCode[0], String(value.replyCode)[0], name)
    t.match(value.text, /^[\x20-\x7e]+$/, name)
  }
})

t.test("the library's words get an enhanced code, ours are left as they are", async (t) => {
  t.equal(replies.worded(550, '5.7.26 not authenticated'), '5.7.26 not authenticated')
  t.equal(replies.worded(503, 'Error: nested MAIL command'), '5.5.1 nested MAIL command')
  t.equal(replies.worded(299, 'odd'), '2.0.0 odd')
  t.equal(replies.worded(451, 'Error: internal server error'), '4.3.0 Temporary local problem, please try again later')
  t.equal(replies.worded(421, 'Error: Command line too long'), '4.5.2 The command line is too long')
})

t.test('a greeting and a 3yz reply have none', async (t) => {
  t.equal(replies.worded(220, 'intake.example.org ESMTP'), 'intake.example.org ESMTP')
  t.equal(replies.worded(354, 'End data'), 'End data')
})

t.test('a reply without an enhanced code is its text', async (t) => {
  t.equal(replies.wireText(reply(250, '', 'OK')), 'OK')
})

t.test('an EHLO name is printable, short, and empty before it was said', async (t) => {
  t.equal(cleanEhlo('mail.clinic.example'), 'mail.clinic.example')
  t.equal(cleanEhlo('a\u0001b\u007fc d'), 'a?b?c?d')
  t.equal(cleanEhlo('x'.repeat(300)).length, 255)
  t.equal(cleanEhlo(false), '')
})
