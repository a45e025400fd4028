// The header that a proxy before the mail door sends ahead of the peer's own bytes: PROXY protocol, versions 1 and 2 (HAProxy's
// proxy-protocol.txt). It says whose connection it passes on. Whoever may send one could name any address: only listed proxies are asked.

import { isIPv4, isIPv6, type Socket } from 'node:net'

/**
 * `more`: not all of it is there yet. `broken`: it is none, or too long. `whole`: its length in bytes, and the peer's address; null when
 * the connection is the proxy's own (a health check), or of a kind that has no IP address.
 */
export type ProxyHeader =
  | { readonly kind: 'more' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'whole'; readonly length: number; readonly address: string | null }

const BROKEN = { kind: 'broken' } as const
const MORE = { kind: 'more' } as const

/** Version 1 is one line of at most 107 bytes. */
const MAX_LINE = 107
const V1 = Buffer.from('PROXY ')
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** What follows the 16 fixed bytes of version 2: addresses take 36, the rest is extras that we pass over. */
const MAX_V2 = 2048

/** Reads the header at the beginning of `bytes`. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, V1)) return readLine(bytes)
  return startsLike(bytes, SIGNATURE) ? readBinary(bytes) : BROKEN
}

/** Whether `bytes` begin with the mark, as far as they go. */
function startsLike(bytes: Buffer, mark: Buffer): boolean {
  const length = Math.min(bytes.length, mark.length)
  return bytes.subarray(0, length).equals(mark.subarray(0, length))
}

function readLine(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, MAX_LINE).indexOf('\r\n')
  if (end < 0) return bytes.length < MAX_LINE ? MORE : BROKEN
  const line = bytes.subarray(0, end).toString('latin1')
  const length = end + 2
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) return { kind: 'whole', length, address: null }
  const [, family, from = '', to = ''] = /^PROXY TCP([46]) (\S+) (\S+) (?:\d{1,5}) (?:\d{1,5})$/.exec(line) ?? []
  const isAddress = family === '4' ? isIPv4 : isIPv6
  return family !== undefined && isAddress(from) && isAddress(to) ? { kind: 'whole', length, address: from } : BROKEN
}

function readBinary(bytes: Buffer): ProxyHeader {
  if (bytes.length < 16) return MORE
  const [version, command, family] = [(bytes[12] ?? 0) >> 4, (bytes[12] ?? 0) & 15, bytes[13]]
  const rest = bytes.readUInt16BE(14)
  if (version !== 2 || command > 1 || rest > MAX_V2) return BROKEN
  const length = 16 + rest
  if (bytes.length < length) return MORE
  if (command === 0) return { kind: 'whole', length, address: null }
  if (family === 0x11) return rest < 12 ? BROKEN : { kind: 'whole', length, address: [...bytes.subarray(16, 20)].join('.') }
  if (family === 0x21) return rest < 36 ? BROKEN : { kind: 'whole', length, address: ipv6(bytes.subarray(16, 32)) }
  return { kind: 'whole', length, address: null }
}

function ipv6(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_each, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':')
}

/**
 * Takes the header off the beginning of an accepted socket and leaves what follows to be read. Resolves with the peer's address, or null
 * when the connection is the proxy's own; rejects when no whole header comes within `ms`, or something else does.
 */
export function takeProxyHeader(socket: Socket, ms: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0)
    const timer = setTimeout(() => fail(), ms)
    const done = () => {
      clearTimeout(timer)
      socket.off('readable', read).off('end', fail).off('close', fail)
    }
    const fail = () => {
      done()
      reject(new Error('no PROXY header'))
    }
    const read = () => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
        head = Buffer.concat([head, chunk])
        const header = readProxyHeader(head)
        if (header.kind === 'more') continue
        if (header.kind === 'broken') return fail()
        done()
        if (head.length > header.length) socket.unshift(head.subarray(header.length))
        // The socket finds out in the next tick that nobody waits for `readable` any more; before that it would not flow.
        setImmediate(resolve, header.address)
        return
      }
    }
    socket.on('readable', read).once('end', fail).once('close', fail)
  })
}
