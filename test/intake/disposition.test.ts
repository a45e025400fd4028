import t from 'tap'
import { because, outcomeOf, REASONS, replyFor, Stopped } from '../../src/intake/disposition.js'
import { loadTexts } from '../../src/texts.js'

const text = loadTexts('templates/texts').in('en')
const NUMBER = '20261122-7K2M9QXD'

for (const reason of REASONS) {
  t.test(`${reason} has a reply that fits a line, and codes that agree`, (t) => {
    const said = replyFor(reason, text, { intakeNumber: NUMBER, megabytes: 37 })
    const line = `${said.replyCode} ${said.enhancedCode} ${said.text}`
    // RFC 5321 4.5.3.1.5: 512 octets with CRLF.
    t.ok(Buffer.byteLength(line) <= 510)
    t.match(line, /^[\x20-\x7e]+$/)
    t.notMatch(line, /[{}]/)
    t.equal(said.enhancedCode[0], String(said.replyCode)[0])
    const isHeld = reason === 'held' && outcomeOf(reason) === 'held'
    if (!isHeld) t.equal(outcomeOf(reason), { 2: 'accepted', 4: 'deferred', 5: 'rejected' }[String(said.replyCode)[0] ?? ''])
    t.end()
  })
}

t.test('250 is said for five reasons only', (t) => {
  t.same(
    REASONS.filter((reason) => outcomeOf(reason) === 'accepted' || outcomeOf(reason) === 'held'),
    ['accepted', 'duplicate', 'bounce', 'held', 'held-answered'],
  )
  t.end()
})

t.test('what we ourselves may be to blame for is never the sender’s fault', (t) => {
  for (const reason of ['internal', 'deadline', 'lease-lost', 'relay-down', 'short-of-disk', 'authentication-unavailable'] as const)
    t.equal(outcomeOf(reason), 'deferred', reason)
  t.end()
})

t.test('whoever asks for a person in vain is not told that the intake address is wrong', (t) => {
  const { replyCode, enhancedCode } = replyFor('consumer-unknown', text, { intakeNumber: NUMBER })
  t.same([replyCode, enhancedCode], [554, '5.6.0'])
  t.end()
})

t.test('a refusal names its intake number', (t) => {
  for (const reason of ['consumer-unknown', 'no-id', 'two-from', 'accepted', 'no-documents'] as const)
    t.ok(replyFor(reason, text, { intakeNumber: NUMBER }).text.includes(NUMBER), reason)
  t.end()
})

t.test('a disposition has a detail only when one is given, and can be thrown', (t) => {
  t.same(because('no-id'), { reason: 'no-id' })
  t.same(because('malformed-message', 'uuencode'), { reason: 'malformed-message', detail: 'uuencode' })
  const stopped = new Stopped(because('deadline'))
  t.match(stopped, { name: 'Stopped', message: 'deadline', disposition: { reason: 'deadline' } })
  t.end()
})
