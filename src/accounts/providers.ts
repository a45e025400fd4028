// Registering providers: who may send records to an intake address, and how we know that it is them.

import { randomBytes, randomUUID } from 'node:crypto'
import { canonicalAddress, domainOf } from '../mail/address.js'
import { parseNetwork } from '../networks.js'
import { DuplicateError } from '../store/errors.js'
import type { Provider, ProviderState } from '../store/providers.js'
import type { Store } from '../store/store.js'
import { isPublicMailDomain } from './public-domains.js'
import { hashToken, sameHash } from './tokens.js'
import { recordEvent } from './tools.js'

export interface NewProvider {
  /** As consumers and admins see it. */
  readonly name: string
  /** Null: made from the name. */
  readonly slug?: string | null
  /** Addresses and domains, as typed. */
  readonly senders: readonly string[]
  /** Addresses and domains of its fax gateways, as typed. */
  readonly faxSenders?: readonly string[]
  /** The number its gateway takes faxes at, as people are to read it. */
  readonly fax?: string | null
  readonly auth: Provider['auth']
  /** CIDR or single addresses, as typed. */
  readonly networks: readonly string[]
  /** Null: to the reverse-path. */
  readonly receiptsTo?: string | null
  /** To be told when a person opens what it sent; no unless given. */
  readonly pickedUp?: boolean
  readonly unmatched: Provider['unmatched']
}

export type ProviderRefusal =
  | 'name'
  | 'slug'
  | 'slug-reserved'
  | 'slug-taken'
  | 'no-sender'
  | 'sender'
  | 'public-domain'
  | 'fax'
  | 'no-auth'
  | 'no-network'
  | 'unused-network'
  | 'network'
  | 'receipts'

export type AddOutcome =
  /** `smtpPassword` is shown this once and kept nowhere; null without `password`. */
  | { readonly kind: 'added'; readonly provider: Provider; readonly smtpPassword: string | null }
  /** `problem`: one line for the operator that says what to do. */
  | { readonly kind: 'refused'; readonly reason: ProviderRefusal; readonly problem: string }

export interface ProviderRegistry {
  add(wanted: NewProvider): Promise<AddOutcome>
  list(): Promise<Provider[]>
  /** False: there is no such provider. */
  suspend(id: string): Promise<boolean>
  resume(id: string): Promise<boolean>
}

export interface RegistryOptions {
  readonly store: Store
  now(): number
  /** Who does it, for the record: `operator` or an admin's id. */
  readonly actor?: string
}

export function providerRegistry(options: RegistryOptions): ProviderRegistry {
  const { store } = options
  return {
    add: (wanted) => add(options, wanted),
    list: () => store.read.providers.list(),
    suspend: (id) => setState(options, id, 'suspended'),
    resume: (id) => setState(options, id, 'active'),
  }
}

/** Id of the provider with this SMTP user and password, also of a suspended one; null for anything else, after the same work. */
export async function verifySmtpPassword(store: Store, user: string, password: string): Promise<string | null> {
  const provider = await store.read.providers.bySmtpUser(user)
  const given = hashToken(store.keyring, 'smtp-password', `${user}\0${password}`)
  const isSame = sameHash(given, provider?.smtpPasswordHash ?? Buffer.alloc(32))
  return isSame && provider?.smtpPasswordHash ? provider.id : null
}

/** Local parts of our own domain that mean something else, or must reach a person (RFC 2142). */
const RESERVED = new Set(
  'n h postmaster abuse hostmaster webmaster security noc support admin administrator root mailer-daemon postbox noreply no-reply bounce bounces intake help info www'.split(
    ' ',
  ),
)

class Refused extends Error {
  override name = 'Refused'
  readonly reason: ProviderRefusal

  constructor(reason: ProviderRefusal, problem: string) {
    super(problem)
    this.reason = reason
  }
}

async function add(options: RegistryOptions, wanted: NewProvider): Promise<AddOutcome> {
  try {
    return await insert(options, readWanted(wanted))
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reason: error.reason, problem: error.message }
    if (error instanceof DuplicateError)
      return { kind: 'refused', reason: 'slug-taken', problem: 'this slug is taken by another provider: choose one with --slug' }
    throw error
  }
}

type Wanted = Pick<
  Provider,
  'name' | 'slug' | 'auth' | 'senders' | 'faxSenders' | 'fax' | 'networks' | 'receiptsTo' | 'pickedUp' | 'unmatched'
>

async function insert({ store, now, actor = 'operator' }: RegistryOptions, wanted: Wanted): Promise<AddOutcome> {
  const smtpUser = wanted.auth.includes('password') ? wanted.slug : null
  // 144 random bits: a plain keyed hash of it is enough.
  const smtpPassword = smtpUser === null ? null : randomBytes(18).toString('base64url')
  const provider: Provider = {
    ...wanted,
    ...{ id: randomUUID(), state: 'active', smtpUser, createdAt: now() },
    smtpPasswordHash: smtpPassword === null ? null : hashToken(store.keyring, 'smtp-password', `${smtpUser}\0${smtpPassword}`),
  }
  await store.write(async (tables) => {
    await tables.providers.add(provider)
    const details = { slug: provider.slug, auth: provider.auth.join(' ') }
    await recordEvent(tables, { at: provider.createdAt, kind: 'provider-added', actor, providerId: provider.id, details })
  })
  return { kind: 'added', provider, smtpPassword }
}

function setState({ store, now, actor = 'operator' }: RegistryOptions, id: string, state: ProviderState): Promise<boolean> {
  return store.write(async (tables) => {
    if (!(await tables.providers.setState(id, state))) return false
    const kind = state === 'active' ? 'provider-resumed' : 'provider-suspended'
    await recordEvent(tables, { at: now(), kind, actor, providerId: id })
    return true
  })
}

/** Everything in its one spelling. Throws Refused. */
function readWanted(wanted: NewProvider): Wanted {
  const name = wanted.name.normalize('NFC').trim()
  // The name stands in mail headers and on pages.
  if (name === '' || name.length > 200 || /\p{Cc}/u.test(name))
    throw new Refused('name', 'the name must be one line of 1 to 200 characters')
  const auth = [...new Set(wanted.auth)]
  if (auth.length === 0) throw new Refused('no-auth', 'choose at least one of dmarc, password and network')
  return {
    ...{ name, auth, unmatched: wanted.unmatched },
    slug: readSlug(wanted.slug ?? null, name),
    ...readWhoSends(wanted),
    fax: readFax(wanted.fax ?? null),
    networks: readNetworks(wanted.networks, auth),
    receiptsTo: readReceipts(wanted.receiptsTo ?? null),
    pickedUp: wanted.pickedUp ?? false,
  }
}

function readSlug(given: string | null, name: string): string {
  const slug = given === null ? slugOf(name) : given.trim().toLowerCase()
  if (RESERVED.has(slug)) throw new Refused('slug-reserved', 'this slug has another use: choose one with --slug')
  if (!/^(?=.{2,40}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(slug))
    throw new Refused('slug', 'the slug must be 2 to 40 letters a to z, digits and single hyphens inside: choose one with --slug')
  return slug
}

/** `Sample Clinic & Söhne` becomes `sample-clinic-sohne`. */
function slugOf(name: string): string {
  const bare = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  const words = bare.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
  return words.slice(0, 40).replace(/-+$/, '')
}

/** A provider that only faxes has no sender but its gateway. */
function readWhoSends({ senders, faxSenders = [] }: NewProvider): Pick<Provider, 'senders' | 'faxSenders'> {
  if (senders.length + faxSenders.length === 0) throw new Refused('no-sender', 'name at least one sender address or domain')
  return { senders: [...new Set(senders.map(readSender))], faxSenders: [...new Set(faxSenders.map(readSender))] }
}

function readFax(given: string | null): string | null {
  if (given === null) return null
  const fax = given.trim()
  if (!/^\+?[0-9][0-9 ().-]{3,30}[0-9]$/.test(fax))
    throw new Refused('fax', 'the fax number is not a telephone number, such as +1 555 010 0199')
  return fax
}

function readSender(given: string): string {
  const text = given.trim()
  if (text.includes('@') && !text.startsWith('@')) {
    const address = canonicalAddress(text)
    if (address === null) throw new Refused('sender', 'a sender is not an e-mail address')
    return address
  }
  const probe = canonicalAddress(`x@${text.replace(/^@/, '')}`)
  const domain = probe === null ? '' : domainOf(probe)
  // A top-level domain would let everybody below it send.
  if (!domain.includes('.')) throw new Refused('sender', 'a sender is neither an address nor a domain such as clinic.example.org')
  if (isPublicMailDomain(domain))
    throw new Refused('public-domain', `anybody may have a mailbox at ${domain}: name the single addresses instead`)
  return domain
}

function readNetworks(given: readonly string[], auth: Provider['auth']): string[] {
  const isUsed = auth.includes('network')
  if (isUsed && given.length === 0) throw new Refused('no-network', 'recognising by network needs at least one --network')
  if (!isUsed && given.length > 0) throw new Refused('unused-network', 'a network is only looked at with --auth network')
  return [...new Set(given.map(readNetwork))]
}

function readNetwork(given: string): string {
  const network = parseNetwork(given.trim())
  if (network === null) throw new Refused('network', 'a network is not in CIDR form, such as 192.0.2.0/24 or 2001:db8::/48')
  // 0.0.0.0/0 would make a sender of everybody.
  const [address = '', bits = ''] = network.split('/')
  if (Number(bits) < (address.includes(':') ? 32 : 8)) throw new Refused('network', 'a network is too wide: /8 or /32 (IPv6) at most')
  return network
}

function readReceipts(given: string | null): string | null {
  if (given === null) return null
  const address = canonicalAddress(given)
  if (address === null) throw new Refused('receipts', 'the address for receipts is not an e-mail address')
  return address
}
