// Passkeys: a key pair on her own device, used after its face, fingerprint or screen lock. They are added when she is signed in, and
// sign her in without a mail. The mailbox stays the way back in.

import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import { generateAuthenticationOptions, generateRegistrationOptions } from '@simplewebauthn/server'
import { MINUTE, SECOND } from '../clock.js'
import { isLoopbackHost } from '../config.js'
import { momentInWords } from '../dates.js'
import type { Consumer } from '../store/consumers.js'
import { type LimitRules, peerLimitKey } from '../store/limits.js'
import type { Passkey } from '../store/passkeys.js'
import type { Tables } from '../store/store.js'
import { drawChallenge, type ReadChallenge, readChallenge } from './challenges.js'
import { ALGORITHMS, readAssertion, verifyAssertion, verifyNew } from './passkey-proofs.js'
import { endOtherSessions, liveSession, signedInConsumer, startSession } from './sessions.js'
import { hashToken, sameHash, userHandle } from './tokens.js'
import { type AccountTools, recordEvent } from './tools.js'
import type { AddOutcome, PasskeyAsk, PasskeyDesk, PasskeyForm, PasskeyOutcome, ToAdd } from './ways.js'

/** More than anybody has devices. */
const MOST = 20
/** Characters of a name. */
const MOST_NAME = 60
/** Adding wants a sign-in that was proved so lately. */
const FRESH = 15 * MINUTE
/** How long the browser may wait for her finger. */
const PATIENCE = 5 * MINUTE
/** Tries to sign in of one peer that led to nothing. */
const TRYING: LimitRules = { free: 30, delay: 10 * SECOND, maxDelay: 10 * MINUTE, forget: 15 * MINUTE }

type Tools = Pick<AccountTools, 'store' | 'clock' | 'queueMail' | 'links'>

export function passkeyDesk(tools: Tools): PasskeyDesk {
  return {
    toSignIn: (browser) => toSignIn(tools, browser),
    signIn: (response, browser, peer) => signIn(tools, response, browser, peer),
    list: async (session) => {
      const consumer = await signedInConsumer(tools, session)
      if (!consumer) return null
      const passkeys = await tools.store.read.passkeys.of(consumer.id)
      return {
        isOffered: siteFor(tools) !== null,
        passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({ id, name, createdAt, lastUsedAt })),
      }
    },
    toAdd: (session, browser) => toAdd(tools, session, browser),
    add: (session, browser, form) => add(tools, session, browser, form),
    remove: (session, id) => remove(tools, session, id),
  }
}

export interface PasskeySite {
  readonly origin: string
  /** The domain that passkeys are made for (RP ID). */
  readonly domain: string
}

/** Null where browsers refuse: without https, but on localhost; and at an address that is no domain name (Web Authentication 5.1.2). */
export function passkeySite(origin: string): PasskeySite | null {
  const { protocol, hostname } = new URL(origin)
  const isDomain = isIP(hostname.replace(/^\[|\]$/g, '')) === 0
  const isSafe = protocol === 'https:' || isLoopbackHost(hostname)
  return isDomain && isSafe ? { origin, domain: hostname } : null
}

function siteFor({ links }: Pick<Tools, 'links'>): PasskeySite | null {
  return passkeySite(links.site())
}

async function toSignIn(tools: Tools, browser: string): Promise<PasskeyAsk | null> {
  const site = siteFor(tools)
  if (!site) return null
  const challenge = drawChallenge(tools.store.keyring, { use: 'sign-in', subject: '', browser }, tools.clock.now())
  const options = await generateAuthenticationOptions({
    ...{ rpID: site.domain, challenge: Uint8Array.from(challenge), userVerification: 'required', timeout: PATIENCE },
  })
  return { options: JSON.stringify(options), origin: site.origin }
}

async function signIn(tools: Tools, given: string, browser: string, peer: string): Promise<PasskeyOutcome> {
  const { store, clock } = tools
  const { keyring } = store
  const now = clock.now()
  const limit = peerLimitKey(keyring, 'passkey', peer)
  const wait = await store.write(({ limits }) => limits.take(limit, now, TRYING))
  if (wait !== null) return { kind: 'wait', until: wait }
  const site = siteFor(tools)
  const response = readAssertion(given)
  if (!site || !response) return { kind: 'refused', reason: 'unreadable' }
  const challenge = readChallenge(keyring, { use: 'sign-in', subject: '', browser }, response.challenge, now)
  if (!challenge) return { kind: 'refused', reason: 'over' }
  const passkey = await store.read.passkeys.byCredential(response.json.id)
  if (!passkey) return { kind: 'refused', reason: 'unknown' }
  const counter = await verifyAssertion(response, site, passkey)
  const isHers = sameHash(response.userHandle, userHandle(keyring, passkey.consumerId))
  if (counter === null || !isHers) return { kind: 'refused', reason: 'invalid' }
  return store.write(async (tables) => {
    const outcome = await admit(tools, tables, passkey, counter, challenge)
    if (outcome.kind === 'signed-in') await tables.limits.giveBack(limit)
    return outcome
  })
}

/** The proof holds. What it leaves behind is committed also where it is refused. */
async function admit(
  tools: Tools,
  tables: Tables,
  { id, consumerId }: Passkey,
  counter: number,
  challenge: ReadChallenge,
): Promise<PasskeyOutcome> {
  const at = tools.clock.now()
  if (!(await tables.usedChallenges.use(challenge.hash, challenge.until))) return { kind: 'refused', reason: 'over' }
  if (!(await tables.passkeys.use(id, counter, at))) {
    // There is a copy of the key, and it was used before.
    await recordEvent(tables, { at, kind: 'passkey-refused', actor: 'consumer', consumerId, details: { reason: 'counter' } })
    return { kind: 'refused', reason: 'counter' }
  }
  await recordEvent(tables, { at, kind: 'signed-in', actor: 'consumer', consumerId, details: { by: 'passkey' } })
  const consumer = await tables.consumers.byId(consumerId)
  if (!consumer) return { kind: 'refused', reason: 'unknown' }
  const session = await startSession(tools, tables, 'consumer', consumerId, 'passkey')
  return { kind: 'signed-in', session, role: 'consumer', language: consumer.language }
}

type Adder = { readonly kind: 'adder'; readonly site: PasskeySite; readonly consumer: Consumer; readonly passkeys: readonly Passkey[] }

/** Who may add one now, or why not. */
async function adder(tools: Tools, token: string): Promise<Adder | { readonly kind: 'not-offered' | 'signed-out' | 'stale' | 'full' }> {
  const site = siteFor(tools)
  if (!site) return { kind: 'not-offered' }
  const { read } = tools.store
  const session = await liveSession(tools, token)
  const consumer = session?.role === 'consumer' ? await read.consumers.byId(session.subjectId) : null
  if (!session || !consumer) return { kind: 'signed-out' }
  // What a provider says of her is no proof of her own: it adds none.
  if (session.signedInBy === 'oidc' || tools.clock.now() - session.createdAt > FRESH) return { kind: 'stale' }
  const passkeys = await read.passkeys.of(consumer.id)
  return passkeys.length >= MOST ? { kind: 'full' } : { kind: 'adder', site, consumer, passkeys }
}

async function toAdd(tools: Tools, session: string, browser: string): Promise<ToAdd> {
  const who = await adder(tools, session)
  if (who.kind !== 'adder') return who
  const { site, consumer, passkeys } = who
  const { keyring } = tools.store
  const challenge = drawChallenge(keyring, { use: 'add', subject: consumer.id, browser }, tools.clock.now())
  const options = await generateRegistrationOptions({
    ...{ rpName: site.domain, rpID: site.domain, userName: consumer.address, userDisplayName: consumer.address },
    ...{ userID: Uint8Array.from(userHandle(keyring, consumer.id)), challenge: Uint8Array.from(challenge), timeout: PATIENCE },
    attestationType: 'none',
    excludeCredentials: passkeys.map(({ credentialId, transports }) => ({ id: credentialId, transports: [...transports] })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: [...ALGORITHMS],
  })
  return { kind: 'ask', ask: { options: JSON.stringify(options), origin: site.origin } }
}

async function add(tools: Tools, session: string, browser: string, form: PasskeyForm): Promise<AddOutcome> {
  const who = await adder(tools, session)
  if (who.kind !== 'adder') return who
  const { site, consumer } = who
  const { store, clock } = tools
  const name = form.name
    .normalize('NFC')
    .replace(/\p{C}+/gu, ' ')
    .trim()
  if (name.length > MOST_NAME) return { kind: 'name-too-long' }
  const at = clock.now()
  const read = (given: string) => readChallenge(store.keyring, { use: 'add', subject: consumer.id, browser }, given, at)
  const made = await verifyNew(form.response, site, read)
  if (!made) return { kind: 'refused' }
  const { challenge, ...key } = made
  const passkey: Passkey = {
    ...{ id: randomUUID(), consumerId: consumer.id, ...key, name: name || null, createdAt: at, lastUsedAt: null },
  }
  return store.write(async (tables): Promise<AddOutcome> => {
    if (!(await tables.usedChallenges.use(challenge.hash, challenge.until))) return { kind: 'refused' }
    // Signed out in another tab, or by a change of the answer, while the device was asked.
    if (!(await tables.sessions.live(hashToken(store.keyring, 'session', session), at))) return { kind: 'signed-out' }
    if (!(await tables.passkeys.add(passkey))) return { kind: 'known' }
    await tell(tools, tables, consumer, passkey.id, 'passkey-added')
    return { kind: 'added' }
  })
}

async function remove(tools: Tools, session: string, id: string): Promise<boolean> {
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return false
  return tools.store.write(async (tables) => {
    if (!(await tables.passkeys.remove(id, consumer.id))) return false
    // Whoever signed in with it may be why she removes it.
    await endOtherSessions(tools, tables, consumer.id, session)
    await tell(tools, tables, consumer, id, 'passkey-removed')
    return true
  })
}

/** Puts it on record and mails her. */
async function tell(
  { clock, queueMail, links }: Tools,
  tables: Tables,
  { id, address, language, timeZone }: Consumer,
  passkeyId: string,
  what: 'passkey-added' | 'passkey-removed',
): Promise<void> {
  const at = clock.now()
  await recordEvent(tables, { at, kind: what, actor: 'consumer', consumerId: id, details: { passkeyId } })
  await queueMail(tables, {
    ...{ template: what, to: address, language, idempotencyKey: `${what}/${passkeyId}` },
    values: { time: momentInWords(at, language, timeZone), signInLink: links.signInPage() },
  })
}
