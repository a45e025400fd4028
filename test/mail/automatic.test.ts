import t from 'tap'
import { isAutoReply, mayAnswer } from '../../src/mail/automatic.js'
import { parseMessage } from '../../src/mail/message.js'

function message(...fields: string[]) {
  return parseMessage([Buffer.from([...fields, 'From: clinic@example.org', 'Subject: x', '', 'text', ''].join('\r\n'))])
}

t.test('an answer some program made is told from a letter some program sent', async (t) => {
  t.equal(isAutoReply(await message('Auto-Submitted: auto-replied')), true)
  t.equal(isAutoReply(await message('Auto-Submitted: (why not) Auto-Replied; owner=x')), true)
  t.equal(isAutoReply(await message('Auto-Submitted: auto-generated')), false)
  t.equal(isAutoReply(await message('Auto-Submitted: no')), false)
  t.equal(isAutoReply(await message()), false)
})

t.test('a letter is answered, whoever or whatever wrote it', async (t) => {
  t.equal(mayAnswer(await message(), 'clinic@example.org'), true)
  t.equal(mayAnswer(await message('Auto-Submitted: no'), 'clinic@example.org'), true)
  t.equal(mayAnswer(await message('Auto-Submitted: auto-generated'), 'fax@example.org'), true)
})

t.test('the null path and addresses nobody reads are not answered', async (t) => {
  const letter = await message()
  const machines = [
    '',
    'clinic',
    'records@[192.0.2.1]',
    'MAILER-DAEMON@example.org',
    'no-reply@example.org',
    'noreply@example.org',
    'do_not_reply@example.org',
  ]
  machines.push(
    'owner-list@example.org',
    'list-request@example.org',
    'bounces+1=2@example.org',
    'list-bounces@example.org',
    'postmaster@example.org',
  )
  for (const mailFrom of machines) t.equal(mayAnswer(letter, mailFrom), false, mailFrom)
  t.equal(mayAnswer(letter, 'replying@example.org'), true)
})

t.test('what says that it wants no answer gets none', async (t) => {
  const fields = [
    'Auto-Submitted: auto-replied',
    'Auto-Submitted: auto-notified',
    'Precedence: bulk',
    'Precedence: LIST',
    'Precedence: junk',
  ]
  fields.push('X-Auto-Response-Suppress: DR, OOF, AutoReply', 'X-Auto-Response-Suppress: All', 'List-Id: <a.example.org>')
  fields.push('List-Unsubscribe: <mailto:x@example.org>', 'X-Autoreply: yes')
  for (const field of fields) t.equal(mayAnswer(await message(field), 'clinic@example.org'), false, field)
  t.equal(mayAnswer(await message('X-Auto-Response-Suppress: DR, NDR'), 'clinic@example.org'), true)
})
