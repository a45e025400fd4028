// E-mail addresses: RFC 5321 4.1.2 mailboxes with the length limits of 4.5.3.1, RFC 6531 (SMTPUTF8) local parts, and domain names
// turned to ASCII (RFC 5891), so that two spellings of one address compare equal. Reads; never looks anything up.

import { domainToASCII } from 'node:url'

export interface Address {
  /** In its shortest spelling: bare where a dot-atom will do, otherwise in quotes. Case kept. */
  readonly local: string
  /** ASCII (punycode), lower case. */
  readonly domain: string
}

// RFC 5321 4.5.3.1.1 to .3. A path is 256 octets with its angle brackets, so the address in it is 254.
const MAX_LOCAL = 64
const MAX_DOMAIN = 255
const MAX_ADDRESS = 254
const MAX_LABEL = 63

// RFC 5322 3.2.3 atext, and beyond ASCII (RFC 6531 3.3) letters, marks, digits and symbols, but no spaces, controls or bidi marks.
const ATEXT = "A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
const BEYOND_ASCII = '(?!\\p{ASCII})[\\p{L}\\p{M}\\p{N}\\p{S}]'
const DOT_ATOM = new RegExp(`^(?:[${ATEXT}]|${BEYOND_ASCII})+(?:\\.(?:[${ATEXT}]|${BEYOND_ASCII})+)*$`, 'u')
// No character is in two of the three: with two ways of reading each, a broken one would be tried in 2^n ways.
const QUOTED = /^"(?:[ !#-[\]-~]|\\[ -~]|(?!\p{ASCII})[^\p{C}\p{Z}])*"$/u
const DOMAIN_CHARACTERS = /^(?:[A-Za-z0-9.\-\u3002\uff0e\uff61]|(?!\p{ASCII})[\p{L}\p{M}\p{N}])+$/u
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const FIND_LOCAL = /[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]|(?!\p{ASCII})[\p{L}\p{M}\p{N}]/u
const FIND_DOMAIN = /[A-Za-z0-9.-]|(?!\p{ASCII})[\p{L}\p{M}\p{N}]/u
// What word processors and foreign keyboards write for the apostrophe, hyphen or dot of an address. Cut off there, o’brien@ is brien@.
const STANDS_FOR_LOCAL = /[\u2018\u2019\u201b\u2032\uff07\u2010-\u2015\uff0d\u2024\u3002\uff0e\uff61\p{Cc}]/u
const STANDS_FOR_DOMAIN = /[\u2010\u2011\u2212\uff0d\u2024\u3002\uff0e\uff61\uff3f\p{Cc}]/u
const SYMBOL = /(?!\p{ASCII})\p{S}/u

/**
 * Reads one bare address (no display name, no angle brackets, no surrounding space). Null when it is not a mailbox, goes past
 * a length limit, or names a host by number (`user@[192.0.2.1]`).
 */
export function parseAddress(text: string): Address | null {
  const at = text.lastIndexOf('@')
  if (at < 1 || text.length > 4 * MAX_ADDRESS) return null
  const local = readLocal(text.slice(0, at))
  const domain = readDomain(text.slice(at + 1))
  if (local === null || domain === null) return null
  if (Buffer.byteLength(local) > MAX_LOCAL || Buffer.byteLength(local) + 1 + domain.length > MAX_ADDRESS) return null
  return { local, domain }
}

/** The one spelling under which an address is stored and compared (the HePoEx id): null when it is not an address. Surrounding space is ignored. */
export function canonicalAddress(text: string): string | null {
  const address = parseAddress(text.trim())
  if (!address) return null
  const canonical = `${address.local.normalize('NFC').toLowerCase()}@${address.domain}`
  return parseAddress(canonical) ? canonical : null
}

/** What a piece of free text such as a Subject says of addresses. */
export interface FoundAddresses {
  /** Canonical, each once, in order. Single-label domains other than `localhost` are not taken. */
  readonly addresses: string[]
  /** Something may be the rest of an address that was cut off; it is not among `addresses`. */
  readonly isDoubtful: boolean
}

/** Every address in a piece of free text. */
export function readAddresses(text: string): FoundAddresses {
  const characters = Array.from(text.replace(/\p{Cf}/gu, ''))
  const found = new Set<string>()
  let isDoubtful = false
  characters.forEach((character, at) => {
    if (character !== '@') return
    const [local, domain] = [localBefore(characters, at), domainAfter(characters, at)]
    const address = canonicalAddress(`${local.text}@${domain.text}`)
    if (!address || !(domainOf(address).includes('.') || domainOf(address) === 'localhost')) return
    if (local.isCutOff || domain.isCutOff) isDoubtful = true
    else found.add(address)
  })
  return { addresses: [...found], isDoubtful }
}

/** Every address in a piece of free text, canonical, each once, in order. */
export function findAddresses(text: string): string[] {
  return readAddresses(text).addresses
}

/** For logs and pages that must not show it whole: `m***@example.org`; `***` when it is not an address. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  if (at < 1) return '***'
  const [first = ''] = address.replace(/^"/, '')
  return `${first}***@${domainOf(address)}`
}

/** What stands after the last `@`, in ASCII and lower case where that can be done; '' when there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@')
  if (at < 0) return ''
  const domain = address.slice(at + 1)
  return readDomain(domain) ?? domain.toLowerCase()
}

function readLocal(text: string): string | null {
  if (DOT_ATOM.test(text)) return text
  if (!QUOTED.test(text)) return null
  const content = text.slice(1, -1).replace(/\\(.)/gu, '$1')
  // RFC 5321 4.1.2: "a.b"@x and a.b@x are one mailbox, and the form without quotes is the one to use.
  return DOT_ATOM.test(content) ? content : `"${content.replace(/[\\"]/g, '\\$&')}"`
}

function readDomain(text: string): string | null {
  if (!DOMAIN_CHARACTERS.test(text) || text.length > MAX_DOMAIN) return null
  const ascii = domainToASCII(text).toLowerCase()
  if (ascii === '' || ascii.length > MAX_DOMAIN) return null
  const labels = ascii.split('.')
  if (!labels.every((label) => label.length <= MAX_LABEL && LABEL.test(label))) return null
  // domainToASCII reads `1.2` as an IPv4 address; a name never ends in a number.
  return /^\d+$/.test(labels.at(-1) ?? '') ? null : ascii
}

/** A half of an address in free text. */
interface Half {
  readonly text: string
  readonly isCutOff: boolean
}

const NOTHING: Half = { text: '', isCutOff: false }

function localBefore(characters: readonly string[], at: number): Half {
  if (characters[at - 1] === '"') return { text: quotedBefore(characters, at), isCutOff: false }
  let start = at
  while (FIND_LOCAL.test(characters[start - 1] ?? '')) start--
  if (characters[start - 1] === '@') {
    // In a@y/b@z the first one ends where no domain goes on. Without such a place, x@y@z is two readings of one text.
    start = at
    while (FIND_DOMAIN.test(characters[start - 1] ?? '')) start--
    if (characters[start - 1] === '@') return NOTHING
  }
  const [before = '', attached = ''] = [characters[start - 2], characters[start - 1]]
  const isCutOff = SYMBOL.test(attached) || (FIND_LOCAL.test(before) && STANDS_FOR_LOCAL.test(attached))
  // Quotes and stars that people put around an address are legal in one, but nobody's begins so. No more than these: what is
  // taken off too much makes it another person's address.
  const text = characters
    .slice(start, at)
    .join('')
    .replace(/^[.'`*]+(?=.)/u, '')
  return { text, isCutOff }
}

function quotedBefore(characters: readonly string[], at: number): string {
  for (let start = at - 2; start >= 0 && start >= at - MAX_LOCAL; start--) {
    if (characters[start] === '"' && characters[start - 1] !== '\\') return characters.slice(start, at).join('')
  }
  return ''
}

function domainAfter(characters: readonly string[], at: number): Half {
  let end = at + 1
  while (FIND_DOMAIN.test(characters[end] ?? '')) end++
  // x@y@z is two readings of one text; neither is taken.
  if (characters[end] === '@') return NOTHING
  const [attached = '', after = ''] = [characters[end], characters[end + 1]]
  const text = characters
    .slice(at + 1, end)
    .join('')
    .replace(/[.-]+$/, '')
  return { text, isCutOff: STANDS_FOR_DOMAIN.test(attached) && /[a-z0-9]/i.test(after) }
}
