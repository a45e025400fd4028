import t from 'tap'
import { PeerQuota } from '../../src/intake/quota.js'
import { makeBench } from '../support/desk.js'
import { rawMessage } from '../support/raw.js'

const LIMITS = { windowMs: 1000, messages: 3, bytes: 1000 }
const peer = (address: string, signedInAs: string | null = null) => ({ address, ehlo: '', tls: 'TLSv1.3 X', signedInAs })
const STRANGER = peer('192.0.2.1')

function newQuota(limits = LIMITS) {
  const clock = { at: 0 }
  return { clock, quota: new PeerQuota(limits, () => clock.at) }
}

t.test('a peer has so many messages a window, and others have their own', async (t) => {
  const { quota, clock } = newQuota()
  for (let count = 0; count < 3; count++) t.equal(quota.take(STRANGER, null), null)
  t.same(quota.take(STRANGER, null), { reason: 'too-many-messages', isFirst: true })
  t.same(quota.take(STRANGER, null), { reason: 'too-many-messages', isFirst: false })
  t.equal(quota.take(peer('192.0.2.2'), null), null)
  clock.at = 999
  t.ok(quota.take(STRANGER, null))
  clock.at = 1000
  t.equal(quota.take(STRANGER, null), null, 'a window later it may send again')
})

t.test('all of an IPv6 /64 is one peer', async (t) => {
  const { quota } = newQuota()
  for (const last of ['1', '2', '3']) quota.take(peer(`2001:db8::${last}`), null)
  t.ok(quota.take(peer('2001:db8::4'), null))
  t.equal(quota.take(peer('2001:db8:0:1::4'), null), null)
})

t.test('a peer has so many bytes a window, and what it announces counts before it is sent', async (t) => {
  const { quota, clock } = newQuota()
  quota.addBytes(STRANGER, 600)
  t.equal(quota.take(STRANGER, 400), null)
  t.match(quota.take(STRANGER, 401), { reason: 'too-many-bytes' })
  t.equal(quota.take(STRANGER, null), null, 'who announces nothing is taken until it has sent that much')
  quota.addBytes(STRANGER, 400)
  t.match(quota.take(STRANGER, null), { reason: 'too-many-bytes' })
  clock.at = 1000
  t.equal(quota.take(STRANGER, 1000), null)
})

t.test('a message that was not admitted after all is given back', async (t) => {
  const { quota } = newQuota()
  for (let count = 0; count < 9; count++) {
    t.equal(quota.take(STRANGER, null), null)
    quota.giveBack(STRANGER)
  }
})

t.test('a provider that signed in is not counted', async (t) => {
  const { quota } = newQuota()
  const provider = peer('192.0.2.1', 'provider-1')
  for (let count = 0; count < 9; count++) {
    quota.addBytes(provider, 5000)
    t.equal(quota.take(provider, 5000), null)
  }
  t.equal(quota.take(STRANGER, null), null, 'nor is what it sent put down to others behind its address')
})

t.test('no more peers are remembered than there is room for', async (t) => {
  const { quota } = newQuota({ ...LIMITS, messages: 1, ...{ peers: 2 } })
  for (const last of [1, 2, 3]) quota.take(peer(`192.0.2.${last}`), null)
  t.ok(quota.take(peer('192.0.2.3'), null))
  t.ok(quota.take(peer('192.0.2.2'), null))
  t.equal(quota.take(STRANGER, null), null, 'the longest known was forgotten')
})

const NETWORK = { peer: { signedInAs: null, address: '192.0.2.9' } }

t.test('at the door a peer past its messages hears 451 4.7.0, and the log has a row of the first time only', async (t) => {
  const bench = await makeBench(t, { quota: newQuota({ ...LIMITS, messages: 2, bytes: 1e9 }).quota })
  const one = await bench.send(rawMessage(), NETWORK)
  const two = await bench.send(rawMessage({ messageId: '<2@clinic.example>' }), NETWORK)
  t.same([one.replyCode, two.replyCode], [250, 250])
  for (let count = 0; count < 3; count++) t.match(await bench.send(rawMessage(), NETWORK), { replyCode: 451, enhancedCode: '4.7.0' })
  const rows = await bench.store.database.read('intakes').where({ reason: 'too-many-messages' })
  t.match(rows, [{ outcome: 'deferred', peer: '192.0.2.9' }])
  t.equal(rows.length, 1)
  t.equal((await bench.send(rawMessage())).replyCode, 250, 'a provider that signed in goes on')
})

t.test('at the door the bytes of messages that were refused count too', async (t) => {
  const bench = await makeBench(t, { quota: newQuota({ ...LIMITS, messages: 99 }).quota })
  t.equal((await bench.send(rawMessage({ subject: 'no id', body: 'x'.repeat(2000) }), NETWORK)).replyCode, 554)
  t.match(await bench.send(rawMessage(), NETWORK), { replyCode: 451, enhancedCode: '4.7.0' })
})

t.test('at the door a message cut off at DATA counts with its bytes', async (t) => {
  const bench = await makeBench(t, { quota: newQuota({ ...LIMITS, messages: 99 }).quota })
  const transaction = await bench.door.mail(STRANGER, '', null)
  if ('replyCode' in transaction) return t.fail('not admitted')
  await bench.door.refuseData(transaction, 'message-too-big', 1000)
  bench.door.release(transaction)
  t.match(await bench.door.mail(STRANGER, '', null), { replyCode: 451 })
})

t.test('what was refused for want of memory does not count', async (t) => {
  const { MemoryBudget } = await import('../../src/intake/admission.js')
  const bench = await makeBench(t, { quota: newQuota({ ...LIMITS, messages: 1 }).quota, budget: new MemoryBudget(10) })
  for (let count = 0; count < 3; count++) t.equal((await bench.send(rawMessage(), NETWORK)).replyCode, 452)
})
