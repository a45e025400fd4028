// Whatever a peer says, and however it goes away: no crash, nothing in the log that is a fault of ours, every reservation given back.

import fc from 'fast-check'
import t from 'tap'
import { SmtpClient } from '../support/smtp-client.js'
import { openStage } from './stage.js'

const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'EHLO a.test',
      'MAIL FROM:<a@b.test>',
      'RCPT TO:<clinic@intake.example.org>',
      'DATA',
      'Subject: x\r\n\r\n.',
      '.',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'RSET',
      'NOOP',
      'HELO x',
      'VRFY x',
      'QUIT',
      'STARTTLS',
      'MAIL FROM:<> SIZE=10',
      'AUTH PLAIN AGEAYg==',
      '..',
      'x\r\n\n',
    ),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')) },
)

const conversation = fc.record({
  lines: fc.array(command, { maxLength: 25 }),
  /** Bytes sent at a time. */
  stride: fc.integer({ min: 1, max: 400 }),
  waits: fc.boolean(),
})

t.test('any conversation leaves the house as it was', async (t) => {
  const { port, listener, door, log } = await openStage({ dataMs: 500, rateWindowMs: 300 })
  const talk = fc.asyncProperty(fc.array(conversation, { minLength: 10, maxLength: 10 }), async (conversations) => {
    await Promise.all(
      conversations.map(async ({ lines, stride, waits }) => {
        const client = SmtpClient.connect(port)
        await client.reply()
        const bytes = Buffer.from(`EHLO a.test\r\n${lines.join('\r\n')}\r\n`, 'latin1')
        for (let at = 0; at < bytes.length; at += stride) client.send(bytes.subarray(at, at + stride))
        if (waits) await client.reply()
        client.destroy()
      }),
    )
    return log.every(({ event }) => event !== 'failed') && door.mistakes.length === 0
  })
  await fc.assert(talk, { numRuns: process.env.SLOW ? 200 : 10 })
  const polite = SmtpClient.connect(port)
  await polite.reply()
  for (const line of ['EHLO a.test', 'MAIL FROM:<a@b.test>', 'RCPT TO:<clinic@intake.example.org>', 'DATA', 'Subject: x\r\n\r\n.']) {
    polite.send(Buffer.from(`${line}\r\n`))
    t.ok((await polite.reply()).code < 400, 'and the door still takes mail')
  }
  polite.destroy()
  await listener.close(2000)
  t.same(door.mistakes, [])
  t.equal(door.reserved, 0)
  t.ok((door.counts.get('data') ?? 0) > 0)
  t.equal(door.counts.get('release'), door.counts.get('mail'), 'the desk took every MAIL, so each is released')
})
