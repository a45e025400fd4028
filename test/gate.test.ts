// How many may come in.

import t from 'tap'
import { Gate } from '../src/gate.js'
import { peerKey } from '../src/networks.js'

t.test('one peer has so many places, and others still come in', async (t) => {
  const gate = new Gate({ maxConnections: 10, maxConnectionsPerPeer: 2 })
  const leave = gate.enter('192.0.2.1')
  t.ok(leave)
  t.ok(gate.enter('::ffff:192.0.2.1'))
  t.equal(gate.enter('192.0.2.1'), null)
  t.ok(gate.enter('192.0.2.2'))
  leave?.()
  t.ok(gate.enter('192.0.2.1'))
})

t.test('leaving twice gives back one place', async (t) => {
  const gate = new Gate({ maxConnections: 10, maxConnectionsPerPeer: 2 })
  const leave = gate.enter('192.0.2.1')
  gate.enter('192.0.2.1')
  leave?.()
  leave?.()
  t.ok(gate.enter('192.0.2.1'))
  t.equal(gate.enter('192.0.2.1'), null)
})

t.test('the house has so many places', async (t) => {
  const gate = new Gate({ maxConnections: 2, maxConnectionsPerPeer: 2 })
  gate.enter('192.0.2.1')
  const leave = gate.enter('192.0.2.2')
  t.equal(gate.enter('192.0.2.3'), null)
  leave?.()
  t.ok(gate.enter('192.0.2.3'))
})

t.test('an IPv6 peer is its /64, however it is written', async (t) => {
  t.equal(peerKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  t.equal(peerKey('2001:0DB8:0001:0002::9'), '2001:db8:1:2')
  t.equal(peerKey('2001:db8::1'), '2001:db8:0:0')
  t.equal(peerKey('2001:db8:0:0:1::'), '2001:db8:0:0')
  t.equal(peerKey('::1'), '0:0:0:0')
  t.equal(peerKey('fe80::1:2:3:4%eth0'), 'fe80:0:0:0')
  t.equal(peerKey('1::3:4:5:6:7:8'), '1:0:3:4')
  t.equal(peerKey('192.0.2.1'), '192.0.2.1')
})

t.test('who is not known yet takes a place of the house, and of nobody', async (t) => {
  const gate = new Gate({ maxConnections: 3, maxConnectionsPerPeer: 1 })
  const [one, two] = [gate.enter(null), gate.enter(null)]
  t.ok(one && two)
  t.ok(gate.enter('192.0.2.1'))
  t.equal(gate.enter(null), null)
  one?.()
  t.ok(gate.enter('192.0.2.2'))
})
