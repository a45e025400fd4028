// Networks: what counts as one, and which addresses lie in it. A wrong "yes" believes a stranger's header, so doubts are "no".

import fc from 'fast-check'
import t from 'tap'
import { contains, isNetwork, parseNetwork } from '../src/networks.js'

t.test('writes a network with its host bits cleared', async (t) => {
  t.equal(parseNetwork('10.1.2.3/16'), '10.1.0.0/16')
  t.equal(parseNetwork('192.0.2.77/25'), '192.0.2.0/25')
  t.equal(parseNetwork('2001:db8:1:2:3::9/48'), '2001:db8:1::/48')
  t.equal(parseNetwork('0.0.0.0/0'), '0.0.0.0/0')
  t.equal(parseNetwork('::/0'), '::/0')
})

t.test('takes a single address for a network of one', async (t) => {
  t.equal(parseNetwork('192.0.2.1'), '192.0.2.1/32')
  t.equal(parseNetwork('2001:DB8::1'), '2001:db8::1/128')
})

t.test('takes an IPv4-mapped network for the IPv4 network it means', async (t) => {
  t.equal(parseNetwork('::ffff:10.0.0.0/104'), '10.0.0.0/8')
  t.equal(parseNetwork('::ffff:192.0.2.1'), '192.0.2.1/32')
})

const BROKEN = [
  ...['', ' ', '/', '10', '10.1', '10.1/16', '010.0.0.0/8', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/x'],
  ...['10.0.0.256', '0x0a.0.0.1', '10.0.0.0 /8', '::1/129', ':::1', '1::2::3', '[::1]', 'localhost', 'example.org', '10.0.0.1:25'],
]

for (const text of BROKEN) {
  t.test(`says that ${JSON.stringify(text)} is no network`, async (t) => {
    t.equal(parseNetwork(text), null)
    t.equal(isNetwork(text), false)
    t.equal(contains([text], '10.0.0.1'), false)
  })
}

t.test('knows which addresses lie in a network', async (t) => {
  t.equal(contains(['10.1.0.0/16'], '10.1.255.255'), true)
  t.equal(contains(['10.1.0.0/16'], '10.2.0.0'), false)
  t.equal(contains(['2001:db8::/32'], '2001:db8:ffff::1'), true)
  t.equal(contains(['2001:db8::/32'], '2001:db9::1'), false)
  t.equal(contains(['192.0.2.1'], '192.0.2.1'), true)
  t.equal(contains(['192.0.2.1'], '192.0.2.2'), false)
})

t.test('asks every network of the list', async (t) => {
  t.equal(contains(['192.0.2.0/24', '::1', '10.0.0.0/8'], '10.9.9.9'), true)
  t.equal(contains([], '10.9.9.9'), false)
})

t.test('sees an IPv4-mapped address, as a dual-stack socket shows it, as the IPv4 address', async (t) => {
  t.equal(contains(['10.0.0.0/8'], '::ffff:10.1.2.3'), true)
  t.equal(contains(['::ffff:10.0.0.0/104'], '10.1.2.3'), true)
  t.equal(contains(['::ffff:10.0.0.0/104'], '::ffff:11.1.2.3'), false)
})

t.test('keeps the two families apart', async (t) => {
  t.equal(contains(['::/0'], '10.0.0.1'), false)
  t.equal(contains(['0.0.0.0/0'], '2001:db8::1'), false)
})

t.test('says that what is no address lies nowhere', async (t) => {
  for (const text of ['', 'localhost', '10.1', '010.0.0.1', '10.0.0.1:25', '[::1]', '10.0.0.1, 10.0.0.2']) {
    t.equal(contains(['0.0.0.0/0', '::/0'], text), false, text)
  }
})

t.test('agrees with arithmetic on every IPv4 network', async (t) => {
  const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
  const property = fc.property(octets, octets, fc.nat(32), (network, address, bits) => {
    const number = (parts: number[]) => parts.reduce((sum, part) => sum * 256 + part, 0)
    const size = 2 ** (32 - bits)
    const isInside = Math.floor(number(network) / size) === Math.floor(number(address) / size)
    return contains([`${network.join('.')}/${bits}`], address.join('.')) === isInside
  })
  fc.assert(property, { numRuns: process.env.SLOW ? 2000 : 200 })
  t.pass('held')
})
