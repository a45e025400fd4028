import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { authenticate } from '../../src/mail/authenticate.js'
import { composeLetter, type Letter } from '../../src/mail/letter.js'
import { parseMessage } from '../../src/mail/message.js'
import { zoneResolver } from '../support/resolver.js'

const LETTER: Letter = {
  from: { name: 'Sample Clinic, Zoë', address: 'notice@hepoex.example' },
  to: 'pat@home.example',
  subject: 'Your records – ready',
  text: 'Grüße\n.\nFrom here on\nhttps://post.example/open/ABC\n',
  html: '<p>Grüße</p>',
  automatic: 'auto-generated',
}

t.test('a letter reads back as it was meant', async (t) => {
  const message = await parseMessage([await composeLetter(LETTER)])
  t.same(message.defects, [])
  t.same(message.from, [{ address: 'notice@hepoex.example', name: 'Sample Clinic, Zoë' }])
  t.equal(message.subject, LETTER.subject)
  t.equal(message.field('to'), 'pat@home.example')
  t.match(message.parts, [
    { part: '1', mediaType: 'text/plain', role: 'body' },
    { part: '2', mediaType: 'text/html', role: 'body' },
  ])
  t.equal(message.parts[0]?.bytes.toString().replaceAll('\r\n', '\n'), LETTER.text)
})

t.test('it has the fields a letter must have, and says it was sent by a program', async (t) => {
  const message = await parseMessage([await composeLetter({ ...LETTER, inReplyTo: 'abc@example.org', headers: { 'X-Intake': '7' } })])
  for (const name of ['date', 'message-id', 'mime-version', 'from', 'to', 'subject', 'content-type']) t.equal(message.count(name), 1, name)
  t.match(message.messageId, /^[\w.-]+@hepoex\.example$/)
  t.equal(message.field('auto-submitted'), 'auto-generated')
  t.equal(message.field('x-auto-response-suppress'), 'All')
  t.equal(message.field('in-reply-to'), '<abc@example.org>')
  t.equal(message.field('references'), '<abc@example.org>')
  t.equal(message.field('x-intake'), '7')
  t.equal(message.count('x-mailer'), 0)
})

t.test('lines are short, 7-bit, and end in CRLF', async (t) => {
  const raw = (await composeLetter({ ...LETTER, text: `${'x'.repeat(5000)}\nü`, subject: 'ü'.repeat(300) })).toString('latin1')
  t.notMatch(raw, /[^\r]\n|\r[^\n]/)
  t.notMatch(raw, /[\x80-\xff]/)
  t.ok(raw.split('\r\n').every((line) => line.length <= 998))
})

t.test('attachments travel byte for byte under their name', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 256))
  const message = await parseMessage([
    await composeLetter({ ...LETTER, attachments: [{ name: 'Befund März.pdf', mediaType: 'application/pdf', bytes }] }),
  ])
  t.same(message.defects, [])
  t.match(message.parts.at(-1), { mediaType: 'application/pdf', sentName: 'Befund März.pdf', role: 'attachment' })
  t.same(message.parts.at(-1)?.bytes, bytes)
})

t.test('no value can write a header field of its own', async (t) => {
  const evil = 'x\r\nBcc: mallory@example.org'
  const letters: Letter[] = [
    { ...LETTER, subject: evil },
    { ...LETTER, to: evil },
    { ...LETTER, from: { ...LETTER.from, name: evil } },
    { ...LETTER, from: { ...LETTER.from, address: evil } },
    { ...LETTER, messageId: evil },
    { ...LETTER, inReplyTo: evil },
    { ...LETTER, headers: { 'X-A': evil } },
    { ...LETTER, headers: { [evil]: 'a' } },
    { ...LETTER, attachments: [{ name: evil, mediaType: 'text/plain', bytes: Buffer.alloc(0) }] },
    { ...LETTER, subject: 'x\nBcc: mallory@example.org' },
    { ...LETTER, to: 'pat@home.example, mallory@example.org' },
  ]
  for (const letter of letters) await t.rejects(composeLetter(letter), /^(?!.*mallory)/)
})

t.test('a signed letter passes DKIM with everything signed that a reader sees', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const raw = await composeLetter(LETTER, { dkim: { domain: 'hepoex.example', selector: 's1', key } })
  const resolver = zoneResolver({
    'TXT s1._domainkey.hepoex.example': [[`v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`]],
  })
  const about = { peerAddress: '192.0.2.1', ehlo: 'hepoex.example', mailFrom: '', hostname: 'mx.example', resolver }
  const [signature] = (await authenticate([raw], about)).dkim
  t.match(signature, { result: 'pass', aligned: true, hasLengthLimit: false })
  for (const name of ['from', 'to', 'subject', 'date', 'content-type']) t.ok(signature?.signedFields.includes(name), name)
})
