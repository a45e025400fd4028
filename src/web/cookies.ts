// The cookies: encrypted (each under its own key, so that one cannot be passed off as another), out of reach of scripts, and
// gone when the browser closes, but for the language. A cookie that does not decrypt counts as no cookie.

import { createHmac } from 'node:crypto'
import type { Request, ResponseObject, Server } from '@hapi/hapi'
import type { OidcFlow } from '../accounts/ways.js'
import { DAY } from '../clock.js'
import type { Pass, Ticket } from '../retrieval/desk.js'

/** The package it is for goes with the ticket: the question page of one package must not answer for another. */
export interface NumberedTicket extends Ticket {
  readonly number: string
}

/** The package it opened goes with the pass: a page of another package, in another tab, must not act on this one. */
export interface NumberedPass extends Pass {
  readonly number: string
}

/** The browser that asked for a sign-in mail, and for which address: the mailed characters work with both only. */
export interface Asked {
  readonly browser: string
  readonly address: string
  readonly until: number
}

interface Kinds {
  ticket: NumberedTicket
  pass: NumberedPass
  account: { readonly session: string }
  asked: Asked
  /** What the visitor chose; kept for a year, as she comes once a year. */
  language: { readonly language: string }
  /** Under way to the OpenID Connect provider. Strict, too: the page she comes back to only draws a button, which posts from here. */
  flow: OidcFlow
  /** The page she came for and had to sign in first. */
  wanted: { readonly path: string; readonly until: number }
}

const SHAPES: { readonly [Kind in keyof Kinds]: Readonly<Record<keyof Kinds[Kind], 'string' | 'number'>> } = {
  ticket: { packageId: 'string', codeSecret: 'string', until: 'number', number: 'string' },
  pass: { id: 'string', key: 'string', number: 'string' },
  account: { session: 'string' },
  asked: { browser: 'string', address: 'string', until: 'number' },
  language: { language: 'string' },
  flow: { state: 'string', nonce: 'string', verifier: 'string', until: 'number' },
  wanted: { path: 'string', until: 'number' },
}

export interface Cookies {
  /** What the visitor's cookie holds; null when there is none, or none of ours. */
  get<Kind extends keyof Kinds>(request: Request, kind: Kind): Kinds[Kind] | null
  set<Kind extends keyof Kinds>(response: ResponseObject, kind: Kind, value: Kinds[Kind]): ResponseObject
  drop(response: ResponseObject, ...kinds: Array<keyof Kinds>): ResponseObject
}

/** Cookie name: `__Host-` binds it to this very host, and needs https (RFC 6265bis 4.1.3.2). */
export function cookieName(kind: string, secure: boolean): string {
  return `${secure ? '__Host-' : ''}hepoex-${kind}`
}

/** Mails link to pages that want these; a GET changes nothing, so nothing can be done through them. */
const LAX: ReadonlySet<keyof Kinds> = new Set(['account', 'language'])

export function registerCookies(server: Server, options: { readonly key: Buffer; readonly secure: boolean }): Cookies {
  const name = (kind: keyof Kinds) => cookieName(kind, options.secure)
  for (const kind of Object.keys(SHAPES) as Array<keyof Kinds>) {
    server.state(name(kind), {
      encoding: 'iron',
      password: createHmac('sha256', options.key).update(`cookie ${kind}`).digest('base64'),
      isSecure: options.secure,
      isHttpOnly: true,
      isSameSite: LAX.has(kind) ? 'Lax' : 'Strict',
      ttl: kind === 'language' ? 365 * DAY : null,
      path: '/',
      ignoreErrors: true,
      clearInvalid: true,
    })
  }
  return {
    get: (request, kind) => {
      // hapi reads no cookies where a request fails before its route is known.
      const value: unknown = (request.state as Request['state'] | null)?.[name(kind)]
      return isShaped(value, SHAPES[kind]) ? (value as unknown as Kinds[typeof kind]) : null
    },
    set: (response, kind, value) => response.state(name(kind), value),
    drop: (response, ...kinds) => {
      for (const kind of kinds) response.unstate(name(kind))
      return response
    },
  }
}

/** Twice the same cookie name comes as an array: somebody planted one, and neither counts. */
function isShaped(value: unknown, shape: Readonly<Record<string, string>>): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const fields = value as Record<string, unknown>
  return Object.entries(shape).every(([field, type]) => typeof fields[field] === type)
}
