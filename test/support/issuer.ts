// An OpenID Connect provider on this machine, with pages to sign in on. Whoever types an address there is who has it.

import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { formsOf, type Visitor } from '../../scripts/visitor.mjs'

type Answer = Awaited<ReturnType<Visitor['open']>>

export interface Issuer {
  readonly url: string
  /** For the service. */
  readonly settings: Record<string, string>
  /** Knows the service from now on. Before that it answers nothing but 404. */
  admit(site: string): Promise<void>
  close(): Promise<void>
}

const CLIENT = { id: 'postbox', secret: 'a secret of thirty-two characters' }

/** @param inIdToken whether it says the address in the ID token already, or on its userinfo page alone. */
export async function openIssuer(t: Test, { inIdToken = false } = {}): Promise<Issuer> {
  let answer: RequestListener = (_request, response) => response.writeHead(404).end()
  const server = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.teardown(() => server.listening && close())
  return {
    ...{ url, close },
    settings: {
      ...{ HEPOEX_OIDC_ISSUER: url, HEPOEX_OIDC_CLIENT_ID: CLIENT.id, HEPOEX_OIDC_CLIENT_SECRET: CLIENT.secret },
      HEPOEX_OIDC_NAME: 'Sample Login',
    },
    admit: async (site) => {
      answer = await quietly(() => new Provider(url, configuration(`${site}/sign-in/with/return`, inIdToken)).callback())
    },
  }
}

function configuration(redirectUri: string, inIdToken: boolean): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const client = { client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri], response_types: ['code'] }
  return {
    clients: [{ ...client, grant_types: ['authorization_code'] }],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'one' }] },
    cookies: { keys: ['one of no importance'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: !inIdToken,
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...claimsOf(id) }) }),
  }
}

/** Signed in as `unchecked maria@example.org` the address was not checked; as `nobody` there is none. */
function claimsOf(id: string): object {
  const [first = '', second] = id.split(' ')
  if (first === 'nobody') return {}
  if (second === undefined) return { email: first, email_verified: true }
  return { email: second, email_verified: first === 'text' ? 'true' : false }
}

const { Provider } = await quietly(() => import('oidc-provider'))

/** It tells at length that its pages are for trying out, and that it would like a newer Node. */
async function quietly<Value>(work: () => Value): Promise<Awaited<Value>> {
  const { info, warn } = console
  console.info = console.warn = () => {}
  try {
    return await work()
  } finally {
    Object.assign(console, { info, warn })
  }
}

/** From the page for signing in to the page she comes back to. */
export async function signInThere(visitor: Visitor, login: string): Promise<Answer> {
  const asked = await visitor.open('/sign-in/with')
  const consent = await submitAny(visitor, asked, { login, password: 'any' })
  return submitAny(visitor, consent, {})
}

async function submitAny(visitor: Visitor, page: Answer, fields: Record<string, string>): Promise<Answer> {
  const [form] = formsOf(page.html)
  if (!form) throw new Error(`no form at ${page.url} (${page.status})`)
  const body = new URLSearchParams({ ...form.hidden, ...fields }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return visitor.request(new URL(form.action ?? page.url, page.url).href, { method: 'POST', body, headers })
}
