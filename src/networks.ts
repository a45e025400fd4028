// Networks in CIDR notation (RFC 4632, RFC 4291 2.3) and whether an address lies in one. ipaddr.js lives here only.

import ipaddr from 'ipaddr.js'

/** Canonical text of a network (`10.1.0.0/16`; a single address becomes /32 or /128); null when it is not one. */
export function parseNetwork(text: string): string | null {
  const range = rangeOf(text)
  if (!range) return null
  const [address, bits] = range
  const network = address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits}`) : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits}`)
  return `${network.toString()}/${bits}`
}

export function isNetwork(text: string): boolean {
  return rangeOf(text) !== null
}

/** Whether `address` (IPv4, IPv6 or IPv4-mapped IPv6) lies in one of the networks. False for what is not an address. */
export function contains(networks: readonly string[], address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const asked = ipaddr.process(address)
  return networks.some((network) => {
    const range = rangeOf(network)
    return range !== null && range[0].kind() === asked.kind() && asked.match(range)
  })
}

function rangeOf(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | null {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text)
    // "10.1" is a valid address to the library, as to the old C function; nobody who writes it here means that.
    if (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text)) return null
    const address = ipaddr.parse(text)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch {
    return null
  }
}
