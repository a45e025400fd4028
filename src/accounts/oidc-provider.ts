// The OpenID Connect provider of the operator's choice (OpenID Connect Core 1.0, authorization code flow with PKCE). It is asked only when
// somebody wants it, and for a few seconds: when it is gone, nothing else is.

import * as client from 'openid-client'
import { type Clock, HOUR, SECOND } from '../clock.js'
import type { OidcFlow } from './ways.js'

export interface OidcSettings {
  /** URL, as the provider itself writes it. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** What people call it. */
  readonly name: string
}

/** Of each request to it. */
const PATIENCE_S = 5
/** What it says of itself is believed so long; that it does not answer, so long. */
const KEPT_MS = HOUR
const BACK_OFF_MS = 10 * SECOND

/** It does not answer, or answers what doesn't hold. `detail` is a closed word, never the provider's own. */
export class OidcError extends Error {
  override name = 'OidcError'
  readonly isUnreachable: boolean
  readonly detail: string

  constructor(isUnreachable: boolean, detail: string) {
    super(detail)
    this.isUnreachable = isUnreachable
    this.detail = detail
  }
}

/** What it says of who signed in there. */
export interface OidcClaims {
  readonly email: unknown
  readonly emailVerified: unknown
}

export class OidcProvider {
  readonly #settings: OidcSettings
  readonly #clock: Clock
  #found: { readonly until: number; readonly configuration: Promise<client.Configuration> } | null = null

  constructor(settings: OidcSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  /** The page of the provider to lead her to. Throws OidcError. */
  async begin(redirectUri: string, { state, nonce, verifier }: Omit<OidcFlow, 'until'>): Promise<string> {
    const configuration = await this.#discover()
    const challenge = await client.calculatePKCECodeChallenge(verifier)
    const asked = {
      redirect_uri: redirectUri,
      scope: 'openid email',
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }
    return client.buildAuthorizationUrl(configuration, asked).href
  }

  /** @param returned the address she came back to, query and all. Throws OidcError. */
  async complete(returned: URL, { state, nonce, verifier }: Omit<OidcFlow, 'until'>): Promise<OidcClaims> {
    const configuration = await this.#discover()
    try {
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
      const tokens = await client.authorizationCodeGrant(configuration, returned, checks)
      const claims = tokens.claims()
      if (!claims) throw new OidcError(false, 'no-id-token')
      // A provider may keep the address for its userinfo page.
      const { email, email_verified: emailVerified } =
        claims.email === undefined ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub) : claims
      return { email, emailVerified }
    } catch (error) {
      throw inOurWords(error)
    }
  }

  /** Whether it answers as the provider it is said to be. Throws OidcError. */
  async probe(): Promise<void> {
    await this.#discover()
  }

  #discover(): Promise<client.Configuration> {
    const now = this.#clock.now()
    if (this.#found && this.#found.until > now) return this.#found.configuration
    const configuration = this.#ask().catch((error: unknown) => {
      if (this.#found?.configuration === configuration) this.#found = { until: this.#clock.now() + BACK_OFF_MS, configuration }
      throw inOurWords(error)
    })
    this.#found = { until: now + KEPT_MS, configuration }
    return configuration
  }

  #ask(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings
    const url = new URL(issuer)
    // The configuration takes plain http on this machine only.
    const execute = [client.enableNonRepudiationChecks, ...(url.protocol === 'http:' ? [client.allowInsecureRequests] : [])]
    return client.discovery(url, clientId, clientSecret, undefined, { timeout: PATIENCE_S, execute })
  }
}

/** The library's messages quote what the provider sent, tokens included. */
function inOurWords(error: unknown): OidcError {
  if (error instanceof OidcError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const detail = /^OAUTH_[A-Z_]{1,60}$/.test(code) ? code.slice(6).toLowerCase().replaceAll('_', '-') : 'no-connection'
  const isStatus = code === 'OAUTH_RESPONSE_IS_NOT_CONFORM'
  return new OidcError(detail === 'no-connection' || detail === 'timeout' || isStatus, detail)
}
