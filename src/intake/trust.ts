// Is this message from the provider whose intake address it was sent to? Decided before routing, so that a stranger never learns who
// has a postbox. Three ways, of which the provider's registration says which count: SMTP AUTH, a registered network, or DMARC-aligned
// SPF or DKIM (RFC 7489 3.1). All three ask for a registered From address.

import { canonicalAddress, domainOf } from '../mail/address.js'
import type { AuthenticationResults, Message, Peer } from '../mail/envelope.js'
import { mailboxes } from '../mail/message.js'
import { contains } from '../networks.js'
import type { Provider } from '../store/providers.js'
import { because, type Disposition } from './disposition.js'

/** How the sender was verified, for the receipt, the manifest and the log. */
export interface Verified {
  readonly method: 'password' | 'network' | 'dkim' | 'spf'
  /** It is the fax gateway that was verified: nobody knows who sent the fax. */
  readonly isFax: boolean
  /** The domain that SPF or DKIM passed for; null for the other two. */
  readonly domain: string | null
  /** The From address, canonical. */
  readonly from: string
  /** SPF, DKIM and DMARC where they were looked at; null otherwise. */
  readonly results: AuthenticationResults | null
}

export interface Evidence {
  readonly provider: Provider
  readonly peer: Peer
  readonly message: Message
  /** The canonical intake address the message was sent to, without its tag. */
  readonly intakeAddress: string
  readonly tag: string | null
  /** Looks SPF, DKIM and DMARC up; only called when it matters, since it costs DNS and CPU. */
  readonly authenticate: () => Promise<AuthenticationResults>
}

/** The fields a DKIM signature must cover to count by itself (besides To or Cc, one of which must name the intake address). */
const MUST_BE_SIGNED = ['from', 'subject', 'date', 'content-type'] as const

/** Each costs a question to a DNS server of the signer's choosing, and with an `l=` of its own a digest of the whole body. */
const MOST_SIGNATURES = 20

/** Whether, and how, the sender is verified. The message has passed checkForm: it has one From address. */
export async function verify(evidence: Evidence): Promise<Verified | Disposition> {
  const { provider, peer, message } = evidence
  const address = canonicalAddress(message.from[0]?.address ?? '')
  if (address === null) return because('two-from', 'not-an-address')
  const isFax = isFaxSender(provider, address)
  if (!isFax && !isRegistered(provider, address)) return because('sender-not-registered')
  const plain = { domain: null, from: address, results: null, isFax }
  if (provider.auth.includes('password') && peer.signedInAs === provider.id) return { method: 'password', ...plain }
  if (provider.auth.includes('network') && contains(provider.networks, peer.address)) return { method: 'network', ...plain }
  if (!provider.auth.includes('dmarc')) return because('sender-not-authenticated', 'no-password-or-network')
  if (message.count('dkim-signature') > MOST_SIGNATURES) return because('sender-not-authenticated', 'too-many-signatures')
  const judged = judge(await evidence.authenticate(), address, evidence)
  return 'reason' in judged ? judged : { ...judged, isFax }
}

/** Whole domains are registered by name, single senders by address; a subdomain is not its parent. */
export function isRegistered(provider: Provider, from: string): boolean {
  return matches(provider.senders, from)
}

/** Registered for one of the provider's fax gateways. */
export function isFaxSender(provider: Provider, from: string): boolean {
  return matches(provider.faxSenders, from)
}

function matches(senders: readonly string[], from: string): boolean {
  return senders.some((sender) => (sender.includes('@') ? sender === from : sender === domainOf(from)))
}

/** How the sender was verified, as people are told: of a fax no more than the gateway it came through. */
export function describeVerified({ method, domain, isFax, from }: Verified): {
  readonly method: 'password' | 'network' | 'dkim' | 'spf' | 'fax'
  readonly domain: string | null
} {
  return isFax ? { method: 'fax', domain: domainOf(from) } : { method, domain }
}

function judge(results: AuthenticationResults, from: string, evidence: Evidence): Omit<Verified, 'isFax'> | Disposition {
  const { spf, dkim, dmarc } = results
  if (dmarc.result === 'permerror') return because('sender-not-authenticated', 'dmarc-permerror')
  // Two readers of one From: what was proved must be the domain of the address we go by.
  if (dmarc.domain !== domainOf(from)) return because('sender-not-authenticated', 'from-differs')
  if (spf.result === 'pass' && dmarc.spfAligned) return { method: 'spf', domain: spf.domain, from, results }
  const signature = dkim.find((each) => each.result === 'pass' && each.aligned && isWholeSignature(each, evidence))
  if (signature) return { method: 'dkim', domain: signature.domain, from, results }
  const unsure = [spf.result, dmarc.result, ...dkim.map((each) => each.result)].includes('temperror')
  if (unsure) return because('authentication-unavailable')
  const replayable = dkim.some((each) => each.result === 'pass' && each.aligned)
  return because('sender-not-authenticated', replayable ? 'dkim-not-whole' : 'not-aligned')
}

/**
 * A signature alone proves who wrote a message, not to whom: anybody may post it here again with another Subject, or with parts added
 * behind an `l=`. So it counts only when it covers what we read, and was written to this intake address.
 */
function isWholeSignature(signature: AuthenticationResults['dkim'][number], { message, intakeAddress, tag }: Evidence): boolean {
  if (signature.hasLengthLimit) return false
  if (!MUST_BE_SIGNED.every((field) => signature.signedFields.includes(field))) return false
  return ['to', 'cc'].some((field) => {
    const isSigned = signature.signedFields.includes(field) && message.count(field) === 1
    return isSigned && mailboxes(message.field(field) ?? '').some(({ address }) => isMeant(address, intakeAddress, tag))
  })
}

/** A tag says whose records they are: one that the signer did not write counts as little as another Subject. */
function isMeant(address: string, intakeAddress: string, tag: string | null): boolean {
  const [, local = '', written, domain = ''] = /^([^+@]*)(?:\+([^@]*))?@(.*)$/.exec(address) ?? []
  return `${local}@${domain}` === intakeAddress && (tag === null || written === tag)
}
