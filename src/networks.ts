// Networks in CIDR notation (RFC 4632, RFC 4291 2.3) and whether an address lies in one. ipaddr.js lives here only.

import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Canonical text of a network (`10.1.0.0/16`; a single address becomes /32 or /128); null when it is not one. */
export function parseNetwork(text: string): string | null {
  const range = rangeOf(text)
  if (!range) return null
  const [address, bits] = range
  const network =
    address.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits}`)
  return `${network.toString()}/${bits}`
}

export function isNetwork(text: string): boolean {
  return rangeOf(text) !== null
}

/** Whether `address` (IPv4, IPv6 or IPv4-mapped IPv6) lies in one of the networks. False for what is not an address. */
export function contains(networks: readonly string[], address: string): boolean {
  const asked = addressOf(address)
  if (!asked) return false
  const plain = mappedIn(asked) ?? asked
  return networks.some((network) => {
    const range = rangeOf(network)
    return range !== null && range[0].kind() === plain.kind() && plain.match(range)
  })
}

/** What one peer is counted under: an IPv4 address itself (also when written as IPv4-mapped); of IPv6 the /64, which one customer has all of. */
export function peerKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!isIPv6(plain)) return plain
  const [left = '', right] = plain.toLowerCase().split('::')
  const groups = left === '' ? [] : left.split(':')
  const tail = right ? right.split(':').length : 0
  while (right !== undefined && groups.length < 4 && groups.length < 8 - tail) groups.push('0')
  const all = right ? [...groups, ...right.split(':')] : groups
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

function rangeOf(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | null {
  const [before = '', after, ...more] = text.split('/')
  const address = addressOf(before)
  if (!address || more.length > 0) return null
  const width = address.kind() === 'ipv4' ? 32 : 128
  const bits = after === undefined ? width : /^\d{1,3}$/.test(after) ? Number(after) : Number.NaN
  if (!(bits <= width)) return null
  // ::ffff:10.0.0.0/104 means the IPv4 network 10.0.0.0/8 (RFC 4291 2.5.5.2), and must contain what a dual-stack socket shows.
  const plain = bits >= 96 ? mappedIn(address) : null
  return plain ? [plain, bits - 96] : [address, bits]
}

function addressOf(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  // To the library, as to the old C functions, "10.1" is an address and "010.0.0.1" is octal; nobody who writes them here means that.
  if (text.includes(':')) return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : null
  return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : null
}

function mappedIn(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | null {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : null
}
