// The PROXY header by itself: what is one, what is none, and that a piece of one is neither.

import t from 'tap'
import { readProxyHeader } from '../../src/smtp/proxy-header.js'

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const binary = (command: number, family: number, rest: Buffer) =>
  Buffer.concat([SIGNATURE, Buffer.from([command, family, rest.length >> 8, rest.length & 255]), rest])
const IPV4 = Buffer.from([192, 0, 2, 9, 198, 51, 100, 1, 0xdc, 4, 0, 25])
const IPV6 = Buffer.concat([Buffer.from('20010db8000000000000000000000009', 'hex'), Buffer.alloc(16, 1), Buffer.from([0xdc, 4, 0, 25])])

const GOOD: Array<[string, Buffer, string | null]> = [
  ['version 1, IPv4', Buffer.from('PROXY TCP4 192.0.2.9 198.51.100.1 56324 25\r\n'), '192.0.2.9'],
  ['version 1, IPv6', Buffer.from('PROXY TCP6 2001:db8::9 2001:db8::1 56324 25\r\n'), '2001:db8::9'],
  ['version 1, unknown', Buffer.from('PROXY UNKNOWN\r\n'), null],
  ['version 1, unknown with addresses', Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n'), null],
  ['version 2, IPv4', binary(0x21, 0x11, IPV4), '192.0.2.9'],
  ['version 2, IPv4 with extras', binary(0x21, 0x11, Buffer.concat([IPV4, Buffer.alloc(500)])), '192.0.2.9'],
  ['version 2, IPv6', binary(0x21, 0x21, IPV6), '2001:db8:0:0:0:0:0:9'],
  ['version 2, local', binary(0x20, 0x11, IPV4), null],
  ['version 2, no family', binary(0x21, 0, Buffer.alloc(0)), null],
  ['version 2, a Unix socket', binary(0x21, 0x31, Buffer.alloc(216)), null],
]

for (const [what, bytes, address] of GOOD) {
  t.test(`${what} is read once it is whole, and nothing after it`, async (t) => {
    for (let length = 0; length < bytes.length; length++)
      t.equal(readProxyHeader(bytes.subarray(0, length)).kind, 'more', `${length} bytes`)
    const whole = { kind: 'whole', length: bytes.length, address }
    t.same(readProxyHeader(bytes), whole)
    t.same(readProxyHeader(Buffer.concat([bytes, Buffer.from('EHLO a\r\n')])), whole)
  })
}

const BAD: Array<[string, Buffer]> = [
  ['a command', Buffer.from('EHLO mail.clinic.example\r\n')],
  ['small letters', Buffer.from('proxy TCP4 192.0.2.9 198.51.100.1 56324 25\r\n')],
  ['a host name', Buffer.from('PROXY TCP4 mail.clinic.example 198.51.100.1 56324 25\r\n')],
  ['an IPv6 address for IPv4', Buffer.from('PROXY TCP4 2001:db8::9 2001:db8::1 56324 25\r\n')],
  ['no ports', Buffer.from('PROXY TCP4 192.0.2.9 198.51.100.1\r\n')],
  ['two spaces', Buffer.from('PROXY  TCP4 192.0.2.9 198.51.100.1 56324 25\r\n')],
  ['another family', Buffer.from('PROXY UDP4 192.0.2.9 198.51.100.1 56324 25\r\n')],
  ['a line that does not end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(107)}`)],
  ['a line too long', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(100)}\r\n`)],
  ['a signature gone wrong', Buffer.from('\r\n\r\n\0\r\nQUIX', 'latin1')],
  ['another version', binary(0x11, 0x11, IPV4)],
  ['another command', binary(0x22, 0x11, IPV4)],
  ['too few bytes for its family', binary(0x21, 0x21, IPV4)],
  ['more than we read', binary(0x21, 0x11, Buffer.alloc(2049))],
]

for (const [what, bytes] of BAD) t.test(`${what} is no header`, async (t) => t.same(readProxyHeader(bytes), { kind: 'broken' }))
