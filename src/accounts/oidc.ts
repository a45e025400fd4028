// Signing in with an OpenID Connect provider: whom it vouches for by a verified mail address is who has that address here. That is the
// word of a provider the operator chose, not her mailbox: it unlocks no answer, and adds no passkey.

import { MINUTE, SECOND } from '../clock.js'
import { canonicalAddress, domainOf } from '../mail/address.js'
import { type LimitRules, peerLimitKey } from '../store/limits.js'
import { OidcError, OidcProvider, type OidcSettings } from './oidc-provider.js'
import { startSession } from './sessions.js'
import { isUnfinished, registered } from './sign-in.js'
import { drawToken, hashToken } from './tokens.js'
import { type AccountTools, recordEvent } from './tools.js'
import type { OidcDesk, OidcFlow, OidcOutcome, OidcStart } from './ways.js'

export { OidcProvider, type OidcSettings } from './oidc-provider.js'

/** Path of the page that the provider leads back to; the operator registers it there. */
export const RETURN_PATH = '/sign-in/with/return'

/** For signing in there. */
const VALID_MS = 10 * MINUTE
/** Returns of one peer: each asks the provider. */
const RETURNING: LimitRules = { free: 30, delay: 10 * SECOND, maxDelay: 10 * MINUTE, forget: 15 * MINUTE }
/** Letters of an address (RFC 5321 4.5.3.1). */
const MOST_ADDRESS = 320

type Tools = Pick<AccountTools, 'store' | 'clock' | 'links'>

interface About {
  readonly peer: string
  readonly language: string
}

export function createOidcDesk(tools: Tools, settings: OidcSettings): OidcDesk {
  const provider = new OidcProvider(settings, tools.clock)
  return {
    name: settings.name,
    start: () => start(tools, provider),
    finish: (search, flow, about) => finish(tools, provider, search, flow, about),
  }
}

async function start({ clock, links }: Tools, provider: OidcProvider): Promise<OidcStart> {
  const flow: OidcFlow = { state: drawToken(), nonce: drawToken(), verifier: drawToken(), until: clock.now() + VALID_MS }
  try {
    return { kind: 'go', url: await provider.begin(links.site() + RETURN_PATH, flow), flow }
  } catch (error) {
    if (error instanceof OidcError) return { kind: 'unreachable', detail: error.detail }
    throw error
  }
}

async function finish(tools: Tools, provider: OidcProvider, search: string, flow: OidcFlow, about: About): Promise<OidcOutcome> {
  const { store, clock, links } = tools
  const { keyring } = store
  const now = clock.now()
  if (flow.until <= now) return { kind: 'over' }
  const wait = await store.write(({ limits }) => limits.take(peerLimitKey(keyring, 'oidc', about.peer), now, RETURNING))
  if (wait !== null) return { kind: 'wait', until: wait }
  // Used up before the provider is asked, so that of many at once one asks. Whoever had no luck begins anew.
  const isFirst = await store.write(({ usedChallenges }) => usedChallenges.use(hashToken(keyring, 'oidc-state', flow.state), flow.until))
  if (!isFirst) return { kind: 'over' }
  try {
    const { email, emailVerified } = await provider.complete(new URL(links.site() + RETURN_PATH + search), flow)
    const address = typeof email === 'string' && email.length <= MOST_ADDRESS ? canonicalAddress(email) : null
    if (emailVerified !== true || address === null || isUnfinished(domainOf(address))) return { kind: 'unverified' }
    return admit(tools, address, about.language)
  } catch (error) {
    if (!(error instanceof OidcError)) throw error
    return { kind: error.isUnreachable ? 'unreachable' : 'failed', detail: error.detail }
  }
}

function admit(tools: Tools, address: string, language: string): Promise<OidcOutcome> {
  return tools.store.write(async (tables) => {
    const details = { by: 'oidc' }
    const { id: consumerId, language: own } = await registered(tools, tables, { address, language }, details)
    await recordEvent(tables, { at: tools.clock.now(), kind: 'signed-in', actor: 'consumer', consumerId, details })
    const session = await startSession(tools, tables, 'consumer', consumerId, 'oidc')
    return { kind: 'signed-in', session, role: 'consumer', language: own }
  })
}
