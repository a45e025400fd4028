// SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) of one message, by mailauth, with every DNS question going through the
// resolver we are given. A question that could not be answered is `temperror`, never a verdict: the caller answers 451.

import dns from 'node:dns'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import type { authenticate as mailauth } from 'mailauth'
import { domainOf } from './address.js'
import type { AuthenticationResults, MethodResult } from './envelope.js'
import { readHeader } from './mime-header.js'

/** Answers one DNS question as `dns.promises.resolve` does (TXT: `string[][]`); rejects with an error that has a DNS `code`. */
export type Resolver = (name: string, type: string) => Promise<unknown[]>

/** What SMTP said about the peer. */
export interface AuthenticateOptions {
  readonly peerAddress: string
  readonly ehlo: string
  /** Reverse-path without brackets; '' is `<>`, and SPF then looks at the EHLO name (RFC 7208 2.4). */
  readonly mailFrom: string
  /** Our own host name. */
  readonly hostname: string
  readonly resolver: Resolver
  /** How long DNS may take over this message, all questions together; what is open then is `temperror`. */
  readonly dnsMs?: number
}

interface DkimRow {
  readonly signingDomain?: string
  readonly signingHeaders?: { readonly keys?: string }
  readonly canonBodyLengthLimited?: boolean
  readonly algo?: string
  readonly status: { readonly result: string; readonly aligned?: string | false }
}

interface DmarcRow {
  readonly status: { readonly result: string }
  readonly alignment?: { readonly spf: { readonly strict: boolean }; readonly dkim: { readonly strict: boolean } }
}

type Dkim = AuthenticationResults['dkim'][number]

const RESULTS: readonly MethodResult[] = ['pass', 'fail', 'softfail', 'neutral', 'none', 'temperror', 'permerror', 'policy']
const SLICE_BYTES = 64 * 1024
// A message with a longer header has been refused before.
const MAX_HEADER_BYTES = 128 * 1024
// SPF, DKIM and DMARC ask one question after the other, of servers that a stranger may have chosen for their slowness.
const DNS_MS = 20_000

const require = createRequire(import.meta.url)

interface Library {
  readonly authenticate: typeof mailauth
  getAlignment(fromDomain: string, domains: readonly string[]): { domain: string } | false
}

let loaded: Library | null = null

/** Read with the first message that needs it: it takes as long to load as all else that is mail. */
function library(): Library {
  // mailauth keeps its public-suffix comparison to itself, and without a DMARC record does not run it.
  loaded ??= { ...require('mailauth'), ...require('mailauth/lib/tools') } as Library
  return loaded
}

/** Asks the given name servers, or the system's when null. Two tries of five seconds, as DNS is asked while a sender waits. */
export function systemResolver(servers: readonly string[] | null): Resolver {
  const resolver = new dns.promises.Resolver({ timeout: 5000, tries: 2 })
  if (servers) resolver.setServers(servers)
  return async (name, type) => {
    const answer: unknown = await resolver.resolve(name, type)
    return Array.isArray(answer) ? answer : [answer]
  }
}

/**
 * Judges one message. `dmarc.domain` is the domain of the one From address; with no From, or more than one address in it,
 * `dmarc.result` is `permerror` and nothing is aligned. Yields to the event loop while it reads.
 */
export async function authenticate(raw: readonly Buffer[], about: AuthenticateOptions): Promise<AuthenticationResults> {
  const resolver = inTime(about.resolver, about.dnsMs ?? DNS_MS)
  // mailauth gives up on a message with a signature that it can't read. RFC 6376 6.1.1 has it ignored: what is left is SPF.
  const { dkim, spf, dmarc } = await ask(raw, about, resolver).catch(() => ask([senderFields(raw)], about, resolver))
  const headerFrom: readonly string[] = [dkim.headerFrom ?? []].flat()
  const fromDomain = headerFrom.length === 1 ? domainOf(headerFrom[0] ?? '') : ''
  const row = dmarc ? (dmarc as unknown as DmarcRow) : null
  const signatures = dkimResults(dkim.results as readonly DkimRow[], fromDomain, row?.alignment?.dkim.strict ?? false)
  const spfResult = { result: methodResult(spf ? spf.status.result : 'none'), domain: (spf ? spf.domain : null) || null }
  const spfAligned = isAligned(fromDomain, spfResult.domain ?? '', row?.alignment?.spf.strict ?? false)
  const result = fromDomain === '' || !row ? 'permerror' : dmarcResult(row, signatures, spfResult.result, spfAligned)
  return {
    spf: spfResult,
    dkim: signatures,
    dmarc: { result, domain: fromDomain === '' ? null : fromDomain, spfAligned: spfResult.result === 'pass' && spfAligned },
  }
}

function ask(raw: readonly Buffer[], about: AuthenticateOptions, resolver: Resolver): ReturnType<typeof mailauth> {
  return library().authenticate(Readable.from(slices(raw), { objectMode: false }), {
    ip: about.peerAddress,
    helo: about.ehlo,
    sender: about.mailFrom,
    mta: about.hostname,
    resolver: resolver as (name: string, type: string) => Promise<string[]>,
    disableArc: true,
    disableBimi: true,
  })
}

/** A message that is nothing but the From fields of another. */
function senderFields(raw: readonly Buffer[]): Buffer {
  const { fields } = readHeader(Buffer.concat(raw), 0, MAX_HEADER_BYTES, () => false)
  const from = fields.filter(({ name }) => name === 'from').map(({ value }) => `From: ${value}\r\n`)
  return Buffer.from(`${from.join('')}\r\n`, 'latin1')
}

function inTime(resolver: Resolver, ms: number): Resolver {
  const endsAt = performance.now() + ms
  return async (name, type) => {
    const left = endsAt - performance.now()
    if (left <= 0) throw outOfTime()
    const answered = new AbortController()
    const late = sleep(left, undefined, { signal: answered.signal }).then(() => {
      throw outOfTime()
    })
    return await Promise.race([resolver(name, type), late]).finally(() => answered.abort())
  }
}

function outOfTime(): Error {
  return Object.assign(new Error('dns: out of time'), { code: 'ETIMEOUT' })
}

async function* slices(raw: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of raw) {
    for (let start = 0; start < chunk.length; start += SLICE_BYTES) {
      await immediate()
      yield chunk.subarray(start, start + SLICE_BYTES)
    }
  }
}

function dkimResults(rows: readonly DkimRow[], fromDomain: string, strict: boolean): Dkim[] {
  // `none` is mailauth's word for "not signed". An ARC seal it lists here too; only DKIM rows carry `aligned`.
  return rows
    .filter((row) => row.signingDomain && row.status.aligned !== undefined)
    .map((row) => ({
      // RFC 8301 3.1: a signature with SHA-1 must not be counted as valid; mailauth does count it.
      result: /sha1/i.test(row.algo ?? '') ? 'policy' : methodResult(row.status.result),
      domain: (row.signingDomain ?? '').toLowerCase(),
      aligned: isAligned(fromDomain, row.signingDomain ?? '', strict),
      signedFields: [
        ...new Set(
          (row.signingHeaders?.keys ?? '')
            .toLowerCase()
            .split(/\s*:\s*/)
            .filter(Boolean),
        ),
      ],
      hasLengthLimit: row.canonBodyLengthLimited === true,
    }))
}

/** RFC 7489 3.1. mailauth's own strict comparison falls through to the relaxed one, so strict is done here. */
function isAligned(fromDomain: string, domain: string, strict: boolean): boolean {
  if (fromDomain === '' || domain === '') return false
  if (strict) return fromDomain === domain.toLowerCase()
  return Boolean(library().getAlignment(fromDomain, [domain]))
}

function dmarcResult(row: DmarcRow, dkim: readonly Dkim[], spf: MethodResult, spfAligned: boolean): MethodResult {
  const result = methodResult(row.status.result)
  if (result !== 'pass' && result !== 'fail') return result
  if ((spf === 'pass' && spfAligned) || dkim.some((one) => one.result === 'pass' && one.aligned)) return 'pass'
  // RFC 7489 6.6.2: without a pass, an answer that DNS still owes us leaves the verdict open.
  const open = (spf === 'temperror' && spfAligned) || dkim.some((one) => one.result === 'temperror' && one.aligned)
  return open ? 'temperror' : 'fail'
}

function methodResult(text: string): MethodResult {
  return RESULTS.find((result) => result === text) ?? 'neutral'
}
